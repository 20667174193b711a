"""`recvfrom` and `sendto` of many UDP sockets in one go, as machine code. Imported only where it is
wanted: numba takes a second to load.

Of each datagram Python makes a call, an address in words and an exception or two: with two hundred
calls that is a third of a processor, and what the system itself does for them is a tenth. Only for
Linux: an address is what its `sockaddr_in` and `sockaddr_in6` are. Sockets must not block.
"""

from __future__ import annotations

from typing import Any

import numba
from numba import types

# Octets of the longest datagram and address that are told from longer ones; of an RTP header; where
# in it the sequence number and the timestamp end.
WIDTH, ADDRESS, HEAD = 2_049, 28, 12
_SEQUENCE, _TIMESTAMP = 3, 7
_CIRCLE = 1 << 32  # of timestamps
# What `clocks` knows of a socket, in seconds and timestamp units: when the last one came, and the
# transit and jitter of RFC 3550, 6.4.1.
AT, TRANSIT, JITTER = range(3)


def _compiled(function: Any) -> Any:
    njit: Any = numba.njit
    options = {"error_model": "numpy", "_nrt": False}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # nowhere to keep it
        return njit(**options)(function)


_place: Any = types.uintp
_recvfrom: Any = types.ExternalFunction(
    "recvfrom",
    types.int64(types.int32, _place, types.uint64, types.int32, _place, _place),
)
_sendto: Any = types.ExternalFunction(
    "sendto",
    types.int64(types.int32, _place, types.uint64, types.int32, _place, types.uint32),
)


@_compiled
def _same(one: Any, other: Any, count: int) -> bool:
    place = 0
    while place < count and one[place] == other[place]:
        place += 1
    return place == count


@_compiled
def _timestamp(head: Any) -> Any:
    return (head[4] << 24) | (head[5] << 16) | (head[6] << 8) | head[7]


@_compiled
def _add(head: Any, last: int, much: int) -> None:
    """To the number that ends at `last`, the highest octet first; it wraps where `head` says."""
    first = _SEQUENCE - 1 if last == _SEQUENCE else _SEQUENCE + 1
    place = last
    while much and place >= first:
        much += head[place]
        head[place] = much & 0xFF
        much >>= 8
        place -= 1


@_compiled
def follow(
    sockets: Any,
    whole: Any,
    heads: Any,
    sources: Any,
    lengths: Any,
    counts: Any,
    clocks: Any,
    frames: Any,
    came: Any,
    now: float,
    rate: float,
    room: Any,
    addresses: Any,
    sizes: Any,
    odd: Any,
) -> int:
    """What has come to each of `sockets`, descriptors; all up to `came` is by descriptor.

    `whole`: the octets of the packet that is foretold; `sources`, `lengths`: the address it comes
    from. The payload of those that came so is in `frames`, and how many there are in `came`; no
    more are read than there is room for. The first that is otherwise ends the reading of a socket:
    it is in the next row of `room`, `addresses` and `sizes` (theirs), and in `odd`: whose it is, by
    its place in `sockets`, and its octets. How many such there are."""
    into, source, size = room.ctypes.data, addresses.ctypes.data, sizes.ctypes.data
    strange = 0
    for row in range(len(sockets)):
        one = sockets[row]
        came[one] = 0
        while came[one] < frames.shape[1]:
            sizes[strange] = ADDRESS
            octets = _recvfrom(
                one,
                into + strange * WIDTH,
                WIDTH,
                0,
                source + strange * ADDRESS,
                size + strange * 4,
            )
            if octets < 0:
                break
            head = heads[one]
            if (
                octets != whole[one]
                or sizes[strange] != lengths[one]
                or not _same(room[strange], head, HEAD)
                or not _same(addresses[strange], sources[one], sizes[strange])
            ):
                odd[strange, 0], odd[strange, 1] = row, octets
                strange += 1
                break
            payload = octets - HEAD
            for place in range(payload):
                frames[one, came[one], place] = room[strange, HEAD + place]
            came[one] += 1
            transit = now * rate - _timestamp(head)
            step = abs(transit - clocks[one, TRANSIT])
            if step > _CIRCLE / 2:  # one of the counts has wrapped
                step = abs(step - _CIRCLE)
            clocks[one, JITTER] += (step - clocks[one, JITTER]) / 16
            clocks[one, TRANSIT] = transit
            clocks[one, AT] = now
            counts[one] += 1
            _add(head, _SEQUENCE, 1)
            _add(head, _TIMESTAMP, payload)
    return strange


@_compiled
def rest(
    sockets: Any,
    packets: Any,
    addresses: Any,
    lengths: Any,
    counts: Any,
    ats: Any,
    at: float,
    whole: int,
    frame: int,
    refused: Any,
) -> int:
    """The next packet of silence from each of `sockets`, descriptors; all up to `ats` is by
    descriptor. `whole`: the octets of each; `at`: the beat. How many the system did not take; their
    rows are in `refused`."""
    begins, to = packets.ctypes.data, addresses.ctypes.data
    count = 0
    for row in range(len(sockets)):
        one = sockets[row]
        packet, place = begins + one * whole, to + one * ADDRESS
        if _sendto(one, packet, whole, 0, place, lengths[one]) < 0:
            refused[count] = row
            count += 1
        _add(packets[one], _SEQUENCE, 1)
        _add(packets[one], _TIMESTAMP, frame)
        counts[one] += 1
        ats[one] = at
    return count
