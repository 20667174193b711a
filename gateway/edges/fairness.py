"""Who goes first when more texts come than can be taken: a fair queue that may say no. Pure.

Texts wait here before anything is promised for them. Three ranks: the first text of a caller who
has no open dialogue, texts of sources that write as people do, texts of noisy sources. Within a
source the order is always that of arrival; the sources of a rank take turns; a lower rank has a
share of every turn, so that nothing starves. Whoever sends more than its share of a bind's places,
or comes when its rank is too far behind, is to be refused *before* it is accepted, the noisy first
and the first texts of new callers last (P7). Every operation is O(1), but for `leave`.

It holds no socket and decides nothing about a dialogue; time (monotonic seconds) is an argument.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Rank(IntEnum):
    """Lower goes first."""

    FIRST = 0  # of a caller who has no open dialogue
    QUIET = 1
    NOISY = 2


RANKS = tuple(Rank)  # to walk over an enumeration takes a function call for each member
# A rank that waits is served after so many texts of higher ranks: a fifth of the turns for open
# dialogues, a seventeenth for the noisy.
PASSED_MAX = {Rank.QUIET: 4, Rank.NOISY: 16}
# Seconds. A text of the rank is refused while an unanswered one of its rank or a higher one is so
# old: the carrier keeps it better than a queue does. Far below the 12 s after which a bind whose
# places are full refuses everything (smpp/server.py), and in the order of who is to suffer first.
PATIENCE = {Rank.NOISY: 1.0, Rank.QUIET: 4.0, Rank.FIRST: 8.0}
SOURCES_MAX = 50_000  # remembered at once, some 1 KB each; of one forgotten only its noise is
TELL_EVERY = 1.0  # seconds over which a source's rate is told


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """A source is noisy when more than `texts` of its texts were admitted within `within` seconds.
    It may then hold `one_share` of a bind's places, and all noisy ones together `all_share`."""

    texts: int = 20
    within: float = 10.0
    one_share: float = 0.1
    all_share: float = 0.5


@dataclass(frozen=True, slots=True)
class Loud(Generic[Key]):
    """A noisy source, for people: texts per second that it sends, and whether some are refused."""

    source: Key
    rate: float
    throttled: bool


@dataclass(slots=True, eq=False)
class _Source(Generic[Key, Item]):
    key: Key
    at: float  # of the last arrival
    admitted: deque[float]  # the newest arrivals that were let in
    counted_from: float
    held: dict[str, int] = field(default_factory=dict[str, int])  # bind -> texts not answered
    waiting: deque[Place[Key, Item]] = field(default_factory=deque["Place[Key, Item]"])
    counted: int = 0
    rate: float = 0.0
    refused_at: float = float("-inf")

    def is_noisy(self, limits: FloodLimits, now: float) -> bool:
        admitted = self.admitted
        return len(admitted) == limits.texts and now - admitted[0] < limits.within

    def count(self, now: float) -> None:
        self.at = now
        if now - self.counted_from >= TELL_EVERY:
            self.rate = self.counted / (now - self.counted_from)
            self.counted_from, self.counted = now, 0
        self.counted += 1


@dataclass(slots=True, eq=False)
class Place(Generic[Key, Item]):
    """One text that was let in: from its arrival until it is answered."""

    item: Item
    source: _Source[Key, Item]
    bind: str
    rank: Rank
    at: float
    is_done: bool = False


class FairQueue(Generic[Key, Item]):
    def __init__(self, limits: FloodLimits) -> None:
        self.limits = limits
        self.refused = dict.fromkeys(Rank, 0)  # since the start
        self._sources: OrderedDict[Key, _Source[Key, Item]] = OrderedDict()  # last heard last
        self._rings: tuple[deque[_Source[Key, Item]], ...] = tuple(deque() for _ in Rank)
        self._passed = dict.fromkeys(PASSED_MAX, 0)
        # By rank, in order of arrival, what has no answer yet; the others go when they are seen.
        self._open: tuple[deque[Place[Key, Item]], ...] = tuple(deque() for _ in Rank)
        self._noisy_on: dict[str, int] = {}  # bind -> places that noisy texts hold
        self._loud: dict[Key, _Source[Key, Item]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        """Texts that wait for their turn."""
        return self._waiting

    def arrive(
        self,
        source: Key,
        bind: str,
        places: int,
        item: Item,
        now: float,
        *,
        is_first: bool,
        is_burdened: bool = False,
    ) -> Place[Key, Item] | None:
        """Let a text in, behind all that came before it from its source. None: it is to be refused
        for now. `places`: how many texts the bind may have unanswered. `is_first`: its caller has
        no open dialogue. `is_burdened`: what is behind us still has too much of this source."""
        known = self._know(source, now)
        known.count(now)
        rank = self._rank(known, now, is_first=is_first)
        if rank is Rank.NOISY:
            self._loud[source] = known
        if self._is_too_much(known, rank, bind, places, now, is_burdened=is_burdened):
            known.refused_at = now
            self.refused[rank] += 1
            return None
        place = Place(item, known, bind, rank, now)
        known.admitted.append(now)
        known.held[bind] = known.held.get(bind, 0) + 1
        if rank is Rank.NOISY:
            self._noisy_on[bind] = self._noisy_on.get(bind, 0) + 1
        if not known.waiting:
            self._rings[rank].append(known)
        known.waiting.append(place)
        self._open[rank].append(place)
        self._waiting += 1
        return place

    def take(self, now: float) -> Place[Key, Item] | None:
        """The text whose turn it is; it keeps its place until it is `answered`."""
        while self._waiting:
            rank = self._turn()
            source = self._rings[rank].popleft()
            if rank is Rank.QUIET and source.is_noisy(self.limits, now):
                self._rings[Rank.NOISY].append(source)  # it has become so while it waited
                continue
            self._count_turn(rank)
            place = source.waiting.popleft()
            self._waiting -= 1
            if source.waiting:
                noisy = source.is_noisy(self.limits, now)
                self._rings[Rank.NOISY if noisy else Rank.QUIET].append(source)
            return place
        return None

    def answered(self, place: Place[Key, Item]) -> None:
        """Its place is free, whatever the answer was. A second time means nothing."""
        if place.is_done:
            return
        place.is_done = True
        held = place.source.held
        held[place.bind] -= 1
        if not held[place.bind]:
            del held[place.bind]
        if place.rank is Rank.NOISY:
            self._noisy_on[place.bind] -= 1
            if not self._noisy_on[place.bind]:
                del self._noisy_on[place.bind]

    def leave(self, bind: str) -> int:
        """The bind is gone, and with it what waits here and was never accepted: its carrier has
        it still. Returns how many texts that was. Costs as much as there are texts that wait."""
        dropped = 0
        for ring in self._rings:
            for _ in range(len(ring)):
                source = ring.popleft()
                gone = [place for place in source.waiting if place.bind == bind]
                if gone:
                    kept = [place for place in source.waiting if place.bind != bind]
                    source.waiting = deque(kept)
                    dropped += len(gone)
                    for place in gone:
                        self.answered(place)
                if source.waiting:
                    ring.append(source)
        self._waiting -= dropped
        return dropped

    def loud(self, now: float) -> tuple[Loud[Key], ...]:
        """The sources that are noisy now, the loudest first."""
        found: list[Loud[Key]] = []
        for key, source in list(self._loud.items()):
            if now - source.at >= self.limits.within:
                del self._loud[key]
                continue
            since = now - source.counted_from
            rate = source.counted / since if since >= TELL_EVERY else source.rate
            throttled = now - source.refused_at < self.limits.within
            found.append(Loud(key, rate, throttled))
        return tuple(sorted(found, key=lambda one: -one.rate))

    # --- inside ------------------------------------------------------------------------------

    def _know(self, key: Key, now: float) -> _Source[Key, Item]:
        sources = self._sources
        known = sources.get(key)
        if known is not None and known.admitted.maxlen == self.limits.texts:
            sources.move_to_end(key)
        elif known is not None:  # the limits were changed by a reload
            known.admitted = deque(known.admitted, self.limits.texts)
        else:
            known = sources[key] = _Source(key, now, deque(maxlen=self.limits.texts), now)
            self._forget_two(now)
        return known

    def _forget_two(self, now: float) -> None:
        """For every new source two old ones may go, so that they never pile up."""
        for _ in range(2):
            key, oldest = next(iter(self._sources.items()))
            if oldest.held:
                self._sources.move_to_end(key)
            elif now - oldest.at >= self.limits.within or len(self._sources) > SOURCES_MAX:
                del self._sources[key]
                self._loud.pop(key, None)

    def _rank(self, source: _Source[Key, Item], now: float, *, is_first: bool) -> Rank:
        if is_first and not source.held:
            return Rank.FIRST
        return Rank.NOISY if source.is_noisy(self.limits, now) else Rank.QUIET

    def _is_too_much(
        self,
        source: _Source[Key, Item],
        rank: Rank,
        bind: str,
        places: int,
        now: float,
        *,
        is_burdened: bool,
    ) -> bool:
        limits = self.limits
        if rank is Rank.NOISY and (
            is_burdened
            or source.held.get(bind, 0) >= max(1.0, places * limits.one_share)
            or self._noisy_on.get(bind, 0) >= max(1.0, places * limits.all_share)
        ):
            return True
        oldest = now - PATIENCE[rank]
        for opened in self._open[: rank + 1]:
            while opened and opened[0].is_done:
                opened.popleft()
            if opened and opened[0].at < oldest:
                return True
        return False

    def _turn(self) -> Rank:
        """Which rank is served now: the highest that waits, unless a lower one was passed over
        too often."""
        rings = self._rings
        for rank, passed_max in PASSED_MAX.items():
            if rings[rank] and self._passed[rank] >= passed_max:
                return rank
        rank = Rank.FIRST
        while not rings[rank]:  # `take` asks only when something waits
            rank = RANKS[rank + 1]
        return rank

    def _count_turn(self, served: Rank) -> None:
        for rank in PASSED_MAX:
            if rank is served:
                self._passed[rank] = 0
            elif rank > served and self._rings[rank]:
                self._passed[rank] += 1
