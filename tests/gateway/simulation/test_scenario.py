from __future__ import annotations

from text911.gateway.simulation import scenario
from text911.gateway.simulation.scenario import FAULTS, RARE, Cut, drawn


def test_the_same_seed_draws_the_same_faults_and_another_one_others() -> None:
    assert drawn(7) == drawn(7)
    assert len({drawn(seed) for seed in range(20)}) > 10


def test_every_fault_exists_in_some_seed() -> None:
    assert frozenset[str]().union(*(drawn(seed) for seed in range(150))) == FAULTS.keys()
    assert RARE.keys() <= FAULTS.keys()


def test_a_fault_more_in_the_table_changes_nothing_for_the_others() -> None:
    before = [drawn(seed) for seed in range(30)]
    assert any("split" in one for one in before)
    scenario.FAULTS["meteorite"] = "for the time of this test"
    try:
        assert [drawn(seed) - {"meteorite"} for seed in range(30)] == before
    finally:
        del scenario.FAULTS["meteorite"]


def test_a_cut_takes_faults_away_and_never_adds_one() -> None:
    faults = next(one for seed in range(30) if len(one := drawn(seed)) > 3)
    seed = next(seed for seed in range(30) if drawn(seed) == faults)
    first, second = sorted(faults)[:2]
    absent = next(name for name in FAULTS if name not in faults)
    assert drawn(seed, Cut(only=frozenset({first, absent}))) == {first}
    cut = Cut().without(first, faults).without(second, faults)
    assert drawn(seed, cut) == faults - {first, second}


def test_a_cut_is_said_as_options_of_the_command() -> None:
    assert Cut().options() == ""
    assert Cut(only=frozenset()).options() == "--only none"
    cut = Cut(frozenset({"split", "crash"}), 1, 2, 7.5)
    assert cut.options() == "--only crash,split --callers 1 --texts 2 --until 7.5"
