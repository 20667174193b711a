"""The kinds of files a configuration directory holds, as models; that of a line is in `line_files`.
Each room owns the settings of what it builds; here they are only put together. Opens no file.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ...psap_adapters.console.settings import ConsoleListenSettings, ConsoleSettings
from ...psap_adapters.tty_psap.settings import TtyPsapSettings
from ...sip.settings import telephone
from ...smpp.connecting import (
    AwaitOutbindSettings,
    ConnectSettings,
    OutbindListenSettings,
    OutbindSettings,
)
from ...smpp.settings import AccountSettings, ListenSettings
from ..edges.settings import FloodSettings
from ..journal.settings import JournalSettings
from ..location.settings import CarrierLocationSettings
from ..messages import TEXT_MAX, LimitsSettings, MessagesSettings
from ..onboarding.settings import CertificationSettings
from ..operations.settings import OperationsSettings

# The name of a party is its file's name. Lower case, because some file systems ignore case and then
# two parties would be one.
NAME = r"^[a-z0-9][a-z0-9-]{0,39}$"
NAME_PATTERN = re.compile(NAME)
# Printable, no leading blank: what is shown on pages, in logs and in terminals.
DISPLAY = r"^[^\x00-\x20\x7f-\x9f\u2028\u2029][^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,59}$"

Display = Annotated[str, Field(pattern=DISPLAY)]


class File(BaseModel):
    """A misspelt key must never be ignored. An input may be a secret: no error repeats it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class IdentitySettings(File):
    """`[gateway]` in gateway.toml."""

    name: str = Field(
        default="text911",
        pattern=NAME,
        description="This instance, on its pages and in its log. Lower case, digits, hyphens.",
    )
    demonstration: bool = Field(
        default=False,
        description="True allows plain: secrets and the simulated location. Never with real "
        "callers.",
    )


class GatewayFile(File):
    """gateway.toml: the gateway itself."""

    gateway: IdentitySettings = Field(
        default_factory=IdentitySettings, description="Who this instance is."
    )
    smpp: ListenSettings = Field(
        default_factory=lambda: ListenSettings.model_validate({}),
        description="Where carriers connect.",
    )
    outbind: OutbindListenSettings = Field(
        default_factory=OutbindListenSettings,
        description="Where carriers' message centres connect that ask us to bind.",
    )
    console: ConsoleListenSettings = Field(
        default_factory=ConsoleListenSettings, description="Where telecommunicators' browsers go."
    )
    operations: OperationsSettings = Field(
        default_factory=OperationsSettings, description="Pages and log for operators."
    )
    journal: JournalSettings = Field(
        default_factory=JournalSettings, description="Where everything is recorded."
    )
    flood: FloodSettings = Field(
        default_factory=FloodSettings, description="What one caller's flood may hold."
    )
    limits: LimitsSettings = Field(
        default_factory=LimitsSettings, description="Limits of time for every dialogue."
    )
    messages: MessagesSettings = Field(
        default_factory=MessagesSettings, description="What callers are told automatically."
    )


class CarrierFile(File):
    """carriers/NAME.toml: one carrier."""

    display: Display = Field(description="The carrier's name as people read it.")
    group: str = Field(
        default="",
        pattern=r"^$|" + NAME,
        description="Accounts of one group share their callers: a number is one caller in all of "
        "them. Empty: the file's name.",
    )
    account: AccountSettings = Field(description="How the carrier binds.")
    connect: list[ConnectSettings] = Field(
        default=[],
        max_length=16,
        description="Message centres of the carrier that we bind to, one table a site.",
    )
    outbind: list[OutbindSettings] = Field(
        default=[],
        max_length=16,
        description="Where we connect to ask the carrier to bind to us, for carriers that want so.",
    )
    await_outbind: list[AwaitOutbindSettings] = Field(
        default=[],
        max_length=16,
        description="Message centres of the carrier that connect to us and ask us to bind.",
    )
    location: CarrierLocationSettings = Field(
        default_factory=CarrierLocationSettings, description="Where its callers are."
    )
    certification: CertificationSettings = Field(
        default_factory=CertificationSettings, description="Tests with this carrier."
    )


def _display_serves(schema: dict[str, Any]) -> None:
    schema["required"] = [key for key in schema.get("required", ()) if key != "display_name"]
    if not schema["required"]:
        del schema["required"]


class PsapConsole(ConsoleSettings):
    """`[console]` of a PSAP's file. `display_name` may be left out: then `display` serves."""

    model_config = ConfigDict(json_schema_extra=_display_serves, hide_input_in_errors=True)


class PsapFile(File):
    """psaps/NAME.toml: one public safety answering point."""

    display: Display = Field(description="The PSAP's name as people read it.")
    kind: Literal["console", "tty"] = Field(
        default="console",
        description='What the PSAP speaks: "console" is the web page, "tty" a TTY that is rung over'
        " SIP. The table of the same name says the rest.",
    )
    ended: str = Field(
        default="",
        max_length=TEXT_MAX,
        description="M3, sent when this PSAP ends a dialogue without words of its own. Empty: not "
        "sent.",
    )
    voice_uri: Annotated[str, Field(max_length=255)] = Field(
        default="",
        description="SIP address of the telephone that is rung when a caller on a TTY speaks or "
        'hears (VCO, HCO), such as sip:911@10.1.2.3; for lines with voice = "bridge". Empty: none.',
    )
    console: PsapConsole = Field(description="People and words of the web console.")
    tty: TtyPsapSettings | None = Field(default=None, description='The TTY, for kind = "tty".')

    @field_validator("voice_uri")
    @classmethod
    def _can_be_rung(cls, value: str) -> str:
        if value:
            telephone(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _one_name_is_enough(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        table = cast("dict[str, Any]", raw)
        console = table.get("console", {})
        if not isinstance(console, dict):
            return table
        display = table.get("display")
        # A faulty `display` is one fault; the stand-in keeps it from being two.
        name = display if isinstance(display, str) and display else "-"
        return {
            **table,
            "console": {"display_name": name, **cast("dict[str, Any]", console)},
        }

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        if self.kind == "tty" and self.tty is None:
            raise ValueError('kind = "tty" needs the table [tty]')
        if self.kind == "tty" and self.console.users:
            raise ValueError('there are [[console.users]], and kind is "tty": nobody can log in')
        if self.kind == "tty" and self.voice_uri:
            raise ValueError('voice_uri is for kind = "console": at a TTY nobody can ask for it')
        if self.kind == "console" and self.tty is not None:
            raise ValueError('there is a table [tty], and kind is "console"')
        return self
