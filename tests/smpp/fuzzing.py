"""Streams of PDUs that are nearly right, and what both ends of a session make of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from text911.smpp.conformance.suite import suite
from text911.smpp.conformance.values import BOUND, Access
from text911.smpp.esme import EsmeSession
from text911.smpp.events import (
    BindRequested,
    Closed,
    Event,
    OutbindRequested,
    Queried,
    Submitted,
    SubmittedToMany,
)
from text911.smpp.pdu import BindTransceiver, DeliverSm, QuerySmResp, SubmitSm
from text911.smpp.session import ServerSession
from text911.smpp.table import State
from text911.smpp.timers import SessionLimits

from .explaining.samples import sample

ACCESS = Access("carrier", "secret", to="911", may_bind=BOUND)
SAMPLES = {
    command_id: sample(command_id)
    for command_id in (
        0x1, 0x2, 0x9, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8, 0xB, 0x15, 0x21, 0x102, 0x103, 0x111,
        0x80000000, 0x80000004, 0x80000005, 0x80000006, 0x80000009, 0x80000015, 0x80000103,
    )
}  # fmt: skip
# What the conformance suite sends, but for what is only long.
CASES = sorted({case.octets for case in suite(ACCESS, slow=True) if 0 < len(case.octets) < 2_000})


def nearly_right() -> st.SearchStrategy[bytes]:
    """One PDU with some octets changed, put in or taken out; its length is mostly made right again,
    so that what lies behind it is reached."""
    whole = st.one_of(
        st.sampled_from(sorted(SAMPLES.values())), st.sampled_from(CASES), st.binary(max_size=60)
    )
    edits = st.lists(
        st.tuples(
            st.sampled_from(("set", "put", "take", "cut")),
            st.integers(0, 400),
            st.binary(max_size=4),
        ),
        max_size=3,
    )
    return st.builds(mutated, whole, edits, st.booleans(), st.integers(0, 0xFFFFFFFF))


def mutated(
    octets: bytes, edits: list[tuple[str, int, bytes]], keeps_length: bool, number: int
) -> bytes:
    for kind, place, value in edits:
        at = place % (len(octets) + 1)
        match kind:
            case "set":
                octets = octets[:at] + value + octets[at + len(value) :]
            case "put":
                octets = octets[:at] + value + octets[at:]
            case "take":
                octets = octets[:at] + octets[at + len(value) :]
            case _:
                octets = octets[:at]
    if not keeps_length and len(octets) >= 16:
        octets = len(octets).to_bytes(4) + octets[4:12] + number.to_bytes(4) + octets[16:]
    return octets


def streams() -> st.SearchStrategy[bytes]:
    return st.lists(nearly_right(), max_size=6).map(b"".join)


@dataclass
class End:
    """One end of a session with an owner who decides on binds at once and answers what else there
    is at once too, or, `later`, when told to: what was recorded meanwhile must not depend on it."""

    session: ServerSession | EsmeSession
    now: float = 100.0
    later: bool = False
    said: bytes = b""
    events: list[Event] = field(default_factory=list[Event])
    unanswered: list[Event] = field(default_factory=list[Event])

    def hears(self, octets: bytes) -> None:
        events = self.session.receive(octets, self.now)
        while events:
            for event in events:
                if self.later and not isinstance(event, BindRequested):
                    self.unanswered.append(event)
                else:
                    self.owns(event)
            self.events += events
            events = self.session.receive(b"", self.now)
        self.said += self.session.octets_to_send()

    def answers(self) -> None:
        """What was put off until now."""
        for event in self.unanswered:
            self.owns(event)
        self.unanswered.clear()
        self.hears(b"")

    def owns(self, event: Event) -> None:
        """What the gateway does, without the gateway."""
        session = self.session
        match event:
            case Submitted():
                command_id = int.from_bytes(event.octets[4:8])
                session.respond(event.sequence_number, command_id, 0, "0123456789abcdef")
            case SubmittedToMany():
                session.respond(event.sequence_number, 0x21, 0, "0123456789abcdef", ())
            case Queried() if isinstance(session, ServerSession):
                session.answer_query(event, QuerySmResp(event.pdu.message_id, message_state=1))
            case BindRequested() if isinstance(session, ServerSession):
                session.accept(event, "text911")
            case OutbindRequested() if session.state is State.OUTBOUND:
                assert isinstance(session, EsmeSession)
                session.bind(BindTransceiver("carrier", "secret"), self.now)
            case _:
                pass

    def ends(self) -> None:
        """Until nothing is left to happen."""
        for _ in range(100):
            if any(isinstance(event, Closed) for event in self.events):
                return
            at = self.session.wakes_at()
            assert at is not None, "neither ended nor ever woken again"
            self.now = max(self.now, at)
            self.events += self.session.tick(self.now)
            self.said += self.session.octets_to_send()
        raise AssertionError("it never ends")


def unbound() -> End:
    return End(ServerSession(SessionLimits(), 100.0))


def bound(kind: int = 0x9) -> Callable[[], End]:
    """A message centre with a carrier bound; it has sent two texts that are not answered yet."""

    def make() -> End:
        end = unbound()
        end.hears(SAMPLES[kind])
        if end.session.can_receive:
            for words in (b"one", b"two"):
                assert isinstance(end.session, ServerSession)
                end.session.send(DeliverSm(short_message=words), words, end.now)
        return end

    return make


def waiting() -> End:
    """Our end at a carrier's, from whom an outbind may come."""
    return End(EsmeSession(SessionLimits(), 100.0))


def binding() -> End:
    end = waiting()
    assert isinstance(end.session, EsmeSession)
    end.session.bind(BindTransceiver("carrier", "secret"), end.now)
    return end


def bound_out() -> End:
    """Ours is bound, and has sent two texts that are not answered yet."""
    end = binding()
    end.said += end.session.octets_to_send()
    end.hears(SAMPLES[0x80000009][:12] + end.said[12:16] + SAMPLES[0x80000009][16:])
    for words in (b"one", b"two"):
        assert isinstance(end.session, EsmeSession)
        end.session.send(SubmitSm(short_message=words), words, end.now)
    return end


ENDS: dict[str, Callable[[], End]] = {
    "unbound": unbound,
    "bound as transceiver": bound(),
    "bound as transmitter": bound(0x2),
    "bound as receiver": bound(0x1),
    "ESME, waiting": waiting,
    "ESME, binding": binding,
    "ESME, bound": bound_out,
}
