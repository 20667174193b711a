"""`text911 status`: the one sentence first, then everything a terminal can hold."""

from __future__ import annotations

from msgspec.structs import replace

from text911.gateway.cli.status import lines

from ..operations.statuses import STATUS


def test_the_sentence_stands_first() -> None:
    assert lines(STATUS)[0] == STATUS.sentence
    assert "demo, version 0.1.0, ready, up 2:01:05" in lines(STATUS)


def test_everything_wrong_is_in_capitals_and_in_words() -> None:
    said = "\n".join(lines(STATUS))
    for words in (
        "critical for 0:41: Carrier B has no bind.",
        "NO BIND",
        "to smsc2:2775",
        "RESTING: refused",
        "CONNECTING",
        "BROKEN",
        "NOBODY",
        "1 STALLED",
        "suspended",
        "OFFERED, waiting",
        "not known",
        "and 3 dialogues more",
    ):
        assert words in said, words


def test_what_stands_is_a_bind_and_no_second_line() -> None:
    assert "smsc1" not in "\n".join(lines(STATUS))


def test_why_it_is_not_ready_is_said() -> None:
    unready = replace(STATUS, ready=False, reasons=("the journal cannot write.",))
    said = lines(unready)
    assert "not ready: the journal cannot write." in said
    assert any(", not ready, up" in line for line in said)


def test_an_empty_gateway_is_two_lines() -> None:
    empty = replace(
        STATUS,
        sentence="All is well.",
        alarms=(),
        hops=(),
        carriers=(),
        psaps=(),
        lines=(),
        dialogues=(),
        dialogues_total=0,
        started_at=STATUS.now - 200_000,
    )
    assert lines(empty) == ["All is well.", "", "demo, version 0.1.0, ready, up 2 d 07 h"]
