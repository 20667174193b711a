"""What the operator page, `text911 status` and the service manager are told: one value, one moment.

It never holds the words of a caller or a telecommunicator, nor a telephone number.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

DIALOGUES_MAX = 100  # listed one by one; the page is for a person, who cannot read more


class AlarmStatus(Struct, frozen=True):
    key: str
    severity: str  # "notice", "warning", "critical"
    sentence: str
    since: float  # UTC seconds


class Hop(Struct, frozen=True):
    """One stretch of the way of a text, over the last minutes. 0.0 when `count` is 0."""

    name: str
    count: int
    p50_ms: float
    p99_ms: float
    limit_ms: float

    @property
    def holds(self) -> bool:
        return self.count == 0 or self.p99_ms <= self.limit_ms


class BindStatus(Struct, frozen=True):
    """One connection of a carrier."""

    mode: str  # "transceiver", "receiver", "transmitter"
    state: str  # in words: "bound", "unbinding", ...
    since: float  # UTC seconds
    texts_in: int = 0
    replies_out: int = 0
    in_flight: int = 0
    window: int = 0
    heard_at: float = 0.0  # UTC seconds of its last octet; 0.0 = never


class ReachStatus(Struct, frozen=True):
    """A connection that is ours to make, to a carrier: to bind there, or to ask it to bind."""

    where: str  # "smsc1.example.net:2775"
    state: str  # "connected", "connecting", "resting"
    reason: str = ""  # why it is not connected, in words
    since: float = 0.0  # UTC seconds; of one that is not connected: since when
    tries_at: float = 0.0  # UTC seconds; of one that rests: the next try


class CarrierStatus(Struct, frozen=True):
    name: str
    display: str
    binds: tuple[BindStatus, ...] = ()
    reaches: tuple[ReachStatus, ...] = ()


class PsapStatus(Struct, frozen=True):
    name: str
    display: str
    kind: str
    reachable: bool
    people: int
    ringing: int = 0
    live: int = 0
    stalled: int = 0
    reason: str = ""
    overflow: tuple[str, ...] = ()  # display names, in the order of trying


class LineStatus(Struct, frozen=True):
    """A line on which callers type. `fault`: the last one, in words; "" without."""

    name: str
    display: str
    kind: str  # "sip", "serial", "wav"
    calls: int = 0  # that are up, or ring
    taken: int = 0  # since the start
    rejected: int = 0  # calls and requests that were turned away
    fault: str = ""


class DialogueStatus(Struct, frozen=True):
    """`state` is the word of DESIGN 3 ("offered", "active", ...); `psap` is a display name."""

    id: str
    town: str
    state: str
    psap: str
    opened_at: float
    waiting: bool = False  # a person waits for an answer


class EventStatus(Struct, frozen=True):
    at: float
    severity: str
    sentence: str


class Status(Struct, frozen=True):
    """`dialogues` lists those that wait first, at most `DIALOGUES_MAX` of `dialogues_total`."""

    name: str
    version: str
    started_at: float
    now: float
    ready: bool
    reasons: tuple[str, ...]  # why not ready; empty when ready
    sentence: str
    alarms: tuple[AlarmStatus, ...] = ()
    hops: tuple[Hop, ...] = ()
    carriers: tuple[CarrierStatus, ...] = ()
    psaps: tuple[PsapStatus, ...] = ()
    dialogues: tuple[DialogueStatus, ...] = ()
    dialogues_total: int = 0
    events: tuple[EventStatus, ...] = ()
    lines: tuple[LineStatus, ...] = ()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Status)


def encode(status: Status) -> bytes:
    return _ENCODER.encode(status)


def decode(octets: bytes) -> Status:
    """Raises msgspec.DecodeError or msgspec.ValidationError for anything that is no status."""
    return _DECODER.decode(octets)
