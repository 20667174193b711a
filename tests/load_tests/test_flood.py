"""The plan of a flood, and the verdict on what came of it."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from load_tests.fates import Fate
from load_tests.flood import (
    BINDS,
    FOLLOWS_AFTER,
    NOISY_BIND,
    PEOPLE,
    SAYS,
    Seen,
    faults,
    figures,
    percentile,
    plan,
)
from load_tests.flood_peers import Carried, Shown
from text911.psap_adapters.console.clusters import Clusters


def test_every_text_is_of_one_kind_and_due_in_order() -> None:
    flood = plan(10.0)
    kinds = (flood.first, flood.later, flood.noise, flood.crowd)
    assert sum(map(len, kinds)) == len(frozenset[int]().union(*kinds)) == len(flood.texts)
    assert [len(kind) for kind in kinds] == [PEOPLE, PEOPLE, 5000, 3333]
    due = [text.due for text in flood.texts]
    assert due == sorted(due)
    assert [text.index for text in flood.texts] == list(range(len(flood.texts)))


def test_the_first_text_of_a_person_comes_before_the_second() -> None:
    flood = plan(10.0)
    of = {(text.caller, text.index in flood.first): text for text in flood.texts}
    for person in range(1, PEOPLE + 1):
        first, later = of[person, True], of[person, False]
        assert later.due - first.due == pytest.approx(FOLLOWS_AFTER * 1e9)
        assert SAYS[person - 1] in first.words


def test_people_write_over_all_binds_the_noise_over_one() -> None:
    flood = plan(10.0)
    assert {flood.texts[index].bind for index in flood.first} == set(range(BINDS))
    assert {flood.texts[index].bind for index in flood.noise} == {NOISY_BIND}


def test_a_smaller_flood_has_as_many_people_in_it() -> None:
    flood = plan(10.0, 0.1)
    assert [len(kind) for kind in (flood.first, flood.noise, flood.crowd)] == [PEOPLE, 500, 333]


def test_no_two_people_say_the_same() -> None:
    """Else the console would rightly put them into one group."""
    clusters = Clusters()
    found = [clusters.add(str(place), words, 0.0) for place, words in enumerate(SAYS)]
    assert all(one.cluster == "" for one in found)
    assert all(a != b for a, b in combinations(SAYS, 2))


def seen(*, missing: bool = False, late: float = 0.1) -> Seen:
    """All went well, but for one text or one wait."""
    flood = plan(1.0, 0.02)
    carried, shown = Carried(), Shown()
    for text in flood.texts:
        carried.taken[text.index] = 1_000_000
        shown.at[text.index] = text.due + round(0.1 * 1e9)
    for index in flood.first | flood.later:
        carried.replies[index] = 0
    shown.at[min(flood.first)] += round((late - 0.1) * 1e9)
    if missing:
        del shown.at[min(flood.noise)]
    metrics = {"text911_bounces_total": 0.0}
    unseen = Counter[Fate]({"vanished": int(missing)})
    return Seen(flood, 0, carried, shown, unseen, metrics, rss=1 << 20, cpu=1.0, lasted=2.0)


def test_nothing_is_wrong_when_everybody_was_shown_in_time() -> None:
    found = figures(seen())
    assert faults(found) == []
    assert found["first text to page max s"] == pytest.approx(0.1)
    assert found["noise: accepted"] == found["noise: texts"] == 10


def test_a_text_that_was_accepted_and_is_nowhere_is_wrong() -> None:
    assert faults(figures(seen(missing=True))) == ["accepted, vanished: 1, must be 0"]


def test_a_person_who_waits_too_long_is_wrong() -> None:
    assert faults(figures(seen(late=2.5))) == ["a person waited 2.50 s for the page, at most 2 s"]


def test_a_percentile_is_a_value_that_was_there() -> None:
    assert percentile([], 0.5) == 0.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
