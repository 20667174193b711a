"""The story without a person: every script once, played fast by scripted telecommunicators.

One caller texts before anybody is at a console and must get the bounce-back. One PSAP stays empty,
so that its callers overflow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..config import Configuration
from ..daemon import Daemon
from ..terminal import CANNOT, GOOD, complain
from . import evidence
from .cast import CannotPlay, Cast, until
from .record import CallerSeen, CallSeen, LegSeen, Seen, Stray
from .scripts import NOBODY_THERE, ON_A_TTY, SCRIPTS
from .story import Caller, answers, callers, chance, natural

SECONDS = 20.0  # when nobody says how long
EMPTY_PSAP = "northwest-hills"  # invented like all; its callers overflow to Hartford Region
STORY_SECONDS = 200.0  # how long the story would take unhurried
LAST_DIALOGUE = 60.0  # seconds of the story that the longest dialogue takes
ARRIVE_WITHIN_MIN = 0.2  # of the time, however long the log-ins took
# Seconds beyond the time, on a slow machine, before what is missing is broken. A TTY types at its
# own pace, however fast the story is told.
SETTLES_WITHIN = 40.0
WITH_A_TTY = "+18605550199"  # who rings; nobody texts from it


class Headless:
    """Plays once; `seen` afterwards, when it came to its end."""

    def __init__(self, configuration: Configuration, seed: int, seconds: float) -> None:
        self._configuration = configuration
        self._seed = seed
        self._seconds = seconds
        self._pace = min(1.0, seconds / STORY_SECONDS)
        self.cast: Cast | None = None
        self.finished = False

    async def play(self, daemon: Daemon) -> int:
        """The exit code, before anything was checked."""
        ends_at = asyncio.get_running_loop().time() + self._seconds
        cast = self.cast = Cast(
            daemon, self._configuration, self._pace, self._pace, lambda caller: None, keeps=True
        )
        try:
            await cast.bind()
            await self._nobody_there(cast)
            staffed = [one.name for one in self._configuration.psaps if one.name != EMPTY_PSAP]
            await cast.log_in(staffed)
            await self._everybody(cast, ends_at)
        except CannotPlay as cause:
            complain(str(cause))
            return CANNOT
        finally:
            cast.leave()
        self.finished = True
        return GOOD

    async def _nobody_there(self, cast: Cast) -> None:
        number = cast.numbers[EMPTY_PSAP][-1]
        carrier = self._configuration.carriers[0].name
        phone = cast.phones.begin(Caller(number, carrier, NOBODY_THERE))
        await until(lambda: bool(phone.heard), self._configuration.policy.limits.reach + 2.0)

    async def _everybody(self, cast: Cast, ends_at: float) -> None:
        everybody = cast_of(
            self._seed, cast.numbers, [one.name for one in self._configuration.carriers]
        )
        call = cast.ring(WITH_A_TTY, ON_A_TTY, answers(ON_A_TTY))
        loop = asyncio.get_running_loop()
        left = ends_at - loop.time() - LAST_DIALOGUE * self._pace
        pause = max(left, self._seconds * ARRIVE_WITHIN_MIN) / len(everybody)
        for caller in everybody:
            cast.phones.begin(natural(self._seed, caller))
            await asyncio.sleep(pause)

        def is_over() -> bool:
            cast.raise_failures()
            return (
                all(one.is_idle for one in cast.telecommunicators)
                and all(
                    len(cast.phones.phones[one.number].heard) > len(one.script.turns)
                    for one in everybody
                )
                and cast.phones.settled(cast.phones.phones)
                and bool(call.over)
            )

        await until(is_over, max(0.0, ends_at - loop.time()) + SETTLES_WITHIN)

    # --- afterwards ------------------------------------------------------------------------

    def seen(self, journal: Path) -> Seen:
        """After the gateway has stopped. Raises JournalBroken or JournalDamaged."""
        assert self.cast is not None
        self.cast.join()
        problem, records = evidence.soundness(journal)
        limits = self._configuration.policy.limits
        phones = self.cast.phones
        return Seen(
            callers=tuple(
                CallerSeen(
                    phone.caller.number,
                    phone.caller.carrier,
                    phone.caller.script.title,
                    tuple(phone.said),
                    tuple(phone.heard),
                )
                for phone in phones.phones.values()
            ),
            legs=self._legs(),
            dialogues=evidence.dialogues(journal),
            strays=self._strays(),
            bounce=self._configuration.policy.bounce.text,
            reach_within=limits.reach,
            abandon_within=limits.abandon,
            journal_problem=problem,
            records=records,
            calls=tuple(
                CallSeen(one.number, ON_A_TTY.title, tuple(one.typed), one.printed)
                for one in self.cast.calls
            ),
        )

    def _legs(self) -> tuple[LegSeen, ...]:
        assert self.cast is not None
        return tuple(leg for one in self.cast.telecommunicators for leg in one.legs)

    def _strays(self) -> tuple[Stray, ...]:
        assert self.cast is not None
        return tuple(self.cast.phones.strays)


def cast_of(
    seed: int, numbers: Mapping[str, Sequence[str]], carriers: Iterable[str]
) -> tuple[Caller, ...]:
    """Every script once, in the order of the seed; the callers spread over all PSAPs."""
    by_psap = [list(numbers[psap]) for psap in sorted(numbers) if numbers[psap]]
    offset = chance(len(by_psap), seed, "first PSAP")
    spread = [
        own[len(own) // 2 - round_number]
        for round_number in range(len(SCRIPTS) // len(by_psap) + 1)
        for own in by_psap[offset:] + by_psap[:offset]
    ]
    story = callers(seed, "headless", SCRIPTS, spread, list(carriers))
    return tuple(next(story) for _ in SCRIPTS)
