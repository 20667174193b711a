"""Recordings of what is typed: how long and how loud they are."""

from __future__ import annotations

from text911.tty.modulator import RATE
from text911.tty.pace import Pace, seconds_on_wire
from text911.tty.recording import recording


def test_a_recording_lasts_as_long_as_the_text_takes() -> None:
    lasts = len(recording("HELLO", Pace())) / RATE
    assert 0.3 <= lasts - seconds_on_wire("HELLO", Pace()) <= 0.6


def test_a_louder_recording_is_louder() -> None:
    quiet, loud = (recording("E", Pace(), level).max() for level in (-30.0, -10.0))
    assert 9 <= loud / quiet <= 11
