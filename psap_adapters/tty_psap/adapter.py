"""A PSAP that has only a TTY, alive: one user agent, one call for each dialogue that is offered.

The shell around `leg`: it moves effects, sound and reports, and arms one timer. It decides nothing
about a dialogue.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import CannotListenError

from ...sip.clock import Due
from ...sip.courier import Courier
from ...sip.effects import (
    Answered,
    CallId,
    Confirmed,
    Effect,
    Ended,
    Incoming,
    Offered,
    Progress,
    Reachable,
    Reanswered,
    Refused,
    Rejected,
    Unreachable,
)
from ...sip.offer import Ours, Unusable
from ...sip.ports import Beat, NoPort, Pair, PortRange
from ...sip.rtp_session import Origin
from ...sip.sdes import fresh
from ...sip.sockets import Alarm
from ...sip.tls import Tls
from ...tty.demod.choosing import receiver
from ...tty.line import Line
from ...tty.modulator import Modulator
from ...tty.receiving import Receiver
from ...tty.turns import Policy
from .. import port
from . import refusals
from .agent import Agent
from .call import Call
from .leg import TtyLeg
from .outputs import HangUp, Output, Phase, Tell
from .settings import TtyPsapSettings

SLOW = "it can be rung; its receiver is still being made ready"
NOT_US = 403  # a call to us: who is here only calls
# What may be answered to a call because there is a location in it: by the book 413, 415, 424, 513
# (RFC 3261, 21; 6442, 4.3); by those who cannot read it anything that is said of no person.
NOT_READ = frozenset({400, 406, 413, 415, 420, 424, 488, 493, 500, 501, 513, 606})
OfCall = Progress | Answered | Refused | Offered | Confirmed | Reanswered | Ended


class Ports(Protocol):
    """As `sip.ports.PortRange`."""

    def open(self, host: str) -> Pair: ...


class TtyPsap:
    """Is the `port.Psap` of this PSAP. `password`: what `settings.password` leads to. `utc`: UTC
    seconds. `prepare` makes receivers ready as machine code, beside the loop, and then calls what
    it is given, in the loop; until then calls are heard by slow ones. `rejected` hears of whom the
    user agent has turned away: the PSAP, the address, why, and how many more were not told.
    `receivers` instead gives an ear for a call; `ports` those for its sound. `courier` sends tones
    while the loop stands; None: they are sent from the loop. `tls`: what we show and believe over
    TLS."""

    def __init__(
        self,
        psap: str,
        settings: TtyPsapSettings,
        password: str,
        reactor: Any,
        utc: Callable[[], float],
        prepare: Callable[[Callable[[], None]], None],
        rejected: Callable[[str, str, str, int], None],
        receivers: Callable[[], Receiver] | None = None,
        ports: Ports | None = None,
        courier: Courier | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.psap = psap
        self._settings = settings
        self._reactor = reactor
        self._courier = courier
        self._utc = utc
        self._prepare = prepare
        self._rejected = rejected
        self._receivers = receivers
        self._agent = Agent(settings, password, tls or Tls(), reactor, self._told)
        self._ports = PortRange(reactor, *settings.rtp_ports) if ports is None else ports
        self._beat = Beat(reactor, self._due)
        self._beating = False
        self._alarm = Alarm(reactor, self._wake)
        self._report: Callable[[port.Report, bytes], None] | None = None
        self._calls: dict[CallId, Call] = {}
        self._by_leg: dict[port.Leg, Call] = {}
        self._outputs: deque[tuple[Call, Output]] = deque()
        self._carrying = False
        self._down = ""  # why nobody can be rung
        self._unproven = ""  # what is to be put right before its exchange takes a call; it is tried
        self._said: port.Availability | None = None

    # --- port.Psap ---------------------------------------------------------------------------

    def start(self, report: Callable[[port.Report, bytes], None]) -> None:
        self._report = report
        if self._receivers is None:
            self._prepare(self._prepared)
        try:
            self._agent.start()
        except CannotListenError as cause:
            self._down = f"its SIP port cannot be opened: {cause.socketError}"
        self._available()

    def offer(self, offer: port.Offer) -> None:
        """A leg that is here already is renewed: it gets what it has not seen."""
        now = self._now
        call = self._by_leg.get(offer.leg)
        if call is not None:
            for item in offer.items:
                self._carry(call, call.leg.give(item, now))
            return
        refusal = self._refusal() if not offer.answered_by else self._busy()
        if refusal:
            self._say(port.Refused(offer.leg, refusal))
            return
        self._ring(offer, now)

    def give(self, leg: port.Leg, item: port.Item) -> None:
        if (call := self._by_leg.get(leg)) is not None:
            self._carry(call, call.leg.give(item, self._now))

    def update(self, leg: port.Leg, change: port.Change) -> None:
        if (call := self._by_leg.get(leg)) is not None:
            self._carry(call, call.leg.update(change, self._now))

    def withdraw(self, leg: port.Leg, reason: str) -> None:
        self.end(leg, reason)

    def end(self, leg: port.Leg, reason: str) -> None:
        if (call := self._by_leg.get(leg)) is not None:
            self._carry(call, call.leg.close(reason, self._now))

    def blocks(self, active: tuple[port.Block, ...], trouble: str = "") -> None:
        """Nothing: nobody blocks a caller from a TTY."""

    def stop(self) -> None:
        """No report any more, and all calls are hung up: after a restart they are made again."""
        self._report = None
        for number, call in list(self._calls.items()):
            self._agent.hang_up(number, "the gateway stops")
            self._forget(call)
        self._alarm.stop()
        self._agent.stop()

    def replace(self, settings: TtyPsapSettings) -> None:
        """For calls from now on. Addresses and ports stay until a restart."""
        self._settings = settings
        self._available()

    def _prepared(self) -> None:
        self._receivers = receiver
        self._available()

    # --- what can be rung --------------------------------------------------------------------

    @property
    def _now(self) -> float:
        seconds: float = self._reactor.seconds()
        return seconds

    def _refusal(self) -> str:
        if self._settings.suspended:
            return f"suspended: {self._settings.suspended}"
        return self._down or self._busy()

    def _busy(self) -> str:
        lines = self._settings.lines
        if len(self._calls) < lines:
            return ""
        return "its line is busy with another call" if lines == 1 else f"all {lines} lines are busy"

    def _available(self) -> None:
        """Whether a dialogue could be rung there now. Somebody is taken to be at a TTY that is."""
        refusal = self._refusal()
        words = refusal or self._unproven or ("" if self._receivers else SLOW)
        now = port.Availability(self.psap, not refusal, int(not refusal), 0, words)
        if now != self._said:
            self._said = now
            self._say(now)

    def _ring(self, offer: port.Offer, now: float) -> None:
        settings = self._settings
        host = settings.media_host or settings.host
        try:
            pair = self._ports.open(host)
        except NoPort as cause:
            self._say(port.Refused(offer.leg, f"{cause}"))
            return
        key = fresh(secrets.token_bytes) if settings.srtp else ""
        ours = Ours(host, secrets.randbits(31), 1, pair.port, 0, key)
        leg = TtyLeg(offer, settings.terms(), f"tty-{secrets.token_hex(6)}", now)
        call = Call(
            offer, leg, pair, ours, settings.location, self._reactor, self._courier, self._carry
        )
        self._by_leg[offer.leg] = call
        self._dial(call)
        self._alarm.set(self._wakes_at)

    def _dial(self, call: Call) -> None:
        def begun(number: CallId) -> None:
            call.number = number
            self._calls[number] = call
            self._available()

        self._agent.invite(call.offer, call.description, call.located, begun)

    # --- effects -----------------------------------------------------------------------------

    def _told(self, effect: Effect) -> None:
        match effect:
            case Unreachable(text=text):
                self._down = f"its exchange does not answer ({text})"
                self._available()
            case Reachable():
                self._down = ""
                self._available()
            case Incoming(call=number, flow=flow):
                self._agent.refuse(number, NOT_US, "")
                self._rejected(self.psap, flow.remote[0], "a call to us, who only call there", 0)
            case Rejected(remote=remote, why=why, unsaid=unsaid):
                self._rejected(self.psap, remote[0], why, unsaid)
            case (
                Progress(call=number)
                | Answered(call=number)
                | Refused(call=number)
                | Offered(call=number)
                | Confirmed(call=number)
                | Reanswered(call=number)
                | Ended(call=number)
            ):
                call = self._calls.get(number)
                if call is not None:
                    self._of_call(call, effect)
            case _:
                pass  # what no verb of ours asks for; and a refresh that was declined: the call
                # goes on, and the session timer knows when it is enough

    def _of_call(self, call: Call, effect: OfCall) -> None:
        now = self._now
        match effect:
            case Progress(status=status):
                if status > 100:
                    self._unproven = ""
                    self._carry(call, call.leg.rings(now))
            case Answered(sdp=octets):
                self._unproven = ""
                self._picked_up(call, octets, now)
            case Offered(sdp=octets):
                if said := call.offered(octets):
                    self._agent.answer_offer(call.number, said)
                else:
                    self._agent.refuse(call.number, 488, "")
            case Confirmed(sdp=octets) | Reanswered(sdp=octets):
                call.reanswered(octets)
            case Refused(status=status) if call.located and status in NOT_READ:
                del self._calls[call.number]
                call.located = False
                self._dial(call)
            case Refused(unproven=unproven):
                why = refusals.of_refused(effect, self.psap)
                self._unproven = why if unproven is not None else ""
                self._forget(call)
                self._carry(call, call.leg.failed(why))
            case Ended():
                self._forget(call)
                self._carry(call, call.leg.hung_up(refusals.of_ended(effect), now))

    def _picked_up(self, call: Call, octets: bytes, now: float) -> None:
        """Its sound begins, unless what they answered is none that carries tones."""
        agreed = call.settle(octets)
        if isinstance(agreed, Unusable):
            self._carry(call, call.leg.failed(f"no sound could be agreed: {agreed.why}"))
            self._drop(call, "no sound could be agreed")
            return
        settings = self._settings
        name = f"{secrets.token_hex(6)}@{settings.contact_host or settings.host}"
        origin = Origin.drawn(secrets.token_bytes, name, self._utc() - now)
        call.begin(agreed, origin, frozenset({self._agent.peer}), settings.no_packet_within)
        modulator = Modulator(settings.pace(), settings.level, careful=settings.careful)
        policy = Policy(probe="", no_voice=settings.no_voice)
        ear = receiver(fast=False) if self._receivers is None else self._receivers()
        line = Line(ear, modulator, policy, now, falls_back=settings.falls_back)
        if not self._beating:
            self._beating = True
            self._beat.start()
        self._carry(call, call.leg.picked_up(line, now))

    # --- carrying out ------------------------------------------------------------------------

    def _carry(self, call: Call, outputs: list[Output]) -> None:
        """In order, also when a report makes the gateway call a verb before it returns."""
        self._outputs.extend((call, one) for one in outputs)
        if self._carrying:
            self._clear(call)
            return  # further out in this very call
        self._carrying = True
        try:
            while self._outputs:
                one, output = self._outputs.popleft()
                match output:
                    case Tell(report, raw):
                        self._say(report, raw)
                    case HangUp(reason):
                        self._drop(one, reason)
        finally:
            self._carrying = False
        self._clear(call)
        self._alarm.set(self._wakes_at)

    def _say(self, report: port.Report, raw: bytes = b"") -> None:
        if self._report is not None:
            self._report(report, raw)

    def _drop(self, call: Call, reason: str) -> None:
        if self._calls.get(call.number) is call:
            self._forget(call)
            self._agent.hang_up(call.number, reason)

    def _forget(self, call: Call) -> None:
        """Its line is free. The leg stays while the gateway has not recorded how it ended."""
        call.close()
        if self._calls.pop(call.number, None) is not None:
            self._available()
        if self._beating and not any(one.has_sound for one in self._calls.values()):
            self._beating = False
            self._beat.stop()

    def _clear(self, call: Call) -> None:
        if call.leg.phase is Phase.OVER and self._by_leg.get(call.leg.leg) is call:
            del self._by_leg[call.leg.leg]

    # --- time --------------------------------------------------------------------------------

    def _due(self, due: Due) -> None:
        for call in list(self._calls.values()):
            if call.beat(due):
                why = f"no sound came for {self._settings.no_packet_within:g} s"
                self._drop(call, why)
                self._carry(call, call.leg.hung_up(why, self._now))

    @property
    def _wakes_at(self) -> float | None:
        times = [call.leg.wakes_at for call in self._by_leg.values()]
        return min((at for at in times if at is not None), default=None)

    def _wake(self) -> None:
        for call in list(self._by_leg.values()):
            self._carry(call, call.leg.tick(self._now))
        self._alarm.set(self._wakes_at)
