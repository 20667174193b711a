"""Somebody speaks: said of speech, never of tones, noise, keys or characters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from load_tests.tty_receiver import Case, line
from load_tests.tty_signals import Sender, amplitude, codes_of, mu_law, noise, sent
from load_tests.tty_sounds import SOUNDS, speech_like
from text911.tty.demod.choosing import receiver
from text911.tty.receiving import Code, Event, Voice

SECOND = 8000


def events_of(samples: NDArray[np.int16]) -> list[Event]:
    ear = receiver()
    lost = np.zeros(len(samples), dtype=np.bool_)
    return [*ear.push(samples, lost), *ear.finish()]


def voices(events: list[Event]) -> list[Voice]:
    return [one for one in events if isinstance(one, Voice)]


def speech(seconds: int, level_dbm0: float, seed: int = 5) -> NDArray[np.float64]:
    return speech_like(np.random.default_rng(seed), seconds) * amplitude(level_dbm0)


@pytest.mark.parametrize("level_dbm0", [-12.0, -20.0, -28.0])
def test_who_speaks_is_noticed_and_is_not_taken_to_have_stopped_between_words(
    level_dbm0: float,
) -> None:
    still = np.random.default_rng(1).normal(0, 8, SECOND)
    sound = np.concatenate([still, speech(6, level_dbm0), still])
    begins, ends = voices(events_of(mu_law(sound)))
    assert begins.on
    assert SECOND + 1600 <= begins.at <= 3 * SECOND, "not before 200 ms of it"
    assert not ends.on
    assert 6.7 * SECOND + 4000 <= ends.at <= 7 * SECOND + 5000, "500 ms after the last of it"


@pytest.mark.parametrize("sound", [one for one in SOUNDS if one not in ("speech-like", "music")])
def test_machines_and_noise_do_not_speak(sound: str) -> None:
    samples = SOUNDS[sound](np.random.default_rng(5), 12) * amplitude(-15.0)
    assert voices(events_of(mu_law(samples))) == []


@pytest.mark.parametrize(
    "case",
    [
        Case("", 8.0),
        Case("", 22.0),
        Case("", 22.0, Sender(gap_ms=150.0)),
        Case("", 22.0, Sender(tones=1.03)),
        Case("", 22.0, Sender(jumps=True)),
        Case("", 22.0, echo_ms=30.0),
        Case("", 22.0, hum=3.0),
        Case("", loss=0.03, quiet=True),
        Case("", quiet=True),
    ],
    ids=str,
)
def test_a_tty_does_not_speak(case: Case) -> None:
    codes = codes_of("HELP AT 964-1828 KNIFE, CRASH")
    samples, _ = line(case, codes, np.random.default_rng(2))
    assert voices(events_of(samples)) == []


def test_of_one_who_speaks_and_types_in_turn_no_voice_is_told_among_the_characters() -> None:
    chance = np.random.default_rng(9)
    codes = codes_of("I CAN SPEAK GA")
    typed, _ = sent(codes, Sender(), chance)
    still = np.zeros(SECOND)
    parts = [speech(3, -15.0), still[:2400], typed * amplitude(-20.0), still, speech(4, -20.0, 6)]
    sound = np.concatenate(parts)
    sound += noise(55.0, amplitude(-20.0), len(sound), chance)
    events = events_of(mu_law(sound))
    heard = [one for one in events if isinstance(one, Code)]
    assert [one.code for one in heard] in (codes, codes[1:]), "a first shift may be missed"
    told = voices(events)
    assert [one.on for one in told] == [True, False, True] or (
        [one.on for one in told] == [True, False, True, False]
    )
    assert told[1].at < heard[1].at, "the voice has ended before the characters"
    assert told[2].at > heard[-1].at + 4000, "and is back 500 ms after them"
