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
    "after_ack_before_commands": "a text is answered, what follows from it was not yet asked for",
    "before_command": "one command of the core is about to be carried out",
    "before_octets_to_carrier": "what waits for a bind is about to be handed to its socket",
    "after_octets_to_carrier": "it was handed to the socket",
    "before_reply_written": "a reply or a receipt is about to be given to a bind's session",
    "after_reply_written": "it was given, and nothing of it is recorded",
    "before_response_recorded": "a carrier has answered a reply, and that is not recorded",
    "before_report_recorded": "a PSAP has shown, answered, written or ended, and that is not",
    "before_time_out_recorded": "a limit has passed, and that is not recorded",
    "before_location_recorded": "a location source has answered, and that is not recorded",
    "after_snapshot_before_saved": "a snapshot is encoded and not yet given to the journal",
    "after_snapshot_before_prune": "a snapshot is durable, pieces of older ones are still there",
    "before_recovery": "the journal is about to be opened again after a failure",
    "after_recovery": "it was, and memory was rebuilt",
    "after_restore_before_doors": "the record was read at a start, nobody can connect yet",
    "while_resuming": "some open dialogues were taken up again after a start, others not",
}

# Where a disk may fail: elsewhere an OSError would be a fault that no machine has.
ON_DISK = frozenset({"before_commit", "after_commit_before_ack"})

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
    if action == "fail" and point not in ON_DISK:
        raise FaultsUnreadable(f"{VARIABLE}: {point} cannot fail, it is no disk. {_allowed()}")
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
