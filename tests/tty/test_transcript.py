"""What is read out of recordings."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.tty.clean_receiver import CleanReceiver
from text911.tty.code import Case
from text911.tty.modulator import RATE
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.transcript import transcript


def test_what_was_typed_is_read() -> None:
    text = "FIRE AT 12 MAIN ST, APT 5 QQ GA"
    read = transcript(recording(text, Pace()), CleanReceiver())
    assert read.text == text
    assert read.bit_ms == Fraction(22)


def test_every_character_has_its_time_and_both_readings() -> None:
    read = transcript(recording("A5", Pace()), CleanReceiver())
    letters, a, figures, five = read.characters
    assert (letters.reading, figures.reading) == ("", "")
    assert (a.reading, a.other, a.case) == ("A", "-", Case.LETTERS)
    assert (five.reading, five.other, five.case) == ("5", "T", Case.FIGURES)
    assert a.at < figures.at < five.at < len(recording("A5", Pace()))


def test_after_a_pause_a_new_carrier_begins_in_letters() -> None:
    samples = np.concatenate([recording("12", Pace()), recording("12", Pace())])
    assert transcript(samples, CleanReceiver()).text == "1212"


def test_silence_says_nothing() -> None:
    read = transcript(np.zeros(3 * RATE, np.int16), CleanReceiver())
    assert (read.characters, read.text, read.bit_ms) == ((), "", None)
