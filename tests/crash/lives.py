"""Scenarios in which the process dies, stands still, or is told another time."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from glob import glob
from math import inf
from pathlib import Path

from load_tests.precise import cpu_ns
from text911.gateway.faults import POINTS

from .bench import Bench, journal_path
from .clock import WallClock
from .judging import given_up, judge
from .ledger import Ledger
from .load import LAST, PSAPS, Load, Traffic
from .outcome import FACTOR, Outcome, percentile

READY_WITHIN = 2.0  # s, p95, of the issue
PASSED_WITHIN = 15.0  # s for a fault point to be passed; then an ordinary kill
LIVES_MAX = 1.5  # s of load between a start and a kill at a random moment
PASSINGS_MAX = 20  # a fault point kills at one of its first passings
SETTLE_WITHIN = 120.0  # s
HOUR = 3600.0  # s
RING = 5.0  # s, one PSAP's time to answer in the scenario of the clock
EARLY, LATE = 0.5, 1.5  # s by which a limit may be missed
SIGKILLED = -9

# Passed once in a life, or only when something else has happened.
RARE = frozenset(
    {
        "after_snapshot_before_saved",
        "after_snapshot_before_prune",
        "after_restore_before_doors",
        "while_resuming",
    }
)
AFTER_A_FAILURE = frozenset({"before_recovery", "after_recovery"})


@dataclass(frozen=True, slots=True)
class Setting:
    """`folder`: empty, on the disk to be tested. `size`: 1.0 for the long lab."""

    folder: Path
    seed: int
    short: bool

    def some(self, long: int, short: int) -> int:
        return short if self.short else long


def settled(load: Load, directory: Path) -> str:
    """Wait for all that is owed. What is left over, in words. `directory`: the gateway's."""
    if load.settle(SETTLE_WITHIN):
        return ""
    return load.owed(given_up(journal_path(directory), load.ledger))


# --- kill -9 -------------------------------------------------------------------------------------


def faults(chance: random.Random) -> Iterator[tuple[str, str]]:
    """(name, value of TEXT911_FAULTS) for one life after the other: each point in turn."""
    points = list(POINTS)
    chance.shuffle(points)
    while True:
        for point in points:
            passing = 1 if point in RARE else chance.randint(1, PASSINGS_MAX)
            if point in AFTER_A_FAILURE:
                yield point, f"before_commit=fail@{passing},{point}=kill@1"
            else:
                yield point, f"{point}=kill@{passing}"


def kills(setting: Setting) -> Outcome:
    """kill -9, again and again in one long life, at random moments and at every fault point."""
    outcome = Outcome("kills")
    chance = random.Random(setting.seed)
    ready: list[Ready] = []
    died: Counter[str] = Counter()
    changes: Mapping[str, Mapping[str, object]] = {"journal": {"snapshot_every_records": 1_000}}
    wanted = setting.some(100, 10)
    with Bench(setting.folder, changes) as bench:
        bench.start()  # leaves byte code and a journal, as every start but the first finds them
        bench.stop()
        bench.start()
        with bench.load(Traffic(seed=setting.seed)) as load:
            load.more_accepted(50)
            lives = faults(chance)
            while died.total() < wanted:
                name, fault = next(lives)
                bench.kill()
                died["a random moment"] += 1
                died[name if _dies_at(bench, fault, ready) else "a random moment"] += 1
                if died.total() < wanted:
                    _start(bench, "", ready)
                    time.sleep(chance.uniform(0.0, LIVES_MAX))
            bench.start()
            left = settled(load, bench.directory)
            lost = load.ledger.links_lost
        outcome.strict("exit code", abs(bench.stop()))
    outcome.seconds("ready again p95", percentile([x.own for x in ready], 0.95), READY_WITHIN)
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "kills": died.total(),
        "at fault points": died.total() - died["a random moment"],
        "points": len(set(died) - {"a random moment"}),
        "ready p50": round(percentile([x.own for x in ready], 0.5), 2),
        "ready max": round(max(x.own for x in ready), 2),
        "with waiting for a processor p95": round(percentile([x.whole for x in ready], 0.95), 2),
        "CPU p95": round(percentile([x.work for x in ready], 0.95), 2),
        "binds lost": lost,
        "pages back": load.ledger.pages_back,
    }
    return outcome


@dataclass(frozen=True, slots=True)
class Ready:
    """Seconds from the start of the process to /readyz and an accepted bind. `own`: without the
    time for which it could have run and others had the processor. `work`: of a processor."""

    whole: float
    own: float
    work: float


def _start(bench: Bench, fault: str, ready: list[Ready]) -> bool:
    """False when it died at its fault point before it was ready."""
    try:
        whole = bench.start({"TEXT911_FAULTS": fault})
    except RuntimeError:
        if bench.gateway.program.exit_code() != SIGKILLED or not fault:
            raise
        return False
    waited = waited_ns(bench.pid) / 1e9
    ready.append(Ready(whole, whole - waited, cpu_ns(bench.pid) / 1e9))
    return True


def waited_ns(pid: int) -> int:
    """For how long the threads of a process stood in line for a processor (proc(5), schedstat).

    A thread that ends while we read takes its time with it: the process seems quicker to wait and
    slower to start, never the other way. Of a process that is gone it is 0."""
    return sum(_waited_ns(task) for task in glob(f"/proc/{pid}/task/*/schedstat"))


def _waited_ns(schedstat: str) -> int:
    try:
        return int(Path(schedstat).read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _dies_at(bench: Bench, fault: str, ready: list[Ready]) -> bool:
    """Start it to die at its point, under load. False: the point was not passed; it was killed."""
    if not _start(bench, fault, ready):
        return True
    try:
        code = bench.ended(PASSED_WITHIN)
    except TimeoutError:
        bench.kill()
        return False
    if code != SIGKILLED:
        raise RuntimeError(f"{fault}: ended with {code}\n{bench.gateway.program.tail()}")
    return True


# --- SIGSTOP -------------------------------------------------------------------------------------


def stops(setting: Setting) -> Outcome:
    """The process stands still for 0.2 to 15 s, under load, and goes on."""
    outcome = Outcome("stops")
    chance = random.Random(setting.seed)
    stood = [0.2, 1.0, 4.0] if setting.short else [0.2, 15.0]
    stood += [chance.uniform(0.2, 15.0) for _ in range(setting.some(10, 0))]
    again: list[float] = []
    with Bench(setting.folder) as bench:
        bench.start()
        with bench.load(Traffic(seed=setting.seed)) as load:
            for seconds in stood:
                load.more_accepted(40)
                bench.pause()
                time.sleep(seconds)
                before = len(load.ledger.accepted())
                went_on = time.monotonic()
                bench.resume()
                load.wait("a text accepted again", partial(_more, load, before), 60.0)
                again.append(time.monotonic() - went_on)
            left = settled(load, bench.directory)
        outcome.strict("exit code", abs(bench.stop()))
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "stops": len(stood),
        "seconds stood": round(sum(stood), 1),
        "accepted again after p95": round(percentile(again, 0.95), 3),
        "binds lost": load.ledger.links_lost,
    }
    return outcome


def _more(load: Load, than: int) -> bool:
    return len(load.ledger.accepted()) > than


# --- the wall clock ------------------------------------------------------------------------------


def clock(setting: Setting) -> Outcome:
    """UTC is set forwards and backwards by an hour, under load, while somebody rings unanswered:
    the next PSAP rings when the time of the first is over, not sooner and not later."""
    outcome = Outcome("clock")
    jumps = [HOUR, 0.0] if setting.short else [HOUR, 0.0, -HOUR, 0.0, HOUR, -HOUR]
    with WallClock(setting.folder / "clock") as wall, Bench(
        setting.folder / "gateway", {"limits": {"ring": RING}}
    ) as bench:  # fmt: skip
        bench.start(wall.environment)
        with bench.load(Traffic(rate=40.0, seed=setting.seed)) as load:
            load.more_accepted(40)
            load.answering(PSAPS[1], False)
            began = time.monotonic()
            for seconds in jumps:
                time.sleep(RING / 2)
                wall.set(seconds)
                time.sleep(RING)
            time.sleep(RING)
            load.answering(PSAPS[1], True)
            ended = time.monotonic()
            left = settled(load, bench.directory)
            alarms = {alarm["key"] for alarm in bench.gateway.status()["alarms"]}
        outcome.strict("exit code", abs(bench.stop()))
    rings = list(rung(load.ledger, began, ended - RING - LATE * FACTOR))
    rang = [one for one in rings if one < inf]
    outcome.strict("no alarm of the clock", int("clock" not in alarms))
    outcome.strict("nothing rang unanswered", int(not rings))
    outcome.strict("never rang on", len(rings) - len(rang))
    outcome.strict("rang on too soon", sum(one < RING - EARLY for one in rang))
    outcome.seconds("longest ring", max(rang, default=0.0), RING + LATE)
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "jumps": len(jumps),
        "passed on": len(rang),
        "shortest ring": round(min(rang, default=0.0), 2),
        "binds lost": load.ledger.links_lost,
    }
    return outcome


def rung(ledger: Ledger, began: float, ended: float) -> Iterator[float]:
    """Seconds from the first line at the PSAP where nobody answers to the first line at the next,
    for each dialogue that began to ring there between `began` and `ended`; infinity for never."""
    first: dict[tuple[str, str], float] = {}
    for line in ledger.lines:
        first.setdefault((line.dialogue, line.psap), line.at)
    for (dialogue, psap), at in first.items():
        if psap == PSAPS[1] and began <= at < ended:
            yield first.get((dialogue, LAST), inf) - at
