"""Sequence numbers, command ids nobody knows, responses nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, echoed, nacked, sending, taken
from ..octets import NACK, RESPONSE, c, join, pdu
from ..rules import NO_ANSWER, ODD_NUMBER, ODD_VALUE, RESPONSE_DUE, UNKNOWN_COMMAND
from ..values import Access, Case, End, Probe, Setup, Severity

RINVCMDID = 0x3
GOOD_NUMBERS = (1, 0x7FFFFFFF)
ODD_NUMBERS = (0, 0x80000000, 0x80000001, 0xFFFFFFFF)


def cases(access: Access) -> Iterator[Case]:
    yield from _numbers(access)
    yield from _unknown(access)
    yield from _strays(access)


def _numbers(access: Access) -> Iterator[Case]:
    usual, sender = access.may_bind[0], sending(access)
    for number in (*GOOD_NUMBERS, *ODD_NUMBERS):
        is_good = number in GOOD_NUMBERS
        yield case(
            f"number.enquire_link.{number:#x}",
            f"enquire_link with sequence_number {number:#x}",
            usual,
            pdu(wire.ENQUIRE, number),
            (taken if is_good else echoed)(wire.ENQUIRE, number),
            RESPONSE_DUE if is_good else ODD_NUMBER,
        )
    yield case(
        "number.falling",
        "three enquire_link with sequence_number 3, 2, 1",
        usual,
        b"".join(pdu(wire.ENQUIRE, number) for number in (3, 2, 1)),
        tuple(taken(wire.ENQUIRE, number) for number in (3, 2, 1)),
        RESPONSE_DUE,
    )
    yield case(
        "number.bind.0",
        "a bind with sequence_number 0",
        Setup.OPEN,
        pdu(_bind_id(access), 0, join(wire.bind(access.system_id, access.password))),
        echoed(_bind_id(access), 0),
        ODD_NUMBER,
        probe=Probe.ENQUIRE,
    )
    yield case(
        "header.status-in-a-request",
        "enquire_link with command_status 5",
        usual,
        pdu(wire.ENQUIRE, N, status=5),
        answered(wire.ENQUIRE),
        ODD_VALUE,
    )
    yield case(
        "header.body-of-enquire_link",
        "enquire_link with 5 octets that do not belong there",
        usual,
        pdu(wire.ENQUIRE, N, b"hello"),
        answered(wire.ENQUIRE),
        RESPONSE_DUE,
    )
    if sender is not None:
        yield from _numbers_of_texts(access, sender)


def _numbers_of_texts(access: Access, sender: Setup) -> Iterator[Case]:
    body = join(wire.text(access.source, access.nobody))
    for number in (*GOOD_NUMBERS, *ODD_NUMBERS):
        is_good = number in GOOD_NUMBERS
        yield case(
            f"number.submit_sm.{number:#x}",
            f"submit_sm with sequence_number {number:#x}",
            sender,
            pdu(wire.SUBMIT, number, body),
            (answered if is_good else echoed)(wire.SUBMIT, number),
            RESPONSE_DUE if is_good else ODD_NUMBER,
        )
    yield case(
        "number.twice-in-flight",
        "two submit_sm under one sequence_number, in one segment",
        sender,
        pdu(wire.SUBMIT, N, body) * 2,
        (answered(wire.SUBMIT), answered(wire.SUBMIT)),
        RESPONSE_DUE,
        severity=Severity.CRITICAL,
    )
    yield case(
        "number.one-for-two-commands",
        "submit_sm and enquire_link under one sequence_number",
        sender,
        pdu(wire.SUBMIT, N, body) + pdu(wire.ENQUIRE, N),
        (answered(wire.SUBMIT), taken(wire.ENQUIRE)),
        RESPONSE_DUE,
    )


def _unknown(access: Access) -> Iterator[Case]:
    usual = access.may_bind[0]
    body = join(wire.text(access.source, access.nobody))
    for command_id, octets in (
        (0x0, b""),
        (0xA, b""),
        (0xC, b""),
        (0x77, b""),
        (0x77, body),
        (0x101, b""),
        (0x104, b""),
        (0x10200, b""),
        (0x7FFFFFFF, b""),
        (0x04000000, b""),  # submit_sm in the other order of octets
    ):
        with_body = ".with-a-body" if octets else ""
        yield case(
            f"unknown.{command_id:#x}{with_body}",
            f"command_id {command_id:#x}" + (" with the body of a submit_sm" if octets else ""),
            usual,
            pdu(command_id, N, octets),
            nacked(RINVCMDID, also=()),
            UNKNOWN_COMMAND,
        )
    yield case(
        "unknown.unbound",
        "command_id 0x77 before the bind",
        Setup.OPEN,
        pdu(0x77, N),
        nacked(RINVCMDID, also=()),
        UNKNOWN_COMMAND,
        end=End.EITHER,
    )


def _strays(access: Access) -> Iterator[Case]:
    usual = access.may_bind[0]
    for name, command_id, status, body in (
        ("deliver_sm_resp", wire.DELIVER | RESPONSE, 0, b"\0"),
        ("deliver_sm_resp.without-a-body", wire.DELIVER | RESPONSE, 0, b""),
        ("deliver_sm_resp.with-an-id", wire.DELIVER | RESPONSE, 0, c("4711")),
        ("deliver_sm_resp.error", wire.DELIVER | RESPONSE, 8, b""),
        ("deliver_sm_resp.error-with-nul", wire.DELIVER | RESPONSE, 8, b"\0"),
        ("deliver_sm_resp.error-with-an-id", wire.DELIVER | RESPONSE, 8, c("4711")),
        ("deliver_sm_resp.nonsense", wire.DELIVER | RESPONSE, 0, b"\xff" * 90),
        ("data_sm_resp", wire.DATA | RESPONSE, 0, c("4711")),
        ("data_sm_resp.nonsense", wire.DATA | RESPONSE, 0, b"\xff" * 90),
        ("submit_sm_resp", wire.SUBMIT | RESPONSE, 0, c("4711")),
        ("bind_transceiver_resp", wire.BIND_TRX | RESPONSE, 0, c("mc")),
        ("unbind_resp", wire.UNBIND | RESPONSE, 0, b""),
        ("enquire_link_resp", wire.ENQUIRE | RESPONSE, 0, b""),
        ("query_sm_resp", wire.QUERY | RESPONSE, 0x67, b""),
        ("generic_nack", NACK, RINVCMDID, b""),
        ("generic_nack.with-a-body", NACK, RINVCMDID, b"what?"),
    ):
        yield case(
            f"stray.{name}",
            f"{name.replace('.', ' ').replace('-', ' ')}, and no request was open",
            usual,
            pdu(command_id, N, body, status),
            (),
            NO_ANSWER,
        )
    yield case(
        "stray.many",
        "1,000 deliver_sm_resp and then enquire_link",
        usual,
        pdu(wire.DELIVER | RESPONSE, N, b"\0") * 1_000 + pdu(wire.ENQUIRE, N + 1),
        taken(wire.ENQUIRE, N + 1),
        NO_ANSWER,
    )
    # 3.3 asks for a generic_nack to what is unknown, and good manners for none to a response.
    yield case(
        "stray.unknown-response",
        "command_id 0x80000077: a generic_nack or nothing",
        usual,
        pdu(0x80000077, N),
        None,
        NO_ANSWER,
    )
    yield case(
        "stray.unbound",
        "deliver_sm_resp before the bind",
        Setup.OPEN,
        pdu(wire.DELIVER | RESPONSE, N, b"\0"),
        (),
        NO_ANSWER,
        end=End.EITHER,
    )


def _bind_id(access: Access) -> int:
    kinds = {Setup.TX: wire.BIND_TX, Setup.RX: wire.BIND_RX, Setup.TRX: wire.BIND_TRX}
    return kinds[access.may_bind[0]]
