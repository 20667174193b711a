"""The state table, walked whole."""

from __future__ import annotations

from itertools import product

import pytest

from text911.smpp.table import ACCEPTED, BOUND, NEXT, REQUESTS, ROWS, UNBOUND, Input, State

REACHED = {State.OPEN, *NEXT.values()}


def test_every_state_is_reached_and_every_one_but_the_last_can_be_left() -> None:
    assert set(State) == REACHED
    for state in State:
        leads = {NEXT[state, i] for i in Input if (state, i) in NEXT} - {state}
        assert bool(leads) is (state is not State.CLOSED)


@pytest.mark.parametrize(("state", "heard"), list(product(State, Input)))
def test_the_rows_are_the_table(state: State, heard: Input) -> None:
    assert ROWS[state].get(heard) is NEXT.get((state, heard))


def test_texts_are_taken_from_transmitters_and_given_to_receivers_only() -> None:
    takes = {s for s in State if (s, Input.GOT_MESSAGE) in NEXT}
    gives = {s for s in State if (s, Input.SENT_MESSAGE) in NEXT}
    assert takes == {State.BOUND_TX, State.BOUND_TRX, State.UNBINDING}
    assert gives == {State.BOUND_RX, State.BOUND_TRX}


def test_every_state_but_closed_can_lose_its_connection() -> None:
    assert all(((s, Input.LOST) in NEXT) is (s is not State.CLOSED) for s in State)


def test_a_message_centres_own_operation_is_legal_in_no_state() -> None:
    assert not [s for s in State if (s, Input.GOT_FOREIGN) in NEXT]
    assert REQUESTS[5] is Input.GOT_FOREIGN


def test_each_bind_leads_to_its_own_state() -> None:
    states = {command: NEXT[State.BINDING, heard] for command, heard in ACCEPTED.items()}
    assert states == {1: State.BOUND_RX, 2: State.BOUND_TX, 9: State.BOUND_TRX}
    assert set(states.values()) == BOUND
    assert {State.OPEN, State.BINDING} == UNBOUND
