"""The console's two sounds, computed: the alarm that loops while somebody waits, and a chime.

The alarm is two alternating tones, 800 and 1000 Hz, with harmonics: many hearing aids and most
small loudspeakers carry that band, and it stays apart from a telephone's ring. Every tone rises and
falls softly, and it ends in silence, so that it loops without a click.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import exp, pi, sin

RATE = 16_000  # samples per second
_LOUD = 0.7  # of full scale
_EDGE = 0.008  # seconds to rise and fall, so that no tone clicks


def alarm() -> bytes:
    """RIFF/WAVE, 16 bit mono, 1.6 s: three two-tone calls and a pause."""
    turn = _tone(800.0, 0.18) + _tone(1000.0, 0.18)
    silence = [0.0] * round(RATE * (1.6 - 3 * 0.36))
    return _wave(turn * 3 + silence)


def chime() -> bytes:
    """RIFF/WAVE, 16 bit mono, 0.5 s: new text in a dialogue of mine, softer than the alarm."""
    count = RATE // 2
    return _wave(
        [0.45 * exp(-9.0 * n / RATE) * sin(2 * pi * 1320.0 * n / RATE) for n in range(count)]
    )


def _tone(hertz: float, seconds: float) -> list[float]:
    count = round(RATE * seconds)
    edge = RATE * _EDGE
    return [
        _LOUD
        * min(1.0, n / edge, (count - n) / edge)
        * (0.75 * sin(2 * pi * hertz * n / RATE) + 0.25 * sin(6 * pi * hertz * n / RATE))
        for n in range(count)
    ]


def _wave(samples: Sequence[float]) -> bytes:
    data = struct.pack(f"<{len(samples)}h", *(round(32767 * one) for one in samples))
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return head + form + struct.pack("<4sI", b"data", len(data)) + data
