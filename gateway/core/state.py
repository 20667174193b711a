"""A dialogue as a value: the line to the caller, and the phase it is in.

What every phase carries lives in `Line`; what only one phase knows lives in that phase, so that no
phase can hold a PSAP, an owner or a chain it must not have. Transcripts are not here: they are the
fold of the `Show` commands (see `transcript.py`), so the state stays small.

The state is encoded with every entry, for its digest: so its values are written as arrays, without
the names of their fields. A field added later stands last and has a default.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .commands import Part
from .facts import HandsetReported
from .values import (
    Block,
    CallerKey,
    CarrierName,
    Location,
    Mark,
    MessageId,
    Previous,
    PsapName,
    Segment,
)


class Timer(Struct, frozen=True, gc=False, array_like=True):
    name: str
    generation: int  # a `TimeRanOut` of another generation is late and means nothing
    due: float  # UTC seconds; what remains after a restart follows from it


class Heard(Struct, frozen=True, gc=False, array_like=True):
    """A text that was accepted, remembered for recognising its repeats."""

    mark: Mark
    at: float
    message: MessageId


class Partial(Struct, frozen=True, gc=False, array_like=True):
    """A concatenated text whose parts are coming. Kept when joined, to know a late part."""

    join: str
    alphabet: str
    total: int
    at: float
    parts: tuple[Part, ...]
    messages: tuple[MessageId, ...]  # those a receipt was asked for
    joined: bool = False


class Unshown(Struct, frozen=True, gc=False, array_like=True):
    """A line of the transcript that no PSAP has shown yet."""

    sequence: int
    messages: tuple[MessageId, ...]  # those a receipt was asked for
    at: float


class Reply(Struct, frozen=True, gc=False, array_like=True):
    """Words for the caller that the carrier does not have yet, or not for certain.

    `progress` has one letter per part, see `replying.py`.
    """

    number: int
    sequence: int  # of its line in the transcript
    umr: int  # user_message_reference of part 0; part n has umr + n
    segments: tuple[Segment, ...]
    progress: str
    refusals: int = 0
    carrier_ids: tuple[str, ...] = ()


class Sent(Struct, frozen=True, gc=False, array_like=True):
    """A reply that left the outbox, remembered for its receipts."""

    number: int
    sequence: int
    umr: int
    progress: str
    carrier_ids: tuple[str, ...] = ()


class Receipt(Struct, frozen=True, gc=False, array_like=True):
    """A receipt we owe the carrier."""

    message: MessageId
    delivered: bool
    accepted_at: float
    done_at: float


class Phrase(Struct, frozen=True, gc=False, array_like=True):
    """The caller's line that is being typed, or was typed last."""

    sequence: int
    text: str
    unsure: tuple[int, ...]  # places in `text` of characters that may be others
    at: float  # when its last character came
    ended: Literal["", "line", "turn"] = ""  # by a new line, by anything else


class Typing(Struct, frozen=True, gc=False, array_like=True):
    """Words for a caller on a line that have not all left it."""

    number: int
    sequence: int  # of its line in the transcript
    text: str  # as it is typed
    seconds: float  # on the wire; 0.0 where that is nothing
    left: int = 0  # characters
    delivery: str = ""  # as the screens have it, with its note
    note: str = ""


class Call(Struct, frozen=True, gc=False, array_like=True):
    """The line of a caller who rang. `gone` is why it is no more, "" while it stands."""

    ani: str
    turn: str = "ours"
    token: str = ""
    detected: bool = False
    speaks: bool = False
    phrase: Phrase | None = None
    outbox: tuple[Typing, ...] = ()
    gone: str = ""
    gone_at: float = 0.0  # UTC seconds


class Voice(Struct, frozen=True, gc=False, array_like=True):
    """Of a call whose line can pass voices on: the telephone of the PSAP that has it."""

    able: bool = False  # whether that PSAP has one
    number: int = 0  # how many times one was rung, the last time included
    state: Literal["", "calling", "open"] = ""
    mode: str = ""  # "vco", "hco"
    wanted: str = ""  # the same, by a caller whom nobody had answered yet
    note: str = ""  # why there is none any more


class Line(Struct, frozen=True, gc=False, array_like=True):
    """The caller's side, whatever the phase."""

    key: CallerKey
    policy: str  # hash of the policy this dialogue lives under
    opened_at: float
    said_at: float  # when anybody last wrote
    umr: int  # the next reply's first user_message_reference
    previous: Previous | None = None
    location: Location | None = None
    town: str = ""
    because: str = ""  # why it was routed as it was, in words
    heard: tuple[Heard, ...] = ()
    partials: tuple[Partial, ...] = ()
    unshown: tuple[Unshown, ...] = ()
    outbox: tuple[Reply, ...] = ()
    sent: tuple[Sent, ...] = ()
    early: tuple[HandsetReported, ...] = ()  # receipts that came before the response
    receipts: tuple[Receipt, ...] = ()
    keys: tuple[str, ...] = ()  # keys of what the PSAPs wrote, newest last
    automatic: tuple[tuple[str, float], ...] = ()  # kinds of automatic messages, when they left
    replies: int = 0  # how many there were: the number of the next
    offers: int = 0
    generation: int = 0
    timers: tuple[Timer, ...] = ()


class Locating(Struct, frozen=True, tag=True, gc=False, omit_defaults=True):
    """`blocked`: PSAPs that do not take this caller; looked at once, when the route is known."""

    tlvs: tuple[tuple[int, bytes], ...]
    blocked: tuple[Block, ...] = ()
    pidf: bytes = b""


class Routing(Struct, frozen=True, tag=True, gc=False, omit_defaults=True):
    """The route was asked for; the answer is the next fact."""

    blocked: tuple[Block, ...] = ()


class Offered(Struct, frozen=True, tag=True, gc=False):
    """Ringing at `chain[index]`. `reached`: PSAPs that showed it and did not refuse."""

    chain: tuple[PsapName, ...]
    index: int
    offer: int
    until: float  # UTC seconds; 0.0: rings to the end
    shown: int = -1  # sequence up to which this leg has shown
    reached: tuple[PsapName, ...] = ()
    lost: bool = False  # somebody had answered, and that PSAP was lost

    @property
    def psap(self) -> PsapName:
        return self.chain[self.index]


class Active(Struct, frozen=True, tag=True, gc=False):
    psap: PsapName
    offer: int
    by: str
    answered_at: float
    chain: tuple[PsapName, ...]  # where it can go if this PSAP is lost
    shown: int = -1
    warned: bool = False  # the PSAP was told that it will close by itself


How = Literal["ended", "quiet", "lost", "bounced", "abandoned"]


class Over(Struct, frozen=True, tag=True, gc=False):
    """Nothing more is taken from either side; what is owed is still carried. `psap` is "" when
    nobody had answered."""

    how: How
    at: float
    psap: PsapName
    offer: int
    by: str = ""


Phase = Locating | Routing | Offered | Active | Over


class Dialogue(Struct, frozen=True, gc=False, omit_defaults=True):
    line: Line
    phase: Phase
    call: Call | None = None
    voice: Voice | None = None  # None: the caller's line passes none on

    @property
    def caller(self) -> CallerKey:
        """Who it is beyond this dialogue: of a call the number it came from, on whatever line."""
        return self.line.key if self.call is None or not self.call.ani else by_ani(self.call.ani)

    @property
    def name_of_phase(self) -> str:
        """The word for operators and consoles (DESIGN 3, dialogue life)."""
        phase = self.phase
        if not isinstance(phase, Over):
            return NAMES[type(phase)]
        if phase.how in ("bounced", "abandoned"):
            return phase.how
        owes = self.line.outbox or (self.call is not None and self.call.outbox)
        return "closing" if owes else "closed"


def by_ani(ani: str) -> CallerKey:
    return CallerKey("call", CarrierName(""), ani)


# `Dialogue.name_of_phase`, where the phase alone decides it.
NAMES: dict[type, str] = {
    kind: kind.__name__.lower() for kind in (Locating, Routing, Offered, Active)
}


def phases(before: Dialogue | None, after: Dialogue) -> tuple[str, str]:
    """Their names, before and after a fact; both "" where it obviously changed none, as most do."""
    if before is None:
        return "new", after.name_of_phase
    kind = type(after.phase)
    if kind is type(before.phase) and kind is not Over:
        return "", ""
    return before.name_of_phase, after.name_of_phase
