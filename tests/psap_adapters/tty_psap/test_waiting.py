"""What waits to be typed: nothing is lost, nothing said twice, nothing shown out of order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters.port import Typed
from text911.psap_adapters.tty_psap.waiting import Waiting

from .stage import caller, event

WORDS = st.sampled_from(["help", "fire", "he has a gun", "please hurry", "upstairs"])


def drained(waiting: Waiting) -> tuple[list[str], list[int]]:
    """What is typed until nothing is left, and what is shown after each of it."""
    typed: list[str] = []
    shown: list[int] = []
    while text := waiting.next():
        typed.append(text.strip())
        waiting.left()
        shown.append(waiting.settled())
    return typed, shown


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=30))
def test_every_line_is_typed_once_and_shown_in_order(said: list[tuple[str, bool]]) -> None:
    waiting = Waiting("sms")
    for sequence, (text, is_said) in enumerate(said):
        waiting.add((caller if is_said else event)(sequence, text))
    typed, shown = drained(waiting)
    counts = {text.upper(): 0 for text, _ in said}
    for line in typed:
        text, _, times = line.removesuffix(" TIMES)").partition(" (")
        counts[text] += int(times or 1)
    wanted = [text.upper() for text, is_said in said if is_said]
    assert {one: many for one, many in counts.items() if many} == {
        one: wanted.count(one) for one in wanted
    }
    up_to = [one for one in (*shown, waiting.settled()) if one >= 0]
    assert up_to == sorted(set(up_to))
    assert up_to[-1:] == ([len(said) - 1] if said else [])
    assert waiting.rests(is_still=False)
    assert len(waiting) == 0


@given(st.text("abc ", max_size=30), st.lists(st.integers(0, 40), max_size=6))
def test_a_line_that_grows_is_typed_once_however_it_comes(text: str, cuts: list[int]) -> None:
    waiting = Waiting("sms")
    waiting.add(caller(1, "", open=True))
    typed = ""
    for cut in sorted(cuts):
        waiting.grow(Typed(1, text[:cut], (), True))
        while more := waiting.next():
            typed += more
            waiting.left()
        assert waiting.settled() == -1
    waiting.grow(Typed(1, text, (), False))
    typed += waiting.next()
    waiting.left()
    waiting.next()
    assert typed.split() == text.upper().split()
    assert waiting.settled() == 1


def test_what_is_known_already_is_not_added_again() -> None:
    waiting = Waiting("sms", 4)
    for sequence in (3, 4, 5, 5):
        waiting.add(caller(sequence, f"text {sequence}"))
    assert drained(waiting) == (["TEXT 5"], [5])


def test_an_empty_line_is_passed_over_and_shown() -> None:
    waiting = Waiting("tty")
    waiting.add(caller(1, "", open=True))
    waiting.add(caller(2, "help"))
    assert waiting.next() == ""
    assert waiting.awaits_more()
    waiting.grow(Typed(1, "", (), False))
    assert waiting.next() == "\r\nHELP"
    assert waiting.settled() == 1
    waiting.grow(Typed(7, "unknown", (), False))
    waiting.left()
    assert waiting.settled() == 2


def test_a_word_that_is_taken_back_is_taken_back_aloud() -> None:
    waiting = Waiting("tty")
    waiting.add(caller(1, "my dog ", open=True))
    assert waiting.next() == "\r\nMY DOG "
    waiting.left()
    waiting.grow(Typed(1, "my ", (), True))
    assert waiting.next() == "", "perhaps the word is written again"
    waiting.grow(Typed(1, "my son ", (), True))
    assert waiting.next() == "XXX SON "
    waiting.left()
    waiting.grow(Typed(1, "my so", (), False))
    assert waiting.next() == "XXX SO"
    waiting.left()
    waiting.left()
    assert waiting.settled() == 1


def test_a_word_without_an_end_is_typed_when_nothing_comes_and_anew_when_it_goes_on() -> None:
    waiting = Waiting("rtt")
    waiting.add(caller(1, "my hou", open=True))
    assert waiting.next() == "\r\nMY "
    waiting.left()
    assert waiting.awaits_more()
    assert waiting.next(is_still=True) == "HOU"
    waiting.left()
    assert not waiting.awaits_more(is_still=True)
    assert waiting.next(is_still=True) == ""
    waiting.grow(Typed(1, "my hous", (), True))
    assert waiting.next() == ""
    waiting.grow(Typed(1, "my house is", (), True))
    assert waiting.next() == "HOUSE "
    waiting.left()
    assert waiting.next(is_still=True) == "IS"
    waiting.left()
    waiting.grow(Typed(1, "my house is on fire", (), False))
    assert waiting.next() == " ON FIRE"
    assert waiting.settled() == -1
    waiting.left()
    assert waiting.settled() == 1


def test_what_is_cleared_is_not_typed_and_not_shown() -> None:
    waiting = Waiting("sms")
    waiting.add(caller(1, "help"))
    waiting.add(caller(2, "fire"))
    waiting.next()
    waiting.clear()
    waiting.left()
    assert waiting.next() == ""
    assert waiting.settled() == -1
    assert waiting.behind == 0
