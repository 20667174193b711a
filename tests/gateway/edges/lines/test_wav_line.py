"""A recording that calls: heard at the pace of life, answered into a file, and over when it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock

from tests.tty.clean_receiver import CleanReceiver
from text911.gateway.edges.lines.laws import audio_of, samples_of
from text911.gateway.edges.lines.settings import TtySettings, WavSettings
from text911.gateway.edges.lines.wav_line import RING_AGAIN_S, WavLine
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.transcript import transcript
from text911.tty.turns import Policy
from text911.tty.wav import Law, NotUsable, read, write

from .door import Door

FIRE = recording("FIRE GA", Pace())
LASTS = len(FIRE) / 8000


class Stage:
    def __init__(self, directory: Path, accepts: str = "at once", **keys: Any) -> None:
        self.directory = directory
        if not (directory / "caller.wav").exists():
            (directory / "caller.wav").write_bytes(write(audio_of(FIRE, Law.MU_LAW)))
        table = {"file": "caller.wav", "answer": "answer.wav", **keys}
        settings = WavSettings.model_validate(table)
        self.door, self.clock = Door(accepts), Clock()
        self.line = WavLine(
            "replay", settings, TtySettings(), Policy(probe=""), self.door, self.clock, directory,
            CleanReceiver,
        )  # fmt: skip

    def run(self, seconds: float) -> None:
        self.clock.pump([0.02] * round(seconds / 0.02))

    def answered(self) -> str:
        samples = samples_of(read((self.directory / "answer.wav").read_bytes()))
        return transcript(samples, CleanReceiver()).text


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes stages, and leaves none running."""
    stages: list[Stage] = []

    def begin(accepts: str = "at once", **keys: Any) -> Stage:
        stages.append(Stage(tmp_path, accepts, **keys))
        return stages[-1]

    yield begin
    for stage in stages:
        stage.line.stop()


Begin = Callable[..., Stage]


def test_it_calls_after_a_while_and_types_at_the_pace_of_life(begin: Begin) -> None:
    stage = begin(number="+18605550100", starts_after=2.0)
    stage.line.start()
    stage.run(1.9)
    assert stage.door.calls == []
    stage.run(0.2)
    assert stage.door.calls == [("replay", "+18605550100", "tty", None)]
    stage.run(LASTS / 2)
    assert 0 < len(stage.door.shown) < len("FIRE GA")
    stage.run(LASTS / 2)
    assert stage.door.shown == "FIRE GA"
    assert stage.door.of("detected") == [()]
    assert stage.door.characters[1].at_ms == pytest.approx(150 + 176 + 154, abs=10)


def test_what_is_typed_back_is_in_the_answer(begin: Begin) -> None:
    stage = begin(stays_for=5.0)
    stage.line.start()
    stage.run(1 + LASTS)
    (leg,) = stage.door.legs
    leg.write("reply-1", "WHERE GA", False)
    stage.run(5.5)
    assert stage.door.of("ended") == [("the recording is over",)]
    assert stage.door.of("left")[-1] == ("reply-1", 8, True)
    assert stage.answered() == "\r\nWHERE GA"
    assert stage.clock.getDelayedCalls() == []


def test_when_the_loop_stands_nothing_of_the_recording_is_lost(begin: Begin) -> None:
    stage = begin()
    stage.line.start()
    stage.run(2)
    stage.clock.advance(1.0)
    stage.run(LASTS)
    assert stage.door.shown == "FIRE GA"


def test_a_recording_that_cannot_be_taken_calls_again(begin: Begin) -> None:
    stage = begin(accepts="not at all")
    stage.line.start()
    stage.run(1.1)
    stage.door.accepts = "later"
    stage.run(RING_AGAIN_S)
    assert len(stage.door.calls) == 2
    stage.door.legs[-1].end("the gateway cannot record the call at the moment")
    stage.door.accepts = "at once"
    stage.run(RING_AGAIN_S + LASTS)
    assert stage.door.shown == "FIRE GA"


def test_when_the_gateway_hangs_up_the_recording_stops(begin: Begin, tmp_path: Path) -> None:
    stage = begin()
    stage.line.start()
    stage.run(2)
    stage.door.legs[0].answered("csecc")
    stage.door.legs[0].end("closed")
    told = len(stage.door.told)
    stage.run(LASTS)
    assert len(stage.door.told) == told
    assert read((tmp_path / "answer.wav").read_bytes()).seconds == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("at", [0.5, 2.0])
def test_when_the_gateway_stops_the_caller_has_gone(
    begin: Begin, tmp_path: Path, at: float
) -> None:
    stage = begin(answer="")
    stage.line.start()
    stage.run(at)
    stage.line.stop()
    assert stage.clock.getDelayedCalls() == []
    assert len(stage.door.of("ended")) == (at > 1)
    assert not (tmp_path / "answer.wav").exists()


def test_a_file_that_is_of_no_use_says_so_when_the_gateway_starts(
    begin: Begin, tmp_path: Path
) -> None:
    (tmp_path / "caller.wav").write_bytes(b"RIFF")
    stage = begin()
    with pytest.raises(NotUsable):
        stage.line.start()
    stage = begin()
    (tmp_path / "caller.wav").unlink()
    with pytest.raises(FileNotFoundError):
        stage.line.start()


def test_voices_in_a_recording_go_nowhere(begin: Begin) -> None:
    line = begin().line
    line.bridge(True)
    with pytest.raises(AssertionError, match="no voice"):
        line.voice(1, "ansonia", "vco")
