"""The tables of transactions: read, closed, and as the figures of the specification say."""

from __future__ import annotations

import pytest

from text911.sip.settings import Timing
from text911.sip.transaction_table import (
    BIRTH,
    BRIEF,
    NEXT,
    REPEATING,
    RUNNING,
    Do,
    Input,
    Kind,
    State,
    again,
    lasts,
    read,
)

TIMING = Timing()
TIMERS = [one for one in Input if one.name.startswith("TIMER")]


def reached(kind: Kind) -> set[State]:
    found = {BIRTH[kind]}
    while True:
        more = {cell.after for (state, _), cell in NEXT[kind].items() if state in found}
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("kind", Kind)
def test_every_state_of_a_table_is_reached_and_every_one_leads_to_the_end(kind: Kind) -> None:
    named = {state for state, _ in NEXT[kind]}
    assert reached(kind) == named | {State.TERMINATED}
    for state in named:
        ends = [cell for (at, _), cell in NEXT[kind].items() if at is state]
        assert any(cell.after is not state for cell in ends), state


@pytest.mark.parametrize("kind", Kind)
def test_a_timer_has_a_row_wherever_it_runs_and_nowhere_else(kind: Kind) -> None:
    runs = {
        (state, timer) for (of, state), timers in RUNNING.items() if of is kind for timer in timers
    }
    rows = {(state, happened) for state, happened in NEXT[kind] if happened in TIMERS}
    assert runs == rows


@pytest.mark.parametrize("kind", Kind)
def test_every_state_but_those_that_wait_for_the_user_ends_by_a_timer(kind: Kind) -> None:
    for state in reached(kind) - {State.TERMINATED}:
        timers = RUNNING.get((kind, state), ())
        ends = [one for one in timers if NEXT[kind][state, one].after is State.TERMINATED]
        waits = (kind, state) in {
            (Kind.INVITE_SERVER, State.PROCEEDING),  # a human decides
            (Kind.OTHER_SERVER, State.TRYING),
            (Kind.OTHER_SERVER, State.PROCEEDING),
            (Kind.INVITE_CLIENT, State.PROCEEDING),  # CANCEL ends it
        }
        assert bool(ends) is not waits, state


def test_a_timer_of_a_stream_neither_repeats_nor_lingers() -> None:
    for timer in TIMERS:
        over_datagrams, over_stream = lasts(timer, TIMING, False), lasts(timer, TIMING, True)
        assert over_datagrams is not None
        assert over_datagrams > 0
        if timer in REPEATING:
            assert over_stream is None
        elif timer in BRIEF:
            assert over_stream == 0
        else:
            assert over_stream == over_datagrams == 32


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        (Input.TIMER_A, 0.5),
        (Input.TIMER_B, 32),
        (Input.TIMER_D, 32),
        (Input.TIMER_E, 0.5),
        (Input.TIMER_F, 32),
        (Input.TIMER_G, 0.5),
        (Input.TIMER_H, 32),
        (Input.TIMER_I, 5),
        (Input.TIMER_J, 32),
        (Input.TIMER_K, 5),
        (Input.TIMER_L, 32),
        (Input.TIMER_M, 32),
    ],
)
def test_timers_last_as_long_as_table_4_says(timer: Input, seconds: float) -> None:
    assert lasts(timer, TIMING, False) == seconds


def test_timer_d_is_never_shorter_than_32_seconds() -> None:
    assert lasts(Input.TIMER_D, Timing(t1=0.1), False) == 32


def test_a_doubles_for_ever_and_e_and_g_up_to_t2() -> None:
    assert again(Input.TIMER_A, State.CALLING, 8, TIMING) == 16
    assert again(Input.TIMER_E, State.TRYING, 1, TIMING) == 2
    assert again(Input.TIMER_E, State.TRYING, 4, TIMING) == 4
    assert again(Input.TIMER_E, State.PROCEEDING, 0.5, TIMING) == 4
    assert again(Input.TIMER_G, State.COMPLETED, 3, TIMING) == 4


def test_a_cell_is_a_state_and_what_is_done() -> None:
    cell = NEXT[Kind.INVITE_CLIENT][State.CALLING, Input.GOT_FINAL]
    assert (cell.after, cell.do) == (State.COMPLETED, (Do.ACK, Do.TELL))


@pytest.mark.parametrize(
    "table",
    [
        "calling\nGOT_1XX elsewhere",
        "calling\nGOT_1XX calling+dance",
        "nowhere\nGOT_1XX calling",
        "calling\nGOT_1XX calling calling",
    ],
)
def test_a_table_with_a_word_too_many_is_no_table(table: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(table)


def test_a_row_of_what_never_happens_is_no_row() -> None:
    with pytest.raises(KeyError):
        read("calling\nGOT_TIRED calling")


def test_timing_that_contradicts_itself_is_refused() -> None:
    for wrong in ((0.0, 4.0, 5.0), (5.0, 4.0, 5.0), (0.5, 4.0, 0.0)):
        with pytest.raises(ValueError, match="T1"):
            Timing(*wrong)
