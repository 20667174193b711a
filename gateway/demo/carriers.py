"""A simulated carrier: smpplib's client, bound to the gateway as a transceiver, in its own thread.

smpplib blocks, so it never meets the loop: what to send comes in through a queue, and what happened
goes out through `heard`, which is called in the carrier's thread. It keeps what the gateway has not
answered and sends it again after a lost bind, as carriers do; it knows nothing of callers.
"""

# smpplib has no types: its values are Any here, and go no further than this module.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from smpplib import client, consts, exceptions, smpp

from .handsets import UserData

SHORT_CODE = "911"
BACK_OFF_MIN, BACK_OFF_MAX = 0.2, 5.0  # seconds between two tries to bind
AGAIN_AFTER = 1.0  # seconds until a text is tried again that was refused for now
REFUSED_FOR_NOW = (0x14, 0x58)  # RMSGQFUL, RTHROTTLED (SMPP v3.4, 5.1.3)
SOCKET_WITHIN = 5  # seconds one read or write of a socket may take on one machine
UNBIND_WITHIN = 2.0  # seconds
TYPE_MASK = 0x3C  # esm_class, bits 5-2 (5.2.12)
RECEIPT = 0x04
ACKNOWLEDGEMENT = 0x08  # of the handset: SME delivery acknowledgement
RECEIPT_WANTED = 0x01  # registered_delivery, bits 1-0 (5.2.17)
DEFAULT_STATES = {2: "DELIVRD", 5: "UNDELIV"}  # message_state (5.2.28)


@dataclass(frozen=True, slots=True)
class Submit:
    """One PDU to 911. `key` names it in `Taken`; `repeated`: sent twice, octet for octet, as a
    carrier does that is not sure of the first. `reference`: user_message_reference or None."""

    key: str
    number: str
    data: UserData
    reference: int | None = None
    repeated: bool = False
    receipt: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    pass


@dataclass(frozen=True, slots=True)
class Lost:
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The gateway's response to the PDU `key`; `status` 0 is ESME_ROK."""

    key: str
    status: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """One PDU of a reply has reached the handset. `reference`: -1 without one."""

    number: str
    data: UserData
    reference: int


@dataclass(frozen=True, slots=True)
class Receipt:
    number: str
    message_id: str
    state: str


Event = Bound | Lost | Taken | Delivered | Receipt


class Gone(Exception):
    """The bind is over; the message says why."""


class SimulatedCarrier:
    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        system_id: str,
        password: str,
        heard: Callable[[str, Event], None],
    ) -> None:
        self.name = name
        self._address = address
        self._system_id = system_id
        self._password = password
        self._heard = heard
        self._waiting: deque[Submit] = deque()
        self._later: deque[tuple[float, Submit]] = deque()  # (monotonic seconds, what)
        self._unanswered: dict[int, Submit] = {}  # by sequence number
        self._sequences: dict[int, str] = {}  # of this bind, also of what was answered once
        self._stopping = False
        self._dropping = False
        self._wakes, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    # --- from any thread -------------------------------------------------------------------

    def start(self) -> None:
        # What smpplib logs of a lost bind is an event of ours already.
        logging.getLogger("smpplib").setLevel(logging.ERROR)
        logging.getLogger(self.name).setLevel(logging.ERROR)
        self._thread.start()

    def send(self, submit: Submit) -> None:
        self._waiting.append(submit)
        self._wake()

    def drop(self) -> None:
        """Lose the connection without a word, as a cut cable does; it is bound anew."""
        self._dropping = True
        self._wake()

    def stop(self) -> None:
        """Unbind and end. Does not wait for it: `join` does."""
        self._stopping = True
        self._wake()

    def join(self, seconds: float) -> bool:
        """Whether the thread has ended within `seconds`. Blocks."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        ended = not self._thread.is_alive()
        if ended:
            self._wakes.close()
            self._woken.close()
        return ended

    def _wake(self) -> None:
        # Full: it is being woken. Closed: it has ended, nothing is left to wake.
        with suppress(OSError):
            self._woken.send(b"\0")

    # --- in its own thread -----------------------------------------------------------------

    def _live(self) -> None:
        pause = BACK_OFF_MIN
        while not self._stopping:
            link = client.Client(
                *self._address,
                timeout=SOCKET_WITHIN,
                logger_name=self.name,
                allow_unknown_opt_params=True,
            )
            try:
                link.connect()
                link.bind_transceiver(system_id=self._system_id, password=self._password)
                self._sequences.clear()
                self._heard(self.name, Bound())
                pause = BACK_OFF_MIN
                self._work(link)
            except (Gone, OSError, exceptions.ConnectionError, exceptions.PDUError) as cause:
                self._heard(self.name, Lost(str(cause) or "the connection was lost"))
            finally:
                self._hang_up(link)
            self._waiting.extendleft(reversed(self._unanswered.values()))
            self._unanswered.clear()
            if not self._stopping:
                self._rest(pause)
                pause = min(BACK_OFF_MAX, pause * 2)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            if select.select([self._wakes], [], [], left)[0]:
                self._wakes.recv(4096)

    def _hang_up(self, link: Any) -> None:
        link.state = consts.SMPP_CLIENT_STATE_OPEN  # else smpplib complains of a bound one
        link.disconnect()

    def _work(self, link: Any) -> None:
        while not self._stopping:
            self._send_all(link)
            wait = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            readable, _, _ = select.select([link._socket, self._wakes], [], [], wait)
            if self._wakes in readable:
                self._wakes.recv(4096)
            if self._dropping:
                self._dropping = False
                raise Gone("the line was cut")
            if link._socket in readable:
                self._take(link, link.read_pdu())
        self._unbind(link)

    def _send_all(self, link: Any) -> None:
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._waiting.append(self._later.popleft()[1])
        while self._waiting:
            submit = self._waiting.popleft()
            pdu = _submit_sm(link, submit)
            self._unanswered[pdu.sequence] = submit
            self._sequences[pdu.sequence] = submit.key
            link.send_pdu(pdu)
            if submit.repeated:
                link.send_pdu(pdu)

    def _take(self, link: Any, pdu: Any) -> None:
        match pdu.command:
            case "submit_sm_resp":
                self._answered(pdu)
            case "deliver_sm":
                self._heard(self.name, _event_of(pdu))
                self._respond(link, "deliver_sm_resp", pdu)
            case "enquire_link":
                self._respond(link, "enquire_link_resp", pdu)
            case "unbind":
                self._respond(link, "unbind_resp", pdu)
                raise Gone("the gateway has unbound")
            case _:
                pass  # responses to what was asked for already, or nothing a carrier answers

    def _answered(self, pdu: Any) -> None:
        submit = self._unanswered.pop(pdu.sequence, None)
        if submit is not None and pdu.status in REFUSED_FOR_NOW:
            self._later.append((time.monotonic() + AGAIN_AFTER, submit))
            return
        message_id = (getattr(pdu, "message_id", None) or b"").decode("latin-1")
        if (key := self._sequences.get(pdu.sequence)) is not None:
            self._heard(self.name, Taken(key, int(pdu.status), message_id))

    def _respond(self, link: Any, command: str, request: Any) -> None:
        answer = smpp.make_pdu(command, client=link, sequence=request.sequence)
        answer.sequence = request.sequence
        link.send_pdu(answer)

    def _unbind(self, link: Any) -> None:
        link.send_pdu(smpp.make_pdu("unbind", client=link))
        until = time.monotonic() + UNBIND_WITHIN
        while (left := until - time.monotonic()) > 0:
            readable, _, _ = select.select([link._socket], [], [], left)
            if not readable:
                return
            pdu = link.read_pdu()
            if pdu.command == "unbind_resp":
                return
            self._take(link, pdu)


def _submit_sm(link: Any, submit: Submit) -> Any:
    optional: dict[str, Any] = {}
    if submit.reference is not None:
        optional["user_message_reference"] = submit.reference
    return smpp.make_pdu(
        "submit_sm",
        client=link,
        source_addr_ton=consts.SMPP_TON_INTL,
        source_addr_npi=consts.SMPP_NPI_ISDN,
        source_addr=submit.number.removeprefix("+"),
        dest_addr_ton=consts.SMPP_TON_UNK,
        dest_addr_npi=consts.SMPP_NPI_ISDN,
        destination_addr=SHORT_CODE,
        esm_class=submit.data.esm_class,
        registered_delivery=RECEIPT_WANTED if submit.receipt else 0,
        data_coding=submit.data.data_coding,
        short_message=submit.data.octets,
        **optional,
    )


def _event_of(pdu: Any) -> Delivered | Receipt:
    number = "+" + pdu.destination_addr.decode("ascii")
    if pdu.esm_class & TYPE_MASK == RECEIPT:
        message_id = (pdu.receipted_message_id or b"").decode("latin-1").rstrip("\0")
        return Receipt(number, message_id, DEFAULT_STATES.get(pdu.message_state, "UNKNOWN"))
    data = UserData(bytes(pdu.short_message or b""), pdu.data_coding, pdu.esm_class)
    reference = pdu.user_message_reference
    return Delivered(number, data, -1 if reference is None else reference)
