"""Sounds that are no TTY, a minute of each: no receiver may hear a character in them. Seeded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .tty_signals import RATE

Sound = NDArray[np.float64]


def _tone(hertz: float, count: int) -> Sound:
    return np.sin(2 * np.pi * hertz * np.arange(count) / RATE)


def speech_like(chance: np.random.Generator, seconds: int) -> Sound:
    """Buzzes through three wandering resonances, in syllables and pauses, and some hisses."""
    out: list[Sound] = []
    total = 0
    while total < seconds * RATE:
        count = int(chance.integers(600, 2800))
        at = np.arange(count)
        pitch = chance.uniform(85, 260) * (1 + 0.15 * np.sin(2 * np.pi * at / count))
        source = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) * chance.uniform(0.2, 1)
        if chance.random() < 0.25:
            source = chance.standard_normal(count)
        spectrum = np.fft.rfft(source)
        hertz = np.fft.rfftfreq(count, 1 / RATE)
        shape = np.zeros(len(hertz))
        for low, high, width in ((300, 900, 90), (900, 2300, 120), (2200, 3200, 180)):
            centre = chance.uniform(low, high)
            shape += 1 / (1 + ((hertz - centre) / width) ** 2)
        syllable = np.fft.irfft(spectrum * shape, count) * np.hanning(count)
        out.append(syllable / (np.abs(syllable).max() + 1e-9) * chance.uniform(0.2, 1))
        out.append(np.zeros(int(chance.integers(0, 1600))))
        total += len(out[-2]) + len(out[-1])
    return np.concatenate(out)[: seconds * RATE]


def music(chance: np.random.Generator, seconds: int) -> Sound:
    """Chords of the tempered scale with overtones, notes of 60 to 500 ms."""
    out = np.zeros(seconds * RATE)
    for _ in range(4):
        at = 0
        while at < len(out):
            count = min(int(chance.integers(480, 4000)), len(out) - at)
            hertz = 110 * 2 ** (chance.integers(0, 48) / 12)
            for overtone in range(1, 6):
                if hertz * overtone < 3600:
                    decay = np.exp(-np.arange(count) / chance.uniform(1000, 6000))
                    out[at : at + count] += _tone(hertz * overtone, count) * decay / overtone
            at += count
    return out / float(np.abs(out).max())


def dtmf(chance: np.random.Generator, seconds: int) -> Sound:
    """Keys of 50 to 120 ms."""
    out: list[Sound] = []
    total = 0
    while total < seconds * RATE:
        count = int(chance.integers(400, 960))
        low = chance.choice((697, 770, 852, 941))
        high = chance.choice((1209, 1336, 1477, 1633))
        out += [(_tone(low, count) + _tone(high, count)) / 2, np.zeros(count // 2)]
        total += count + count // 2
    return np.concatenate(out)[: seconds * RATE]


def fax(chance: np.random.Generator, seconds: int) -> Sound:
    """Calling tone, answer tone, then V.21 at 300 bit/s, over and over."""
    out: list[Sound] = []
    total = 0
    while total < seconds * RATE:
        data = chance.integers(0, 2, 900)
        steps = np.repeat(np.where(data == 1, 1650.0, 1850.0), 27)
        v21 = np.sin(2 * np.pi * np.cumsum(steps) / RATE)
        out += [_tone(1100, 4000), np.zeros(8000), _tone(2100, 24000), np.zeros(600), v21]
        total += sum(map(len, out[-5:]))
    return np.concatenate(out)[: seconds * RATE]


def steady(hertz: float) -> Callable[[np.random.Generator, int], Sound]:
    """One tone, over a little noise, interrupted now and then."""

    def make(chance: np.random.Generator, seconds: int) -> Sound:
        tone = _tone(hertz, seconds * RATE)
        for at in range(10 * RATE, seconds * RATE, 7 * RATE):
            tone[at : at + RATE] = 0.0
        return tone + 0.01 * chance.standard_normal(len(tone))

    return make


def white(chance: np.random.Generator, seconds: int) -> Sound:
    """White noise."""
    return chance.standard_normal(seconds * RATE) / 4


SOUNDS: dict[str, Callable[[np.random.Generator, int], Sound]] = {
    "speech-like": speech_like,
    "music": music,
    "DTMF": dtmf,
    "fax": fax,
    "2100 Hz": steady(2100.0),
    "1400 Hz": steady(1400.0),
    "1800 Hz": steady(1800.0),
    "white noise": white,
}
