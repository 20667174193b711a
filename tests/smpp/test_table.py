"""The tables of both roles, walked whole."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from text911.smpp.codec import DECODE
from text911.smpp.pdu import RESPONSE
from text911.smpp.status import Status
from text911.smpp.table import (
    ACCEPTED,
    BOUND,
    ESME,
    ESME_TABLE,
    MESSAGE_CENTRE,
    MESSAGE_CENTRE_TABLE,
    REFUSALS,
    UNBOUND,
    WITHOUT_RESPONSE,
    Input,
    Role,
    State,
    read,
)

ROLES = [MESSAGE_CENTRE, ESME]
each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
SENT = {Input.SENT_MESSAGE, Input.SENT_UNBIND, Input.SENT_OUTBIND, Input.SENT_BIND}


@each_role
def test_every_state_is_reached_and_every_one_but_the_last_can_be_left(role: Role) -> None:
    assert {State.OPEN, *role.next.values()} == set(State)
    for state in State:
        leads = {role.next[state, i] for i in Input if (state, i) in role.next} - {state}
        assert bool(leads) is (state is not State.CLOSED)


@each_role
@pytest.mark.parametrize(("state", "heard"), list(product(State, Input)))
def test_the_rows_are_the_table(role: Role, state: State, heard: Input) -> None:
    assert role.rows[state].get(heard) is role.next.get((state, heard))


@pytest.mark.parametrize(
    ("role", "taking", "giving"),
    [
        (MESSAGE_CENTRE, State.BOUND_TX, State.BOUND_RX),
        (ESME, State.BOUND_RX, State.BOUND_TX),
    ],
    ids=["message centre", "ESME"],
)
def test_messages_go_the_way_of_the_bind_and_both_ways_as_transceiver(
    role: Role, taking: State, giving: State
) -> None:
    takes = {s for s in State if (s, Input.GOT_MESSAGE) in role.next}
    gives = {s for s in State if (s, Input.SENT_MESSAGE) in role.next}
    assert takes == {taking, State.BOUND_TRX, State.UNBINDING}
    assert gives == {giving, State.BOUND_TRX}


@each_role
def test_every_state_but_closed_can_lose_its_connection(role: Role) -> None:
    lost = {s for s in State if (s, Input.LOST) in role.next}
    assert lost == set(State) - {State.CLOSED}


@each_role
def test_the_other_ends_operations_are_legal_in_no_state(role: Role) -> None:
    assert not [s for s in State if (s, Input.GOT_FOREIGN) in role.next]


def test_what_one_end_may_send_is_foreign_to_itself() -> None:
    both = {0x6, 0x15, 0x103}
    requests = {one for one in DECODE if not one & RESPONSE}
    for mine, other in ((MESSAGE_CENTRE, ESME), (ESME, MESSAGE_CENTRE)):
        takes = {one for one, heard in mine.requests.items() if heard is not Input.GOT_FOREIGN}
        foreign = set(mine.requests) - takes
        assert takes & {one for one, h in other.requests.items() if h is not Input.GOT_FOREIGN} <= (
            both
        )
        assert foreign | takes == requests - (WITHOUT_RESPONSE if mine is MESSAGE_CENTRE else set())


@each_role
def test_what_is_not_served_has_its_refusal_and_nothing_else_has(role: Role) -> None:
    unserved = {one for one, heard in role.requests.items() if heard is Input.GOT_UNSERVED}
    assert unserved == (set(REFUSALS) if role is MESSAGE_CENTRE else set())


def test_no_peer_before_5_0_is_sent_a_code_of_5_0() -> None:
    assert all(before < Status.RSERTYPUNAUTH for before, _ in REFUSALS.values())


@each_role
def test_each_bind_leads_to_its_own_state(role: Role) -> None:
    states = {command: role.next[State.BINDING, heard] for command, heard in ACCEPTED.items()}
    assert states == {1: State.BOUND_RX, 2: State.BOUND_TX, 9: State.BOUND_TRX}
    assert set(states.values()) == BOUND
    assert {State.OPEN, State.OUTBOUND, State.BINDING} == UNBOUND


def test_the_page_for_carriers_shows_these_tables() -> None:
    page = (Path(__file__).parents[2] / "docs" / "smpp.md").read_text(encoding="utf-8")
    for table in (MESSAGE_CENTRE_TABLE, ESME_TABLE):
        assert f"```{table}```" in page


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("OPEN CLOSED\nLOST CLOSED", ValueError),
        ("OPEN\nLOST CLOSED .", ValueError),
        ("OPEN\nLOST SHUT", KeyError),
        ("SHUT\nLOST CLOSED", KeyError),
        ("OPEN\nFORGOTTEN CLOSED", KeyError),
    ],
)
def test_a_table_that_is_written_wrong_is_no_table(wrong: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(wrong)
