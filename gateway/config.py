"""A configuration directory, read and judged as a whole: `load` gives a value or all its faults.

The value is immutable: a reload loads a second one, compares (`changes`) and swaps it in, or keeps
the first. Nothing here starts, listens or writes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..psap_adapters.console.settings import ConsoleListenSettings, ConsoleSettings
from ..smpp.settings import AccountSettings, ListenSettings
from .configuration.changes import Difference, changes
from .configuration.crosschecks import advice
from .configuration.faults import ConfigurationErrors, Fault
from .configuration.reader import Reader
from .core.policy import Policy
from .journal.settings import JournalSettings
from .location.settings import CarrierLocationSettings
from .messages import build
from .operations.settings import OperationsSettings
from .routing.settings import RoutingSettings
from .secrets import Secret

__all__ = [
    "Carrier",
    "Configuration",
    "ConfigurationErrors",
    "Difference",
    "Fault",
    "Psap",
    "changes",
    "load",
]


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

    @property
    def journal_path(self) -> Path:
        return self.directory / self.journal.path

    @property
    def boundaries_path(self) -> Path:
        """Only meaningful when `routing.boundaries` is not "demo"."""
        return self.directory / self.routing.boundaries


def load(directory: Path, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read the directory. `environ` is where `env:` and `credential:` secrets are looked up.

    Raises ConfigurationErrors with every fault at once, also for a directory that is not there.
    """
    directory = directory.absolute()
    read = Reader(directory, os.environ if environ is None else environ).read()
    gateway, files = read.gateway, read.files
    return Configuration(
        directory=directory,
        name=gateway.gateway.name,
        demonstration=gateway.gateway.demonstration,
        smpp=gateway.smpp,
        console=gateway.console,
        operations=gateway.operations,
        journal=gateway.journal,
        routing=read.routing,
        policy=build(
            gateway.limits.limits(),
            gateway.messages,
            {name: psap.ended for name, psap in files.psaps.items()},
        ),
        carriers=tuple(
            Carrier(
                name=name,
                display=carrier.display,
                group=carrier.group or name,
                account=carrier.account,
                passwords=read.passwords[name],
                location=carrier.location,
            )
            for name, carrier in files.carriers.items()
        ),
        psaps=tuple(
            Psap(name, psap.display, psap.kind, psap.console) for name, psap in files.psaps.items()
        ),
        advice=tuple(advice(files)),
    )
