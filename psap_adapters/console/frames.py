"""The frames of the console protocol as values, and the strict reading of what a browser sends.

`docs/console-protocol.md` explains them to third parties. A server message is a JSON array of
server frames; a client message is one client frame. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, assert_never

import msgspec
from msgspec import Struct

from ..port import Card, Delivery, Item

VERSION = 1  # of the protocol; raised when an old client could misunderstand a new server

# Close codes of the WebSocket: 4000-4999 are ours to give (RFC 6455 section 7.4.2).
BAD_FRAME = 4400  # not understood or against the protocol; the reason says which field
NO_SESSION = 4401  # not logged in any more
TOO_SLOW = 4408  # did not read, or did not say hello in time
TOO_MANY = 4429  # more frames per second than allowed
TOO_LONG = 1009  # RFC 6455: message too big
GOING_AWAY = 1001  # the gateway stops; come again

NAME_MAX = 200  # characters of a leg, a key or a user name; all of them are far shorter
RESUME_MAX = 2000  # legs that one hello or one shown may name


class FrameError(Exception):
    """What a client sent is refused: close its link with `code` and `reason`, nobody else's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


# --- from the client ---------------------------------------------------------------------------


class FromClient(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, gc=False):
    """What every client frame is: a tagged value without room for surprises."""


class Hello(FromClient, frozen=True, tag="hello", gc=False):
    """First frame of every link. `resume`: leg -> highest sequence this client holds."""

    version: int
    resume: dict[str, int] = {}


class Seen(FromClient, frozen=True, tag="shown", gc=False):
    """Everything up to these sequences is on the screen: leg -> sequence."""

    up_to: dict[str, int]


class Answer(FromClient, frozen=True, tag="answer", gc=False):
    leg: str
    takeover: bool = False


class Write(FromClient, frozen=True, tag="write", gc=False):
    """`key` is chosen by the client, unique within the dialogue, and the same when sent again."""

    leg: str
    key: str
    text: str


class End(FromClient, frozen=True, tag="end", gc=False):
    leg: str
    key: str
    text: str = ""


class MeasureThis(FromClient, frozen=True, tag="measure", gc=False):
    """What would `text` be on the wire? `id` comes back in the answer."""

    id: int
    leg: str
    text: str


class Ping(FromClient, frozen=True, tag="ping", gc=False):
    """`sent` is the client's own clock and comes back unchanged."""

    sent: float


class HandOver(FromClient, frozen=True, tag="hand_over", gc=False):
    """Ask the colleague `to` to take all of my open dialogues. Empty: no longer asked."""

    to: str


class AcceptHandOver(FromClient, frozen=True, tag="accept_hand_over", gc=False):
    from_user: str
    accepted: bool


class LogOut(FromClient, frozen=True, tag="log_out", gc=False):
    pass


ClientFrame = (
    Hello | Seen | Answer | Write | End | MeasureThis | Ping | HandOver | AcceptHandOver | LogOut
)

_decoder = msgspec.json.Decoder(ClientFrame)


def decode(message: str | bytes, text_max: int) -> ClientFrame:
    """One client frame; raises `FrameError` for everything that is not exactly one."""
    try:
        frame: ClientFrame = _decoder.decode(message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as cause:
        raise FrameError(BAD_FRAME, f"not a frame of this protocol: {cause}") from cause
    match frame:
        case Hello(_, resume):
            names: Sequence[str] = tuple(resume)
        case Seen(up_to):
            names = tuple(up_to)
        case Answer(leg) | MeasureThis(_, leg):
            names = (leg,)
        case Write(leg, key) | End(leg, key):
            names = (leg, key)
            if not key:
                raise FrameError(BAD_FRAME, "key is empty")
        case HandOver(name) | AcceptHandOver(name):
            names = (name,)
        case Ping() | LogOut():
            names = ()
        case _:
            assert_never(frame)
    if len(names) > RESUME_MAX or any(len(name) > NAME_MAX for name in names):
        raise FrameError(BAD_FRAME, f"more than {RESUME_MAX} names or one over {NAME_MAX} letters")
    match frame:
        case Write() | End() | MeasureThis() if len(frame.text) > text_max:
            raise FrameError(BAD_FRAME, f"text is longer than {text_max} characters")
        case _:
            return frame


# --- to the client -----------------------------------------------------------------------------


class Line(Struct, frozen=True, gc=False):
    """One line of a transcript: `port.Item` with its present delivery state and its words."""

    sequence: int
    at: float
    kind: Literal["caller", "psap", "automatic", "event"]
    text: str
    by: str = ""
    key: str = ""
    notes: tuple[str, ...] = ()
    suspected_repeat: bool = False
    delivery: Delivery | None = None
    delivery_note: str = ""


def line(item: Item) -> Line:
    return Line(
        item.sequence,
        item.at,
        item.kind,
        item.text,
        item.by,
        item.key,
        item.notes,
        item.suspected_repeat,
        item.delivery,
    )


class Canned(Struct, frozen=True, gc=False):
    word: str
    text: str


class Person(Struct, frozen=True, gc=False):
    name: str
    role: Literal["telecommunicator", "supervisor"]
    position: str


class ToClient(Struct, frozen=True, tag_field="type", gc=False):
    """What every server frame is. New fields and new frames may come without a new version."""


class Welcome(ToClient, frozen=True, tag="welcome", gc=False):
    """Answer to `hello`: who you are and what holds here. All open legs follow at once."""

    version: int
    psap: str
    name: str
    user: str
    role: Literal["telecommunicator", "supervisor"]
    position: str
    now: float
    text_max: int
    frame_max: int
    dialogues_at_once: int
    stalled_after: float


class Words(ToClient, frozen=True, tag="words", gc=False):
    """What configuration says; sent after `welcome` and whenever it was changed."""

    canned: tuple[Canned, ...]
    closing_text: str
    suspended: str


class People(ToClient, frozen=True, tag="people", gc=False):
    """Everybody who is logged in and connected at this PSAP."""

    people: tuple[Person, ...]


class LegState(ToClient, frozen=True, tag="leg", gc=False):
    """A dialogue as this client may know it. `lines` are those after the sequence `after`, which
    the client already holds; `deliveries` are the present states of the lines it holds."""

    leg: str
    dialogue: str
    state: Literal["ringing", "answered"]
    owner: str
    answered_at: float
    ring_until: float
    closes_at: float
    stalled: bool
    readable: bool
    card: Card
    after: int
    lines: tuple[Line, ...]
    deliveries: tuple[tuple[int, Delivery, str], ...]


class NewLine(ToClient, frozen=True, tag="line", gc=False):
    leg: str
    line: Line


class NewDelivery(ToClient, frozen=True, tag="delivery", gc=False):
    leg: str
    sequence: int
    delivery: Delivery
    note: str


class NewCard(ToClient, frozen=True, tag="card", gc=False):
    leg: str
    card: Card


class NewOwner(ToClient, frozen=True, tag="owner", gc=False):
    """The gateway recorded whose dialogue this is. Said to winner, losers and onlookers alike."""

    leg: str
    owner: str
    at: float


class NotTakenHere(ToClient, frozen=True, tag="not_taken", gc=False):
    """The `write` or `end` with this key is not recorded. `reason` is a sentence."""

    leg: str
    key: str
    reason: str


class Quiet(ToClient, frozen=True, tag="quiet", gc=False):
    """Nobody has written for a while: the dialogue closes by itself then. 0: not any more."""

    leg: str
    closes_at: float


class Stalled(ToClient, frozen=True, tag="stalled", gc=False):
    """The owner's link has been gone too long (or is back): colleagues may take over."""

    leg: str
    stalled: bool


class Closed(ToClient, frozen=True, tag="closed", gc=False):
    """No longer this PSAP's. Nothing more comes, unless a `leg` frame says otherwise."""

    leg: str
    reason: str


class Measured(ToClient, frozen=True, tag="measured", gc=False):
    """`room`: characters of the alphabet in one part, 0 when there are more parts than one."""

    id: int
    leg: str
    alphabet: str
    parts: int
    left: int
    room: int
    as_sent: str
    seconds: float


class Pong(ToClient, frozen=True, tag="pong", gc=False):
    sent: float
    now: float  # UTC seconds at the gateway


class HandOverAsked(ToClient, frozen=True, tag="hand_over_asked", gc=False):
    """A colleague wants to log out and asks you to take these dialogues. No legs: not any more."""

    from_user: str
    legs: tuple[str, ...]


class HandOverAnswered(ToClient, frozen=True, tag="hand_over_answered", gc=False):
    by: str
    accepted: bool


class NotPossible(ToClient, frozen=True, tag="not_possible", gc=False):
    """What was asked (`what`: type of the client's frame) is not done. `reason` is a sentence."""

    what: str
    leg: str
    reason: str


class LoggedOut(ToClient, frozen=True, tag="logged_out", gc=False):
    """The session is over; the link closes."""


ServerFrame = (
    Welcome
    | Words
    | People
    | LegState
    | NewLine
    | NewDelivery
    | NewCard
    | NewOwner
    | NotTakenHere
    | Quiet
    | Stalled
    | Closed
    | Measured
    | Pong
    | HandOverAsked
    | HandOverAnswered
    | NotPossible
    | LoggedOut
)

encode = msgspec.json.Encoder().encode
