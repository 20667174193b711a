"""Seconds on the wire: counted as sent."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.tty.code import REPERTOIRE
from text911.tty.pace import BIT_MS_50, STOP_BITS, Pace, seconds_on_wire
from text911.tty.shifts import send


@pytest.mark.parametrize(
    ("stop_bits", "code_ms"), [("1", 154), ("1.42", 163.24), ("1.5", 165), ("2", 176)]
)
def test_a_code_at_45_baud_lasts_what_the_makers_say(stop_bits: str, code_ms: float) -> None:
    assert float(Pace(stop_bits=Fraction(stop_bits)).code_ms) == code_ms


def test_fifty_baud_is_160_ms() -> None:
    assert Pace(BIT_MS_50).code_ms == 160


def test_lead_in_shift_characters_and_hold_are_counted() -> None:
    assert seconds_on_wire("HELP", Pace()) == (150 + 5 * 176 + 300) / 1000


def test_the_shift_after_a_space_in_figures_is_counted() -> None:
    assert seconds_on_wire("4 5", Pace()) == (150 + 5 * 176 + 300) / 1000


def test_an_sms_takes_about_half_a_minute() -> None:
    assert 28 < seconds_on_wire("HELP ME NOW " * 13, Pace()) < 34


def test_nothing_takes_no_time() -> None:
    assert seconds_on_wire("", Pace()) == 0


@given(
    st.text(alphabet=sorted(REPERTOIRE), min_size=1),
    st.sampled_from(STOP_BITS),
    st.sampled_from((20, 22)),
)
def test_the_estimate_is_the_codes_that_are_sent(
    text: str, stop_bits: Fraction, bit_ms: int
) -> None:
    pace = Pace(bit_ms, stop_bits)
    codes = sum(map(len, send(text)))
    wanted = 450 + codes * bit_ms * (6 + stop_bits)
    assert seconds_on_wire(text, pace) * 1000 == pytest.approx(float(wanted))


def test_a_pace_that_no_tty_has_is_refused() -> None:
    with pytest.raises(ValueError, match="22 or 20 ms, not 21"):
        Pace(21)
    with pytest.raises(ValueError, match=r"not 1\.25"):
        Pace(stop_bits=Fraction("1.25"))
