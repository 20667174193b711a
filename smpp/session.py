"""One bind of a carrier, seen from the message centre: octets in, events out; no socket, no clock.

The owner feeds octets and time, acts on the events, sends what `octets_to_send` hands out, and
calls `tick` at `wakes_at`. An error of the peer is answered in the request's own response with
its own sequence_number and the session is kept; only lost framing ends it. On the good path
nothing is raised, logged or scheduled.
"""

from __future__ import annotations

from typing import Any

from .codec import (
    DECODE,
    HEADER,
    HEADER_SIZE,
    MESSAGE_RESPONSES,
    ProtocolError,
    bind_response,
    encode,
    odd_tlvs,
    response,
    without_tlvs,
)
from .events import BindRequested, Closed, Event, Gone, Responded, Silent, Submitted, Unbound
from .framing import ALL, PDU_SIZE_MAX, UNBOUND_SIZE_MAX, Framer
from .pdu import (
    RESPONSE,
    Bind,
    DataSm,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Unbind,
    UnbindResp,
)
from .status import Status, name_of
from .table import ACCEPTED, BOUND, REQUESTS, ROWS, UNBOUND, Input, State
from .tap import NOBODY, Tap
from .timers import Heartbeat, SessionLimits
from .tlv import Tag, number
from .window import SEQUENCE_NUMBER_MAX, Window
from .wire import Faults

INTERFACE_VERSION = 0x34  # what we speak
TLV_SINCE = 0x34  # a peer below this is sent no TLV (SMPP v3.4, 3.4)

OVERDUE_MAX = 1_000  # overdue requests; then the peer is deaf, and another bind serves better

_pack = HEADER.pack
_unpack = HEADER.unpack_from


class ServerSession:
    """The machine. `faults` counts by name what the peer did wrong, forgiven or not."""

    def __init__(self, limits: SessionLimits, now: float) -> None:
        self.state = State.OPEN
        self.faults: dict[str, int] = {}
        self.throttled = False  # while set, texts are answered ESME_RTHROTTLED and not handed out
        self.owed = 0  # texts handed out that `respond` was not called for yet
        self.interface_version = 0  # of the peer, from its bind
        self.received = 0  # whole PDUs received
        self.sent = 0  # PDUs handed to `octets_to_send`
        self.tap: Tap = NOBODY
        self._limits = limits
        self._row = ROWS[State.OPEN]
        self._framer = Framer()
        self._window = Window(limits.window, limits.response)
        self._heart = Heartbeat(now, now)
        self._ends_at = now + limits.session_init  # in the states that may not last
        self._bind: BindRequested | None = None
        self._unbind_to_answer: int | None = None
        self._out: list[bytes] = []
        self._news: list[Event] = []  # what came about outside `receive` and `tick`

    # --- the peer speaks ---------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take octets. After `accept`, call it again, with b"" if need be: a session reads nothing
        behind a bind until that is decided."""
        if self.state is State.CLOSED:
            return self._take_news()
        self._framer.feed(data)
        while self.state is not State.BINDING:
            unbound = self.state is State.OPEN
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
        elif self.state is State.BINDING and self._framer.held > PDU_SIZE_MAX:
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
        heard = REQUESTS.get(command_id)
        if heard is None:
            self._count("unknown_command")
            self._answer(GenericNack.COMMAND_ID, Status.RINVCMDID, sequence_number)
        elif heard not in self._row:
            self._count("bind_status")
            bound = self.state in BOUND and heard is Input.GOT_BIND
            wrong = Status.RALYBND if bound else Status.RINVBNDSTS
            self._answer(command_id | RESPONSE, wrong, sequence_number)
        elif heard is Input.GOT_MESSAGE:
            self._heart.was_active()
            self._take_message(command_id, sequence_number, octets)
        elif heard is Input.GOT_UNSERVED:
            self._heart.was_active()
            self._count("unserved_command")
            self._answer(command_id | RESPONSE, Status.RINVCMDID, sequence_number)
        else:
            self._take_control(heard, command_id, sequence_number, octets)

    def _take_message(self, command_id: int, sequence_number: int, octets: bytes) -> None:
        if self.throttled:
            self._count("throttled")
            self._answer(command_id | RESPONSE, Status.RTHROTTLED, sequence_number)
            return
        pdu, faults = self._decode(command_id, sequence_number, octets)
        if pdu is None:
            return
        if pdu.tlvs:
            odd = odd_tlvs(pdu)
            if odd:
                faults += odd
                self._count(*odd)
        self.owed += 1
        self._news.append(Submitted(sequence_number, pdu, octets, faults))

    def _take_control(
        self, heard: Input, command_id: int, sequence_number: int, octets: bytes
    ) -> None:
        pdu, _ = self._decode(command_id, sequence_number, octets)
        if pdu is None:
            return
        if heard is Input.GOT_ENQUIRE:
            self._answer(EnquireLinkResp.COMMAND_ID, Status.ROK, sequence_number)
        elif heard is Input.GOT_BIND:
            self._take_bind(pdu, sequence_number)
        else:
            self._unbind_to_answer = sequence_number
            self._leave(by_peer=True)

    def _decode(self, command_id: int, sequence_number: int, octets: bytes) -> tuple[Any, Faults]:
        """None for a body that does not parse: it is answered already."""
        try:
            pdu, faults = DECODE[command_id](octets)
        except ProtocolError as wrong:
            self._count(wrong.status.name)
            self._answer(command_id | RESPONSE, wrong.status, sequence_number)
            return None, ()
        if faults:
            self._count(*faults)
        return pdu, faults

    def _take_bind(self, pdu: Bind, sequence_number: int) -> None:
        self._enter(Input.GOT_BIND)
        self._bind = BindRequested(
            sequence_number,
            pdu.COMMAND_ID,
            system_id=pdu.system_id,
            password=pdu.password,
            system_type=pdu.system_type,
            interface_version=pdu.interface_version,
            address_range=pdu.address_range,
        )
        self._news.append(self._bind)

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
        if (is_nack or command_id in MESSAGE_RESPONSES) and Input.GOT_RESPONSE in self._row:
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
                return
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

    # --- the owner speaks --------------------------------------------------------------------

    def accept(
        self, bind: BindRequested, system_id: str, limits: SessionLimits | None = None
    ) -> None:
        """Let the peer in, under its account's limits. `system_id` is ours, for the response."""
        self._enter(ACCEPTED[self._decided(bind)])
        self._heart.was_active()
        self.interface_version = bind.interface_version
        if limits is not None:
            self._limits = limits
            self._window = Window(limits.window, limits.response)
        tlvs = (number(Tag.sc_interface_version, INTERFACE_VERSION),) if self.speaks_tlvs else ()
        self._put(bind_response(bind.command_id, bind.sequence_number, system_id, tlvs))

    def refuse(self, bind: BindRequested, status: Status) -> None:
        """One try per connection: the response is sent, then the session is closed, so that
        guessing passwords costs a connection each time."""
        self._decided(bind)
        self._answer(bind.command_id | RESPONSE, status, bind.sequence_number)
        self._close(f"bind refused with {name_of(status)}")

    def respond(
        self, sequence_number: int, command_id: int, status: int, message_id: str = ""
    ) -> bool:
        """Answer a text. False when there is no link any more: the peer has not been told."""
        if self.state is State.CLOSED:
            return False
        if self.owed < 1:
            raise ValueError(f"sequence_number {sequence_number} was answered already")
        self.owed -= 1
        self._put(response(command_id, sequence_number, status, message_id))
        if self.state is State.LEAVING and not self.owed:
            self._drained()
        return True

    def send(self, pdu: DeliverSm | DataSm, tag: object, now: float) -> None:
        """A request to the peer; `tag` comes back in exactly one of Responded, Gone, or Silent and
        then one of those. ValueError when the window is full or the peer does not receive."""
        if not self.can_receive:
            raise ValueError(f"a session that is {self.state.name} takes no messages")
        if pdu.tlvs and not self.speaks_tlvs:
            pdu = without_tlvs(pdu)
        octets = encode(pdu, 0)
        sequence_number = self._window.add(tag, now)
        self._put(octets[:12] + sequence_number.to_bytes(4) + octets[16:])
        self._heart.active_at = now

    def unbind(self, now: float) -> None:
        """Say good-bye; what the peer still sends before its unbind_resp counts. No effect when the
        session is not bound."""
        if self.state in BOUND:
            self._enter(Input.SENT_UNBIND)
            self._ends_at = now + self._limits.response
            self._put(encode(Unbind(), self._window.number()))

    def lost(self, reason: str = "the connection was lost") -> list[Event]:
        """The connection is gone, or the owner gives it up: what that means for what was sent."""
        if self.state is not State.CLOSED:
            self._close(reason)
        return self._take_news()

    # --- time --------------------------------------------------------------------------------

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
        due_at = self._window.next_due_at()
        return soonest if due_at is None or soonest <= due_at else due_at

    def octets_to_send(self) -> bytes:
        """All that waits to be sent, joined; it is handed out once."""
        out, self._out = self._out, []
        self.tap.said(out)
        return b"".join(out)

    @property
    def can_receive(self) -> bool:
        """Whether the peer takes messages from us."""
        return Input.SENT_MESSAGE in self._row

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

    def _run_out(self) -> None:
        if self.state in UNBOUND:
            self._close("no bind within the time for it")
        elif self.state is State.UNBINDING:
            self._close("the peer did not answer unbind")
        else:
            self.faults["left_unanswered"] = self.owed
            self._drained()

    # --- small steps -------------------------------------------------------------------------

    def _enter(self, happened: Input) -> None:
        self.state = self._row[happened]
        self._row = ROWS[self.state]

    def _decided(self, bind: BindRequested) -> int:
        if self._bind is not bind:
            raise ValueError("this bind was decided already")
        self._bind = None
        return bind.command_id

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
