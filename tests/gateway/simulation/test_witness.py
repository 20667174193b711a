"""Each promise is broken on purpose: a witness that sees nothing would keep every seed green."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from text911.gateway.core import replying
from text911.gateway.core.turn import Turn
from text911.gateway.edges.carriers import CarrierEdge
from text911.gateway.journal.memory import MemoryJournal
from text911.gateway.simulation.report import as_values, story
from text911.gateway.simulation.storm import Outcome, run

SEEDS = range(1, 200)


def first_broken() -> Outcome:
    found = next((one for seed in SEEDS if (one := run(seed)).broken), None)
    assert found is not None, "no seed has noticed"
    return found


def nothing(*_anything: Any) -> None:
    pass


def owes_nothing(_state: Any) -> tuple[()]:
    return ()


def test_an_answer_before_the_record_is_durable_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append = MemoryJournal.append

    def early(journal: MemoryJournal, records: Any, done: Any) -> None:
        append(journal, records, nothing)
        done(None)

    monkeypatch.setattr(MemoryJournal, "append", early)
    assert re.search(
        "before (the text|its record) is durable|before its record", first_broken().broken
    )


def test_a_repeat_that_is_shown_again_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("text911.gateway.core.engine.repeat_of", nothing)
    assert "shown at most once on a leg" in first_broken().broken


def test_equal_words_taken_for_a_repeat_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_wide(line: Any, mark: Any, _at: float) -> tuple[Any, str] | None:
        found = (one for one in line.heard if one.mark.octets == mark.octets)
        return next(((one, "a") for one in found), None)

    monkeypatch.setattr("text911.gateway.core.engine.repeat_of", too_wide)
    assert "every accepted text has a line" in first_broken().broken


def test_a_bounce_that_is_not_sent_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "automatic", nothing)
    assert re.search("reaches a PSAP or bounces|its caller is told within", first_broken().broken)


def test_a_timer_that_nobody_says_again_after_a_restart_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("text911.gateway.core.engine.owed", owes_nothing)
    assert re.search("comes to its end|timers ring in time", first_broken().broken)


def test_a_second_sending_without_a_mark_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    show: Callable[..., None] = vars(replying)["_show"]

    def unmarked(turn: Turn, one: Any, delivery: str, note: str) -> None:
        if delivery != "sent_again":
            show(turn, one, delivery, note)

    monkeypatch.setattr(replying, "_show", unmarked)
    assert "what is sent again is marked" in first_broken().broken


def test_a_reply_sent_again_while_its_link_lives_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No response in time is no reason."""
    gone: Callable[..., None] = vars(CarrierEdge)["_gone"]

    def lost(edge: CarrierEdge, _link: Any, event: Any) -> None:
        gone(edge, event)

    monkeypatch.setattr(CarrierEdge, "silent", lost)
    assert "not sent again while its link lives" in first_broken().broken


def test_a_broken_seed_says_what_when_and_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("text911.gateway.core.engine.owed", owes_nothing)
    outcome = first_broken()
    lines = story(outcome)
    assert outcome.broken in lines[0]
    assert lines[-1] == f"run it again: text911 simulate --seeds 1 --from {outcome.seed}"
    assert as_values(outcome)["last"] == list(outcome.last)
    assert run(outcome.seed) == outcome
