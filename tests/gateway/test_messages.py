"""Automatic messages: what the FCC wants is there, what must not be advertised is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from text911.gateway.core.encoding import policy_hash
from text911.gateway.core.policy import Limits
from text911.gateway.messages import (
    LimitsSettings,
    MessagesSettings,
    advertised_numbers,
    automatic,
    automatic_problems,
    bounce_problems,
    build,
    limits_problems,
    problems,
    text_problems,
)

GOOD = MessagesSettings().bounce


def test_the_messages_we_ship_have_no_problem_and_each_fits_one_sms() -> None:
    assert problems(MessagesSettings()) == []
    policy = build(Limits(), MessagesSettings(), {})
    for message in (policy.bounce, policy.lost, policy.undelivered, policy.quiet, policy.media):
        assert message is not None
        assert [segment.data_coding for segment in message.segments] == [0]


def test_the_limits_we_ship_are_those_of_the_core() -> None:
    assert LimitsSettings().limits() == Limits()
    assert limits_problems(LimitsSettings()) == []


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "Text-to-911 is not available here. Make a voice call to 911 now, or use a relay service "
        "(TRS, 711) if you cannot hear or speak.",
        "Texting 911 is currently unavailable. Please call 9-1-1 or use relay at 7-1-1.",
        "SMS to 911 isn't available in this area. Dial 911, or use a TRS relay.",
        "Your area cannot receive text to 911. Call the number 911 or use relay 711.",
    ],
)
def test_a_bounce_back_with_both_elements_passes(text: str) -> None:
    assert bounce_problems(text) == []
    assert text_problems(text) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Make a voice call to 911, or use relay 711.", ["(i)"]),
        ("911 is not available. Call 911 or use relay.", ["(i)"]),
        ("Text-to-911 is not available here. Use relay 711.", ["voice call"]),
        ("Text-to-911 is not available here. Make a voice call to 911.", ["relay service"]),
        ("Text-to-911 is not available here.", ["voice call", "relay service"]),
        ("Hello.", ["(i)", "voice call", "relay service"]),
    ],
)
def test_a_bounce_back_without_an_element_is_named(text: str, missing: list[str]) -> None:
    found = bounce_problems(text)
    assert len(found) == len(missing)
    assert all(word in sentence for word, sentence in zip(missing, found, strict=True))


@pytest.mark.parametrize("more", [" \N{POLICE CARS REVOLVING LIGHT}", " Please hurry." * 5])
def test_a_bounce_back_that_needs_more_than_one_gsm_segment_is_refused(more: str) -> None:
    (found,) = bounce_problems(GOOD + more)
    assert "160 GSM-7" in found


@pytest.mark.parametrize(
    "text",
    [
        "Call 860-555-0142 instead",
        "Call (860) 555 0142 instead",
        "Call +1 860 555 0142",
        "8605550142",
        "reach us at 555-0142",
        "dial 311",
        "Text the word HELP to 741741",
        "Call 1-800-HELP",
        "Dial \N{FULLWIDTH DIGIT THREE}\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT ONE}",
        "Call 112 or 911",
        "Call 911-860-5550",
    ],
)
def test_a_number_that_could_be_rung_is_found(text: str) -> None:
    assert len(advertised_numbers(text)) == 1
    assert "only 911, 711 and 988" in text_problems(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "Call 911, relay 711, crisis line 988.",
        "Call 9-1-1 or use 7-1-1.",
        "Closed after 30 minutes.",
        "Nobody wrote for 1800 seconds.",
        "Call 911 within 120 seconds.",
        "Call 911 and say that you are on Route 395.",
        "Are you on I-395? Then text the exit.",
        "We will call. Room 204 is yours?",
    ],
)
def test_allowed_numbers_and_plain_figures_are_not(text: str) -> None:
    assert advertised_numbers(text) == ()
    assert text_problems(text) == []


@given(st.from_regex(r"[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}", fullmatch=True), st.text(max_size=20))
def test_a_ten_digit_number_is_found_wherever_it_stands(number: str, before: str) -> None:
    assert advertised_numbers(f"{before} x {number} now") != ()


@pytest.mark.parametrize("text", ["Do not call 911.", "Don\u2019t ever dial 911", "never call"])
def test_no_message_may_tell_a_caller_not_to_call(text: str) -> None:
    assert any("not to call" in sentence for sentence in text_problems(text))


@pytest.mark.parametrize("text", ["two\nlines", "bell\a", "turned \u202e around"])
def test_control_characters_are_refused(text: str) -> None:
    assert any("control character" in sentence for sentence in text_problems(text))


def test_a_required_message_cannot_be_switched_off_and_the_others_can() -> None:
    off = MessagesSettings(bounce="", lost=" ", undelivered="", quiet="", media="")
    assert [problem.key for problem in problems(off)] == [
        "messages.bounce",
        "messages.lost",
        "messages.undelivered",
    ]
    policy = build(Limits(), MessagesSettings(quiet="", media=""), {"a": "", "b": "Over."})
    assert (policy.quiet, policy.media) == (None, None)
    assert [psap for psap, _ in policy.ended] == ["b"]


def test_blanks_are_no_message() -> None:
    (problem,) = automatic_problems("ended", "  ", required=False)
    assert "empty" in problem.sentence


def test_a_message_of_many_parts_is_refused() -> None:
    (problem,) = automatic_problems("messages.lost", "word " * 96, required=True)
    assert "at most 3" in problem.sentence


def test_every_problem_of_the_table_names_its_key() -> None:
    wrong = MessagesSettings(bounce="Call 860-555-0142", media="do not call")
    keys = {problem.key for problem in problems(wrong)}
    assert keys == {"messages.bounce", "messages.media"}


def test_what_is_sent_is_what_the_alphabet_can_carry() -> None:
    made = automatic("It\u2019s over.")
    assert made.text == "It's over."
    assert len(made.segments) == 1


@dataclass(frozen=True)
class Contradiction:
    settings: dict[str, Any]
    key: str


@pytest.mark.parametrize(
    "case",
    [
        Contradiction({"location": 5, "shown": 5, "reach": 9}, "limits.reach"),
        Contradiction({"ring": 30, "abandon": 30}, "limits.abandon"),
        Contradiction({"quiet_warning": 1800}, "limits.quiet_close"),
        Contradiction({"grace": 600, "forget": 60}, "limits.forget"),
    ],
)
def test_limits_that_contradict_each_other_are_named(case: Contradiction) -> None:
    (problem,) = limits_problems(LimitsSettings.model_validate(case.settings))
    assert problem.key == case.key


@pytest.mark.parametrize(
    "wrong",
    [{"reach": 10.1}, {"reach": 0}, {"parts": 0}, {"ring": 0}, {"retries": 0}, {"location": "nan"}],
)
def test_limits_that_nobody_can_want_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LimitsSettings.model_validate(wrong)


def test_the_settings_have_a_key_for_every_limit_of_the_core() -> None:
    names = {field.name for field in msgspec.structs.fields(Limits)}
    assert set(LimitsSettings.model_fields) == names


def test_the_hash_is_stable_and_changes_with_every_part_of_the_policy() -> None:
    policy = build(Limits(), MessagesSettings(), {"a": "Over."})
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(policy), type=type(policy))
    assert policy_hash(again) == policy_hash(policy)
    assert len(policy_hash(policy)) == 64
    others = [
        build(Limits(ring=21.0), MessagesSettings(), {"a": "Over."}),
        build(Limits(), MessagesSettings(media=""), {"a": "Over."}),
        build(Limits(), MessagesSettings(), {}),
    ]
    assert len({policy_hash(one) for one in (policy, *others)}) == 4
