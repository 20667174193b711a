"""Our words for one carrier group: cut, measured, and offered in plain letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.wording import (
    BECAUSE_MAX,
    Group,
    cut,
    for_everybody,
    measured,
    measured_on_line,
    together,
    typed,
)
from text911.psap_adapters.port import Measure
from text911.smpp.segments import PARTS_MAX, compose
from text911.tty.pace import Pace, seconds_on_wire

SPANISH = Group("", "gsm7", (2,))


def test_a_plain_text_is_measured_and_nothing_is_offered() -> None:
    assert measured("help", Group("")) == Measure("GSM-7", 1, 156, "help", room=160)


def test_a_long_one_says_why_and_what_plain_letters_would_make_of_it() -> None:
    text = "está " * 20
    assert measured(text, Group("")) == Measure(
        "UCS-2", 2, 32, text, 0.0, ("á",), "esta " * 20, 1, 67
    )
    assert measured(text, SPANISH) == Measure(
        "GSM-7 Spanish", 1, 35, text, 0.0, ("á",), "esta " * 20, 1, 155
    )


def test_what_cannot_be_said_plainly_is_named_and_nothing_is_offered() -> None:
    found = measured("火山 á", Group(""))
    assert (found.because, found.plain, found.plain_parts) == (("火", "山", "á"), "", 0)
    assert len(measured("абвгдежзиклмн", Group("")).because) == BECAUSE_MAX


def test_what_is_too_long_to_be_counted_is_said_so() -> None:
    assert measured("x" * 153 * 256, Group("")) == Measure("UCS-2", PARTS_MAX + 1, 0, "x" * 39168)
    found = measured("🚒" * 8000, Group(""))
    assert (found.parts, found.plain_parts) == (243, PARTS_MAX + 1)


@pytest.mark.parametrize(
    ("groups", "alphabet", "shifts"),
    [
        ([Group("A")], "gsm7", ()),
        ([Group("A", "gsm7", (2, 3)), Group("B", "packed", (3, 2, 1))], "packed", (2, 3)),
        ([Group("A", "gsm7", (2,)), Group("B", "latin1")], "latin1", ()),
        ([Group("A", "latin1"), Group("B", "ascii"), Group("C", "gsm7")], "ascii", ()),
        ([Group("A", "ascii"), Group("B", "ucs2")], "ucs2", ()),
    ],
)
def test_accounts_of_one_group_use_what_all_of_them_can(
    groups: list[Group], alphabet: str, shifts: tuple[int, ...]
) -> None:
    assert together(groups) == Group("A", alphabet, shifts)  # type: ignore[arg-type]


@given(
    st.text(max_size=200) | st.text("aáñ€ 🚑\u2019½", max_size=200),
    st.sampled_from([Group(""), SPANISH, Group("", "latin1"), Group("", "ascii")]),
)
def test_what_is_offered_is_sent_as_it_is_shown(text: str, group: Group) -> None:
    found = measured(text, group)
    if found.plain:
        then = measured(found.plain, group)
        assert (then.alphabet, then.as_sent) == ("GSM-7", found.plain)
        assert (then.parts, then.because) == (found.plain_parts, ())
        assert cut(found.plain, group).text == found.plain
    assert compose(text, group.alphabet, group.shifts).as_sent == found.as_sent


# --- callers on lines ---


def test_words_for_a_tty_are_spelled_and_take_their_time() -> None:
    made = typed("Fire @ 5?\nGA", "tty")
    assert (made.text, made.segments) == ("Fire @ 5?\nGA", ())
    assert made.spelled == "FIRE AT 5?\r\nGA\r\n"
    assert made.seconds == pytest.approx(seconds_on_wire(made.spelled, Pace()), abs=0.05)


def test_the_state_of_georgia_hands_nothing_over_unless_it_stands_at_the_end() -> None:
    assert typed("He is from GA, wait", "tty").spelled == "HE IS FROM GEORGIA, WAIT\r\n"
    assert typed("Where are you GA", "tty").spelled == "WHERE ARE YOU GA\r\n"


def test_a_long_text_is_typed_in_lines_and_one_of_nothing_is_not_typed() -> None:
    made = typed(("Trucks are coming. " * 10).strip(), "tty")
    assert max(map(len, made.spelled.split("\r\n"))) <= 72
    assert made.spelled.endswith(".\r\n")
    assert (typed("", "tty").spelled, typed("\u200d", "tty").spelled) == ("", "")
    assert for_everybody("").spelled == ""


def test_real_time_text_leaves_as_it_is_with_its_own_new_lines() -> None:
    made = typed("caf\u00e9\n\N{FIRE}", "rtt")
    assert (made.spelled, made.seconds) == ("caf\u00e9\u2028\N{FIRE}", 0.0)


def test_before_it_is_sent_one_sees_what_will_be_typed_and_how_long_it_takes() -> None:
    found = measured_on_line("Fire @ 5?", "tty")
    assert (found.alphabet, found.parts, found.as_sent) == ("Baudot", 1, "FIRE AT 5?")
    assert (found.room, found.seconds > 2.0) == (12, True)
    found = measured_on_line("caf\u00e9", "rtt")
    assert (found.alphabet, found.as_sent, found.seconds) == ("T.140", "caf\u00e9", 0.0)
    assert measured_on_line("", "tty").seconds == 0.0


def test_an_automatic_message_is_for_carriers_and_for_lines() -> None:
    made = for_everybody("Call 911 @ once")
    assert made.segments == cut("Call 911 @ once").segments
    assert made.spelled == "CALL 911 AT ONCE\r\n"
    assert made.seconds > 3.0
