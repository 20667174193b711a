"""Which response was provably handed to a live socket (DESIGN 9.1 d)."""

from __future__ import annotations

from math import inf

import pytest

from text911.gateway.core.hearing import OTHER_LINK_FOR
from text911.gateway.edges import answered
from text911.gateway.edges.answered import ALIVE_FOR, Answered
from text911.gateway.edges.awake import Awake

LATER = 1_000.0  # monotonic seconds


def test_an_answer_over_a_link_that_lived_on_is_proven() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    assert answered.proven("l", 7, alive_at=100.0 + ALIVE_FOR)
    assert answered.proven("l", 7, alive_at=LATER)
    assert not answered.proven("l", 8, alive_at=LATER)


def test_a_link_whose_end_may_only_not_have_been_read_yet_proves_nothing() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    assert not answered.proven("l", 7, alive_at=100.0)
    assert not answered.proven("l", 7, alive_at=99.9 + ALIVE_FOR)


def test_what_was_sent_before_the_answer_and_read_after_it_proves_nothing() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 99.9 + ALIVE_FOR)
    assert not answered.proven("l", 7, alive_at=None)


def test_an_answer_is_proven_when_the_peer_was_heard_after_it() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 101.0)
    assert answered.proven("l", 7, alive_at=None)


def test_an_answer_written_after_the_peer_was_last_heard_proves_nothing() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 99.0)
    assert not answered.proven("l", 7, alive_at=None)


def test_only_what_was_heard_after_the_answer_is_proof_not_what_was_heard_with_it() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("l", 100.0)
    assert not answered.proven("l", 7, alive_at=None)


def test_a_link_that_is_neither_alive_nor_known_to_be_closed_proves_nothing() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.link_closed("other", 200.0)
    assert not answered.proven("l", 7, alive_at=None)


def test_after_a_restart_nothing_is_proven() -> None:
    assert not Answered().proven("l", 7, alive_at=None)


def test_what_no_repeat_can_ask_for_any_more_is_forgotten() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.note("l", 8, 100.0 + OTHER_LINK_FOR + 0.1)
    assert not answered.proven("l", 7, alive_at=LATER)
    assert answered.proven("l", 8, alive_at=LATER)


def test_an_answer_is_remembered_up_to_the_last_moment_a_repeat_may_come() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    answered.note("l", 8, 100.0 + OTHER_LINK_FOR)
    assert answered.proven("l", 7, alive_at=LATER)


def test_of_too_many_answers_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "ANSWERED_MAX", 3)
    known = Answered()
    for number in range(5):
        known.note("l", number, 10.0)
    assert [n for n in range(5) if known.proven("l", n, alive_at=LATER)] == [2, 3, 4]


def test_a_number_that_is_used_again_counts_from_its_last_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answered, "ANSWERED_MAX", 2)
    known = Answered()
    for number in (1, 2, 1, 3):
        known.note("l", number, 10.0)
    assert [n for n in (1, 2, 3) if known.proven("l", n, alive_at=LATER)] == [1, 3]


def test_an_old_answer_is_forgotten_although_an_older_number_was_used_again() -> None:
    known = Answered()
    known.note("l", 1, 100.0)
    known.note("l", 2, 101.0)
    known.note("l", 1, 150.0)
    known.note("l", 3, 101.0 + OTHER_LINK_FOR + 0.1)
    assert not known.proven("l", 2, alive_at=LATER)
    assert known.proven("l", 1, alive_at=LATER)


def test_memory_of_closed_links_is_bounded_and_errs_on_the_safe_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answered, "CLOSED_MAX", 2)
    known = Answered()
    for number in range(3):
        known.note(f"link-{number}", 1, 10.0)
        known.link_closed(f"link-{number}", 11.0)
    assert not known.proven("link-0", 1, alive_at=None), "forgotten, so nothing is proven"
    assert known.proven("link-2", 1, alive_at=None)


def test_a_process_that_stood_still_right_after_the_answer_has_no_proof() -> None:
    """The answer waited to be written, the end of the link waits to be read."""
    awake = Awake()
    answered = Answered(awake)
    awake.tick(100.0)
    answered.note("l", 7, 100.05)
    # here the process is stopped for 14 s, and reads the copy on the other link first
    assert not answered.proven("l", 7, alive_at=114.0)
    awake.tick(114.0)
    assert not answered.proven("l", 7, alive_at=114.1)
    for tick in range(10):
        awake.tick(114.1 + tick / 10)
    assert answered.proven("l", 7, alive_at=115.1)


def test_what_is_read_late_from_a_link_that_has_ended_proves_nothing() -> None:
    awake = Awake()
    answered = Answered(awake)
    awake.tick(100.0)
    answered.note("l", 7, 100.05)
    answered.link_closed("l", 114.0)
    awake.tick(114.0)
    assert not answered.proven("l", 7, alive_at=None)


def test_a_link_that_is_not_read_proves_nothing_before_it_is() -> None:
    answered = Answered()
    answered.note("l", 7, 100.0)
    assert not answered.proven("l", 7, alive_at=110.0, reading_since=inf)
    assert not answered.proven("l", 7, alive_at=110.0, reading_since=109.5)
    assert answered.proven("l", 7, alive_at=110.0, reading_since=109.0)
    answered.link_closed("l", 110.0, reading_since=109.5)
    assert not answered.proven("l", 7, alive_at=None)
