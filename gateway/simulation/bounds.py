"""Memory and queues: each may grow with what is open, never with what has been.

What is open is known from the shadow, which has it from the durable record; once a second every
size in the gateway is held against a bound that is worked out from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..core.hearing import HEARD_MAX, JOINED_MAX, PARTIALS_MAX
from ..core.replying import EARLY_MAX, SENT_MAX
from ..core.state import Dialogue, Line, Over
from .around import Around
from .places import WINDOW
from .process import Process

TIMERS_MAX = 8  # of one dialogue, beside those for missing parts
COMMANDS_MAX = 16  # that wait for a bind, of one entry that is not durable yet


def _heard(line: Line) -> int:
    return len(line.heard)


def _parts(line: Line) -> int:
    return len(line.partials)


def _sent(line: Line) -> int:
    return len(line.sent)


def _early(line: Line) -> int:
    return len(line.early)


OF_A_DIALOGUE: tuple[tuple[str, Callable[[Line], int], int], ...] = (
    ("texts remembered", _heard, HEARD_MAX),
    ("parts", _parts, PARTIALS_MAX + JOINED_MAX + 1),
    ("replies remembered", _sent, SENT_MAX),
    ("early receipts", _early, EARLY_MAX),
)


class Bounds:
    """`most`: what the largest size of each kind was, for the report of a run."""

    def __init__(self, world: Around) -> None:
        self._world = world
        self._stage = world.stage
        self.most: dict[str, int] = {}

    def look(self) -> None:
        process = self._world.process
        if process is None:
            return
        for name, size, bound in self._sizes(process):
            self.most[name] = max(size, self.most.get(name, 0))
            if size > bound:
                words = f"{name}: {size}, and {bound} would be enough"
                raise self._stage.broken(f"memory and queues are bounded: {words}")

    def _sizes(self, process: Process) -> Iterator[tuple[str, int, int]]:
        """Name, size and bound of everything that could grow."""
        world = self._world
        states = [told.state for told in world.shadow.dialogues.values() if told.state is not None]
        alive = [state for state in states if not is_forgotten(state)]
        pending = process.journal.pending
        kept = len(alive) + pending
        yield "dialogues in memory", len(process.engine), kept
        yield "transcripts", len(process.transcripts), kept
        parts = sum(len(state.line.partials) for state in alive)
        yield "timers", len(process.timers), TIMERS_MAX * kept + parts + pending
        for group, size in process.carriers.waiting().items():
            of_group = [state for state in alive if state.line.key.group == group]
            owed = sum(owed_by(state) for state in of_group)
            yield f"waiting for a bind of {group}", size, owed + COMMANDS_MAX * (pending + 1)
        for bind in process.carriers.binds:
            yield "requests in flight on a bind", WINDOW - bind.link.window_free(), WINDOW
        lines = [state.line for state in alive]
        for name, size_of, bound in OF_A_DIALOGUE:
            yield f"{name} of a dialogue", max(map(size_of, lines), default=0), bound


def is_forgotten(state: Dialogue) -> bool:
    """Over, and without the timer that lets it go: it has rung."""
    return isinstance(state.phase, Over) and not state.line.timers


def owed_by(state: Dialogue) -> int:
    """PDUs to the carrier that this dialogue waits for."""
    line = state.line
    return sum(len(one.segments) for one in line.outbox) + len(line.receipts)
