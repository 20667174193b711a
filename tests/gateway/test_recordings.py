"""What was recorded once comes out the same for ever: every file of tests/recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from text911.gateway import comparing, recording
from text911.gateway.core import replaying
from text911.gateway.core.encoding import VERSION
from text911.gateway.core.facts import (
    CallerRepeated,
    CarrierLost,
    HandsetReported,
    Opened,
    PartsJoined,
    PsapAnswered,
    SentAgain,
)
from text911.gateway.core.turn import Turn

FOLDER = Path(__file__).parents[1] / "recordings"
FILES = sorted(FOLDER.glob("*.json"))


def read(name: str) -> recording.Recording:
    return recording.parse((FOLDER / f"{name}.json").read_bytes())


def facts(name: str) -> list[object]:
    one = read(name)
    played = comparing.compare(one.of_dialogue(), one.policies_by_hash())
    return [entry.entry.fact for entry in played.entries]


def test_there_are_recordings() -> None:
    assert len(FILES) >= 6


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recording_comes_out_as_it_was_recorded(file: Path) -> None:
    verdict = recording.run(recording.parse(file.read_bytes()))
    assert verdict.good, verdict.transcript or (verdict.first and verdict.first.in_words())


def test_the_recordings_show_what_their_names_say() -> None:
    assert HandsetReported in map(type, facts("plain"))
    assert [f.psap for f in facts("second-psap") if isinstance(f, PsapAnswered)] == [
        "southwest-shore"
    ]
    assert [f.missing for f in facts("missing-part") if isinstance(f, PartsJoined)] == [(2,)]
    assert {CarrierLost, SentAgain} <= set(map(type, facts("lost-bind")))
    assert [f.rule for f in facts("repeats") if isinstance(f, CallerRepeated)] == ["a"]
    opened = facts("grace")[0]
    assert isinstance(opened, Opened)
    assert opened.previous is not None
    assert opened.previous.dialogue == read("closed").dialogue
    bounced = read("bounce").transcript[-1]
    assert (bounced.kind, bounced.by) == ("automatic", "M1")


# --- rules that change -------------------------------------------------------------------------


def other_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the state had another shape."""

    def other(*_: object) -> bytes:
        return bytes(16)

    monkeypatch.setattr(replaying, "digest", other)


def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (replaying, comparing, recording):
        monkeypatch.setattr(module, "VERSION", VERSION + 1)


def other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a rule told something else."""
    tell = Turn.tell

    def tell_otherwise(turn: Turn, text: str) -> None:
        tell(turn, text.replace("Answered", "Taken"))

    monkeypatch.setattr(Turn, "tell", tell_otherwise)


def test_another_state_without_another_version_is_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_states(monkeypatch)
    verdict = recording.run(read("plain"))
    assert not verdict.good
    assert verdict.first is not None
    assert verdict.first.number == 0
    assert verdict.first.fact == "Opened"


def test_a_recording_of_older_rules_is_good_while_its_transcript_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_states(monkeypatch)
    next_version(monkeypatch)
    verdict = recording.run(read("plain"))
    assert verdict.good
    assert verdict.remark == (
        "the transcript is the same, states or commands are not, from entry 0 on: recorded by"
        f" rules version {VERSION}, replayed by version {VERSION + 1}"
    )


def test_a_recording_of_older_rules_whose_transcript_differs_is_bad_and_the_line_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_words(monkeypatch)
    next_version(monkeypatch)
    verdict = recording.run(read("plain"))
    assert not verdict.good
    entry = next(n for n, one in enumerate(facts("plain")) if isinstance(one, PsapAnswered))
    assert verdict.transcript.startswith(f"entry {entry}, line {entry * 8} of the transcript: ")
    assert "Answered by" in verdict.transcript
    assert "Taken by" in verdict.transcript


def test_another_transcript_is_a_difference_in_the_digest_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other_words(monkeypatch)
    verdict = recording.run(read("plain"))
    assert not verdict.good
    assert verdict.first is not None
    assert verdict.first.fact == "PsapAnswered"
