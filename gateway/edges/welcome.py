"""What carriers connect to: one SMPP server behind a plain door and any number with TLS. Shell.

Who may come is `admission`'s to say; how many, `smpp/doors`. Nothing listens here: the daemon does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...smpp.doors import Doors, Places
from ...smpp.link import CentreHandler
from ...smpp.server import SmppServer
from ...smpp.settings import ListenSettings
from ...smpp.timers import SessionLimits
from ..config import Carrier, Configuration
from ..faults import fault
from ..operations.health_log import Happened
from .admission import Admission

TOLD_EVERY = 60.0  # seconds between two lines about one address
TOLD_MAX = 1_000  # addresses of which it is known when there was one


class Welcome:
    """`happened` is told when a TLS handshake came to nothing. Raises `smpp.tls.Unusable`, which
    reading the configuration has ruled out."""

    def __init__(
        self,
        configuration: Configuration,
        handler: CentreHandler,
        admission: Admission[Carrier],
        reactor: Any,
        link_ids: Callable[[], str],
        happened: Callable[..., None],
    ) -> None:
        self._admission = admission
        self._now: Callable[[], float] = reactor.seconds
        self._happened = happened
        self._told: dict[str, float] = {}
        doors = Doors(
            Places(),
            admission.is_known,
            lambda address: admission.is_barred(address, self._now()),
            lambda address: admission.stranger_left(address, self._now()),
        )
        proof: dict[str, Any] = {}
        if configuration.tls:
            from ...smpp.tls import proof_of

            proof = {"proof_of": proof_of}
        self.smpp = SmppServer(
            handler,
            SessionLimits(),
            reactor,
            link_ids=link_ids,
            doors=doors,
            passes=fault,
            limits_for=self._limits_for,
            **proof,
        )
        self._tls: list[tuple[str, int, Any]] = []  # host, port, factory
        for door in configuration.tls:
            from ...smpp.tls import TlsServer

            factory = TlsServer(self.smpp, door.certificate.identity, reactor, self._no_handshake)
            self._tls.append((door.host, door.port, factory))

    def doors(self, smpp: ListenSettings) -> list[tuple[str, str, int, Any]]:
        """Where to listen: table of gateway.toml, host, port, factory; the plain door first."""
        plain = [("smpp", smpp.host, smpp.port, self.smpp)] if smpp.plain else []
        return [*plain, *((f"smpp.tls[{n}]", *one) for n, one in enumerate(self._tls, start=1))]

    def prepare(self, configuration: Configuration) -> Callable[[], None]:
        """Everything that can fail of a reload; what is returned puts it in force, for new
        connections. A door that was moved stays where it is until a restart."""
        fresh: list[tuple[Any, Any]] = []
        for host, port, factory in self._tls:
            for door in configuration.tls:
                if (door.host, door.port) == (host, port):
                    from ...smpp.tls import context_of

                    fresh.append((factory, context_of(door.certificate.identity)))

        def adopt() -> None:
            for factory, context in fresh:
                factory.adopt(context)

        return adopt

    def _limits_for(self, address: str) -> SessionLimits:
        return SessionLimits(session_init=self._admission.session_init(address))

    def _no_handshake(self, address: str, why: str) -> None:
        """A line now and then: who asks for TLS without end fills no disk."""
        now = self._now()
        if now - self._told.get(address, -TOLD_EVERY) < TOLD_EVERY:
            return
        if len(self._told) >= TOLD_MAX:
            self._told.clear()
        self._told[address] = now
        names = ", ".join(one.display for one in self._admission.carriers_at(address))
        whose = f" from where {names} may come" if names else ""
        words = f"A TLS handshake{whose} came to nothing: {why}"
        self._happened(Happened.BIND_REFUSED, words, peer=address)
