"""What the next packet of a caller looks like if nothing happens, and what we say to who listens
to nothing; and how many such packets came and left.

Of nearly every packet all but its payload is known before it comes: its source, its length and the
twelve octets of its header. And nearly every packet of ours is the one before it with two numbers
more. Whoever has the sockets can compare, send and count; what the count means is for the stream
that foretold it, when next it is asked. Values only.
"""

from __future__ import annotations

from msgspec import Struct

from .g711 import Law
from .source import Address


class Foretold(Struct, frozen=True, gc=False):
    """`head`: the header (RFC 3550, 5.1). Behind it are `size` octets of `law`, one for each unit
    of the timestamp; the one that follows has the next number. `at`: when the last one came;
    `transit` and `jitter` so far, as in 6.4.1 and in those units."""

    head: bytes
    size: int
    law: Law
    address: Address
    at: float
    transit: float
    jitter: float


class Silence(Struct, frozen=True, gc=False):
    """`packet`: the next one of ours, a frame of silence; the one that follows has the next number
    and a timestamp that is `frame` more. `address`: where they go."""

    packet: bytes
    frame: int
    address: Address


class Said(Struct, frozen=True, gc=False):
    """`count` such packets were sent, the last of them in the beat `at`."""

    count: int
    at: float


class Run(Struct, frozen=True, gc=False):
    """`count` packets came as foretold, one after the other; with `octets` of payload all together.
    `at`, `transit`, `jitter`: of the last of them."""

    count: int
    octets: int
    at: float
    transit: float
    jitter: float
