"""A run of octets of one direction as PDUs, described, and as what is none. Never raises.

A command_length that cannot be ends the framing for any server; for the reader it goes on at the
next octets that look like a header. What every `Explained` holds, joined, is the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..alphabets import Alphabet
from ..counting import counted
from ..framing import PDU_SIZE_MAX, UNBOUND_SIZE_MAX
from ..pdu import RESPONSE
from ..status import Status
from ..wire import HEADER, HEADER_SIZE
from .answers import answer_to
from .bodies import Body, hidden
from .contents import content_of
from .operations import BINDS, OPERATIONS, WITH_PASSWORD, Sender, name_of
from .values import NO_PDU, Explained, Fault, Field

SEQUENCE_NUMBER_MAX = 0x7FFFFFFF  # SMPP v3.4, 5.1.4
_STATUS_MAX = 0x4FF  # of a response that looks like one: the last of the vendors' codes
# A command_length of at most 0x1FFFF, and the first two octets of a command_id.
_LIKE_A_HEADER = re.compile(rb"\x00[\x00\x01]..[\x00\x80]\x00", re.DOTALL)
# What is found on a port for SMPP when it is not SMPP, and what to do about it.
_FOREIGN = (
    (b"\x16\x03", "this is TLS: connect to our port for TLS, or decrypt the capture"),
    (b"GET ", "this is HTTP: connect to another port"),
    (b"POST ", "this is HTTP: connect to another port"),
    (b"SSH-", "this is SSH: connect to another port"),
)
_MUST_BE_NULL = (
    "schedule_delivery_time", "validity_period", "replace_if_present_flag", "sm_default_msg_id",
)  # fmt: skip


def explain(
    octets: bytes,
    *,
    sender: Sender = Sender.BOTH,
    default: Alphabet = "gsm7",
    offset: int = 0,
    is_midway: bool = False,
) -> Iterator[Explained]:
    """Every PDU in turn. `sender` is who wrote the octets, BOTH when that is not known; `default`
    what data_coding 0 means; `offset` that of the first octet; `is_midway` that the octets need not
    begin with a PDU, because what was before is not there."""
    at, end = 0, len(octets)
    hides = False  # whether what comes may be the rest of a PDU with a password
    while at < end:
        is_start = not (at == 0 and is_midway) or _is_header(octets, 0)
        length = int.from_bytes(octets[at : at + 4])
        if not is_start or (end - at >= 4 and not HEADER_SIZE <= length <= PDU_SIZE_MAX):
            stop = _next_header(octets, at + 1)
            yield _no_pdu(octets[at:stop], offset + at, sender, is_midway=not is_start, hides=hides)
            at = stop
            continue
        stop = at + length if end - at >= 4 else end
        is_cut = stop > end or end - at < HEADER_SIZE
        if is_cut:
            stop = _next_header(octets, at + HEADER_SIZE)
        told = _pdu(octets, at, stop, offset, sender, default, is_cut=is_cut)
        if hides and len(told.octets) < HEADER_SIZE:
            told = replace(told, fields=tuple(map(hidden, told.fields)))
        yield told
        hides = told.command_id in WITH_PASSWORD and not told.is_good
        at = stop


def _is_header(octets: bytes, at: int) -> bool:
    if len(octets) - at < HEADER_SIZE:
        return False
    length, command_id, status, sequence_number = HEADER.unpack_from(octets, at)
    return (
        HEADER_SIZE <= length <= PDU_SIZE_MAX
        and command_id in OPERATIONS
        and status <= (_STATUS_MAX if command_id & RESPONSE else 0)
        and sequence_number <= SEQUENCE_NUMBER_MAX
    )


def _next_header(octets: bytes, at: int) -> int:
    """Where the next octets are that look like a header, from `at` on; else the end."""
    while found := _LIKE_A_HEADER.search(octets, at):
        if _is_header(octets, found.start()):
            return found.start()
        at = found.start() + 1
    return len(octets)


def _no_pdu(
    octets: bytes, offset: int, sender: Sender, *, is_midway: bool, hides: bool
) -> Explained:
    length = int.from_bytes(octets[:4])
    found = "what is found there" if hides else f"{length} ({length:#010x})"
    if is_midway:
        fault = Fault(
            offset,
            "midway",
            f"{counted(len(octets), 'octet')} before the first header",
            "the beginning of a PDU",
            "begin the capture before the connection, so that nothing is missing",
        )
    else:
        seems = next((words for start, words in _FOREIGN if octets.startswith(start)), "")
        fault = Fault(
            offset,
            "command_length",
            f"command_length cannot be {found}: where the next PDU begins is unknown",
            f"{HEADER_SIZE} to {PDU_SIZE_MAX} octets, the header counted",
            seems or "send each PDU with the length it has, and nothing between two of them",
            Status.RINVCMDLEN,
        )
    # They may be of a bind, and so of its password.
    words = f"{counted(len(octets), 'octet')}, not shown"
    field = Field(NO_PDU, offset, octets, None, words, is_secret=True)
    said = "" if is_midway or sender is Sender.CENTRE else answer_to(octets)
    return Explained(NO_PDU, offset, octets, (field,), (fault,), answer=said)


def _pdu(
    octets: bytes,
    at: int,
    stop: int,
    offset: int,
    sender: Sender,
    default: Alphabet,
    *,
    is_cut: bool,
) -> Explained:
    pdu = octets[at:stop]
    body = Body(pdu, offset + at, is_cut=is_cut)
    fields = body.fields
    content, faults = content_of(fields, default)
    if swallows_password(pdu):
        fields, content = [hidden(one) for one in fields], None
    if len(pdu) < HEADER_SIZE:
        said = _unless(sender, "nothing yet: the server waits for the rest")
        return Explained(
            "(cut header)",
            offset + at,
            pdu,
            tuple(fields),
            tuple(body.faults),
            answer=said,
        )
    _, command_id, status, sequence_number = HEADER.unpack_from(pdu)
    faults = [*_judge_header(pdu, offset + at, sender), *body.faults, *faults]
    notes = list(body.notes)
    if command_id & RESPONSE:
        if status and len(pdu) > HEADER_SIZE:
            notes.append("a body beside an error: not needed, and passed over")
    else:
        faults += _judge_request(fields, command_id)
    if is_cut:
        said = "nothing yet: the server waits for the rest"
        if not any(fault.name == "cut" for fault in faults):
            faults.append(_cut(pdu, offset + at))
    else:
        said = answer_to(pdu)
        if any(fault.status is not None for fault in body.faults):
            notes += _hints(octets, at, stop, offset)
    operation = OPERATIONS.get(command_id)
    if sender is Sender.BOTH and operation is not None:
        sender = operation.sender
    return Explained(
        name_of(command_id),
        offset + at,
        pdu,
        tuple(fields),
        tuple(faults),
        tuple(notes),
        content,
        _unless(sender, said),
        command_id,
        sequence_number,
    )


def swallows_password(pdu: bytes) -> bool:
    """Whether a command_length that is too large took in a PDU with a password."""
    at = HEADER_SIZE
    while (at := _next_header(pdu, at)) < len(pdu):
        if int.from_bytes(pdu[at + 4 : at + 8]) in WITH_PASSWORD:
            return True
        at += 1
    return False


def _cut(pdu: bytes, offset: int) -> Fault:
    length = int.from_bytes(pdu[:4])
    return Fault(
        offset + len(pdu),
        "cut",
        f"command_length says {length} octets, {len(pdu)} are there",
        f"{counted(length - len(pdu), 'octet')} more",
        "send the whole PDU, or correct command_length",
        Status.RINVCMDLEN,
    )


def _unless(sender: Sender, said: str) -> str:
    """What a message centre sent, our server would not have got."""
    return "" if sender is Sender.CENTRE else said


def _judge_header(pdu: bytes, offset: int, sender: Sender) -> Iterator[Fault]:
    length, command_id, status, sequence_number = HEADER.unpack_from(pdu)
    operation = OPERATIONS.get(command_id)
    if operation is None:
        yield Fault(
            offset + 4,
            "command_id",
            f"command_id {command_id:#010x} is none of SMPP",
            "one of SMPP 3.4 or 5.0",
            "leave it out, or agree on it with us",
        )
    elif operation.sender not in (sender, Sender.BOTH) and sender is not Sender.BOTH:
        yield Fault(
            offset + 4,
            "direction",
            f"{operation.name} from the {'client' if sender is Sender.ESME else 'message centre'}",
            f"it from the {'message centre' if sender is Sender.ESME else 'client'} only",
            "let the other side send it, or check which side is which (--port)",
        )
    if status and not command_id & RESPONSE:
        yield Fault(
            offset + 8,
            "status_in_request",
            f"command_status is {status:#x} in a request",
            "0",
            "set it to 0; it is passed over here",
        )
    is_nack = command_id == RESPONSE
    if not (0 if is_nack else 1) <= sequence_number <= SEQUENCE_NUMBER_MAX:
        yield Fault(
            offset + 12,
            "sequence_number",
            f"sequence_number is {sequence_number:#x}",
            "1 to 0x7FFFFFFF",
            "count from 1 and go back to 1; it is echoed as it is here",
        )
    if command_id in BINDS and length > UNBOUND_SIZE_MAX:
        yield Fault(
            offset,
            "command_length",
            f"a bind of {length} octets",
            f"at most {UNBOUND_SIZE_MAX} before the bind",
            "send a bind without what does not belong to it",
            Status.RINVCMDLEN,
        )


def _judge_request(fields: list[Field], command_id: int) -> Iterator[Fault]:
    """deliver_sm has fields of submit_sm that mean nothing in it (SMPP v3.4, 4.6.1)."""
    if OPERATIONS.get(command_id) is not _DELIVER_SM:
        return
    for one in fields:
        if one.name in _MUST_BE_NULL and one.value:
            yield Fault(
                one.offset,
                "must_be_null",
                f"{one.name} is set in a deliver_sm",
                "null",
                f"leave {one.name} empty; it means nothing in a deliver_sm",
            )


_DELIVER_SM = OPERATIONS[0x00000005]


def _hints(octets: bytes, at: int, stop: int, offset: int) -> Iterator[str]:
    """What a wrong command_length looks like, seen from its surroundings."""
    inside = _next_header(octets[at:stop], HEADER_SIZE)
    if at + inside < stop:
        name = name_of(int.from_bytes(octets[at + inside + 4 : at + inside + 8]))
        yield (
            f"a {name} seems to begin at {offset + at + inside:#06x}: command_length would then"
            f" be {inside}"
        )
    elif stop < len(octets) and not _is_header(octets, stop):
        yield (
            f"what follows at {offset + stop:#06x} is no header either: command_length may be wrong"
        )
