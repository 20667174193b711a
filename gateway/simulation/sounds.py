"""What a caller with a voice and a TTY sounds like, in frames of 20 ms: tones, speech, silence.

A frame says beside its samples what a receiver would have made of it by its end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...tty.receiving import Carrier, Code, Detected, Event, Voice
from ...tty.shifts import Sending

Samples = NDArray[np.int16]
FRAME = 160  # samples, 20 ms
BEAT = FRAME / 8000  # seconds
CODE = 8  # frames of one code, 160 ms
LEAD = 5  # frames of tone before the first
HOLD = 10  # frames of tone behind the last
CARRIER_GONE = 8  # frames until that is found out
_TIME = np.arange(FRAME) / 8000


def _sine(hertz: float, peak: float) -> Samples:
    return np.rint(peak * np.sin(2 * np.pi * hertz * _TIME)).astype(np.int16)


TONE = _sine(1400, 9000)
SPEECH = _sine(300, 3000) + _sine(650, 2000) + _sine(2400, 1500)
SILENCE: Samples = np.zeros(FRAME, np.int16)
LOUDEST = 7000  # sample of speech; what is louder is a tone
NOTHING_LOST = np.zeros(FRAME, np.bool_)
ALL_LOST = np.ones(FRAME, np.bool_)
Frame = tuple[Samples, tuple[type[Event], ...], int]  # samples, what ends in them, a code


def tones(text: str, *, detected: bool) -> Iterator[Frame]:
    """As a TTY types it; `detected`: its first letter says that it is one."""
    yield TONE, (Carrier,), 1
    yield from [(TONE, (), 0)] * (LEAD - 1)
    sending = Sending()
    for letter in text:
        codes, sending = sending.send(letter)
        for code in codes:
            yield from [(TONE, (), 0)] * (CODE - 1)
            yield TONE, (Detected, Code) if detected else (Code,), code
            detected = False
    yield from [(TONE, (), 0)] * HOLD
    yield from [(SILENCE, (), 0)] * CARRIER_GONE
    yield SILENCE, (Carrier,), 0


def speech(frames: int) -> Iterator[Frame]:
    yield SPEECH, (Voice,), 1
    yield from [(SPEECH, (), 0)] * frames
    yield SILENCE, (Voice,), 0
