"""What is wrong with lines only when they are seen beside each other and the rest. Pure, but for
asking whether a file exists and whether a driver is installed, which the caller answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from ...psap_adapters.tty_psap.settings import TtyPsapSettings
    from ..edges.lines.settings import SerialSettings, WavSettings
    from ..edges.lines.trunk_settings import TrunkSettings
    from .files import GatewayFile
    from .line_files import LineFile

EVERYWHERE = frozenset({"0.0.0.0", "::"})

# "udp" or "tcp", host, first and last port, whose they are
Ports = list[tuple[str, str, int, int, str]]


def line_path(name: str) -> str:
    return f"lines/{name}.toml"


def line_faults(
    lines: Mapping[str, LineFile],
    gateway: GatewayFile | None,
    groups: Collection[str],
    psap_names: Collection[str],
    exists: Callable[[str], bool],
    has_driver: Callable[[], bool],
    taken: Ports | None = None,
    have_voice: Collection[str] = (),
) -> Iterator[Fault]:
    """`groups`: of carriers, whose callers must not be taken for those of a line. `has_driver`:
    whether serial ports can be opened at all. What the lines take is added to `taken`.
    `have_voice`: the PSAPs with a voice_uri."""
    taken = ports_taken(gateway) if taken is None else taken
    devices: dict[str, str] = {}
    for name, line in lines.items():
        path = line_path(name)
        if name in groups:
            yield Fault(
                path,
                "",
                f'"{name}" is also a group of carriers; callers are known by that name, so rename '
                "this file.",
            )
        for problem in line.location.problems(psap_names):
            yield Fault(path, problem.key, problem.sentence)
        if line.turns.voice == "bridge":
            yield from _voices(path, line, have_voice)
        if line.sip is not None:
            yield from _ports(path, line.sip, taken)
        if line.serial is not None:
            yield from _serial(path, line.serial, devices, has_driver)
        if line.wav is not None:
            yield from _wav(path, line.wav, gateway, exists)


def _voices(path: str, line: LineFile, have_voice: Collection[str]) -> Iterator[Fault]:
    """`voice = "bridge"` where nothing can come of it."""
    if line.kind != "sip":
        yield Fault(
            path,
            "turns.voice",
            f'voice = "bridge" is for a SIP trunk, and kind is "{line.kind}": no voice comes on '
            'it; write voice = "notice".',
        )
    elif not have_voice:
        yield Fault(
            path,
            "turns.voice",
            'voice = "bridge" and no PSAP has a telephone for it; write voice_uri = '
            '"sip:NUMBER@HOST" in psaps/NAME.toml of those that are to hear callers, or '
            'voice = "notice" here.',
        )


def voice_advice(
    lines: Mapping[str, LineFile], without: Collection[str], path_of: Callable[[str], str]
) -> Iterator[Fault]:
    """`without`: consoles that have no voice_uri, beside some that have."""
    bridged = sorted(name for name, line in lines.items() if line.turns.voice == "bridge")
    for name in sorted(without) if bridged else ():
        yield Fault(
            path_of(name),
            "voice_uri",
            f'there is none, and voice = "bridge" on {", ".join(map(line_path, bridged))}: callers '
            "who speak cannot be heard here, and nobody is offered the key.",
        )


def ports_taken(gateway: GatewayFile | None) -> Ports:
    """What gateway.toml itself takes."""
    if gateway is None:
        return []
    told = [
        *([(gateway.smpp.host, gateway.smpp.port, "[smpp]")] if gateway.smpp.plain else []),
        *((door.host, door.port, "[[smpp.tls]]") for door in gateway.smpp.tls),
        (gateway.outbind.host, gateway.outbind.port or 0, "[outbind]"),
        (gateway.console.host, gateway.console.port, "[console]"),
        (gateway.operations.host, gateway.operations.port, "[operations]"),
    ]
    return [
        ("tcp", host, port, port, f"{whose} of gateway.toml") for host, port, whose in told if port
    ]


def _whose(protocol: str, host: str, first: int, last: int, taken: Ports) -> str:
    """Who has one of these ports already, or ""."""
    for other, its_host, its_first, its_last, whose in taken:
        same_host = host == its_host or {host, its_host} & EVERYWHERE
        if protocol == other and same_host and first <= its_last and its_first <= last:
            return whose
    return ""


def _ports(path: str, trunk: TrunkSettings, taken: Ports) -> Iterator[Fault]:
    """What this trunk takes is added to `taken`."""
    for place, door in enumerate(trunk.listen, start=1):
        protocol = "udp" if door.transport == "udp" else "tcp"
        whose = _whose(protocol, door.host, door.port, door.port, taken) if door.port else ""
        if whose:
            yield Fault(
                path,
                f"sip.listen[{place}].port",
                f"port {door.port} is already that of {whose}; choose another.",
            )
        ours = f"{path}, sip.listen[{place}]"
        if door.port:
            taken.append((protocol, door.host, door.port, door.port, ours))
    first, last = trunk.rtp_ports
    host = trunk.media_host or "0.0.0.0"  # where a call comes in is not known before it comes
    if whose := _whose("udp", host, first, last, taken):
        yield Fault(
            path, "sip.rtp_ports", f"of these some are those of {whose} already; choose others."
        )
    taken.append(("udp", host, first, last, f"{path}, sip.rtp_ports"))


def tty_ports(path: str, tty: TtyPsapSettings, taken: Ports) -> Iterator[Fault]:
    """What a PSAP that is rung over SIP takes is added to `taken`."""
    protocol = "udp" if tty.transport == "UDP" else "tcp"
    if tty.transport != "TLS":
        if whose := _whose(protocol, tty.host, tty.port, tty.port, taken):
            what = f"port {tty.port} is already that of {whose}; choose another."
            yield Fault(path, "tty.port", what)
        taken.append((protocol, tty.host, tty.port, tty.port, f"{path}, tty.port"))
    first, last = tty.rtp_ports
    host = tty.media_host or tty.host
    if whose := _whose("udp", host, first, last, taken):
        what = f"of these some are those of {whose} already; choose others."
        yield Fault(path, "tty.rtp_ports", what)
    taken.append(("udp", host, first, last, f"{path}, tty.rtp_ports"))


def _serial(
    path: str, serial: SerialSettings, devices: dict[str, str], has_driver: Callable[[], bool]
) -> Iterator[Fault]:
    if serial.device in devices:
        yield Fault(
            path,
            "serial.device",
            f"{devices[serial.device]} has the same port; a port carries one line.",
        )
    devices.setdefault(serial.device, path)
    if not has_driver():
        yield Fault(
            path,
            "kind",
            "serial ports need a driver that is not installed; install text911[serial].",
        )


def _wav(
    path: str, wav: WavSettings, gateway: GatewayFile | None, exists: Callable[[str], bool]
) -> Iterator[Fault]:
    if not exists(wav.file):
        yield Fault(path, "wav.file", f"there is no file {wav.file}; put it there.")
    if gateway is not None and not gateway.gateway.demonstration:
        yield Fault(
            path,
            "kind",
            'a recording would ring real people; kind = "wav" is for gateway.toml with '
            "demonstration = true.",
        )
