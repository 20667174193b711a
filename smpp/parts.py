"""User data, and texts in several parts: taking them apart, joining them, cutting our own.

Pure functions. Nobody keeps parts here: a part is a fact of its own before it is answered, and
the join is called when all are there or when the waiting has ended (DESIGN 9.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Literal, NamedTuple

from msgspec import Struct

from . import gsm7
from .alphabets import Alphabet, Decoded, alphabet_of, decode, in_hex, in_one_order, with_tables
from .codings import NO_TEXT, coding_of
from .pdu import DataSm, DeliverSm, SubmitSm
from .segments import Composed, compose
from .septets import fill_bits, unpack
from .tlv import Tag, Tlvs, number_of, value_of

__all__ = ["Composed", "Concatenation", "Joined", "UserData", "compose", "join", "udh", "user_data"]

ESM_CLASS_UDHI = 0x40  # the user data begins with a header

# Information elements of the user data header (3GPP TS 23.040, 9.2.3.24).
_CONCATENATION_8 = 0x00
_CONCATENATION_16 = 0x08
SINGLE_SHIFT = 0x24
LOCKING_SHIFT = 0x25

_ESCAPE = gsm7.ESCAPE.encode()

NO_OTHERS: Mapping[int, str] = MappingProxyType({})


class Concatenation(Struct, frozen=True, gc=False):
    """Which part of which text this is. `number` counts from 1 to `total`."""

    kind: Literal["udh8", "udh16", "sar"]
    reference: int
    total: int
    number: int


class UserData(Struct, frozen=True, gc=False):
    """What a message carries. `octets` come without their header and unpacked, `udh` is that
    header. `locking` and `single` are the national language identifiers it names, 0 for none."""

    octets: bytes
    alphabet: Alphabet
    concatenation: Concatenation | None = None
    remarks: tuple[str, ...] = ()
    udh: bytes = b""
    locking: int = 0
    single: int = 0

    @property
    def is_text(self) -> bool:
        return self.alphabet not in NO_TEXT

    @property
    def written(self) -> str:
        """The alphabet with its national tables, as `decode` and `join` want it."""
        return with_tables(self.locking, self.single) if self.alphabet == "gsm7" else self.alphabet

    def read(self) -> Decoded:
        """The text of this message alone, with every remark about it."""
        read = decode(self.octets, self.written)
        return Decoded(read.text, self.remarks + read.remarks) if self.remarks else read


class Joined(NamedTuple):
    """A text from its parts; `missing` are the numbers of those that had not come."""

    text: str
    missing: tuple[int, ...]
    remarks: tuple[str, ...]


def user_data(pdu: SubmitSm | DeliverSm | DataSm, default: Alphabet) -> UserData:
    """`default` is what data_coding 0 means on this account. Never raises."""
    octets = b"" if isinstance(pdu, DataSm) else pdu.short_message
    coding = coding_of(pdu.data_coding)
    remarks = coding.remarks
    concatenation = None
    if pdu.tlvs:
        payload = value_of(pdu.tlvs, Tag.message_payload)
        if payload is not None:
            if octets:
                remarks += ("message_payload and short_message both: the payload is shown",)
            octets = payload
        concatenation = _sar(pdu.tlvs)
    udh = b""
    locking = single = 0
    if pdu.esm_class & ESM_CLASS_UDHI:
        header_size = 1 + octets[0] if octets else 1
        if header_size > len(octets):
            remarks += ("the user data header is longer than the message, so it is shown as text",)
        else:
            udh, octets = octets[:header_size], octets[header_size:]
            concatenation = _concatenation(udh) or concatenation
            locking, single = _shifts(udh)
    if coding.reserved:
        remarks += (f"its octets: {in_hex(octets)}",)
    alphabet = alphabet_of(pdu.data_coding, default)
    if alphabet == "packed":
        alphabet = "gsm7"
        ends = concatenation is None or concatenation.number == concatenation.total
        octets = unpack(octets, fill_bits(len(udh)), ends=ends)
    return UserData(octets, alphabet, concatenation, remarks, udh, locking, single)


def join(
    parts: Mapping[int, bytes],
    total: int,
    alphabet: str,
    otherwise: Mapping[int, str] = NO_OTHERS,
) -> Joined:
    """The text of `total` parts from those that are there, by number. `otherwise` names the
    alphabet of each part that has not the common one, as each part names its own national tables.

    Octets are joined before they are decoded, for a character may be cut in two between parts; a
    gap is marked in the text where it is.
    """
    pieces: list[str] = []
    remarks: list[str] = []
    missing: list[int] = []
    number = 1
    while number <= total:
        first = number
        there = number in parts
        while number <= total and (number in parts) is there:
            number += 1
        if there:
            pieces.append(_run(range(first, number), parts, alphabet, otherwise, remarks))
        else:
            missing += range(first, number)
            pieces.append(_gap(first, number - 1, total))
    return Joined(" ".join(pieces), tuple(missing), tuple(remarks))


def _run(
    numbers: range,
    parts: Mapping[int, bytes],
    alphabet: str,
    otherwise: Mapping[int, str],
    remarks: list[str],
) -> str:
    """The text of parts without a gap; its remarks are put to those that were made already."""
    text = ""
    runs: list[tuple[str, bytes]] = []
    for written, some in groupby(numbers, lambda number: otherwise.get(number, alphabet)):
        pieces = [parts[number] for number in some]
        if written == "ucs2":
            octets, said = in_one_order(pieces)
            remarks += [remark for remark in said if remark not in remarks]
        else:
            octets = b"".join(pieces)
        if runs and written.startswith("gsm7") and _ends_in_escape(*runs[-1]):
            before, cut = runs.pop()
            runs.append((before, cut[:-1]))
            octets = _ESCAPE + octets  # a pair is read with the tables of its second half
        runs.append((written, octets))
    for written, octets in runs:
        read = decode(octets, written)
        text += read.text
        remarks += [remark for remark in read.remarks if remark not in remarks]
    return text


def _ends_in_escape(written: str, octets: bytes) -> bool:
    """Whether a pair is cut in two here. Two escapes are a pair of their own."""
    escapes = len(octets) - len(octets.rstrip(_ESCAPE))
    return written.startswith("gsm7") and escapes % 2 == 1


def udh(reference: int, total: int, number: int, single: int = 0) -> bytes:
    """The user data header of one of our parts: an 8-bit reference when there are several, and the
    single shift table when there is one. b"" when there is nothing to say."""
    elements = b""
    if total > 1:
        elements = bytes((_CONCATENATION_8, 3, reference & 0xFF, total, number))
    if single:
        elements += bytes((SINGLE_SHIFT, 1, single))
    return bytes((len(elements),)) + elements if elements else b""


def _gap(first: int, last: int, total: int) -> str:
    if first == last:
        return f"[part {first} of {total} missing]"
    return f"[parts {first} to {last} of {total} missing]"


def _elements(header: bytes) -> Iterator[tuple[int, bytes]]:
    """The information elements that are whole."""
    at = 1
    while at + 2 <= len(header):
        end = at + 2 + header[at + 1]
        if end <= len(header):
            yield header[at], header[at + 2 : end]
        at = end


def _concatenation(header: bytes) -> Concatenation | None:
    """The last element wins, as TS 23.040 has it for an element that may come once only."""
    found: Concatenation | None = None
    for identifier, value in _elements(header):
        if identifier == _CONCATENATION_8 and len(value) == 3:
            found = _sane("udh8", value[0], value[1], value[2]) or found
        elif identifier == _CONCATENATION_16 and len(value) == 4:
            found = _sane("udh16", int.from_bytes(value[:2]), value[2], value[3]) or found
    return found


def _shifts(header: bytes) -> tuple[int, int]:
    """The numbers of the locking and the single shift table, 0 where the header names none. A
    header names them for its own part only (TS 23.040, 9.2.3.24.15 and .16)."""
    locking = single = 0
    for identifier, value in _elements(header):
        if identifier == LOCKING_SHIFT and len(value) == 1:
            locking = value[0]
        elif identifier == SINGLE_SHIFT and len(value) == 1:
            single = value[0]
    return locking, single


def _sar(tlvs: Tlvs) -> Concatenation | None:
    """All three TLVs are needed (SMPP v3.4, 5.3.2.22)."""
    reference = number_of(tlvs, Tag.sar_msg_ref_num)
    if reference is None:
        return None
    total = number_of(tlvs, Tag.sar_total_segments)
    number = number_of(tlvs, Tag.sar_segment_seqnum)
    if total is None or number is None:
        return None
    return _sane("sar", reference, total, number)


def _sane(
    kind: Literal["udh8", "udh16", "sar"], reference: int, total: int, number: int
) -> Concatenation | None:
    """A part that cannot be one of its total is a message of its own."""
    return Concatenation(kind, reference, total, number) if 1 <= number <= total else None
