"""A PSAP's TTY at the end of a telephone line: rings, is picked up, types and prints, over real
sockets on the loopback, in a thread of its own. What it hears is read by a receiver that is not the
product's.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from ipaddress import ip_network
from types import TracebackType
from typing import Any, Self

import numpy as np
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from load_tests.gateway import ROOT, Gateway
from load_tests.processes import free_ports, until
from tests.tty.clean_receiver import CleanReceiver
from text911.sip import sdp
from text911.sip.calls import CallId, Effect, Ended, Endpoint, Flow, Incoming
from text911.sip.clock import FRAME, Due
from text911.sip.jitter import Heard
from text911.sip.media import AudioStream
from text911.sip.offer import Answer, Ours, answer
from text911.sip.ports import Beat, Pair, PortRange
from text911.sip.rtp_session import Origin
from text911.sip.settings import Settings
from text911.sip.transport import Wires
from text911.sip.uri import SipUri
from text911.tty.line import Line, LineEvent
from text911.tty.modulator import Modulator
from text911.tty.pace import Pace
from text911.tty.turn_table import Typed
from text911.tty.turns import Policy

from .sipp import HOST, Pcap

SEE_WITHIN = 60.0  # s; a line of words takes ten
CLOSE_WITHIN = 10.0  # s
MADE_WITHIN = 300  # s, where nothing was made before
NOTHING_LOST = np.zeros(FRAME, np.bool_)


def make_receivers() -> None:
    """Machine code, made once for an installation; the gateway would make it at its leisure."""
    program = "from text911.gateway.edges.lines.preparing import make; make()"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=MADE_WITHIN)


def is_ready(gateway: Gateway, psap: str) -> bool:
    """Whether this PSAP can be rung, and is heard by fast receivers."""
    (found,) = (one for one in gateway.status()["psaps"] if one["name"] == psap)
    return not found["reason"]


class Chance:
    def token(self, octets: int) -> str:
        return secrets.token_hex(octets)


class _Call:
    """The sound of one call, as `ports.Ear`."""

    def __init__(
        self, desk: Desk, pair: Pair, stream: AudioStream, port: int, line: Line | None
    ) -> None:
        self.pair, self.stream, self.line, self._desk = pair, stream, line, desk
        self._port = port
        pair.hear(self)

    def received(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._desk.noted(datagram, address, self._port)
        now = self._desk.seconds()
        self._hear(self.stream.received(datagram, address, now), now)

    def _hear(self, chunks: list[Heard], now: float) -> None:
        for chunk in chunks:
            if self.line is not None:
                self._desk.print(self.line.hear(chunk.samples, chunk.lost, now))

    def received_rtcp(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._desk.noted(datagram, address, self._port + 1)

    def beat(self, due: Due) -> None:
        now = self._desk.seconds()
        self._hear(self.stream.take(now), now)
        self.stream.skip(due.skipped)
        for _ in range(due.frames):
            samples = np.zeros(FRAME, np.int16)
            if self.line is not None:
                frame, events = self.line.frame(now)
                self._desk.print(events)
                samples = frame.samples
            octets = self.stream.send(samples, now)
            if octets is not None and self.stream.peer is not None:
                self.pair.send(octets, self.stream.peer)


class Desk:
    """A context. `tty` False: a telephone without one, whose owner says nothing. `answers` False:
    it rings for ever."""

    def __init__(self, *, tty: bool = True, answers: bool = True, pcap: Pcap | None = None) -> None:
        self._tty, self._answers, self._pcap = tty, answers, pcap
        self._loop = asyncio.new_event_loop()
        self._reactor: Any = AsyncioSelectorReactor(self._loop)
        self._thread = threading.Thread(target=self._run, name="tty desk")
        self.port = free_ports(1)[0]
        settings = Settings(
            SipUri("sip", "8605550199", HOST, self.port), peers=(ip_network("127.0.0.0/8"),)
        )
        self._agent = Endpoint(settings, Chance())
        self._wires = _Noting(self, self._agent, settings, self._told, self._reactor)
        self._ports = PortRange(self._reactor, 24_000, 24_399)
        self._beat = Beat(self._reactor, self._due)
        self._calls: dict[CallId, _Call] = {}
        self._ringing: list[Incoming] = []
        self.rtp_ports: set[int] = set()
        self.paper = ""
        self.invites: list[Any] = []
        self.ended: list[str] = []
        self.failed: list[BaseException] = []

    # --- for the test ------------------------------------------------------------------------

    @property
    def uri(self) -> str:
        return f"sip:8605550199@{HOST}:{self.port}"

    def types(self, text: str) -> None:
        self._reactor.callFromThread(self._type, text)

    def hangs_up(self) -> None:
        self._reactor.callFromThread(self._hang_up)

    def reads(self, text: str, within: float = SEE_WITHIN) -> None:
        self.see(f"{text!r} on the paper", lambda: text in self.paper, within)

    def see(self, what: str, look: Callable[[], Any], within: float = SEE_WITHIN) -> None:
        """Raises TimeoutError with what is on the paper instead."""
        try:
            until(what, look, within)
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {within:g} s; paper {self.paper!r}") from None
        assert not self.failed, self.failed

    @property
    def lines(self) -> list[str]:
        return [one for one in self.paper.replace("\r", "").split("\n") if one]

    # --- in the thread -----------------------------------------------------------------------

    def seconds(self) -> float:
        return float(self._reactor.seconds())

    def noted(self, octets: bytes, source: tuple[str, int], port: int) -> None:
        if self._pcap is not None:
            self._pcap.add(octets, source, (HOST, port))

    def print(self, events: tuple[LineEvent, ...]) -> None:
        for one in events:
            if isinstance(one, Typed) and not one.echo:
                self.paper += one.character.reading

    def _told(self, effect: Effect) -> None:
        try:
            if isinstance(effect, Incoming):
                self.invites.append(effect.request)
                self._wires.carry(self._agent.ring(effect.call, self.seconds()))
                if self._answers:
                    self._pick_up(effect)
            elif isinstance(effect, Ended):
                self.ended.append(effect.cause.text or str(effect.cause.what))
                call = self._calls.pop(effect.call, None)
                if call is not None:
                    call.pair.close()
        except BaseException as cause:
            self.failed.append(cause)
            raise

    def _pick_up(self, ringing: Incoming) -> None:
        now = self.seconds()
        pair = self._ports.open(HOST)
        self.rtp_ports.add(pair.port)
        said = answer(sdp.read(ringing.sdp), Ours(HOST, 1, 1, pair.port, 0))
        assert isinstance(said, Answer)
        origin = Origin(secrets.randbits(32), 7, 11, "desk@127.0.0.1", 0.4)
        stream = AudioStream(said.agreed[0], origin, frozenset({HOST}), now)
        line = None
        if self._tty:
            line = Line(CleanReceiver(), Modulator(Pace()), Policy(probe=""), now)
        self._calls[ringing.call] = _Call(self, pair, stream, pair.port, line)
        self._wires.carry(self._agent.accept(ringing.call, sdp.write(said.session), now))

    def _type(self, text: str) -> None:
        for call in self._calls.values():
            if call.line is not None:
                self.print(call.line.write(secrets.token_hex(4), text, self.seconds()))

    def _hang_up(self) -> None:
        for number in list(self._calls):
            self._wires.carry(self._agent.hang_up(number, "", self.seconds()))

    def _due(self, due: Due) -> None:
        for call in list(self._calls.values()):
            call.beat(due)

    def _run(self) -> None:
        self._wires.listen_udp(HOST, self.port)
        self._beat.start()
        self._reactor.run(installSignalHandlers=False)
        self._loop.close()

    def _stop(self) -> None:
        self._beat.stop()
        for call in self._calls.values():
            call.pair.close()
        self._wires.stop().addCallback(lambda _: self._reactor.stop())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._reactor.callFromThread(self._stop)
        self._thread.join(CLOSE_WITHIN)
        assert not self._thread.is_alive()


class _Noting(Wires):
    """Keeps what comes in over SIP."""

    def __init__(self, desk: Desk, *what: Any) -> None:
        super().__init__(*what)
        self._desk = desk

    def _heard(self, octets: bytes, flow: Flow) -> None:
        self._desk.noted(octets, flow.remote, self._desk.port)
        super()._heard(octets, flow)
