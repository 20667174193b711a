"""One SIP trunk: its doors, its calls, and who of its peers is there.

Maps what the user agent tells to calls, and screens what it cannot know: whether there is room,
whether the offer can be taken, whether the gateway can record. Decides nothing about a dialogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from ....sip.conveyance import location_of
from ....sip.effects import (
    CallId,
    Cause,
    Confirmed,
    Declined,
    Effect,
    Ended,
    Incoming,
    Located,
    Message,
    Offered,
    Reachable,
    Reanswered,
    Rejected,
    Unreachable,
    Why,
)
from ....sip.flows import Address, Chance, Flow
from ....sip.settings import Account, Settings
from ....sip.tls import Tls
from ....sip.uri import SipUri, read_uri
from ...location.pidf import answered
from ...location.port import Answer
from .circuit import Circuit, Manners
from .door import LineDoor
from .invitation import number_of, text_of
from .rhythm import Rhythm
from .rtt_call import RttCall
from .session import NotTaken, Session, Terms
from .telephone import Switchboard
from .trunk_call import TrunkCall
from .trunk_door import RETRY_AFTER_S, SipDoor, free_port
from .trunk_settings import SipDoorSettings, TrunkSettings

STOPPING = "the gateway is stopping"
# What ended a call, in words for people.
WORDS = {
    Why.BYE: "the caller hung up",
    Why.CANCEL: "the caller gave up before the call was answered",
    Why.HUNG_UP: "the gateway hung up",
    Why.TIMEOUT: "the trunk does not answer any more",
    Why.SESSION_TIMER: "the trunk has not refreshed the call in time",
    Why.LOST: "the trunk cannot be reached",
}


class Told(Protocol):
    """Who hears of what operators should know. Words are ours and name nobody."""

    def rejected(self, line: str, peer: str, words: str, unsaid: int) -> None: ...
    def reached(self, line: str, peer: str, words: str, *, up: bool) -> None: ...


@dataclass(slots=True)
class Tally:
    """What happened on a line since the start. `fault`: the last one, in words; "" if none."""

    taken: int = 0
    rejected: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a trunk shows and believes, beside its settings."""

    accounts: tuple[Account, ...] = ()
    login: Account | None = None  # what we give to who asks us
    tls: dict[int, Tls] | None = None  # by the place of its table in `listen`
    believed: bytes = b""  # authorities of whom we call over TLS, PEM; empty: this machine's


Carried = TrunkCall | RttCall


class Trunk:
    """`manners` may change; they hold for calls that come later. `stop` once."""

    def __init__(
        self,
        name: str,
        settings: TrunkSettings,
        identity: Identity,
        manners: Manners,
        terms: Terms,
        door: LineDoor,
        rhythm: Rhythm,
        reactor: Any,
        chance: Chance,
        told: Told,
    ) -> None:
        self.name = name
        self.manners = manners
        self.tally = Tally()
        self._settings = settings
        self._terms = terms
        self._door = door
        self._rhythm = rhythm
        self._told = told
        self._calls: dict[tuple[SipDoor, CallId], Carried] = {}
        self._draining = ""
        self._switchboard = Switchboard(name, terms)
        self._gone: set[str] = set()  # watched peers that do not answer
        self._doors = [
            SipDoor(tables, self._agent(tables[0], identity), self._hear, reactor, chance, tls)
            for tables, tls in _grouped(settings, identity)
        ]

    def __len__(self) -> int:
        """Calls that are up, or ring."""
        return len(self._calls)

    @property
    def ports(self) -> tuple[int, ...]:
        """Where it listens, in the order of the settings, each once."""
        return tuple(door.contact_port for door in self._doors)

    @property
    def unreachable(self) -> str:
        """Why nobody can ring: all peers that are watched are gone; "" else."""
        if len(self._gone) < max(1, len(self._settings.options_to)):
            return ""
        return f"{', '.join(sorted(self._gone))} does not answer"

    def start(self) -> None:
        """Raises CannotListenError, `tls.Unusable`; then some doors may be open: `stop` it."""
        for door in self._doors:
            door.listen()
        for text in self._settings.options_to:
            target = read_uri(text)
            assert isinstance(target, SipUri), "the settings let nothing else through"
            self._doors[0].watch(target)

    def drain(self, reason: str) -> None:
        """No call is taken any more, and those that are up are ended."""
        self._draining = reason
        for call in tuple(self._calls.values()):
            call.give_up(reason)

    def refuse_new(self, reason: str) -> None:
        """No call is taken any more; those that are up go on."""
        self._draining = reason

    def stop(self) -> list[Any]:
        """Deferreds: the ports are free. Calls that are still up have ended."""
        for call in tuple(self._calls.values()):
            call.ended(self._draining or STOPPING)
        return [door.stop() for door in self._doors]

    # --- what the user agents tell ---------------------------------------------------------

    def _hear(self, door: SipDoor, effect: Effect) -> None:
        if self._switchboard.hear(door, effect):
            return
        match effect:
            case Incoming():
                self._incoming(door, effect)
            case Confirmed(call, description) if description:
                found = self._calls.get((door, call))
                if found is not None and (why := found.session.settle(description)):
                    found.give_up(f"the answer of the trunk is of no use: {why}")
            case Offered(call, description):
                if (found := self._calls.get((door, call))) is not None:
                    found.session.offered(description)
            case Reanswered(call, description) if description:
                found = self._calls.get((door, call))
                if found is not None and (why := found.session.reanswered(description)):
                    self.tally.fault = f"an answer that changes nothing: {why}"
            case Declined(_, status, text):  # a refresh: the session timer says when it is enough
                self.tally.fault = f"a call was not refreshed: {status} {text}"
            case Ended(call, cause):
                if (found := self._calls.get((door, call))) is not None:
                    found.ended(words(cause))
            case Message(call, request):
                found = self._calls.get((door, call))
                if found is not None and (said := text_of(request)):
                    found.wrote(said)
            case Located(call, pidf):
                if (found := self._calls.get((door, call))) is not None:
                    found.moved(pidf)
            case Rejected(remote, why, unsaid):
                self._rejected(remote, why, unsaid)
            case Unreachable(flow, text):
                self._gone.add(_host(flow))
                self.tally.fault = f"{flow} does not answer"
                self._told.reached(self.name, _host(flow), text, up=False)
            case Reachable(flow):
                self._gone.discard(_host(flow))
                self._told.reached(self.name, _host(flow), "", up=True)
            case _:
                pass  # what is told of a call that has just ended

    def _incoming(self, door: SipDoor, effect: Incoming) -> None:
        if self._draining or len(self._calls) >= self._settings.calls_max:
            why = self._draining or "all lines of the trunk are in use"
            self._refuse(door, effect, 503, why)
            return
        host = self._settings.media_host or effect.flow.local[0]
        session = Session(effect.call, self._terms, door, host, effect.flow.remote[0])
        try:
            if effect.sdp:
                session.answer(effect.sdp)
            else:
                session.offer()
        except NotTaken as refused:
            session.close()
            self._refuse(door, effect, refused.status, str(refused))
            return
        door.ring(effect.call)
        key = (door, effect.call)
        place = location_of(effect.request)
        circuit = Circuit(
            session, self.manners, self._terms.clock, self._rhythm,
            self._settings.no_packet_within, lambda: self._forget(key), place, self._reads,
        )  # fmt: skip
        ring = partial(self._switchboard.ring, door, host)
        kind = RttCall if session.kind == "rtt" else TrunkCall
        call: Carried = kind(circuit, self._door, ring)
        self._calls[key] = call
        self.tally.taken += 1
        if not call.ring(self.name, number_of(effect.request), place):
            self.tally.taken -= 1
            self._refused(effect.flow.remote, 503, "the gateway cannot take a call now", 0)
            session.refuse(503, "The gateway cannot take a call now")
            call.ended("")

    def _reads(self, pidf: bytes) -> Answer:
        return answered(pidf, self._terms.epoch + self._terms.clock.seconds())

    def _forget(self, key: tuple[SipDoor, CallId]) -> None:
        self._calls.pop(key, None)

    def _refuse(self, door: SipDoor, effect: Incoming, status: int, why: str) -> None:
        self._refused(effect.flow.remote, status, why, 0)
        door.refuse(effect.call, status, why)

    def _rejected(self, remote: Address, why: str, unsaid: int) -> None:
        """By the user agent, before there was a call."""
        self._refused(remote, 0, why, unsaid)

    def _refused(self, remote: Address, status: int, why: str, unsaid: int) -> None:
        self.tally.rejected += 1 + unsaid
        said = f"{status}: {why}" if status else why
        self.tally.fault = f"refused: {said}"
        self._told.rejected(self.name, remote[0], said, unsaid)

    def _agent(self, table: SipDoorSettings, identity: Identity) -> Settings:
        settings = self._settings
        host = settings.contact_host or table.host
        uri_host = f"[{host}]" if ":" in host else host
        return Settings(
            SipUri("sip", "", uri_host, table.port or free_port(table)),
            peers=tuple(settings.allowed_networks),
            accounts=identity.accounts,
            realm=settings.realm,
            login=identity.login,
            session=settings.session_timer,
            ping=settings.options_interval,
            # What ends owes its peer an answer for a while; the trunk itself counts those that are.
            calls_max=2 * settings.calls_max,
            retry_after=RETRY_AFTER_S,
        )


def words(cause: Cause) -> str:
    """What ended a call, for people."""
    if isinstance(cause.what, Why):
        return WORDS[cause.what]
    return f"the call was ended with {cause.what}"


def _grouped(
    settings: TrunkSettings, identity: Identity
) -> Iterator[tuple[list[SipDoorSettings], Tls | None]]:
    """The tables of each address, and its TLS."""
    groups: dict[tuple[str, int], tuple[list[SipDoorSettings], Tls | None]] = {}
    for place, table in enumerate(settings.listen):
        port = table.port or -1 - place  # a free one is another each time
        tables, tls = groups.get((table.host, port), ([], None))
        tls = (identity.tls or {}).get(place, tls)
        tls = replace(tls or Tls(), servers=identity.believed)
        groups[table.host, port] = ([*tables, table], tls)
    yield from groups.values()


def _host(flow: Flow) -> str:
    return flow.remote[0]
