"""From the gateway to whoever looks on at its carriers: what happens to binds, and which there are.

Nothing here runs while nobody watches but for the tap that is put on each bind when it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from twisted.internet.threads import deferToThreadPool

from .config import Carrier, Configuration
from .edges.carriers import CarrierEdge
from .onboarding.lines import MODES, Begun, Bind
from .onboarding.lookout import Lookout
from .operations.health_log import Happened, HealthLog
from .sightings import NAME, Sightings


class Served(Protocol):
    """The gateway, as far as it is looked at. `utc`: seconds. `reactor`: Twisted's."""

    configuration: Configuration
    carriers: CarrierEdge
    log: HealthLog
    reactor: Any
    utc: Callable[[], float]


class LookingOn:
    """Belongs to one gateway; its carriers' edge tells `happened` what comes and goes."""

    def __init__(self, gateway: Served) -> None:
        self._gateway = gateway
        self.lookout = Lookout(gateway.utc)
        self._sightings: Sightings | None = None

    def start(self) -> None:
        """What was seen of the carriers that are still there is known again. Before any bind."""
        gateway = self._gateway
        reactor, configuration = gateway.reactor, gateway.configuration

        def trouble(words: str) -> None:
            reactor.callFromThread(gateway.log.changed, Happened.FAULT, words)

        sightings = self._sightings = Sightings(
            configuration.journal_path.with_name(NAME),
            self.lookout.seen,
            reactor,
            partial(deferToThreadPool, reactor, reactor.getThreadPool()),
            trouble,
        )
        known = {one.name for one in configuration.carriers}
        seen = sightings.load()
        self.lookout.remember({name: seen[name] for name in seen.keys() & known})
        sightings.start()

    def stop(self) -> None:
        if self._sightings is not None:
            self._sightings.stop()

    def happened(self, what: Happened, words: str = "", **fields: Any) -> None:
        """Into the health log, and to those who watch that carrier."""
        gateway = self._gateway
        gateway.log.changed(what, words, **fields)
        self.lookout.binds((bind.carrier.name, bind.link) for bind in gateway.carriers.binds)
        self.lookout.tell(fields.get("carrier", ""), what.value, words, fields.get("peer", ""))

    # --- operations.carrier_door.Carriers ----------------------------------------------------

    def begun(self, name: str, scope: str) -> Begun | None:
        carrier = self._carrier(name)
        if carrier is None:
            return None
        account = carrier.account
        return Begun(
            at=self._gateway.utc(),
            carrier=name,
            display=carrier.display,
            scope=scope,
            alphabet=account.default_alphabet,
            short_codes=tuple(account.short_codes),
            tests=tuple(carrier.certification.short_codes),
            binds=self.binds(name),
        )

    def binds(self, name: str) -> tuple[Bind, ...]:
        return tuple(
            Bind(
                bind.link.id,
                MODES[bind.link.bound_as or "trx"],
                bind.bound_at,
                bind.link.interface_version,
            )
            for bind in self._gateway.carriers.binds
            if bind.carrier.name == name
        )

    def _carrier(self, name: str) -> Carrier | None:
        known = self._gateway.configuration.carriers
        return next((one for one in known if one.name == name), None)
