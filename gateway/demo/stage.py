"""The stage of a demonstration: its configuration in a private directory, its ports, its numbers.

The configuration comes with the package; the copy lives in a new directory that only this user can
read, and so does the journal.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ..config import Configuration, load
from ..core.commands import Route
from ..core.values import CarrierName
from ..edges.lines.trunk_settings import TrunkSettings
from ..location.simulated import place_of
from ..routing.router import Router
from ..routing.towns import TOWNS
from .story import NUMBERS

PASSWORD = "demo-only-911"  # of everybody, as configs/demo/README.md says; public on purpose
TELECOMMUNICATOR = "position-1"
SUPERVISOR = "supervisor"
HEALTH_LOG = "health.log"


class PortTaken(Exception):
    """The message is a sentence."""


def prepare(port_base: int) -> Configuration:
    """A copy of the demonstration's configuration. `port_base` 0: the ports of its files. Raises
    ConfigurationErrors when the files that came with the package are not as they were."""
    directory = Path(tempfile.mkdtemp(prefix="text911-demo-"))
    _copy(files("text911") / "configs" / "demo", directory)
    configuration = load(directory)
    operations = configuration.operations.model_copy(update={"health_log": HEALTH_LOG})
    configuration = replace(configuration, operations=operations)
    if not port_base:
        return configuration
    (line,) = configuration.lines
    assert isinstance(line.settings, TrunkSettings)
    door = line.settings.listen[0].model_copy(update={"port": port_base + 3})
    line = replace(line, settings=line.settings.model_copy(update={"listen": [door]}))
    return replace(
        configuration,
        lines=(line,),
        smpp=configuration.smpp.model_copy(update={"port": port_base}),
        console=configuration.console.model_copy(update={"port": port_base + 1}),
        operations=operations.model_copy(update={"port": port_base + 2}),
    )


def _copy(source: Traversable, into: Path) -> None:
    for one in source.iterdir():
        if one.is_dir():
            (into / one.name).mkdir()
            _copy(one, into / one.name)
        elif one.name.endswith(".toml"):
            (into / one.name).write_bytes(one.read_bytes())


def trunks(configuration: Configuration) -> list[tuple[str, int]]:
    """Where calls come in."""
    return [
        (door.host, door.port)
        for line in configuration.lines
        if isinstance(line.settings, TrunkSettings)
        for door in line.settings.listen
    ]


def check_ports(configuration: Configuration) -> None:
    """Raises PortTaken for the first one that somebody listens on."""
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    for what, kind, host, port in (
        ("carriers", stream, configuration.smpp.host, configuration.smpp.port),
        ("the consoles", stream, configuration.console.host, configuration.console.port),
        ("the operator page", stream, configuration.operations.host, configuration.operations.port),
        *(("calls", datagram, *where) for where in trunks(configuration)),
    ):
        with socket.socket(type=kind) as probe:
            if kind is stream:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as cause:
                raise PortTaken(
                    f"port {port} for {what} cannot be used ({cause.strerror}); choose four free "
                    "ones in a row: text911 demo --port-base 20000"
                ) from cause


def numbers_by_psap(configuration: Configuration, router: Router) -> Mapping[str, list[str]]:
    """PSAP -> the story's numbers whose simulated place lies in it, whichever carrier they have."""
    found: dict[str, list[str]] = {psap.name: [] for psap in configuration.psaps}
    seeds = {one.location.simulated_seed for one in configuration.carriers}
    carrier = CarrierName(configuration.carriers[0].group)
    for number in NUMBERS:
        psaps = {
            router.choose(Route(place_of(number, seed, TOWNS, 0.0), ""), carrier).psaps[0]
            for seed in seeds
        }
        if len(psaps) == 1:
            found[psaps.pop()].append(number)
    return found
