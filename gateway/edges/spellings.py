"""One message id in the spellings of one carrier. Pure.

A message centre may name a message in decimal in its response and in hexadecimal in the receipt, or
the other way round, with leading zeros or without. Within the replies to one caller it is told
which was meant; nothing is compared beyond that. An account may say how it is (`receipt_ids`): then
10 in a receipt is the reply 16 although there is one 10.
"""

from __future__ import annotations

from msgspec.structs import replace

from ...smpp.receipt import alike, as_answered, same_ids
from ..core.facts import HandsetReported
from ..core.state import Line


def reported(line: Line, fact: HandsetReported, receipt_ids: str = "any") -> HandsetReported:
    """The report with the id under which the carrier took one of this caller's replies, when it is
    another spelling of it."""
    known = {one for reply in line.outbox for one in reply.carrier_ids if one}
    known |= {one for reply in line.sent for one in reply.carrier_ids if one}
    spelt = _among(as_answered(fact.carrier_id, receipt_ids), known, receipt_ids)
    return fact if spelt == fact.carrier_id else replace(fact, carrier_id=spelt)


def taken(line: Line, carrier_id: str, receipt_ids: str = "any") -> str:
    """The id of a response, as the receipt spelt it that came before the response did."""
    return _among(carrier_id, {early.carrier_id for early in line.early}, receipt_ids)


def _among(carrier_id: str, known: set[str], receipt_ids: str) -> str:
    """The spelling that is known, if one is; exactly as it came otherwise."""
    if carrier_id in known or not carrier_id or not known:
        return carrier_id
    if receipt_ids != "any":
        spellings = {alike(one): one for one in sorted(known)}
        return spellings.get(alike(carrier_id), carrier_id)
    spellings = {other: one for one in known for other in same_ids(one)}
    return next((spellings[one] for one in same_ids(carrier_id) if one in spellings), carrier_id)
