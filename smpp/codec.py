"""Octets to PDU and back. Knows every command it serves, and nothing of sessions."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from .destinations import UnsuccessSme
from .pdu import (
    PDUS,
    RESPONSE,
    BindReceiverResp,
    BindResp,
    BindTransceiverResp,
    BindTransmitterResp,
    DataSm,
    DeliverSm,
    Pdu,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
)
from .tlv import Tag, Tlvs, missized
from .wire import (
    HEADER,
    HEADER_SIZE,
    Decode,
    Encode,
    Faults,
    ProtocolError,
    compile_decode,
    compile_encode,
    give_tlvs,
)

__all__ = [
    "DECODE",
    "HEADER",
    "HEADER_SIZE",
    "ProtocolError",
    "bind_response",
    "decode",
    "encode",
    "multi_response",
    "odd_tlvs",
    "response",
    "without_tlvs",
]


def _decode_later(pdu: type[Pdu]) -> Decode:
    """Compile it when the first one comes: all of them at once are a thirtieth of a start."""

    def decode_first(octets: bytes) -> tuple[Any, Faults]:
        compiled = DECODE[pdu.COMMAND_ID] = compile_decode(pdu)
        return compiled(octets)

    return decode_first


def _encode_later(pdu: type[Pdu]) -> Encode:
    def encode_first(value: Any, sequence_number: int, status: int) -> bytes:
        compiled = _ENCODE[pdu] = compile_encode(pdu)
        return compiled(value, sequence_number, status)

    return encode_first


DECODE: dict[int, Decode] = {pdu.COMMAND_ID: _decode_later(pdu) for pdu in PDUS}
_ENCODE: dict[type, Encode] = {pdu: _encode_later(pdu) for pdu in PDUS}
_BIND_RESPONSES: dict[int, type[BindResp]] = {
    pdu.COMMAND_ID: pdu for pdu in (BindReceiverResp, BindTransmitterResp, BindTransceiverResp)
}
PAYLOAD = int(Tag.message_payload)
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


def response(
    command_id: int, sequence_number: int, status: int, message_id: str = "", tlvs: Tlvs = ()
) -> bytes:
    """The response to a message request: with its message_id and `tlvs` when positive, and without
    a body otherwise (SMPP v3.4, 4.4.2)."""
    if status:
        return _pack(HEADER_SIZE, command_id | RESPONSE, status, sequence_number)
    octets = message_id.encode("ascii")
    if len(octets) > 64:
        raise ValueError(f"message_id {message_id!r} is longer than 64 octets")
    body = octets + b"\0" + give_tlvs(tlvs) if tlvs else octets + b"\0"
    return _pack(HEADER_SIZE + len(body), command_id | RESPONSE, 0, sequence_number) + body


def multi_response(
    sequence_number: int,
    status: int,
    message_id: str,
    unsuccessful: tuple[UnsuccessSme, ...],
    tlvs: Tlvs = (),
) -> bytes:
    """The response to submit_multi; without a body when negative, as every other."""
    if status:
        return response(SubmitMultiResp.COMMAND_ID, sequence_number, status)
    return encode(SubmitMultiResp(message_id, unsuccessful, tlvs), sequence_number)


def bind_response(command_id: int, sequence_number: int, system_id: str, tlvs: Tlvs) -> bytes:
    """The positive response to a bind; a negative one is `response`."""
    return encode(_BIND_RESPONSES[command_id | RESPONSE](system_id, tlvs), sequence_number)


def without_tlvs(pdu: SubmitSm | DeliverSm | DataSm) -> SubmitSm | DeliverSm:
    """The same for a 3.3 peer. ValueError when the text itself would be lost with the TLVs."""
    if isinstance(pdu, DataSm) or any(tag == Tag.message_payload for tag, _ in pdu.tlvs):
        raise ValueError("a 3.3 peer takes text only in short_message")
    return replace(pdu, tlvs=())


def odd_tlvs(pdu: SubmitSm | SubmitMulti | DeliverSm | DataSm) -> Faults:
    """The names of what is wrong with the TLVs of a text that is taken all the same."""
    faults: Faults = ("tlv_size",) if missized(pdu.tlvs) else ()
    if not isinstance(pdu, DataSm) and pdu.short_message:
        for tag, _ in pdu.tlvs:
            if tag == PAYLOAD:
                return (*faults, "payload_and_short_message")
    return faults
