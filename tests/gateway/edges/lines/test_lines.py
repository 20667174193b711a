"""All lines together: one that cannot start keeps nobody else from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from tests.tty.clean_receiver import CleanReceiver
from text911.gateway.config import CallLine
from text911.gateway.edges.lines.laws import audio_of
from text911.gateway.edges.lines.lines import Line, Lines
from text911.gateway.edges.lines.settings import (
    LinePlaceSettings,
    SerialSettings,
    TtySettings,
    TurnSettings,
    WavSettings,
)
from text911.gateway.edges.lines.trunk_settings import TrunkSettings
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.turns import Policy
from text911.tty.wav import Law, write

from .door import Door

TRUNK = TrunkSettings.model_validate({"listen": [{}], "allowed_networks": ["127.0.0.0/8"]})


def line(name: str, settings: TrunkSettings | SerialSettings | WavSettings) -> CallLine:
    place = LinePlaceSettings().profile()
    return CallLine(name, name, settings, TtySettings(), TurnSettings(probe=""), place)


class Trunk:
    def __init__(self) -> None:
        self.done: list[object] = []

    def start(self) -> None:
        self.done.append("start")

    def stop(self) -> None:
        self.done.append("stop")

    def adopt(self, tty: TtySettings, policy: Policy) -> None:
        self.done.append((tty, policy))


class House:
    def __init__(self, directory: Path, *configured: CallLine) -> None:
        self.door, self.clock, self.trunk = Door(), Clock(), Trunk()
        self.said: list[str] = []
        self.lines = Lines(
            configured, self.door, self.clock, directory, CleanReceiver, self._made,
            self.said.append,
        )  # fmt: skip
        self.lines.start()

    def _made(self, one: CallLine, settings: TrunkSettings) -> Line:
        assert one.settings is settings
        return self.trunk

    def run(self, seconds: float) -> None:
        self.clock.pump([0.02] * round(seconds / 0.02))


RECORDING = line("replay", WavSettings(file="a.wav", starts_after=0.1))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    samples = recording("FIRE GA", Pace())
    (tmp_path / "a.wav").write_bytes(write(audio_of(samples, Law.PCM16)))
    return tmp_path


@pytest.fixture
def house(directory: Path) -> Iterator[House]:
    desk = line("desk", SerialSettings(device=str(directory / "none")))
    house = House(directory, desk, RECORDING, line("trunk", TRUNK))
    yield house
    house.lines.stop()


def test_every_line_takes_its_calls(house: House) -> None:
    house.run(4)
    assert house.door.shown == "FIRE GA"
    assert house.trunk.done == ["start"]


def test_a_port_that_is_not_there_is_told_of_and_waited_for(house: House) -> None:
    assert [one.partition(":")[0] for one in house.said] == ["line desk"]
    assert "cannot be opened" in house.said[0]


def test_a_line_that_can_never_start_is_left_out(tmp_path: Path) -> None:
    house = House(tmp_path, RECORDING, line("trunk", TRUNK))
    assert house.said == [
        "line replay cannot be started, no call comes on it: [Errno 2] No such file or directory: "
        f"'{tmp_path / 'a.wav'}'"
    ]
    house.lines.stop()
    assert house.trunk.done == ["start", "stop"]
    assert house.clock.getDelayedCalls() == []


def test_a_stop_ends_the_calls_that_are_up(house: House) -> None:
    house.run(1)
    house.lines.stop()
    house.lines.stop()
    assert house.door.of("ended") == [("the gateway was stopped",)]
    assert house.clock.getDelayedCalls() == []


def test_a_reload_holds_for_new_calls(house: House) -> None:
    changed = TurnSettings(probe="HELLO QQ GA", probe_after=0.5)
    old = line("trunk", TRUNK)
    house.lines.adopt([replace(RECORDING, turns=changed), replace(old, turns=changed)])
    house.lines.adopt([line("other", TRUNK)])
    assert house.trunk.done[1:] == [(TtySettings(), changed.policy())]
    house.run(1.5)
    assert house.door.of("turn")[0] != ("sending", "")  # he types, so he is not probed
    house.run(40)
    assert house.door.of("ended") == [("the recording is over",)]
