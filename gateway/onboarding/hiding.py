"""What of a PDU an operator may see who has no business with callers' words and numbers. Pure.

Letters of words become x, digits of numbers become *, lengths and structure stay, so that what is
wrong with a PDU can still be said. What is not known to be harmless is hidden; a PDU that cannot be
read, and whatever may hold a password, shows its header and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from ...smpp.codec import DECODE
from ...smpp.codings import coding_of
from ...smpp.explaining.operations import WITH_PASSWORD
from ...smpp.explaining.parameters import PARAMETERS
from ...smpp.explaining.streams import swallows_password
from ...smpp.pdu import DataSm, DataSmResp, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from ...smpp.tlv import Tag
from ...smpp.wire import HEADER_SIZE, TLV_HEADER, CString, Layout, Octet, ProtocolError, layout_of

UDHI = 0x40  # esm_class: the user data begins with a header (SMPP v3.4, 5.2.12)
ADDRESSES = frozenset({"source_addr", "destination_addr"})
# Of the messages and their responses only what a field is made of is known here; whatever else has
# a body shows its header.
LAYOUTS: dict[int, Layout] = {
    pdu.COMMAND_ID: layout_of(pdu)[0]
    for pdu in (SubmitSm, SubmitSmResp, DeliverSm, DeliverSmResp, DataSm, DataSmResp)
}
# The classic text of a receipt, up to where it repeats words (SMPP v3.4, Appendix B).
_RECEIPT = re.compile(
    rb"id:[0-9A-Za-z-]{1,64} sub:[0-9]{1,3} dlvrd:[0-9]{1,3} submit date:[0-9]{10,14} "
    rb"done date:[0-9]{10,14} stat:[A-Z]{1,8} err:[0-9A-Za-z]{1,8}",
    re.IGNORECASE,
)
_SHOWN_DIGITS = 2  # the last ones, so that two callers can be told apart
# Parameters that are no number and hold nothing of a person.
_PLAIN_TAGS = frozenset({Tag.receipted_message_id, Tag.network_error_code})


def header_only(octets: bytes) -> bool:
    """Whether nothing behind the header may be shown, to whomever: it is, or may hold, a bind."""
    return int.from_bytes(octets[4:8]) in WITH_PASSWORD or swallows_password(octets)


def hidden(octets: bytes, ours: Collection[bytes]) -> bytes | None:
    """The same PDU without words and numbers, as long as before; None when only its header may be
    shown. `ours`: addresses that are no person's."""
    if len(octets) == HEADER_SIZE:
        return octets
    layout = LAYOUTS.get(int.from_bytes(octets[4:8]))
    if layout is None or not _reads(octets):
        return None
    out = bytearray(octets)
    at, esm_class, data_coding = HEADER_SIZE, 0, 0
    for name, wire in layout:
        if isinstance(wire, Octet):
            esm_class = octets[at] if name == "esm_class" else esm_class
            data_coding = octets[at] if name == "data_coding" else data_coding
            at += 1
        elif isinstance(wire, CString):
            nul = octets.find(b"\0", at)
            end = nul if nul >= 0 else len(octets)
            if name in ADDRESSES and octets[at:end] not in ours:
                out[at:end] = _number(octets[at:end])
            at = end + 1
        else:
            end = at + 1 + octets[at]
            out[at + 1 : end] = _words(octets[at + 1 : end], esm_class, data_coding)
            at = end
    while len(octets) - at >= TLV_HEADER.size:
        tag, size = TLV_HEADER.unpack_from(octets, at)
        at += TLV_HEADER.size
        out[at : at + size] = _parameter(tag, octets[at : at + size], esm_class, data_coding)
        at += size
    return bytes(out)


def _reads(octets: bytes) -> bool:
    try:
        DECODE[int.from_bytes(octets[4:8])](octets)
    except ProtocolError:
        return False
    return True


def _parameter(tag: int, octets: bytes, esm_class: int, data_coding: int) -> bytes:
    if tag == Tag.message_payload:
        return _words(octets, esm_class, data_coding)
    known = PARAMETERS.get(tag)
    if tag in _PLAIN_TAGS or (known is not None and known.kind == "number"):
        return octets
    return bytes(len(octets))


def _words(octets: bytes, esm_class: int, data_coding: int) -> bytes:
    """The header of the user data stays: it says which part of a text this is."""
    at = 0
    if esm_class & UDHI and octets and octets[0] < len(octets):
        at = 1 + octets[0]
    elif receipt := _RECEIPT.match(octets):
        at = receipt.end()
    filler = b"\0x" if coding_of(data_coding).alphabet == "ucs2" else b"x"
    rest = len(octets) - at
    return octets[:at] + (filler * rest)[:rest]


def _number(octets: bytes) -> bytes:
    """Digits and letters but the last two; what stands between them stays."""
    hide = max(0, len(octets) - _SHOWN_DIGITS)
    return (
        b"".join(b"*" if chr(one).isalnum() else bytes((one,)) for one in octets[:hide])
        + (octets[hide:])
    )
