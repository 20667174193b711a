"""The story of a demonstration: who texts, what, and what they say to whom. Pure.

Same seed, same story. Every number is of the block 555-0100 to 555-0199, which no telephone has,
and nobody in it exists. Times are seconds of an unhurried telling; who plays it sets the pace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, TypeVar

T = TypeVar("T")

AREA_CODES = ("203", "475", "860", "959")  # of Connecticut
NUMBERS = tuple(f"+1{area}55501{line:02d}" for area in AREA_CODES for line in range(100))
CLOSING = "This 911 conversation has ended. In an emergency text or call 911 again."
LAST_WORDS = ("has ended", "was closed", "not available", "was interrupted")  # nothing to answer to

# How the carrier brings a text: as it should, the parts of a long one out of order, one part some
# seconds after the others, or the same PDU a second time because it is not sure of the first.
Way = Literal["plain", "mixed", "late part", "repeated"]


@dataclass(frozen=True, slots=True)
class Text:
    """`after`: seconds since whatever the caller waited for, or since the text before it."""

    words: str
    after: float = 4.0
    way: Way = "plain"


@dataclass(frozen=True, slots=True)
class Turn:
    """`asked` is what a scripted telecommunicator writes. A person may write anything: the turn is
    chosen by the words in `about`, any of which calls for it."""

    asked: str
    texts: tuple[Text, ...]
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    title: str
    opening: tuple[Text, ...]
    turns: tuple[Turn, ...]
    closing: str = CLOSING  # what a scripted telecommunicator ends with

    def lines_after(self, turns: int) -> int:
        """How many texts the caller has written once `turns` of the turns are over."""
        return len(self.opening) + sum(len(turn.texts) for turn in self.turns[:turns])


@dataclass(frozen=True, slots=True)
class Caller:
    number: str  # E.164
    carrier: str
    script: Script


def callers(
    seed: int,
    stream: str,
    scripts: Sequence[Script],
    numbers: Sequence[str],
    carriers: Sequence[str],
) -> Iterator[Caller]:
    """Without end: every script once per round, in an order of its own; a number comes again only
    when all were used. `stream` tells several stories of one seed apart."""
    told = 0
    by_number = shuffled(numbers, seed, stream, "numbers")
    while True:
        for script in shuffled(scripts, seed, stream, f"round {told // len(scripts)}"):
            number = by_number[told % len(by_number)]
            yield Caller(number, carriers[chance(len(carriers), seed, stream, number)], script)
            told += 1


def reaction(script: Script, used: Collection[int], reply: str) -> int | None:
    """Which turn of the script a reply calls for: the first unused one that is about it, else the
    first unused one. None when there is nothing left to say, or the reply was a last word."""
    said = reply.casefold()
    if any(words in said for words in LAST_WORDS):
        return None
    unused = [number for number in range(len(script.turns)) if number not in used]
    for number in unused:
        if any(word in said for word in script.turns[number].about):
            return number
    return unused[0] if unused else None


def answers(script: Script, last: str | None = None) -> Callable[[str], str | None]:
    """What a caller who types in turns answers to each reply, one line a turn; `last`: to whatever
    is asked beyond the script."""
    used: set[int] = set()

    def answer(reply: str) -> str | None:
        turn = reaction(script, used, reply)
        if turn is None:
            return last
        used.add(turn)
        return " ".join(text.words for text in script.turns[turn].texts)

    return answer


def natural(seed: int, caller: Caller) -> Caller:
    """The same caller with delays a little longer or shorter than the script's."""

    def shifted(texts: tuple[Text, ...], which: str) -> tuple[Text, ...]:
        return tuple(
            replace(
                text, after=text.after * (0.75 + chance(50, seed, caller.number, which, n) / 100)
            )
            for n, text in enumerate(texts)
        )

    turns = tuple(
        replace(turn, texts=shifted(turn.texts, f"turn {n}"))
        for n, turn in enumerate(caller.script.turns)
    )
    opening = shifted(caller.script.opening, "opening")
    return replace(caller, script=replace(caller.script, opening=opening, turns=turns))


def chance(of: int, seed: int, *what: object) -> int:
    """A number from 0 to `of` - 1 that seed and `what` decide."""
    octets = sha256("\0".join(map(str, (seed, *what))).encode()).digest()
    return int.from_bytes(octets[:8]) % of


def shuffled(items: Sequence[T], seed: int, *what: object) -> list[T]:
    keys = [sha256(f"{seed}\0{what}\0{n}".encode()).digest() for n in range(len(items))]
    return [items[n] for n in sorted(range(len(items)), key=keys.__getitem__)]
