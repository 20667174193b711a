"""What is looked after twice a second: alarms, recovery of the journal, snapshots, the watchdog.

A thin shell: what an alarm is, `operations/alarms` decides; how to recover, the engine knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from threading import Event
from typing import Any

from twisted.internet.threads import deferToThreadPool

from .collecting import Upkeep
from .composition import Gateway
from .configuration.certificates import TlsDoor
from .faults import fault
from .journal.contract import JournalBroken, JournalDamaged, Snapshot
from .operations.alarms import (
    Alarm,
    Alarms,
    CertificateSeen,
    ClockWatch,
    LineSeen,
    LockedSeen,
    NoisySeen,
    Observed,
    findings,
)
from .operations.health_log import Happened
from .operations.masking import mask_number
from .operations.sd_notify import Notifier
from .operations.watch import sample_disk
from .overview import Overview

EVERY = 0.5  # seconds: an alarm stands within a second of what it is about
RECOVER_EVERY = 2  # ticks: the loop waits for the disk while it is tried
MINUTE = 120  # ticks
# Seconds that the thread which encodes a snapshot rests after every few dialogues. Without a rest
# it takes the interpreter back at once, and the loop waits 5 ms for every turn of its own.
BREATH = 0.0005


class Watch:
    """`reactor`: Twisted's, for time and threads. `listening`: why the gateway does not, or ""."""

    def __init__(
        self,
        gateway: Gateway,
        overview: Overview,
        notifier: Notifier,
        reactor: Any,
    ) -> None:
        self._gateway = gateway
        self._overview = overview
        self._notifier = notifier
        self._reactor = reactor
        self._alarms = Alarms()
        self._upkeep = Upkeep(reactor.seconds)
        self._clock_watch = ClockWatch(gateway.configuration.operations.clock_step_max)
        self._snapshot_at = 0  # position of the last snapshot
        self._snapshot_is_running = False
        self._snapshot_not_before = 0  # tick
        self._was_broken = False
        self._was_ready = True
        self._ticks = 0
        self._call: Any = None
        self.listening = "the gateway is starting"
        gateway.metrics.gauges.alarms = lambda: {
            word: float(count)
            for word, count in Counter(a.severity.word for a in self.alarms()).items()
        }

    def start(self, position: int) -> None:
        self._snapshot_at = position
        self._tick()

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def alarms(self) -> tuple[Alarm, ...]:
        return self._alarms.standing()

    def reasons(self) -> tuple[str, ...]:
        """Why the gateway is not ready, in words; empty when it is."""
        broken = self._gateway.engine.broken
        found = (self.listening, "" if broken is None else f"the journal cannot write: {broken}")
        return tuple(one for one in found if one)

    # --- inside ------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._call = self._reactor.callLater(EVERY, self._tick)
        self._ticks += 1
        gateway = self._gateway
        broken = gateway.engine.broken  # what mends itself at once was broken all the same
        if broken is not None and self._ticks % RECOVER_EVERY == 1:
            self._recover()
        for change in self._alarms.settle(findings(self._observed(broken)), gateway.utc()):
            gateway.log.alarm(change)
        self._say_readiness()
        gateway.metrics.throttled = gateway.carriers.throttled()
        gateway.metrics.throttled_first = gateway.carriers.first_throttled()
        if self._ticks % MINUTE == 0:
            gateway.metrics.turn_minute()
        self._snapshot_if_due()
        self._upkeep.tick(len(gateway.engine))
        self._notifier.watchdog()

    def _say_readiness(self) -> None:
        """Start and stop have lines of their own; this is about what happens in between."""
        reasons = () if self._gateway.engine.broken is None else self.reasons()
        if self._was_ready is not bool(reasons):
            return
        self._was_ready = not reasons
        what = Happened.UNREADY if reasons else Happened.READY
        self._gateway.log.changed(what, "; ".join(reasons) or "The gateway takes texts again")

    def _observed(self, broken: JournalBroken | None) -> Observed:
        """`broken`: what the journal was before it was tried again in this turn."""
        gateway = self._gateway
        journal = gateway.configuration.journal
        path = gateway.configuration.journal_path.parent
        return Observed(
            disks=(sample_disk(path, journal.disk_free_min_mb),),
            carriers=self._overview.carriers_seen(),
            psaps=self._overview.psaps_seen(),
            journal="" if broken is None else str(broken),
            clock_step=self._clock_watch.tick(gateway.utc(), self._reactor.seconds()),
            noisy=tuple(
                NoisySeen(mask_number(one.source.number), one.rate, one.throttled)
                for one in gateway.carriers.loud()
            ),
            locked=tuple(self._locked()),
            certificates=tuple(
                CertificateSeen(door.port, door.certificate.not_after - gateway.utc())
                for door in self._tls_doors()
            ),
            lines=tuple(
                LineSeen(one.name, one.display, one.down) for one in gateway.telephony.seen
            ),
        )

    def _tls_doors(self) -> Iterator[TlsDoor]:
        configuration = self._gateway.configuration
        yield from configuration.tls
        for line in configuration.lines:
            yield from line.tls

    def _locked(self) -> Iterator[LockedSeen]:
        admission = self._gateway.admission
        for one in admission.locked(self._reactor.seconds()):
            names = tuple(carrier.display for carrier in admission.carriers_at(one.address))
            yield LockedSeen(one.address, one.failures, names)

    def _recover(self) -> None:
        """Try again once a second; what is stored has happened, whatever was answered."""
        gateway = self._gateway
        if not self._was_broken:
            self._was_broken = True
            gateway.metrics.journal_failures += 1
            gateway.log.changed(Happened.JOURNAL_BROKEN, f"Journal: {gateway.engine.broken}")
        fault("before_recovery")
        try:
            gateway.engine.recover()
        except JournalBroken as still:
            gateway.engine.broken = still
            return
        except JournalDamaged as damage:  # worse than a full disk, and the reason must be read
            gateway.engine.broken = JournalBroken(str(damage))
            return
        fault("after_recovery")
        if gateway.engine.broken is None:
            self._was_broken = False
            gateway.log.changed(Happened.JOURNAL_RECOVERED, "The journal takes records again")

    def _snapshot_if_due(self) -> None:
        gateway = self._gateway
        position = gateway.journal.position()
        gateway.metrics.journal_records = position
        due = position - self._snapshot_at >= gateway.configuration.journal.snapshot_every_records
        waits = self._snapshot_is_running or self._ticks < self._snapshot_not_before
        if not due or waits or gateway.engine.broken is not None:
            return
        if not gateway.engine.is_awake:
            return  # a start is still taking dialogues up; there is nothing new to keep of them
        self._snapshot_is_running = True
        up_to, encode = gateway.engine.remember()
        pool = self._reactor.getThreadPool()
        encoded = deferToThreadPool(self._reactor, pool, encode, partial(Event().wait, BREATH))
        encoded.addCallback(lambda state: self._save(Snapshot(up_to, state)))
        encoded.addErrback(lambda failure: self._no_snapshot(failure.getErrorMessage()))

    def _save(self, snapshot: Snapshot) -> None:
        def done(broken: JournalBroken | None) -> None:
            if broken is None:
                self._snapshot_is_running = False
                self._snapshot_at = snapshot.up_to
                return
            self._no_snapshot(str(broken))
            if self._gateway.engine.broken is None:
                self._gateway.engine.broken = broken  # recovery need not wait for a text

        fault("after_snapshot_before_saved")
        self._gateway.journal.save_snapshot(snapshot, done)

    def _no_snapshot(self, why: str) -> None:
        """Restart is slower without it, nothing else: say so, and try again in a minute."""
        self._snapshot_is_running = False
        self._snapshot_not_before = self._ticks + MINUTE
        if self._call is None:
            return  # the gateway is stopping, which is no fault
        words = f"A snapshot could not be taken: {why}"
        self._gateway.log.changed(Happened.FAULT, words)
