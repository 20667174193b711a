"""A simulated carrier: some links, a queue that never loses a text, and whatever manners the seed
draws. It is honest: it gives no text up that was not accepted or refused for good."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...smpp.codec import decode, encode
from ...smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from ...smpp.status import TEMPORARY, Status
from ...smpp.tlv import Tag, c_string, number, number_of
from .stage import Stage
from .wires import Wire

WINDOW = 4
RETRY = 2.0  # seconds after a temporary refusal
PATIENCE = 30.0  # seconds without a response until the link counts as dead
IMPATIENCE = 3.0  # the same with the fault "impatient": the text is sent again
ATTEMPTS_MAX = 6  # of one text by an impatient carrier
NACK = 0x80000000  # generic_nack
TYPE_MASK = 0x3C  # esm_class, bits 5-2
ACKNOWLEDGEMENT = 0x08
TO_CALLERS = (DeliverSm.COMMAND_ID, SubmitSm.COMMAND_ID, DataSm.COMMAND_ID)
TO_TEXTS = (SubmitSmResp.COMMAND_ID, DeliverSmResp.COMMAND_ID, DataSmResp.COMMAND_ID)


@dataclass(slots=True)
class Submission:
    """One PDU of a caller. `words` is what a PSAP must read, or a part of it. A report is not a
    text: nothing has to be shown for it."""

    name: str
    caller: str
    words: str
    pdu: SubmitSm
    known: bool  # bears a user_message_reference or is a part: a repeat of it is always recognised
    whole: bool = True  # not a part of a long text
    is_machine: bool = False  # a short code or a name: nobody who could be told anything
    report: bool = False
    group: str = ""  # of the carrier that brings it
    attempts: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    begun_at: float = 0.0
    lasted: float = 0.0  # seconds from the first attempt to the last
    came_to_esme: bool = False  # brought at least once over a bind of the gateway's
    as_new: int = 0  # resends that nobody could tell from a second text
    accepted_at: float = -1.0
    message: str = ""
    done: bool = False


class CarrierLink:
    """One connection on which the carrier is the ESME. `bound`: it may bring texts."""

    is_ours = False  # whether we have bound to the carrier on it

    def __init__(self, carrier: SimulatedCarrier, name: str) -> None:
        self.name = name
        self.group = carrier.group
        self.bound = False
        self.up = True
        self.wire: Wire | None = None
        self.waiting: dict[int, Submission] = {}
        self.carrier = carrier
        self._sequence = carrier.chance.randrange(1, 1 << 30)
        self._buffer = b""

    def next_number(self) -> int:
        self._sequence += 1
        return self._sequence

    def send(self, pdu: Any, sequence: int, status: int = 0) -> None:
        if self.wire is not None and self.up:
            self.wire.send(encode(pdu, sequence, status))

    def submit(self, one: Submission, sequence: int) -> None:
        self.send(one.pdu, sequence)

    def message_of(self, _sequence: int, octets: bytes) -> str:
        """The id that a text was taken under, by its response."""
        pdu, _ = decode(octets)
        assert isinstance(pdu, SubmitSmResp)
        return pdu.message_id

    def answer(self, sequence: int, status: int, message: str) -> None:
        """What the gateway has sent."""
        self.send(DeliverSmResp(message), sequence, status)

    def heard(self, octets: bytes) -> None:
        self.carrier.heard(self, octets)

    def received(self, octets: bytes) -> None:
        self._buffer += octets
        while len(self._buffer) >= 16:
            size = int.from_bytes(self._buffer[:4])
            if len(self._buffer) < size:
                return
            pdu, self._buffer = self._buffer[:size], self._buffer[size:]
            if self.up:
                self.heard(pdu)

    def lost(self) -> None:
        if self.up:
            self.up = self.bound = False
            self.carrier.lost(self)

    def reopens(self) -> None:
        """What comes after it was lost."""
        self.carrier.open_later()

    def drop(self) -> None:
        if self.up and self.wire is not None:
            self.wire.close()
            self.lost()


class SimulatedCarrier:
    """`connect` makes the connection, or says that nobody listens. `binds`: how many it keeps."""

    def __init__(
        self, stage: Stage, group: str, binds: int, connect: Callable[[CarrierLink], bool]
    ) -> None:
        self.stage = stage
        self.group = group
        self.chance = stage.draw(f"carrier {group}")
        self._binds = binds
        self._connect = connect
        self._queue: deque[Submission] = deque()
        self.links: list[CarrierLink] = []
        self.submissions: list[Submission] = []
        self.reports: set[tuple[str, int]] = set()  # links and numbers of what is no text
        self._names = iter(range(1, 1 << 30))

    def start(self) -> None:
        for _ in range(self._binds):
            self._open()

    def submit(self, one: Submission) -> None:
        self.submissions.append(one)
        self._queue.append(one)
        self.pump()

    # --- links ---------------------------------------------------------------------------------

    def next_name(self) -> str:
        return f"{self.group}{next(self._names)}"

    def _open(self) -> None:
        link = CarrierLink(self, self.next_name())
        self.links.append(link)
        if not self._connect(link):
            self.links.remove(link)
            self.stage.later(1.0, self._open)
            return
        self.bind(link)

    def open_later(self) -> None:
        self.stage.later(self.chance.uniform(0.2, 5.0), self._open)

    def bind(self, link: CarrierLink) -> None:
        bind = BindTransceiver(system_id=self.group, password="secret")
        link.send(bind, link.next_number())
        self.stage.later(PATIENCE / 2, lambda: None if link.bound else link.drop())

    def lost(self, link: CarrierLink) -> None:
        self.stage.note(link.name, "lost")
        self.links.remove(link)
        unanswered = [one for one in link.waiting.values() if not one.done]
        link.waiting.clear()
        again = {id(one) for one in unanswered}
        rest = (one for one in self._queue if id(one) not in again)
        self._queue = deque((*unanswered, *rest))
        link.reopens()
        self.pump()

    # --- texts ---------------------------------------------------------------------------------

    def pump(self) -> None:
        while self._queue and (links := self._free()):
            one = self._queue.popleft()
            if not one.done:
                self._send(self.chance.choice(links), one)

    def _free(self) -> list[CarrierLink]:
        return [link for link in self.links if link.bound and len(link.waiting) < WINDOW]

    def _send(self, link: CarrierLink, one: Submission) -> None:
        stage = self.stage
        sequence = link.next_number()
        before = one.attempts
        if before and before[-1][1] not in link.waiting:
            same_link = before[-1][0] == link.name
            as_new = same_link and stage.has("resends_as_new")
            if not as_new and self.chance.random() < 0.8:
                sequence = before[-1][1]
        if before and not one.known:
            repeats = (link.name, sequence) in before
            one.as_new += not repeats
        one.begun_at = one.begun_at or stage.now()
        one.lasted = stage.now() - one.begun_at
        one.attempts.append((link.name, sequence))
        link.waiting[sequence] = one
        one.came_to_esme |= link.is_ours
        if one.report:
            self.reports.add((link.name, sequence))
        stage.note(link.name, f"submits {one.name} as {sequence}, time {len(one.attempts)}")
        link.submit(one, sequence)
        stage.later(IMPATIENCE, lambda: self._impatient(link, sequence, one))
        stage.later(PATIENCE, lambda: self._patience_ends(link, sequence, one))

    def _impatient(self, link: CarrierLink, sequence: int, one: Submission) -> None:
        waits = link.up and link.waiting.get(sequence) is one and not one.done
        waits = waits and len(one.attempts) < ATTEMPTS_MAX and self.stage.has("impatient")
        if waits and (free := self._free()):
            # The old request stays open: whichever response comes first counts.
            again = self.chance.choice(free)
            if again is link and not self.stage.has("resends_as_new"):
                link.waiting.pop(sequence)
            self._send(again, one)

    def _patience_ends(self, link: CarrierLink, sequence: int, one: Submission) -> None:
        if link.up and link.waiting.get(sequence) is one and not one.done:
            link.drop()

    def _answered(self, link: CarrierLink, sequence: int, status: int, octets: bytes) -> None:
        one = link.waiting.pop(sequence, None)
        if one is None or one.done:
            self.pump()
            return
        self.stage.note(link.name, f"{one.name} answered with {status:#x}")
        if status == Status.ROK:
            message = link.message_of(sequence, octets)
            one.done, one.message, one.accepted_at = True, message, self.stage.now()
        elif status in TEMPORARY:
            if not any(one in other.waiting.values() for other in self.links):
                self.stage.later(RETRY, lambda: self._again(one))
        else:
            one.done = True
        self.pump()

    def _again(self, one: Submission) -> None:
        if not one.done and one not in self._queue:
            self._queue.appendleft(one)
            self.pump()

    # --- from the gateway ----------------------------------------------------------------------

    def heard(self, link: CarrierLink, octets: bytes) -> None:
        command = int.from_bytes(octets[4:8])
        status = int.from_bytes(octets[8:12])
        sequence = int.from_bytes(octets[12:16])
        if command in TO_TEXTS:
            self._answered(link, sequence, status, octets)
        elif command == BindTransceiverResp.COMMAND_ID and status:
            self.stage.note(link.name, f"is not bound: {status:#x}")
            link.drop()
        elif command == BindTransceiverResp.COMMAND_ID:
            self.stage.note(link.name, "bound")
            link.bound = True
            self.pump()
        elif command == EnquireLink.COMMAND_ID:
            link.send(EnquireLinkResp(), sequence)
        elif command == Unbind.COMMAND_ID:
            link.send(UnbindResp(), sequence)
        elif command in TO_CALLERS:
            pdu, _ = decode(octets)
            assert isinstance(pdu, DeliverSm | SubmitSm | DataSm)
            self._delivered(link, pdu, sequence)
        elif command == NACK:
            raise self.stage.broken(f"the gateway understands every PDU: {octets.hex()} is a nack")

    def _delivered(
        self, link: CarrierLink, pdu: DeliverSm | SubmitSm | DataSm, sequence: int
    ) -> None:
        stage, chance = self.stage, self.chance
        receipt = pdu.esm_class & TYPE_MASK != 0
        if stage.has("silent_carrier", 0.2):
            return
        status = 0
        if stage.has("refusing_carrier", 0.3):
            status = chance.choice((Status.RTHROTTLED, Status.RMSGQFUL, Status.RINVDSTADR))
        message = "" if receipt or status else response_id(link.name, sequence)
        late = chance.uniform(0.0, 14.0) if stage.has("late_carrier", 0.3) else 0.01
        stage.later(late, lambda: link.answer(sequence, status, message))
        if stage.has("answers_twice", 0.3):
            stage.later(late + 0.05, lambda: link.answer(sequence, status, message))
        reference = number_of(pdu.tlvs, Tag.user_message_reference)
        if not receipt and not status and reference is not None and stage.has("handsets", 0.7):
            when = chance.choice((0.0, late + 0.5, late + 5.0))  # first of all: before it
            one = self._acknowledgement(pdu, message, reference)
            stage.later(when, lambda: self.submit(one))

    def _acknowledgement(
        self, pdu: DeliverSm | SubmitSm | DataSm, message: str, reference: int
    ) -> Submission:
        tlvs: tuple[tuple[int, bytes], ...]
        tlvs = (c_string(Tag.receipted_message_id, message), number(Tag.message_state, 2))
        if self.chance.random() < 0.5:
            tlvs = (number(Tag.user_message_reference, reference), *tlvs)
        report = SubmitSm(
            source_addr_ton=1,
            source_addr=pdu.destination_addr,
            destination_addr="911",
            esm_class=ACKNOWLEDGEMENT,
            tlvs=tlvs,
        )
        name = f"acknowledgement {message}"
        to = pdu.destination_addr
        return Submission(name, to, "", report, known=True, report=True, group=self.group)


def response_id(link: str, sequence: int) -> str:
    """The message_id with which a carrier answers the request under this number."""
    return f"c{sequence}-{link}"
