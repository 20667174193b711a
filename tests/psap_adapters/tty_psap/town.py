"""An adapter on a network in memory, and the exchange of its PSAP with a TTY behind it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import numpy as np

from tests.gateway.edges.lines.exchange import HERE, THERE, Ports
from tests.sip.net import Net
from tests.tty.clean_receiver import CleanReceiver
from text911.psap_adapters import port
from text911.psap_adapters.tty_psap.adapter import TtyPsap
from text911.psap_adapters.tty_psap.settings import TtyPsapSettings
from text911.sip import sdp
from text911.sip.calls import CallId, Effect, Ended, Endpoint, Incoming
from text911.sip.g711 import Law, decode, encode
from text911.sip.offer import Answer, Ours, answer
from text911.sip.rtp import Packet
from text911.sip.rtp import read as read_rtp
from text911.sip.rtp import write as write_rtp
from text911.sip.settings import Account, Settings, Timing
from text911.sip.transport import Wires
from text911.sip.uri import NameAddr, SipUri
from text911.tty.line import Line
from text911.tty.modulator import FRAME, Modulator
from text911.tty.pace import Pace
from text911.tty.turn_table import Typed
from text911.tty.turns import Policy

from .stage import LEG, caller, offered

TICK = 0.02
SOUND = 30_000  # the port of its sound
HEARD = np.zeros(FRAME, np.bool_)


class Chance:
    def token(self, octets: int) -> str:
        return secrets.token_hex(octets)


class Exchange:
    """Rings a TTY. `refuses`: every call with that status. `mute`: no packet goes out. `wants`: who
    calls must log in so."""

    def __init__(self, net: Net, wants: tuple[Account, ...] = ()) -> None:
        self.net = net
        settings = Settings(
            SipUri("sip", "8605550199", THERE, 5060),
            peers=(ip_network("192.0.2.0/24"),),
            accounts=wants,
            timing=Timing(),
        )
        self.agent = Endpoint(settings, Chance())
        self.wires = Wires(self.agent, settings, self.told, net)
        self.wires.listen_udp(THERE, 5060)
        net.listenUDP(SOUND, self, THERE, 0)
        self.refuses = 0
        self.answers = True
        self.mute = False
        self.description = ""  # said instead of an answer
        self.invites: list[Any] = []
        self.effects: list[Effect] = []
        self.call: CallId | None = None
        self.to: tuple[str, int] = ("", 0)
        self.line: Line | None = None
        self.paper = ""
        self._sequence = 0

    def told(self, effect: Effect) -> None:
        self.effects.append(effect)
        now = self.net.seconds()
        if isinstance(effect, Incoming):
            self.invites.append(effect.request)
            if self.refuses:
                self.wires.carry(self.agent.refuse(effect.call, self.refuses, "", now))
                return
            self.wires.carry(self.agent.ring(effect.call, now))
            if self.answers:
                self.take(effect)
        elif isinstance(effect, Ended):
            self.call = self.line = None

    def take(self, effect: Incoming) -> None:
        now = self.net.seconds()
        theirs = sdp.read(effect.sdp)
        said = answer(theirs, Ours(THERE, 1, 1, SOUND, 0))
        assert isinstance(said, Answer)
        self.call, self.to = effect.call, (theirs.host(theirs.media[0]), theirs.media[0].port)
        self.line = Line(CleanReceiver(), Modulator(Pace()), Policy(probe=""), now)
        octets = self.description.encode() or sdp.write(said.session)
        self.wires.carry(self.agent.accept(effect.call, octets, now))

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if self.line is not None:
            samples = decode(read_rtp(datagram).payload, Law.PCMU)
            self.print(self.line.hear(samples, HEARD, self.net.seconds()))

    def beat(self) -> None:
        if self.line is None:
            return
        frame, events = self.line.frame(self.net.seconds())
        self.print(events)
        self._sequence += 1
        if not self.mute:
            octets = encode(frame.samples, Law.PCMU)
            packet = Packet(0, self._sequence, self._sequence * FRAME, 7, octets, False)
            self.net.deliver(write_rtp(packet), (THERE, SOUND), self.to)

    def print(self, events: tuple[object, ...]) -> None:
        for one in events:
            if isinstance(one, Typed) and not one.echo:
                self.paper += one.character.reading

    def types(self, text: str) -> None:
        assert self.line is not None
        self.print(self.line.write(secrets.token_hex(4), text, self.net.seconds()))

    def offers(self, description: str) -> None:
        assert self.call is not None
        self.wires.carry(self.agent.reinvite(self.call, description.encode(), self.net.seconds()))

    def calls_us(self) -> None:
        us, them = SipUri("sip", "text911", HERE, 5070), SipUri("sip", "8605550199", THERE)
        octets = (
            f"v=0\r\no=- 1 1 IN IP4 {THERE}\r\ns=-\r\nc=IN IP4 {THERE}\r\nt=0 0\r\n"
            f"m=audio {SOUND} RTP/AVP 0\r\n"
        )
        _, effects = self.agent.invite(us, NameAddr(them), octets.encode(), self.net.seconds())
        self.wires.carry(effects)

    def hangs_up(self) -> None:
        assert self.call is not None
        self.wires.carry(self.agent.hang_up(self.call, "", self.net.seconds()))
        self.line = None

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.effects if isinstance(one, kind)]


class Town:
    def __init__(
        self,
        *,
        listening: bool = True,
        is_fast: bool = True,
        wants: tuple[Account, ...] = (),
        **keys: Any,
    ) -> None:
        self.net = Net()
        self.prepared: list[Callable[[], None]] = []
        self.rejected: list[tuple[str, str, str, int]] = []
        self.exchange = Exchange(self.net, wants) if listening else None
        settings = {
            "uri": f"sip:8605550199@{THERE}", "host": HERE, "lines": 1, "tones_within": 5.0,
            "after_sksk": 2.0, "options_interval": 0, **keys,
        }  # fmt: skip
        self.settings = TtyPsapSettings.model_validate(settings)
        self.ports = Ports(self.net, *self.settings.rtp_ports)
        self.psap = TtyPsap(
            LEG.psap, self.settings, "hush", self.net, lambda: 1e9, self.prepared.append,
            self.rejects, CleanReceiver if is_fast else None,
            self.ports,
        )  # fmt: skip
        self.told: list[port.Report] = []
        self.psap.start(lambda report, _: self.told.append(report))
        self.run(0.1)

    def rejects(self, psap: str, peer: str, words: str, unsaid: int) -> None:
        self.rejected.append((psap, peer, words, unsaid))

    @property
    def there(self) -> Exchange:
        assert self.exchange is not None
        return self.exchange

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            if self.exchange is not None:
                self.exchange.beat()
            self.net.advance(TICK)
            self.net.advance(0)

    def until(self, what: str, found: Any, within: float = 60.0) -> None:
        for _ in range(round(within / TICK)):
            if found():
                return
            self.run(TICK)
        paper = "" if self.exchange is None else self.exchange.paper
        raise AssertionError(f"{what}: not within {within:g} s; {self.told}; {paper!r}")

    def reports(self, kind: type, count: int = 1, within: float = 60.0) -> None:
        self.until(kind.__name__, lambda: len(self.of(kind)) >= count, within)

    def reads(self, text: str) -> None:
        self.until(f"{text!r} on the paper", lambda: text in self.there.paper)

    def answered(self) -> None:
        self.psap.offer(offered(caller(1, "fire")))
        self.reads("GA")
        self.there.types("911 GA")
        self.reads("FIRE GA")
        self.reports(port.Shown)


__all__ = ["HERE", "THERE", "Town"]
