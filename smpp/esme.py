"""Our bind at a carrier's message centre: octets in, events out; no socket, no clock.

What it shares with the other end is in `conversation.py`, its states in `table.py`. Callers' texts
come as deliver_sm or data_sm and are answered when they are safe, as a message centre's are.
"""

from __future__ import annotations

from .codec import DECODE, ProtocolError, encode
from .conversation import Conversation
from .destinations import UnsuccessSme
from .events import Bound, Notified, OutbindRequested
from .pdu import RESPONSE, Bind, DeliverSmResp, GenericNack
from .status import Status, name_of
from .table import ACCEPTED, ESME, Input, State
from .timers import SessionLimits
from .tlv import Tag, number_of
from .versions import answered

# What a message centre says to put a text off, as an ESME says it (SMPP v3.4, 5.1.3): it is not the
# one who limits anybody's rate, and it has no queue.
AS_ESME: dict[int, Status] = {
    Status.RTHROTTLED: Status.RX_T_APPN,
    Status.RMSGQFUL: Status.RX_T_APPN,
}


class EsmeSession(Conversation):
    """The machine of the ESME. It begins when the connection stands; then either `bind` is called,
    or an outbind is waited for."""

    put_off = Status.RX_T_APPN

    def __init__(self, limits: SessionLimits, now: float) -> None:
        super().__init__(ESME, limits, now)
        self._bind: tuple[int, Bind] | None = None  # sequence_number, and what we bound with

    def _take_other(
        self, heard: Input, command_id: int, sequence_number: int, octets: bytes
    ) -> None:
        pdu, _ = self._decode(command_id, sequence_number, octets)
        if pdu is None:
            return
        if heard is Input.GOT_OUTBIND:
            self._enter(Input.GOT_OUTBIND)
            self._news.append(OutbindRequested(pdu))
        else:
            self._heart.was_active()
            self._news.append(Notified(pdu, octets))

    def _take_other_response(
        self, command_id: int, status: int, sequence_number: int, octets: bytes
    ) -> bool:
        if self._bind is None or self.state is not State.BINDING:
            return False
        number, bind = self._bind
        is_nack = command_id == GenericNack.COMMAND_ID
        if sequence_number != number or not (is_nack or command_id == bind.COMMAND_ID | RESPONSE):
            return False
        if status or is_nack:
            words = name_of(status or Status.RUNKNOWNERR)
            self._close(f"our bind was refused with {words}", Input.REFUSED)
            return True
        system_id, version = self._of_bind_response(command_id, octets)
        happened = ACCEPTED[bind.COMMAND_ID]
        self._has_bound(happened, answered(version, bind.interface_version), None)
        self._news.append(Bound(system_id, self.interface_version))
        return True

    def _of_bind_response(self, command_id: int, octets: bytes) -> tuple[str, int | None]:
        """system_id and sc_interface_version. A bind counts whatever is wrong with its body."""
        try:
            pdu, faults = DECODE[command_id](octets)
        except ProtocolError:
            self._count("response_body")
            return "", None
        self._count(*faults)
        return pdu.system_id, number_of(pdu.tlvs, Tag.sc_interface_version)

    # --- the owner speaks --------------------------------------------------------------------

    def bind(self, bind: Bind, now: float) -> None:
        """Ask to be let in: as the first thing, or as the answer to an outbind. No effect after the
        end; ValueError when it was done before."""
        if self.state is State.CLOSED:
            return
        if Input.SENT_BIND not in self._row:
            raise ValueError(f"a session that is {self.state.name} cannot bind")
        self._enter(Input.SENT_BIND)
        self._ends_at = now + self._limits.response
        sequence_number = self._window.number()
        self._bind = sequence_number, bind
        self._put(encode(bind, sequence_number))

    def respond(
        self,
        sequence_number: int,
        command_id: int,
        status: int,
        message_id: str = "",
        unsuccessful: tuple[UnsuccessSme, ...] | None = None,
    ) -> bool:
        """As in `Conversation`. deliver_sm_resp has no message_id (SMPP v3.4, 4.6.2)."""
        if command_id | RESPONSE == DeliverSmResp.COMMAND_ID:
            message_id = ""
        status = AS_ESME.get(status, status)
        return super().respond(sequence_number, command_id, status, message_id, unsuccessful)
