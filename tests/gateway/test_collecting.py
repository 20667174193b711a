"""Garbage in cycles: what is frozen when, seen in the collector itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from text911.gateway import collecting
from text911.gateway.collecting import ALL_EVERY, HARDLY_ANYBODY, Upkeep


class Ring:
    """Something that only a collection can free."""

    def __init__(self) -> None:
        self.itself = self


def rings() -> int:
    return sum(type(one) is Ring for one in gc.get_objects())


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    threshold, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    (gc.enable if enabled else gc.disable)()
    gc.collect()


def test_what_a_start_has_made_is_not_walked_again() -> None:
    gc.disable()
    kept = [Ring() for _ in range(10)]
    collecting.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(kept)
    assert gc.get_threshold() == (collecting.YOUNG, collecting.MIDDLE, collecting.NEVER)


def test_survivors_of_two_collections_are_frozen_at_the_next_tick() -> None:
    collecting.settle()
    gc.disable()
    upkeep = Upkeep(lambda: 0.0)
    before = gc.get_freeze_count()
    upkeep.tick(0)
    assert gc.get_freeze_count() == before, "nothing has survived anything yet"
    gc.collect(1)
    upkeep.tick(0)
    assert gc.get_freeze_count() > before


def test_once_in_hours_with_hardly_anybody_there_all_is_walked() -> None:
    now = 0.0
    collecting.settle()
    gc.disable()
    upkeep = Upkeep(lambda: now)
    Ring()
    gc.freeze()
    assert rings() == 0, "frozen: not even listed"
    now = ALL_EVERY - 1
    upkeep.tick(0)
    gc.unfreeze()
    assert rings() == 1
    gc.freeze()
    now = ALL_EVERY
    upkeep.tick(HARDLY_ANYBODY + 1)
    gc.unfreeze()
    assert rings() == 1, "too many dialogues for so long a pause"
    gc.freeze()
    upkeep.tick(HARDLY_ANYBODY)
    gc.unfreeze()
    assert rings() == 0
    Ring()
    gc.freeze()
    now = 2 * ALL_EVERY - 1
    upkeep.tick(0)
    gc.unfreeze()
    assert rings() == 1, "hours count from the last time"
