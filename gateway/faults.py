"""Named places where a test may kill, fail or slow down a running instance (DESIGN 9.11).

`fault(name)` does nothing in service. It does something only after `arm` was given the value of
the environment variable TEXT911_FAULTS at start, or `replace` was given a function (simulation).
Called only from shells and the journal, never from pure modules.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import signal
import time
from collections.abc import Callable, Iterator

VARIABLE = "TEXT911_FAULTS"

# A point that is not listed cannot be armed: a misspelt one would never fire, in silence.
POINTS = {
    "before_commit": "the journal has written its records and not yet committed them",
    "after_commit_before_ack": "the records are durable and nobody has been told",
}

ACTIONS = {
    "kill": "kill@N: the process kills itself (SIGKILL) at the Nth passing",
    "fail": "fail@N: an input/output error (EIO) at the Nth passing",
    "slow": "slow@N: every passing takes N milliseconds longer",
}

_ONE = re.compile(r"(?P<point>\w+)=(?P<action>\w+)@(?P<count>[1-9]\d*)")

Act = Callable[[str], None]


class FaultsUnreadable(ValueError):
    """TEXT911_FAULTS cannot be understood; the message says what would be."""


_act: Act | None = None


def fault(name: str) -> None:
    """Pass the point `name`. Raises OSError where the armed action is `fail`."""
    if _act is not None:
        _act(name)


def replace(act: Act | None) -> None:
    """From now on `fault(name)` calls `act(name)`; None disarms."""
    global _act
    _act = act


def arm(text: str) -> None:
    """Arm what TEXT911_FAULTS says: `point=action@N`, several separated by commas.

    An empty text disarms. Raises FaultsUnreadable, and changes nothing, on anything unknown.
    """
    armed = dict(_parsed(part.strip()) for part in text.split(",") if part.strip())
    replace(_perform(armed) if armed else None)


def _parsed(part: str) -> tuple[str, tuple[str, int]]:
    match = _ONE.fullmatch(part)
    if match is None:
        raise FaultsUnreadable(f"{VARIABLE}: {part!r} is not point=action@N. {_allowed()}")
    point, action, count = match.group("point", "action", "count")
    if point not in POINTS:
        raise FaultsUnreadable(f"{VARIABLE}: there is no point {point!r}. {_allowed()}")
    if action not in ACTIONS:
        raise FaultsUnreadable(f"{VARIABLE}: there is no action {action!r}. {_allowed()}")
    return point, (action, int(count))


def _allowed() -> str:
    return f"Points: {', '.join(POINTS)}. Actions: {'; '.join(ACTIONS.values())}."


def _perform(armed: dict[str, tuple[str, int]]) -> Act:
    passings: dict[str, Iterator[int]] = {point: itertools.count(1) for point in armed}

    def act(name: str) -> None:
        if name not in armed:
            return
        action, count = armed[name]
        passing = next(passings[name])
        if action == "slow":
            time.sleep(count / 1000)
        elif passing == count and action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif passing == count:
            raise OSError(errno.EIO, f"{VARIABLE} made {name} fail at passing {count}")

    return act
