"""A recording that calls: a WAV file is played as a caller at the pace of life, and what is typed
to it is written into another file. For replay, demonstration and tests; it hears no network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from ....sip.clock import Due
from ....sip.ports import Beat
from ....sip.sockets import Clock, Timer
from ....tty import wav
from ....tty.line import Line
from ....tty.modulator import FRAME, RATE, Modulator
from ....tty.receiving import Receiver
from ....tty.turns import Policy
from .door import LineDoor, VoiceMode
from .laws import audio_of, samples_of
from .settings import TtySettings, WavSettings
from .tty_call import TtyCall

RING_AGAIN_S = 5.0  # when the gateway cannot take the call
_NOTHING_LOST = np.zeros(FRAME, np.bool_)


class WavLine:
    """One call per start. `directory`: where relative names begin. Is the `Wire` of its call."""

    def __init__(
        self,
        name: str,
        settings: WavSettings,
        tty: TtySettings,
        policy: Policy,
        door: LineDoor,
        clock: Clock,
        directory: Path,
        receiver: Callable[[], Receiver],
    ) -> None:
        self._name = name
        self._settings = settings
        self._tty = tty
        self._policy = policy
        self._clock = clock
        self._directory = directory
        self._receiver = receiver
        self._call: TtyCall[Line] = TtyCall(
            door, self, lambda: self._policy, self._line, clock.seconds
        )
        self._beat = Beat(clock, self._due)
        self._timer: Timer | None = None
        self._samples = np.zeros(0, np.int16)
        self._at = 0  # the next sample to be heard
        self._answer: _Writer | None = None
        self._answered = False

    def start(self) -> None:
        """Read the file, call after `starts_after`. OSError or wav.NotUsable: it is of no use."""
        octets = (self._directory / self._settings.file).read_bytes()
        samples = samples_of(wav.read(octets))
        self._samples = np.concatenate([samples, np.zeros(-len(samples) % FRAME, np.int16)])
        self._timer = self._clock.callLater(self._settings.starts_after, self._ring)

    def stop(self) -> None:
        """The gateway stops; of a call that is up, its caller has gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._ended("the gateway was stopped")

    def adopt(self, tty: TtySettings, policy: Policy) -> None:
        """For the next call."""
        self._tty, self._policy = tty, policy

    # --- Wire --------------------------------------------------------------------------------

    def answer(self) -> None:
        self._answered = True
        if self._settings.answer:
            self._answer = _Writer(self._directory / self._settings.answer)
        self._beat.start()

    def hang_up(self, reason: str) -> None:
        self._quiet()
        if not self._answered:
            self._timer = self._clock.callLater(RING_AGAIN_S, self._ring)

    def answered(self, psap: str) -> None:
        pass  # a recording tells nobody who has it

    def bridge(self, on: bool) -> None:
        pass  # its voice, if it has one, goes nowhere: it is a recording

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        raise AssertionError("a recording has said that it has no voice, and is asked for one")

    def asked(self) -> None:
        pass  # the next frame is due within 20 ms anyway

    # --- inside ------------------------------------------------------------------------------

    def _line(self, policy: Policy, now: float) -> Line:
        tty = self._tty
        modulator = Modulator(tty.pace(), tty.level, careful=tty.careful)
        return Line(self._receiver(), modulator, policy, now, falls_back=tty.falls_back)

    def _ring(self) -> None:
        self._timer = None
        if not self._call.ring(self._name, self._settings.number):
            self._timer = self._clock.callLater(RING_AGAIN_S, self._ring)

    def _due(self, due: Due) -> None:
        # What a stall has skipped is played too: a recording loses nothing by waiting.
        for _ in range(due.skipped + due.frames):
            line = self._call.talk
            if line is None:
                return  # hung up by what was just told
            self._frame(line, self._clock.seconds())
        end = len(self._samples) + round(self._settings.stays_for * RATE)
        if self._at >= end:
            self._ended("the recording is over")

    def _frame(self, line: Line, now: float) -> None:
        heard = self._samples[self._at : self._at + FRAME]
        self._at += FRAME
        if not len(heard):
            heard = np.zeros(FRAME, np.int16)
        self._call.tell(line.hear(heard, _NOTHING_LOST, now))
        frame, events = line.frame(now)
        if self._answer is not None:
            self._answer.write(frame.samples)
        self._call.tell(events)

    def _ended(self, reason: str) -> None:
        self._call.over(reason)
        self._quiet()

    def _quiet(self) -> None:
        self._beat.stop()
        if self._answer is not None:
            self._answer.close()
            self._answer = None


class _Writer:
    """A WAV file that grows; its length is filled in when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._file.write(wav.header(wav.Law.PCM16, 0))
        self._samples = 0

    def write(self, samples: NDArray[np.int16]) -> None:
        self._file.write(audio_of(samples, wav.Law.PCM16).octets)
        self._samples += len(samples)

    def close(self) -> None:
        self._file.seek(0)
        self._file.write(wav.header(wav.Law.PCM16, self._samples))
        self._file.close()
