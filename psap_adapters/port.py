"""The one door between the gateway and a PSAP, whatever the PSAP speaks (web page, SIP, TTY, API).

Values go through the door in both directions: the gateway calls the verbs of `Psap`, the adapter
answers with reports. Nothing here knows SMPP, a journal or a web page.

A *leg* is (dialogue, PSAP, offer number). A text is shown at most once per leg. After a time-out
the next PSAP gets a leg of its own and sees everything again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct


class Leg(Struct, frozen=True, gc=False):
    dialogue: str
    psap: str
    offer: int


# --- values the gateway hands in ---------------------------------------------------------------


class Delivery(Enum):
    """How far a reply is known to have got. Never claims more than the carrier made known."""

    WAITING = "waiting"  # recorded, and nothing known of it from the carrier
    CARRIER = "carrier"  # the carrier said it has it
    HANDSET = "handset"  # a delivery acknowledgement or receipt came back
    UNKNOWN = "unknown"  # the response never came; may or may not have arrived
    SENT_AGAIN = "sent_again"  # sent a second time after the bind was lost; may appear twice
    FAILED = "failed"  # refused for good
    # On a line, where words are typed one by one.
    HELD = "held"  # the line has it, and waits for the caller to hand over
    TYPING = "typing"  # leaving now
    TYPED = "typed"  # the last character has left; nothing says that it was read
    LOST = "lost"  # the line was lost before all of it had left; the note says where


class Item(Struct, frozen=True, gc=False):
    """One line of a transcript. `sequence` grows within a dialogue and never changes: it is the
    key of `Shown`, and what a client asks to resume from.

    `key` echoes the key of the `Wrote` report that caused the item (empty for all others).
    `notes` are short remarks in words, ready to show ("part 2 of 3 is missing").
    """

    sequence: int
    at: float  # UTC seconds
    kind: Literal["caller", "psap", "automatic", "event"]
    text: str
    by: str = ""  # who wrote it, for kind "psap"
    key: str = ""
    notes: tuple[str, ...] = ()
    suspected_repeat: bool = False  # show collapsed: the carrier may have sent this twice
    delivery: Delivery | None = None  # for "psap" and "automatic"
    # Of a caller on a line: places in `text`, counted in characters, that may be others; and
    # whether the caller goes on typing this line.
    unsure: tuple[int, ...] = ()
    open: bool = False
    # Of words for a caller on a line: what is typed for `text`, and how much of that has left.
    typed: str = ""
    left: int = -1


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float  # degrees north, WGS 84
    longitude: float  # degrees east
    radius: float  # metres of uncertainty
    confidence: int  # percent
    method: str  # "Cell", "GPS", "Default", ... (PIDF-LO method tokens)
    source: str  # who said so, in words
    at: float  # UTC seconds of the fix


class Outline(Struct, frozen=True, gc=False):
    """One town near the caller. Rings are closed, in metres east and south of the chart's centre,
    so that they can be written into an SVG path as they are."""

    name: str
    rings: tuple[tuple[tuple[int, int], ...], ...]
    label: tuple[int, int]  # where to write the name
    home: bool  # the town the caller is in


class Chart(Struct, frozen=True, gc=False):
    """The map around one place. The place itself is at (0, 0)."""

    outlines: tuple[Outline, ...]
    radius: int  # metres


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a dialogue apart from its words."""

    caller: str  # the number as the telecommunicator reads it, "(860) 555-0142"
    carrier: str  # display name
    channel: Literal["sms", "tty", "rtt"]
    opened_at: float  # UTC seconds
    town: str  # "" when unknown
    routed_because: str  # the route decision's reason, in words
    place: Place | None = None
    chart: Chart | None = None
    previous: str = ""  # dialogue id of the one just before, within the grace window
    arriving: str = ""  # first part of a long text whose other parts have not come yet


class LineState(Struct, frozen=True, gc=False):
    """The line of a caller who rang. `state`: "ours" (free), "sending", "interrupting", "stopping",
    "muted", "hearing", "speaking" or "theirs", as `tty.turn_table.State`. `token`: the last word
    about turns that was heard ("GA", "SKSK", ...). `speaks`: a voice is heard. `gone`: why the line
    is no more, or ""; the dialogue stays.

    `voice`: of the PSAP's telephone that voices can go to beside the letters: "" (there is none, or
    this line has no voice), "off", "calling" (it rings), "open" (voices pass). `mode`: "vco" (the
    caller speaks), "hco" (the caller hears) or "". `note`: why it is off again, in words."""

    state: str
    token: str = ""
    speaks: bool = False
    gone: str = ""
    voice: str = ""
    mode: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A dialogue offered to a PSAP. `answered_by` is set when the leg is taken up again after a
    restart of the gateway: then it is not ringing but already theirs.

    `shown_up_to`: items with a sequence up to this one were shown on this leg before.
    `ring_until`: UTC seconds when this PSAP will be given up on; 0.0 when it is not ringing.
    `line`: of a call. `earlier`: what was said in the call before, from the same number; it was
    shown then, and no `Shown` speaks of it. `number`: the caller's as E.164 with "+", for those who
    pass it on as the number that calls; "" where it is withheld or no telephone's.
    """

    leg: Leg
    card: Card
    items: tuple[Item, ...]
    shown_up_to: int = -1
    answered_by: str = ""
    ring_until: float = 0.0
    line: LineState | None = None
    earlier: tuple[Item, ...] = ()
    number: str = ""


class CardChanged(Struct, frozen=True, gc=False):
    card: Card


class DeliveryChanged(Struct, frozen=True, gc=False):
    """The reply at `sequence` got further (or failed). `note` says it in words."""

    sequence: int
    delivery: Delivery
    note: str = ""


class AnsweredBy(Struct, frozen=True, gc=False):
    """The gateway recorded who owns the dialogue. Sent for every `Answered`, also for the loser's:
    `by` is then the winner."""

    by: str
    at: float


class NotTaken(Struct, frozen=True, gc=False):
    """A report with this `key` could not be recorded or is not possible now. `reason` is a
    sentence."""

    key: str
    reason: str


class Quiet(Struct, frozen=True, gc=False):
    """Nobody has written for a while; the dialogue will close by itself at `closes_at` (UTC s)."""

    closes_at: float


class Block(Struct, frozen=True, gc=False):
    """A caller whom this PSAP does not take until `until` (UTC seconds). `id` is what `Unblocked`
    names. The caller's texts are still recorded, and answered by the bounce-back."""

    id: str
    caller: str  # the number as the telecommunicator reads it
    by: str
    since: float  # UTC seconds
    until: float
    reason: str


class Typed(Struct, frozen=True, gc=False):
    """The caller's line at `sequence` reads so by now; the fields are those of `Item`."""

    sequence: int
    text: str
    unsure: tuple[int, ...]
    open: bool


class Sending(Struct, frozen=True, gc=False):
    """Of the reply at `sequence` so many characters have `left` the wire; the rest takes `seconds`.
    `typed` as in `Item`, or "" when it was said before."""

    sequence: int
    left: int
    seconds: float
    typed: str = ""


class LineChanged(Struct, frozen=True, gc=False):
    line: LineState


Change = (
    CardChanged | DeliveryChanged | AnsweredBy | NotTaken | Quiet | Typed | Sending | LineChanged
)


class Measure(Struct, frozen=True, gc=False):
    """What a text will be on the wire of this dialogue's caller.

    `because`: what of it has no plain letter, as a reader sees it, the first few. `plain`: the
    whole text in plain letters, by meaning; "" when there is nothing to change, or when something
    of it cannot be said so. It is for a person to choose, never done unasked.
    """

    alphabet: str  # "GSM-7", "GSM-7 Spanish" with a national table, "UCS-2", "Baudot", "T.140"
    parts: int
    left: int  # characters of `alphabet` that still fit into the last part
    as_sent: str  # the text after replacement of what the alphabet lacks
    seconds: float = 0.0  # time on a TTY line; 0 for SMS
    because: tuple[str, ...] = ()
    plain: str = ""
    plain_parts: int = 0
    room: int = 0  # characters of `alphabet` that such a part holds


# --- reports the adapter hands out -------------------------------------------------------------


class Shown(Struct, frozen=True, gc=False):
    """The client acknowledged everything up to and including this sequence number. After a leg's
    first one, an adapter may keep to itself what adds no words of the caller's."""

    leg: Leg
    up_to: int


class Reached(Struct, frozen=True, gc=False):
    """It rings where somebody may hear it, or somebody has picked up; no words were shown yet. For
    a PSAP that is rung by telephone, where the first word takes longer than `Shown` may. `seconds`:
    how long from now this PSAP needs until it can have answered; it is not given up on before.
    `note`: what happened, in words."""

    leg: Leg
    seconds: float = 0.0
    note: str = ""


class Answered(Struct, frozen=True, gc=False):
    """`takeover`: a colleague of the same PSAP takes an already answered dialogue over."""

    leg: Leg
    by: str
    takeover: bool = False


class Refused(Struct, frozen=True, gc=False):
    """This PSAP cannot take (or keep) the dialogue. Said at once when nobody is there."""

    leg: Leg
    reason: str


class Wrote(Struct, frozen=True, gc=False):
    """`key` is chosen by the client and makes the report idempotent within the dialogue.
    `interrupt`, of a caller on a line: type it whoever's turn it is."""

    leg: Leg
    key: str
    text: str
    by: str
    interrupt: bool = False


class Interrupted(Struct, frozen=True, gc=False):
    """What waits for the caller's turn to end is to be typed now. Nothing waits: nothing happens.
    Of a dialogue that is no call it says nothing."""

    leg: Leg
    by: str


class VoiceAsked(Struct, frozen=True, gc=False):
    """Join the PSAP's telephone to the caller's line; `mode` as in `LineState`, "" lets it go."""

    leg: Leg
    by: str
    mode: Literal["vco", "hco", ""]


class Ended(Struct, frozen=True, gc=False):
    """`text`: closing words for the caller, or empty for none. `key` as in `Wrote`."""

    leg: Leg
    key: str
    by: str
    text: str = ""


class Blocked(Struct, frozen=True, gc=False):
    """A supervisor ends the dialogue, ringing or answered, and does not want its caller again for
    `seconds`. `text`: closing words for a caller who was answered. `key` as in `Wrote`. The adapter
    has made sure that `by` may decide this."""

    leg: Leg
    key: str
    by: str
    seconds: float
    reason: str
    text: str = ""


class Unblocked(Struct, frozen=True, gc=False):
    """A supervisor lifts the block `id` before its time."""

    psap: str
    id: str
    by: str


class Availability(Struct, frozen=True, gc=False):
    """`people`: how many telecommunicators are logged in and connected. `reachable` is also true
    while somebody who was is on the way back. `stalled`: open dialogues whose owner's link has been
    gone for 15 s."""

    psap: str
    reachable: bool
    people: int
    stalled: int = 0
    reason: str = ""


Report = (
    Shown
    | Reached
    | Answered
    | Refused
    | Wrote
    | Interrupted
    | VoiceAsked
    | Ended
    | Blocked
    | Unblocked
    | Availability
)


class Psap(Protocol):
    """One PSAP behind its adapter. No verb blocks and none raises for what a peer did.

    Every `offer` is followed by `Shown`, `Reached` or `Refused`; a PSAP that nobody can reach says
    `Refused` within the same turn of the loop, because the core is counting seconds for a person.
    Where somebody's link has just gone, it is given some seconds first, and so it is after a start.

    `frame` in `report` is the raw frame or octets that caused the report, for the audit trail.
    """

    def start(self, report: Callable[[Report, bytes], None]) -> None: ...
    def offer(self, offer: Offer) -> None: ...
    def give(self, leg: Leg, item: Item) -> None:
        """One line more. Of a caller on a line it is the first letters: `Typed` follows at once and
        says how it reads and whether it goes on."""
        ...

    def update(self, leg: Leg, change: Change) -> None: ...
    def withdraw(self, leg: Leg, reason: str) -> None: ...
    def end(self, leg: Leg, reason: str) -> None: ...
    def blocks(self, active: tuple[Block, ...], trouble: str = "") -> None:
        """Whom this PSAP has blocked now: all of them, after `start` and whenever that changes but
        by time. `trouble`: why an `Unblocked` could not be recorded, as a sentence."""
        ...

    def stop(self) -> None: ...


MeasureText = Callable[[str, str], Measure]  # (text, dialogue) -> measure; pure and quick
