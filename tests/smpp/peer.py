"""A carrier for the tests of the session: octets of a peer, and what it reads back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from text911.smpp.codec import decode, encode
from text911.smpp.conversation import Conversation
from text911.smpp.events import BindRequested, Closed, Event
from text911.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Pdu,
    SubmitSm,
    Unbind,
)
from text911.smpp.session import ServerSession
from text911.smpp.status import Status
from text911.smpp.table import State
from text911.smpp.timers import SessionLimits

BINDS: dict[str, type[BindReceiver] | type[BindTransmitter] | type[BindTransceiver]] = {
    "rx": BindReceiver,
    "tx": BindTransmitter,
    "trx": BindTransceiver,
}
HELP = SubmitSm(source_addr="18605551234", destination_addr="911", short_message=b"help")


def cut(octets: bytes) -> list[bytes]:
    """The PDUs of a stream."""
    pdus: list[bytes] = []
    while octets:
        length = int.from_bytes(octets[:4])
        pdus.append(octets[:length])
        octets = octets[length:]
    return pdus


def heads(octets: bytes) -> list[tuple[int, int, int]]:
    """(command_id, command_status, sequence_number) of each PDU."""
    return [
        (int.from_bytes(p[4:8]), int.from_bytes(p[8:12]), int.from_bytes(p[12:16]))
        for p in cut(octets)
    ]


def raw(command_id: int, sequence_number: int = 1, body: bytes = b"", status: int = 0) -> bytes:
    """A PDU from its pieces, right or wrong."""
    numbers = (16 + len(body), command_id, status, sequence_number)
    return b"".join(n.to_bytes(4) for n in numbers) + body


def elapse(session: Conversation, now: float, seconds: float) -> list[Event]:
    """The events of so much time, in which the session is woken whenever it asked for it."""
    until = now + seconds
    found: list[Event] = []
    while (at := session.wakes_at()) is not None and at <= until:
        now = max(now, at)
        found += session.tick(now)
    return found


@dataclass
class Peer:
    """A session and the clock it lives by; every call says what came of it."""

    limits: SessionLimits = field(default_factory=SessionLimits)
    now: float = 100.0
    answer: Status = Status.ROK  # to binds
    events: list[Event] = field(default_factory=list[Event])

    def __post_init__(self) -> None:
        self.session = ServerSession(self.limits, self.now)

    def says(self, *octets: bytes | tuple[Pdu, int]) -> list[tuple[int, int, int]]:
        """Send, decide on binds at once, and read the heads of what comes back."""
        data = b"".join(o if isinstance(o, bytes) else encode(*o) for o in octets)
        events = self.session.receive(data, self.now)
        while events:
            self.events += events
            for event in events:
                if isinstance(event, BindRequested):
                    if self.answer is Status.ROK:
                        self.session.accept(event, "text911", self.limits)
                    else:
                        self.session.refuse(event, self.answer)
            events = self.session.receive(b"", self.now)
        return self.reads()

    def reads(self) -> list[tuple[int, int, int]]:
        return heads(self.session.octets_to_send())

    def binds(self, kind: str = "trx", **fields: Any) -> Peer:
        """Bound, and the events so far forgotten."""
        bind = BINDS[kind]("carrier", "secret", **fields)
        assert self.says((bind, 1)) == [(bind.COMMAND_ID | 0x80000000, 0, 1)]
        self.events.clear()
        return self

    def waits(self, seconds: float) -> list[Event]:
        """Let time pass; the events of it."""
        found = elapse(self.session, self.now, seconds)
        self.now += seconds
        self.events += found
        return found

    @property
    def reason(self) -> str:
        """Why the session ended; "" while it has not."""
        return "".join(e.reason for e in self.events if isinstance(e, Closed))


def only(octets: bytes) -> Pdu:
    """The one PDU that these octets are."""
    (one,) = cut(octets)
    return decode(one)[0]


def in_state(state: State) -> Peer:
    """A session that was led into this state; what it took is forgotten."""
    peer = Peer()
    match state:
        case State.OPEN:
            pass
        case State.OUTBOUND:
            peer.session.outbind("text911", "secret", peer.now)
        case State.BINDING:
            peer.session.receive(encode(BindTransceiver("x"), 1), peer.now)
        case State.BOUND_RX | State.BOUND_TX | State.BOUND_TRX:
            peer.binds(state.name.removeprefix("BOUND_").lower())
        case State.UNBINDING:
            peer.binds().session.unbind(peer.now)
        case State.LEAVING:
            peer.binds().says((HELP, 2), (Unbind(), 3))
        case State.CLOSED:
            peer.session.lost()
    peer.reads()
    assert peer.session.state is state
    peer.events.clear()
    return peer
