"""Who rings a PSAP's TTY: the user agent with its sockets, and what every call of ours says of
itself: the caller's number as the one that calls, where the caller is, and that it is an emergency.

A thin shell around `sip.calls.Endpoint`; it knows no sound and no dialogue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...sip.bodies import SDP, Part, joined
from ...sip.calls import Endpoint
from ...sip.effects import CallId, Effect
from ...sip.message import Headers
from ...sip.settings import Account, Settings
from ...sip.shown import shown
from ...sip.sockets import SystemChance
from ...sip.tls import Tls
from ...sip.transport import Wires
from ...sip.uri import SipUri
from .. import pidf, port
from .settings import TtyPsapSettings

# RFC 6442, 4.2: for who answers; whom it goes to has been decided.
NOT_FOR_ROUTING: Headers = (("Geolocation-Routing", "no"),)
PING = 30.0  # s; not used where nobody is asked


class Agent:
    """The user agent with its sockets, and what every call of ours says of itself. `tls`: what we
    show and believe where its exchange is called over TLS."""

    def __init__(
        self,
        settings: TtyPsapSettings,
        password: str,
        tls: Tls,
        reactor: Any,
        told: Callable[[Effect], None],
    ) -> None:
        self._settings = settings
        self._reactor = reactor
        login = Account(settings.username, password) if settings.username else None
        host = settings.contact_host or settings.host
        sip = Settings(
            contact=SipUri("sip", "text911", f"[{host}]" if ":" in host else host, settings.port),
            peers=settings.heard_from,
            login=login,
            proxy=settings.through,
            session=settings.session_timer,
            ping=settings.options_interval or PING,
        )
        self._contact = sip.contact
        self._chance = SystemChance()
        self._endpoint = Endpoint(sip, self._chance)
        spoken = tls if settings.transport == "TLS" else None
        self._wires = Wires(self._endpoint, sip, told, reactor, tls=spoken)

    @property
    def _now(self) -> float:
        seconds: float = self._reactor.seconds()
        return seconds

    def start(self) -> None:
        """Opens the port and asks whether the line is there. Raises CannotListenError."""
        settings = self._settings
        match settings.transport:
            case "UDP":
                self._wires.listen_udp(settings.host, settings.port)
            case "TCP":
                self._wires.listen_tcp(settings.host, settings.port)
            case "TLS":
                pass  # what they ask for within a call comes along the connection we made
        if settings.options_interval:
            self._wires.carry(self._endpoint.watch(settings.target, self._now))

    def stop(self) -> None:
        self._wires.stop()

    def invite(
        self, offer: port.Offer, octets: bytes, located: bool, begun: Callable[[CallId], None]
    ) -> None:
        """Rings; with `located` it is said where the caller is, if anybody knows. `begun` hears the
        number of the call before anything is told of it."""
        caller, headers = shown(offer.number, self._contact.host, offer.card.caller)
        if located and offer.card.place is not None:
            where, octets = self._located(offer.card.place, offer.number, octets)
            headers = (*headers, *where)
        target = self._settings.target
        call, effects = self._endpoint.invite(target, caller, octets, self._now, headers)
        begun(call)
        self._wires.carry(effects)

    def _located(self, place: port.Place, number: str, octets: bytes) -> tuple[Headers, bytes]:
        """Location by value (RFC 6442, 3.1): the headers, and the description with it beside it."""
        host = self._contact.host.strip("[]")
        name = f"{self._chance.token(8)}@{host}"
        about = f"pres:{number}@{host}" if number else "pres:anonymous@anonymous.invalid"
        where = Part(pidf.KIND, pidf.written(place, about), name, needed=False)
        kind, body = joined((Part(SDP, octets), where), self._chance.token(12))
        return (("Geolocation", f"<cid:{name}>"), *NOT_FOR_ROUTING, *kind), body

    @property
    def peer(self) -> str:
        """The host that signals."""
        return (self._settings.through or self._settings.target).host.strip("[]")

    def hang_up(self, call: CallId, reason: str) -> None:
        self._wires.carry(self._endpoint.hang_up(call, reason, self._now))

    def refuse(self, call: CallId, status: int, reason: str) -> None:
        self._wires.carry(self._endpoint.refuse(call, status, reason, self._now))

    def answer_offer(self, call: CallId, octets: bytes) -> None:
        self._wires.carry(self._endpoint.answer_offer(call, octets, self._now))
