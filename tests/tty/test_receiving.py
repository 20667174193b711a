"""Events are values; the promise is kept by whatever the door hands out."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from text911.tty.demod.choosing import receiver
from text911.tty.receiving import Carrier, Code, Detected, Voice


def test_events_are_values() -> None:
    assert Code(4, 100, 0.5) == Code(4, 100, 0.5)
    assert Carrier(True, 1) != Carrier(False, 1)
    assert Detected(3, Fraction(22)).bit_ms == 22
    assert Voice(True, 5).at == 5


def test_a_bit_length_that_no_tty_has_is_refused() -> None:
    with pytest.raises(ValueError, match="22 or 20 ms, not 21"):
        receiver(bit_ms=Fraction(21), fast=False)


def test_samples_and_losses_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="alike"):
        receiver(fast=False).push(np.zeros(160, dtype=np.int16), np.zeros(80, dtype=np.bool_))


def test_silence_says_nothing() -> None:
    ear = receiver(fast=False)
    assert ear.push(np.zeros(4000, dtype=np.int16), np.zeros(4000, dtype=np.bool_)) == ()
    assert ear.finish() == ()
