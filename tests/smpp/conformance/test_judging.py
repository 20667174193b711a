"""A judgement that cannot fail is worth nothing: every case is judged on a faultless answer, and on
each way in which that answer can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from text911.smpp.conformance.judging import has_all, judge, judge_twin
from text911.smpp.conformance.making import N, answered, case, nacked, refused, refused_with, taken
from text911.smpp.conformance.octets import ENQUIRE, NACK, RESPONSE, SUBMIT, pdu
from text911.smpp.conformance.rules import (
    KEPT,
    OWN_CODE,
    OWN_RESPONSE,
    RESPONSE_DUE,
    RESPONSE_FORM,
    SAME_ANSWER,
    TLV_IGNORED,
    UNBINDING,
    WHOLE_PDU,
)
from text911.smpp.conformance.suite import suite
from text911.smpp.conformance.values import (
    ERROR,
    Body,
    Case,
    Due,
    End,
    Heard,
    Pattern,
    Reply,
    Same,
    Send,
    Setup,
    Twin,
)

from .ideal import ACCESS, answer, dues, heard, reply, status_not_in

CASES = suite(ACCESS, slow=True)


def is_good(case: Case, said: Heard) -> bool:
    return judge(case, said).is_passed


def test_a_faultless_server_passes() -> None:
    assert {one.id: found for one in CASES if (found := judge(one, heard(one)).findings)} == {}


def wrong(case: Case) -> Iterator[tuple[str, Heard]]:
    """Every way in which what was heard can be wrong, one at a time."""
    good = heard(case)
    for end in (End.KEPT, End.CLOSED, End.SILENT):
        if end is End.SILENT or case.end not in (end, End.EITHER):
            yield f"the end is {end.name}", replace(good, end=end)
    if case.due is None:
        return
    for index, due in enumerate(dues(case)):
        if 2 < index < len(dues(case)) - 1:
            continue  # of fifty alike the first and the last will do
        others = good.replies[:index] + good.replies[index + 1 :]
        one = good.replies[index]
        yield f"answer {index} is missing", replace(good, replies=others)
        yield f"answer {index} came twice", replace(good, replies=(*others, one, one))
        # A number that no answer of any case bears.
        odd = reply(one.command_id, one.status, 0x5555, one.octets[16:])
        yield f"answer {index} has another number", replace(good, replies=(*others, odd))
        odd = reply(RESPONSE | 0x7777, one.status, one.number, one.octets[16:])
        yield f"answer {index} is of another command", replace(good, replies=(*others, odd))
        status = status_not_in(due.good[0].statuses)
        if status is not None:
            odd = answer(due.good[0], status)
            yield f"answer {index} has status {status:#x}", replace(good, replies=(*others, odd))
    extra = reply(NACK, 3, 0x5555)
    yield "an answer nobody asked for", replace(good, replies=(*good.replies, extra))


def test_every_wrong_answer_fails() -> None:
    ways = {one: list(wrong(one)) for one in CASES}
    assert all(ways.values()), "a case that cannot fail"
    assert [(one.id, what) for one in CASES for what, said in ways[one] if is_good(one, said)] == []


def test_a_server_that_says_yes_to_everything_fails_where_a_refusal_is_due() -> None:
    """And nowhere else: whoever is lenient is blamed for that alone."""
    failed = 0
    for one in CASES:
        must_refuse = any(not due.good[0].statuses.has(0) for due in dues(one))
        yes = tuple(answer(due.good[0], 0) for due in dues(one))
        passed = is_good(one, replace(heard(one), replies=yes))
        assert passed is not must_refuse, one.id
        failed += not passed
    assert failed > 150


def test_a_server_that_refuses_everything_fails_where_it_must_not() -> None:
    failed = [
        one.id
        for one in CASES
        if not is_good(
            one, replace(heard(one), replies=tuple(answer(d.good[0], 0x66) for d in dues(one)))
        )
    ]
    assert {"bind.transceiver", "transceiver.enquire_link", "accepted.plain"} <= set(failed)
    assert "cut.submit_sm.esm_class" not in failed


def test_a_server_that_says_nothing_passes_no_case_where_something_is_due() -> None:
    for one in CASES:
        assert not is_good(one, Heard((), End.SILENT)), one.id
        if dues(one) and not dues(one)[0].or_closed:
            assert not is_good(one, Heard((), End.KEPT)), one.id


def test_a_server_that_closes_at_once_passes_only_where_closing_will_do() -> None:
    passed = {one.group for one in CASES if is_good(one, Heard((), End.CLOSED))}
    assert passed <= {"foreign", "slow", "stray"}


# --- what exactly is found -----------------------------------------------------------------------


def enquiring(due: Due | tuple[Due, ...] | None, end: End = End.KEPT) -> Case:
    return case("a.case", "", Setup.TRX, pdu(ENQUIRE, N), due, RESPONSE_DUE, end=end)


def found(one: Case, *replies: Reply, end: End = End.KEPT) -> list[tuple[str, object]]:
    return [(f.got, f.rule) for f in judge(one, Heard(replies, end)).findings]


OK = reply(ENQUIRE | RESPONSE)


def test_what_came_instead_is_named() -> None:
    one = enquiring(taken(ENQUIRE))
    assert found(one, OK) == []
    assert found(one, reply(ENQUIRE | RESPONSE, 8)) == [
        ("enquire_link_resp ESME_RSYSERR, sequence_number 0x21", RESPONSE_DUE)
    ]
    assert found(one) == [("no answer, the session lives", RESPONSE_DUE)]
    (finding,) = judge(one, Heard((), End.KEPT)).findings
    assert finding.expected == "enquire_link_resp ESME_ROK, sequence_number 0x21"


def test_a_command_nobody_knows_is_named_by_its_id() -> None:
    assert found(enquiring(()), reply(0x80000077, 3))[0][0] == (
        "unknown response 0x80000077 ESME_RINVCMDID, sequence_number 0x21"
    )


def test_only_a_few_of_many_answers_are_named() -> None:
    ((got, _),) = found(enquiring(()), *[OK] * 5)
    assert got.endswith("; and 2 more")


def test_a_poor_answer_breaks_its_own_rule_only() -> None:
    one = enquiring(refused(SUBMIT))
    assert found(one, reply(SUBMIT | RESPONSE, 2)) == []
    assert found(one, reply(NACK, 2)) == []
    ((_, rule),) = found(one, reply(NACK, 2, 0))
    assert rule is OWN_RESPONSE
    exact = enquiring(refused_with(SUBMIT, 4))
    assert found(exact, reply(SUBMIT | RESPONSE, 4)) == []
    assert found(exact, reply(SUBMIT | RESPONSE, 8))[0][1] is OWN_CODE
    assert found(exact, reply(NACK, 4))[0][1] is OWN_RESPONSE
    assert found(exact, reply(SUBMIT | RESPONSE, 0, body=b"1\0"))[0][1] is RESPONSE_DUE
    assert found(enquiring(nacked(3)), reply(NACK, 8))[0][1] is OWN_CODE


def test_a_due_may_have_a_rule_of_its_own() -> None:
    one = enquiring(answered(ENQUIRE, rule=UNBINDING))
    assert found(one)[0][1] is UNBINDING


def test_a_good_answer_is_not_taken_by_another_due() -> None:
    """Two are due under one number; the poor one must not get the answer of the good one."""
    poor = reply(NACK, 4)
    good = reply(SUBMIT | RESPONSE, 4)
    one = enquiring((refused_with(SUBMIT, 4), refused_with(SUBMIT, 4)))
    assert found(one, poor, good) == [
        ("generic_nack ESME_RINVBNDSTS, sequence_number 0x21", OWN_RESPONSE)
    ]


def test_where_closing_is_an_answer_it_is_one() -> None:
    due = Due((Pattern(SUBMIT | RESPONSE, ERROR, (N,)),), or_closed=True)
    one = enquiring(due, End.EITHER)
    assert found(one, end=End.CLOSED) == []
    assert found(one, end=End.KEPT) != []
    assert found(one, reply(SUBMIT | RESPONSE, 0, body=b"1\0"), end=End.CLOSED) != []


def test_the_end_has_a_rule_of_its_own() -> None:
    assert found(enquiring(taken(ENQUIRE)), OK, end=End.CLOSED) == [
        ("the connection is closed", KEPT)
    ]


@pytest.mark.parametrize(
    ("body", "octets", "is_right"),
    [
        (Body.ANY, b"", True),
        (Body.MESSAGE_ID, b"4711\0", True),
        (Body.MESSAGE_ID, b"1" * 64 + b"\0", True),
        (Body.MESSAGE_ID, b"1" * 65 + b"\0", False),
        (Body.MESSAGE_ID, b"4711", False),
        (Body.MESSAGE_ID, b"\0", False),
        (Body.MESSAGE_ID, b"", False),
    ],
)
def test_a_message_id_is_looked_at(body: Body, octets: bytes, is_right: bool) -> None:
    one = enquiring(answered(SUBMIT, body=body))
    rules = [rule for _, rule in found(one, reply(SUBMIT | RESPONSE, 0, N, octets))]
    assert (RESPONSE_DUE not in rules) is is_right


@pytest.mark.parametrize(
    ("body", "octets", "is_right"),
    [
        (Body.NO_TLV, b"mc\0", True),
        (Body.NO_TLV, b"mc\0\x02\x10\0\1\x34", False),
        (Body.VERSION, b"mc\0\x02\x10\0\1\x34", True),
        (Body.VERSION, b"mc\0", False),
        (Body.VERSION, b"mc\0\x02\x10\0\1", False),
        (Body.VERSION, b"mc\0\x14\x01\0\1\x34", False),
    ],
)
def test_the_version_is_looked_at(body: Body, octets: bytes, is_right: bool) -> None:
    one = enquiring(answered(9, body=body))
    rules = [rule for _, rule in found(one, reply(0x80000009, 0, N, octets))]
    assert (RESPONSE_DUE not in rules) is is_right


def test_what_the_server_sends_must_be_in_order_itself() -> None:
    one = enquiring(answered(SUBMIT))
    ((got, rule),) = found(one, reply(SUBMIT | RESPONSE, 0, N, b"4711\0\xff\xff"))
    assert rule is RESPONSE_FORM
    assert "submit_sm_resp" in got
    said = Heard((OK,), End.KEPT, unreadable=b"HTTP/1.1 400 Bad Request")
    (finding,) = judge(enquiring(taken(ENQUIRE)), said).findings
    assert finding.rule is RESPONSE_FORM
    assert "48 54 54 50" in finding.got


@pytest.mark.parametrize("number", [0, 0x80000001, 0xFFFFFFFF])
def test_an_odd_number_that_is_said_back_is_no_fault_of_the_server(number: int) -> None:
    one = enquiring(answered(ENQUIRE, number))
    assert found(one, reply(ENQUIRE | RESPONSE, 0, number)) == []


def test_what_was_not_played_is_not_passed() -> None:
    verdict = judge(enquiring(None), Heard((), End.EITHER, hindrance="the bind is refused"))
    assert verdict.hindrance == "the bind is refused"
    assert not verdict.is_passed


# --- twins ---------------------------------------------------------------------------------------


def twin(same: Same) -> Case:
    octets = pdu(ENQUIRE, N)
    rule = TLV_IGNORED if same is Same.STATUS else SAME_ANSWER
    pair = Twin((Send(octets),), same, rule)
    return case("a.case", "", Setup.TRX, octets, taken(ENQUIRE), WHOLE_PDU, twin=pair)


def test_twins_are_to_be_answered_alike() -> None:
    one, other = Heard((OK,), End.KEPT), Heard((reply(ENQUIRE | RESPONSE, 8),), End.CLOSED)
    for same in Same:
        assert judge_twin(twin(same), one, one) == ()
    (finding,) = judge_twin(twin(Same.STATUS), one, other)
    assert finding.rule is TLV_IGNORED
    answer_differs, end_differs = judge_twin(twin(Same.OCTETS), one, other)
    assert "ESME_ROK" in answer_differs.got
    assert "ESME_RSYSERR" in answer_differs.got
    assert end_differs.got == "the session lives; there the connection is closed"


def test_a_twin_may_differ_in_what_is_not_compared() -> None:
    one = Heard((reply(SUBMIT | RESPONSE, 0, N, b"1\0"),), End.KEPT)
    other = Heard((reply(SUBMIT | RESPONSE, 0, N, b"2\0"),), End.KEPT)
    assert judge_twin(twin(Same.STATUS), one, other) == ()
    (finding,) = judge_twin(twin(Same.OCTETS), one, other)
    assert finding.expected == "the same octets in both cases"


def test_a_twin_without_an_answer_differs() -> None:
    (finding,) = judge_twin(twin(Same.STATUS), Heard((OK,), End.KEPT), Heard((), End.KEPT))
    assert finding.got.endswith("there no answer")


def test_a_twin_that_was_not_played_is_a_finding() -> None:
    hindered = Heard((), End.EITHER, hindrance="the bind is refused")
    (finding,) = judge_twin(twin(Same.OCTETS), Heard((OK,), End.KEPT), hindered)
    assert finding.got == "the bind is refused"


# --- whether there is still something to wait for ------------------------------------------------


def test_all_has_come_when_every_number_has_come_in_whatever_form() -> None:
    one = enquiring((answered(SUBMIT, 1), taken(ENQUIRE, 2)))
    first, second = reply(SUBMIT | RESPONSE, 8, 1), reply(NACK, 3, 2)
    assert not has_all(one, ())
    assert not has_all(one, (first,))
    assert not has_all(one, (first, first))
    assert has_all(one, (second, first))
    assert has_all(enquiring(None), ())
