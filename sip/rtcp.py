"""RTCP compound packets (RFC 3550, 6): sender and receiver reports, CNAME, BYE."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import assert_never

from .grammar import Malformed

SR, RR, SDES, BYE = 200, 201, 202, 203
CNAME = 1
COUNT_MAX = 31
BLOCK = struct.Struct("!IIIIII")


@dataclass(frozen=True, slots=True)
class Block:
    """What a receiver says of one sender. `fraction` in 1/256 since its last report; `lost` in all,
    negative after duplicates; `jitter` in timestamp units; `last_sr` the middle 32 bits of the
    NTP time of the last report heard, `delay` since then in 1/65,536 s."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_sr: int = 0
    delay: int = 0


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # 64 bits, 1/2**32 s since 1900
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """The canonical name of one source."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A kind we have no use for, or an SDES without a CNAME; kept whole."""

    kind: int
    octets: bytes


Report = SenderReport | ReceiverReport | Named | Bye | Other


def read(octets: bytes) -> tuple[Report, ...]:
    """All that one datagram holds. The first must be a report (6.1); an SDES is read by its first
    source."""
    found: list[Report] = []
    at = 0
    while at < len(octets):
        if at + 4 > len(octets):
            raise Malformed("the RTCP packet ends within a header")
        first, kind, words = struct.unpack_from("!BBH", octets, at)
        if first >> 6 != 2:
            raise Malformed(f"the version of RTCP is 2, not {first >> 6}")
        end = at + 4 + 4 * words
        if end > len(octets):
            raise Malformed("an RTCP length points behind the packet")
        if not found and kind not in (SR, RR):
            raise Malformed(f"an RTCP packet begins with a report, not with {kind}")
        body = octets[at + 4 : end]
        try:
            found.append(_one(kind, first & 0x1F, body))
        except struct.error as cause:
            raise Malformed(f"RTCP {kind} is too short for its {first & 0x1F} members") from cause
        at = end
    if not found:
        raise Malformed("the RTCP packet is empty")
    return tuple(found)


def _one(kind: int, count: int, body: bytes) -> Report:
    match kind:
        case 200:
            ssrc, ntp, timestamp, packets, sent = struct.unpack_from("!IQIII", body)
            return SenderReport(ssrc, ntp, timestamp, packets, sent, _blocks(body, 24, count))
        case 201:
            (ssrc,) = struct.unpack_from("!I", body)
            return ReceiverReport(ssrc, _blocks(body, 4, count))
        case 202:
            return _named(body) or Other(kind, body)
        case 203:
            ssrcs = struct.unpack_from(f"!{count}I", body)
            length = body[4 * count : 4 * count + 1]
            rest = body[4 * count + 1 :][: length[0] if length else 0]
            return Bye(ssrcs, rest.decode("utf-8", "replace"))
        case _:
            return Other(kind, body)


def _blocks(body: bytes, at: int, count: int) -> tuple[Block, ...]:
    found: list[Block] = []
    for place in range(at, at + count * BLOCK.size, BLOCK.size):
        ssrc, loss, *rest = BLOCK.unpack_from(body, place)
        lost = loss & 0xFFFFFF
        found.append(Block(ssrc, loss >> 24, lost - ((lost & 0x800000) << 1), *rest))
    return tuple(found)


def _named(body: bytes) -> Named | None:
    at = 4
    while at + 2 <= len(body) and body[at]:
        kind, length = body[at], body[at + 1]
        if kind == CNAME:
            name = body[at + 2 : at + 2 + length].decode("utf-8", "replace")
            return Named(int.from_bytes(body[:4]), name)
        at += 2 + length
    return None


def write(reports: tuple[Report, ...]) -> bytes:
    """One compound packet. A first that is no report, or too many members, is our own mistake."""
    if not reports or not isinstance(reports[0], SenderReport | ReceiverReport):
        raise ValueError("an RTCP packet begins with a report")
    return b"".join(_written(report) for report in reports)


def _written(report: Report) -> bytes:
    match report:
        case SenderReport(ssrc, ntp, timestamp, packets, sent, blocks):
            body = struct.pack("!IQIII", ssrc, ntp, timestamp, packets, sent)
            return _packet(SR, len(blocks), body + b"".join(map(_block, blocks)))
        case ReceiverReport(ssrc, blocks):
            body = struct.pack("!I", ssrc)
            return _packet(RR, len(blocks), body + b"".join(map(_block, blocks)))
        case Named(ssrc, cname):
            name = cname.encode()
            body = struct.pack("!IBB", ssrc, CNAME, len(name)) + name + b"\0"
            return _packet(SDES, 1, body)
        case Bye(ssrcs, reason):
            said = reason.encode()
            tail = bytes([len(said)]) + said if said else b""
            return _packet(BYE, len(ssrcs), struct.pack(f"!{len(ssrcs)}I", *ssrcs) + tail)
        case Other(kind):
            raise ValueError(f"RTCP {kind} is never ours to send")
        case _:
            assert_never(report)


def _block(block: Block) -> bytes:
    loss = block.fraction << 24 | (block.lost & 0xFFFFFF)
    return BLOCK.pack(block.ssrc, loss, block.highest, block.jitter, block.last_sr, block.delay)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    if count > COUNT_MAX:
        raise ValueError(f"one RTCP packet has at most {COUNT_MAX} members, not {count}")
    body += bytes(-len(body) % 4)
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
