"""From a captured frame to the TCP segment in it: Ethernet, VLAN, loopback, Linux "any", raw IP.

Pure; looks at no checksum, for a capture on the sending machine has none that are right.
"""

from __future__ import annotations

from dataclasses import dataclass

ETHERNET = 1
_NULL, _LOOP = 0, 108
_RAW = frozenset({12, 14, 101, 228, 229})
_LINUX, _LINUX_2 = 113, 276
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLANS = frozenset({0x8100, 0x88A8, 0x9100})
_TCP = 6
_FRAGMENT = 44
# Headers that stand between IPv6 and TCP and say their own length: hop-by-hop, routing, options.
_BETWEEN = frozenset({0, 43, 60})


@dataclass(frozen=True, slots=True)
class Segment:
    """Addresses are 4 or 16 octets."""

    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    sequence: int
    is_syn: bool
    payload: bytes


def segment_of(frame: bytes, link: int) -> Segment | str:
    """The segment; else in words why there is none, "" for a frame that is simply no TCP."""
    if link == ETHERNET:
        return _by_type(frame, 12)
    if link == _LINUX:
        return _by_type(frame, 14)
    if link == _LINUX_2:
        return _ip(frame[20:])
    if link in (_NULL, _LOOP):
        return _ip(frame[4:])
    if link in _RAW:
        return _ip(frame)
    return f"has link type {link}, which is not read here"


def _by_type(frame: bytes, at: int) -> Segment | str:
    kind = int.from_bytes(frame[at : at + 2])
    while kind in _VLANS:
        at += 4
        kind = int.from_bytes(frame[at : at + 2])
    return _ip(frame[at + 2 :]) if kind in (_IPV4, _IPV6) else ""


def _ip(packet: bytes) -> Segment | str:
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        size, total = 4 * (packet[0] & 15), int.from_bytes(packet[2:4])
        if packet[9] != _TCP:
            return ""
        if int.from_bytes(packet[6:8]) & 0x3FFF:
            return "is a fragment of IP, which is not put together here"
        # A total of 0 is left by hardware that cuts large sends itself.
        return _tcp(packet[size : total or None], packet[12:16], packet[16:20])
    if version == 6 and len(packet) >= 40:
        kind, at = packet[6], 40
        end = at + int.from_bytes(packet[4:6])
        while kind in _BETWEEN and at + 2 <= len(packet):
            kind, at = packet[at], at + 8 * (1 + packet[at + 1])
        if kind == _FRAGMENT:
            return "is a fragment of IP, which is not put together here"
        if kind != _TCP:
            return ""
        return _tcp(packet[at : end if end > 40 else None], packet[8:24], packet[24:40])
    return ""


def _tcp(segment: bytes, source: bytes, destination: bytes) -> Segment | str:
    if len(segment) < 20 or segment[12] >> 4 < 5:
        return "ends within its TCP header"
    return Segment(
        source,
        int.from_bytes(segment[:2]),
        destination,
        int.from_bytes(segment[2:4]),
        int.from_bytes(segment[4:8]),
        bool(segment[13] & 2),
        segment[4 * (segment[12] >> 4) :],
    )
