"""Blocking: a PSAP's decision not to be rung by one caller for a while. Recorded, and with an end.

It never makes a text vanish: what a blocked caller writes is accepted and written down, and if the
PSAP that would be rung first is the one that blocked, the caller gets the bounce-back with the
reason in the record. Other PSAPs are not bound by it.

A block enters the rules as data: the fact that opens a dialogue holds the blocks of its caller, so
replaying decides as the gateway did. `Blocks` is the engine's memory of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from . import conversing, over, replying
from .commands import BlockCaller
from .facts import PsapBlocked
from .state import Active, Locating, Offered, Over, Routing
from .turn import Turn
from .values import Block, CallerKey, DialogueId, PsapName

BLOCK_MAX = 86_400.0  # seconds: whatever an adapter asks for, a day later somebody decides again


def by(blocked: Iterable[Block], psap: PsapName, at: float) -> Block | None:
    """The block of `psap` that holds at `at`, if there is one."""
    return next((one for one in blocked if one.psap == psap and one.until > at), None)


def psap_blocked(turn: Turn, fact: PsapBlocked) -> None:
    match turn.phase:
        case Offered() as now if (now.psap, now.offer) == (fact.psap, fact.offer):
            _block_ringing(turn, now, fact)
        case Active() as now if (now.psap, now.offer) == (fact.psap, fact.offer):
            _block_answered(turn, fact)
        case Offered() as now:
            _decline(turn, fact, f"it is ringing at {turn.title(now.psap)} now")
        case Active() as now:
            _decline(turn, fact, f"{now.by} at {turn.title(now.psap)} has it now")
        case Over(how):
            _decline(turn, fact, f"the dialogue is {how}")
        case Locating() | Routing():
            _decline(turn, fact, "it does not ring anywhere yet")
        case _:
            assert_never(turn.phase)


def chain_for(
    turn: Turn, blocked: tuple[Block, ...], psaps: tuple[PsapName, ...]
) -> tuple[PsapName, ...]:
    """Those who are rung for this caller. Empty, and the caller is told, when the first of them
    has blocked it: nobody else is asked to take what the one in charge does not take."""
    first = by(blocked, psaps[0], turn.at)
    if first is not None:
        over.bounce(turn, in_words(turn, first))
        return ()
    left_out = [one for psap in psaps if (one := by(blocked, psap, turn.at)) is not None]
    if left_out:
        turn.tell(f"Not rung: {'; '.join(in_words(turn, one) for one in left_out)}")
    return tuple(psap for psap in psaps if by(blocked, psap, turn.at) is None)


def in_words(turn: Turn, block: Block) -> str:
    left = for_how_long(block.until - turn.at)
    who = f"{block.by} at {turn.title(block.psap)}"
    return f"{who} has blocked this caller, for another {left}: {block.reason}"


def for_how_long(seconds: float) -> str:
    minutes = max(1, round(seconds / 60.0))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60.0:.3g} h"


def _block_ringing(turn: Turn, now: Offered, fact: PsapBlocked) -> None:
    """Nobody has accepted it, so the bounce-back is right; unless somebody had before, and was
    lost."""
    words = _decide(turn, fact)
    turn.end_leg(words)
    if now.lost:
        over.lose(turn, words)
    else:
        over.bounce(turn, words)


def _block_answered(turn: Turn, fact: PsapBlocked) -> None:
    """A person has accepted it: no bounce-back. It ends as by `PsapEnded`, with closing words."""
    if replying.has_words(turn, fact):
        replying.answer(turn, fact)
    else:
        replying.automatic(turn, "M3", dict(turn.policy.ended).get(fact.psap))
    words = _decide(turn, fact)
    turn.tell(f"Ended: {words}")
    turn.end_leg(words)
    over.close(turn, "ended", fact.by)


def _decide(turn: Turn, fact: PsapBlocked) -> str:
    conversing.is_repeat(turn, fact.key)  # remembered: told again after the end, it is not declined
    until = min(fact.until, turn.at + BLOCK_MAX)
    turn.do(BlockCaller(Block(turn.id, fact.psap, fact.by, turn.at, until, fact.reason)))
    return f"{fact.by} blocked this caller for {for_how_long(until - turn.at)}: {fact.reason}"


def _decline(turn: Turn, fact: PsapBlocked, why: str) -> None:
    conversing.decline_leg(turn, fact.psap, fact.offer, fact.key, f"not blocked: {why}")


class Blocks:
    """Who is blocked where. Holds no more than people decided in the last `BLOCK_MAX` seconds."""

    def __init__(self) -> None:
        self._of: dict[CallerKey, tuple[Block, ...]] = {}

    def add(self, key: CallerKey, block: Block) -> None:
        """A PSAP's later decision about the same caller stands, in whatever order they come."""
        for other in [one for one, blocks in self._of.items() if _all_over(blocks, block.since)]:
            del self._of[other]
        here = self._of.get(key, ())
        if not any(one.psap == block.psap and one.since > block.since for one in here):
            kept = tuple(one for one in here if one.psap != block.psap)
            self._of[key] = (*kept, block)

    def of(self, key: CallerKey, at: float) -> tuple[Block, ...]:
        """The blocks of this caller that hold at `at` (UTC seconds)."""
        return tuple(one for one in self._of.get(key, ()) if one.until > at)

    def active(self, at: float) -> list[tuple[CallerKey, Block]]:
        held = [(key, one) for key, blocks in self._of.items() for one in blocks if one.until > at]
        return sorted(held, key=lambda pair: (pair[1].since, pair[1].dialogue, pair[1].psap))

    def find(self, psap: PsapName, dialogue: DialogueId) -> tuple[CallerKey, Block] | None:
        for key, blocks in self._of.items():
            for one in blocks:
                if (one.psap, one.dialogue) == (psap, dialogue):
                    return key, one
        return None

    def lift(self, psap: PsapName, dialogue: DialogueId) -> None:
        """Only the block that was decided there and then: a newer one of the same PSAP stays."""
        found = self.find(psap, dialogue)
        if found is not None:
            self._without(*found)

    def drop(self, dialogue: DialogueId) -> None:
        """What was decided in this dialogue is not known any more."""
        gone = [(key, one) for key, one in self.active(0.0) if one.dialogue == dialogue]
        for key, one in gone:
            self._without(key, one)

    def _without(self, key: CallerKey, block: Block) -> None:
        kept = tuple(one for one in self._of[key] if one != block)
        if kept:
            self._of[key] = kept
        else:
            del self._of[key]


def _all_over(blocks: tuple[Block, ...], at: float) -> bool:
    return all(one.until <= at for one in blocks)
