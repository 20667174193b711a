"""A recorded TTY caller and a PSAP through the whole gateway: tones to transcript and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tty.clean_receiver import CleanReceiver
from text911.gateway.core.values import DialogueId
from text911.gateway.edges.lines.laws import audio_of, samples_of
from text911.gateway.edges.lines.settings import TtySettings, WavSettings
from text911.gateway.edges.lines.wav_line import WavLine
from text911.tty.pace import Pace
from text911.tty.recording import recording
from text911.tty.transcript import transcript
from text911.tty.turns import Policy
from text911.tty.wav import Law, read, write

from ..world import World

SAID = "FIRE AT 12 MAIN ST GA"
LASTS = len(recording(SAID, Pace())) / 8000


@dataclass
class Call:
    world: World
    line: WavLine
    answer: Path

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.world.clock.advance(0.02)
            self.world.settle()

    def typed_back(self) -> str:
        self.line.stop()
        samples = samples_of(read(self.answer.read_bytes()))
        return transcript(samples, CleanReceiver()).text

    def texts(self, kind: str) -> list[str]:
        items = self.world.transcripts.items(DialogueId("d1-1"))
        return [item.text for item in items if item.kind == kind]


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    samples = recording(SAID, Pace())
    (tmp_path / "a.wav").write_bytes(write(audio_of(samples, Law.MU_LAW)))
    settings = WavSettings(
        file="a.wav", answer="b.wav", number="+18605550142", starts_after=0.1, stays_for=20.0
    )
    world = World()
    line = WavLine(
        "north", settings, TtySettings(), Policy(), world.calls, world.clock, tmp_path,
        CleanReceiver,
    )  # fmt: skip
    line.start()
    yield Call(world, line, tmp_path / "b.wav")
    line.stop()


def test_what_the_caller_types_is_read_at_the_psap_and_the_answer_by_the_caller(
    call: Call,
) -> None:
    call.run(2.0)
    assert len(call.world.hartford.offers) == 1
    leg = call.world.hartford.answer()
    call.run(LASTS)
    assert call.texts("caller") == [SAID]
    call.world.hartford.write(leg, "Are you out of the house? GA")
    call.run(8)
    assert call.typed_back() == "\r\nARE YOU OUT OF THE HOUSE? GA\r\n"
    assert call.world.faults == []


def test_a_reply_that_comes_early_waits_for_the_callers_turn(call: Call) -> None:
    call.run(1.5)
    leg = call.world.hartford.answer()
    call.world.hartford.write(leg, "Where? GA")
    call.run(LASTS - 2.5)  # he is typing still
    assert not any(call.answer.read_bytes()[100:])
    call.run(6)
    assert call.typed_back() == "\r\nWHERE? GA\r\n"
    assert call.texts("caller") == [SAID]


def test_the_transcript_says_how_the_call_ended(call: Call) -> None:
    call.run(1.0)
    call.world.hartford.answer()
    call.run(LASTS + 21)
    assert len(call.world.calls) == 0
    assert call.typed_back() == ""
