"""What a carrier's PDU says, as a fact of the core. Pure: the same PDU always reads the same.

A message to us (submit_sm, deliver_sm, data_sm) is one of three things: a text, one part of a text,
or a receipt for something we sent.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from ...smpp.alphabets import Alphabet
from ...smpp.parts import Concatenation, UserData, user_data
from ...smpp.pdu import DataSm, DeliverSm, SubmitSm
from ...smpp.receipt import Report
from ...smpp.tlv import Tag
from ..core.facts import CallerSentPart, CallerWrote, HandsetReported
from ..core.values import Mark, MessageId

_blank = blake2b(digest_size=12)
PAYLOAD = int(Tag.message_payload)
REFERENCE = int(Tag.user_message_reference)
REGISTERED = 0x03  # registered_delivery, bits 1-0: some kind of receipt is wanted (34, 5.2.17)


class Origin(Struct, frozen=True, gc=False):
    """Where the PDU came in, for telling a repeat from a second text (DESIGN 9.1).

    `owes_receipts`: we are the message centre. An ESME gives none: what registered_delivery asks of
    it is an acknowledgement of the handset's, and there is no handset (SMPP v3.4, 5.2.17)."""

    link: str
    sequence_number: int
    message: MessageId
    default_alphabet: Alphabet
    owes_receipts: bool = True


def text_of(pdu: SubmitSm | DeliverSm | DataSm, origin: Origin) -> CallerWrote | CallerSentPart:
    data = user_data(pdu, origin.default_alphabet)
    one = data.concatenation
    part = "" if one is None else _key(one, whole=False)
    mark = Mark(
        _digest(pdu, data, part),
        origin.link,
        origin.sequence_number,
        _umr(pdu) if pdu.tlvs else -1,
        part,
    )
    receipt = origin.owes_receipts and bool(pdu.registered_delivery & REGISTERED)
    read = data.read()
    if one is not None:
        return CallerSentPart(
            message=origin.message,
            join=_key(one, whole=True),
            number=one.number,
            total=one.total,
            octets=data.octets,
            alphabet=data.written,
            text=read.text,
            mark=mark,
            receipt=receipt,
            remarks=data.remarks,
        )
    return CallerWrote(
        message=origin.message,
        text=read.text,
        mark=mark,
        receipt=receipt,
        remarks=read.remarks,
        media_removed=not data.is_text,
    )


def reported(report: Report) -> HandsetReported | None:
    """What a receipt or acknowledgement for one of our replies says; None when that is not final
    (still on its way)."""
    if report.delivered is None:
        return None
    return HandsetReported(report.delivered, report.reference, report.message_id, report.state)


def locating_tlvs(pdu: SubmitSm | DeliverSm | DataSm) -> tuple[tuple[int, bytes], ...]:
    """What a location source may look at: every optional parameter but the words themselves."""
    tlvs = pdu.tlvs
    for tag, _ in tlvs:
        if tag == PAYLOAD:
            return tuple([one for one in tlvs if one[0] != PAYLOAD])
    return tlvs


def _umr(pdu: SubmitSm | DeliverSm | DataSm) -> int:
    for tag, value in pdu.tlvs:
        if tag == REFERENCE and len(value) == 2:
            return int.from_bytes(value)
    return -1


def _digest(pdu: SubmitSm | DeliverSm | DataSm, data: UserData, part: str) -> bytes:
    """Equal for equal source and octets, header of the user data and data_coding included."""
    tables = f"{data.locking}.{data.single}\0" if data.locking or data.single else ""
    head = f"{pdu.source_addr}\0{pdu.data_coding}\0{part}\0{tables}".encode()
    hashed = _blank.copy()
    hashed.update(head + data.octets)
    return hashed.digest()


def _key(one: Concatenation, *, whole: bool) -> str:
    shared = f"{one.kind}:{one.reference}:{one.total}"
    return shared if whole else f"{shared}:{one.number}"
