"""The fair queue: who goes first, who is refused, and that no order of texts is ever changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from text911.gateway.edges import fairness
from text911.gateway.edges.fairness import PASSED_MAX, PATIENCE, FairQueue, FloodLimits, Place, Rank

LIMITS = FloodLimits(texts=4, within=10.0, one_share=0.5, all_share=0.75)
PLACES = 8  # so one noisy source may hold 4 of a bind, all of them 6

Queue = FairQueue[str, str]
Taken = Place[str, str]


@dataclass
class Door:
    """A queue with a clock, and callers whose dialogues are open once they were heard."""

    queue: Queue = field(default_factory=lambda: Queue(LIMITS))
    now: float = 0.0
    known: set[str] = field(default_factory=set[str])
    numbers: dict[str, int] = field(default_factory=dict[str, int])

    def send(self, source: str, bind: str = "b", **more: bool) -> Taken | None:
        number = self.numbers[source] = self.numbers.get(source, 0) + 1
        first = source not in self.known
        return self.queue.arrive(
            source, bind, PLACES, f"{source}{number}", self.now, is_first=first, **more
        )

    def sent(self, source: str, count: int = 1, bind: str = "b") -> list[Taken]:
        """Texts that must be let in."""
        places = [self.send(source, bind) for _ in range(count)]
        assert None not in places, f"of {source} only {sum(p is not None for p in places)} came in"
        return [place for place in places if place is not None]

    def take(self) -> str:
        place = self.take_place()
        return "" if place is None else place.item

    def take_place(self) -> Taken | None:
        place = self.queue.take(self.now)
        if place is not None:
            self.known.add(place.source.key)
        return place

    def all(self) -> list[str]:
        taken: list[str] = []
        while item := self.take():
            taken.append(item)
        return taken

    def quiet(self, *sources: str) -> None:
        """Callers with an open dialogue who have not written for a while."""
        for source in sources:
            for place in self.sent(source):
                self.take()
                self.queue.answered(place)
            self.numbers[source] = 0
        self.now += LIMITS.within

    def noisy(self, source: str) -> None:
        """The same, who has just written as much as it may; nothing of it is unanswered."""
        for _ in range(LIMITS.texts):
            (place,) = self.sent(source)
            self.take()
            self.queue.answered(place)
        self.numbers[source] = 0


def test_an_empty_queue_gives_nothing() -> None:
    door = Door()
    assert door.take_place() is None
    assert len(door.queue) == 0


def test_a_new_caller_goes_before_open_dialogues_and_they_go_before_the_noisy() -> None:
    door = Door()
    door.quiet("q")
    door.noisy("n")
    door.sent("n")
    door.sent("q")
    door.sent("f")
    assert len(door.queue) == 3
    assert door.all() == ["f1", "q1", "n1"]


def test_of_a_new_caller_only_the_first_text_goes_first() -> None:
    door = Door()
    door.sent("f", 2)
    door.sent("g", 2)
    assert door.all() == ["f1", "g1", "f2", "g2"]


def test_what_is_let_in_before_the_first_was_heard_is_no_second_first() -> None:
    door = Door()
    places = door.sent("f", 2)
    assert [place.rank for place in places] == [Rank.FIRST, Rank.QUIET]


def test_sources_of_a_rank_take_turns_and_keep_their_own_order() -> None:
    door = Door()
    door.quiet("a", "b", "c")
    door.sent("a", 3)
    door.sent("b", 2)
    door.sent("c", 1)
    assert door.all() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_source_that_becomes_noisy_while_it_waits_goes_behind_with_all_that_waits_of_it() -> None:
    door = Door()
    door.quiet("a", "b")
    ranks = [place.rank for place in door.sent("a", 4)]
    assert ranks == [Rank.QUIET] * 4
    door.sent("b", 2)
    assert door.all() == ["b1", "b2", "a1", "a2", "a3", "a4"]


def test_a_source_is_quiet_again_when_its_texts_are_old_enough() -> None:
    door = Door()
    door.noisy("n")
    door.now += LIMITS.within - 0.1
    (place,) = door.sent("n")
    assert place.rank is Rank.NOISY
    door.take()
    door.now += 0.1
    (place,) = door.sent("n")
    assert place.rank is Rank.QUIET


def test_a_noisy_source_that_has_calmed_down_takes_its_turns_among_the_quiet_again() -> None:
    door = Door()
    door.noisy("n")
    door.sent("n", 3)
    assert door.take() == "n1"
    door.now += LIMITS.within
    assert door.take() == "n2", "it still waited among the noisy, and nobody else waits"
    door.known.add("q")
    door.sent("q")
    assert door.all() == ["n3", "q1"]


def test_lower_ranks_have_a_share_of_the_turns() -> None:
    door = Door()
    quiet = [f"q{n}" for n in range(10)]
    door.quiet(*quiet)
    door.noisy("n")
    door.sent("n", 4)
    for source in quiet:
        door.sent(source, 2)
    for n in range(60):
        door.sent(f"f{n}")
    kinds = [door.take()[0] for _ in range(60)]
    passed = PASSED_MAX[Rank.QUIET]
    assert "".join(kinds[: 2 * passed + 2]) == ("f" * passed + "q") * 2
    turns = PASSED_MAX[Rank.NOISY] + 2  # a quiet source may be due at the same time
    assert kinds.count("n") >= 60 // turns
    assert kinds.count("q") >= 60 // (passed + 2)


def test_a_noisy_source_holds_its_share_of_a_bind_and_no_more() -> None:
    door = Door()
    door.noisy("n")
    places = door.sent("n", 4)
    assert door.send("n") is None
    assert door.queue.refused == {Rank.FIRST: 0, Rank.QUIET: 0, Rank.NOISY: 1}
    assert door.send("n", "other bind") is not None
    door.take()
    assert door.send("n") is None, "it is not answered yet, so it holds its place"
    door.queue.answered(places[0])
    assert door.send("n") is not None
    door.queue.answered(places[0])
    assert door.send("n") is None, "a second answer frees nothing"


def test_all_noisy_sources_together_leave_room_for_newcomers() -> None:
    door = Door()
    door.noisy("n")
    door.noisy("m")
    door.sent("n", 4)
    door.sent("m", 2)
    assert door.send("m") is None
    assert door.send("newcomer") is not None


def test_a_quiet_source_may_hold_more_than_a_noisy_one() -> None:
    door = Door(Queue(FloodLimits(texts=4, one_share=0.01, all_share=0.01)))
    door.quiet("q")
    door.sent("q", 4)
    (place,) = [door.send("q")] if len(door.queue) < 4 else [None]
    assert place is None, "the fifth within the time is noisy, and a hundredth of 8 places is one"


def test_what_is_refused_does_not_count_as_noise_so_that_a_source_keeps_a_slow_pace() -> None:
    door = Door()
    door.noisy("n")
    door.sent("n", 4)
    while door.take():
        pass
    admitted = 0
    for _ in range(100):
        door.now += 0.5
        if (place := door.send("n")) is not None:
            admitted += 1
            door.take()
            door.queue.answered(place)
    assert admitted >= 50 / LIMITS.within * LIMITS.texts - LIMITS.texts


def test_a_burdened_source_is_refused_only_when_it_is_noisy() -> None:
    door = Door()
    door.quiet("q")
    assert door.send("q", is_burdened=True) is not None
    door.noisy("n")
    assert door.send("n", is_burdened=True) is None


@pytest.mark.parametrize("rank", list(Rank))
def test_a_rank_is_refused_when_it_or_a_higher_one_has_waited_too_long(rank: Rank) -> None:
    """The disk stands still: nothing is answered any more."""
    door = Door()
    door.quiet("q", "r")
    door.noisy("n")
    door.noisy("m")
    waits, comes = {
        Rank.FIRST: ("new", ("newer", "newest")),
        Rank.QUIET: ("q", ("r", "r")),
        Rank.NOISY: ("n", ("m", "m")),
    }[rank]
    (place,) = door.sent(waits)
    door.take()
    door.now += PATIENCE[rank]
    assert place.rank is rank
    assert door.send(comes[0]) is not None
    door.now += 0.01
    assert door.send(comes[1]) is None
    assert door.queue.refused[rank] == 1
    door.queue.answered(place)


def test_new_callers_are_the_last_to_be_refused() -> None:
    door = Door()
    door.quiet("q")
    door.noisy("n")
    door.sent("f")
    door.now += PATIENCE[Rank.NOISY] + 0.1
    assert [door.send("n") is None, door.send("q") is None] == [True, False]
    door.now += PATIENCE[Rank.QUIET]
    assert [door.send("q") is None, door.send("g") is None] == [True, False]
    door.now += PATIENCE[Rank.FIRST]
    assert door.send("h") is None


def test_a_noisy_source_that_waits_long_refuses_nobody_above_it() -> None:
    door = Door()
    door.noisy("n")
    door.sent("n")
    door.now += 100.0
    door.known.add("q")
    assert door.send("q") is not None
    assert door.send("f") is not None


def test_with_its_bind_goes_what_waits_and_the_rest_keeps_its_order() -> None:
    door = Door()
    door.sent("a", 1, "b1")
    door.sent("a", 2, "b2")
    door.sent("c", 1, "b1")
    assert door.queue.leave("b1") == 2
    assert len(door.queue) == 2
    door.sent("f")
    assert door.all() == ["a2", "f1", "a3"], "what is left of a new caller is its first text"
    assert door.queue.leave("b1") == 0


def test_the_places_of_a_bind_that_is_gone_are_free() -> None:
    door = Door()
    door.noisy("n")
    taken, *_ = door.sent("n", 4)
    door.take()
    door.queue.leave("b")
    door.queue.answered(taken)
    door.sent("n", 4)


def test_the_loud_are_told_with_their_rates_until_they_are_silent() -> None:
    door = Door()
    assert door.queue.loud(0.0) == ()
    door.noisy("n")
    door.noisy("m")
    for _ in range(20):
        door.send("n")
    door.send("m")
    door.now += 0.5
    assert [one.rate for one in door.queue.loud(door.now)] == [0.0, 0.0], "not yet a second"
    door.now += 0.5
    loudest, other = door.queue.loud(door.now)
    assert (loudest.source, loudest.rate, loudest.throttled) == ("n", 24.0, True)
    assert (other.source, other.rate, other.throttled) == ("m", 5.0, False)
    door.send("n")
    door.now += 0.5
    assert door.queue.loud(door.now)[0].rate == 24.0
    door.now += LIMITS.within
    assert door.queue.loud(door.now) == ()


def test_sources_are_forgotten_when_they_have_been_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(Queue(FloodLimits(texts=4, within=5.0)))
    for n in range(10):
        door.queue.answered(*door.sent(f"s{n}"))
    door.all()
    held = door.sent("held")
    door.now += 5.0
    for n in range(20):
        door.queue.answered(*door.sent(f"t{n}"))
    known = door.queue._sources  # pyright: ignore[reportPrivateUsage]
    assert "s0" not in known
    assert "held" in known, "it has a text without an answer"
    door.queue.answered(*held)
    monkeypatch.setattr(fairness, "SOURCES_MAX", 5)
    for n in range(30):
        door.queue.answered(*door.sent(f"u{n}"))
    assert len(known) == 5


def test_a_noisy_source_that_is_forgotten_is_not_told_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fairness, "SOURCES_MAX", 1)
    door = Door()
    door.noisy("n")
    door.queue.answered(*door.sent("n"))
    door.sent("m")
    door.sent("o")
    assert door.queue.loud(door.now) == ()


def test_limits_can_be_changed_while_it_runs() -> None:
    door = Door()
    door.quiet("q")
    door.queue.limits = FloodLimits(texts=2, within=10.0, one_share=0.5, all_share=0.75)
    ranks = [place.rank for place in door.sent("q", 3)]
    assert ranks == [Rank.QUIET, Rank.QUIET, Rank.NOISY]


class Storm(RuleBasedStateMachine):
    """Whatever comes, waits, is answered and is lost, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.door = Door()
        self.waiting: dict[str, deque[Taken]] = {}
        self.taken: list[Taken] = []
        self.given: dict[str, list[int]] = {}

    @rule(source=st.sampled_from("abcde"), bind=st.sampled_from("xy"), count=st.integers(1, 8))
    def come(self, source: str, bind: str, count: int) -> None:
        for _ in range(count):
            if (place := self.door.send(source, bind)) is not None:
                self.waiting.setdefault(source, deque()).append(place)

    @precondition(lambda self: any(self.waiting.values()))
    @rule(count=st.integers(1, 5))
    def take(self, count: int) -> None:
        for _ in range(count):
            place = self.door.take_place()
            if place is None:
                assert not any(self.waiting.values()), "nothing is forgotten"
                return
            source = place.source.key
            assert place is self.waiting[source].popleft(), "a source keeps its order"
            self.taken.append(place)

    @precondition(lambda self: self.taken)
    @rule(which=st.integers(0, 1000))
    def answer(self, which: int) -> None:
        self.door.queue.answered(self.taken.pop(which % len(self.taken)))

    @rule(bind=st.sampled_from("xy"))
    def leave(self, bind: str) -> None:
        gone = 0
        for source, places in self.waiting.items():
            kept = deque(place for place in places if place.bind != bind)
            gone += len(places) - len(kept)
            self.waiting[source] = kept
        assert self.door.queue.leave(bind) == gone

    @rule(seconds=st.floats(0.0, 6.0))
    def wait(self, seconds: float) -> None:
        self.door.now += seconds

    @invariant()
    def it_counts_right(self) -> None:
        queue = self.door.queue
        assert len(queue) == sum(map(len, self.waiting.values()))
        rings = queue._rings  # pyright: ignore[reportPrivateUsage]
        noisy_on = queue._noisy_on  # pyright: ignore[reportPrivateUsage]
        keys = [source.key for ring in rings for source in ring]
        assert sorted(keys) == sorted(key for key, places in self.waiting.items() if places)
        unanswered = [*self.taken, *(p for places in self.waiting.values() for p in places)]
        for bind in "xy":
            noisy = sum(p.bind == bind and p.rank is Rank.NOISY for p in unanswered)
            assert noisy_on.get(bind, 0) == noisy <= PLACES * LIMITS.all_share

    @invariant()
    def the_loudest_comes_first(self) -> None:
        rates = [one.rate for one in self.door.queue.loud(self.door.now)]
        assert all(a >= b for a, b in pairwise(rates))


Storm.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestStorm = Storm.TestCase
