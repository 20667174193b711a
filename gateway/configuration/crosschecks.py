"""What is wrong only when the files are seen together. Pure, but for asking whether a file exists,
which the caller answers (`exists`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ..location.settings import Source
from ..location.settings import problems as location_problems
from ..messages import automatic_problems, limits_problems, text_problems
from ..messages import problems as messages_problems
from ..routing.settings import DEMO, RoutingSettings
from ..routing.settings import problems as routing_problems
from .faults import Fault, Place
from .files import CarrierFile, GatewayFile, PsapFile
from .line_checks import line_faults, ports_taken, tty_ports, voice_advice

if TYPE_CHECKING:
    from .line_files import LineFile

GATEWAY = "gateway.toml"
ROUTING = "routing.toml"


def has_serial_driver() -> bool:
    """Whether pyserial is installed, which an extra of the package brings."""
    return find_spec("serial") is not None


def carrier_path(name: str) -> str:
    return f"carriers/{name}.toml"


def psap_path(name: str) -> str:
    return f"psaps/{name}.toml"


@dataclass(frozen=True, slots=True)
class Files:
    """What could be read. `psap_names` and `carrier_names` also hold those whose file is faulty, so
    that one fault does not cause a second elsewhere."""

    gateway: GatewayFile | None
    routing: RoutingSettings | None
    carriers: Mapping[str, CarrierFile]
    psaps: Mapping[str, PsapFile]
    psap_names: frozenset[str]
    lines: Mapping[str, LineFile] = field(default_factory=dict[str, "LineFile"])


def cross_faults(files: Files, exists: Callable[[str], bool]) -> Iterator[Fault]:
    """`exists` answers for a path relative to the directory (or absolute)."""
    if files.gateway is not None:
        yield from _gateway(files.gateway, exists)
    if files.routing is not None:
        tests = frozenset(carrier.certification.psap for carrier in files.carriers.values())
        yield from _routing(files.routing, files.psap_names, tests, exists)
    yield from _carriers(files)
    for name, psap in files.psaps.items():
        yield from _psap(psap_path(name), psap)
    groups = {carrier.group or name for name, carrier in files.carriers.items()}
    taken = ports_taken(files.gateway)
    yield from line_faults(
        files.lines,
        files.gateway,
        groups,
        files.psap_names,
        exists,
        has_serial_driver,
        taken,
        [name for name, psap in files.psaps.items() if psap.voice_uri],
    )
    for name, psap in files.psaps.items():
        if psap.tty is not None:
            yield from tty_ports(psap_path(name), psap.tty, taken)


def _gateway(gateway: GatewayFile, exists: Callable[[str], bool]) -> Iterator[Fault]:
    for problem in (*limits_problems(gateway.limits), *messages_problems(gateway.messages)):
        yield Fault(GATEWAY, problem.key, problem.sentence)
    console = gateway.console
    for key in ("tls_certificate", "tls_key"):
        path: Path | None = getattr(console, key)
        if path is not None and not exists(str(path)):
            yield Fault(GATEWAY, f"console.{key}", f"there is no file {path}; put it there.")
    guarded = console.tls_certificate is not None or console.public_url.startswith("https:")
    if not _is_loopback(console.host) and not guarded:
        yield Fault(
            GATEWAY,
            "console.host",
            f"{console.host} can be reached from other machines, and passwords and callers' words "
            "would cross the network in the clear; give tls_certificate and tls_key, or a "
            "public_url with https: when a proxy does TLS.",
        )
    yield from _ports(gateway)


def _ports(gateway: GatewayFile) -> Iterator[Fault]:
    taken: dict[int, str] = {}
    doors = [(f"smpp.tls[{n}]", door.port) for n, door in enumerate(gateway.smpp.tls, start=1)]
    for table, port in (
        *([("smpp", gateway.smpp.port)] if gateway.smpp.plain else []),
        *doors,
        *([("outbind", gateway.outbind.port)] if gateway.outbind.port else []),
        ("console", gateway.console.port),
        ("operations", gateway.operations.port),
    ):
        if port and port in taken:
            yield Fault(
                GATEWAY,
                f"{table}.port",
                f"port {port} is already that of [{taken[port]}]; choose another.",
            )
        taken.setdefault(port, table)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _routing(
    routing: RoutingSettings,
    psap_names: frozenset[str],
    tests: frozenset[str],
    exists: Callable[[str], bool],
) -> Iterator[Fault]:
    """`tests`: the PSAPs that are for certifications only."""
    for problem in routing_problems(routing, psap_names - (tests - _serving(routing))):
        yield Fault(ROUTING, problem.key, problem.sentence)
    for name in sorted(psap_names - _serving(routing) - tests):
        yield Fault(
            psap_path(name),
            "",
            f'no town and no overflow list leads to "{name}"; name it in {ROUTING}, or take this '
            "file away.",
        )
    if routing.boundaries != DEMO and not exists(routing.boundaries):
        yield Fault(
            ROUTING,
            "boundaries",
            f"there is no file {routing.boundaries}; import one with text911 geo import, or write "
            f'"{DEMO}".',
        )


def _carriers(files: Files) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, carrier in files.carriers.items():
        path = carrier_path(name)
        system_id = carrier.account.system_id
        if system_id in first:
            yield Fault(
                path,
                "account.system_id",
                f"{carrier_path(first[system_id])} has the same system_id; a bind must belong to "
                "one carrier, give each its own.",
            )
        first.setdefault(system_id, name)
        for problem in location_problems(carrier.location, files.psap_names):
            yield Fault(path, problem.key, problem.sentence)
        yield from _certification(path, carrier, files)
        yield from _outbinds(path, carrier, files.gateway)
        yield from _tls(path, carrier, files.gateway)
        demonstration = files.gateway is None or files.gateway.gateway.demonstration
        if carrier.location.source is Source.SIMULATED and not demonstration:
            yield Fault(
                path,
                "location.source",
                '"simulated" invents where callers are; write "profile" or "tlv" (or set '
                f"gateway.demonstration = true in {GATEWAY}, never with real callers).",
            )


def _tls(path: str, carrier: CarrierFile, gateway: GatewayFile | None) -> Iterator[Fault]:
    """A carrier that has no door it may come through."""
    if gateway is None:
        return
    if carrier.account.needs_tls and not (gateway.smpp.tls or any(o.tls for o in carrier.outbind)):
        key = "account.tls_pins" if carrier.account.tls_pins else "account.tls_required"
        yield Fault(
            path, key, f"it may bind over TLS only, and {GATEWAY} has no [[smpp.tls]]; add one."
        )


def _outbinds(path: str, carrier: CarrierFile, gateway: GatewayFile | None) -> Iterator[Fault]:
    if carrier.await_outbind and gateway is not None and gateway.outbind.port is None:
        yield Fault(
            path,
            "await_outbind",
            f"nobody is listened for: give {GATEWAY} a table [outbind] with a port.",
        )
    seen: set[str] = set()
    for place, one in enumerate(carrier.await_outbind, start=1):
        if one.asks_as in seen:
            yield Fault(
                path,
                f"await_outbind[{place}].asks_as",
                f'"{one.asks_as}" stands here twice; which of the two is meant could not be told.',
            )
        seen.add(one.asks_as)


def _certification(path: str, carrier: CarrierFile, files: Files) -> Iterator[Fault]:
    """A test must never ring where callers do, and a caller never be taken for a test."""
    tests, account = carrier.certification, carrier.account
    for code in tests.short_codes:
        if code in account.short_codes:
            yield Fault(
                path,
                "certification.short_codes",
                f'"{code}" is among account.short_codes: callers write to it; agree on an address '
                "of its own for tests.",
            )
    if not tests.psap:
        return
    if tests.psap not in files.psap_names:
        yield Fault(
            path,
            "certification.psap",
            f'there is no {psap_path(tests.psap)}; make one for tests, or write "" here.',
        )
    routing = files.routing
    if routing is not None and tests.psap in _serving(routing):
        yield Fault(
            path,
            "certification.psap",
            f'"{tests.psap}" serves callers; tests belong to a PSAP that {ROUTING} does not name.',
        )


def _serving(routing: RoutingSettings) -> frozenset[str]:
    helpers = {name for names in routing.overflow.values() for name in names}
    return frozenset({routing.statewide_default, *routing.psaps, *helpers})


def _psap(path: str, psap: PsapFile) -> Iterator[Fault]:
    for problem in automatic_problems("ended", psap.ended, required=False):
        yield Fault(path, problem.key, problem.sentence)
    prepared = [("console.closing_text", psap.console.closing_text)]
    prepared += [
        (f"console.canned[{place}].text", reply.text)
        for place, reply in enumerate(psap.console.canned, start=1)
    ]
    for key, text in prepared:
        yield from (Fault(path, key, sentence) for sentence in text_problems(text))


def advice(files: Files) -> Iterator[Fault]:
    """What is not wrong but should be known before real callers come."""
    for name, psap in files.psaps.items():
        if psap.kind == "console" and not psap.console.users:
            yield Fault(
                psap_path(name),
                "console.users",
                f"nobody may log in here yet; text911 user add DIR {name} NAME adds somebody.",
            )
    without = [
        name for name, psap in files.psaps.items() if psap.kind == "console" and not psap.voice_uri
    ]
    yield from voice_advice(files.lines, without, psap_path)
    demonstration = files.gateway is not None and files.gateway.gateway.demonstration
    if files.routing is not None and files.routing.boundaries == DEMO and not demonstration:
        yield Fault(
            ROUTING,
            "boundaries",
            "the demonstration's town cells are rough; import the authoritative polygons with "
            "text911 geo import before real callers come.",
        )
    if files.gateway is not None and not files.carriers and not files.lines:
        yield Fault("carriers", "", "no carrier is configured, so no text can come in.")


def undotted(key: str) -> Place:
    """`dotted` read back: "console.canned[2].text" -> ("console", "canned", 1, "text")."""
    place: list[str | int] = []
    for part in key.split("."):
        name, _, rest = part.partition("[")
        if name:
            place.append(name)
        if rest:
            place.append(int(rest.rstrip("]")) - 1)
    return tuple(place)
