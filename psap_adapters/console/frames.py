"""The frames of the console protocol as values: what a browser says (`asked`) and is told.

`docs/console-protocol.md` explains them to third parties. A server message is a JSON array of
server frames; a client message is one client frame. Nothing here decides anything.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from .. import port
from ..port import Card, Delivery
from .asked import (
    BAD_FRAME as BAD_FRAME,
)
from .asked import (
    GOING_AWAY as GOING_AWAY,
)
from .asked import (
    NAME_MAX as NAME_MAX,
)
from .asked import (
    NO_SESSION as NO_SESSION,
)
from .asked import (
    RESUME_MAX as RESUME_MAX,
)
from .asked import (
    TOO_LONG as TOO_LONG,
)
from .asked import (
    TOO_MANY as TOO_MANY,
)
from .asked import (
    TOO_SLOW as TOO_SLOW,
)
from .asked import (
    VERSION as VERSION,
)
from .asked import (
    AcceptHandOver as AcceptHandOver,
)
from .asked import (
    Answer as Answer,
)
from .asked import (
    Block as Block,
)
from .asked import (
    ChartOf as ChartOf,
)
from .asked import (
    ClientFrame as ClientFrame,
)
from .asked import (
    End as End,
)
from .asked import (
    FrameError as FrameError,
)
from .asked import (
    FromClient as FromClient,
)
from .asked import (
    HandOver as HandOver,
)
from .asked import (
    Hello as Hello,
)
from .asked import (
    Interrupt as Interrupt,
)
from .asked import (
    Lines as Lines,
)
from .asked import (
    LogOut as LogOut,
)
from .asked import (
    MeasureThis as MeasureThis,
)
from .asked import (
    Members as Members,
)
from .asked import (
    Ping as Ping,
)
from .asked import (
    Seen as Seen,
)
from .asked import (
    Unblock as Unblock,
)
from .asked import (
    Voice as Voice,
)
from .asked import (
    Write as Write,
)
from .asked import (
    decode as decode,
)
from .live import Line as Line
from .live import NewSending, NewTurn, NewTyped
from .live import ToClient as ToClient
from .live import line as line

# --- to the client -----------------------------------------------------------------------------


class Canned(Struct, frozen=True, gc=False):
    word: str
    text: str


class Person(Struct, frozen=True, gc=False):
    name: str
    role: Literal["telecommunicator", "supervisor"]
    position: str


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
    block_minutes_max: int


class Words(ToClient, frozen=True, tag="words", gc=False):
    """What configuration says; sent after `welcome` and whenever it was changed."""

    canned: tuple[Canned, ...]
    closing_text: str
    suspended: str


class People(ToClient, frozen=True, tag="people", gc=False):
    """Everybody who is logged in and connected at this PSAP."""

    people: tuple[Person, ...]


class Fold(Struct, frozen=True, gc=False):
    """`count` lines of the caller with sequences above `after`, up to `last`, that were left out.
    `lines` brings them."""

    after: int
    last: int
    count: int


class LegState(ToClient, frozen=True, tag="leg", gc=False):
    """A dialogue as this client may know it. `lines` are those after the sequence `after`, which
    the client already holds; `deliveries` are the present states of the lines it holds. Of a call:
    `line` is its badge, `grown` are lines it holds as they read by now, `earlier` those of the call
    before, from the same number."""

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
    folds: tuple[Fold, ...] = ()
    group: str = ""
    line: port.LineState | None = None
    grown: tuple[Line, ...] = ()
    earlier: tuple[Line, ...] = ()


class NewLine(ToClient, frozen=True, tag="line", gc=False):
    leg: str
    line: Line


class Burst(ToClient, frozen=True, tag="burst", gc=False):
    """Many lines of a noisy caller at once. They follow line `after`; `folded` of them are left
    out, and come before `lines`."""

    leg: str
    after: int
    folded: int
    lines: tuple[Line, ...]


class Fetched(ToClient, frozen=True, tag="lines", gc=False):
    """Answer to `lines`: in order, all there are below `before`, at most as many as asked for."""

    leg: str
    before: int
    lines: tuple[Line, ...]


class NewDelivery(ToClient, frozen=True, tag="delivery", gc=False):
    leg: str
    sequence: int
    delivery: Delivery
    note: str


class NewCard(ToClient, frozen=True, tag="card", gc=False):
    leg: str
    card: Card


class NewChart(ToClient, frozen=True, tag="chart", gc=False):
    """Answer to `chart`. Null: there is no place, or no map around it."""

    leg: str
    chart: port.Chart | None


class Group(ToClient, frozen=True, tag="group", gc=False):
    """Callers who ring and are shown as one card: now so many, with so many texts. `oldest`: the
    leg of who waits longest. `joined`: legs that were sent as cards of their own and belong here
    from now on. Nobody in it: the group is gone."""

    group: str
    kind: Literal["similar", "rest"]
    version: int
    words: str
    callers: int
    texts: int
    oldest: str
    oldest_at: float
    newest_at: float
    joined: tuple[str, ...]


class Page(ToClient, frozen=True, tag="members", gc=False):
    """Answer to `members`, after the `leg` frames of these. `left`: how many come after them."""

    group: str
    skip: int
    legs: tuple[str, ...]
    left: int


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
    """`room`: characters of the alphabet in one part, 0 when there are more parts than one.
    `because`, `plain` and `plain_parts` are those of `port.Measure`."""

    id: int
    leg: str
    alphabet: str
    parts: int
    left: int
    room: int
    as_sent: str
    seconds: float
    because: tuple[str, ...] = ()
    plain: str = ""
    plain_parts: int = 0


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


class Blocks(ToClient, frozen=True, tag="blocks", gc=False):
    """Whom this PSAP has blocked; one whose `until` has passed is not blocked any more. To
    supervisors only, at `hello` and whenever it changes but by time."""

    blocks: tuple[port.Block, ...]


class LoggedOut(ToClient, frozen=True, tag="logged_out", gc=False):
    """The session is over; the link closes."""


ServerFrame = (
    Welcome
    | Words
    | People
    | LegState
    | NewLine
    | Burst
    | Fetched
    | NewChart
    | Group
    | Page
    | NewTyped
    | NewSending
    | NewTurn
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
    | Blocks
    | LoggedOut
)

encode = msgspec.json.Encoder().encode
