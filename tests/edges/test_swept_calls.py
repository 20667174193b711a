"""Calls on real sockets in one beat, swept and not: every letter of each is read, whoever stands
still, and whenever a call ends."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.edges.test_sweeping import HOST, NoLoop, bound, delivered, taken
from text911.gateway.edges.lines.ears import Ear, Lost, Samples
from text911.gateway.edges.lines.rhythm import FEW, Rhythm
from text911.sip import rtp
from text911.sip.clock import Due
from text911.sip.g711 import Law, encode
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import PortRange
from text911.sip.rtp import Packet
from text911.sip.rtp_session import Origin
from text911.sip.sweeping import Sweep, Swept
from text911.sip.ways import AudioWay
from text911.tty.demod.batch import Bank
from text911.tty.line import Line, LineEvent
from text911.tty.modulator import Modulator
from text911.tty.pace import Pace
from text911.tty.receiving import Code
from text911.tty.recording import recording
from text911.tty.shifts import send
from text911.tty.turn_table import Typed
from text911.tty.turns import Policy

pytest.importorskip("numba")
TEXT = "FIRE AT 12 ELM ST"
REPLY = "GO ON"
LAW = encode(recording(TEXT, Pace()), Law.PCMU)
FRAMES = [LAW[at : at + 160] for at in range(0, len(LAW) - 159, 160)]
SILENCE = b"\xff" * 160
TAIL = 30  # frames of silence, for the last decision
CODES = [code for codes in send(TEXT) for code in codes]


class Call:
    listens = False

    def __init__(self, rhythm: Rhythm, ports: PortRange, clock: Any, number: int) -> None:
        self.far, self.number, self.sent = bound(HOST), number, 0
        self.ear: Ear | None = rhythm.ear()
        self.codes: list[int] = []
        self.followed = self.rested = 0
        self.arrived: list[bytes] = []
        pair = ports.open(HOST)
        self.to = pair.sockets[0].getsockname()
        port = self.far.getsockname()[1]
        agreed = Agreed("audio", HOST, port, 0, "sendrecv", encoding="PCMU")
        stream = AudioStream(agreed, Origin(number, 0, 0, "a@b"), frozenset(), 0.0)
        self.way = AudioWay(pair, stream, clock)
        self.line = Line(self.ear, Modulator(Pace()), Policy(probe=""), 0.0)

    def sends(self) -> None:
        at = self.sent - self.number
        payload = FRAMES[at] if 0 <= at < len(FRAMES) else SILENCE
        packet = Packet(0, (65_500 + self.sent) % 65_536, 160 * self.sent, self.number, payload)
        self.far.sendto(rtp.write(packet), self.to)
        self.sent += 1

    def listened(self) -> None:
        """Reports of a neighbour, who has the port before, are none of it."""
        self.arrived += [one for one in taken(self.far) if not rtp.is_rtcp(one)]

    def gather(self, now: float) -> None:
        assert self.ear is not None
        self.ear.hear(self.way.take(now), now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        self.note(self.line.hear(samples, lost, now))

    def beat(self, due: Due, now: float) -> None:
        self.way.ahead.passes(due)
        self.note(self.line.beat(self.way.ahead, now))
        assert not self.way.tend(now)

    def rest(self, now: float) -> Swept | None:
        found = self.way.rest(self.line.rests(self.way.wake))
        self.rested += found is not None
        return found

    def follow(self) -> Swept | None:
        assert self.ear is not None
        found = self.way.follow(self.ear.went_on) if self.ear.follows else None
        self.followed += found is not None
        return found

    def failed(self) -> None:
        """The beat raises what failed."""

    def note(self, events: tuple[LineEvent, ...]) -> None:
        self.codes += [one.character.code for one in events if isinstance(one, Typed)]

    def over(self, now: float) -> None:
        """As a call ends: what was not decided is told, then all is closed."""
        assert self.ear is not None
        self.codes += [one.code for one in self.ear.finish() if isinstance(one, Code)]
        self.ear.close()
        self.way.close(now)
        self.listened()
        self.far.close()


class House:
    def __init__(self, count: int, *, fast: bool, first: int) -> None:
        self.clock, sweep = Clock(), Sweep()
        if fast:
            sweep.hasten()
        self.rhythm = Rhythm(
            self.clock, Bank(fast=False), lambda _: None, self.clock.seconds, sweep=sweep
        )
        ports = PortRange(NoLoop(), first, first + 199, sweep=sweep)
        self.calls = [Call(self.rhythm, ports, self.clock, one) for one in range(count)]
        for call in self.calls:
            self.rhythm.join(call)

    def goes_on(self, frames: int) -> None:
        for _ in range(frames):
            for call in self.calls:
                call.sends()
            delivered()
            self.clock.advance(0.02)
            delivered()
            for call in self.calls:
                call.listened()

    def stands_still(self, frames: int) -> None:
        for _ in range(frames):
            for call in self.calls:
                call.sends()
        delivered()
        self.clock.rightNow += 0.02 * frames

    def ends(self) -> list[Call]:
        calls, self.calls = self.calls, []
        for call in calls:
            self.rhythm.leave(call)
            call.over(self.clock.seconds())
        return calls


def both(count: int) -> tuple[House, House]:
    return House(count, fast=False, first=24_000), House(count, fast=True, first=24_400)


@pytest.mark.parametrize("count", [2, FEW + 2])
def test_swept_calls_are_read_and_hear_the_same(count: int) -> None:
    houses = both(count)
    for house in houses:
        house.goes_on(60)
        for call in house.calls[::2]:
            call.note(call.line.write("1", REPLY, house.clock.seconds()))
        house.goes_on(len(FRAMES) + count + TAIL + 150)
    plain, fast = (house.ends() for house in houses)
    assert all(call.followed and call.rested for call in fast)
    assert not any(call.followed or call.rested for call in plain)
    assert [call.codes for call in fast] == [CODES] * count
    assert [call.codes for call in plain] == [CODES] * count
    assert [call.arrived for call in fast] == [call.arrived for call in plain]
    heard = [rtp.read(one).payload for one in fast[0].arrived]
    assert len(set(heard)) > 2  # tones, and not silence alone


@pytest.mark.parametrize("frames", [3, 10, 25, 60])
def test_who_stands_still_loses_no_letter_of_a_swept_call(frames: int) -> None:
    house = House(FEW + 2, fast=True, first=24_800)
    for _ in range(3):
        house.goes_on(40)
        house.stands_still(frames)
    house.goes_on(len(FRAMES) + FEW + TAIL)
    assert [call.codes for call in house.ends()] == [CODES] * (FEW + 2)


@pytest.mark.parametrize("frames", [11, 45, 80])
def test_callers_who_pause_between_letters_are_heard_as_without_a_sweep(frames: int) -> None:
    houses = both(2)
    for house in houses:
        house.goes_on(100)
        house.clock.pump([0.02] * frames)
        house.goes_on(len(FRAMES) + TAIL)
    plain, fast = (house.ends() for house in houses)
    assert [call.codes for call in fast] == [call.codes for call in plain]
    assert [call.arrived for call in fast] == [call.arrived for call in plain]


def test_the_last_letter_before_the_end_is_decided() -> None:
    for cut in range(0, 40, 3):
        houses = both(1)
        for house in houses:
            house.goes_on(len(FRAMES) - cut)
        plain, fast = (house.ends() for house in houses)
        assert [call.codes for call in fast] == [call.codes for call in plain]
        assert fast[0].followed
