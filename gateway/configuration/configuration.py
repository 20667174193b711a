"""What a configuration is once it was read and judged: one immutable value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...psap_adapters.console.settings import ConsoleListenSettings, ConsoleSettings
from ...smpp.settings import AccountSettings, ListenSettings
from ..core.policy import Policy
from ..edges.settings import FloodSettings
from ..journal.settings import JournalSettings
from ..location.settings import CarrierLocationSettings
from ..operations.settings import OperationsSettings
from ..routing.settings import RoutingSettings
from ..secrets import Secret
from .certificates import TlsDoor
from .faults import Fault


@dataclass(frozen=True, slots=True)
class Carrier:
    """`passwords` are resolved; one of them must match at bind."""

    name: str
    display: str
    group: str
    account: AccountSettings
    passwords: tuple[Secret, ...]
    location: CarrierLocationSettings


@dataclass(frozen=True, slots=True)
class Psap:
    """`kind` "console": `console` is its settings."""

    name: str
    display: str
    kind: str
    console: ConsoleSettings = field(repr=False)  # holds password hashes


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything the daemon is built from. Paths are absolute; carriers and PSAPs by name."""

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

    @property
    def journal_path(self) -> Path:
        return self.directory / self.journal.path

    @property
    def boundaries_path(self) -> Path:
        """Only meaningful when `routing.boundaries` is not "demo"."""
        return self.directory / self.routing.boundaries
