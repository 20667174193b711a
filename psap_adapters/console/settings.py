"""What a person may set about a web console. Passwords appear only as argon2id hashes.

Two models, because they have two owners: `ConsoleSettings` belongs to one PSAP (its people and its
words), `ConsoleListenSettings` to the gateway (where all consoles are reached).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .terms import Role, Terms, User

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Settings(BaseModel):
    """An unknown key is a fault: in a safety system a misspelt setting must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UserSettings(_Settings):
    """One person who may log in."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,39}$",
        description="Log-in name. Colleagues see it, and the audit trail names it.",
    )
    role: Role = Field(
        default="telecommunicator",
        description="A supervisor also reads all dialogues of the PSAP, may take any over, and may "
        "block a caller for a while.",
    )
    password_hash: str = Field(
        pattern=r"^\$argon2id\$[!-~]+$",
        description="argon2id hash of the password, as `text911 user add` writes it.",
    )
    position: str = Field(
        default="", max_length=40, description='Where this person sits, for example "Position 3".'
    )


class CannedReply(_Settings):
    """A reply that is inserted at the cursor by `/n` (its place in the list) or by `/word`."""

    word: str = Field(
        pattern=r"^[a-z][a-z0-9]{0,15}$",
        description="What is typed after the slash: a letter, then letters and digits.",
    )
    text: str = Field(min_length=1, max_length=400, description="The reply itself.")


class ConsoleSettings(_Settings):
    """The console of one PSAP."""

    display_name: str = Field(
        min_length=1, max_length=80, description="The PSAP's name as its people read it."
    )
    users: tuple[UserSettings, ...] = Field(
        default=(), description="Who may log in here. Everybody sees this PSAP only."
    )
    canned: tuple[CannedReply, ...] = Field(
        default=(), max_length=40, description="Canned replies; the first nine answer to /1 to /9."
    )
    closing_text: str = Field(
        default="This 911 conversation has ended. In an emergency text or call 911 again.",
        max_length=400,
        description="Proposed when a dialogue is ended; may be edited then.",
    )
    suspended: str = Field(
        default="",
        max_length=200,
        description="When not empty, new dialogues are refused at once, and this is the reason.",
    )
    back_within: Seconds = Field(
        default=8.0,
        description="Seconds for which somebody who is logged in and whose link has just gone, or "
        "who was logged in before the gateway restarted, counts as there: what rings waits that "
        "long for them.",
    )
    stalled_after: Seconds = Field(
        default=15.0,
        description="Seconds without any link to the owner of an open dialogue until colleagues "
        "are alarmed and may take it over.",
    )
    nobody_after: Seconds = Field(
        default=30.0,
        description="Seconds without any link to anybody until answered dialogues are given back, "
        "so that another PSAP can be rung.",
    )
    dialogues_at_once: int = Field(
        default=3,
        ge=1,
        le=20,
        description="How many dialogues one person should hold. Shown as advice, never enforced.",
    )
    text_max: int = Field(default=1000, ge=160, le=4000, description="Longest reply in characters.")
    frame_max: int = Field(
        default=16 * 1024,
        ge=4 * 1024,
        le=256 * 1024,
        description="Longest message a browser may send, in octets. A longer one ends its link.",
    )
    frames_per_second: int = Field(
        default=2000,
        ge=20,
        description="How many messages per second a browser may send, twice that in a burst.",
    )

    block_minutes_max: int = Field(
        default=60,
        ge=1,
        le=24 * 60,
        description="For how many minutes a supervisor may block a caller at once. A blocked "
        "caller's texts are still recorded, and answered by the bounce-back.",
    )

    @model_validator(mode="after")
    def _no_name_twice(self) -> Self:
        for what, names in (
            ("user", [user.name.casefold() for user in self.users]),
            ("canned word", [reply.word for reply in self.canned]),
        ):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        return self

    def terms(self) -> Terms:
        """What the hub needs of it."""
        return Terms(
            display_name=self.display_name,
            users=tuple(
                User(one.name, one.role, one.position, one.password_hash) for one in self.users
            ),
            canned=tuple((one.word, one.text) for one in self.canned),
            closing_text=self.closing_text,
            suspended=self.suspended,
            back_within=self.back_within,
            stalled_after=self.stalled_after,
            nobody_after=self.nobody_after,
            dialogues_at_once=self.dialogues_at_once,
            text_max=self.text_max,
            frame_max=self.frame_max,
            block_minutes_max=self.block_minutes_max,
        )


class ConsoleListenSettings(_Settings):
    """Where browsers reach the consoles, and how carefully they are treated."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8911, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    public_url: str = Field(
        default="",
        description='Address as browsers see it, such as "https://text911.example.org". Only pages '
        "from there may log in or open a link. Empty: whatever host the browser named.",
    )
    tls_certificate: Path | None = Field(
        default=None, description="PEM file with the certificate chain. Empty: no TLS here."
    )
    tls_key: Path | None = Field(default=None, description="PEM file with the private key.")
    secure_cookie: bool = Field(
        default=True,
        description="Send the session cookie over TLS only. False is for loopback and tests.",
    )
    session_lifetime: Seconds = Field(
        default=13 * 3600.0,
        description="Seconds until a person must log in again: one long shift. Somebody with an "
        "open dialogue is never thrown out by it.",
    )
    failures_in_a_row: int = Field(
        default=10,
        ge=1,
        description="Wrong passwords from one address until it must wait.",
    )
    failure_forgiven_after: Seconds = Field(
        default=15.0,
        description="Seconds until one of them is forgiven. Short, because a whole PSAP may share "
        "one address and must not be locked out by one person's mistake.",
    )
    heartbeat: Seconds = Field(
        default=5.0, description="Seconds between probes of a browser's link."
    )
    slow_after: Seconds = Field(
        default=10.0,
        description="Seconds a browser may take to read one message until its link is ended.",
    )
    queue_max: int = Field(
        default=4 * 1024 * 1024,
        ge=64 * 1024,
        description="Octets kept for a slow browser until its link is ended; it then resumes.",
    )

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"{value!r} is not an address such as https://text911.example.org")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"{value!r} must end after the host: consoles live at its root")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together: give both or none")
        return self
