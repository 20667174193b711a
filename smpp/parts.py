"""User data, and texts in several parts: taking them apart, joining them, cutting our own.

Pure functions. Nobody keeps parts here: a part is a fact of its own before it is answered, and
the join is called when all are there or when the waiting has ended (DESIGN 9.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from .alphabets import Alphabet, Decoded, alphabet_of, decode
from .pdu import DataSm, DeliverSm, SubmitSm
from .segments import Composed, compose
from .tlv import Tag, Tlvs, number_of, value_of

__all__ = ["Composed", "Concatenation", "Joined", "UserData", "compose", "join", "udh", "user_data"]

ESM_CLASS_UDHI = 0x40  # the user data begins with a header

# Information elements of the user data header (3GPP TS 23.040, 9.2.3.24).
_CONCATENATION_8 = 0x00
_CONCATENATION_16 = 0x08


class Concatenation(Struct, frozen=True, gc=False):
    """Which part of which text this is. `number` counts from 1 to `total`."""

    kind: Literal["udh8", "udh16", "sar"]
    reference: int
    total: int
    number: int


class UserData(Struct, frozen=True, gc=False):
    """What a message carries. `octets` come without their header, `udh` is that header."""

    octets: bytes
    alphabet: Alphabet
    concatenation: Concatenation | None = None
    remarks: tuple[str, ...] = ()
    udh: bytes = b""

    @property
    def is_text(self) -> bool:
        return self.alphabet != "octets"

    def read(self) -> Decoded:
        """The text of this message alone, with every remark about it."""
        read = decode(self.octets, self.alphabet)
        return Decoded(read.text, self.remarks + read.remarks) if self.remarks else read


class Joined(NamedTuple):
    """A text from its parts; `missing` are the numbers of those that had not come."""

    text: str
    missing: tuple[int, ...]
    remarks: tuple[str, ...]


def user_data(pdu: SubmitSm | DeliverSm | DataSm, default: Alphabet) -> UserData:
    """`default` is what data_coding 0 means on this account. Never raises."""
    octets = b"" if isinstance(pdu, DataSm) else pdu.short_message
    remarks: tuple[str, ...] = ()
    alphabet = alphabet_of(pdu.data_coding, default)
    concatenation = None
    if pdu.tlvs:
        payload = value_of(pdu.tlvs, Tag.message_payload)
        if payload is not None:
            if octets:
                remarks = ("message_payload and short_message both: the payload is shown",)
            octets = payload
        concatenation = _sar(pdu.tlvs)
    if not pdu.esm_class & ESM_CLASS_UDHI:
        return UserData(octets, alphabet, concatenation, remarks)
    header_size = 1 + octets[0] if octets else 1
    if header_size > len(octets):
        remarks += ("the user data header is longer than the message, so it is shown as text",)
        return UserData(octets, alphabet, concatenation, remarks)
    udh = octets[:header_size]
    return UserData(
        octets[header_size:], alphabet, _concatenation(udh) or concatenation, remarks, udh
    )


def join(parts: Mapping[int, bytes], total: int, alphabet: Alphabet) -> Joined:
    """The text of `total` parts from those that are there, by number.

    Octets are joined before they are decoded, for a character may be cut in two between parts; a
    gap is marked in the text where it is.
    """
    missing = tuple(number for number in range(1, total + 1) if number not in parts)
    if not missing:
        whole = decode(b"".join(parts[number] for number in range(1, total + 1)), alphabet)
        return Joined(whole.text, (), whole.remarks)
    pieces: list[str] = []
    remarks: list[str] = []
    number = 1
    while number <= total:
        first = number
        there = number in parts
        while number <= total and (number in parts) is there:
            number += 1
        if there:
            run = decode(b"".join(parts[n] for n in range(first, number)), alphabet)
            pieces.append(run.text)
            remarks += [remark for remark in run.remarks if remark not in remarks]
        else:
            pieces.append(_gap(first, number - 1, total))
    return Joined(" ".join(pieces), missing, tuple(remarks))


def udh(reference: int, total: int, number: int) -> bytes:
    """The user data header of one of our parts, with an 8-bit reference."""
    return bytes((5, _CONCATENATION_8, 3, reference & 0xFF, total, number))


def _gap(first: int, last: int, total: int) -> str:
    if first == last:
        return f"[part {first} of {total} missing]"
    return f"[parts {first} to {last} of {total} missing]"


def _concatenation(header: bytes) -> Concatenation | None:
    """The last element wins, as TS 23.040 has it for an element that may come once only."""
    found: Concatenation | None = None
    at = 1
    while at + 2 <= len(header):
        identifier, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        at += 2 + length
        if identifier == _CONCATENATION_8 and len(value) == length == 3:
            found = _sane("udh8", value[0], value[1], value[2]) or found
        elif identifier == _CONCATENATION_16 and len(value) == length == 4:
            found = _sane("udh16", int.from_bytes(value[:2]), value[2], value[3]) or found
    return found


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
