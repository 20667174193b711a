"""Text to tones: phase-continuous FSK in frames of 20 ms, every bit where it belongs for ever.

Mark is 1400 Hz and space 1800 Hz; both repeat every 40 samples of 8 kHz, so the phase is a whole
number and never drifts, and edges are kept as fractions of a sample. Never sends without a carrier
that was there before (lead-in), and knows no turns: `turns` says when to type and when to stop.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .code import bits
from .pace import HOLD_MS, LEAD_IN_MS, Pace
from .shifts import Sending

Samples = NDArray[np.int16]

RATE = 8000  # samples per s
FRAME = 160  # samples, 20 ms
SAMPLES_PER_MS = 8
PERIOD = 40  # samples after which both tones repeat
MARK_STEP, SPACE_STEP = 7, 9  # fortieths of a turn per sample: 1400 and 1800 Hz
# Of a frame that begins after each phase, the phases of its samples.
PHASES = {
    step: (np.arange(PERIOD)[:, None] + step * np.arange(1, FRAME + 1)) % PERIOD
    for step in (MARK_STEP, SPACE_STEP)
}
SILENCE = np.zeros(FRAME, np.int16)
SILENCE.flags.writeable = False  # all that are idle say the same one
FULL_SCALE_DBM0 = 3.17  # of a sine in mu-law (G.711)
LEVEL_DBM0 = -10.0  # direct-connect TTYs send -13 to -9


@dataclass(frozen=True, slots=True)
class Frame:
    """`samples`: 160 of 16 bits. `left`: how many characters have left the wire within it.
    `stopped`: the carrier ended within it, after `stop`."""

    samples: Samples
    left: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class _Tone:
    step: int  # 0: silence
    until: int  # the sample where it ends, counted from the first frame
    ends_character: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sender is between two frames; only `Modulator.back` looks into it."""

    next: int
    tones: tuple[_Tone, ...]
    edge: Fraction
    held: int
    carrier: bool
    typing: bool
    stopping: bool
    sending: Sending
    at: int
    phase: int


class Modulator:
    """One line's sender. It is asked for a frame every 20 ms, with or without text."""

    def __init__(self, pace: Pace, level_dbm0: float = LEVEL_DBM0, *, careful: bool = False):
        amplitude = 32767 * 10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20)
        turn = 2 * np.pi * np.arange(PERIOD) / PERIOD
        sine = np.rint(amplitude * np.sin(turn)).astype(np.int16)
        # A frame of each tone for each phase to begin with: with two hundred calls, working out
        # sines at every beat would take half of it.
        self._waves = {step: sine.take(phases) for step, phases in PHASES.items()}
        self.pace = pace
        self._bit = Fraction(pace.bit_ms * SAMPLES_PER_MS)
        self._stop_bits = pace.stop_bits
        self._fresh = Sending(careful=careful)
        self._sending = self._fresh
        self._text = ""
        self._next = 0  # of the text: what has not begun
        self._typing = False  # the character before it is on the wire
        self._tones: deque[_Tone] = deque()
        self._edge = Fraction(0)  # where the last planned tone ends
        self._held = 0  # ms of hold sent so far
        self._carrier = False
        self._stopping = False
        self._at = 0  # the next sample
        self._phase = 0  # in fortieths of a turn

    def type(self, text: str) -> None:
        """Send `text`, of the repertoire, after what is still to be sent."""
        begun = max(0, self._next - 1)
        self._text, self._next = self._text[begun:] + text, self._next - begun

    def stop(self) -> None:
        """Forget what has not begun; the character on the wire finishes, then the carrier ends."""
        self._text, self._next = "", 0
        self._stopping = True

    def broken(self) -> None:
        """What was sent last was heard, and then there was a hole: the far end has lost the
        carrier. The character that was on the wire is typed again, on a carrier of its own."""
        if self._typing and not self._stopping:
            self._next -= 1
        self._tones.clear()
        self._carrier, self._typing = False, False
        self._held, self._sending = 0, self._fresh

    @property
    def idle(self) -> bool:
        """Whether there is no carrier and nothing to send."""
        return not self._carrier and self._next == len(self._text)

    @property
    def quiet(self) -> bool:
        """Whether the next frame is silence and nothing else, whatever is asked of it."""
        busy = self._carrier or self._tones or self._stopping
        return not busy and self._next == len(self._text)

    def place(self) -> Place:
        """For `back`, while nothing else is typed and nothing stopped."""
        return Place(
            self._next,
            tuple(self._tones),
            self._edge,
            self._held,
            self._carrier,
            self._typing,
            self._stopping,
            self._sending,
            self._at,
            self._phase,
        )

    def back(self, place: Place) -> None:
        """The frames that were made since were never sent."""
        self._next = place.next
        self._tones = deque(place.tones)
        self._edge = place.edge
        self._held = place.held
        self._carrier = place.carrier
        self._typing = place.typing
        self._stopping = place.stopping
        self._sending = place.sending
        self._at = place.at
        self._phase = place.phase

    def frame(self) -> Frame:
        """The next 20 ms."""
        if self.quiet:
            self._at += FRAME
            return Frame(SILENCE, 0, False)
        samples = np.zeros(FRAME, np.int16)
        start, at, end = self._at, self._at, self._at + FRAME
        left, stopped = 0, False
        while at < end:
            if not self._tones:
                stopped |= self._plan(at)
            tone = self._tones[0]
            until = min(tone.until, end)
            if tone.step:
                wave = self._waves[tone.step][self._phase]
                samples[at - start : until - start] = wave[: until - at]
                self._phase = (self._phase + tone.step * (until - at)) % PERIOD
            at = until
            if tone.until <= end:
                if tone.ends_character:
                    left += 1
                    self._typing = False
                self._tones.popleft()
        self._at = end
        return Frame(samples, left, stopped)

    def _plan(self, at: int) -> bool:
        """The next tones from sample `at` on; whether the carrier ends here because of `stop`."""
        stopped, self._stopping = self._stopping, False
        if stopped or self._held >= HOLD_MS:
            self._carrier, self._held, self._sending = False, 0, self._fresh
        waits = self._next < len(self._text)
        if waits and not self._carrier:
            self._carrier, self._edge = True, Fraction(at)
            self._add(MARK_STEP, Fraction(LEAD_IN_MS * SAMPLES_PER_MS))
        elif waits:
            self._held, self._typing = 0, True
            self._next += 1
            self._character(self._text[self._next - 1])
        elif self._carrier:
            # In steps of 1 ms: what is typed within the hold goes on at once.
            self._held += 1
            self._add(MARK_STEP, Fraction(SAMPLES_PER_MS))
        else:
            # Nothing until the next frame, which may have text.
            self._edge = Fraction(self._at + FRAME)
            self._tones.append(_Tone(0, self._at + FRAME))
        return stopped

    def _character(self, character: str) -> None:
        codes, self._sending = self._sending.send(character)
        for code in codes:
            self._add(SPACE_STEP, self._bit)
            for bit in bits(code):
                self._add(MARK_STEP if bit else SPACE_STEP, self._bit)
            self._add(MARK_STEP, self._bit * self._stop_bits)
        last = self._tones.pop()
        self._tones.append(_Tone(last.step, last.until, ends_character=True))

    def _add(self, step: int, samples: Fraction) -> None:
        self._edge += samples
        # An edge between two samples belongs to the nearer one.
        self._tones.append(_Tone(step, round(self._edge)))
