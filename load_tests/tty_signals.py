"""Signals for testing a receiver of TTY tones, made by an exact modulator that is not the
product's: edges at fractions of a sample, phases that jump if asked, tones and speed that are off.

Everything is seeded. Levels in dBm0; Eb is the tone's power times one bit, noise is white over 0 to
4 kHz, so SNR in 4 kHz = Eb/N0 - 19.44 dB at 45.45 baud.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from text911.tty.code import bits
from text911.tty.shifts import receive, send, text_of

RATE = 8000
FULL_SCALE_DBM0 = 3.17  # of a sine (G.711)
WORDS: tuple[str, ...] = (
    *("HELP", "POLICE", "FIRE", "AT", "MAIN", "STREET", "THE", "MAN", "HAS", "A", "KNIFE"),
    *("CRASH", "NO", "BREATHING", "YES", "PLEASE", "SEND", "AMBULANCE", "GA", "Q", "APT", "12"),
    *("CALL", "860-555-0134", "EXIT", "27", "I-84", "MILE", "3.5", "2", "KIDS,", "1", "BABY;"),
    *("DR.", '"LEE"', "(BLUE", "CAR)", "$20?", "911!", "45+10", "A/C", "X=7", "'OK':", "BOX"),
    *("9", "JUMP", "QUICK", "VAN", "ZERO"),
)


@dataclass(frozen=True, slots=True)
class Sender:
    """How a TTY sends. `bit` in samples, `tones` a factor on both, `gap_ms` mean of a typist's
    pause before each character (0: none), `jumps`: a new phase with every bit."""

    bit: float = 176.0
    stop_bits: float = 2.0
    tones: float = 1.0
    jumps: bool = False
    gap_ms: float = 0.0
    lead_in_ms: float = 150.0
    hold_ms: float = 300.0


def mixed_text(chance: np.random.Generator, length: int) -> str:
    """Words, numbers and marks as callers write them: letters and figures mixed."""
    words: list[str] = []
    total = 0
    while total <= length:
        word = WORDS[int(chance.integers(len(WORDS)))]
        if chance.random() < 0.12:
            word = str(chance.integers(0, 100_000))
        words.append(word)
        total += len(word) + 1
    return " ".join(words)[:length]


def codes_of(text: str) -> list[int]:
    """What is sent for `text`, shifts included."""
    return [code for codes in send(text) for code in codes]


def text_from(codes: list[int]) -> str:
    """What a TTY prints for `codes`."""
    return text_of(receive(codes))


def sent(
    codes: list[int], how: Sender, chance: np.random.Generator
) -> tuple[NDArray[np.float64], list[int]]:
    """Samples of amplitude 1, beginning at any part of a sample, 400 ms of nothing at the end; and
    the last sample of each character's (one) stop bit."""
    edges = [float(chance.random() * how.bit)]
    marks: list[bool] = []
    ends: list[int] = []

    def add(mark: bool, samples: float) -> None:
        marks.append(mark)
        edges.append(edges[-1] + samples)

    add(True, how.lead_in_ms * 8)
    for code in codes:
        if how.gap_ms:
            # Most keys follow at once; now and then the typist looks for one.
            pause = chance.exponential(how.gap_ms) if chance.random() < 0.8 else 0.0
            add(True, pause * 8 + 0.001)
        add(False, how.bit)
        for bit in bits(code):
            add(bool(bit), how.bit)
        ends.append(int(np.ceil(edges[-1] + how.bit)) - 1)
        add(True, how.bit * how.stop_bits)
    add(True, how.hold_ms * 8)
    samples = np.zeros(int(edges[-1]) + 3200)
    phase = 0.0
    for mark, start, end in zip(marks, edges[:-1], edges[1:], strict=True):
        turns = (1400.0 if mark else 1800.0) * how.tones / RATE
        if how.jumps:
            phase = float(chance.random())
        first, last = int(np.ceil(start)), int(np.ceil(end))
        samples[first:last] = np.sin(2 * np.pi * (phase + turns * (np.arange(first, last) - start)))
        phase += turns * (end - start)
    return samples, ends


def amplitude(level_dbm0: float) -> float:
    """The amplitude of a tone of 16 bits at `level_dbm0`."""
    return float(32767 * 10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))


def noise(
    ebn0_db: float, tone: float, count: int, chance: np.random.Generator, bit: float = 176.0
) -> NDArray[np.float64]:
    """White noise so that a tone of amplitude `tone` has this Eb/N0."""
    power = tone * tone / 2 * bit / 10 ** (ebn0_db / 10) / 2
    made: NDArray[np.float64] = chance.standard_normal(count) * float(np.sqrt(power))
    return made


def mu_law(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """Through G.711 and back, clipped where it clips."""
    whole = np.clip(np.rint(samples), -32768, 32767).astype(np.int64)
    biased = np.minimum(np.abs(whole) >> 2, 8158) + 33
    segment = np.floor(np.log2(biased)).astype(np.int64) - 5
    step = (biased >> (segment + 1)) & 15
    back = (((2 * step + 33) << segment) - 33) << 2
    heard: NDArray[np.int16] = np.where(whole < 0, -back, back).astype(np.int16)
    return heard


def echoed(samples: NDArray[np.float64], delay_ms: float, gain_db: float) -> NDArray[np.float64]:
    """With one echo."""
    late = np.zeros_like(samples)
    shift = int(delay_ms * 8)
    late[shift:] = samples[:-shift] * 10 ** (gain_db / 20)
    return samples + late


def edit_distance(a: list[int], b: list[int]) -> int:
    """Levenshtein, one row at a time."""
    row = np.arange(len(b) + 1)
    order = np.arange(len(b) + 1)
    other = np.array(b)
    for index, one in enumerate(a):
        new = np.empty_like(row)
        new[0] = index + 1
        new[1:] = np.minimum(row[1:] + 1, row[:-1] + (other != one))
        row = np.minimum.accumulate(new - order) + order
    return int(row[-1])
