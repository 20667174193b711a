"""Octets to PDU and back. Knows every command it serves, and nothing of sessions."""

from __future__ import annotations

from .pdu import PDUS, RESPONSE, Pdu
from .wire import (
    HEADER,
    HEADER_SIZE,
    Decode,
    Encode,
    Faults,
    ProtocolError,
    compile_decode,
    compile_encode,
)

__all__ = [
    "DECODE",
    "HEADER",
    "HEADER_SIZE",
    "Faults",
    "ProtocolError",
    "decode",
    "encode",
    "response",
]

DECODE: dict[int, Decode] = {pdu.COMMAND_ID: compile_decode(pdu) for pdu in PDUS}
_ENCODE: dict[type, Encode] = {pdu: compile_encode(pdu) for pdu in PDUS}
_pack = HEADER.pack


def decode(octets: bytes) -> tuple[Pdu, Faults]:
    """One whole PDU as a value, and the names of the faults that were forgiven.

    Raises ProtocolError with the command_status to answer, KeyError for a command_id that is not
    in `DECODE`.
    """
    pdu: tuple[Pdu, Faults] = DECODE[int.from_bytes(octets[4:8])](octets)
    return pdu


def encode(pdu: Pdu, sequence_number: int, status: int = 0) -> bytes:
    """The octets of one PDU; ValueError or IndexError when a value does not fit its field."""
    return _ENCODE[type(pdu)](pdu, sequence_number, status)


def response(command_id: int, sequence_number: int, status: int, message_id: str = "") -> bytes:
    """The response to a message request: with its message_id when positive, and without a body
    otherwise (SMPP v3.4, 4.4.2)."""
    if status:
        return _pack(HEADER_SIZE, command_id | RESPONSE, status, sequence_number)
    octets = message_id.encode("ascii")
    if len(octets) > 64:
        raise ValueError(f"message_id {message_id!r} is longer than 64 octets")
    return (
        _pack(HEADER_SIZE + 1 + len(octets), command_id | RESPONSE, 0, sequence_number)
        + octets
        + b"\0"
    )
