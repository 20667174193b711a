"""Whoever stands still for half a second, we or those who call: every letter that was typed
meanwhile is read. What comes waits in the system, in order, and is neither late nor lost because of
us."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from twisted.internet.task import Clock

from tests.sip.machine import Sockets
from text911.gateway.edges.lines.ears import Ear, Lost, Samples
from text911.gateway.edges.lines.rhythm import FEW, Rhythm
from text911.sip import rtp
from text911.sip.clock import Due
from text911.sip.g711 import Law, encode
from text911.sip.jitter import Fate
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import Pair
from text911.sip.rtp import Packet
from text911.sip.rtp_session import Origin
from text911.sip.sweeping import Swept
from text911.sip.ways import AudioWay
from text911.tty.demod.batch import Bank
from text911.tty.pace import Pace
from text911.tty.receiving import Code
from text911.tty.recording import recording
from text911.tty.shifts import send

TEXT = "FIRE AT 12 ELM ST"
LAW = encode(recording(TEXT, Pace()), Law.PCMU)
FRAMES = [LAW[at : at + 160] for at in range(0, len(LAW) - 159, 160)] + [b"\xff" * 160] * 30
CODES = [code for codes in send(TEXT) for code in codes]
FAR = ("192.0.2.7", 4000)


class Call:
    """One that listens, and sends nothing."""

    listens = False

    def __init__(self, pair: Pair, ear: Ear, clock: Any, begins: int) -> None:
        agreed = Agreed("audio", FAR[0], FAR[1], 0, "sendrecv", encoding="PCMU")
        origin = Origin(1, 0, 0, "a@b")
        self.stream = AudioStream(agreed, origin, frozenset(), clock.seconds())
        self.ear = ear
        self.begins = begins  # frames of silence before what is typed
        self.codes: list[int] = []
        self.is_silent = False
        self._way = AudioWay(pair, self.stream, clock)

    def gather(self, now: float) -> None:
        self.ear.hear(self._way.take(now), now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        self.codes += [one.code for one in self.ear.push(samples, lost) if isinstance(one, Code)]

    def beat(self, due: Due, now: float) -> None:
        self.is_silent |= self._way.tend(now)

    def rest(self, now: float) -> Swept | None:
        return None

    def follow(self) -> Swept | None:
        return None

    def failed(self) -> None:
        """The beat raises what failed."""

    def over(self) -> list[int]:
        self.codes += [one.code for one in self.ear.finish() if isinstance(one, Code)]
        return self.codes


class House:
    """So many calls that type, and a machine to read them on."""

    def __init__(self, count: int) -> None:
        self.clock, self._sockets = Clock(), Sockets()
        ports = self._sockets.range()
        self.rhythm = Rhythm(self.clock, Bank(fast=False), lambda _: None, self.clock.seconds)
        self.calls = [
            Call(ports.open("192.0.2.1"), self.rhythm.ear(), self.clock, at) for at in range(count)
        ]
        for call in self.calls:
            self.rhythm.join(call)
        self.sent = 0

    @property
    def ends(self) -> int:
        """Frames until all has been typed."""
        return len(FRAMES) + len(self.calls)

    def sends(self, frames: int, order: tuple[int, ...] = ()) -> None:
        """So many frames of every call come. `order`: of these, if not as they were sent."""
        for at in order or range(frames):
            for number, call in enumerate(self.calls):
                frame = self.sent + at
                spoken = frame - call.begins
                payload = FRAMES[spoken] if 0 <= spoken < len(FRAMES) else FRAMES[-1]
                packet = Packet(0, (65_500 + frame) % 65_536, 160 * frame, number, payload)
                self._sockets.opened[2 * number].coming.append((rtp.write(packet), FAR))
        self.sent += frames

    def goes_on(self, frames: int) -> None:
        for _ in range(frames):
            self.sends(1)
            self.clock.advance(0.02)

    def read(self) -> list[list[int]]:
        self.goes_on(self.ends - self.sent)
        self.clock.advance(0.02)
        return [call.over() for call in self.calls]


@pytest.mark.parametrize("frames", [3, 10, 25])  # of 20 ms
@pytest.mark.parametrize("count", [2, FEW + 2])
def test_a_machine_that_stands_still_loses_no_letter(count: int, frames: int) -> None:
    house = House(count)
    for _ in range(3):
        house.goes_on(40)
        house.sends(frames)
        house.clock.rightNow += 0.02 * frames
    assert house.read() == [CODES] * count
    assert not any(call.is_silent for call in house.calls)
    assert house.rhythm.skipped == (0 if frames == 3 else 3 * (frames + 1 - 5))


@pytest.mark.parametrize("frames", [10, 25, 45])
def test_callers_that_stand_still_lose_no_letter(frames: int) -> None:
    house = House(3)
    for _ in range(3):
        house.goes_on(40)
        for _ in range(frames):
            house.clock.advance(0.02)
        house.sends(frames)
    assert house.read() == [CODES] * 3


def test_what_fills_a_hole_while_we_stand_still_is_not_too_late() -> None:
    house = House(2)
    house.goes_on(50)
    house.sends(5, (0, 2))  # 1 is overtaken, and comes while we stand still
    house.clock.advance(0.02)
    house.clock.rightNow += 0.5
    house.sent -= 5
    house.sends(5, (3, 1, 4))
    assert house.read() == [CODES] * 2
    assert [call.stream.fates[Fate.LATE] for call in house.calls] == [0, 0]


def test_beats_that_come_late_all_the_time_still_keep_up() -> None:
    house = House(2)
    while house.sent < house.ends:
        house.sends(12)
        house.clock.rightNow += 0.24 - 0.02
        house.clock.advance(0.02)
        assert not any(call.ear.has_more for call in house.calls)
    assert house.read() == [CODES] * 2


def test_the_frames_are_those_of_the_text() -> None:
    assert np.any([frame != FRAMES[-1] for frame in FRAMES[:40]])
    house = House(1)
    assert house.read() == [CODES]
