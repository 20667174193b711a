"""What became of a text, for a carrier that asks with query_sm. Pure.

Only what the state of its dialogue still says: the marks of texts live for minutes, the receipts
until they are taken. What the state cannot tell is not guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ...smpp.pdu import QuerySmResp
from ..core.state import Dialogue, Over
from ..core.values import MessageId

# message_state (SMPP v3.4, 5.2.28).
ENROUTE = 1  # accepted, and no PSAP has shown it yet
DELIVERED = 2  # shown
UNDELIVERABLE = 5
UNKNOWN = 7  # the dialogue ended without an answer, and whether it was shown is not known any more

OURS = 1  # error_code of what nobody was there for; they are the network's own (5.2.31)


def of(dialogue: Dialogue, message: MessageId) -> QuerySmResp | None:
    """None: this dialogue knows no such text (any more)."""
    line = dialogue.line
    for receipt in line.receipts:
        if receipt.message == message:
            state = DELIVERED if receipt.delivered else UNDELIVERABLE
            return _answer(message, state, receipt.done_at)
    heard = next((one for one in line.heard if one.message == message), None)
    if heard is None:
        return None
    parts = any(message in one.messages or not one.joined for one in line.partials)
    waits = any(message in one.messages or one.at >= heard.at for one in line.unshown)
    if parts or waits:
        return _answer(message, ENROUTE)
    phase = dialogue.phase
    if isinstance(phase, Over) and phase.how in ("bounced", "abandoned"):
        return _answer(message, UNKNOWN)
    return _answer(message, DELIVERED, heard.at)


def _answer(message: MessageId, state: int, final_at: float = 0.0) -> QuerySmResp:
    final = "" if not final_at else _date(final_at)
    return QuerySmResp(message, final, state, OURS if state == UNDELIVERABLE else 0)


def _date(at: float) -> str:
    """YYMMDDhhmmsstnnp in UTC (SMPP v3.4, 7.1.1)."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%y%m%d%H%M%S}{when.microsecond // 100_000}00+"
