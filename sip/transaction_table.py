"""The four transactions of SIP (RFC 3261, 17, as corrected by RFC 6026) as tables.

A row is what happens, a column the state it happens in. A cell is the state that follows, `=` for
the same, and after each `+` what is done. `.` is a hole: what happens there is passed over, because
it is late or sent twice. Holds no message and no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from .settings import Timing


class Kind(StrEnum):
    INVITE_CLIENT = auto()
    OTHER_CLIENT = auto()
    INVITE_SERVER = auto()
    OTHER_SERVER = auto()


class State(StrEnum):
    CALLING = auto()  # INVITE client: nothing has come back
    TRYING = auto()  # the others but INVITE: nothing has come back, or gone
    PROCEEDING = auto()
    COMPLETED = auto()  # a final answer; repetitions are absorbed
    CONFIRMED = auto()  # INVITE server: the ACK for a refusal came
    ACCEPTED = auto()  # INVITE: a 2xx; the user agent core has what it needs (RFC 6026, 7)
    TERMINATED = auto()


class Input(StrEnum):
    GOT_1XX = auto()
    GOT_2XX = auto()
    GOT_FINAL = auto()  # 300 to 699
    GOT_REQUEST = auto()  # the same once more
    GOT_ACK = auto()
    SENT_1XX = auto()
    SENT_2XX = auto()
    SENT_FINAL = auto()  # 300 to 699
    UNSENDABLE = auto()  # the transport says so
    GIVEN_UP = auto()  # the user does not wait any longer (9.1: CANCEL was not honoured)
    TIMER_A = auto()  # the request again
    TIMER_B = auto()  # nobody answers
    TIMER_D = auto()  # no repetition of the answer comes any more
    TIMER_E = auto()
    TIMER_F = auto()
    TIMER_G = auto()  # the refusal again
    TIMER_H = auto()  # no ACK comes any more
    TIMER_I = auto()
    TIMER_J = auto()
    TIMER_K = auto()
    TIMER_L = auto()
    TIMER_M = auto()


class Do(StrEnum):
    SEND = auto()  # what was sent last, again
    ACK = auto()  # the ACK of a refusal
    TELL = auto()  # the user hears of the message
    TIMEOUT = auto()  # the user hears that nobody answered
    LOST = auto()  # the user hears that it could not be sent
    OVER = auto()  # the user hears that no other 2xx can come


@dataclass(frozen=True, slots=True)
class Cell:
    after: State
    do: tuple[Do, ...] = ()


INVITE_CLIENT_TABLE = """
            calling             proceeding          completed        accepted
GOT_1XX     proceeding+tell     =+tell              .                .
GOT_2XX     accepted+tell       accepted+tell       .                =+tell
GOT_FINAL   completed+ack+tell  completed+ack+tell  =+ack            .
TIMER_A     =+send              .                   .                .
TIMER_B     terminated+timeout  .                   .                .
TIMER_D     .                   .                   terminated       .
TIMER_M     .                   .                   .                terminated+over
GIVEN_UP    terminated+timeout  terminated+timeout  .                .
UNSENDABLE  terminated+lost     terminated+lost     terminated       terminated+over
"""

OTHER_CLIENT_TABLE = """
            trying              proceeding          completed
GOT_1XX     proceeding+tell     =+tell              .
GOT_2XX     completed+tell      completed+tell      .
GOT_FINAL   completed+tell      completed+tell      .
TIMER_E     =+send              =+send              .
TIMER_F     terminated+timeout  terminated+timeout  .
TIMER_K     .                   .                   terminated
UNSENDABLE  terminated+lost     terminated+lost     terminated
"""

# An answer that could not be sent is no end: the request comes again, perhaps another way.
INVITE_SERVER_TABLE = """
            proceeding          completed           confirmed        accepted
GOT_REQUEST =+send              =+send              .                .
GOT_ACK     .                   confirmed           .                =+tell
SENT_1XX    =+send              .                   .                .
SENT_2XX    accepted+send       .                   .                =+send
SENT_FINAL  completed+send      .                   .                .
TIMER_G     .                   =+send              .                .
TIMER_H     .                   terminated          .                .
TIMER_I     .                   .                   terminated       .
TIMER_L     .                   .                   .                terminated
"""

OTHER_SERVER_TABLE = """
            trying              proceeding          completed
GOT_REQUEST .                   =+send              =+send
SENT_1XX    proceeding+send     =+send              .
SENT_2XX    completed+send      completed+send      .
SENT_FINAL  completed+send      completed+send      .
TIMER_J     .                   .                   terminated
"""

Next = dict[tuple[State, Input], Cell]


def read(table: str) -> Next:
    """A table as what follows from (state, what happens). Raises ValueError for a word that is no
    state, KeyError for one that is no input, ValueError for a row of another length."""
    columns, *rows = (line.split() for line in table.strip().splitlines())
    found: Next = {}
    for happened, *cells in rows:
        for column, cell in zip(columns, cells, strict=True):
            if cell == ".":
                continue
            after, *does = cell.split("+")
            state = State(column)
            follows = state if after == "=" else State(after)
            found[state, Input[happened]] = Cell(follows, tuple(Do(one) for one in does))
    return found


NEXT = {
    Kind.INVITE_CLIENT: read(INVITE_CLIENT_TABLE),
    Kind.OTHER_CLIENT: read(OTHER_CLIENT_TABLE),
    Kind.INVITE_SERVER: read(INVITE_SERVER_TABLE),
    Kind.OTHER_SERVER: read(OTHER_SERVER_TABLE),
}
BIRTH = {
    Kind.INVITE_CLIENT: State.CALLING,
    Kind.OTHER_CLIENT: State.TRYING,
    Kind.INVITE_SERVER: State.PROCEEDING,
    Kind.OTHER_SERVER: State.TRYING,
}
# What runs in a state, from the moment it is entered; it stops when the state is left.
RUNNING: dict[tuple[Kind, State], tuple[Input, ...]] = {
    (Kind.INVITE_CLIENT, State.CALLING): (Input.TIMER_A, Input.TIMER_B),
    (Kind.INVITE_CLIENT, State.COMPLETED): (Input.TIMER_D,),
    (Kind.INVITE_CLIENT, State.ACCEPTED): (Input.TIMER_M,),
    (Kind.OTHER_CLIENT, State.TRYING): (Input.TIMER_E, Input.TIMER_F),
    (Kind.OTHER_CLIENT, State.PROCEEDING): (Input.TIMER_E, Input.TIMER_F),
    (Kind.OTHER_CLIENT, State.COMPLETED): (Input.TIMER_K,),
    (Kind.INVITE_SERVER, State.COMPLETED): (Input.TIMER_G, Input.TIMER_H),
    (Kind.INVITE_SERVER, State.CONFIRMED): (Input.TIMER_I,),
    (Kind.INVITE_SERVER, State.ACCEPTED): (Input.TIMER_L,),
    (Kind.OTHER_SERVER, State.COMPLETED): (Input.TIMER_J,),
}
# Not begun anew by a state that it ran in before: both count from the request (17.1.2.2).
CARRIED = (Input.TIMER_E, Input.TIMER_F)
REPEATING = (Input.TIMER_A, Input.TIMER_E, Input.TIMER_G)  # of datagrams alone
BRIEF = (Input.TIMER_D, Input.TIMER_I, Input.TIMER_J, Input.TIMER_K)  # no time at all on a stream


def lasts(timer: Input, timing: Timing, reliable: bool) -> float | None:
    """Seconds of a timer that begins (RFC 3261, table 4); None: it does not run on a stream."""
    if reliable and timer in REPEATING:
        return None
    if reliable and timer in BRIEF:
        return 0.0
    match timer:
        case Input.TIMER_A | Input.TIMER_E | Input.TIMER_G:
            return timing.t1
        case Input.TIMER_D:
            return max(32.0, timing.patience)
        case Input.TIMER_I | Input.TIMER_K:
            return timing.t4
        case _:
            return timing.patience


def again(timer: Input, state: State, last: float, timing: Timing) -> float:
    """Seconds until a repeating timer fires once more: A doubles for ever, E and G up to T2, and
    E waits for T2 at once where a provisional answer came (17.1.2.2)."""
    if timer is Input.TIMER_A:
        return 2 * last
    if state is State.PROCEEDING:
        return timing.t2
    return min(2 * last, timing.t2)
