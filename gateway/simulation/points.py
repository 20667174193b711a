"""The named fault points of the gateway's code (`gateway/faults.py`), as a seed arms them.

One point is armed at a time: it acts at one passing, drawn beforehand, and then the next is armed.
So a crash lands exactly between a commit and its answer, which one drawn by time hardly ever does.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from random import Random

from ..faults import ON_DISK, POINTS
from .stage import Stage

# What only a process with a real file passes: pieces of snapshots are an affair of SQLite.
REAL_ONLY = frozenset({"after_snapshot_before_prune"})
STRIKES_MAX = 3  # of one action in one run
PASSINGS = (1, 1, 2, 3, 5, 8, 13, 21, 40)  # which passing acts: early ones, and some far in
FAILS = tuple(name for name in POINTS if name in ON_DISK)
STANDS_STILL = (0.05, 3.0)  # seconds


class ProcessDied(BaseException):
    """Ends what the process was just doing. Nothing in the product catches it."""


class Points:
    """`die` ends the process; `stand_still` lets nothing ring in it for a while."""

    def __init__(
        self, stage: Stage, die: Callable[[str], None], stand_still: Callable[[float], None]
    ) -> None:
        self._stage = stage
        self._die = die
        self._stand_still = stand_still
        self.passed: set[str] = set()  # names of all that were passed, for the tests
        everywhere = tuple(name for name in POINTS if name not in REAL_ONLY)
        self._armed = [
            _Armed(stage.draw(f"plan of {action}"), action, where)
            for action, where in (
                ("point_kill", everywhere),
                ("point_fail", FAILS),
                ("point_slow", everywhere),
            )
            if stage.has(action)
        ]

    def act(self, name: str) -> None:
        """What `fault(name)` calls. Raises OSError where the disk fails, ProcessDied at death."""
        self.passed.add(name)
        for armed in self._armed:
            if armed.point == name and not self._stage.healed and armed.is_due():
                self._strike(armed.action, name)

    def _strike(self, action: str, name: str) -> None:
        self._stage.note("point", f"{action} at {name}")
        match action:
            case "point_kill":
                self._die(name)
                raise ProcessDied(name)
            case "point_fail":
                raise OSError(errno.EIO, f"input/output error at {name}")
            case _:
                self._stand_still(self._stage.draw("plan of point_slow").uniform(*STANDS_STILL))


class _Armed:
    def __init__(self, chance: Random, action: str, where: tuple[str, ...]) -> None:
        self.action = action
        self.point = ""
        self._plan = [
            (chance.choice(where), chance.choice(PASSINGS))
            for _ in range(chance.randint(1, STRIKES_MAX))
        ]
        self._remains = 0
        self._next()

    def is_due(self) -> bool:
        """One passing more; whether it is the one."""
        self._remains -= 1
        if self._remains > 0:
            return False
        self._next()
        return True

    def _next(self) -> None:
        self.point, self._remains = self._plan.pop(0) if self._plan else ("", 0)
