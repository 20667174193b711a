"""The raw octets behind a fact, for reading: a PDU field by field, anything else as hex.

Pure. What is shown is only what the codec of today makes of the octets; the octets stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..smpp import codec
from ..smpp.counting import counted
from ..smpp.pdu import Pdu
from ..smpp.status import name_of
from ..smpp.tlv import Tag
from ..smpp.wire import HEADER, HEADER_SIZE

OCTETS_PER_LINE = 16


def dump(octets: bytes) -> list[str]:
    """Lines: the hex with what is printable beside it, then the fields if it is one whole PDU."""
    if not octets:
        return ["no octets: a timer or a decision of the gateway's own"]
    return [counted(len(octets), "octet"), *_hex(octets), *_fields(octets)]


def _hex(octets: bytes) -> Iterator[str]:
    for at in range(0, len(octets), OCTETS_PER_LINE):
        row = octets[at : at + OCTETS_PER_LINE]
        letters = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        yield f"{at:04x}  {row.hex(' '):<{3 * OCTETS_PER_LINE - 1}}  {letters}"


def _fields(octets: bytes) -> list[str]:
    if len(octets) < HEADER_SIZE:
        return []
    length, command_id, status, sequence_number = HEADER.unpack_from(octets)
    if length != len(octets) or command_id not in codec.DECODE:
        return []  # a console's frame, which the hex shows as it is
    try:
        pdu, faults = codec.decode(octets)
    except codec.ProtocolError as error:
        return [f"a PDU, command_id {command_id:#010x}, that cannot be read: {error}"]
    head = f"{type(pdu).__name__}: command_status {name_of(status)}, sequence_number"
    forgiven = [f"  forgiven: {', '.join(faults)}"] if faults else []
    return [f"{head} {sequence_number}", *_body(pdu), *forgiven]


def _body(pdu: Pdu) -> Iterator[str]:
    for name in pdu.__struct_fields__:
        value = getattr(pdu, name)
        if name == "password":
            yield "  password: (not shown)"
        elif name != "tlvs":
            yield f"  {name}: {value.hex(' ') if isinstance(value, bytes) else _plain(value)}"
    for tag, value in getattr(pdu, "tlvs", ()):
        yield f"  TLV {tag:#06x} {_name_of(tag)}: {value.hex(' ')}"


def _plain(value: object) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, str) else str(value)


def _name_of(tag: int) -> str:
    try:
        return Tag(tag).name
    except ValueError:
        return "(unknown)"
