"""What both ends of an SMPP session do alike: octets in, events out; no socket, no clock.

The owner feeds octets and time, acts on the events, sends what `octets_to_send` hands out, and
calls `tick` at `wakes_at`. An error of the peer is answered in the request's own response with
its own sequence_number and the session is kept; only lost framing ends it. On the good path
nothing is raised, logged or scheduled.

Each end has its own table of states: `session.py` is the message centre, `esme.py` the other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from .codec import (
    DECODE,
    HEADER,
    HEADER_SIZE,
    ProtocolError,
    encode,
    multi_response,
    odd_tlvs,
    response,
    without_tlvs,
)
from .destinations import UnsuccessSme
from .events import Closed, Event, Gone, Responded, Silent, Submitted, Unbound
from .framing import ALL, PDU_SIZE_MAX, UNBOUND_SIZE_MAX, Framer
from .pdu import (
    RESPONSE,
    DataSm,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from .status import Status
from .table import BOUND, UNBOUND, Input, Role, State, response_to
from .tap import NOBODY, Tap
from .timers import Heartbeat, SessionLimits
from .tlv import Tag, Tlvs, number
from .versions import CONGESTION_SINCE, TLV_SINCE
from .window import SEQUENCE_NUMBER_MAX, Window
from .wire import Faults

OVERDUE_MAX = 1_000  # overdue requests; then the peer is deaf, and another bind serves better
PARTS_WITHIN = 3.0  # seconds our unbind waits for responses; the daemon drains for five

_pack = HEADER.pack
_unpack = HEADER.unpack_from


class Conversation(ABC):
    """The machine. `faults` counts by name what the peer did wrong, forgiven or not."""

    put_off = Status.RTHROTTLED  # the answer to a text while `throttled`

    def __init__(self, role: Role, limits: SessionLimits, now: float) -> None:
        self.state = State.OPEN
        self.faults: dict[str, int] = {}
        self.throttled = False  # while set, texts are put off and not handed out
        self.owed = 0  # texts handed out that `respond` was not called for yet
        self.interface_version = 0  # what both ends speak, known with the bind
        self.received = self.sent = 0  # whole PDUs
        self.tap: Tap = NOBODY
        self.load: Callable[[], int] | None = None  # how full we are, in percent, for a peer of 5.0
        self.role = role
        self._limits = limits
        self._row = role.rows[State.OPEN]
        self._framer = Framer()
        self._window = Window(limits.window, limits.response)
        self._heart = Heartbeat(now, now)
        self._ends_at = now + limits.session_init  # in the states that may not last
        self._undecided = False  # nothing is read until the owner has decided
        self._unbind_to_answer: int | None = None
        self._parts_at: float | None = None  # when our unbind waits for responses no longer
        self._out: list[bytes] = []
        self._news: list[Event] = []  # what came about outside `receive` and `tick`

    @abstractmethod
    def _take_other(
        self, heard: Input, command_id: int, sequence_number: int, octets: bytes
    ) -> None:
        """A request that only this role knows; legal in this state."""
        ...

    def _take_other_response(
        self, command_id: int, status: int, sequence_number: int, octets: bytes
    ) -> bool:
        """Whether this response, to no message of ours, is to something else this role asked."""
        return False

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take octets. After `accept`, call it again, with b"" if need be: a session reads nothing
        behind a bind until that is decided."""
        if self.state is State.CLOSED:
            return self._take_news()
        self._framer.feed(data)
        while not self._undecided:
            unbound = self.state in UNBOUND
            size_max, at_most = (UNBOUND_SIZE_MAX, 1) if unbound else (PDU_SIZE_MAX, ALL)
            pdus = self._framer.cut(size_max, at_most)
            if pdus:
                self._heart.heard(now)
                self.received += len(pdus)
                self.tap.heard(pdus)
            for octets in pdus:
                self._take(octets)
                if not self._row:  # closed, whatever else is there
                    return self._take_news()
            if not pdus or not unbound:
                break
        if self._framer.broken:
            self._framing_lost()
        elif self._undecided and self._framer.held > PDU_SIZE_MAX:
            self._close("more octets than one PDU came before the bind was decided")
        return self._take_news()

    def _take(self, octets: bytes) -> None:
        _, command_id, status, sequence_number = _unpack(octets)
        if command_id & RESPONSE:
            self._take_response(command_id, status, sequence_number, octets)
            return
        if not 1 <= sequence_number <= SEQUENCE_NUMBER_MAX:
            self._count("sequence_number")  # echoed all the same: it is what the peer looks for
        if status:
            self._count("status_in_request")
        heard = self.role.requests.get(command_id)
        if heard is None:
            self._count("unknown_command")
            self._answer(GenericNack.COMMAND_ID, Status.RINVCMDID, sequence_number)
        elif heard not in self._row:
            self._count("bind_status")
            bound = self.state in BOUND and heard is Input.GOT_BIND
            wrong = Status.RALYBND if bound else Status.RINVBNDSTS
            self._answer(response_to(command_id), wrong, sequence_number)
        elif heard is Input.GOT_MESSAGE:
            self._heart.was_active()
            self._take_message(command_id, sequence_number, octets)
        elif heard is Input.GOT_ENQUIRE:
            self._decode(command_id, sequence_number, octets)  # a body is counted, and harmless
            self._answer(EnquireLinkResp.COMMAND_ID, Status.ROK, sequence_number)
        elif heard is Input.GOT_UNBIND:
            self._decode(command_id, sequence_number, octets)
            self._unbind_to_answer = sequence_number
            self._leave(by_peer=True)
        else:
            self._take_other(heard, command_id, sequence_number, octets)

    def _take_message(self, command_id: int, sequence_number: int, octets: bytes) -> None:
        if self.throttled and self._is_put_off(command_id, sequence_number):
            return
        pdu, faults = self._decode(command_id, sequence_number, octets)
        if pdu is None:
            return
        if pdu.tlvs and (odd := odd_tlvs(pdu)):
            faults += odd
            self._count(*odd)
        self.owed += 1
        self._news.append(Submitted(sequence_number, pdu, octets, faults))

    def _is_put_off(self, command_id: int, sequence_number: int) -> bool:
        if self.throttled:
            self._count("throttled")
            self._answer(command_id | RESPONSE, self.put_off, sequence_number)
        return self.throttled

    def _decode(self, command_id: int, sequence_number: int, octets: bytes) -> tuple[Any, Faults]:
        """None for a body that does not parse: it is answered already."""
        try:
            pdu, faults = DECODE[command_id](octets)
        except ProtocolError as wrong:
            self._count(wrong.status.name)
            self._answer(response_to(command_id), wrong.status, sequence_number)
            return None, ()
        if faults:
            self._count(*faults)
        return pdu, faults

    def _take_response(
        self, command_id: int, status: int, sequence_number: int, octets: bytes
    ) -> None:
        """A response is never answered: one that fits nothing is counted and dropped."""
        if command_id == EnquireLinkResp.COMMAND_ID:
            return  # `Heartbeat.heard` has taken note already
        if command_id == UnbindResp.COMMAND_ID and Input.GOT_UNBIND_RESP in self._row:
            self._leave(by_peer=False)
            return
        is_nack = command_id == GenericNack.COMMAND_ID
        if (is_nack or command_id in self.role.responses) and Input.GOT_RESPONSE in self._row:
            answered = self._window.answered(sequence_number)
            if answered is not None:
                self._heart.was_active()
                if is_nack and not status:
                    status = Status.RUNKNOWNERR  # a nack is never good news
                tag, late = answered
                if late:
                    self._count("late_response")
                message_id = "" if is_nack else self._message_id(command_id, octets)
                self._news.append(Responded(tag, status, message_id, octets, late))
                self._part(self._heart.heard_at)
                return
        if not self._take_other_response(command_id, status, sequence_number, octets):
            self._count("stray_response")

    def _message_id(self, command_id: int, octets: bytes) -> str:
        """A response counts whatever its body is: there, absent, or nonsense."""
        try:
            pdu, faults = DECODE[command_id](octets)
        except ProtocolError:
            self._count("response_body")
            return ""
        self._count(*faults)
        return str(pdu.message_id)

    def respond(
        self,
        sequence_number: int,
        command_id: int,
        status: int,
        message_id: str = "",
        unsuccessful: tuple[UnsuccessSme, ...] | None = None,
    ) -> bool:
        """Answer a text, with any status. `unsuccessful` is for submit_multi. False when there is
        no link any more: the peer has not been told."""
        if self.state is State.CLOSED:
            return False
        if self.owed < 1:
            raise ValueError(f"sequence_number {sequence_number} was answered already")
        self.owed -= 1
        tlvs: Tlvs = ()
        if self.interface_version >= CONGESTION_SINCE and self.load is not None:
            tlvs = (number(Tag.congestion_state, self.load()),)
        if unsuccessful is None:
            self._put(response(command_id, sequence_number, status, message_id, tlvs))
        else:
            self._put(multi_response(sequence_number, status, message_id, unsuccessful, tlvs))
        if self.state is State.LEAVING and not self.owed:
            self._drained()
        return True

    def send(self, pdu: SubmitSm | DeliverSm | DataSm, tag: object, now: float) -> None:
        """A request to the peer; `tag` comes back in exactly one of Responded, Gone, or Silent and
        then one of those. ValueError when the window is full or the peer does not receive."""
        if not self.can_receive:
            raise ValueError(f"a session that is {self.state.name} takes no messages")
        if not self.speaks_tlvs and (pdu.tlvs or isinstance(pdu, DataSm)):
            pdu = without_tlvs(pdu)
        octets = encode(pdu, 0)
        sequence_number = self._window.add(tag, now)
        self._put(octets[:12] + sequence_number.to_bytes(4) + octets[16:])
        self._heart.active_at = now

    def unbind(self, now: float) -> None:
        """Say good-bye, once what we sent is answered or a few seconds have passed: nothing more is
        sent. What the peer brings before its unbind_resp counts. No effect when not bound."""
        if self.state in BOUND and self._parts_at is None:
            self._parts_at = now + PARTS_WITHIN
            self._part(now)

    def _part(self, now: float) -> None:
        parts_at = self._parts_at if self.state in BOUND else None
        if parts_at is not None and (self._window.is_idle or now >= parts_at):
            self._enter(Input.SENT_UNBIND)
            self._ends_at = now + self._limits.response
            self._put(encode(Unbind(), self._window.number()))

    def adopt(self, limits: SessionLimits) -> None:
        """Other limits from now on; what was sent keeps the time it was given."""
        self._limits = limits
        self._window.adopt(limits.window, limits.response)

    def lost(self, reason: str = "the connection was lost") -> list[Event]:
        """The connection is gone, or the owner gives it up: what that means for what was sent."""
        if self._row:
            self._close(reason)
        return self._take_news()

    def tick(self, now: float) -> list[Event]:
        """Do what is due. Harmless when nothing is."""
        if self.state in BOUND:
            self._tick_bound(now)
        elif self.state is not State.CLOSED and now >= self._ends_at:
            self._run_out()
        return self._take_news()

    def wakes_at(self) -> float | None:
        """When `tick` has something to do; None when never."""
        heart, limits = self._heart, self._limits
        if self._news:
            return heart.heard_at
        if self.state is State.CLOSED:
            return None
        if self.state not in BOUND:
            return self._ends_at
        soonest = heart.next_enquiry_at(limits)
        if limits.inactivity:
            soonest = min(soonest, heart.inactive_at(limits))
        if self._parts_at is not None:
            soonest = min(soonest, self._parts_at)
        due_at = self._window.next_due_at()
        return soonest if due_at is None or soonest <= due_at else due_at

    def octets_to_send(self) -> bytes:
        """All that waits to be sent, joined; it is handed out once."""
        out, self._out = self._out, []
        self.tap.said(out)
        return b"".join(out)

    @property
    def can_receive(self) -> bool:
        """Whether the peer takes messages from us, and we send any."""
        return Input.SENT_MESSAGE in self._row and self._parts_at is None

    @property
    def speaks_tlvs(self) -> bool:
        return self.interface_version >= TLV_SINCE

    def window_free(self) -> int:
        """How many requests may be sent now."""
        return self._window.free() if self.can_receive else 0

    def _tick_bound(self, now: float) -> None:
        self._news += [Silent(tag) for tag in self._window.expire(now)]
        if self._window.overdue > OVERDUE_MAX:
            self._close(f"the peer left more than {OVERDUE_MAX} requests unanswered")
            return
        if now >= self._heart.next_enquiry_at(self._limits):
            if self._heart.is_exhausted:
                self._close("the peer does not answer enquire_link")
                return
            self._heart.enquired(now)
            self._put(encode(EnquireLink(), self._window.number()))
        if now >= self._heart.inactive_at(self._limits):
            self.unbind(now)
        self._part(now)

    def _run_out(self) -> None:
        if self.state in UNBOUND:
            self._close("no bind within the time for it")
        elif self.state is State.UNBINDING:
            self._close("the peer did not answer unbind")
        else:
            self.faults["left_unanswered"] = self.owed
            self._drained()

    def _enter(self, happened: Input) -> None:
        self.state = self._row[happened]
        self._row = self.role.rows[self.state]

    def _has_bound(self, happened: Input, version: int, limits: SessionLimits | None) -> None:
        self._enter(happened)
        self._heart.was_active()
        self.interface_version = version
        if limits is not None:
            self.adopt(limits)

    def _leave(self, *, by_peer: bool) -> None:
        if self.state is not State.LEAVING:
            self._enter(Input.GOT_UNBIND if by_peer else Input.GOT_UNBIND_RESP)
            self._ends_at = self._heart.heard_at + self._limits.response
            self._news.append(Unbound(by_peer))
        if not self.owed:
            self._drained()

    def _drained(self) -> None:
        if self._unbind_to_answer is not None:
            self._answer(UnbindResp.COMMAND_ID, Status.ROK, self._unbind_to_answer)
        self._close("unbound", Input.DRAINED)

    def _framing_lost(self) -> None:
        self._count("framing")
        self._answer(GenericNack.COMMAND_ID, Status.RINVCMDLEN, self._framer.broken_sequence_number)
        self._close(self._framer.broken)

    def _close(self, reason: str, happened: Input = Input.LOST) -> None:
        self._enter(happened)
        self._news += [Gone(tag) for tag in self._window.drain()]
        self._news.append(Closed(reason))

    def _answer(self, command_id: int, status: Status, sequence_number: int) -> None:
        self._put(_pack(HEADER_SIZE, command_id, status, sequence_number))

    def _put(self, octets: bytes) -> None:
        self._out.append(octets)
        self.sent += 1

    def _count(self, *names: str) -> None:
        for name in names:
            self.faults[name] = self.faults.get(name, 0) + 1

    def _take_news(self) -> list[Event]:
        news, self._news = self._news, []
        return news
