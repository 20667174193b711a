"""Calls at the same time over RTP on loopback: no sample lost, our frames in order and in time.

    python -m load_tests.rtp_calls [--calls 200] [--seconds 60] [--modem] [--json]

A tick is what one beat of 20 ms costs, from the moment it was due until the last call's frame was
given to its socket: the loop's lateness, jitter buffers, the send clock, G.711, RTP, the socket.
With --modem each call's audio is also read by the receiver and what it says compared. The callers
are another process on the same machine. Exit 1 when a text is wrong, a sample is lost or a frame is
missing; the time gates with LOAD_QUIET=1 alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from text911.sip.clock import BEATS_A_SECOND, FRAME, Due
from text911.sip.jitter import Chunk
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import Beat, Pair, PortRange
from text911.sip.rtp_session import Origin
from text911.tty.receiving import Code, Receiver
from text911.tty.shifts import send

from .histogram import Histogram
from .precise import machine_cpu_ns
from .verdict import FOREIGN_MAX

HOST = "127.0.0.1"
BUDGET_P99_MS = 10.0  # issue: 200 calls on 2 cores, p99 of a tick
LINE = "HELP FIRE AT 12 OLD MILL ROAD, 2 PEOPLE INSIDE. "
CHARACTERS_A_SECOND = 4.5  # with shifts, and a little less than there is room for
TAIL_S = 3.0  # of silence at the end of each call, for the last decision
SILENCE = np.zeros(FRAME, np.int16)


@dataclass(slots=True)
class Call:
    """One call of ours."""

    pair: Pair
    ear: Receiver | None
    stream: AudioStream | None = None
    samples: int = 0
    lost: int = 0
    codes: list[int] = field(default_factory=list)

    def received(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert self.stream is not None
        self.hear(self.stream.received(datagram, address, time.monotonic()))

    def received_rtcp(self, datagram: bytes, address: tuple[str, int]) -> None:
        """The callers send none."""

    def hear(self, chunks: tuple[Chunk, ...]) -> None:
        for chunk in chunks:
            self.samples += len(chunk.samples)
            self.lost += int(np.count_nonzero(chunk.lost))
            if self.ear is not None:
                for event in self.ear.push(chunk.samples, chunk.lost):
                    if isinstance(event, Code):
                        self.codes.append(event.code)

    def beat(self, due: Due, now: float) -> None:
        assert self.stream is not None
        self.hear(self.stream.take(now))
        self.stream.skip(due.skipped)
        for _ in range(due.frames):
            octets = self.stream.send(SILENCE, now)
            if octets is not None and self.stream.peer is not None:
                self.pair.send(octets, self.stream.peer)
        report = self.stream.rtcp(now)
        if report is not None and self.stream.peer_rtcp is not None:
            self.pair.send_rtcp(report, self.stream.peer_rtcp)


def ear() -> Receiver:
    from text911.tty.demod.choosing import receiver  # compiles: only where it is asked for

    return receiver()


class Gateway:
    """All calls in one loop, as in the daemon."""

    def __init__(self, count: int, modem: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self.reactor: Any = AsyncioSelectorReactor(self.loop)
        ports = PortRange(self.reactor)
        self.calls = [Call(ports.open(HOST), ear() if modem else None) for _ in range(count)]
        self.beat = Beat(self.reactor, self._beat)
        self.ticks = Histogram()
        self.work = Histogram()
        self._first = 0.0
        self._beats = 0

    def connect(self, ports: list[int]) -> None:
        now = time.monotonic()
        for call, port in zip(self.calls, ports, strict=True):
            agreed = Agreed("audio", HOST, port, 0, "sendrecv", encoding="PCMU")
            spread = 0.5 + secrets.randbelow(1_000) / 1_000
            origin = Origin(secrets.randbits(32), secrets.randbits(15), 0, "line@load", spread)
            call.stream = AudioStream(agreed, origin, frozenset(), now)
            call.pair.hear(call)

    def _beat(self, due: Due) -> None:
        begun = time.monotonic()
        for call in self.calls:
            call.beat(due, begun)
        ended = time.monotonic()
        self._beats += due.skipped + due.frames
        was_due = self._first + (self._beats - 1) / BEATS_A_SECOND
        self.ticks.record(max(0, round((ended - was_due) * 1e9)))
        self.work.record(round((ended - begun) * 1e9))

    def run(self, process: subprocess.Popen[str]) -> float:
        """Until the callers are done; seconds of processor."""

        def look() -> None:
            if process.poll() is None:
                self.reactor.callLater(0.2, look)
            else:
                self.beat.stop()
                self.reactor.stop()

        def start() -> None:
            self._first = time.monotonic()
            self.beat.start()
            look()

        self.reactor.callLater(0, start)
        used = time.process_time()
        try:
            self.reactor.run(installSignalHandlers=False)
        finally:
            process.kill()
        return time.process_time() - used


def measure(count: int, seconds: float, modem: bool) -> dict[str, Any]:
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
        used = gateway.run(process)
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
        "tick_p50_ms": gateway.ticks.percentile(50) / 1e6,
        "tick_p99_ms": gateway.ticks.percentile(99) / 1e6,
        "tick_max_ms": gateway.ticks.maximum / 1e6,
        "work_p99_ms": gateway.work.percentile(99) / 1e6,
        "cores": used / took,
        "foreign_cores": max(0.0, (machine / 1e9 - used - seen["processor_s"]) / took),
        "skipped_beats": gateway.beat.skipped,
        "samples_short": seen["sent"] * FRAME - sum(one.samples for one in gateway.calls),
        "samples_lost": sum(one.lost for one in gateway.calls),
        "unsent": sum(one.pair.unsent for one in gateway.calls),
        "callers": seen,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--modem", action="store_true", help="read the audio and compare the text")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.calls, given.seconds, given.modem)
    sys.stdout.write((json.dumps(found) if given.json else in_words(found)) + "\n")
    whole = not (found["texts_wrong"] or found["samples_short"] or found["samples_lost"])
    whole = whole and not (found["callers"]["gaps"] or found["callers"]["disordered"])
    in_time = found["tick_p99_ms"] < BUDGET_P99_MS or os.environ.get("LOAD_QUIET") != "1"
    return 0 if whole and in_time else 1


def in_words(found: dict[str, Any]) -> str:
    callers = found["callers"]
    modem = f"{found['texts_wrong']} texts wrong, " if found["modem"] else "no modem, "
    return (
        f"{found['calls']} calls for {found['seconds']:g} s: {modem}"
        f"{found['samples_lost']} samples lost, {callers['gaps']} gaps and "
        f"{callers['disordered']} out of order at the callers; "
        f"a tick takes {found['tick_p50_ms']:.2f} ms, p99 {found['tick_p99_ms']:.2f} ms "
        f"(below {BUDGET_P99_MS:g} is wanted), at most {found['tick_max_ms']:.1f} ms; "
        f"{found['cores']:.2f} cores"
        + (
            f"; inconclusive: other programs took {found['foreign_cores']:.2f} cores"
            if found["foreign_cores"] > FOREIGN_MAX
            else ""
        )
    )


if __name__ == "__main__":
    sys.exit(main())
