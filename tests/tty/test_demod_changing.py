"""What is on a line before, between and after characters: tones of exchanges, voices, noise. None
of it is a character, and none of it costs one that follows. Seeded, many calls in one bank."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from load_tests.tty_receiver import ours
from load_tests.tty_signals import (
    RATE,
    Sender,
    amplitude,
    codes_of,
    edit_distance,
    mixed_text,
    mu_law,
    noise,
    sent,
)
from load_tests.tty_sounds import dtmf, speech_like

Sound = NDArray[np.float64]
CALLS = 40  # of each kind
LINE_NOISE = (0.0, 4.0, 8.0, 30.0)  # of 32767


def _of(*hertz: float) -> Callable[[np.random.Generator, int], Sound]:
    def make(_: np.random.Generator, count: int) -> Sound:
        at = np.arange(count) / RATE
        both: Sound = np.mean([np.sin(2 * np.pi * one * at) for one in hertz], axis=0)
        return both

    return make


def _busy(chance: np.random.Generator, count: int) -> Sound:
    on = np.arange(count) // (RATE // 2) % 2 == 0
    busy: Sound = _of(480.0, 620.0)(chance, count) * on
    return busy


def _keys(chance: np.random.Generator, count: int) -> Sound:
    return dtmf(chance, count // RATE + 1)[:count]


def _nearly(chance: np.random.Generator, count: int) -> Sound:
    return _of(chance.uniform(1340.0, 1460.0))(chance, count)


TONES = {
    "1400 Hz": _of(1400.0),
    "1800 Hz": _of(1800.0),
    "2100 Hz": _of(2100.0),
    "keys": _keys,
    "busy": _busy,
    "ringing": _of(440.0, 480.0),
    "dial tone": _of(350.0, 440.0),
}


def _loud(chance: np.random.Generator) -> float:
    return amplitude(chance.uniform(-25.0, -8.0))


def _some(chance: np.random.Generator, seconds: float) -> Sound:
    return np.zeros(int(chance.uniform(0.0, seconds) * RATE))


def _heard(calls: list[NDArray[np.int16]]) -> list[list[int]]:
    given = [(samples, np.zeros(len(samples), dtype=np.bool_)) for samples in calls]
    return [[code.code for code, _ in found] for found in ours(given)]


def _tone(chance: np.random.Generator, name: str) -> Sound:
    make = TONES.get(name, _nearly)
    return make(chance, int(chance.uniform(0.3, 3.0) * RATE)) * _loud(chance)


def _speech(chance: np.random.Generator, seconds: int) -> Sound:
    return speech_like(chance, seconds) * _loud(chance)


def _on_a_line(chance: np.random.Generator, parts: list[Sound]) -> NDArray[np.int16]:
    sound = np.concatenate([_some(chance, 1.0), *parts, np.zeros(RATE // 4)])
    return mu_law(sound + chance.normal(0.0, chance.choice(LINE_NOISE), len(sound)))


@pytest.mark.parametrize("name", [*TONES, "nearly 1400 Hz"])
def test_who_speaks_right_after_a_tone_has_typed_nothing(name: str) -> None:
    calls: list[NDArray[np.int16]] = []
    for seed in range(CALLS):
        chance = np.random.default_rng([seed, 1])
        pause = _some(chance, 0.5) if seed % 3 else np.zeros(0)
        calls.append(_on_a_line(chance, [_tone(chance, name), pause, _speech(chance, 3)]))
    assert [found for found in _heard(calls) if found] == []


def _typed_then_spoken(seed: int) -> tuple[NDArray[np.int16], list[int]]:
    chance = np.random.default_rng([seed, 2])
    codes = codes_of(mixed_text(chance, 12))
    hold_ms = float(chance.choice((0.0, 100.0, 300.0)))
    sender = Sender(stop_bits=float(chance.choice((1.0, 1.5, 2.0))), hold_ms=hold_ms)
    typed, _ = sent(codes, sender, chance)
    typed = typed[:-3200] * _loud(chance)  # what follows is our own
    pause = _some(chance, 0.6) if seed % 3 else np.zeros(0)
    return _on_a_line(chance, [typed, pause, _speech(chance, 3)]), codes


def test_who_speaks_within_a_second_of_the_last_character_has_typed_no_other() -> None:
    calls, said = zip(*map(_typed_then_spoken, range(5 * CALLS)), strict=True)
    wrong = [
        (seed, codes, found)
        for seed, (codes, found) in enumerate(zip(said, _heard([*calls]), strict=True))
        if found not in (codes, codes[1:])  # a first shift may be missed
    ]
    assert wrong == []


def _typed_after(before: str, seed: int) -> tuple[NDArray[np.int16], list[int]]:
    chance = np.random.default_rng([seed, 3])
    codes = codes_of(mixed_text(chance, 16))
    lead_in_ms = float(chance.choice((44.0, 150.0, 600.0)))
    sender = Sender(stop_bits=float(chance.choice((1.0, 1.5, 2.0))), lead_in_ms=lead_in_ms)
    typed, _ = sent(codes, sender, chance)
    tone = _loud(chance)
    first = np.zeros(RATE // 2)
    if before == "a voice":
        first = _speech(chance, int(chance.integers(1, 4)))
    elif before in TONES:
        first = _tone(chance, before)
    pause = _some(chance, 1.0) if seed % 2 else np.zeros(0)
    sound = np.concatenate([_some(chance, 1.0), first, pause, typed * tone])
    sound += noise(float(chance.choice((14.0, 18.0, 22.0, 30.0))), tone, len(sound), chance)
    return mu_law(sound), codes


@pytest.mark.parametrize("before", ["nothing", "a voice", *TONES])
def test_what_was_on_the_line_before_costs_hardly_a_character(before: str) -> None:
    """Noise alone, which looks like a character now and then, used to cost whole calls."""
    calls, said = zip(*(_typed_after(before, seed) for seed in range(CALLS)), strict=True)
    wrong = [
        edit_distance(codes, found) for codes, found in zip(said, _heard([*calls]), strict=True)
    ]
    assert sum(wrong) <= 0.02 * sum(map(len, said)), wrong


@pytest.mark.parametrize("together", [True, False], ids=["side by side", "each alone"])
def test_numpy_hears_the_same_on_lines_that_change(together: bool) -> None:
    pytest.importorskip("numba")
    made = [_typed_then_spoken(seed) for seed in range(0, 9, 3)]
    made += [_typed_after("nothing", seed) for seed in range(6)]
    calls = [samples[: 4 * RATE] for samples, _ in made]
    for some in [calls] if together else [[one] for one in calls]:
        given = [(samples, np.zeros(len(samples), dtype=np.bool_)) for samples in some]
        compiled, plain = ours(given), ours(given, fast=False)
        for one, other in zip(compiled, plain, strict=True):
            assert [(code.code, code.at) for code, _ in one] == [
                (code.code, code.at) for code, _ in other
            ]
            for (code, _), (same, _) in zip(one, other, strict=True):
                assert abs(code.confidence - same.confidence) < 1e-6
