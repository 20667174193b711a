"""RTP packets (RFC 3550, 5; RFC 3551): octets and values. Orders nothing and drops nothing."""

from __future__ import annotations

import struct

from msgspec import Struct

from .grammar import Malformed

HEADER = struct.Struct("!BBHII")
VERSION = 2
PLAIN = VERSION << 6  # the first octet of a packet without padding, extension and sources
PACKET_SIZE_MAX = 2048  # octets; what arrives larger is no audio and no text of a telephone line
# RFC 5761, 4: where RTP and RTCP share a port, these second octets are RTCP's.
RTCP_FIRST, RTCP_LAST = 192, 223


class Packet(Struct, frozen=True, gc=False):
    """One packet; fifty of them a second and call each way. `extension`: (profile, octets) of the
    header extension, octets in fours."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    extension: tuple[int, bytes] | None = None


def is_rtcp(octets: bytes) -> bool:
    """Whether a datagram on a shared port is RTCP."""
    return len(octets) > 1 and RTCP_FIRST <= octets[1] <= RTCP_LAST


def read(octets: bytes) -> Packet:
    """The packet in one datagram, its padding taken off."""
    if not HEADER.size <= len(octets) <= PACKET_SIZE_MAX:
        raise Malformed(f"an RTP packet has 12 to {PACKET_SIZE_MAX} octets, not {len(octets)}")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(octets)
    if first == PLAIN:  # as nearly always
        return Packet(second & 0x7F, sequence, timestamp, ssrc, octets[12:], second > 0x7F)
    if first >> 6 != VERSION:
        raise Malformed(f"the version of RTP is 2, not {first >> 6}")
    at = HEADER.size + 4 * (first & 0x0F)
    end = len(octets)
    csrcs = [octets[place : place + 4] for place in range(HEADER.size, at, 4)]
    extension = None
    if first & 0x10:
        if at + 4 > end:
            raise Malformed("the packet ends within its header extension")
        profile, words = struct.unpack_from("!HH", octets, at)
        extension = (profile, octets[at + 4 : at + 4 + 4 * words])
        at += 4 + 4 * words
    if first & 0x20:
        padding = octets[-1]
        if not padding:
            raise Malformed("the padding is 0 octets long")
        end -= padding
    if at > end:
        raise Malformed("the packet ends before its payload begins")
    return Packet(
        second & 0x7F,
        sequence,
        timestamp,
        ssrc,
        octets[at:end],
        bool(second & 0x80),
        tuple(int.from_bytes(csrc) for csrc in csrcs),
        extension,
    )


def write(packet: Packet) -> bytes:
    """The octets of a packet, without padding."""
    kind, marked = packet.payload_type, packet.marker
    sequence, timestamp = packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF
    if packet.extension is None and not packet.csrcs:  # as always
        return plain(kind, sequence, timestamp, packet.ssrc, packet.payload, marked)
    extension = b""
    if packet.extension is not None:
        profile, octets = packet.extension
        if len(octets) % 4:
            raise ValueError(f"a header extension comes in fours of octets, not {len(octets)}")
        extension = struct.pack("!HH", profile, len(octets) // 4) + octets
    first = VERSION << 6 | (0x10 if packet.extension is not None else 0) | len(packet.csrcs)
    head = HEADER.pack(first, kind | 0x80 if marked else kind, sequence, timestamp, packet.ssrc)
    return head + b"".join(csrc.to_bytes(4) for csrc in packet.csrcs) + extension + packet.payload


def plain(
    kind: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marked: bool
) -> bytes:
    """The octets of a packet that is nothing but these, all of them within their bits."""
    return HEADER.pack(PLAIN, kind | 0x80 if marked else kind, sequence, timestamp, ssrc) + payload


def head(kind: int, sequence: int, timestamp: int, ssrc: int) -> bytes:
    """The header of such a packet, without a marker."""
    return HEADER.pack(PLAIN, kind, sequence, timestamp, ssrc)


def ahead(value: int, of: int, bits: int) -> int:
    """How far `value` is ahead of `of` on a circle of 2**bits; negative when it is behind."""
    half = 1 << (bits - 1)
    return (value - of + half) % (1 << bits) - half
