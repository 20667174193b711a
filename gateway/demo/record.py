"""What was seen of a story from outside the gateway: by the carriers, by the consoles, and in the
journal. `checks.py` compares the three. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Said:
    """One text of a caller. `responses`: each PDU it was sent in, to the responses the carrier got,
    (status, message_id); one sent twice has two. `receipts`: (message_id, state)."""

    words: str
    responses: dict[str, list[tuple[int, str]]]
    repeated: bool = False
    receipts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def accepted(self) -> bool:
        """Every PDU of it got a positive answer: from now on it must not be lost."""
        return all(any(status == 0 for status, _ in answers) for answers in self.responses.values())

    @property
    def message_ids(self) -> set[str]:
        return {
            message_id
            for answers in self.responses.values()
            for status, message_id in answers
            if status == 0
        }

    @property
    def is_settled(self) -> bool:
        """Nothing more is expected for it."""
        enough = 2 if self.repeated else 1
        return self.accepted and (
            all(len(answers) >= enough for answers in self.responses.values())
            and len(self.receipts) >= len(self.message_ids)
        )


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole reply at the handset."""

    words: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Stray:
    """Something a carrier was handed for a number that is not a caller of its own."""

    carrier: str
    number: str
    what: str


@dataclass(frozen=True, slots=True)
class CallerSeen:
    """`title`: what the story calls it. `said` in the order in which it was sent."""

    number: str
    carrier: str
    title: str
    said: tuple[Said, ...]
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class CallSeen:
    """One call of a TTY: the lines it typed, in order, and all that it printed."""

    number: str
    title: str
    typed: tuple[str, ...]
    printed: str


@dataclass(slots=True)
class LineSeen:
    sequence: int
    kind: str
    text: str
    suspected_repeat: bool = False
    open: bool = False  # it is still being typed
    grew: int = 0  # how often it was shown longer while it was


@dataclass(slots=True)
class LegSeen:
    """What one console was shown of one dialogue, in the order in which it came, doubles and all.
    `deliveries`: line -> the last state it was told."""

    leg: str
    dialogue: str
    psap: str
    caller: str  # as a person reads it
    since: float  # seconds of one clock: which leg came first
    lines: list[LineSeen] = field(default_factory=list[LineSeen])
    deliveries: dict[int, str] = field(default_factory=dict[int, str])
    owner: str = ""
    closed: str = ""  # why

    def texts(self, *kinds: str) -> list[str]:
        return [line.text for line in self.lines if line.kind in kinds]


@dataclass(frozen=True, slots=True)
class DialogueSeen:
    """One dialogue as the journal tells it, also of a call by its telephone number. Times are UTC
    seconds, 0.0: it never came to that.
    `replies`: for each reply, how far its parts have got (letters of `core/replying.py`).
    `difference`: what replay found, "" when it is identical."""

    dialogue: str
    number: str
    opened_at: float
    first_shown_at: float
    answered_at: float
    bounced_at: float
    abandoned_at: float
    replies: tuple[str, ...]
    repeats: int
    difference: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All of it. `bounce`: the words of the bounce-back. `journal_problem`: "" when it is sound."""

    callers: tuple[CallerSeen, ...]
    legs: tuple[LegSeen, ...]
    dialogues: tuple[DialogueSeen, ...]
    strays: tuple[Stray, ...]
    bounce: str
    reach_within: float
    abandon_within: float
    journal_problem: str
    records: int
    calls: tuple[CallSeen, ...] = ()
