"""Which response was provably handed to a live socket (DESIGN 9.1 d)."""

from __future__ import annotations

import pytest

from text911.gateway.core.hearing import OTHER_LINK_FOR
from text911.gateway.edges import answered
from text911.gateway.edges.answered import Answered


def test_an_answer_over_a_link_that_lives_is_proven() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    assert answered.proven("l", 7, alive=True)
    assert not answered.proven("l", 8, alive=True)


def test_an_answer_is_proven_when_the_peer_was_heard_after_it() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 101.0)
    assert answered.proven("l", 7, alive=False)


def test_an_answer_written_after_the_peer_was_last_heard_proves_nothing() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 99.0)
    assert not answered.proven("l", 7, alive=False)


def test_after_a_restart_nothing_is_proven() -> None:
    assert not Answered().proven("l", 7, alive=False)


def test_what_no_repeat_can_ask_for_any_more_is_forgotten() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.note("l", 8, 100.0 + OTHER_LINK_FOR + 0.1)
    assert not answered.proven("l", 7, alive=True)
    assert answered.proven("l", 8, alive=True)


def test_memory_of_closed_links_is_bounded_and_errs_on_the_safe_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answered, "CLOSED_MAX", 2)
    known = answered.Answered()
    for number in range(3):
        known.note(f"link-{number}", 1, 10.0)
        known.link_closed(f"link-{number}", 11.0)
    assert not known.proven("link-0", 1, alive=False), "forgotten, so nothing is proven"
    assert known.proven("link-2", 1, alive=False)
