"""Voices between a caller on a TTY and a telephone, frame by frame: what each hears now. Pure.

Tones are never passed to the telephone: a frame leaves 60 ms after it came, 40 behind a packet that
is late, so that the beginning of a tone is still here when it is found out. Nothing is ever held
for longer than 100 ms: voices that answer each other bear no more. Knows no call, no packet and no
turn.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

FRAME = 160  # samples, 20 ms
HELD_MAX = 5  # frames: 100 ms
# Frames that stand whenever one leaves. A tone is one when two frames in a row are; the one before
# them may have its first milliseconds.
LOOKED_BACK = 3
SPARE = 1  # frames more to begin with: as much as packets come unevenly, and nobody hears it
SMOOTHED = 1 + SPARE  # the same for what the telephone says
HOLD_S = 0.3  # after the last tone (TIA-825: so long a TTY may keep silent within a turn)
TYPED_S = 0.5  # after a character: the next one is known so much later
# A tone of a TTY: 1400 and 1800 Hz with what shifting between them spreads, 3 % off. Of speech and
# music no two frames in a row had even 0.7 of their power there in a minute; of tones at 10 dB of
# signal to noise, none had less than 0.8.
BAND = slice(25, 40)  # of the spectrum of a frame, 50 Hz each: 1250 to 1950 Hz
SHARE_MIN = 0.7
POWER_MIN = 2_500.0  # mean square, 16-bit: -50 dBm0; a TTY is never below -45
QUIET_MAX = 200  # peak, 16-bit: a frame that nobody misses

Samples = NDArray[np.int16]
Lost = NDArray[np.bool_]
SILENCE: Samples = np.zeros(FRAME, np.int16)


def is_tone(frame: Samples) -> bool:
    """Whether most of these 160 samples' power is where a TTY has its tones."""
    samples = frame.astype(np.float64)
    if samples @ samples < POWER_MIN * FRAME:
        return False
    power = np.abs(np.fft.rfft(samples)) ** 2
    return bool(power[BAND].sum() >= SHARE_MIN * power[2:].sum())


class Waiting:
    """Sound on its way, put in as it comes and taken at the pace of the beat. `before`: frames that
    must stand before the first leaves, at the beginning and when there was nothing. `always`: so
    many must stand whenever one leaves, or silence goes in its place."""

    def __init__(self, before: int, *, always: int = 1) -> None:
        self._before = before
        self._always = always
        self._frames: deque[Samples] = deque()
        self._rest: Samples = SILENCE[:0]  # less than a frame
        self._flows = False
        self.dropped = 0  # frames, because more came than time went by

    def __len__(self) -> int:
        """Frames."""
        return len(self._frames)

    def put(self, samples: Samples) -> None:
        """Any number."""
        if len(self._rest):
            samples = np.concatenate([self._rest, samples])
        whole = len(samples) - len(samples) % FRAME
        self._frames.extend(samples[at : at + FRAME] for at in range(0, whole, FRAME))
        self._rest = samples[whole:]
        while len(self._frames) > HELD_MAX:
            self._frames.popleft()
            self.dropped += 1

    def hush(self) -> None:
        """What waits is never heard."""
        self._frames = deque([SILENCE] * len(self._frames))

    def take(self) -> Samples:
        """The next 20 ms; silence where there is nothing."""
        self._flows = len(self._frames) >= (self._always if self._flows else self._before)
        if not self._flows:
            return SILENCE
        frame = self._frames.popleft()
        if len(self._frames) >= self._before and int(np.abs(frame).max()) <= QUIET_MAX:
            self.dropped += 1  # later than need be, and here nobody hears the seam
            frame = self._frames.popleft()
        return frame


class Bridge:
    """Both ways of one call. Times are seconds that only grow."""

    def __init__(self) -> None:
        # Also where packets were lost or are late nothing leaves before it was looked back at.
        self._from_caller = Waiting(LOOKED_BACK + SPARE, always=LOOKED_BACK)
        self._from_telephone = Waiting(SMOOTHED)
        self._was_tone = False
        self._muted_until = 0.0

    def caller(self, frame: Samples, lost: Lost, now: float) -> None:
        """20 ms of the caller's line. What no packet brought is silence, and between two frames of
        a tone it is a tone as well."""
        if lost.all():
            return
        tone = is_tone(frame)
        if tone and self._was_tone:
            self._mute(now + HOLD_S)
        self._was_tone = tone
        self._from_caller.put(SILENCE if now < self._muted_until else frame)

    def typed(self, now: float) -> None:
        """A character of the caller's was accepted: there were tones, however they sounded."""
        self._mute(now + TYPED_S)

    def telephone(self, samples: Samples) -> None:
        """What the telephone said, any length."""
        self._from_telephone.put(samples)

    def to_telephone(self) -> Samples:
        """The next 20 ms for it."""
        return self._from_caller.take()

    def to_caller(self) -> Samples:
        """The next 20 ms for the caller; asked where we do not type. What was said while we did is
        not kept, but for its last 100 ms."""
        return self._from_telephone.take()

    def _mute(self, until: float) -> None:
        self._muted_until = max(self._muted_until, until)
        self._from_caller.hush()
