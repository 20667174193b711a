"""What a person and a program are told about a run."""

from __future__ import annotations

import json

from text911.smpp.conformance.making import N, case, taken
from text911.smpp.conformance.octets import BIND_TRX, ENQUIRE, bind, join, pdu
from text911.smpp.conformance.rules import KEPT, RESPONSE_DUE, SAME_ANSWER, Origin, Rule
from text911.smpp.conformance.telling import as_json, failure, lines, score, score_json, shown
from text911.smpp.conformance.values import Access, Case, Finding, Setup, Severity, Verdict

ACCESS = Access("conform", "secret1")


def one(name: str = "group.one", octets: bytes = pdu(ENQUIRE, N)) -> Case:
    return case(
        name,
        "enquire_link",
        Setup.TRX,
        octets,
        taken(ENQUIRE),
        RESPONSE_DUE,
        severity=Severity.CRITICAL,
    )


def broken(*rules: Rule, name: str = "group.two") -> Verdict:
    return Verdict(one(name), tuple(Finding("an answer", "none", rule) for rule in rules))


GOOD = Verdict(one())
HINDERED = Verdict(one("other.three"), hindrance="the bind is refused")
ALL = [
    GOOD,
    broken(KEPT, RESPONSE_DUE),
    broken(KEPT, SAME_ANSWER),
    broken(SAME_ANSWER),
    HINDERED,
]


def test_a_case_counts_against_the_one_who_has_most_reason_to_complain() -> None:
    result = score(ALL)
    assert result.broke == {Origin.SPECIFICATION: 1, Origin.MANNERS: 1, Origin.HOUSE: 1}
    assert (result.cases, result.passed, result.not_played) == (5, 1, 1)
    assert not result.is_perfect
    assert score([GOOD]).is_perfect


def test_a_failure_says_what_was_sent_what_was_expected_what_came_and_who_says_so() -> None:
    text = list(failure(broken(RESPONSE_DUE, KEPT, SAME_ANSWER), ACCESS))
    assert text[0] == "FAILED group.two (critical): enquire_link"
    assert text[1] == "  sent      00 00 00 10 00 00 00 15 00 00 00 00 00 00 00 21"
    assert text[2:4] == ["  expected  an answer", "  got       none"]
    rules = [line for line in text if line.startswith("  rule")]
    assert rules[0].startswith("  rule      SMPP v3.4, 2.3 and 5.1.4: every request")
    assert rules[1].startswith("  rule      good manners (command_length was good): ")
    assert rules[2].startswith("  rule      text911 (DESIGN 9.10): ")


def test_what_was_not_played_says_why() -> None:
    assert list(failure(HINDERED, ACCESS))[-1] == "  not sent, because the bind is refused"


def test_groups_stand_first_and_the_sum_last() -> None:
    text = list(lines(ALL, ACCESS))
    assert text[0] == "group    1 of   4  3 FAILED"
    assert text[1] == "other    0 of   1  1 FAILED"
    assert text[-5:] == [
        "1 of 5 cases passed",
        "   1 against the specification",
        "   1 against good manners",
        "   1 against a promise that text911 makes and others do not",
        "   1 not played",
    ]
    assert list(lines([GOOD], ACCESS)) == [
        "group    1 of   1  all passed",
        "",
        "1 of 1 cases passed",
    ]


def test_no_password_is_shown_wherever_it_stands() -> None:
    octets = pdu(BIND_TRX, N, join(bind("conform", "secret1"))) * 2
    told = shown(one(octets=octets), ACCESS)
    assert b"secret1".hex(" ") not in told
    assert told.count(" .. .. .. .. .. .. .. ") == 2
    assert "63 6f 6e 66 6f 72 6d" in told, "the system_id is"
    overlapping = shown(one(octets=b"aaaa"), Access("x", "aaa"))
    assert overlapping == ".. .. .. .."
    assert shown(one(octets=b"ab"), Access("x", "")) == "61 62"


def test_much_is_cut_and_nothing_is_named() -> None:
    assert shown(one(octets=bytes(200)), ACCESS).endswith("00 and 104 octets more")
    assert shown(one(octets=b""), ACCESS) == "nothing"


def test_a_program_gets_the_same() -> None:
    told = json.loads(json.dumps(as_json(broken(KEPT), ACCESS)))
    assert told["id"] == "group.two"
    assert told["passed"] is False
    assert told["severity"] == "critical"
    assert told["findings"] == [
        {
            "expected": "an answer",
            "got": "none",
            "origin": "manners",
            "source": KEPT.source,
            "rule": KEPT.says,
        }
    ]
    assert score_json(score(ALL)) == {
        "cases": 5,
        "passed": 1,
        "not_played": 1,
        "broke": {"specification": 1, "manners": 1, "house": 1},
    }
