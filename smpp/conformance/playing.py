"""One case played against one connection: octets in and out, time as an argument, no socket.

Silence is proven by what stands behind it: after the octets of a case comes an enquire_link (before
the bind: a bind), and once that is answered whatever else was to come has come. Only a server that
answers nothing at all costs its time-out.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import assert_never

from ..status import name_of
from . import octets as wire
from .judging import has_all
from .octets import NACK, RESPONSE, pdu
from .values import Access, Await, Case, End, Heard, Probe, Reply, Send, Setup, Step

# Sequence numbers of what is not the case's own. The cases use others.
SETUP, PROBE, PROBE_AGAIN, GOODBYE = 0x5E700001, 0x5E700002, 0x5E700003, 0x5E700004
OWN = frozenset({SETUP, PROBE, PROBE_AGAIN, GOODBYE})
SIZE_MAX = 200_000  # of a PDU that the server may send
# A message that waits for this account is not for us: the server keeps it and tries again.
TRY_LATER = 0x64  # ESME_RX_T_APPN
GOODBYE_WITHIN = 1.0  # s for unbind_resp, which proves nothing and is waited for in courtesy

TLS_ALERT = b"\x15\x03"  # of any version (RFC 8446, 5.1), to who says something else

BIND_IDS = {Setup.TX: wire.BIND_TX, Setup.RX: wire.BIND_RX, Setup.TRX: wire.BIND_TRX}


class Phase(Enum):
    BINDING = auto()
    STEPS = auto()
    ANSWERS = auto()  # all is sent, answers are due, no probe yet
    PROBING = auto()
    LEAVING = auto()
    DONE = auto()


class Play:
    """Feed it what arrives; send what `take` hands out; call `tick` at `wakes_at`."""

    def __init__(
        self, case: Case, steps: tuple[Step, ...], access: Access, now: float, patience: float
    ) -> None:
        self._case = case
        self._steps = deque(steps)
        self._access = access
        self._patience = max(patience, case.within)
        self._out: deque[tuple[float, bytes]] = deque()  # (not before, octets)
        self._courtesies: list[bytes] = []  # answers to what the server asks
        self._held = b""
        self._replies: list[Reply] = []
        self._awaited: int | None = None
        self._probed = False  # the first probe was answered
        self._probed_again = False
        self._closed = False
        self._hindrance = ""
        self._unreadable = b""
        self._refused = 0
        self._end = End.SILENT
        self._moved_at = now
        self.phase = Phase.STEPS
        if case.setup is not Setup.OPEN:
            self.phase = Phase.BINDING
            body = wire.join(wire.bind(access.system_id, access.password))
            self._out.append((now, pdu(BIND_IDS[case.setup], SETUP, body)))
        else:
            self._go_on(now)

    @property
    def is_done(self) -> bool:
        return self.phase is Phase.DONE

    @property
    def heard(self) -> Heard:
        """What there is to judge, once it is done."""
        replies = tuple(self._replies)
        return Heard(replies, self._end, self._hindrance, self._unreadable, self._refused)

    # --- the shell calls -------------------------------------------------------------------------

    def take(self, now: float) -> tuple[bytes, ...]:
        """The segments that are to be sent now, each by itself."""
        due: list[bytes] = []
        while self._out and self._out[0][0] <= now:
            due.append(self._out.popleft()[1])
        if due:
            self._moved_at = now
        if not self._out:  # else they might come to stand within a PDU that is sent in pieces
            due += self._courtesies
            self._courtesies.clear()
        return tuple(due)

    def receive(self, data: bytes, now: float) -> None:
        self._held += data
        while self.phase is not Phase.DONE and len(self._held) >= 16:
            length = int.from_bytes(self._held[:4])
            if not 16 <= length <= SIZE_MAX:
                self._unreadable = self._held
                if self.phase is Phase.BINDING:
                    self._hindrance = f"the bind before the case is not answered: {self._foreign()}"
                self._finish(self._outcome())
                return
            if len(self._held) < length:
                return
            octets, self._held = self._held[:length], self._held[length:]
            self._take(octets, now)

    def closed(self, now: float) -> None:
        """The server has ended the connection."""
        if self.phase is Phase.BINDING:
            self._hindrance = "the server closes the connection instead of answering the bind"
            if self._held:
                self._hindrance += f": {self._foreign()}"
        elif self.phase is Phase.LEAVING:
            self.phase = Phase.DONE
            return
        self._closed = True
        self._unreadable = self._unreadable or self._held
        self._finish(self._outcome())

    def tick(self, now: float) -> None:
        """Nothing more is waited for than patience has."""
        if self.is_done or self._out or now < self._deadline():
            return
        if self.phase is Phase.BINDING:
            self._hindrance = "the bind before the case is not answered"
        elif self.phase is Phase.STEPS:
            self._awaited = None  # the missing answer is found when it is judged
            self._go_on(now)
            return
        self._finish(self._outcome())

    def wakes_at(self) -> float:
        """When `take` or `tick` has something to do; asked behind `take`."""
        return self._out[0][0] if self._out else self._deadline()

    # --- one PDU ---------------------------------------------------------------------------------

    def _take(self, octets: bytes, now: float) -> None:
        command_id, status, number = (int.from_bytes(octets[at : at + 4]) for at in (4, 8, 12))
        if not command_id & RESPONSE:
            self._asked(command_id, number)
            return  # and is no sign of an answer, however often it comes
        self._moved_at = now
        if number in OWN:
            self._own(status, number, now)
        else:
            self._replies.append(Reply(command_id, status, number, octets))
        self._look(now)

    def _asked(self, command_id: int, number: int) -> None:
        """The server has requests of its own; they are answered and are no part of the case."""
        if command_id in (wire.ENQUIRE, wire.UNBIND):
            self._courtesies.append(pdu(command_id | RESPONSE, number))
        elif command_id in (wire.DELIVER, wire.DATA):
            self._courtesies.append(pdu(command_id | RESPONSE, number, b"\0", TRY_LATER))
        elif command_id not in (wire.ALERT, wire.OUTBIND):
            self._courtesies.append(pdu(NACK, number, b"", 3))

    def _own(self, status: int, number: int, now: float) -> None:
        if number == SETUP and self.phase is Phase.BINDING:
            if status:
                self._refused = status
                name = name_of(status)
                self._hindrance = f"the bind before the case is refused with {status:#x}"
                if not name.startswith("0x"):
                    self._hindrance += f" (ESME_{name})"
                self._finish(End.EITHER)
                return
            self.phase = Phase.STEPS
            self._go_on(now)
        elif number == PROBE and not self._probed:
            self._probed = True
            # Once more round: what a server answers from a queue of its own has time to come.
            self._out.append((now, pdu(wire.ENQUIRE, PROBE_AGAIN)))
        elif number == PROBE_AGAIN:
            self._probed_again = True
        elif number == GOODBYE:
            self.phase = Phase.DONE

    # --- going on --------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        """What has become possible by what has just come."""
        match self.phase:
            case Phase.STEPS:
                if any(reply.number == self._awaited for reply in self._replies):
                    self._awaited = None
                    self._go_on(now)
            case Phase.ANSWERS:
                if self._case.due and self._has_all():
                    self._probe(now)
            case Phase.PROBING:
                if self._probed_again and self._has_all():
                    self._leave(now)
            case Phase.BINDING | Phase.LEAVING | Phase.DONE:
                pass
            case _:
                assert_never(self.phase)

    def _go_on(self, now: float) -> None:
        at = now
        while self._steps:
            step = self._steps.popleft()
            match step:
                case Send():
                    for piece in step.pieces():
                        self._out.append((at, piece))
                        at += step.every
                case Await(number):
                    self._awaited = number
                    return
                case _:
                    assert_never(step)
        # Octets behind a broken length would only be in the way of its answer, and who is to be
        # shown the door gets no second chance to be answered.
        if self._case.end is End.KEPT or (self._case.end is End.EITHER and not self._case.due):
            self._probe(at)
        else:
            self.phase = Phase.ANSWERS
            self._look(now)

    def _probe(self, at: float) -> None:
        self.phase = Phase.PROBING
        if self._case.probe is Probe.BIND:
            body = wire.join(wire.bind(self._access.system_id, self._access.password))
            kind = self._access.may_bind[0]
            self._out.append((at, pdu(BIND_IDS[kind], PROBE, body)))
        else:
            self._out.append((at, pdu(wire.ENQUIRE, PROBE)))

    def _has_all(self) -> bool:
        return has_all(self._case, tuple(self._replies))

    def _leave(self, now: float) -> None:
        self._end = End.KEPT
        self.phase = Phase.LEAVING
        self._out.append((now, pdu(wire.UNBIND, GOODBYE)))

    def _outcome(self) -> End:
        """A bind that is refused may end the connection; it was read all the same."""
        if self._probed and (not self._closed or self._case.probe is Probe.BIND):
            return End.KEPT
        return End.CLOSED if self._closed else End.SILENT

    def _finish(self, end: End) -> None:
        if self.phase is not Phase.LEAVING:
            self._end = end
        self.phase = Phase.DONE

    def _foreign(self) -> str:
        """Of what came instead of a PDU."""
        if self._held.startswith(TLS_ALERT):
            return "it speaks TLS"
        if self._held.startswith(b"HTTP/"):
            return "it speaks HTTP, not SMPP"
        return f"what comes is no SMPP, {self._held[:8].hex(' ')}"

    def _deadline(self) -> float:
        is_leaving = self.phase is Phase.LEAVING
        return self._moved_at + (GOODBYE_WITHIN if is_leaving else self._patience)
