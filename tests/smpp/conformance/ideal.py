"""What a faultless server would be heard to say to a case, made from nothing but the case."""

from __future__ import annotations

from text911.smpp.conformance.octets import BIND_RX, BIND_TRX, BIND_TX, RESPONSE, pdu, tlv
from text911.smpp.conformance.values import (
    BOUND,
    Access,
    Body,
    Case,
    Due,
    End,
    Heard,
    Pattern,
    Reply,
    Statuses,
)

ACCESS = Access("conform", "secret1", to="911", may_bind=BOUND)
RESPONSES_WITH_ID = frozenset({0x80000004, 0x80000021, 0x80000103})
BIND_RESPONSES = frozenset(kind | RESPONSE for kind in (BIND_RX, BIND_TX, BIND_TRX))


def reply(command_id: int, status: int = 0, number: int = 0x21, body: bytes = b"") -> Reply:
    return Reply(command_id, status, number, pdu(command_id, number, body, status))


def status_in(statuses: Statuses) -> int:
    """Some status that is right: an odd one, so that chance does not help."""
    if statuses.only is not None:
        return min(statuses.only)
    return 0x45 if 0 in statuses.but else 0


def status_not_in(statuses: Statuses) -> int | None:
    """Some status that is wrong; None when all are right."""
    return next((code for code in (0, 0x45, 0x66) if not statuses.has(code)), None)


def answer(pattern: Pattern, status: int | None = None) -> Reply:
    status = status_in(pattern.statuses) if status is None else status
    return reply(pattern.command_id, status, pattern.numbers[0], body_of(pattern, status))


def body_of(pattern: Pattern, status: int) -> bytes:
    if status:
        return b""
    version = tlv(0x0210, b"\x34") if pattern.body is Body.VERSION else b""
    if pattern.command_id in BIND_RESPONSES:
        return b"mc\0" + version
    if pattern.command_id in RESPONSES_WITH_ID:
        return b"4711\0" + (b"\0" if pattern.command_id == 0x80000021 else b"")
    if pattern.command_id == 0x80000003:
        return b"4711\0\0\2\0"
    return b""


def dues(case: Case) -> tuple[Due, ...]:
    return case.due or ()


def heard(case: Case) -> Heard:
    """All that is due, in order, and the end that is right."""
    end = End.KEPT if case.end is End.EITHER else case.end
    return Heard(tuple(answer(due.good[0]) for due in dues(case)), end)
