"""What the operators see, put together from the parts: counts and names, never a caller's words.

Asked at most once a second by a page and a command; it walks the open dialogues once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .composition import Gateway
from .core.encoding import Held
from .core.state import Active, Offered, Over
from .operations.alarms import Alarm, CarrierSeen, PsapSeen, one_sentence
from .operations.status import (
    DIALOGUES_MAX,
    BindStatus,
    CarrierStatus,
    DialogueStatus,
    PsapStatus,
    Status,
)

ALL_WELL = "All is well: carriers are bound, somebody is at every console, nothing waits."
MODES = {"tx": "transmitter", "rx": "receiver", "trx": "transceiver"}


class Overview:
    """`started_at`: UTC seconds."""

    def __init__(self, gateway: Gateway, version: str, started_at: float) -> None:
        self._version = version
        self._gateway = gateway
        self._started_at = started_at
        gauges = gateway.metrics.gauges
        gauges.binds = lambda: {one.name: float(one.receivers) for one in self.carriers_seen()}
        gauges.dialogues = lambda: {k: float(v) for k, v in self._phases().items()}
        gauges.people = lambda: {one.name: float(one.people) for one in self.psaps_seen()}
        gauges.queues = self._queues

    def status(self, alarms: tuple[Alarm, ...], reasons: tuple[str, ...]) -> Status:
        gateway = self._gateway
        held = [one for one in gateway.engine if not isinstance(one.state.phase, Over)]
        held.sort(key=lambda one: (isinstance(one.state.phase, Active), one.state.line.opened_at))
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
            psaps=tuple(self._psaps(held)),
            dialogues=tuple(self._dialogue(one) for one in held[:DIALOGUES_MAX]),
            dialogues_total=len(held),
            events=gateway.log.recent(),
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

    # --- inside ------------------------------------------------------------------------------

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
            )
            for carrier in gateway.configuration.carriers
        ]

    def _psaps(self, held: list[Held]) -> list[PsapStatus]:
        ringing = Counter(_psap(one) for one in held if isinstance(one.state.phase, Offered))
        live = Counter(_psap(one) for one in held if isinstance(one.state.phase, Active))
        configuration = self._gateway.configuration
        titles = {psap.name: psap.display for psap in configuration.psaps}
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
                    ringing=ringing[psap.name],
                    live=live[psap.name],
                    stalled=seen.stalled,
                    reason=seen.reason,
                    overflow=_overflow(psap.name, configuration.routing.overflow, titles),
                )
            )
        return found

    def _dialogue(self, held: Held) -> DialogueStatus:
        state = held.state
        return DialogueStatus(
            id=held.dialogue,
            town=state.line.town,
            state=state.name_of_phase,
            psap=_psap(held),
            opened_at=state.line.opened_at,
            waiting=not isinstance(state.phase, Active),
        )

    def _phases(self) -> Counter[str]:
        return Counter(one.state.name_of_phase for one in self._gateway.engine)

    def _queues(self) -> Mapping[str, float]:
        gateway = self._gateway
        waiting = gateway.carriers.waiting()
        return {
            "timers": float(len(gateway.clock)),
            "transcripts": float(len(gateway.transcripts)),
            **{f"carrier {group}": float(count) for group, count in waiting.items()},
        }


def _psap(held: Held) -> str:
    match held.state.phase:
        case Offered() | Active() as phase:
            return phase.psap
        case _:
            return ""


def _overflow(
    name: str, overflow: Mapping[str, list[str]], titles: Mapping[str, str]
) -> tuple[str, ...]:
    return tuple(titles.get(one, one) for one in overflow.get(name, []))
