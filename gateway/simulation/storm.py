"""One run: the storm of a seed, the healing, the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .. import faults
from .callers import Caller, similar
from .points import ProcessDied
from .scenario import WHOLE, Cut
from .stage import TOLD_MAX, Broken
from .voices import still_joined
from .world import World

STORM = (40.0, 90.0)  # seconds, from and to
TEXTS = (1, 5)  # of one caller, from and to
FLOOD = (120, 300)  # texts of one caller at once, from and to
FLOOD_WITHIN = 4.0  # seconds
CROWD_WITHIN = 6.0  # seconds
HEALS_WITHIN = 900.0  # seconds, and by as much as UTC was stepped
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

    @property
    def promise(self) -> str:
        """Which promise was broken, without the names of this run; "" when none was."""
        return self.broken.partition(":")[0]


def run(seed: int, cut: Cut = WHOLE, told_max: int = TOLD_MAX) -> Outcome:
    """The whole story of one seed. A fault of ours, whatever it is, is a broken promise."""
    world = World(seed, cut, told_max)
    stage = world.stage
    broken = ""
    faults.replace(world.points.act)
    try:
        world.begin()
        _storm(world)
        _heal(world)
        world.witness.at_the_end(world.submissions)
        world.lines.at_the_end()
        for desk in still_joined(world.lines.callers):
            raise stage.broken(f"no telephone outlives its call: {desk.name}")
    except Broken as breach:
        broken = str(breach)
    except (Exception, ProcessDied) as fault:
        cause = stage.breach or fault
        broken = str(cause) if stage.breach else f"no fault of ours: {fault!r}"
    finally:
        faults.replace(None)
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
    ends_at = stage.draw("storm").uniform(*STORM)
    if stage.cut.until is not None:
        ends_at = min(ends_at, stage.cut.until)
    for caller in world.callers.people:
        _will_write(world, caller, ends_at)
    if world.callers.crowd:
        _will_crowd(world)
    if stage.has("flood"):
        _will_flood(world)
    for typist in world.lines.callers:
        _at(world, stage.draw("lines").uniform(0.5, STORM[0]), typist.ring)
    for fault, strike in _strikes(world).items():
        if stage.has(fault):
            chance = stage.draw(f"strikes of {fault}")
            for at in [chance.uniform(1.0, STORM[1]) for _ in range(chance.randint(1, 3))]:
                if at <= ends_at:
                    stage.later(at, strike)
    stage.run(ends_at)


def _at(world: World, at: float, what: Callable[[], None]) -> None:
    """Unless the story was cut before that."""
    until = world.stage.cut.until
    if until is None or at <= until:
        world.stage.later(at, what)


def _will_write(world: World, caller: Caller, ends_at: float) -> None:
    stage = world.stage
    write = partial(world.callers.write, caller)
    times = [caller.chance.uniform(0.5, STORM[0]) for _ in range(caller.chance.randint(*TEXTS))]
    if stage.has("after_close"):
        times.append(STORM[0] + caller.chance.uniform(0.0, 2 * STORM[1]))
    for at in times[: stage.cut.texts]:
        _at(world, at, write)


def _will_flood(world: World) -> None:
    """A telephone out of control: hundreds of texts, not all of them different."""
    stage = world.stage
    chance = stage.draw("flood")
    caller = world.callers.people[0]
    begins_at = chance.uniform(1.0, STORM[0])
    for _ in range(chance.randint(*FLOOD)):
        words = chance.choice(("", "help", "help me"))
        at = begins_at + chance.uniform(0.0, FLOOD_WITHIN)
        _at(world, at, partial(world.callers.write, caller, words))


def _will_crowd(world: World) -> None:
    """A fire that many see."""
    stage = world.stage
    chance = stage.draw("crowd writes")
    begins_at, words = chance.uniform(1.0, STORM[0]), similar(chance)
    for caller in world.callers.crowd:
        for _ in range(chance.choice((1, 1, 2))):
            at = begins_at + chance.uniform(0.0, CROWD_WITHIN)
            _at(world, at, partial(world.callers.write, caller, words()))


def _strikes(world: World) -> dict[str, Callable[[], None]]:
    """Faults that come from outside, at a moment of their own."""
    stage = world.stage
    chance = stage.draw("strikes")

    def wire(what: str) -> None:
        wires = world.wires()
        if wires:
            one = chance.choice(wires)
            stage.note("network", what)
            match what:
                case "reset":
                    one.reset()
                case "half_open":
                    one.go_silent()
                case _:
                    one.stand_still(chance.uniform(1.0, 20.0))

    def full() -> None:
        stage.note("disk", "is full")
        world.store.refuses = "no space left on device"
        stage.later(chance.uniform(0.5, 8.0), lambda: space(world))

    def fail() -> None:
        if world.process is not None:
            world.process.break_disk()

    def stand_still() -> None:
        if world.process is not None:
            world.process.stand_still(chance.uniform(0.5, 15.0))

    def site_down() -> None:
        if world.centres is not None:
            world.centres.go_down()

    def leave(psaps: list[str]) -> None:
        for psap in psaps:
            for browser in world.browsers[psap]:
                browser.log_out(chance.uniform(5.0, 40.0))

    return {
        "reset": lambda: wire("reset"),
        "half_open": lambda: wire("half_open"),
        "stall": lambda: wire("stall"),
        "full_disk": full,
        "failing_disk": fail,
        "crash": world.crash,
        "steps_forward": lambda: stage.step(chance.uniform(1.0, 60.0)),
        "steps_back": lambda: stage.step(-chance.uniform(1.0, 30.0)),
        "standstill": stand_still,
        "nobody": lambda: leave([chance.choice(sorted(world.browsers))]),
        "everybody_gone": lambda: leave(sorted(world.browsers)),
        "site_down": site_down,
        "sites_change": lambda: world.lose_site(stage.draw("sites change").uniform(2.0, 25.0)),
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
    world.regain_sites()
    if world.centres is not None:
        world.centres.heal()
    for link in list(world.links()):
        link.drop()  # a half-open one would take the carrier minutes
    limit = stage.now() + HEALS_WITHIN + stage.most_stepped
    while not _is_quiet(world):
        if stage.now() >= limit:
            raise stage.broken(f"everything comes to its end: {_owed(world)}")
        stage.run(stage.now() + QUIET_STEP)


def _is_quiet(world: World) -> bool:
    process = world.process
    return process is not None and len(process.engine) == 0 and not _owed(world)


def _owed(world: World) -> str:
    """What keeps the world from being quiet, in words."""
    process = world.process
    if process is None:
        return "no gateway runs"
    open_dialogues = [f"{one.dialogue} {one.state.name_of_phase}" for one in process.engine]
    open_texts = [one.name for one in world.submissions if not one.done]
    waiting = sum(process.carriers.waiting().values())
    found = {
        "dialogues": open_dialogues,
        "texts without an answer": open_texts,
        "waiting for a bind": waiting,
        "transcripts": len(process.transcripts),
        "timers": len(process.timers),
        "calls": len(process.calls),
        "binds of ours": [] if world.centres is None else world.centres.missing(),
        "journal": process.journal.pending,
    }
    return "; ".join(f"{name}: {what}" for name, what in found.items() if what)
