"""What was seen from outside: every text with each of its attempts, every line on a page, every
reply and receipt, with times. It knows nothing of the gateway and judges nothing.

All times are seconds of CLOCK_MONOTONIC, which every process of the machine shares.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

ROK = 0x00


@dataclass(slots=True)
class Attempt:
    """One submit_sm. `status` -1: no response (yet)."""

    link: str
    sequence: int
    sent_at: float
    answered_at: float = -1.0
    status: int = -1


@dataclass(slots=True)
class Text:
    """One text of a caller. `umr`: its user_message_reference, -1 without one; a repeat of a text
    that has one is always recognised. `message`: the id it was accepted under."""

    index: int
    caller: int
    carrier: str
    number: str
    words: str
    umr: int = -1
    wants_receipt: bool = False
    made_at: float = 0.0
    message: str = ""
    accepted_at: float = -1.0
    refused: bool = False  # for good
    attempts: list[Attempt] = field(default_factory=list[Attempt])

    @property
    def accepted(self) -> bool:
        return self.accepted_at >= 0.0

    @property
    def first_sent_at(self) -> float:
        return self.attempts[0].sent_at if self.attempts else float("inf")


@dataclass(frozen=True, slots=True)
class Line:
    """One line on one leg. `index`: of the caller's text it shows, -1 for anything else."""

    at: float
    psap: str
    leg: str
    dialogue: str
    sequence: int
    kind: str
    text: str
    caller: int = -1
    index: int = -1
    suspected: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deliver_sm with words for a caller, as its carrier received it."""

    at: float
    carrier: str
    link: str
    number: str
    words: str


@dataclass(slots=True)
class Reply:
    """`sequence`: of its line, -1 until the gateway said that it is recorded. `states`: every
    delivery state the page was told."""

    key: str
    psap: str
    leg: str
    caller: int
    words: str
    written: list[float] = field(default_factory=list[float])
    sequence: int = -1
    states: set[str] = field(default_factory=set[str])
    arrivals: list[Arrival] = field(default_factory=list[Arrival])

    @property
    def has_not_left(self) -> bool:
        """It is recorded, and no carrier has it."""
        return self.sequence >= 0 and not self.arrivals

    @property
    def is_told(self) -> bool:
        """The page says that it failed, or that nobody knows: twice its link was lost (9.2)."""
        return bool(self.states & {"failed", "unknown"})


@dataclass(frozen=True, slots=True)
class Receipt:
    at: float
    carrier: str
    message: str
    delivered: bool


@dataclass(slots=True)
class Ledger:
    """`automatic`: words for callers that nobody wrote, by number. `oddities`: what a peer may not
    do at all, in words (a frame or a PDU that nobody can explain). `twice`: lines that a page was
    given again although it held them."""

    texts: dict[int, Text] = field(default_factory=dict[int, Text])
    lines: list[Line] = field(default_factory=list[Line])
    replies: dict[str, Reply] = field(default_factory=dict[str, Reply])
    automatic: defaultdict[str, list[Arrival]] = field(
        default_factory=lambda: defaultdict[str, list[Arrival]](list)
    )
    receipts: list[Receipt] = field(default_factory=list[Receipt])
    enquiries: list[float] = field(default_factory=list[float])  # s until enquire_link_resp
    links_made: int = 0
    links_lost: int = 0
    pages_back: int = 0
    oddities: list[str] = field(default_factory=list[str])
    twice: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])  # leg, sequence
    shown: defaultdict[int, list[Line]] = field(
        default_factory=lambda: defaultdict[int, list[Line]](list)
    )  # index -> its lines

    def line(self, line: Line) -> None:
        self.lines.append(line)
        if line.index >= 0:
            self.shown[line.index].append(line)

    def accepted(self, before: float = float("inf")) -> list[Text]:
        """The texts whose carrier had ESME_ROK in hand before that moment."""
        return [x for x in list(self.texts.values()) if x.accepted and x.accepted_at < before]

    def refusals(self) -> list[Attempt]:
        """Every attempt that was answered with an error."""
        return [a for text in self.texts.values() for a in text.attempts if a.status > ROK]
