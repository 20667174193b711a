"""The states of a session seen from the message centre (SMPP v3.4, 2.2), as one table.

A hole in the table is ESME_RINVBNDSTS in the request's own response (a second bind:
ESME_RALYBND), or, for a response nobody asked for, a count and no answer.
"""

from __future__ import annotations

from enum import IntEnum, auto


class State(IntEnum):
    OPEN = auto()  # connected, nobody known
    BINDING = auto()  # a bind waits for our decision
    BOUND_TX = auto()
    BOUND_RX = auto()
    BOUND_TRX = auto()
    UNBINDING = auto()  # we sent unbind
    LEAVING = auto()  # unbind was said or answered: what is unanswered is answered, then the end
    CLOSED = auto()


class Input(IntEnum):
    GOT_BIND = auto()
    ACCEPTED_TX = auto()
    ACCEPTED_RX = auto()
    ACCEPTED_TRX = auto()
    REFUSED = auto()
    GOT_MESSAGE = auto()  # submit_sm, data_sm
    GOT_UNSERVED = auto()  # an operation that exists and is not served here
    GOT_FOREIGN = auto()  # an operation that only a message centre may send
    GOT_ENQUIRE = auto()
    GOT_RESPONSE = auto()  # to a message of ours
    SENT_MESSAGE = auto()  # deliver_sm, data_sm
    SENT_UNBIND = auto()
    GOT_UNBIND = auto()
    GOT_UNBIND_RESP = auto()
    DRAINED = auto()
    LOST = auto()


S, I = State, Input  # noqa: E741 - so that the table reads as a table

NEXT: dict[tuple[State, Input], State] = {
    (S.OPEN, I.GOT_BIND): S.BINDING,
    (S.OPEN, I.GOT_ENQUIRE): S.OPEN,
    (S.BINDING, I.ACCEPTED_TX): S.BOUND_TX,
    (S.BINDING, I.ACCEPTED_RX): S.BOUND_RX,
    (S.BINDING, I.ACCEPTED_TRX): S.BOUND_TRX,
    (S.BINDING, I.REFUSED): S.CLOSED,
    (S.BOUND_TX, I.GOT_MESSAGE): S.BOUND_TX,
    (S.BOUND_TX, I.GOT_UNSERVED): S.BOUND_TX,
    (S.BOUND_TX, I.GOT_ENQUIRE): S.BOUND_TX,
    (S.BOUND_TX, I.GOT_UNBIND): S.LEAVING,
    (S.BOUND_TX, I.SENT_UNBIND): S.UNBINDING,
    (S.BOUND_RX, I.GOT_ENQUIRE): S.BOUND_RX,
    (S.BOUND_RX, I.GOT_RESPONSE): S.BOUND_RX,
    (S.BOUND_RX, I.SENT_MESSAGE): S.BOUND_RX,
    (S.BOUND_RX, I.GOT_UNBIND): S.LEAVING,
    (S.BOUND_RX, I.SENT_UNBIND): S.UNBINDING,
    (S.BOUND_TRX, I.GOT_MESSAGE): S.BOUND_TRX,
    (S.BOUND_TRX, I.GOT_UNSERVED): S.BOUND_TRX,
    (S.BOUND_TRX, I.GOT_ENQUIRE): S.BOUND_TRX,
    (S.BOUND_TRX, I.GOT_RESPONSE): S.BOUND_TRX,
    (S.BOUND_TRX, I.SENT_MESSAGE): S.BOUND_TRX,
    (S.BOUND_TRX, I.GOT_UNBIND): S.LEAVING,
    (S.BOUND_TRX, I.SENT_UNBIND): S.UNBINDING,
    (S.UNBINDING, I.GOT_MESSAGE): S.UNBINDING,  # the last texts before unbind_resp count
    (S.UNBINDING, I.GOT_ENQUIRE): S.UNBINDING,
    (S.UNBINDING, I.GOT_RESPONSE): S.UNBINDING,
    (S.UNBINDING, I.GOT_UNBIND): S.LEAVING,  # both said it at once
    (S.UNBINDING, I.GOT_UNBIND_RESP): S.LEAVING,
    (S.LEAVING, I.GOT_ENQUIRE): S.LEAVING,
    (S.LEAVING, I.GOT_RESPONSE): S.LEAVING,
    (S.LEAVING, I.GOT_UNBIND_RESP): S.LEAVING,
    (S.LEAVING, I.DRAINED): S.CLOSED,
    **{(state, I.LOST): S.CLOSED for state in S if state is not S.CLOSED},
}

# The same by state, for one look-up of a small key per PDU.
ROWS: dict[State, dict[Input, State]] = {
    state: {i: after for (before, i), after in NEXT.items() if before is state} for state in S
}

BOUND = frozenset({S.BOUND_TX, S.BOUND_RX, S.BOUND_TRX})
UNBOUND = frozenset({S.OPEN, S.BINDING})

ACCEPTED: dict[int, Input] = {
    0x00000001: I.ACCEPTED_RX,
    0x00000002: I.ACCEPTED_TX,
    0x00000009: I.ACCEPTED_TRX,
}

# Every request an SMPP peer may know and that has a response of its own. Whatever is not here is
# unknown: generic_nack. outbind and alert_notification have no response and are treated alike.
REQUESTS: dict[int, Input] = {
    0x00000001: I.GOT_BIND,
    0x00000002: I.GOT_BIND,
    0x00000009: I.GOT_BIND,
    0x00000003: I.GOT_UNSERVED,  # query_sm
    0x00000004: I.GOT_MESSAGE,
    0x00000005: I.GOT_FOREIGN,  # deliver_sm
    0x00000006: I.GOT_UNBIND,
    0x00000007: I.GOT_UNSERVED,  # replace_sm
    0x00000008: I.GOT_UNSERVED,  # cancel_sm
    0x00000015: I.GOT_ENQUIRE,
    0x00000021: I.GOT_UNSERVED,  # submit_multi
    0x00000103: I.GOT_MESSAGE,
    0x00000111: I.GOT_UNSERVED,  # broadcast_sm
    0x00000112: I.GOT_UNSERVED,  # query_broadcast_sm
    0x00000113: I.GOT_UNSERVED,  # cancel_broadcast_sm
}
