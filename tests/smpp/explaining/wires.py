"""Frames and captures made by hand; nobody checks the sums."""

from __future__ import annotations

import struct
from collections.abc import Iterable

CLIENT, SERVER = bytes((192, 0, 2, 2)), bytes((192, 0, 2, 1))
PORT, ELSEWHERE = 2775, 40_000
SYN, ACK = 0x02, 0x18
AT = 1_700_000_000  # s since 1970, of the first packet


def tcp(payload: bytes, sequence: int, *, up: bool = True, flags: int = ACK) -> bytes:
    """`up`: from the client to the server."""
    ports = (ELSEWHERE, PORT) if up else (PORT, ELSEWHERE)
    return (
        struct.pack(">HHIIBBHHH", *ports, sequence % 2**32, 1, 0x50, flags, 65_535, 0, 0) + payload
    )


def ipv4(segment: bytes, *, up: bool = True, fragment: int = 0, protocol: int = 6) -> bytes:
    ends = CLIENT + SERVER if up else SERVER + CLIENT
    return (
        struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, fragment, 64, protocol, 0)
        + ends
        + segment
    )


def ipv6(segment: bytes, *, between: bytes = b"", first: int = 6) -> bytes:
    size = len(between) + len(segment)
    ends = bytes(15) + b"\1" + bytes(15) + b"\2"
    return struct.pack(">IHBB", 6 << 28, size, first, 64) + ends + between + segment


def ethernet(packet: bytes, kind: int = 0x0800) -> bytes:
    return bytes(12) + kind.to_bytes(2) + packet


def frame(payload: bytes, sequence: int, *, up: bool = True, flags: int = ACK) -> bytes:
    return ethernet(ipv4(tcp(payload, sequence, up=up, flags=flags), up=up))


def pcap(frames: Iterable[bytes], *, order: str = "<", link: int = 1, cut: int = 0) -> bytes:
    """`cut`: octets that the last packet lacks."""
    made = struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, link)
    for number, one in enumerate(frames):
        made += struct.pack(order + "IIII", AT + number, 5, len(one), len(one) + cut) + one
    return made


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order: str = "<", *, link: int = 1, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def enhanced(one: bytes, when: int, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", 0, when >> 32, when & 0xFFFFFFFF, len(one), len(one))
    return block(6, head + one, order)


def pcapng(frames: Iterable[bytes], *, order: str = "<") -> bytes:
    made = section(order) + interface(order)
    for number, one in enumerate(frames):
        made += enhanced(one, (AT + number) * 1_000_000 + 5, order)
    return made
