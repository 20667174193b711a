"""Facts: what happened, in the order it was written down. The journal holds nothing else.

Encoding is versioned by construction: every fact is tagged with its name, every field added later
has a default, and no field is ever renamed or given another meaning (`tests/gateway/core/
test_encoding.py` keeps one recorded sample of every fact for ever).
"""

from __future__ import annotations

from msgspec import Struct

from .line_facts import CallerSpoke as CallerSpoke
from .line_facts import CallerTyped as CallerTyped
from .line_facts import CharactersLeft as CharactersLeft
from .line_facts import LineEnded as LineEnded
from .line_facts import LineFact as LineFact
from .line_facts import LineLost as LineLost
from .line_facts import LineSaid as LineSaid
from .line_facts import TtyDetected as TtyDetected
from .line_facts import TurnPassed as TurnPassed
from .line_facts import VoiceEnded as VoiceEnded
from .line_facts import VoiceFailed as VoiceFailed
from .line_facts import VoiceOpened as VoiceOpened
from .policy import Policy
from .recorded import Recorded
from .values import (
    Block,
    CallerKey,
    DialogueId,
    Location,
    Mark,
    MessageId,
    Previous,
    PsapName,
    Segment,
)

# --- the caller's side -------------------------------------------------------------------------


class Opened(Recorded, frozen=True, gc=False):
    """The first fact of every dialogue. `policy` is the hash of the `PolicyInForce` it lives under.

    `reference` seeds user_message_reference and concatenation numbers of the replies.
    `tlvs` are the optional parameters of the first PDU, for the location sources. `blocked`: the
    PSAPs that did not take this caller when it began. Of a call: `ani` is the number it came from,
    E.164 or "" (withheld); `pidf` the location object that came with it, as it came; `voice`:
    whether its line can pass voices on to a PSAP's telephone.
    """

    key: CallerKey
    policy: str
    reference: int
    tlvs: tuple[tuple[int, bytes], ...] = ()
    previous: Previous | None = None
    blocked: tuple[Block, ...] = ()
    ani: str = ""
    pidf: bytes = b""
    voice: bool = False


class CallerWrote(Recorded, frozen=True, gc=False):
    """One whole text. `receipt`: the carrier asked for a delivery receipt (registered_delivery)."""

    message: MessageId
    text: str
    mark: Mark
    receipt: bool = False
    remarks: tuple[str, ...] = ()  # what the decoder had to do, in words
    media_removed: bool = False  # it carried something that is not text


class CallerSentPart(Recorded, frozen=True, gc=False):
    """One part of a concatenated text, kept as octets until its siblings are there (DESIGN 9.6).

    `join` is the key the parts share, `number` counts from 1, `alphabet` names the decoding, `text`
    is the part read on its own (a character cut in two reads as U+FFFD there).
    """

    message: MessageId
    join: str
    number: int
    total: int
    octets: bytes
    alphabet: str
    text: str
    mark: Mark
    receipt: bool = False
    remarks: tuple[str, ...] = ()  # about the message that brought it, not about its decoding
    late: bool = False  # the text had been shown without it; it is a line of its own


class PartsJoined(Recorded, frozen=True, gc=False):
    """The parts of `join` as one text. `missing` lists the parts that had not come in time."""

    join: str
    text: str
    missing: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()


class CallerRepeated(Recorded, frozen=True, gc=False):
    """A retransmission of `message`, recognised by `rule`. Not shown.

    `mark`, with rule "n" only: the PDU that was taken for the retry of a text we had said no to.
    The text is known by it from now on, so that the retry itself, if this was another text with
    the same words, is not taken for a repeat as well."""

    message: MessageId
    rule: str
    mark: Mark | None = None


class RepeatSuspected(Recorded, frozen=True, gc=False):
    """Perhaps a retransmission of `message` (rule d of DESIGN 9.1). Shown, but collapsed."""

    message: MessageId
    text: str


# --- where it goes -----------------------------------------------------------------------------


class LocationFound(Recorded, frozen=True, gc=False):
    location: Location


class LocationFailed(Recorded, frozen=True, gc=False):
    reason: str


class CallerMoved(Recorded, frozen=True, gc=False):
    """The network of a caller who rang has said within the call where the caller is: `pidf` as it
    came, `location` as it was read. None: it could not be, for this `reason`."""

    pidf: bytes
    location: Location | None = None
    reason: str = ""


class RouteChosen(Recorded, frozen=True, gc=False):
    """Where the dialogue goes, and why. `psaps` is the chain in the order of trying; empty means
    that this caller is to be told that text-to-911 is not available (the reason says why)."""

    psaps: tuple[PsapName, ...]
    reason: str
    town: str = ""


# --- the PSAP's side ---------------------------------------------------------------------------


class PsapShown(Recorded, frozen=True, gc=False):
    psap: PsapName
    offer: int
    up_to: int  # sequence of the last item the client acknowledged


class PsapReached(Recorded, frozen=True, gc=False):
    """It rings there, or somebody has picked up, and no words were shown yet. For `seconds` from
    now that PSAP is not given up on. `note`: what happened, in words."""

    psap: PsapName
    offer: int
    seconds: float = 0.0
    note: str = ""


class PsapAnswered(Recorded, frozen=True, gc=False):
    psap: PsapName
    offer: int
    by: str
    takeover: bool = False


class PsapRefused(Recorded, frozen=True, gc=False):
    psap: PsapName
    offer: int
    reason: str


class PsapWrote(Recorded, frozen=True, gc=False):
    """`segments`: the reply as it goes on the wire, cut when it was heard, so that a later change
    of the codec does not change the past. For a caller on a line `spelled` instead: what is typed,
    and how many `seconds` it takes; `interrupt`: whoever's turn it is."""

    psap: PsapName
    offer: int
    key: str
    text: str
    by: str
    segments: tuple[Segment, ...]
    spelled: str = ""
    seconds: float = 0.0
    interrupt: bool = False


class PsapEnded(Recorded, frozen=True, gc=False):
    psap: PsapName
    offer: int
    key: str
    by: str
    text: str = ""
    segments: tuple[Segment, ...] = ()
    spelled: str = ""  # this and the next as in `PsapWrote`
    seconds: float = 0.0


class PsapInterrupted(Recorded, frozen=True, gc=False):
    """The key of the console: what is held for the caller goes out now."""

    psap: PsapName
    offer: int
    by: str


class PsapAskedVoice(Recorded, frozen=True, gc=False):
    """The key of the console: the telephone of this PSAP is to be joined to the caller's line.
    `mode`: "vco" (the caller speaks), "hco" (the caller hears), "" (no more)."""

    psap: PsapName
    offer: int
    by: str
    mode: str


class PsapBlocked(Recorded, frozen=True, gc=False):
    """A supervisor ended the dialogue and will not have its caller again until `until` (UTC s).
    `text`: closing words, as in `PsapEnded`, for a caller whom somebody had answered."""

    psap: PsapName
    offer: int
    key: str
    by: str
    until: float
    reason: str
    text: str = ""
    segments: tuple[Segment, ...] = ()
    spelled: str = ""  # this and the next as in `PsapWrote`
    seconds: float = 0.0


# --- the carrier's side of a reply -------------------------------------------------------------


class CarrierTook(Recorded, frozen=True, gc=False):
    """A positive response. `carrier_id` is the message_id it bore, or ""."""

    reply: int
    part: int
    carrier_id: str = ""


class CarrierRefused(Recorded, frozen=True, gc=False):
    reply: int
    part: int
    status: int  # SMPP command_status
    permanent: bool


class CarrierSilent(Recorded, frozen=True, gc=False):
    """No response within the response timer; the link still stands (DESIGN 9.2)."""

    reply: int
    part: int


class CarrierLost(Recorded, frozen=True, gc=False):
    """The link that carried the part went down before the response."""

    reply: int
    part: int
    reason: str


class SentAgain(Recorded, frozen=True, gc=False):
    """A part that is sent a second time has been written to a live link. Without this fact it may
    be handed to the next link as if it had never left; with it, it is not sent a third time."""

    reply: int
    part: int


class HandsetReported(Recorded, frozen=True, gc=False):
    """An SME acknowledgement or a receipt, matched by `umr` (-1: none) or `carrier_id`."""

    delivered: bool
    umr: int = -1
    carrier_id: str = ""
    state: str = ""  # the receipt's own word


class ReceiptTaken(Recorded, frozen=True, gc=False):
    """The carrier has our receipt for `message`, or (`taken` false) will never have it."""

    message: MessageId
    taken: bool = True


# --- everything else ---------------------------------------------------------------------------


class TimeRanOut(Recorded, frozen=True, gc=False):
    timer: str
    generation: int


class PolicyInForce(Recorded, frozen=True, gc=False):
    """In the gateway's own stream: the policy whose hash the dialogues refer to (DESIGN 9.8)."""

    hash: str
    policy: Policy


class PsapUnblocked(Recorded, frozen=True, gc=False):
    """In the gateway's own stream, because the dialogue may be forgotten by now: the block that was
    decided in `dialogue` was lifted before its time."""

    psap: PsapName
    dialogue: DialogueId
    by: str


class GatewayStarted(Recorded, frozen=True, gc=False):
    """In the gateway's own stream."""

    version: str


CarrierFact = (
    CarrierTook
    | CarrierRefused
    | CarrierSilent
    | CarrierLost
    | SentAgain
    | HandsetReported
    | ReceiptTaken
)
Fact = (
    Opened
    | CallerWrote
    | CallerSentPart
    | PartsJoined
    | CallerRepeated
    | RepeatSuspected
    | LocationFound
    | LocationFailed
    | CallerMoved
    | RouteChosen
    | PsapShown
    | PsapReached
    | PsapAnswered
    | PsapRefused
    | PsapWrote
    | PsapEnded
    | PsapBlocked
    | PsapInterrupted
    | PsapAskedVoice
    | CarrierFact
    | LineFact
    | TimeRanOut
)
OwnFact = PolicyInForce | PsapUnblocked | GatewayStarted
AnyFact = Fact | OwnFact

GATEWAY = DialogueId("gateway")  # the stream of the gateway's own facts


class Entry(Struct, frozen=True, gc=False):
    """One line of the journal. `number` is dense within its dialogue, from 0; `at` (UTC seconds,
    never decreasing) is the only clock the core ever sees."""

    dialogue: DialogueId
    number: int
    at: float
    fact: AnyFact
