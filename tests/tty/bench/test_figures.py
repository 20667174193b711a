"""A small part of the bench with hard limits; the whole is `python -m load_tests.tty_receiver`."""

from __future__ import annotations

import pytest

from load_tests.tty_receiver import Case, characters_in, measured
from load_tests.tty_signals import Sender
from load_tests.tty_sounds import SOUNDS

CHARACTERS = 1000


def test_at_10_dB_it_is_better_than_non_coherent_theory() -> None:
    result = measured(Case("", 10.0), CHARACTERS, seed=1)
    assert result.raw < 1.0, "theory: 1.67 %"


def test_a_sender_whose_phase_jumps_loses_nothing_by_the_second_look() -> None:
    assert measured(Case("", 12.0, Sender(jumps=True)), CHARACTERS, seed=1).raw < 0.5


@pytest.mark.parametrize("loss", [0.01, 0.02])
def test_lost_packets_cost_no_characters(loss: float) -> None:
    assert measured(Case("", loss=loss, quiet=True), CHARACTERS, seed=1).raw <= 0.1


def test_on_a_clean_line_characters_come_at_once() -> None:
    assert measured(Case("", 22.0), CHARACTERS, seed=1).delay_p99 <= 60


def test_on_a_bad_line_they_come_within_200_ms() -> None:
    assert measured(Case("", 9.0), CHARACTERS, seed=1).delay_p99 <= 200


@pytest.mark.parametrize("sound", SOUNDS)
def test_what_is_no_tty_has_no_characters(sound: str) -> None:
    assert characters_in(sound, seconds=15, seed=2) == 0
