"""The states of a session (SMPP v3.4, 2.2; v5.0, 2.3) and what either end does in them: two tables.

A row is what happens, a column the state it happens in, a cell the state that follows. `=` stays,
`.` is a hole: for a request ESME_RINVBNDSTS in its own response (a second bind: ESME_RALYBND), for
a response that nobody asked for a count and no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, auto

from .status import Status


class State(IntEnum):
    OPEN = auto()  # connected, nobody known
    OUTBOUND = auto()  # the message centre has asked for a bind
    BINDING = auto()  # a bind was asked for and is not decided
    BOUND_TX = auto()  # the ESME transmits
    BOUND_RX = auto()  # the ESME receives
    BOUND_TRX = auto()
    UNBINDING = auto()  # we sent unbind
    LEAVING = auto()  # unbind was said or answered: what is unanswered is answered, then the end
    CLOSED = auto()


class Input(IntEnum):
    SENT_OUTBIND = auto()
    GOT_OUTBIND = auto()
    SENT_BIND = auto()
    GOT_BIND = auto()
    ACCEPTED_TX = auto()  # by us, or by the peer
    ACCEPTED_RX = auto()
    ACCEPTED_TRX = auto()
    REFUSED = auto()
    GOT_MESSAGE = auto()  # answered when it is safe
    GOT_MULTI = auto()  # submit_multi: a message for us, if we are among those it is for
    GOT_QUERY = auto()  # query_sm: the owner knows what became of the text
    GOT_UNSERVED = auto()  # an operation that exists and is not served: see REFUSALS
    GOT_NOTICE = auto()  # alert_notification: it has no response
    GOT_FOREIGN = auto()  # an operation that only our end may send
    GOT_ENQUIRE = auto()
    GOT_RESPONSE = auto()  # to a message of ours
    SENT_MESSAGE = auto()
    SENT_UNBIND = auto()
    GOT_UNBIND = auto()
    GOT_UNBIND_RESP = auto()
    DRAINED = auto()  # nothing is unanswered any more
    LOST = auto()


# The message centre: carriers bind to us. Its messages are deliver_sm and data_sm; it takes
# submit_sm, data_sm and submit_multi. The last texts before unbind_resp count.
MESSAGE_CENTRE_TABLE = """
                OPEN      OUTBOUND  BINDING    BOUND_TX   BOUND_RX   BOUND_TRX  UNBINDING  LEAVING
SENT_OUTBIND    OUTBOUND  .         .          .          .          .          .          .
GOT_BIND        BINDING   BINDING   .          .          .          .          .          .
ACCEPTED_TX     .         .         BOUND_TX   .          .          .          .          .
ACCEPTED_RX     .         .         BOUND_RX   .          .          .          .          .
ACCEPTED_TRX    .         .         BOUND_TRX  .          .          .          .          .
REFUSED         .         .         CLOSED     .          .          .          .          .
GOT_MESSAGE     .         .         .          =          .          =          =          .
GOT_MULTI       .         .         .          =          .          =          =          .
GOT_QUERY       .         .         .          =          .          =          .          .
GOT_UNSERVED    .         .         .          =          .          =          .          .
GOT_FOREIGN     .         .         .          .          .          .          .          .
GOT_ENQUIRE     =         =         .          =          =          =          =          =
GOT_RESPONSE    .         .         .          .          =          =          =          =
SENT_MESSAGE    .         .         .          .          =          =          .          .
SENT_UNBIND     .         .         .          UNBINDING  UNBINDING  UNBINDING  .          .
GOT_UNBIND      .         .         .          LEAVING    LEAVING    LEAVING    LEAVING    .
GOT_UNBIND_RESP .         .         .          .          .          .          LEAVING    =
DRAINED         .         .         .          .          .          .          .          CLOSED
LOST            CLOSED    CLOSED    CLOSED     CLOSED     CLOSED     CLOSED     CLOSED     CLOSED
"""

# The ESME: we bind to a carrier's message centre. Its message is submit_sm or data_sm; it takes
# deliver_sm and data_sm.
ESME_TABLE = """
                OPEN      OUTBOUND  BINDING    BOUND_TX   BOUND_RX   BOUND_TRX  UNBINDING  LEAVING
GOT_OUTBIND     OUTBOUND  .         .          .          .          .          .          .
SENT_BIND       BINDING   BINDING   .          .          .          .          .          .
ACCEPTED_TX     .         .         BOUND_TX   .          .          .          .          .
ACCEPTED_RX     .         .         BOUND_RX   .          .          .          .          .
ACCEPTED_TRX    .         .         BOUND_TRX  .          .          .          .          .
REFUSED         .         .         CLOSED     .          .          .          .          .
GOT_MESSAGE     .         .         .          .          =          =          =          .
GOT_NOTICE      .         .         .          .          =          =          =          .
GOT_FOREIGN     .         .         .          .          .          .          .          .
GOT_ENQUIRE     =         =         =          =          =          =          =          =
GOT_RESPONSE    .         .         .          =          .          =          =          =
SENT_MESSAGE    .         .         .          =          .          =          .          .
SENT_UNBIND     .         .         .          UNBINDING  UNBINDING  UNBINDING  .          .
GOT_UNBIND      .         .         .          LEAVING    LEAVING    LEAVING    LEAVING    .
GOT_UNBIND_RESP .         .         .          .          .          .          LEAVING    =
DRAINED         .         .         .          .          .          .          .          CLOSED
LOST            CLOSED    CLOSED    CLOSED     CLOSED     CLOSED     CLOSED     CLOSED     CLOSED
"""

Next = dict[tuple[State, Input], State]
Rows = dict[State, dict[Input, State]]


def read(table: str) -> Next:
    """A table as what follows from (state, what happens). Raises KeyError for a word that is no
    state, ValueError for a row that is too short or too long."""
    columns, *rows = (line.split() for line in table.strip().splitlines())
    states = [State[name] for name in columns]
    return {
        (state, Input[happened]): state if after == "=" else State[after]
        for happened, *cells in rows
        for state, after in zip(states, cells, strict=True)
        if after != "."
    }


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """One end of a session. `requests` names what each request of the peer means to it; one that
    is not there is unknown: generic_nack with ESME_RINVCMDID. `responses` answer its messages."""

    name: str
    next: Next
    requests: Mapping[int, Input]
    responses: frozenset[int]
    rows: Mapping[State, Mapping[Input, State]]  # `next` by state: one look-up of a small key


def by_state(table: Next) -> Rows:
    return {state: {i: to for (at, i), to in table.items() if at is state} for state in State}


I = Input  # noqa: E741 - so that the tables read as tables

_CENTRE, _ESME = read(MESSAGE_CENTRE_TABLE), read(ESME_TABLE)

# Every request an ESME may send, and what only a message centre may. What has no response
# (outbind, alert_notification) is no request that a message centre knows.
MESSAGE_CENTRE = Role(
    "message centre",
    _CENTRE,
    {
        0x00000001: I.GOT_BIND,
        0x00000002: I.GOT_BIND,
        0x00000009: I.GOT_BIND,
        0x00000003: I.GOT_QUERY,
        0x00000004: I.GOT_MESSAGE,  # submit_sm
        0x00000005: I.GOT_FOREIGN,  # deliver_sm
        0x00000006: I.GOT_UNBIND,
        0x00000007: I.GOT_UNSERVED,  # replace_sm
        0x00000008: I.GOT_UNSERVED,  # cancel_sm
        0x00000015: I.GOT_ENQUIRE,
        0x00000021: I.GOT_MULTI,
        0x00000103: I.GOT_MESSAGE,  # data_sm
        0x00000111: I.GOT_UNSERVED,  # broadcast_sm
        0x00000112: I.GOT_UNSERVED,  # query_broadcast_sm
        0x00000113: I.GOT_UNSERVED,  # cancel_broadcast_sm
    },
    frozenset({0x80000005, 0x80000103}),
    by_state(_CENTRE),
)

ESME = Role(
    "ESME",
    _ESME,
    {
        0x00000001: I.GOT_FOREIGN,
        0x00000002: I.GOT_FOREIGN,
        0x00000009: I.GOT_FOREIGN,
        0x00000003: I.GOT_FOREIGN,
        0x00000004: I.GOT_FOREIGN,
        0x00000005: I.GOT_MESSAGE,  # deliver_sm
        0x00000006: I.GOT_UNBIND,
        0x00000007: I.GOT_FOREIGN,
        0x00000008: I.GOT_FOREIGN,
        0x0000000B: I.GOT_OUTBIND,
        0x00000015: I.GOT_ENQUIRE,
        0x00000021: I.GOT_FOREIGN,
        0x00000102: I.GOT_NOTICE,
        0x00000103: I.GOT_MESSAGE,  # data_sm
        0x00000111: I.GOT_FOREIGN,
        0x00000112: I.GOT_FOREIGN,
        0x00000113: I.GOT_FOREIGN,
    },
    frozenset({0x80000004, 0x80000103}),
    by_state(_ESME),
)

# What the message centre does with what it does not serve: (to a peer of 3.3 or 3.4, of 5.0).
#
# A text that was taken was recorded and may be on a page already: it is never taken back and never
# becomes another, so cancel_sm and replace_sm fail, whatever they name. Nobody may broadcast from
# here. 5.0 has a code for that; before it the operation does not exist, and its code says so.
REFUSALS: dict[int, tuple[Status, Status]] = {
    0x00000008: (Status.RCANCELFAIL, Status.RCANCELFAIL),
    0x00000007: (Status.RREPLACEFAIL, Status.RREPLACEFAIL),
    0x00000111: (Status.RINVCMDID, Status.RPROHIBITED),
    0x00000112: (Status.RINVCMDID, Status.RPROHIBITED),
    0x00000113: (Status.RINVCMDID, Status.RPROHIBITED),
}

BOUND = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
UNBOUND = frozenset({State.OPEN, State.OUTBOUND, State.BINDING})

ACCEPTED: dict[int, Input] = {
    0x00000001: I.ACCEPTED_RX,
    0x00000002: I.ACCEPTED_TX,
    0x00000009: I.ACCEPTED_TRX,
}

# Requests that have no response: out of place, they are answered by generic_nack.
WITHOUT_RESPONSE = frozenset({0x0000000B, 0x00000102})


def response_to(command_id: int) -> int:
    """What an error is said in: the request's own response, if there is one."""
    return 0x80000000 | (0 if command_id in WITHOUT_RESPONSE else command_id)
