"""How many records a second the journal takes, and what that is beside a bare write + fdatasync.

    python -m load_tests.journal [--records 100000] [--in-flight 100] [--dialogues 10000]

The records are of `--dialogues` dialogues at random, which is the hard case for the index. Beside
each pass the calibrator runs in the same directory: one append of the same octets per batch of
`--in-flight`, each synced. The result is a ratio of the two; absolute figures are told, not judged.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import statistics
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from time import clock_gettime, perf_counter, pthread_getcpuclockid

from text911.gateway.journal.contract import JournalBroken, Record
from text911.gateway.journal.sqlite import SqliteJournal
from text911.gateway.journal.verifying import verify

from .scratch import scratch, undo_on_sigterm

PAYLOAD = 300  # octets: an encoded fact and the PDU that caused it
PASSES = 5


class Load:
    """Keeps `in_flight` records under way, each a unit of its own, and notes how long each took."""

    def __init__(self, journal: SqliteJournal, calls: SimpleQueue[Callable[[], None]]) -> None:
        self._journal = journal
        self._calls = calls
        self._numbers: dict[str, int] = {}
        self.seconds: list[float] = []

    def run(self, records: int, in_flight: int, names: list[str]) -> float:
        """Seconds until all are durable."""
        self.seconds.clear()
        payload = secrets.token_bytes(PAYLOAD)
        chosen = random.choices(names, k=records)
        began = perf_counter()
        sent = 0
        while len(self.seconds) < records:
            while sent < records and sent - len(self.seconds) < in_flight:
                name = chosen[sent]
                number = self._numbers.get(name, 0)
                self._numbers[name] = number + 1
                record = Record(name, number, 1.0, 1, payload[:32], payload)
                self._journal.append((record,), self._timing(perf_counter()))
                sent += 1
            self._calls.get()()
        return perf_counter() - began

    def _timing(self, since: float) -> Callable[[JournalBroken | None], None]:
        def done(outcome: JournalBroken | None) -> None:
            if outcome is not None:
                raise outcome
            self.seconds.append(perf_counter() - since)

        return done


def bare(directory: Path, records: int, in_flight: int) -> float:
    """Seconds for the same octets as one append and one fdatasync per `in_flight` records."""
    batch = bytes((PAYLOAD + 150) * in_flight)
    descriptor = os.open(directory / "bare", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    began = perf_counter()
    for _ in range(max(1, records // in_flight)):
        os.write(descriptor, batch)
        os.fdatasync(descriptor)
    seconds = perf_counter() - began
    os.close(descriptor)
    return seconds


def writer_seconds() -> float:
    """CPU seconds of the journal's thread so far."""
    for thread in threading.enumerate():
        if thread.name == "journal-writer" and thread.ident is not None:
            return clock_gettime(pthread_getcpuclockid(thread.ident))
    raise LookupError("the journal has no writer's thread")


def main() -> None:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--dialogues", type=int, default=10_000)
    asked = parser.parse_args()
    say = sys.stdout.write
    names = [secrets.token_hex(8) for _ in range(asked.dialogues)]
    rates: list[float] = []
    ratios: list[float] = []
    with scratch("journal", Path()) as place:
        path = place / "journal"
        calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        journal = SqliteJournal(path, calls.put)
        load = Load(journal, calls)
        for _ in range(PASSES):
            raw = bare(place, asked.records, asked.in_flight)
            cpu = writer_seconds()
            seconds = load.run(asked.records, asked.in_flight, names)
            cpu = (writer_seconds() - cpu) / asked.records
            took = sorted(load.seconds)
            rates.append(asked.records / seconds)
            ratios.append(seconds / raw)
            say(
                f"{rates[-1]:9,.0f} records/s  p50 {took[len(took) // 2] * 1e3:.2f} ms"
                f"  p99 {took[len(took) * 99 // 100] * 1e3:.2f} ms"
                f"  writer's CPU {cpu * 1e6:.1f} us/record"
                f"  bare {asked.records / raw:,.0f}/s  ratio {ratios[-1]:.2f}\n"
            )
        began = perf_counter()
        count = sum(1 for _ in journal.read())
        say(f"full read, chain checked: {count / (perf_counter() - began):,.0f} records/s\n")
        journal.close()
        began = perf_counter()
        verdict = verify(path)
        say(f"verify: {verdict.records / (perf_counter() - began):,.0f} records/s\n")
        if not verdict.good:
            sys.exit(f"the journal is bad after the load: {verdict.problem}")
    say(
        f"median {statistics.median(rates):,.0f} records/s,"
        f" {statistics.median(ratios):.2f} times a bare write + fdatasync\n"
    )


if __name__ == "__main__":
    main()
