"""Tests with a carrier have addresses and dialogues of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.gateway.directories import append, copy_of_demo
from text911.gateway.config import Carrier, ConfigurationErrors, load
from text911.gateway.core.commands import Route
from text911.gateway.core.facts import RouteChosen
from text911.gateway.core.state import Line
from text911.gateway.core.values import CallerKey, CarrierName
from text911.gateway.edges.answers import Answers
from text911.gateway.location.settings import CarrierLocationSettings
from text911.gateway.onboarding.settings import (
    CertificationSettings,
    for_tests,
    is_for_tests,
    served_by,
)
from text911.gateway.operations.metrics import Metrics
from text911.smpp.settings import AccountSettings

ACCOUNT = AccountSettings.model_validate(
    {"system_id": "one", "passwords": ["plain:x"], "allowed_networks": ["127.0.0.0/8"]}
)


def carrier(*codes: str) -> Carrier:
    tests = CertificationSettings(short_codes=list(codes))
    return Carrier("one", "One", "one", ACCOUNT, (), CarrierLocationSettings(), tests)


@pytest.mark.parametrize("code", ["", "9" * 21, "\u00e9", "9\n"])
def test_an_address_for_tests_is_one_that_smpp_can_carry(code: str) -> None:
    with pytest.raises(ValidationError, match="printable ASCII"):
        CertificationSettings(short_codes=[code])


def test_the_group_of_tests_is_no_name_that_a_file_can_have() -> None:
    assert is_for_tests(for_tests("one"))
    assert not is_for_tests("one")
    assert served_by(for_tests("one")) == served_by("one") == "one"


def test_a_text_belongs_to_callers_to_tests_or_to_nobody() -> None:
    one = carrier("9110")
    tests = one.addressed("9110")
    assert one.addressed("911") is one
    assert tests is not None
    assert tests is one.tests
    assert (tests.group, tests.account.short_codes, tests.tests) == ("one/tests", ["9110"], None)
    assert one.addressed("912") is None
    assert carrier().addressed("9110") is None


def test_what_is_said_in_a_test_is_said_from_its_address() -> None:
    one = carrier("9110")
    assert one.of("one") is one
    assert one.of("one/tests") is one.tests
    assert carrier().of("one/tests").account.short_codes == ["911"]  # the tests were taken away


class NoRouter:
    """A test is not for a router; only the PSAP's title is."""

    def title(self, psap: str) -> str:
        return psap.title()


def route(tests: dict[str, str]) -> RouteChosen:
    answers = Answers(NoRouter(), Metrics(), tests)  # type: ignore[arg-type]
    key = CallerKey("sms", CarrierName("one/tests"), "+18605550142")
    chosen = answers.answer(Line(key, "p", 0.0, 0.0, 0), Route(None, "no location"))
    assert isinstance(chosen, RouteChosen)
    return chosen


def test_a_test_rings_nowhere_but_at_the_psap_for_tests() -> None:
    assert route({"one/tests": "lab"}).psaps == ("lab",)
    assert "for Lab only" in route({"one/tests": "lab"}).reason
    for tests in ({"one/tests": ""}, {}):
        assert route(tests).psaps == ()
        assert "shown to no PSAP" in route(tests).reason


# --- seen together with the other files ----------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path)


def certification(directory: Path, text: str) -> None:
    append(directory / "carriers" / "carrier-a.toml", f"\n[certification]\n{text}\n")


def faults(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationErrors) as refused:
        load(directory)
    return [str(one) for one in refused.value.faults]


def test_a_psap_for_tests_serves_nobody_and_is_no_stranger(directory: Path) -> None:
    lab = (directory / "psaps" / "csecc.toml").read_text()
    (directory / "psaps" / "lab.toml").write_text(lab)
    assert any("no town and no overflow list" in fault for fault in faults(directory))
    certification(directory, 'short_codes = ["9110"]\npsap = "lab"')
    assert load(directory).carriers[0].certification.psap == "lab"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('short_codes = ["911"]', "callers write to it"),
        ('psap = "nowhere"', "there is no psaps/nowhere.toml"),
        ('psap = "csecc"', "serves callers"),
    ],
)
def test_tests_that_would_meet_callers_are_refused(directory: Path, text: str, words: str) -> None:
    certification(directory, text)
    assert any(words in fault for fault in faults(directory))


def test_an_overflow_psap_serves_callers_too(directory: Path) -> None:
    certification(directory, 'psap = "elm-harbor"')
    assert any("serves callers" in fault for fault in faults(directory))


def test_a_reload_says_that_the_tests_changed(directory: Path) -> None:
    from text911.gateway.config import changes

    before = load(directory)
    certification(directory, 'short_codes = ["9110"]')
    told = [str(one) for one in changes(before, load(directory))]
    assert told == ["carrier carrier-a: certification.short_codes changed"]
