"""What a configuration is once it was read and judged: one immutable value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...psap_adapters.console.settings import ConsoleListenSettings, ConsoleSettings
from ...smpp.connecting import (
    AwaitOutbindSettings,
    ConnectSettings,
    OutbindListenSettings,
    OutbindSettings,
)
from ...smpp.pins import Identity
from ...smpp.settings import AccountSettings, ListenSettings
from ..core.policy import Policy
from ..edges.settings import FloodSettings
from ..journal.settings import JournalSettings
from ..location.settings import CarrierLocationSettings
from ..onboarding.settings import CertificationSettings, for_tests
from ..operations.settings import OperationsSettings
from ..routing.settings import RoutingSettings
from ..secrets import Secret
from .certificates import TlsDoor
from .faults import Fault

if TYPE_CHECKING:  # what has sound is loaded where a file asks for it (`line_files`)
    from ...psap_adapters.tty_psap.settings import TtyPsapSettings
    from ..edges.lines.settings import SerialSettings, TtySettings, TurnSettings, WavSettings
    from ..edges.lines.trunk_settings import TrunkSettings


@dataclass(frozen=True, slots=True)
class Reach:
    """A bind that is ours to bring about. `password` is what we give; `asks_with` what the outbind
    must bear that is awaited, None for any; `identity` what we show over TLS, if anything."""

    settings: ConnectSettings | OutbindSettings | AwaitOutbindSettings
    password: Secret
    asks_with: Secret | None = None
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """`passwords` are resolved; one of them must match at bind. `tests`: the carrier as it is for
    texts to the addresses of its certification, in a group of their own."""

    name: str
    display: str
    group: str
    account: AccountSettings
    passwords: tuple[Secret, ...]
    location: CarrierLocationSettings
    certification: CertificationSettings = field(default_factory=CertificationSettings)
    reaches: tuple[Reach, ...] = ()
    tests: Carrier | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if codes := self.certification.short_codes:
            account = self.account.model_copy(update={"short_codes": codes})
            tests = replace(
                self,
                group=for_tests(self.group),
                account=account,
                certification=CertificationSettings(),
            )
            object.__setattr__(self, "tests", tests)

    def addressed(self, address: str) -> Carrier | None:
        """The carrier as it is for a text to that address; None when that is none of ours."""
        if address in self.account.short_codes:
            return self
        tests = self.tests
        return tests if tests is not None and address in tests.account.short_codes else None

    def of(self, group: str) -> Carrier:
        """The carrier as it is for dialogues of that group, its own or that of its tests."""
        return self if group == self.group or self.tests is None else self.tests


@dataclass(frozen=True, slots=True)
class Psap:
    """`kind` "console": `console` is its settings. "tty": `tty`, and `password` with which its
    exchange may ask us to log in. `voice_uri`: its telephone for the voices of callers, or ""."""

    name: str
    display: str
    kind: str
    console: ConsoleSettings = field(repr=False)  # holds password hashes
    tty: TtyPsapSettings | None = None
    password: Secret | None = field(default=None, repr=False)
    voice_uri: str = ""
    believed: bytes = field(default=b"", repr=False)
    shown: Identity | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CallLine:
    """A line on which callers type. `settings` is of its kind; `place`: where its callers are when
    their call does not say it. Of a trunk: `accounts`, name and password, `tls`, `login`, with
    what it may ask us to log in, and `believed`, who may have signed what it shows, PEM."""

    name: str
    display: str
    settings: TrunkSettings | SerialSettings | WavSettings
    tty: TtySettings
    turns: TurnSettings
    place: CarrierLocationSettings
    accounts: tuple[tuple[str, Secret], ...] = ()
    tls: tuple[TlsDoor, ...] = ()
    login: Secret | None = field(default=None, repr=False)
    believed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything the daemon is built from. Paths are absolute; carriers, PSAPs, lines by name."""

    directory: Path
    name: str
    demonstration: bool
    smpp: ListenSettings
    console: ConsoleListenSettings
    operations: OperationsSettings
    journal: JournalSettings
    routing: RoutingSettings
    policy: Policy
    carriers: tuple[Carrier, ...]
    psaps: tuple[Psap, ...]
    advice: tuple[Fault, ...] = ()
    flood: FloodSettings = field(default_factory=FloodSettings)
    tls: tuple[TlsDoor, ...] = ()
    outbind: OutbindListenSettings = field(
        default_factory=lambda: OutbindListenSettings.model_validate({})
    )
    lines: tuple[CallLine, ...] = ()

    @property
    def journal_path(self) -> Path:
        return self.directory / self.journal.path

    @property
    def boundaries_path(self) -> Path:
        """Only meaningful when `routing.boundaries` is not "demo"."""
        return self.directory / self.routing.boundaries
