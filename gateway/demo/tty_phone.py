"""A caller with a TTY: rings the gateway's telephone line, types in turns, reads what comes back.

It rings for real, over SIP and RTP on this machine, with a modem of its own at its end of the line.
What it typed and what it printed is kept for the check.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from ...sip import offering, sdp
from ...sip.calls import Answered, CallId, Effect, Ended, Endpoint, Offered, Refused
from ...sip.clock import Due
from ...sip.media import AudioStream
from ...sip.offer import Ours, Unusable
from ...sip.ports import Beat, PortRange
from ...sip.rtp_session import Origin
from ...sip.settings import Settings
from ...sip.sockets import SystemChance
from ...sip.source import Address
from ...sip.transport import Wires
from ...sip.uri import NameAddr, SipUri
from ...sip.ways import AudioWay
from ...tty.demod.choosing import receiver
from ...tty.line import Line, LineEvent
from ...tty.modulator import Modulator
from ...tty.pace import Pace
from ...tty.spelling import spell
from ...tty.turn_table import Changed, State, Typed
from ...tty.turns import Policy

HOST = "127.0.0.1"
RTP_PORTS = (29_150, 29_189)
FIRST_WORDS_AFTER = 1.0  # seconds: the gateway types by itself to who is silent for three

Reply = Callable[[str], str | None]


class TtyPhone:
    """One call. `first`: what is typed when somebody answers. `reply`: what is answered to what was
    printed since; None: nothing more to say. Both are spelled for a TTY, and end with GA."""

    def __init__(self, reactor: Any, trunk: Address, number: str, first: str, reply: Reply) -> None:
        self.number = number
        self.typed: list[str] = []  # in turn, as they went out
        self.printed = ""
        self.over = ""  # why it is
        self._reactor = reactor
        self._trunk = trunk
        self._first = first
        self._reply = reply
        self._read = 0  # characters of `printed` that were answered
        self._call: CallId | None = None
        self._line: Line | None = None
        self._way: AudioWay | None = None
        self._begins_at = 0.0
        self._beat = Beat(reactor, self._due)
        self._pair = PortRange(reactor, *RTP_PORTS).open(HOST)
        settings = Settings(
            SipUri("sip", number, HOST, _free_port()), peers=(ip_network("127.0.0.0/8"),), session=0
        )
        self._here = settings.contact
        self._endpoint = Endpoint(settings, SystemChance())
        self._wires = Wires(self._endpoint, settings, self._told, reactor)
        ours = Ours(HOST, secrets.randbits(31), 1, self._pair.port, 0)
        self._description = offering.offer(ours)

    def ring(self) -> None:
        """Raises CannotListenError."""
        assert self._here.port is not None
        self._wires.listen_udp(HOST, self._here.port)
        target = SipUri("sip", "sos", *self._trunk)
        caller = NameAddr(self._here, "")
        headers = (("P-Asserted-Identity", f"<tel:{self.number}>"),)
        self._call, effects = self._endpoint.invite(
            target, caller, sdp.write(self._description), self._reactor.seconds(), headers
        )
        self._wires.carry(effects)

    def hang_up(self) -> None:
        """If it is not over."""
        if self._call is not None and not self.over:
            self._wires.carry(self._endpoint.hang_up(self._call, "", self._reactor.seconds()))

    # --- signalling --------------------------------------------------------------------------

    def _told(self, effect: Effect) -> None:
        match effect:
            case Answered(sdp=octets):
                self._picked_up(octets)
            case Offered(call=call):
                self._wires.carry(
                    self._endpoint.refuse(call, 488, "Not Here", self._reactor.seconds())
                )
            case Refused(text=why):
                self._end(f"it was not taken: {effect.status} {why}")
            case Ended(cause=cause):
                self._end(str(cause.what))
            case _:
                pass  # that it rings, and that we said what we said

    def _picked_up(self, octets: bytes) -> None:
        agreed = offering.judge(self._description, sdp.read(octets))
        if isinstance(agreed, Unusable):
            self._end(agreed.why)
            return
        now = self._reactor.seconds()
        origin = Origin.drawn(secrets.token_bytes, f"tty@{HOST}")
        stream = AudioStream(agreed[0], origin, frozenset({HOST}), now)
        self._way = AudioWay(self._pair, stream, self._reactor)
        self._line = Line(receiver(fast=False), Modulator(Pace()), Policy(probe=""), now)
        self._begins_at = now + FIRST_WORDS_AFTER
        self._beat.start()

    def _end(self, why: str) -> None:
        self.over = why
        self._beat.stop()
        if self._line is not None:
            self._hear(self._line.over(self._reactor.seconds()))
        if self._way is not None:
            self._way.close(self._reactor.seconds())
        self._line = self._way = None
        self._pair.close()
        self._wires.stop()

    # --- sound -------------------------------------------------------------------------------

    def _due(self, due: Due) -> None:
        line, way = self._line, self._way
        if line is None or way is None:
            return
        now = self._reactor.seconds()
        for chunk in way.take(now):
            self._hear(line.hear(chunk.samples, chunk.lost, now))
        if self._begins_at and now >= self._begins_at:
            self._begins_at = 0.0
            self._type(line, self._first, now)
        way.ahead.passes(due)
        self._hear(line.beat(way.ahead, now))
        way.tend(now)

    # --- the conversation --------------------------------------------------------------------

    def _hear(self, events: tuple[LineEvent, ...]) -> None:
        for event in events:
            match event:
                case Typed(character, echo=False):
                    self.printed += character.reading
                case Changed(State.OURS) if self._line is not None:
                    self._answer(self._line)
                case _:
                    pass

    def _answer(self, line: Line) -> None:
        """Our turn: to what was printed since the last one."""
        said, self._read = self.printed[self._read :], len(self.printed)
        if said.strip() and (words := self._reply(said)) is not None:
            self._type(line, words, self._reactor.seconds())

    def _type(self, line: Line, words: str, now: float) -> None:
        text = spell(words, ends_turns=True).text
        self.typed.append(text)
        self._hear(line.write(f"{len(self.typed)}", text, now))


def _free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
