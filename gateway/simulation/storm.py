"""One run: the storm of a seed, the healing, the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .stage import Broken
from .world import HEALS_WITHIN, STORM, World

QUIET_STEP = 10.0  # seconds between two looks whether all is quiet


@dataclass(frozen=True, slots=True)
class Outcome:
    """`broken` is "" or the promise in words; `last` are the events before it."""

    seed: int
    broken: str
    trace_hash: str
    events: int
    records: int
    seconds: float  # simulated
    faults: tuple[str, ...]
    last: tuple[str, ...]


def run(seed: int) -> Outcome:
    """The whole story of one seed. A fault of ours, whatever it is, is a broken promise."""
    world = World(seed)
    stage = world.stage
    broken = ""
    try:
        _storm(world)
        _heal(world)
        world.witness.at_the_end(world.carrier.submissions)
    except Broken as breach:
        broken = str(breach)
    except Exception as fault:
        cause = stage.breach or fault
        broken = str(cause) if stage.breach else f"no fault of ours: {fault!r}"
    return Outcome(
        seed,
        broken,
        stage.trace.hash,
        stage.trace.events,
        len(world.store.records),
        stage.now(),
        tuple(sorted(stage.faults)),
        tuple(stage.trace.last),
    )


def _storm(world: World) -> None:
    stage = world.stage
    ends_at = stage.between(*STORM)
    for caller in world.callers:
        for _ in range(stage.random.randint(1, 5)):
            stage.later(stage.between(0.5, ends_at), partial(world.write, caller))
    if stage.has("after_close"):
        for caller in world.callers:
            late = ends_at + stage.between(0.0, 90.0)
            stage.later(late, partial(world.write, caller))
    for fault, strike in _strikes(world).items():
        if stage.has(fault):
            for _ in range(stage.random.randint(1, 3)):
                stage.later(stage.between(1.0, ends_at), strike)
    stage.run(ends_at)


def _strikes(world: World) -> dict[str, Callable[[], None]]:
    """Faults that come from outside, at a moment of their own."""
    stage = world.stage

    def wire(what: str) -> None:
        wires = world.wires()
        if wires:
            one = stage.random.choice(wires)
            stage.note("network", what)
            match what:
                case "reset":
                    one.reset()
                case "half_open":
                    one.go_silent()
                case _:
                    one.stand_still(stage.between(1.0, 20.0))

    def full() -> None:
        stage.note("disk", "is full")
        world.store.refuses = "no space left on device"
        stage.later(stage.between(0.5, 8.0), lambda: space(world))

    def fail() -> None:
        if world.process is not None:
            world.process.break_disk()

    def stand_still() -> None:
        if world.process is not None:
            world.process.stand_still(stage.between(0.5, 15.0))

    def nobody() -> None:
        psap = stage.random.choice(sorted(world.browsers))
        for browser in world.browsers[psap]:
            browser.log_out(stage.between(5.0, 40.0))

    return {
        "reset": lambda: wire("reset"),
        "half_open": lambda: wire("half_open"),
        "stall": lambda: wire("stall"),
        "full_disk": full,
        "failing_disk": fail,
        "crash": world.crash,
        "steps_forward": lambda: stage.step(stage.between(1.0, 60.0)),
        "steps_back": lambda: stage.step(-stage.between(1.0, 30.0)),
        "standstill": stand_still,
        "nobody": nobody,
    }


def space(world: World) -> None:
    world.store.refuses = None
    world.stage.note("disk", "has space again")


def _heal(world: World) -> None:
    """Faults off; then time goes on until nothing is owed any more."""
    stage = world.stage
    stage.healed = True
    stage.note("stage", "heals")
    space(world)
    for link in list(world.carrier.links):
        link.drop()  # a half-open one would take the carrier minutes
    limit = stage.now() + HEALS_WITHIN + stage.most_stepped
    while not _is_quiet(world):
        if stage.now() >= limit:
            raise stage.broken(f"everything comes to its end: {_owed(world)}")
        stage.run(stage.now() + QUIET_STEP)


def _is_quiet(world: World) -> bool:
    process = world.process
    return process is not None and not _owed(world) and len(process.engine) == 0


def _owed(world: World) -> str:
    """What keeps the world from being quiet, in words."""
    process = world.process
    if process is None:
        return "no gateway runs"
    open_dialogues = [f"{one.dialogue} {one.state.name_of_phase}" for one in process.engine]
    open_texts = [one.name for one in world.carrier.submissions if not one.done]
    waiting = sum(process.carriers.waiting().values())
    found = {
        "dialogues": open_dialogues,
        "texts without an answer": open_texts,
        "waiting for a bind": waiting,
        "transcripts": len(process.transcripts),
        "timers": len(process.timers),
        "journal": process.journal.pending,
    }
    return "; ".join(f"{name}: {what}" for name, what in found.items() if what)
