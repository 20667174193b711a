"""The story: the same for the same seed, believable, and never a number that somebody has."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.demo.scripts import NOBODY_THERE, SCRIPTS
from text911.gateway.demo.story import (
    CLOSING,
    LAST_WORDS,
    NUMBERS,
    Caller,
    Script,
    Text,
    Turn,
    callers,
    chance,
    natural,
    reaction,
    shuffled,
)

CARRIERS = ("carrier-a", "carrier-b")
seeds = st.integers(min_value=0, max_value=2**32)


def told(seed: int, count: int, stream: str = "person") -> list[Caller]:
    return list(islice(callers(seed, stream, SCRIPTS, NUMBERS, CARRIERS), count))


@given(seeds)
def test_the_same_seed_tells_the_same_story(seed: int) -> None:
    assert told(seed, 25) == told(seed, 25)


def test_another_seed_or_another_stream_tells_another_story() -> None:
    assert told(911, 25) != told(912, 25)
    assert told(911, 25) != told(911, 25, "elsewhere")


@given(seeds)
def test_every_round_has_every_script_once(seed: int) -> None:
    story = told(seed, 2 * len(SCRIPTS))
    for start in (0, len(SCRIPTS)):
        titles = {one.script.title for one in story[start : start + len(SCRIPTS)]}
        assert titles == {script.title for script in SCRIPTS}


def test_a_number_comes_again_only_when_all_were_used() -> None:
    story = told(911, len(NUMBERS) + 1)
    assert {one.number for one in story[:-1]} == set(NUMBERS)
    assert story[-1].number == story[0].number


def test_a_number_always_has_the_same_carrier_and_both_carriers_have_callers() -> None:
    story = told(911, 2 * len(NUMBERS))
    carrier_of = {one.number: one.carrier for one in story}
    assert all(carrier_of[one.number] == one.carrier for one in story)
    assert set(carrier_of.values()) == set(CARRIERS)


def test_no_number_is_one_that_a_telephone_could_have() -> None:
    assert len(set(NUMBERS)) == len(NUMBERS) == 400
    assert all(number[5:10] == "55501" and len(number) == 12 for number in NUMBERS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.title)
def test_a_scripted_line_gets_the_answer_the_script_has_for_it(script: Script) -> None:
    for number, turn in enumerate(script.turns):
        assert reaction(script, range(number), turn.asked) == number
    assert reaction(script, range(len(script.turns)), "Anything else?") is None
    assert reaction(script, (), script.closing) is None


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.title)
def test_a_person_may_ask_in_any_order(script: Script) -> None:
    for number, turn in enumerate(script.turns):
        word = turn.about[0]
        about = [n for n, other in enumerate(script.turns) if word in other.about]
        assert reaction(script, (), f"Tell me: {word.upper()}!") == about[0] <= number


def test_an_answer_is_given_once_and_then_the_next_one() -> None:
    where = Turn("Where?", (Text("here"),), ("where",))
    other = Turn("What?", (Text("this"),), ("what",))
    script = Script("two turns", (Text("help", 0.0),), (where, other))
    assert reaction(script, (), "something else") == 0
    assert reaction(script, {0}, "where, once more?") == 1
    assert reaction(script, {0, 1}, "where?") is None


@pytest.mark.parametrize("words", LAST_WORDS)
def test_nobody_answers_to_last_words(words: str) -> None:
    assert reaction(SCRIPTS[0], (), f"This {words}.") is None


def test_lines_are_counted_up_to_a_turn() -> None:
    script = Script(
        "x", (Text("a"), Text("b")), (Turn("?", (Text("c"),)), Turn("?", (Text("d"), Text("e"))))
    )
    assert [script.lines_after(turns) for turns in range(3)] == [2, 3, 5]


@given(seeds, st.sampled_from((*SCRIPTS, NOBODY_THERE)))
def test_natural_delays_stay_near_the_script_and_change_nothing_else(
    seed: int, script: Script
) -> None:
    before = Caller(NUMBERS[0], "carrier-a", script)
    after = natural(seed, before)
    pairs = list(zip(_texts(before), _texts(after), strict=True))
    assert all((old.words, old.way) == (new.words, new.way) for old, new in pairs)
    assert all(0.75 * old.after <= new.after <= 1.25 * old.after for old, new in pairs)
    assert after == natural(seed, before)


def _texts(caller: Caller) -> list[Text]:
    script = caller.script
    return [*script.opening, *(text for turn in script.turns for text in turn.texts)]


@given(st.lists(st.integers()), seeds)
def test_shuffling_loses_nothing(items: list[int], seed: int) -> None:
    assert sorted(shuffled(items, seed, "x")) == sorted(items)


@given(st.integers(min_value=1, max_value=50), seeds)
def test_chance_stays_within_its_limits(of: int, seed: int) -> None:
    assert 0 <= chance(of, seed, "x", 1) < of


def test_the_scripts_hold_everything_a_demonstration_is_to_show() -> None:
    texts = [text for script in SCRIPTS for text in _texts(Caller("", "", script))]
    assert {text.way for text in texts} == {"plain", "mixed", "late part", "repeated"}
    assert any("😭" in text.words for text in texts)
    assert any("ñ" in text.words for text in texts)
    assert all(len(text.words) > 160 for text in texts if text.way in ("mixed", "late part"))
    assert any([text.words for text in script.opening].count("HELP") == 2 for script in SCRIPTS)
    assert all(script.closing == CLOSING for script in SCRIPTS)
    assert all(script.opening[0].after == 0.0 for script in SCRIPTS)
