"""What goes from the gateway to whoever watches: one value a line, as JSON. Pure."""

from __future__ import annotations

import msgspec
from msgspec import Struct

MODES = {"tx": "transmitter", "rx": "receiver", "trx": "transceiver"}


class Bind(Struct, frozen=True):
    id: str
    mode: str  # "transceiver", "receiver", "transmitter"
    since: float  # UTC seconds
    version: int = 0  # interface_version of the peer


class Begun(Struct, frozen=True, tag="begun"):
    """The first line, also after the connection to the gateway was made anew. `alphabet`: what
    data_coding 0 means. `tests`: the addresses for tests."""

    at: float
    carrier: str
    display: str
    scope: str
    alphabet: str
    short_codes: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    binds: tuple[Bind, ...] = ()


class Seen(Struct, frozen=True, tag="pdu"):
    """One PDU in hexadecimal. `heard`: from the carrier. `withheld`: octets behind the header that
    are not given. `is_hidden`: words and numbers are not those that were sent. `ours`: on a bind
    that we made, where the carrier is the message centre."""

    at: float
    bind: str
    heard: bool
    octets: str
    withheld: int = 0
    is_hidden: bool = False
    ours: bool = False


class Happening(Struct, frozen=True, tag="happened"):
    """`what`: as the health log names it ("bind_up", "bind_down", "bind_refused")."""

    at: float
    what: str
    words: str
    peer: str = ""


class Lost(Struct, frozen=True, tag="lost"):
    """So many PDUs were not shown, because they came faster than they were taken."""

    count: int


class Still(Struct, frozen=True, tag="still"):
    """Nothing has happened for a while, and the gateway is there."""

    at: float
    binds: tuple[Bind, ...] = ()


Line = Begun | Seen | Happening | Lost | Still

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    return _ENCODER.encode(line) + b"\n"


def decode(octets: bytes) -> Line:
    """Raises msgspec.DecodeError (a ValueError) for what is no line."""
    return _DECODER.decode(octets)
