"""How sure the receiver says it is of a character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.tty.demod.weighing import DOUBT, doubted

SHARES = st.floats(0.0, 1.0)


@given(SHARES, SHARES)
def test_of_two_characters_the_one_with_surer_bits_is_the_surer(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert doubted(low) <= doubted(high)


@given(SHARES)
def test_a_character_is_never_surer_than_its_bits_nor_much_less(bits: float) -> None:
    assert bits - DOUBT / 2 <= doubted(bits) <= bits


def test_what_is_certain_of_all_bits_is_nearly_certain() -> None:
    assert 0.999 < doubted(1.0) < 1.0
