"""What the operators see, put together from the parts: counts and names, never a caller's words.

Asked by pages and commands, at most a few times a second. As long as there are few dialogues it
counts them when it is asked; many are counted a few milliseconds at a time (`census`), and what is
told is then as old as the last census: two seconds, or one for every 20,000 dialogues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .census import Census
from .composition import Gateway
from .core.state import Active, Dialogue, Offered, Over
from .core.values import DialogueId, PsapName
from .onboarding.lines import MODES
from .operations.alarms import Alarm, CarrierSeen, PsapSeen, one_sentence
from .operations.status import (
    DIALOGUES_MAX,
    BindStatus,
    CarrierStatus,
    DialogueStatus,
    LineStatus,
    PsapStatus,
    Status,
)

ALL_WELL = "All is well: carriers are bound, somebody is at every console, nothing waits."
STEP = 1_000  # dialogues counted at once: a millisecond or so
EVERY = 0.05  # seconds between two steps: at most some 3 % of a core
FRESH = 2.0  # seconds from the start of one census to that of the next, at least


class Overview:
    """`started_at`: UTC seconds."""

    def __init__(self, gateway: Gateway, version: str, started_at: float) -> None:
        self._version = version
        self._gateway = gateway
        self._started_at = started_at
        self._call: Any = None
        self._began = 0.0  # monotonic seconds, of the census that is running
        self._running: Census | None = None
        self._last = self._new_census()
        gauges = gateway.metrics.gauges
        gauges.binds = lambda: {one.name: float(one.receivers) for one in self.carriers_seen()}
        gauges.unreached = gateway.outreach.unreached
        gauges.dialogues = lambda: {k: float(v) for k, v in self._census().phases.items()}
        gauges.people = lambda: {one.name: float(one.people) for one in self.psaps_seen()}
        gauges.queues = self._queues
        gauges.calls = lambda: {one.name: float(one.calls) for one in gateway.telephony.seen}
        gauges.calls_turned_away = lambda: {
            one.name: float(one.rejected) for one in gateway.telephony.seen
        }
        gauges.blocked = lambda: {
            psap.name: float(len(gateway.engine.blocks(PsapName(psap.name))))
            for psap in gateway.configuration.psaps
        }

    def status(self, alarms: tuple[Alarm, ...], reasons: tuple[str, ...]) -> Status:
        gateway = self._gateway
        census = self._census()
        titles = {psap.name: psap.display for psap in gateway.configuration.psaps}
        return Status(
            name=gateway.configuration.name,
            version=self._version,
            started_at=self._started_at,
            now=gateway.utc(),
            ready=not reasons,
            reasons=reasons,
            sentence=one_sentence(alarms, reasons, ALL_WELL),
            alarms=tuple(one.status() for one in alarms),
            hops=gateway.metrics.hops(),
            carriers=tuple(self._carriers()),
            psaps=tuple(self._psaps(census, titles)),
            dialogues=tuple(
                _dialogue(dialogue, state, titles)
                for dialogue in census.listed()
                if (state := gateway.engine.get(dialogue)) is not None
                and not isinstance(state.phase, Over)
            ),
            dialogues_total=census.open,
            events=gateway.log.recent(),
            lines=tuple(self._lines()),
        )

    def carriers_seen(self) -> tuple[CarrierSeen, ...]:
        binds = self._gateway.carriers.binds
        return tuple(
            CarrierSeen(
                carrier.name,
                carrier.display,
                sum(b.link.can_receive for b in binds if b.carrier.group == carrier.group),
            )
            for carrier in self._gateway.configuration.carriers
        )

    def psaps_seen(self) -> tuple[PsapSeen, ...]:
        available = self._gateway.psaps.availability
        last = self._gateway.configuration.routing.statewide_default
        return tuple(
            PsapSeen(psap.name, psap.display, seen.people, seen.stalled, last=psap.name == last)
            for psap in self._gateway.configuration.psaps
            if (seen := available.get(psap.name)) is not None
        )

    def start(self) -> None:
        """Count on, a step at a time, for as long as there are many dialogues."""
        self._call = self._gateway.reactor.callLater(EVERY, self._step)

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def take_stock(self) -> None:
        """Count all of them now, before anybody waits for the loop."""
        self._last = self._new_census()
        self._last.count(len(self._gateway.engine) + 1)

    # --- inside ------------------------------------------------------------------------------

    def _new_census(self) -> Census:
        return Census(self._gateway.engine.awake(), DIALOGUES_MAX)

    def _census(self) -> Census:
        if len(self._gateway.engine) <= STEP:
            self.take_stock()
        return self._last

    def _step(self) -> None:
        reactor, wait = self._gateway.reactor, EVERY
        if len(self._gateway.engine) > STEP:
            if self._running is None:
                self._running, self._began = self._new_census(), reactor.seconds()
            if self._running.count(STEP):
                self._last, self._running = self._running, None
                wait = max(EVERY, self._began + FRESH - reactor.seconds())
        self._call = reactor.callLater(wait, self._step)

    def _carriers(self) -> list[CarrierStatus]:
        gateway = self._gateway
        skew = gateway.utc() - gateway.reactor.seconds()
        return [
            CarrierStatus(
                carrier.name,
                carrier.display,
                tuple(
                    BindStatus(
                        mode=MODES[bind.link.bound_as or "trx"],
                        state="bound" if bind.link.is_live else "unbinding",
                        since=bind.bound_at,
                        texts_in=bind.link.received,
                        replies_out=bind.link.sent,
                        in_flight=bind.link.owed,
                        window=bind.carrier.account.window,
                        heard_at=bind.link.last_heard_at + skew,
                    )
                    for bind in gateway.carriers.binds
                    if bind.carrier.name == carrier.name
                ),
                gateway.outreach.seen(carrier.name, skew),
            )
            for carrier in gateway.configuration.carriers
        ]

    def _psaps(self, census: Census, titles: Mapping[str, str]) -> list[PsapStatus]:
        configuration = self._gateway.configuration
        found: list[PsapStatus] = []
        for psap in configuration.psaps:
            seen = self._gateway.psaps.availability.get(psap.name)
            if seen is None:
                continue
            found.append(
                PsapStatus(
                    name=psap.name,
                    display=psap.display,
                    kind=psap.kind,
                    reachable=seen.reachable,
                    people=seen.people,
                    ringing=census.ringing[psap.name],
                    live=census.live[psap.name],
                    stalled=seen.stalled,
                    reason=seen.reason,
                    overflow=_overflow(psap.name, configuration.routing.overflow, titles),
                )
            )
        return found

    def _lines(self) -> Iterator[LineStatus]:
        for one in self._gateway.telephony.seen:
            yield LineStatus(
                one.name, one.display, one.kind, one.calls, one.taken, one.rejected, one.fault
            )

    def _queues(self) -> Mapping[str, float]:
        gateway = self._gateway
        waiting = gateway.carriers.waiting()
        return {
            "timers": float(len(gateway.clock)),
            "transcripts": float(len(gateway.transcripts)),
            "texts": float(gateway.carriers.queued()),
            **{f"carrier {group}": float(count) for group, count in waiting.items()},
        }


def _dialogue(dialogue: DialogueId, state: Dialogue, titles: Mapping[str, str]) -> DialogueStatus:
    psap = state.phase.psap if isinstance(state.phase, Offered | Active) else ""
    return DialogueStatus(
        id=dialogue,
        town=state.line.town,
        state=state.name_of_phase,
        psap=titles.get(psap, psap),
        opened_at=state.line.opened_at,
        waiting=not isinstance(state.phase, Active),
    )


def _overflow(
    name: str, overflow: Mapping[str, list[str]], titles: Mapping[str, str]
) -> tuple[str, ...]:
    return tuple(titles.get(one, one) for one in overflow.get(name, []))
