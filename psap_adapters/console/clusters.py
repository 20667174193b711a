"""Which first texts say much the same: a copied message, one event with many witnesses, machines.

Pure, and the same everywhere: no clock, no chance. Two texts are similar when at least half of the
words that either of them has are common to both; words that every caller uses do not count. A text
costs about a tenth of a millisecond however many there were before: candidates are found by
min-hashes in buckets, and only they are compared. What is remembered is bounded by time and number.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import shake_128
from struct import Struct

TOGETHER = 5  # similar texts within `WITHIN` that make a cluster
WITHIN = 120.0  # seconds
ALIKE = 0.5  # part of their words that two similar texts have in common
LEADERS_MAX = 5000  # texts that later ones are compared with; beyond, the one idle longest goes
BUCKET_MAX = 8  # of them behind one bucket, newest first
BANDS, ROWS = 10, 2  # of the min-hashes: at half their words in common 94 % of pairs meet
WORDS_MAX = 64  # of one text that are looked at: ten SMS
LONG = 14  # letters from which on a run is no word: it is cut (scripts without spaces, addresses)
CUT = 4  # letters
LONGEST = 256  # letters of such a run that are looked at
LABEL_MAX = 80  # characters of the first text that stand for a cluster

Band = tuple[int, ...]

# Words that say nothing about what happened: without them "help there is a fire" is "fire".
_WEAK = """
0 911 a an and are at be been by can come emergency for from got has have hello help here hey hi i
im in is it its just me my need now of on or our please pls send so some someone that the there
theres they this to u us was we with you your
"""
WEAK = frozenset(_WEAK.split())

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_HASHES = Struct(f">{BANDS * ROWS}Q")


def words_of(text: str) -> frozenset[str]:
    """What is compared: small letters, every digit the same, no punctuation, no weak words. A text
    that has nothing else is what it is, as a whole."""
    plain = _WORD.findall(_DIGIT.sub("0", text.casefold()))[:WORDS_MAX]
    found: set[str] = set()
    for word in plain:
        if len(word) > LONG:
            found.update([word[at : at + CUT] for at in range(0, min(len(word), LONGEST), CUT)])
        else:
            found.add(word.lstrip("0") or "0")
    strong = found - WEAK
    if strong:
        return frozenset(strong)
    return frozenset((" ".join(plain) or text.strip()[:LABEL_MAX],))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return common >= ALIKE * (len(one) + len(other) - common)


@lru_cache(8192)  # words come again: in one story, and in one language
def _hashes_of(word: str) -> tuple[int, ...]:
    return _HASHES.unpack(shake_128(word.encode("utf-8", "surrogatepass")).digest(_HASHES.size))


def bands_of(words: frozenset[str]) -> tuple[Band, ...]:
    """Of each of the hashes the least of all words, by twos: two texts have a band in common the
    more likely, the more words they share."""
    least = [min(column) for column in zip(*map(_hashes_of, words), strict=True)]
    return tuple((band, *least[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS))


@dataclass(slots=True)
class _Leader:
    """The first of some similar texts. `recent`: when which others came, until it is a cluster."""

    words: frozenset[str]
    label: str
    bands: tuple[Band, ...]
    last_at: float
    cluster: str = ""
    recent: deque[tuple[float, str]] = field(default_factory=deque[tuple[float, str]])


@dataclass(frozen=True, slots=True)
class Found:
    """`cluster` is "" for a text that stands alone so far. `others`: who came before and belongs to
    the cluster that this text has just made. `label`: the words that stand for it."""

    cluster: str = ""
    label: str = ""
    others: tuple[str, ...] = ()


ALONE = Found()


class Clusters:
    """Names (of legs, here) and the first text of each, in the order in which they come."""

    def __init__(self) -> None:
        self._leaders: OrderedDict[int, _Leader] = OrderedDict()  # idle longest first
        self._buckets: dict[Band, list[int]] = {}
        self._count = 0
        self._at = 0.0

    def __len__(self) -> int:
        return len(self._leaders)

    @property
    def buckets(self) -> int:
        """How many hold something: bounded by what there is to compare with."""
        return len(self._buckets)

    def add(self, name: str, text: str, at: float) -> Found:
        """`at`: seconds of any clock; one that goes back counts as standing still."""
        self._at = at = max(self._at, at)
        self._forget(at)
        words = words_of(text)
        bands = bands_of(words)
        number = self._nearest(words, bands)
        if number is None:
            self._lead(words, text, bands, at, name)
            return ALONE
        leader = self._leaders[number]
        self._leaders.move_to_end(number)
        leader.last_at = at
        if leader.cluster:
            return Found(leader.cluster, leader.label)
        recent = leader.recent
        while recent and at - recent[0][0] > WITHIN:
            recent.popleft()
        recent.append((at, name))
        if len(recent) < TOGETHER:
            return ALONE
        leader.cluster = f"similar-{number}"
        others = tuple(other for _, other in recent if other != name)
        recent.clear()
        return Found(leader.cluster, leader.label, others)

    def _nearest(self, words: frozenset[str], bands: tuple[Band, ...]) -> int | None:
        """Of those that are alike, a cluster before a single text, then the oldest."""
        found = {
            number
            for band in bands
            for number in self._buckets.get(band, ())
            if alike(words, self._leaders[number].words)
        }
        return min(found, key=lambda n: (not self._leaders[n].cluster, n), default=None)

    def _lead(
        self,
        words: frozenset[str],
        text: str,
        bands: tuple[Band, ...],
        at: float,
        name: str,
    ) -> None:
        self._count += 1
        label = " ".join(text.split())[:LABEL_MAX]
        leader = _Leader(words, label, bands, at)
        leader.recent.append((at, name))
        self._leaders[self._count] = leader
        for band in bands:
            bucket = self._buckets.setdefault(band, [])
            bucket.insert(0, self._count)
            if len(bucket) > BUCKET_MAX:  # texts that stand alone push no cluster out
                alone = (one for one in reversed(bucket) if not self._leaders[one].cluster)
                bucket.remove(next(alone))  # the newest, at least, stands alone
        if len(self._leaders) > LEADERS_MAX:
            self._drop(next(iter(self._leaders)))

    def _forget(self, at: float) -> None:
        """A new text in the same words later is a new story."""
        while self._leaders:
            number, leader = next(iter(self._leaders.items()))
            if at - leader.last_at <= WITHIN:
                return
            self._drop(number)

    def _drop(self, number: int) -> None:
        leader = self._leaders.pop(number)
        for band in leader.bands:
            bucket = self._buckets.get(band, [])
            if number in bucket:
                bucket.remove(number)
            if not bucket:
                self._buckets.pop(band, None)
