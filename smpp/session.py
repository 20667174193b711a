"""One bind of a carrier, seen from the message centre: octets in, events out; no socket, no clock.

What it shares with the other end is in `conversation.py`, its states in `table.py`.
"""

from __future__ import annotations

from .codec import bind_response, encode
from .conversation import OVERDUE_MAX, Conversation
from .events import BindRequested, Queried, SubmittedToMany
from .pdu import RESPONSE, Bind, Outbind, QuerySmResp
from .status import Status, name_of
from .table import ACCEPTED, MESSAGE_CENTRE, REFUSALS, Input, State
from .timers import SessionLimits
from .tlv import Tag, number
from .versions import PROHIBITED_SINCE, TLV_SINCE, spoken

__all__ = ["OVERDUE_MAX", "ServerSession"]


class ServerSession(Conversation):
    """The machine of the message centre."""

    def __init__(self, limits: SessionLimits, now: float) -> None:
        super().__init__(MESSAGE_CENTRE, limits, now)
        self._bind: BindRequested | None = None

    def _take_other(
        self, heard: Input, command_id: int, sequence_number: int, octets: bytes
    ) -> None:
        if heard is Input.GOT_MULTI and self._is_put_off(command_id, sequence_number):
            return
        pdu, faults = self._decode(command_id, sequence_number, octets)
        if pdu is None:
            return
        if heard is Input.GOT_BIND:
            self._take_bind(pdu, sequence_number)
        elif heard is Input.GOT_MULTI:
            self._heart.was_active()
            self.owed += 1
            self._news.append(SubmittedToMany(sequence_number, pdu, octets, faults))
        elif heard is Input.GOT_QUERY:
            self._heart.was_active()
            self._news.append(Queried(sequence_number, pdu))
        else:
            self._heart.was_active()
            self._count("unserved_command")
            before_5, since_5 = REFUSALS[command_id]
            status = since_5 if self.interface_version >= PROHIBITED_SINCE else before_5
            self._answer(command_id | RESPONSE, status, sequence_number)

    def _take_bind(self, pdu: Bind, sequence_number: int) -> None:
        self._enter(Input.GOT_BIND)
        self._undecided = True
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

    # --- the owner speaks --------------------------------------------------------------------

    def outbind(self, system_id: str, password: str, now: float) -> None:
        """We have connected to the carrier: ask it to bind (SMPP v3.4, 2.2.1). ValueError when it
        has bound already."""
        if Input.SENT_OUTBIND not in self._row:
            raise ValueError(f"a session that is {self.state.name} needs no outbind")
        self._enter(Input.SENT_OUTBIND)
        self._ends_at = now + self._limits.session_init
        self._put(encode(Outbind(system_id, password), self._window.number()))

    def accept(
        self, bind: BindRequested, system_id: str, limits: SessionLimits | None = None
    ) -> None:
        """Let the peer in, under its account's limits. `system_id` is ours, for the response."""
        happened = ACCEPTED[self._decided(bind)]
        self._has_bound(happened, spoken(bind.interface_version), limits)
        version = self.interface_version
        tlvs = (number(Tag.sc_interface_version, version),) if version >= TLV_SINCE else ()
        self._put(bind_response(bind.command_id, bind.sequence_number, system_id, tlvs))

    def refuse(self, bind: BindRequested, status: Status) -> None:
        """One try per connection: the response is sent, then the session is closed, so that
        guessing passwords costs a connection each time."""
        self._decided(bind)
        self._answer(bind.command_id | RESPONSE, status, bind.sequence_number)
        self._close(f"bind refused with {name_of(status)}", Input.REFUSED)

    def answer_query(self, query: Queried, answer: QuerySmResp | Status) -> None:
        """Say what became of a text, or why that cannot be said. No effect after the end."""
        if self.state is State.CLOSED:
            return
        if isinstance(answer, Status):
            self._answer(QuerySmResp.COMMAND_ID, answer, query.sequence_number)
        else:
            self._put(encode(answer, query.sequence_number))

    def _decided(self, bind: BindRequested) -> int:
        if self._bind is not bind:
            raise ValueError("this bind was decided already")
        self._bind = None
        self._undecided = False
        return bind.command_id
