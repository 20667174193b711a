"""What came of the tests: kept between sessions, told in words."""

from __future__ import annotations

import pytest

from text911.gateway.onboarding.certificate import (
    Certificate,
    Done,
    as_json,
    decode,
    encode,
    entered,
    report,
    result,
    task,
)
from text911.gateway.onboarding.judging import UNSEEN, Finding, Verdict
from text911.gateway.onboarding.plan import BY_KEY, PLAN

NEW = Certificate("one", 1_800_000_000.0)
PASSED = Finding(Verdict.PASSED, "good")
FAILED = Finding(Verdict.FAILED, "bad")


def after(certificate: Certificate, **findings: Finding) -> tuple[Certificate, tuple[str, ...]]:
    return entered(certificate, dict.fromkeys(BY_KEY, UNSEEN) | findings, 5.0)


def whole(*, but: str = "") -> Certificate:
    needed = {one.key: PASSED for one in PLAN if not one.is_optional and one.key != but}
    return after(NEW, **needed)[0]


def test_what_is_found_is_entered_once_and_what_is_not_seen_stands() -> None:
    first, changed = after(NEW, text=PASSED, unbind=FAILED)
    assert changed == ("text", "unbind")
    assert first.steps["text"] == Done(True, "good", 5.0)
    assert after(first)[1] == ()
    assert after(first, text=PASSED, unbind=FAILED) == (first, ())
    again, changed = after(first, text=Finding(Verdict.PASSED, "better"))
    assert (again, changed) == (first, ())
    worse, changed = after(first, text=FAILED, unbind=Finding(Verdict.FAILED, "worse"))
    assert changed == ("text", "unbind")
    assert not worse.has_passed("text")
    assert worse.steps["unbind"].words == "worse"


def test_it_is_passed_when_all_that_everybody_needs_is_and_nothing_failed() -> None:
    assert whole().passed
    assert not whole(but="window").passed
    assert not after(whole(), sar=FAILED)[0].passed
    assert not NEW.passed


def test_it_survives_being_kept() -> None:
    certificate = after(NEW, text=PASSED)[0]
    assert decode(encode(certificate)) == certificate
    with pytest.raises(ValueError, match="carrier"):
        decode(b"{}")


def test_the_report_says_what_is_left_to_do() -> None:
    first, *rest = report(after(NEW, text=PASSED, unbind=FAILED)[0], "One")
    assert first == (
        "Tests with One (one), begun 2027-01-15 08:00 UTC: not passed yet. "
        "1 of 14 steps passed, 1 failed."
    )
    assert any(line.startswith("pass  a text ") for line in rest)
    assert any(line.startswith("FAIL  unbind ") for line in rest)
    assert any(line.startswith("to do a long text, sar_* ") for line in rest)
    assert max(map(len, rest)) <= 100


def test_what_is_optional_is_not_asked_for_when_all_is_passed() -> None:
    lines = report(whole(), "One")
    assert "PASSED. 14 of 14 steps passed, 0 failed." in lines[0]
    assert not any(line.startswith("to do") for line in lines)


def test_a_task_says_what_to_send_where() -> None:
    assert "to 9110: T1 hello" in task(BY_KEY["text"], "9110")[-1]
    assert len(task(BY_KEY["text"])) == 1
    assert "only if you do so" in task(BY_KEY["sar"])[0]
    assert task(BY_KEY["unbind"], "9110") == task(BY_KEY["unbind"])


def test_long_words_go_on_beneath_themselves() -> None:
    lines = result(BY_KEY["text"], Done(False, "word " * 40, 0.0))
    assert len(lines) > 1
    assert lines[1].startswith(" " * 30)


def test_as_an_object_every_step_is_there() -> None:
    values = as_json(after(NEW, text=PASSED, unbind=FAILED)[0], "One")
    verdicts = {one["step"]: one["verdict"] for one in values["steps"]}
    assert verdicts["text"] == "pass"
    assert verdicts["unbind"] == "fail"
    assert verdicts["sar"] == "not seen"
    assert len(verdicts) == len(PLAN)
    assert values["passed"] is False
