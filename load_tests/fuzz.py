"""`make fuzz`: the gateway as it runs, sent PDUs that are nearly right, from a seed.

    python -m load_tests.fuzz --pdus 200000 --seed 1

It fails when the gateway ends, logs a fault of its own, says anything that is no good PDU, leaves a
session dead without closing it, grows by more than 20 MB per million PDUs, or when another bind is
answered at p99 more than 1.5 times as late as beside as many PDUs that are right.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path

from text911.smpp.conformance import octets as wire
from text911.smpp.explaining.operations import Sender
from text911.smpp.explaining.streams import explain

from .gateway import Carrier, Gateway
from .histogram import Histogram
from .mutations import Mutations
from .scratch import scratch, undo_on_sigterm

HARTFORD = {"source": "profile", "default_psap": "hartford-region"}
FUZZED = Carrier("fuzzed", "secret1", max_binds=20, location=HARTFORD)
STEADY = Carrier("steady", "secret2", location=HARTFORD)
GROWTH_MAX = 20.0  # MB per million PDUs
P99_RATIO_MAX = 1.5  # of another bind, beside wrong PDUs and beside right ones of the same number
BATCH = 40  # PDUs between two proofs that the session lives
PATIENCE = 10.0  # s for the proof
PROBE = 0x7A11CE
WARM_UP = 20_000  # PDUs, until every cache of the gateway is filled
PACE = 2_000  # PDUs per second while latency is compared
COMPARED = 10.0  # s of each
UNBOUND_SHARE = 20  # one connection in so many does not bind
# What is odd about an answer only because the request was.
ECHOED = frozenset({"sequence_number", "direction"})
ENQUIRY = wire.pdu(wire.ENQUIRE, PROBE)
# Behind a wrong command_length: whatever PDU it has begun ends here, and then comes a length of 0.
THE_END = bytes(140_016)


@dataclass
class Told:
    """`bad`: what was said that is no good PDU, or was not said, in words."""

    sent: int = 0
    connections: int = 0
    heard: int = 0
    bad: list[str] = field(default_factory=list[str])


@lru_cache(maxsize=10_000)
def faults(octets: bytes) -> tuple[str, ...]:
    """What is wrong in one PDU of a message centre, in words."""
    return tuple(
        fault.what
        for told in explain(octets, sender=Sender.CENTRE)
        for fault in told.faults
        if fault.name not in ECHOED
    )


class Fuzzer:
    """One connection after another, until enough is sent."""

    def __init__(self, port: int, seed: int, *, is_right: bool = False) -> None:
        self._port = port
        self._mutations = Mutations(seed, FUZZED.name, FUZZED.password, is_right=is_right)
        self._link: socket.socket | None = None
        self._held = b""
        self._status = 0  # of the last answer
        self.told = Told()

    def run(self, pdus: int, pace: float = 0.0) -> None:
        """Send so many more. `pace`: PDUs per second, 0 is as fast as they are answered."""
        last = self.told.sent + pdus
        due = time.monotonic()
        while self.told.sent < last and not self.told.bad:
            self._batch(min(BATCH, last - self.told.sent))
            if pace:
                due += BATCH / pace
                select.select([], [], [], max(0.0, due - time.monotonic()))

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _batch(self, count: int) -> None:
        link = self._link or self._connect()
        self.told.sent += count
        is_framed = True
        try:
            for _ in range(count):
                octets, is_right = self._mutations.next()
                is_framed &= is_right
                for piece in self._mutations.cuts(octets):
                    link.sendall(piece)
            link.sendall(ENQUIRY if is_framed else THE_END)
        except OSError:
            pass  # closed; what it said before is still read
        if not self._reads(link, to_the_probe=is_framed):
            self.close()

    def _connect(self) -> socket.socket:
        """Each unbound one comes from an address of its own: wrong binds lock an address out."""
        self._held = b""
        self.told.connections += 1
        number = self.told.connections
        is_unbound = number % UNBOUND_SHARE == 0
        host = f"127.1.{number // 250 % 250}.{number % 250 + 1}" if is_unbound else "127.0.0.1"
        link = socket.create_connection(("127.0.0.1", self._port), PATIENCE, (host, 0))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._link = link
        if not is_unbound:
            body = wire.join(wire.bind(FUZZED.name, FUZZED.password))
            link.sendall(wire.pdu(wire.BIND_TRX, PROBE, body))
            if not self._reads(link, to_the_probe=True) or self._status:
                self.told.bad.append(f"a good bind was not accepted: {self._status:#x}")
        return link

    def _reads(self, link: socket.socket, *, to_the_probe: bool) -> bool:
        """Up to the answer to the probe, or to the end. False when the connection was closed. One
        that is silent is a fault."""
        while True:
            at = 0
            while (octets := whole(self._held, at)) is not None:
                at += len(octets)
                if self._hears(octets) and to_the_probe:
                    self._held = self._held[at:]
                    return True
            self._held = self._held[at:]
            try:
                more = link.recv(262_144)
            except TimeoutError:
                self.told.bad.append("a session is silent and not closed")
                return False
            except OSError:
                return False
            if not more:
                if self._held:
                    self.told.bad.append(f"it ends with half a PDU: {self._held[:40].hex()}")
                return False
            self._held += more

    def _hears(self, octets: bytes) -> bool:
        self.told.heard += 1
        wrong = faults(octets[:12] + (1).to_bytes(4) + octets[16:])
        if wrong:
            self.told.bad.append(f"{octets.hex()}: {'; '.join(wrong)}")
        self._status = int.from_bytes(octets[8:12])
        return octets[12:16] == PROBE.to_bytes(4) and octets[4:5] == b"\x80"


def whole(held: bytes, at: int) -> bytes | None:
    """The PDU at `at`; None while it is not all there. A length that cannot be is all there is."""
    if len(held) - at < 16:
        return None
    length = int.from_bytes(held[at : at + 4])
    if not 16 <= length <= 70_000:
        return held[at:]
    return held[at : at + length] if len(held) - at >= length else None


# --- another bind --------------------------------------------------------------------------------


def enquirer(port: int, parent: Connection) -> None:
    """A process: asked for a number of seconds, says how late each enquire_link was answered in
    that time, in ns; ends at None. It enquires every 2 ms."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = wire.join(wire.bind(STEADY.name, STEADY.password))
        link.sendall(wire.pdu(wire.BIND_TRX, PROBE, body))
        link.recv(4_096)
        while (seconds := parent.recv()) is not None:
            late: list[int] = []
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                began = time.perf_counter_ns()
                link.sendall(ENQUIRY)
                link.recv(4_096)
                late.append(time.perf_counter_ns() - began)
                select.select([], [], [], 0.002)
            parent.send(late)


def p99(steady: Connection, beside: Callable[[], None]) -> float:
    """ms, of the other bind while `beside` runs, which takes COMPARED seconds."""
    steady.send(COMPARED)
    beside()
    late: list[int] = steady.recv()
    return Histogram(late).percentile(99) / 1e6


# --- the run -------------------------------------------------------------------------------------


def resident(pid: int) -> int:
    """Octets of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def own_faults(gateway: Gateway) -> list[str]:
    """What the gateway printed but its log: traces of faults of its own."""
    return [line for line in gateway.log.read_text().splitlines() if not line.startswith("{")]


@dataclass(frozen=True, slots=True)
class Outcome:
    told: Told
    growth: float  # MB per million PDUs
    ratio: float  # 0 when it was not compared
    noise: list[str]

    def faults(self) -> list[str]:
        found = [*self.told.bad, *self.noise[:20]]
        if self.growth > GROWTH_MAX:
            found.append(f"memory grew by {self.growth:.1f} MB per million PDUs")
        if self.ratio > P99_RATIO_MAX:
            found.append(f"another bind's p99 was {self.ratio:.2f} times as long")
        return found


def fuzz(folder: Path, pdus: int, seed: int, *, compares: bool) -> Outcome:
    """One gateway, so many PDUs; growth is measured behind WARM_UP of them."""
    with Gateway(folder, [FUZZED, STEADY]) as gateway:
        gateway.start()
        port, pid = gateway.ports.smpp, gateway.program.pid
        fuzzer = Fuzzer(port, seed)
        fuzzer.run(min(WARM_UP, pdus))
        before, sent_before = resident(pid), fuzzer.told.sent
        fuzzer.run(max(0, pdus - WARM_UP))
        sent = fuzzer.told.sent - sent_before
        growth = (resident(pid) - before) / 1e6 / sent * 1e6 if sent >= WARM_UP else 0.0
        ratio = compared(port, fuzzer) if compares and not fuzzer.told.bad else 0.0
        fuzzer.close()
        if not gateway.ready:
            fuzzer.told.bad.append("the gateway is not ready any more")
        return Outcome(fuzzer.told, growth, ratio, own_faults(gateway))


def compared(port: int, fuzzer: Fuzzer) -> float:
    """p99 of another bind beside wrong PDUs, divided by the same beside right ones."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=enquirer, args=(port, there))
    process.start()
    pdus = int(PACE * COMPARED)
    right = Fuzzer(port, 1, is_right=True)
    beside_right = p99(here, lambda: right.run(pdus, PACE))
    right.close()
    beside_wrong = p99(here, lambda: fuzzer.run(pdus, PACE))
    here.send(None)
    process.join()
    say(f"p99 of another bind: {beside_right:.2f} ms beside right PDUs, {beside_wrong:.2f} ms here")
    return beside_wrong / beside_right


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m load_tests.fuzz", description=__doc__)
    parser.add_argument("--pdus", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    with suppress(KeyboardInterrupt), scratch("fuzz") as folder:
        outcome = fuzz(folder / "gateway", asked.pdus, asked.seed, compares=True)
        told = outcome.told
        say(
            f"seed {asked.seed}: {told.sent:,} PDUs on {told.connections:,} connections in "
            f"{time.monotonic() - began:.0f} s, {told.heard:,} answers, all of them read"
        )
        say(f"memory: {outcome.growth:+.1f} MB per million PDUs; p99 ratio {outcome.ratio:.2f}")
        for fault in outcome.faults():
            say(f"FAULT {fault}")
        return 1 if outcome.faults() else 0
    return 2


if __name__ == "__main__":
    sys.exit(main())
