"""Two user agents and what lies between them, in simulated time: no socket, no clock, no chance
but what a seed gives. All that either sends is read back by our own reader."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import TypeVar

from text911.sip.calls import CallId, Effect, Effects, Endpoint, Send
from text911.sip.flows import Address, Flow, Transport
from text911.sip.message import Request, Response
from text911.sip.reading import KeepAlive, Unreadable, read
from text911.sip.settings import Settings
from text911.sip.uri import NameAddr, SipUri

E = TypeVar("E", bound=Effect)
OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8\r\n"
)
ANSWER = OFFER.replace(b"0 8\r\n", b"0\r\n")
OTHER = OFFER.replace(b"4000", b"4002")
CALLER = NameAddr(SipUri("sip", "+18605550142", "192.0.2.2"), "A Caller")
SOS = SipUri("sip", "911", "192.0.2.1", 5060)


class Dice:
    """Chance that comes out the same every time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self, octets: int) -> str:
        return self._random.randbytes(octets).hex()


def settings(host: str, **changes: object) -> Settings:
    usual = Settings(SipUri("sip", "", host, 5060), peers=(ip_network("192.0.2.0/24"),), session=0)
    return replace(usual, **changes)  # type: ignore[arg-type]


def message(octets: bytes) -> Request | Response:
    """What somebody sent, as our reader reads it; never malformed."""
    found = read(octets)
    assert not isinstance(found, Unreadable | KeepAlive), found
    return found


def first_flow(effects: Effects) -> Flow:
    """Where the first of what goes out goes."""
    return next(one.flow for one in effects if isinstance(one, Send))


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls one message: when each of its copies arrives. None at all: it is lost."""

    delays: tuple[float, ...] = (0.01,)


class End:
    """One user agent, and all that it has told its user."""

    def __init__(self, host: str, seed: int, its: Settings) -> None:
        self.address: Address = (host, 5060)
        self.agent = Endpoint(its, Dice(seed))
        self.told: list[Effect] = []

    def of(self, kind: type[E]) -> list[E]:
        return [one for one in self.told if isinstance(one, kind)]


class Wire:
    """Carries what two ends send, as `fate` says, and wakes them when they want to be woken."""

    def __init__(
        self,
        ours: Settings | None = None,
        theirs: Settings | None = None,
        *,
        transport: Transport = "UDP",
        fate: Callable[[bytes], Fate] = lambda _: Fate(),
    ) -> None:
        self.now = 1_000.0
        self.gateway = End("192.0.2.1", 1, ours or settings("192.0.2.1"))
        self.trunk = End("192.0.2.2", 2, theirs or settings("192.0.2.2"))
        self.transport: Transport = transport
        self.fate = fate
        self.sent: list[tuple[str, Request | Response]] = []  # (host that sent it, what)
        self._under_way: list[tuple[float, int, End, bytes]] = []
        self._count = 0
        self.react: Callable[[End, Effect], Effects] = lambda _end, _effect: ()

    def other(self, end: End) -> End:
        return self.trunk if end is self.gateway else self.gateway

    def do(self, end: End, effects: Effects) -> None:
        """Carries out what an end asks for."""
        for effect in effects:
            if isinstance(effect, Send):
                self._send(end, effect)
            else:
                end.told.append(effect)
                self.do(end, self.react(end, effect))

    def _send(self, end: End, send: Send) -> None:
        assert send.flow.remote[0] == self.other(end).address[0], send
        found = read(send.octets, stream=self.transport != "UDP")
        if isinstance(found, Request | Response):
            self.sent.append((end.address[0], found))
        else:
            assert isinstance(found, KeepAlive), found
        for delay in self.fate(send.octets).delays:
            self._count += 1
            entry = (self.now + delay, self._count, self.other(end), send.octets)
            self._under_way.append(entry)
        self._under_way.sort(key=lambda one: one[:2])

    def flow_at(self, end: End) -> Flow:
        connection = 0 if self.transport == "UDP" else 7
        return Flow(self.transport, end.address, self.other(end).address, connection)

    def step(self, until: float) -> bool:
        """The next thing that happens, if anything does until then."""
        wakes = [
            (at, end)
            for end in (self.gateway, self.trunk)
            if (at := end.agent.wakes_at) is not None
        ]
        arrives = self._under_way[0][0] if self._under_way else None
        nearest = min((at for at, _ in wakes), default=None)
        moments = [at for at in (arrives, nearest) if at is not None]
        if not moments or min(moments) > until:
            self.now = max(self.now, until)
            return False
        self.now = max(self.now, min(moments))
        if arrives is not None and arrives == min(moments):
            _, _, end, octets = self._under_way.pop(0)
            self.do(end, end.agent.received(octets, self.flow_at(end), self.now))
        else:
            for at, end in wakes:
                if at <= self.now:
                    self.do(end, end.agent.tick(self.now))
        return True

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(200_000):
            if not self.step(until):
                return
        raise AssertionError("it never comes to rest")

    def statuses(self, host: str, method: str) -> list[int]:
        """What an end answered to a method, in order, without 100."""
        return [
            one.status
            for who, one in self.sent
            if who == host
            and isinstance(one, Response)
            and (one.value("CSeq") or "").endswith(f" {method}")
            and one.status > 100
        ]

    def requests(self, host: str) -> list[str]:
        return [one.method for who, one in self.sent if who == host and isinstance(one, Request)]

    def call(self, **more: object) -> CallId:
        """The trunk rings the gateway."""
        call, effects = self.trunk.agent.invite(SOS, CALLER, OFFER, self.now, **more)  # type: ignore[arg-type]
        self.do(self.trunk, effects)
        return call
