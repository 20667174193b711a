"""Scenarios in which the disk is full, slow, or fails; by a real small disk and by the shim."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.journeys.small_disk import fill, small_disk

from .bench import Bench
from .judging import judge
from .ledger import ROK, Attempt, Ledger
from .lives import Setting, settled
from .load import Load, Traffic
from .outcome import Outcome, Skipped, percentile
from .shim import Call, Fault, Shim, build

DISK_MB = 64
FREE_MIN_MB = 50  # the least the settings allow
FULL_FOR = 3.0  # s
TOP_UP_EVERY = 0.02  # s: what the gateway gives free is taken again
NO_WITHIN = 1.0  # s: a negative answer
ALARM_WITHIN = 1.0  # s
RECOVERED_WITHIN = 5.0  # s after the disk is good again
SLOW_MS = 500
LATE_P99 = 0.05  # s
LOOK_EVERY = 0.02  # s
DISK = 0.5  # s within which what a commit had already synced is still answered


# --- full ----------------------------------------------------------------------------------------


def disk_full(setting: Setting) -> Outcome:
    """The journal's file system runs full under load, stays full, and has room again."""
    if os.geteuid() != 0:
        raise Skipped("only root may mount a small disk")
    outcome = Outcome("disk_full")
    changes = {"journal": {"disk_free_min_mb": FREE_MIN_MB}}
    with Bench(setting.folder, changes) as bench, small_disk(bench.journal_folder, DISK_MB) as disk:
        bench.start()
        with bench.load(Traffic(seed=setting.seed)) as load:
            load.more_accepted(100)
            for _ in range(setting.some(3, 1)):
                _one_full_disk(bench, load, disk / "ballast", outcome)
            left = settled(load, bench.directory)
        outcome.strict("exit code", abs(bench.stop()))
        outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures["binds lost"] = load.ledger.links_lost
    return outcome


def _one_full_disk(bench: Bench, load: Load, ballast: Path, outcome: Outcome) -> None:
    refused = len(load.ledger.refusals())
    with _full(ballast):
        load.wait("a negative answer", lambda: len(load.ledger.refusals()) > refused, 60.0)
        since = min(one.answered_at for one in load.ledger.refusals()[refused:])
        load.wait("the alarm", lambda: _alarmed(bench), 30.0)
        alarm = time.monotonic() - since
        time.sleep(FULL_FOR)
        until = time.monotonic() - NO_WITHIN
    freed = time.monotonic()
    load.wait("accepted again", lambda: _accepted_after(load.ledger, freed), 60.0)
    load.more_accepted(60)
    asked = [x for x in attempts(load.ledger) if since <= x.sent_at < until]
    outcome.seconds("negative answer, longest", _longest(asked), NO_WITHIN)
    outcome.seconds("alarm after", alarm, ALARM_WITHIN)
    outcome.seconds(
        "recovered after", _accepted_after(load.ledger, freed) - freed, RECOVERED_WITHIN
    )
    outcome.figures["refused"] = len(load.ledger.refusals())


@contextmanager
def _full(ballast: Path) -> Generator[None]:
    """Fill the disk, and keep it full: what the gateway gives up there is taken too."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(TOP_UP_EVERY):
            fill(ballast)

    fill(ballast)
    keeping = threading.Thread(target=keep, name="ballast")
    keeping.start()
    try:
        yield
    finally:
        over.set()
        keeping.join()
        ballast.unlink()


def _alarmed(bench: Bench) -> bool:
    return any(alarm["key"] == "journal" for alarm in bench.gateway.status()["alarms"])


def attempts(ledger: Ledger) -> list[Attempt]:
    return [one for text in list(ledger.texts.values()) for one in list(text.attempts)]


def _accepted_after(ledger: Ledger, moment: float) -> float:
    """When the first text that was sent after `moment` was accepted; 0.0 for never."""
    return min(
        (x.answered_at for x in attempts(ledger) if x.sent_at >= moment and x.status == ROK),
        default=0.0,
    )


def _longest(asked: list[Attempt]) -> float:
    """Of what has no answer, the time until now."""
    now = time.monotonic()
    return max(((x.answered_at if x.status >= 0 else now) - x.sent_at for x in asked), default=0.0)


# --- slow ----------------------------------------------------------------------------------------


def slow_disk(setting: Setting) -> Outcome:
    """Every sync takes half a second longer: texts wait for it, the loop does not."""
    outcome = Outcome("slow_disk")
    seconds = setting.some(60, 6)
    with _shimmed(setting) as (bench, shim):
        bench.start(shim.environment)
        with bench.load(Traffic(seed=setting.seed)) as load:
            load.more_accepted(100)
            enquired = len(load.ledger.enquiries)
            before = late_counts(bench)
            slot = shim.arm(Fault(Call.SYNC, delay_ms=SLOW_MS))
            time.sleep(seconds)
            after = late_counts(bench)
            hits = shim.hits(slot)
            shim.disarm(slot)
            enquiries = load.ledger.enquiries[enquired:]
            left = settled(load, bench.directory)
        outcome.strict("exit code", abs(bench.stop()))
    outcome.seconds("loop late p99", late_quantile(before, after, 0.99), LATE_P99)
    outcome.strict("binds lost", load.ledger.links_lost)
    outcome.strict("no sync was slow", int(hits == 0))
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "seconds": seconds,
        "syncs slowed": hits,
        "enquire_link answered": len(enquiries),
        "enquire_link p99": round(percentile(enquiries, 0.99), 3),
        "accepted after p99": round(percentile(_waits(load.ledger), 0.99), 2),
    }
    return outcome


def _waits(ledger: Ledger) -> list[float]:
    return [x.answered_at - x.sent_at for x in attempts(ledger) if x.status == ROK]


def late_counts(bench: Bench) -> Mapping[float, float]:
    """Bound in seconds -> how often the loop was late by at most that, since the start."""
    head = 'text911_hop_seconds_bucket{hop="loop_late",le="'
    found: dict[float, float] = {}
    for line in bench.gateway.metrics().splitlines():
        if line.startswith(head):
            bound, count = line.removeprefix(head).split('"} ')
            found[float(bound)] = float(count)
    return found


def late_quantile(before: Mapping[float, float], after: Mapping[float, float], q: float) -> float:
    """The smallest bound that `q` of what came between the two lies below."""
    total = after[float("inf")] - before[float("inf")]
    return next(bound for bound in sorted(after) if after[bound] - before[bound] >= q * total)


# --- failing -------------------------------------------------------------------------------------

FAILURES: Mapping[str, Fault] = {
    "EIO on sync": Fault(Call.SYNC, error=errno.EIO),
    "EIO on write": Fault(Call.WRITE, error=errno.EIO),
    "ENOSPC on write": Fault(Call.WRITE, error=errno.ENOSPC),
}
SHORT_WRITES = Fault(Call.WRITE, octets=100)


def io_errors(setting: Setting) -> Outcome:
    """Syncs and writes of the journal fail for a while, and are good again; writes fall short."""
    outcome = Outcome("io_errors")
    seconds = setting.some(10, 2)
    wrong = 0
    with _shimmed(setting) as (bench, shim):
        bench.start(shim.environment)
        with bench.load(Traffic(seed=setting.seed)) as load:
            load.more_accepted(60)
            slot = shim.arm(SHORT_WRITES)
            load.more_accepted(60)  # in pieces, and whole all the same
            outcome.figures["writes that fell short"] = shim.hits(slot)
            shim.disarm(slot)
            for name, fault in FAILURES.items():
                slot = shim.arm(fault)
                armed = time.monotonic()
                time.sleep(seconds)
                ended = time.monotonic()
                outcome.figures[name] = shim.hits(slot)
                shim.disarm(slot)
                load.wait("accepted again", partial(_accepted_after, load.ledger, ended), 60.0)
                good_at = _accepted_after(load.ledger, ended)
                outcome.seconds(f"recovered after {name}", good_at - ended, RECOVERED_WITHIN)
                asked = [x for x in attempts(load.ledger) if armed <= x.sent_at < ended]
                wrong += sum(x.status == ROK and x.answered_at < ended for x in asked)
                load.more_accepted(60)
            left = settled(load, bench.directory)
        outcome.strict("exit code", abs(bench.stop()))
    outcome.strict("accepted while broken", wrong)
    outcome.judged(judge(load.ledger, bench.directory), left)
    outcome.figures |= {
        "refused": len(load.ledger.refusals()),
        "binds lost": load.ledger.links_lost,
    }
    return outcome


@contextmanager
def _shimmed(setting: Setting) -> Generator[tuple[Bench, Shim]]:
    library = build(setting.folder)
    with Bench(setting.folder / "gateway") as bench:
        bench.journal_folder.mkdir()
        with Shim(setting.folder / "shim", bench.journal_folder, library) as shim:
            yield bench, shim
