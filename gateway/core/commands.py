"""Commands: what the core asks of the world. None leaves before its fact is durable.

Two of them, `Route` and `Join`, are questions to pure functions: the engine answers them itself,
and the answer enters as the next fact in the same durable append.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .values import Block, Location, MessageId, PsapName, Segment


class Asked(Struct, frozen=True, tag=True, gc=False):
    """What every command is: an immutable value, named by its tag in digests and exports."""


# --- questions the engine answers by itself ----------------------------------------------------


class Route(Asked, frozen=True, gc=False):
    """Answered by `RouteChosen`. `location` None: choose by default, for `because`."""

    location: Location | None
    because: str
    grace: PsapName = PsapName("")  # the PSAP of the dialogue just before


class Part(Struct, frozen=True, gc=False, omit_defaults=True):
    """`alphabet`: what this part is written in when that is not what its text is; each part names
    its own national tables. `remarks` are about the message that brought it."""

    number: int
    octets: bytes
    alphabet: str = ""
    remarks: tuple[str, ...] = ()


class Join(Asked, frozen=True, gc=False):
    """Answered by `PartsJoined`."""

    join: str
    alphabet: str
    total: int
    parts: tuple[Part, ...]


# --- to the location sources -------------------------------------------------------------------


class Locate(Asked, frozen=True, gc=False, omit_defaults=True):
    tlvs: tuple[tuple[int, bytes], ...]
    pidf: bytes = b""  # what came with a call


# --- to the PSAPs ------------------------------------------------------------------------------


class Show(Asked, frozen=True, gc=False):
    """A new line of the transcript, given to the leg when there is one (`psap` not "")."""

    psap: PsapName
    offer: int
    sequence: int
    at: float  # UTC seconds
    kind: Literal["caller", "psap", "automatic", "event"]
    text: str
    by: str = ""
    key: str = ""
    notes: tuple[str, ...] = ()
    suspected_repeat: bool = False
    reply: int = -1  # number of the reply this line shows, or -1


class OfferTo(Asked, frozen=True, gc=False):
    """Ring this PSAP with everything said so far. `until` is UTC seconds, 0.0 = no end."""

    psap: PsapName
    offer: int
    until: float


class Withdraw(Asked, frozen=True, gc=False):
    psap: PsapName
    offer: int
    reason: str


class EndLeg(Asked, frozen=True, gc=False):
    psap: PsapName
    offer: int
    reason: str


class ShowCard(Asked, frozen=True, gc=False):
    """Location, town or the arriving first part changed: draw the card anew."""

    psap: PsapName
    offer: int


class ShowOwner(Asked, frozen=True, gc=False):
    psap: PsapName
    offer: int
    by: str


class ShowDelivery(Asked, frozen=True, gc=False):
    """How far the line at `sequence` has got. `delivery` is a value of `port.Delivery`."""

    psap: PsapName
    offer: int
    sequence: int
    delivery: str
    note: str = ""


class ShowTyped(Asked, frozen=True, gc=False):
    """The caller's line at `sequence` reads `text` by now. `unsure`: places in it, in characters,
    that may be others. `open`: the caller is not known to be done with it."""

    psap: PsapName
    offer: int
    sequence: int
    text: str
    unsure: tuple[int, ...]
    open: bool


class ShowSending(Asked, frozen=True, gc=False):
    """Of the reply at `sequence` so many characters have `left` the wire, and the others take
    `seconds`. `typed`: what is typed for it; "" when that was said before."""

    psap: PsapName
    offer: int
    sequence: int
    left: int
    seconds: float
    typed: str = ""


class ShowTurn(Asked, frozen=True, gc=False, omit_defaults=True):
    """The badge of the line: whose turn it is, the last word about turns, whether a voice is heard.
    `gone`: why the line is no more, or "". `voice`, `mode` and `note` as in `port.LineState`."""

    psap: PsapName
    offer: int
    state: str
    token: str
    speaks: bool
    gone: str
    voice: str = ""
    mode: str = ""
    note: str = ""


class Decline(Asked, frozen=True, gc=False):
    """What the PSAP asked for under `key` is not possible now."""

    psap: PsapName
    offer: int
    key: str
    reason: str


class WarnQuiet(Asked, frozen=True, gc=False):
    psap: PsapName
    offer: int
    closes_at: float


class BlockCaller(Asked, frozen=True, gc=False):
    """From now on this PSAP is not rung for this caller. The engine remembers it (`memory`), and
    the PSAP's people see it in the list of those who are blocked."""

    block: Block


# --- to the caller's carrier -------------------------------------------------------------------


class TellCaller(Asked, frozen=True, gc=False):
    """One SMS of one reply. `part` counts from 0. `umr` is the same when it is sent again."""

    reply: int
    part: int
    parts: int
    segment: Segment
    umr: int
    concatenation: int  # reference number for the parts, 0-255
    again: bool = False


class GiveReceipt(Asked, frozen=True, gc=False):
    """A delivery receipt the carrier asked for: shown to a PSAP (DELIVRD) or not (UNDELIV)."""

    message: MessageId
    delivered: bool
    accepted_at: float
    done_at: float


# --- to the clock ------------------------------------------------------------------------------


class Arm(Asked, frozen=True, gc=False):
    """`TimeRanOut(timer, generation)` at `due` (UTC seconds), unless disarmed or armed anew."""

    timer: str
    generation: int
    due: float


class Disarm(Asked, frozen=True, gc=False):
    timer: str


# --- to the caller's line ----------------------------------------------------------------------


class TypeToCaller(Asked, frozen=True, gc=False):
    """`text` is of the repertoire, or any for real-time text; the line holds it until it may leave,
    behind what it has already. `interrupt`: whoever's turn it is."""

    reply: int
    text: str
    interrupt: bool


class InterruptCaller(Asked, frozen=True, gc=False):
    """What the line holds goes out now."""


class AnswerLine(Asked, frozen=True, gc=False):
    """A person at this PSAP has the call."""

    psap: PsapName


class PassVoice(Asked, frozen=True, gc=False):
    """Ring the telephone of this PSAP and pass voices between it and the caller. `number` is new
    for each ringing; with one that is known `mode` changes. `mode`: "vco" (the caller speaks),
    "hco" (the caller hears), "" (end it, and `psap` is "")."""

    number: int
    psap: PsapName
    mode: str


class HangUpLine(Asked, frozen=True, gc=False):
    reason: str


class Forget(Asked, frozen=True, gc=False):
    """The dialogue is over and owes nothing: drop it from memory. The journal keeps it."""


Question = Route | Join
Command = (
    Locate
    | Show
    | OfferTo
    | Withdraw
    | EndLeg
    | ShowCard
    | ShowOwner
    | ShowDelivery
    | Decline
    | WarnQuiet
    | BlockCaller
    | TellCaller
    | GiveReceipt
    | ShowTyped
    | ShowSending
    | ShowTurn
    | TypeToCaller
    | InterruptCaller
    | AnswerLine
    | PassVoice
    | HangUpLine
    | Arm
    | Disarm
    | Forget
)
