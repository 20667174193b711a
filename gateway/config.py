"""A configuration directory, read and judged as a whole: `load` gives a value or all its faults.

The value is immutable: a reload loads a second one, compares (`changes`) and swaps it in, or keeps
the first. Nothing here starts, listens or writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from .configuration.changes import Difference, changes
from .configuration.configuration import CallLine, Carrier, Configuration, Psap, Reach
from .configuration.crosschecks import advice
from .configuration.faults import ConfigurationErrors, Fault
from .configuration.reader import Read, Reader
from .messages import build

__all__ = [
    "CallLine",
    "Carrier",
    "Configuration",
    "ConfigurationErrors",
    "Difference",
    "Fault",
    "Psap",
    "Reach",
    "changes",
    "load",
]


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
            {name: psap.display for name, psap in files.psaps.items()},
            [name for name, psap in files.psaps.items() if psap.voice_uri],
        ),
        carriers=tuple(_carriers(read)),
        psaps=tuple(_psaps(read)),
        advice=tuple(advice(files)),
        flood=gateway.flood,
        tls=read.doors,
        outbind=gateway.outbind,
        lines=tuple(_lines(read)),
    )


def _carriers(read: Read) -> Iterator[Carrier]:
    for name, carrier in read.files.carriers.items():
        yield Carrier(
            name=name,
            display=carrier.display,
            group=carrier.group or name,
            account=carrier.account,
            passwords=read.passwords[name],
            location=carrier.location,
            certification=carrier.certification,
            reaches=read.reaches[name],
        )


def _psaps(read: Read) -> Iterator[Psap]:
    for name, psap in read.files.psaps.items():
        yield Psap(
            name,
            psap.display,
            psap.kind,
            psap.console,
            psap.tty,
            read.logins.get(name),
            psap.voice_uri,
            read.believed.get(name, b""),
            read.shown.get(name),
        )


def _lines(read: Read) -> Iterator[CallLine]:
    for name, line in read.files.lines.items():
        yield CallLine(
            name=name,
            display=line.display,
            settings=line.settings,
            tty=line.tty,
            turns=line.turns,
            place=line.location.profile(),
            accounts=read.accounts[name],
            tls=read.line_doors[name],
            login=read.line_logins.get(name),
            believed=read.line_believed.get(name, b""),
        )
