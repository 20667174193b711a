"""TCP streams out of a capture, pcap or pcapng: segments in order per direction, what came twice
dropped, what is missing said. Pure: octets of the file in, octets of the streams out.

Not read: IP fragments, which are counted; compression, encryption and tunnels.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from ipaddress import ip_address

from ..counting import counted
from .frames import Segment, segment_of

PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}  # byte order, nanoseconds of a unit of a fraction
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _SIMPLE, _ENHANCED = 1, 3, 6  # block types of pcapng
_RESOLUTION = 9  # if_tsresol
_SECOND = 1_000_000_000  # ns
_TURN = 1 << 32  # TCP sequence numbers


class NotACapture(ValueError):
    """What of the file cannot be read."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`number` counts from 1, as Wireshark does; `at` is ns since 1970, 0 when not known."""

    number: int
    at: int
    link: int
    octets: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Octets of one direction without a hole. `missing` octets before them are not in the capture;
    `is_midway`: what was before is not known to be nothing."""

    octets: bytes
    missing: int
    is_midway: bool
    starts: list[int]  # of segments, in `octets`
    packets: list[Packet]  # which each came with

    def packet_of(self, at: int) -> Packet:
        """The packet that brought octet `at`."""
        return self.packets[bisect_right(self.starts, at) - 1]


@dataclass(slots=True)
class Stream:
    """One direction of one connection: addresses and ports as Wireshark writes them."""

    source: str
    destination: str
    from_server: bool
    segments: list[tuple[int, Packet, bytes]] = field(
        default_factory=list[tuple[int, Packet, bytes]]
    )
    begins: int | None = None  # position of the first octet, when the SYN was seen
    last: int = 0  # position of the segment before, to count on over a turn of the numbers

    def add(self, segment: Segment, packet: Packet) -> None:
        position = segment.sequence
        if self.segments or self.begins is not None:
            distance = (segment.sequence - self.last + _TURN // 2) % _TURN - _TURN // 2
            position = self.last + distance
        self.last = position
        if segment.is_syn:
            position += 1
            self.begins = position
        if segment.payload:
            self.segments.append((position, packet, segment.payload))

    def stretches(self) -> Iterator[Stretch]:
        """The octets in order. Of what came twice, the first arrival counts."""
        ordered = sorted(self.segments, key=lambda one: one[0])
        if not ordered:
            return
        is_midway = self.begins is None
        here = ordered[0][0] if self.begins is None else self.begins
        octets, starts, packets, missing = bytearray(), list[int](), list[Packet](), 0
        for position, packet, payload in ordered:
            if position > here:
                if octets:
                    yield Stretch(bytes(octets), missing, is_midway, starts, packets)
                octets, starts, packets = bytearray(), [], []
                missing, is_midway, here = position - here, True, position
            fresh = payload[here - position :]
            if fresh:
                starts.append(len(octets))
                packets.append(packet)
                octets += fresh
                here += len(fresh)
        if octets:
            yield Stretch(bytes(octets), missing, is_midway, starts, packets)


@dataclass(frozen=True, slots=True)
class Capture:
    """`ports` are all that TCP was seen on; `remarks` say what was left out."""

    streams: list[Stream]
    ports: Set[int]
    remarks: tuple[str, ...]


def is_capture(octets: bytes) -> bool:
    return octets[:4] in PCAP_MAGICS or octets[:4] == PCAPNG_MAGIC


def read(octets: bytes, ports: Set[int]) -> Capture:
    """The streams that have one of `ports` at one end. Raises NotACapture."""
    streams: list[Stream] = []
    current: dict[tuple[bytes, int, bytes, int], Stream] = {}
    seen: set[int] = set()
    left_out: dict[str, int] = {}
    for packet in _packets(octets):
        segment = segment_of(packet.octets, packet.link)
        if isinstance(segment, str):
            if segment:
                left_out[segment] = left_out.get(segment, 0) + 1
            continue
        seen |= {segment.source_port, segment.destination_port}
        if not ports & {segment.source_port, segment.destination_port}:
            continue
        if packet.is_cut:
            left_out["was cut when captured"] = left_out.get("was cut when captured", 0) + 1
        key = (segment.source, segment.source_port, segment.destination, segment.destination_port)
        stream = current.get(key)
        is_again = segment.is_syn and stream is not None and bool(stream.segments)
        if stream is None or is_again:
            stream = Stream(
                _end(segment.source, segment.source_port),
                _end(segment.destination, segment.destination_port),
                segment.source_port in ports,
            )
            current[key] = stream
            streams.append(stream)
        stream.add(segment, packet)
    remarks = tuple(f"{counted(count, 'time')} a packet {why}" for why, count in left_out.items())
    return Capture(streams, seen, remarks)


def _end(address: bytes, port: int) -> str:
    shown = ip_address(address)
    return f"{shown}:{port}" if shown.version == 4 else f"[{shown}]:{port}"


# --- the files -----------------------------------------------------------------------------------


def _packets(octets: bytes) -> Iterator[Packet]:
    return _of_pcap(octets) if octets[:4] in PCAP_MAGICS else _of_pcapng(octets)


def _of_pcap(octets: bytes) -> Iterator[Packet]:
    order, fraction = PCAP_MAGICS[octets[:4]]
    if len(octets) < 24:
        raise NotACapture("the capture ends within its header")
    link = struct.unpack_from(order + "I", octets, 20)[0] & 0xFFFF
    record = struct.Struct(order + "IIII")
    at, number = 24, 0
    while at < len(octets):
        number += 1
        if len(octets) - at < record.size:
            raise NotACapture(f"the capture ends within packet {number}")
        seconds, parts, there, whole = record.unpack_from(octets, at)
        at += record.size
        if there > len(octets) - at:
            raise NotACapture(f"the capture ends within packet {number}")
        when = seconds * _SECOND + parts * fraction
        yield Packet(number, when, link, octets[at : at + there], there < whole)
        at += there


def _of_pcapng(octets: bytes) -> Iterator[Packet]:
    at, number, order = 0, 0, "<"
    interfaces: list[tuple[int, int]] = []  # link type, units of a second
    while at < len(octets):
        if len(octets) - at < 12:
            raise NotACapture(f"the capture ends within a block, at octet {at}")
        if octets[at : at + 4] == PCAPNG_MAGIC:
            found = _ORDERS.get(octets[at + 8 : at + 12])
            if found is None:
                raise NotACapture(f"the section at octet {at} has no byte order")
            order = found
            interfaces.clear()
        kind, length = struct.unpack_from(order + "II", octets, at)
        if length < 12 or length % 4 or length > len(octets) - at:
            raise NotACapture(f"the capture ends within a block, or is damaged, at octet {at}")
        body = octets[at + 8 : at + length - 4]
        try:
            if kind == _INTERFACE:
                link = struct.unpack_from(order + "H", body)[0]
                interfaces.append((link, _units(body[8:], order)))
            elif kind in (_ENHANCED, _SIMPLE):
                number += 1
                yield _packet(kind, body, order, number, interfaces)
        except (struct.error, IndexError):
            raise NotACapture(f"the block at octet {at} is damaged") from None
        at += length


def _packet(
    kind: int, body: bytes, order: str, number: int, interfaces: list[tuple[int, int]]
) -> Packet:
    if kind == _SIMPLE:
        (whole,) = struct.unpack_from(order + "I", body)
        octets = body[4 : 4 + whole]
        return Packet(number, 0, interfaces[0][0], octets, len(octets) < whole)
    interface, high, low, there, whole = struct.unpack_from(order + "IIIII", body)
    link, units = interfaces[int(interface)]
    when = ((int(high) << 32) + int(low)) * _SECOND // units
    return Packet(number, when, link, body[20 : 20 + there], there < whole)


def _units(options: bytes, order: str) -> int:
    """Of time in a second; microseconds when nothing is said."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(order + "HH", options, at)
        if code == _RESOLUTION and length:
            value = options[at + 4]
            return int(2 ** (value & 0x7F)) if value & 0x80 else int(10**value)
        if code == 0:
            break
        at += 4 + length + -length % 4
    return 1_000_000
