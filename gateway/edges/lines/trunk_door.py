"""One address of a trunk where calls come in, with its user agent: what calls ask of it is carried
to the wires. Decides nothing and knows no call.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from ....sip.calls import Endpoint
from ....sip.effects import CallId, Effect, Effects
from ....sip.flows import Chance
from ....sip.message import Headers
from ....sip.settings import Settings
from ....sip.tls import Tls
from ....sip.transport import Wires
from ....sip.uri import NameAddr, SipUri
from ...location.pidf import is_readable
from .trunk_settings import SipDoorSettings

RETRY_AFTER_S = 10  # in a 503: a trunk that has another gateway tries that one at once


class SipDoor:
    """One address where calls come in, with one user agent: transports of the same address share
    it, because a peer may go from one to the other within a call."""

    def __init__(
        self,
        tables: list[SipDoorSettings],
        settings: Settings,
        told: Callable[[SipDoor, Effect], None],
        reactor: Any,
        chance: Chance,
        tls: Tls | None,
    ) -> None:
        self.endpoint = Endpoint(settings, chance, is_readable)
        self.contact = settings.contact
        self._tables = tables
        self._reactor = reactor
        self._wires = Wires(self.endpoint, settings, partial(told, self), reactor, tls=tls)

    def listen(self) -> None:
        """Raises CannotListenError, `tls.Unusable`."""
        port = self.contact_port
        for table in self._tables:
            match table.transport:
                case "udp":
                    self._wires.listen_udp(table.host, port)
                case "tcp":
                    self._wires.listen_tcp(table.host, port)
                case "tls":
                    self._wires.listen_tls(table.host, port)

    @property
    def contact_port(self) -> int:
        assert self.contact.port is not None
        return self.contact.port

    def watch(self, target: SipUri) -> None:
        self._carry(self.endpoint.watch(target, self._now()))

    def ring(self, call: CallId) -> None:
        self._carry(self.endpoint.ring(call, self._now()))

    def accept(self, call: CallId, description: bytes) -> None:
        self._carry(self.endpoint.accept(call, description, self._now()))

    def refuse(self, call: CallId, status: int, reason: str) -> None:
        headers: Headers = (("Retry-After", str(RETRY_AFTER_S)),) if status == 503 else ()
        self._carry(self.endpoint.refuse(call, status, reason, self._now(), headers))

    def invite(
        self,
        target: SipUri,
        caller: NameAddr,
        description: bytes,
        headers: Headers,
        begun: Callable[[CallId], None],
    ) -> None:
        call, effects = self.endpoint.invite(target, caller, description, self._now(), headers)
        begun(call)
        self._carry(effects)

    def hang_up(self, call: CallId, reason: str) -> None:
        self._carry(self.endpoint.hang_up(call, reason, self._now()))

    def answer_offer(self, call: CallId, description: bytes) -> None:
        self._carry(self.endpoint.answer_offer(call, description, self._now()))

    def stop(self) -> Any:
        """A Deferred: nothing is heard any more."""
        return self._wires.stop()

    def _carry(self, effects: Effects) -> None:
        self._wires.carry(effects)

    def _now(self) -> float:
        seconds: float = self._reactor.seconds()
        return seconds


def free_port(table: SipDoorSettings) -> int:
    """Port 0: our Contact must say which one before anything listens."""
    family = socket.AF_INET6 if ":" in table.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if table.transport == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as probe:
        probe.bind((table.host, 0))
        return int(probe.getsockname()[1])
