"""Calls at the same time over RTP on loopback: no sample lost, our frames in order and in time.

    python -m load_tests.rtp_calls [--calls 200] [--seconds 60] [--modem] [--stop MS] [--json]

A tick is all that the loop does for all calls in 20 ms: every phase of the beat with its turns,
frames, G.711, RTP, sockets, jitter buffers and what is decoded in the loop. Beside it is told for
how long one phase holds the loop; how long after its time the last frame of a phase was given to
its socket; and how late frames are on the wire: when the kernel had each for its caller, against
the caller's own beat, which is that of the frame that came soonest. No division of the work makes
a frame early. All three are below the budget, or it is not met.
With --modem each call is a whole TTY line: receiver, turns, sender; what was read is compared. The
callers are another process of the same machine. --stop: our process is stopped for so long, twice.
Exit 1 when a text is wrong, a sample is lost or, unless it was stopped, a frame is missing; the
times gate with LOAD_QUIET=1 alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from text911.gateway import collecting
from text911.gateway.edges.lines.ears import Bank, Ear, Lost, Samples, warm
from text911.gateway.edges.lines.rhythm import Done, Rhythm
from text911.gateway.loop import SWITCH, MonotonicReactor
from text911.sip.clock import FRAME, Due
from text911.sip.courier import Courier
from text911.sip.foretold import Run
from text911.sip.jitter import Coded
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import Pair, PortRange
from text911.sip.rtp_session import Origin
from text911.sip.sockets import Clock
from text911.sip.sweeping import Swept
from text911.sip.ways import AudioWay
from text911.tty.demod.batch import Bank as Receivers
from text911.tty.line import Line, LineEvent
from text911.tty.modulator import Modulator
from text911.tty.pace import Pace
from text911.tty.receiving import Code
from text911.tty.shifts import send
from text911.tty.turn_table import Typed
from text911.tty.turns import Policy

from .histogram import Histogram
from .precise import machine_cpu_ns
from .scratch import undo_on_sigterm
from .verdict import FOREIGN_MAX

HOST = "127.0.0.1"
BUDGET_P99_MS = 10.0  # issue: 200 calls on 2 cores, p99 of a tick
LINE = "HELP FIRE AT 12 OLD MILL ROAD, 2 PEOPLE INSIDE. "
CHARACTERS_A_SECOND = 4.5  # with shifts, and a little less than there is room for
STOPPED_AT = (2.0, 4.0)  # seconds
TAIL_S = 3.0  # of silence at the end of each call, for the last decision


class Call:
    """One call of ours, with a line on it or without."""

    listens = False

    def __init__(self, pair: Pair, ear: Ear | None) -> None:
        self.pair = pair
        self.samples = self.lost = 0
        self.codes: list[int] = []
        self.ear = ear
        self._way: AudioWay | None = None
        self._line: Line | None = None

    def begin(self, stream: AudioStream, clock: Clock, courier: Courier) -> None:
        self._way = AudioWay(self.pair, stream, clock, courier)
        if self.ear is not None:
            policy = Policy(probe="")
            self._line = Line(self.ear, Modulator(Pace()), policy, clock.seconds())

    def gather(self, now: float) -> None:
        """What came since the last beat, to the ear."""
        assert self._way is not None
        chunks = self._way.take(now)
        for chunk in chunks:
            if isinstance(chunk, Coded):
                self.samples += len(chunk.octets)
            else:
                self.samples += len(chunk.samples)
                self.lost += int(np.count_nonzero(chunk.lost))
        if self.ear is not None:
            self.ear.hear(chunks, now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        assert self._line is not None
        self._note(self._line.hear(samples, lost, now))

    def beat(self, due: Due, now: float) -> None:
        way, line = self._way, self._line
        assert way is not None
        way.ahead.passes(due)
        if line is None:
            way.ahead.rest()
        else:
            self._note(line.beat(way.ahead, now))
        way.tend(now)

    def rest(self, now: float) -> Swept | None:
        way, line = self._way, self._line
        assert way is not None
        return way.rest(now + 1.0 if line is None else line.rests(way.wake))

    def follow(self) -> Swept | None:
        way, ear = self._way, self.ear
        assert way is not None
        if ear is None or not ear.follows:
            return None
        return way.follow(self._went_on)

    def _went_on(self, run: Run) -> None:
        assert self.ear is not None
        self.samples += run.octets
        self.ear.went_on(run)

    def over(self, now: float) -> None:
        self.gather(now)
        if self.ear is not None:
            for event in self.ear.finish():
                if isinstance(event, Code):
                    self.codes.append(event.code)

    @property
    def unheard(self) -> int:
        """Samples that never came, or came and were thrown away."""
        return self.lost + (0 if self.ear is None else self.ear.dropped * FRAME)

    def failed(self) -> None:
        """The beat raises what failed, and the loop says it."""

    def _note(self, events: tuple[LineEvent, ...]) -> None:
        self.codes += [
            one.character.code for one in events if isinstance(one, Typed) and not one.echo
        ]


class Timed(Rhythm):
    """The daemon's beat, and what it costs. `ticks`: all that was done in 20 ms, from one beat of
    the first phase to the next; `holds`: one phase; `given`: from when the frames of a phase were
    due until the last of them was given to its socket. `processor`: of the loop's thread in such
    20 ms, whatever it does, and whoever else had the machine meanwhile."""

    def __init__(self, reactor: Any, bank: Bank) -> None:
        self._worker = ThreadPoolExecutor(1)
        super().__init__(reactor, bank, self._note, time.perf_counter, self._do)
        self._reactor = reactor
        self.ticks = Histogram()
        self.holds = Histogram()
        self.given = Histogram()
        self.processor = Histogram()
        self._used = 0.0
        self._spent = 0.0  # seconds, since the first phase was due

    def _do(self, work: Callable[[], Done], then: Callable[[], None]) -> Future[Done]:
        future = self._worker.submit(work)
        future.add_done_callback(lambda _: self._reactor.callFromThread(self._landing, then))
        return future

    def begin(self) -> None:
        self._used = time.thread_time()

    def stop(self) -> None:
        self._worker.shutdown()

    def _note(self, seconds: float) -> None:
        self._spent += seconds
        self.holds.record(round(seconds * 1e9))

    def _landing(self, then: Callable[[], None]) -> None:
        began = time.perf_counter()
        then()
        self._spent += time.perf_counter() - began

    def _due(self, at: int, due: Due) -> None:
        if at == 0 and self._spent:
            self.ticks.record(round(self._spent * 1e9))
            used, before = time.thread_time(), self._used
            self.processor.record(round((used - before) * 1e9))
            self._used = used
            self._spent = 0.0
        super()._due(at, due)

    def _speak(self, phase: Any, due: Due, now: float) -> None:
        super()._speak(phase, due, now)
        self.given.record(max(0, round((time.monotonic() - due.at) * 1e9)))


class Gateway:
    """All calls in one loop, as in the daemon."""

    def __init__(self, count: int, modem: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self.reactor: Any = MonotonicReactor(self.loop)
        self._courier = Courier()
        bank = Receivers(fast=modem)
        if modem:
            warm(bank)
        self.beat = Timed(self.reactor, bank)
        self.beat.sweep.hasten()
        ports = PortRange(self.reactor, sweep=self.beat.sweep)
        self.calls = [
            Call(ports.open(HOST), self.beat.ear() if modem else None) for _ in range(count)
        ]

    def connect(self, ports: list[int]) -> None:
        now = self.reactor.seconds()
        for call, port in zip(self.calls, ports, strict=True):
            agreed = Agreed("audio", HOST, port, 0, "sendrecv", encoding="PCMU")
            spread = 0.5 + secrets.randbelow(1_000) / 1_000
            origin = Origin(secrets.randbits(32), secrets.randbits(15), 0, "line@load", spread)
            stream = AudioStream(agreed, origin, frozenset(), now)
            call.begin(stream, self.reactor, self._courier)

    def run(self, process: subprocess.Popen[str], stops_ms: int) -> float:
        """Until the callers are done; seconds of processor. `stops_ms`: how long the process is
        stopped, and by whom: another, who wakes it."""

        def look() -> None:
            if process.poll() is None:
                self.reactor.callLater(0.2, look)
                return
            for call in self.calls:
                self.beat.leave(call)
                call.over(time.monotonic())
            self.beat.stop()
            self.reactor.stop()

        def start() -> None:
            for call in self.calls:
                self.beat.join(call)
            look()

        self.reactor.callLater(0, start)
        if stops_ms:
            for at in STOPPED_AT:
                self.reactor.callLater(at, stand_still, stops_ms)
        used = time.process_time()
        self.beat.begin()
        try:
            self.reactor.run(installSignalHandlers=False)
        finally:
            process.kill()
        return time.process_time() - used


def stand_still(milliseconds: int) -> None:
    """All threads of this process, as when the machine gives it no processor."""
    waker = f"sleep {milliseconds / 1000}; kill -CONT {os.getpid()}"
    with subprocess.Popen(["/bin/sh", "-c", waker]):
        os.kill(os.getpid(), signal.SIGSTOP)


def measure(count: int, seconds: float, modem: bool, stops_ms: int = 0) -> dict[str, Any]:
    text = (LINE * 100)[: int((seconds - TAIL_S) * CHARACTERS_A_SECOND)]
    gateway = Gateway(count, modem)
    asked = {"ports": [one.pair.port for one in gateway.calls], "seconds": seconds, "text": text}
    with subprocess.Popen(
        [sys.executable, "-m", "load_tests.rtp_callers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        gateway.connect(json.loads(process.stdout.readline()))
        process.stdin.write("go\n")
        process.stdin.flush()
        machine, began = machine_cpu_ns(), time.monotonic()
        used = gateway.run(process, stops_ms)
        machine, took = machine_cpu_ns() - machine, time.monotonic() - began
        seen: dict[str, Any] = json.loads(process.stdout.readline())
    expected = [code for codes in send(text) for code in codes]
    wrong = sum(one.codes != expected for one in gateway.calls) if modem else 0
    return {
        "calls": count,
        "seconds": seconds,
        "modem": modem,
        "characters": len(text),
        "texts_wrong": wrong,
        "stopped_ms": stops_ms,
        **times("tick", gateway.beat.ticks),
        **times("processor", gateway.beat.processor),
        **times("hold", gateway.beat.holds),
        **times("given", gateway.beat.given),
        "cores": used / took,
        "foreign_cores": max(0.0, (machine / 1e9 - used - seen["processor_s"]) / took),
        "skipped_beats": gateway.beat.skipped,
        "samples_short": seen["sent"] * FRAME - sum(one.samples for one in gateway.calls),
        "samples_lost": sum(one.unheard for one in gateway.calls),
        "unsent": sum(one.pair.unsent for one in gateway.calls),
        "callers": seen,
    }


def times(what: str, found: Histogram) -> dict[str, float]:
    return {
        f"{what}_p50_ms": found.percentile(50) / 1e6,
        f"{what}_p99_ms": found.percentile(99) / 1e6,
        f"{what}_max_ms": found.maximum / 1e6,
    }


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--modem", action="store_true", help="read the audio and compare the text")
    parser.add_argument("--stop", type=int, default=0, metavar="MS", help="stand still, twice")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    collecting.settle()  # both as the daemon does
    sys.setswitchinterval(SWITCH)
    found = measure(given.calls, given.seconds, given.modem, given.stop)
    sys.stdout.write((json.dumps(found) if given.json else in_words(found)) + "\n")
    callers = found["callers"]
    whole = not (found["texts_wrong"] or found["samples_short"] or found["samples_lost"])
    whole = whole and not ((callers["gaps"] and not given.stop) or callers["disordered"])
    slowest = max(found["tick_p99_ms"], found["given_p99_ms"], callers["late_p99_ms"])
    in_time = slowest < BUDGET_P99_MS or os.environ.get("LOAD_QUIET") != "1"
    return 0 if whole and in_time else 1


def in_words(found: dict[str, Any]) -> str:
    callers = found["callers"]
    modem = f"{found['texts_wrong']} texts wrong, " if found["modem"] else "no modem, "
    stopped = f", stopped twice for {found['stopped_ms']} ms" if found["stopped_ms"] else ""
    return (
        f"{found['calls']} calls for {found['seconds']:g} s{stopped}: {modem}"
        f"{found['samples_lost']} samples lost, {found['samples_short']} not heard, "
        f"{callers['gaps']} gaps and {callers['disordered']} out of order at the callers; "
        f"all work of 20 ms takes {_of(found, 'tick')}, and of the processor "
        f"{_of(found, 'processor')}; a phase holds the loop for "
        f"{_of(found, 'hold')}, its frames are given within {_of(found, 'given')}; "
        f"frames are late on the wire by {_of(callers, 'late')} "
        f"(p99 below {BUDGET_P99_MS:g} is wanted); {found['cores']:.2f} cores"
        + (
            f"; inconclusive: other programs took {found['foreign_cores']:.2f} cores"
            if found["foreign_cores"] > FOREIGN_MAX
            else ""
        )
    )


def _of(found: dict[str, Any], what: str) -> str:
    p50, p99, most = (found[f"{what}_{one}_ms"] for one in ("p50", "p99", "max"))
    return f"{p50:.2f} ms, p99 {p99:.2f}, at most {most:.1f}"


if __name__ == "__main__":
    sys.exit(main())
