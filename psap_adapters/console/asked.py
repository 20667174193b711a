"""What a browser may say, as values, and the strict reading of it.

A client message is one frame; whatever is not exactly one is refused with a reason. See `frames`
for what it is told, and `docs/console-protocol.md` for both.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, assert_never

import msgspec
from msgspec import Struct

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
    """Everything up to these sequences is on the screen: leg -> sequence. A folded line is there
    when its fold with the count is. `groups`: group -> version of its card on the screen."""

    up_to: dict[str, int]
    groups: dict[str, int] = {}


class Answer(FromClient, frozen=True, tag="answer", gc=False):
    leg: str
    takeover: bool = False


class Write(FromClient, frozen=True, tag="write", gc=False):
    """`key` is chosen by the client, unique within the dialogue, and the same when sent again.
    `interrupt`: type it now, whoever's turn it is."""

    leg: str
    key: str
    text: str
    interrupt: bool = False


class Interrupt(FromClient, frozen=True, tag="interrupt", gc=False):
    """Type what waits for the caller's turn to end, now."""

    leg: str


class Voice(FromClient, frozen=True, tag="voice", gc=False):
    """Join our telephone to the caller's line: "vco" (the caller speaks) or "hco" (the caller
    hears); "" lets it go."""

    leg: str
    mode: Literal["vco", "hco", ""]


class End(FromClient, frozen=True, tag="end", gc=False):
    leg: str
    key: str
    text: str = ""


class Block(FromClient, frozen=True, tag="block", gc=False):
    """A supervisor ends the dialogue and does not want its caller again for so many minutes.
    `text`: closing words, for a caller who was answered."""

    leg: str
    key: str
    minutes: int
    reason: str
    text: str = ""


class Unblock(FromClient, frozen=True, tag="unblock", gc=False):
    """`block` is the id of one of those in `blocks`."""

    block: str


class Lines(FromClient, frozen=True, tag="lines", gc=False):
    """The `count` lines of the leg with the highest sequences below `before`, folded or not."""

    leg: str
    before: int
    count: int


class Members(FromClient, frozen=True, tag="members", gc=False):
    """Those who ring in a group, in the order they came: `count` of them after the first `skip`."""

    group: str
    skip: int
    count: int


class ChartOf(FromClient, frozen=True, tag="chart", gc=False):
    """The map around the place of this leg's caller, please."""

    leg: str


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
    Hello
    | Seen
    | Answer
    | Write
    | Interrupt
    | Voice
    | End
    | Block
    | Unblock
    | Lines
    | Members
    | ChartOf
    | MeasureThis
    | Ping
    | HandOver
    | AcceptHandOver
    | LogOut
)

_decoder = msgspec.json.Decoder(ClientFrame)


def decode(message: str | bytes, text_max: int) -> ClientFrame:
    """One client frame; raises `FrameError` for everything that is not exactly one."""
    try:
        frame: ClientFrame = _decoder.decode(message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as cause:
        raise FrameError(BAD_FRAME, f"not a frame of this protocol: {cause}") from cause
    if isinstance(frame, Seen):  # nearly all of them
        _check(frame.up_to)
        if frame.groups:
            _check(frame.groups)
        return frame
    match frame:
        case Hello(_, resume):
            names: Collection[str] = resume
        case Answer(leg) | MeasureThis(_, leg) | Lines(leg) | ChartOf(leg):
            names = (leg,)
        case Interrupt(leg) | Voice(leg):
            names = (leg,)
        case Write(leg, key) | End(leg, key):
            names = (leg, key)
            if not key:
                raise FrameError(BAD_FRAME, "key is empty")
        case Block(leg, key, reason=reason):
            names = (leg, key, reason)
            if not key:
                raise FrameError(BAD_FRAME, "key is empty")
        case HandOver(name) | AcceptHandOver(name) | Unblock(name) | Members(name):
            names = (name,)
        case Ping() | LogOut():
            names = ()
        case _:
            assert_never(frame)
    _check(names)
    match frame:
        case Write() | End() | Block() | MeasureThis() if len(frame.text) > text_max:
            raise FrameError(BAD_FRAME, f"text is longer than {text_max} characters")
        case _:
            return frame


def _check(names: Collection[str]) -> None:
    if len(names) > RESUME_MAX or len(max(names, key=len, default="")) > NAME_MAX:
        raise FrameError(BAD_FRAME, f"more than {RESUME_MAX} names or one over {NAME_MAX} letters")
