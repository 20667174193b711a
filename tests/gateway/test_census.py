"""Counting in small steps: every phase, who is named first, and never more than was asked for."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.census import Census
from text911.gateway.core.encoding import Held
from text911.gateway.core.state import (
    NAMES,
    Active,
    Dialogue,
    Line,
    Locating,
    Offered,
    Over,
    Phase,
    Reply,
    Routing,
)
from text911.gateway.core.values import DialogueId, PsapName, Segment

from .core.stage import KEY, A, B

OWED = (Reply(0, 0, 0, (Segment(0, b"bye"),), "w"),)
ENDED = Over("ended", 0.0, A, 1)
RINGING = Offered((A, B), 1, 1, 0.0)
ANSWERED = Active(B, 1, "ann", 0.0, ())


def held(name: str, phase: Phase, at: float = 0.0, outbox: tuple[Reply, ...] = ()) -> Held:
    line = Line(KEY, "hash", at, at, 0, outbox=outbox)
    return Held(DialogueId(name), 1, Dialogue(line, phase))


def census_of(*dialogues: Held, listed_max: int = 10) -> Census:
    census = Census(dialogues, listed_max)
    assert census.count(len(dialogues) + 1), "one walk past the end has seen them all"
    return census


def test_who_wants_no_names_gets_the_counts() -> None:
    census = census_of(held("a", RINGING), held("b", ANSWERED), held("c", ENDED), listed_max=0)
    assert census.listed() == []
    assert (census.open, census.ringing[B], census.live[B]) == (2, 1, 1)


def test_fewer_names_than_none_cannot_be_wanted() -> None:
    with pytest.raises(ValueError, match="listed_max is -1"):
        Census((), -1)


@pytest.mark.parametrize(
    ("one", "name", "is_open"),
    [
        (held("d", Locating(())), "locating", 1),
        (held("d", Routing()), "routing", 1),
        (held("d", RINGING), "offered", 1),
        (held("d", ANSWERED), "active", 1),
        (held("d", ENDED), "closed", 0),
        (held("d", ENDED, outbox=OWED), "closing", 0),
        (held("d", Over("bounced", 0.0, PsapName(""), 0)), "bounced", 0),
        (held("d", Over("abandoned", 0.0, PsapName(""), 0)), "abandoned", 0),
    ],
)
def test_every_phase_is_counted_under_its_name(one: Held, name: str, is_open: int) -> None:
    census = census_of(one)
    assert census.phases == {name: 1}
    assert one.state.name_of_phase == name
    assert census.open == is_open
    assert census.listed() == ["d"] * is_open


def test_every_phase_but_over_has_its_name_in_the_short_cut() -> None:
    assert set(NAMES) == set(get_args(Phase)) - {Over}


def test_a_caller_is_counted_where_it_rings_now_and_where_somebody_answered() -> None:
    census = census_of(held("d1", RINGING), held("d2", ANSWERED), held("d3", ENDED))
    assert census.ringing == {B: 1}, "not at the PSAP that was tried before"
    assert census.live == {B: 1}


def test_who_waits_comes_first_then_the_oldest_then_the_lower_name() -> None:
    census = census_of(
        held("answered", ANSWERED, at=1.0),
        held("young", RINGING, at=9.0),
        held("b", Locating(()), at=5.0),
        held("a", Routing(), at=5.0),
        held("over", ENDED, at=0.0),
    )
    assert census.listed() == ["a", "b", "young", "answered"]


def test_the_oldest_is_found_however_late_it_comes_and_however_many_came_before() -> None:
    many = [held(f"d{n:03}", RINGING, at=1000.0 - n) for n in range(100)]
    census = census_of(*many, listed_max=3)
    assert census.listed() == ["d099", "d098", "d097"]
    assert census.open == 100


def test_of_many_with_the_same_age_as_many_are_listed_as_were_asked_for() -> None:
    many = [held(f"d{n:03}", RINGING, at=5.0) for n in reversed(range(50))]
    assert census_of(*many, listed_max=2).listed() == ["d000", "d001"]


def test_it_is_finished_only_when_a_step_found_fewer_than_it_may_walk() -> None:
    census = Census([held("d1", RINGING), held("d2", RINGING)], 10)
    assert (census.count(1), census.open) == (False, 1)
    assert (census.count(1), census.open) == (False, 2)
    assert (census.count(1), census.open) == (True, 2)


def test_of_nothing_nothing_is_counted() -> None:
    census = census_of()
    assert (census.open, census.phases.total(), census.listed()) == (0, 0, [])


PSAPS = st.sampled_from([A, B])
PHASES = st.one_of(
    st.just(Locating(())),
    st.just(Routing()),
    PSAPS.map(lambda psap: Offered((psap,), 0, 1, 0.0)),
    PSAPS.map(lambda psap: Active(psap, 1, "ann", 0.0, ())),
    st.just(ENDED),
)


@given(
    st.lists(st.tuples(st.integers(0, 50), PHASES), max_size=60),
    st.integers(1, 7),
    st.integers(1, 5),
)
def test_a_census_in_small_steps_is_the_census_in_one(
    dialogues: list[tuple[int, Phase]], step: int, listed_max: int
) -> None:
    every = [held(f"d{n}", phase, float(at)) for n, (at, phase) in enumerate(dialogues)]
    census = Census(every, listed_max)
    while not census.count(step):
        pass
    still = [one for one in every if not isinstance(one.state.phase, Over)]
    still.sort(
        key=lambda one: (
            isinstance(one.state.phase, Active),
            one.state.line.opened_at,
            one.dialogue,
        )
    )
    assert census.listed() == [one.dialogue for one in still][:listed_max]
    assert census.open == len(still)
    assert census.phases.total() == len(every)
    for name, count in census.phases.items():
        assert count == sum(one.state.name_of_phase == name for one in every)
    for kind, counted in ((Offered, census.ringing), (Active, census.live)):
        for psap in (A, B):
            expected = sum(
                isinstance(one.state.phase, kind) and one.state.phase.psap == psap for one in every
            )
            assert counted[psap] == expected
