"""Which texts say much the same: cases, bounds, and that chance has no part in it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters.console.clusters import (
    ALONE,
    BUCKET_MAX,
    LABEL_MAX,
    LEADERS_MAX,
    TOGETHER,
    WITHIN,
    Clusters,
    Found,
    alike,
    bands_of,
    words_of,
)

# "There is a fire, in the building at the station, please help": written without a space.
LONG_RUN = (
    "\u706b\u4e8b\u3067\u3059\u99c5\u524d\u306e\u30d3\u30eb"
    "\u52a9\u3051\u3066\u304f\u3060\u3055\u3044"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fire at the mall", "FIRE AT MALL!!!"),
        ("fire at the mall", "help please there is a fire in the mall"),
        ("Fire at 12 Elm St", "fire at 14 elm st."),
        ("shots fired at central high school", "Shots fired!! central high, room 12"),
        ("help", "HELP!!!"),
        ("help me", "Help, me..."),
        ("911", "112"),
        ("\N{FIRE}\N{FIRE}", " \N{FIRE}\N{FIRE} "),
        ("", "   "),
        (LONG_RUN, LONG_RUN + "!"),
    ],
)
def test_similar_texts_are_alike(one: str, other: str) -> None:
    assert alike(words_of(one), words_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fire at the mall", "my dad collapsed"),
        ("fire at the mall", "my husband hit me at the mall entrance and has a knife"),
        ("help", "help fire"),
        ("help", "911"),
        ("he has a gun", "she is not breathing"),
        ("", "help"),
        ("\N{FIRE}", "\N{OCTAGONAL SIGN}"),
    ],
)
def test_different_texts_are_not(one: str, other: str) -> None:
    assert not alike(words_of(one), words_of(other))


def test_the_fifth_of_its_kind_makes_a_cluster_with_those_before() -> None:
    clusters = Clusters()
    for n in range(TOGETHER - 1):
        assert clusters.add(f"d{n}", f"fire at the mall {n}", float(n)) == ALONE
    found = clusters.add("d9", "MALL FIRE", 10.0)
    assert found == Found("similar-1", "fire at the mall 0", ("d0", "d1", "d2", "d3"))
    assert clusters.add("d10", "the mall, a fire", 11.0) == Found("similar-1", "fire at the mall 0")
    assert clusters.add("d11", "my dad collapsed", 12.0) == ALONE


def test_what_came_too_long_ago_does_not_count() -> None:
    clusters = Clusters()
    for n in range(TOGETHER * 3):
        assert clusters.add(f"d{n}", "fire at the mall", n * WITHIN / 3.5) == ALONE


def test_after_a_pause_the_same_words_are_another_story() -> None:
    clusters = Clusters()
    for n in range(TOGETHER):
        clusters.add(f"d{n}", "fire at the mall", 0.0)
    assert clusters.add("d8", "fire at the mall", WITHIN).cluster == "similar-1"
    assert clusters.add("d9", "fire at the mall", 2 * WITHIN + 1.0) == ALONE


def test_a_clock_that_goes_back_stands_still() -> None:
    clusters = Clusters()
    for n in range(TOGETHER - 1):
        clusters.add(f"d{n}", "fire at the mall", 1000.0)
    assert clusters.add("d5", "fire at the mall", 3.0).cluster


def test_the_label_is_short_and_on_one_line() -> None:
    clusters = Clusters()
    text = "fire\nat  the mall " + "x" * 500
    found = [clusters.add(f"d{n}", text, 0.0) for n in range(TOGETHER)][-1]
    assert found.label.startswith("fire at the mall xxx")
    assert len(found.label) == LABEL_MAX


def test_memory_is_bounded_whatever_comes() -> None:
    clusters = Clusters()
    for n in range(LEADERS_MAX + 500):
        clusters.add(f"d{n}", f"{letters(n)} {letters(n * 7919)} {letters(n * 104729)}", n / 1000)
    assert len(clusters) <= LEADERS_MAX
    assert clusters.buckets <= 10 * LEADERS_MAX
    clusters.add("last", "quiet", 1e6)
    assert len(clusters) == 1
    assert clusters.buckets == 10


def test_a_leader_that_is_dropped_leaves_the_buckets_it_shared_as_they_are() -> None:
    clusters = Clusters()
    clusters.add("a", "fire mall", 0.0)
    for n in range(20 * BUCKET_MAX):  # pushes the first one out of the buckets of "fire"
        clusters.add(f"d{n}", f"fire {letters(n)}x", 60.0)
    clusters.add("b", "something else", WITHIN + 30.0)
    assert len(clusters) == 20 * BUCKET_MAX + 1
    clusters.add("c", "quiet", 10 * WITHIN)
    assert clusters.buckets == 10


def letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_texts_that_share_a_word_push_no_cluster_out_of_its_bucket() -> None:
    clusters = Clusters()
    for n in range(TOGETHER):
        clusters.add(f"c{n}", "fire mall", 0.0)
    for n in range(20 * BUCKET_MAX):
        clusters.add(f"d{n}", f"fire {letters(n)}x", 1.0)
    assert clusters.add("c9", "mall fire", 2.0).cluster == "similar-1"


def test_twenty_thousand_callers_hide_none_of_fifty() -> None:
    clusters = Clusters()
    alone: list[str] = []
    for n in range(20_000):
        text = "free pills at example dot com " + letters(n)
        if n % 400 == 7:
            text = f"{letters(n)}abc {letters(n * 31)}def need an ambulance {letters(n * 17)}ghi"
        if not clusters.add(str(n), text, n * 0.003).cluster:
            alone.append(str(n))
    flood = [one for one in alone if int(one) % 400 != 7]
    assert len(flood) < TOGETHER
    assert len(alone) - len(flood) == 50


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_has_something_to_compare_and_is_like_itself(one: str, other: str) -> None:
    words = words_of(one)
    assert words
    assert alike(words, words)
    assert alike(words, words_of(other)) == alike(words_of(other), words)
    assert bands_of(words) == bands_of(words_of(one))


def test_the_buckets_are_the_same_in_every_process() -> None:
    code = (
        "from text911.psap_adapters.console.clusters import bands_of, words_of;"
        "print(bands_of(words_of('fire at the mall, many people')))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
