"""What is known about a PDU as lines for a person, and as plain values for a program.

No secret leaves here, neither as text nor as octets. The lines may hold what a peer wrote: whoever
shows them makes them harmless.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .values import Explained, Fault, Field

_OCTETS_PER_LINE = 16
_NAMES = 28  # columns


def lines(told: Explained) -> Iterator[str]:
    """The block of one PDU, without a heading line of the caller's."""
    number = "" if told.sequence_number is None else f", sequence_number {told.sequence_number}"
    yield f"{told.name}, {len(told.octets)} octets at {told.offset:#06x}{number}"
    for one in told.fields:
        yield from _field(one)
    content = told.content
    if content is not None:
        for element in content.header:
            yield f"        user data header: {element}"
        if content.part:
            yield f"        {content.part}"
        shown = json.dumps(content.text, ensure_ascii=False)
        yield f"        text ({content.alphabet}): {shown}"
        for remark in content.remarks:
            yield f"        {remark}"
    for note in told.notes:
        yield f"  note: {note}"
    for fault in told.faults:
        yield f"  WRONG at {fault.offset:#06x}: {fault.what}"
        yield f"        expected: {fault.expected}"
        yield f"        do: {fault.advice}"
    if told.answer:
        yield f"  our server answers: {told.answer}"


def _field(one: Field) -> Iterator[str]:
    tag = "" if one.tag is None else f"{one.tag:04X} "
    start = f"  {one.offset:04x}  {tag + one.name:<{_NAMES}}"
    if one.is_secret:
        yield f"{start}  ({one.words})"
    elif isinstance(one.value, str):
        yield f"{start}  {json.dumps(one.value, ensure_ascii=False)}"
    elif one.value is not None:
        yield f"{start}  {_number(one)}{f'  {one.words}' if one.words else ''}"
    else:
        octets = one.octets if one.tag is None else one.octets[4:]
        if one.words:
            yield f"{start}  {octets.hex(' ')}  {one.words}"
            return
        if not octets:
            yield f"{start}  (empty)"
            return
        for at in range(0, len(octets), _OCTETS_PER_LINE):
            row = octets[at : at + _OCTETS_PER_LINE].hex(" ")
            yield f"{start if at == 0 else ' ' * len(start)}  {row}"


_IN_HEX = {"command_id": 8, "command_status": 8, "error_status_code": 8, "esm_class": 2,
           "registered_delivery": 2, "data_coding": 2, "protocol_id": 2,
           "interface_version": 2, "sc_interface_version": 2}  # fmt: skip


def _number(one: Field) -> str:
    assert isinstance(one.value, int)
    digits = _IN_HEX.get(one.name)
    return str(one.value) if digits is None else f"0x{one.value:0{digits}X}"


def as_json(told: Explained) -> dict[str, Any]:
    """One object; octets are hex, and null where they are secret."""
    content = told.content
    return {
        "name": told.name,
        "offset": told.offset,
        "length": len(told.octets),
        "command_id": told.command_id,
        "sequence_number": told.sequence_number,
        "good": told.is_good,
        "fields": [
            {
                "name": one.name,
                "offset": one.offset,
                "tag": one.tag,
                "value": one.value,
                "words": one.words,
                "octets": None if one.is_secret else one.octets.hex(),
            }
            for one in told.fields
        ],
        "content": None
        if content is None
        else {
            "alphabet": content.alphabet,
            "text": content.text,
            "header": list(content.header),
            "part": content.part,
            "remarks": list(content.remarks),
        },
        "notes": list(told.notes),
        "faults": [_fault(fault) for fault in told.faults],
        "answer": told.answer,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "offset": fault.offset,
        "name": fault.name,
        "what": fault.what,
        "expected": fault.expected,
        "do": fault.advice,
        "status": fault.status,
    }
