"""A trunk on a network in memory, a gateway that writes down what it is told, and a caller whose
messages are strings."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

import numpy as np

from tests.sip.net import Net
from tests.tty.clean_receiver import CleanReceiver
from text911.gateway.edges.lines.circuit import Manners
from text911.gateway.edges.lines.ears import Lost, Samples
from text911.gateway.edges.lines.rhythm import Rhythm
from text911.gateway.edges.lines.session import Terms
from text911.gateway.edges.lines.settings import TtySettings
from text911.gateway.edges.lines.trunk import Identity, Trunk
from text911.gateway.edges.lines.trunk_settings import TrunkSettings
from text911.sip.g711 import Law, decode, encode
from text911.sip.ports import Ear, NoPort, Pair
from text911.tty.pace import Pace
from text911.tty.receiving import Event
from text911.tty.recording import recording
from text911.tty.transcript import transcript
from text911.tty.turns import Policy

from .swept import SlowSweep

HERE, THERE, PORT = "192.0.2.1", "192.0.2.9", 5060
TICK = 0.02


class Clean:
    """A bank of receivers for clean audio."""

    def __init__(self) -> None:
        self.ears: dict[int, CleanReceiver] = {}
        self.pushes: list[list[int]] = []
        self.says: tuple[Event, ...] = ()  # of every call, with the next frame
        self._ids = itertools.count(1)

    def add(self) -> int:
        one = next(self._ids)
        self.ears[one] = CleanReceiver()
        return one

    def remove(self, one: int, /) -> None:
        del self.ears[one]

    def push(
        self, ids: Sequence[int], samples: Samples, lost: Lost, /
    ) -> Mapping[int, tuple[Event, ...]]:
        self.pushes.append(list(ids))
        said, self.says = self.says, ()
        return {
            one: said + self.ears[one].push(samples[at], lost[at]) for at, one in enumerate(ids)
        }


class News:
    """What operators are told."""

    def __init__(self) -> None:
        self.turned_away: list[tuple[str, str]] = []
        self.peers: list[tuple[str, bool]] = []

    def rejected(self, line: str, peer: str, words: str, unsaid: int) -> None:
        self.turned_away.append((peer, words))

    def reached(self, line: str, peer: str, words: str, *, up: bool) -> None:
        self.peers.append((peer, up))


class Chance:
    """The same for every run."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def token(self, octets: int) -> str:
        return self.octets(octets).hex()

    def octets(self, count: int) -> bytes:
        return (next(self._next) * 0x9E3779B97F4A7C15).to_bytes(64)[-count:]


class Socket:
    """What a pair of ports sends by."""

    def __init__(self, net: Net, host: str, port: int) -> None:
        self._net, self._here = net, (host, port)

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._net.datagrams.append((datagram, self._here, address))
        self._net.callLater(0, lambda: self._net.deliver(datagram, self._here, address))


class Keeps:
    """Somebody at a port, who is told of every datagram."""

    def __init__(self, kept: Callable[[bytes, Any], object]) -> None:
        self._kept = kept

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self._kept(datagram, addr)


class Ports:
    """Pairs of ports on the network in memory."""

    def __init__(self, net: Net, first: int, last: int, *, sweep: SlowSweep | None = None) -> None:
        self._net = net
        self._sweep = sweep or SlowSweep()
        self.free = list(range(first, last, 2))
        self.open_now = 0

    def open(self, host: str) -> Pair:
        if not self.free:
            raise NoPort("all are taken")
        port = self.free.pop(0)
        pair = Pair(port, Socket(self._net, host, port), Socket(self._net, host, port + 1), self)
        self._net.listenUDP(port, self._sweep.line(pair), host, 0)
        self._net.listenUDP(port + 1, Keeps(pair.heard_rtcp), host, 0)
        self.open_now += 1
        return pair

    def by_beat(self, pair: Pair, ear: Ear) -> None:
        """In memory what comes is heard when it comes, unless it is followed."""
        pair.swept = self._sweep.sweep(pair)

    def read(self, now: float) -> None:
        pass

    def closed(self, pair: Pair) -> None:
        if pair.swept is not None:
            pair.swept.closed()
        for port in (pair.port, pair.port + 1):
            del self._net.udp[HERE, port]
        self.open_now -= 1
        self.free.append(pair.port)


class Exchange:
    """The trunk, and what stands around it."""

    def __init__(self, door: Any, *given: Policy | Identity, **keys: Any) -> None:
        policy = next((one for one in given if isinstance(one, Policy)), Policy(probe=""))
        identity = next((one for one in given if isinstance(one, Identity)), Identity())
        self.net, self.door, self.news, self.bank = Net(), door, News(), Clean()
        self.took: list[float] = []
        chance = Chance()
        settings = TrunkSettings.model_validate(
            {
                "listen": [{"host": HERE, "port": PORT}],
                "allowed_networks": [ip_network("192.0.2.0/28")],
                "calls_max": 3,
                **keys,
            }
        )
        self.sweep = SlowSweep()
        self.rhythm = Rhythm(
            self.net, self.bank, self.took.append, self.net.seconds, sweep=self.sweep
        )
        self.ports = Ports(self.net, *settings.rtp_ports, sweep=self.sweep)
        terms = Terms(
            self.net, self.ports, chance.octets, 1e9, settings.text,
            settings.srtp_required, settings.no_packet_within,
        )  # fmt: skip
        manners = Manners(TtySettings(), policy)
        self.trunk = Trunk(
            "trunk", settings, identity, manners, terms, door, self.rhythm, self.net, chance,
            self.news,
        )  # fmt: skip
        self.trunk.start()

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.net.advance(TICK)

    def settle(self) -> None:
        """What is on its way arrives."""
        for _ in range(8):
            self.net.advance(0)


class Caller:
    """Somebody behind the trunk. Keeps the messages and packets that come."""

    numbers = itertools.count(1)

    def __init__(self, house: Exchange, host: str = THERE) -> None:
        self.house = house
        self.host = host
        one = next(Caller.numbers)
        self.here, self.rtp = (host, 6_000 + one), 30_000 + 10 * one
        self.id = f"call-{one}"
        self.to = "<urn:service:sos>"
        self.cseq = 0
        self.messages: list[str] = []
        self.packets: dict[int, list[bytes]] = {}
        self.remote: dict[str, tuple[str, int]] = {}
        self.sequence, self.timestamp = 100, 7_000
        house.net.listenUDP(self.here[1], self, host, 0)
        for port in range(self.rtp, self.rtp + 4):
            self.packets[port] = []
            house.net.listenUDP(port, Keeps(self._keeper(port)), host, 0)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        message = datagram.decode()
        self.messages.append(message)
        if self.to.find("tag=") < 0 and (tag := re.search(r"^To: .*?(;tag=\S+)", message, re.M)):
            self.to += tag[1]
        if status(message) == 200 and "m=" in message:
            for kind, port in re.findall(r"^m=(\w+) (\d+)", message, re.M):
                self.remote[kind] = HERE, int(port)

    def _keeper(self, port: int) -> Callable[[bytes, Any], object]:
        return lambda datagram, _: self.packets[port].append(datagram)

    def say(self, method: str, body: str = "", headers: Iterable[str] = (), cseq: int = 0) -> None:
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        kind = [] if any(one.startswith("Content-Type") for one in headers) or not body else [
            "Content-Type: application/sdp"
        ]  # fmt: skip
        number = cseq or self.cseq
        named = "INVITE" if method == "CANCEL" else method
        branch = f"z9hG4bK{self.id}{named}{number}"
        rows = [
            f"{method} {'urn:service:sos' if not self.remote else f'sip:{HERE}'} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here[0]}:{self.here[1]};branch={branch}",
            f"From: <sip:caller@{self.host}>;tag=mine",
            f"To: {self.to if method != 'CANCEL' else '<urn:service:sos>'}",
            f"Call-ID: {self.id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:caller@{self.here[0]}:{self.here[1]}>",
            "Max-Forwards: 70",
            *headers,
            *kind,
            f"Content-Length: {len(body)}",
        ]
        message = "\r\n".join([*rows, "", body])
        self.house.net.callLater(
            0, lambda: self.house.net.deliver(message.encode(), self.here, (HERE, PORT))
        )
        self.house.settle()

    def ring(self, body: str = "", headers: Iterable[str] = ()) -> int:
        """INVITE, and ACK if it is answered. Gives the last status."""
        self.say("INVITE", body or self.audio(), headers)
        found = self.status
        if found >= 200:
            self.say("ACK")
        return found

    @property
    def status(self) -> int:
        return status(self.messages[-1])

    @property
    def statuses(self) -> list[int]:
        return [status(one) for one in self.messages]

    def audio(self, more: str = "", formats: str = "0") -> str:
        return self.sdp(f"m=audio {self.rtp} RTP/AVP {formats}\r\n{more}")

    def sdp(self, *media: str) -> str:
        head = f"v=0\r\no=- 1 1 IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
        return head + "".join(media)

    def text(self) -> str:
        return (
            f"m=text {self.rtp + 2} RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\n"
            "a=rtpmap:100 red/1000\r\na=fmtp:100 98/98/98\r\n"
        )

    def plays(self, octets: bytes) -> None:
        """Mu-law at the pace of life; ends when it has been heard."""
        for at in range(0, len(octets) - 159, 160):
            self.sends(octets[at : at + 160])
            self.house.net.advance(TICK)

    def sends(self, payload: bytes, port: int | None = None) -> None:
        head = struct.pack(">BBHII", 0x80, 0, self.sequence % 65_536, self.timestamp, 0xC0FFEE)
        self.sequence += 1
        self.timestamp += len(payload)
        source = self.host, port or self.rtp
        self.house.net.deliver(head + payload, source, self.remote["audio"])

    def types(self, number: int, new: str, *before: tuple[int, str]) -> None:
        """One packet of RFC 4103; `before`: offset in ms and text, oldest first."""
        octets = struct.pack(">BBHII", 0x80, 100, number, 300 * number, 0xBEEF)
        for offset, said in before:
            octets += bytes([0x80 | 98]) + (offset << 10 | len(said.encode())).to_bytes(3)
        octets += bytes([98]) + b"".join(said.encode() for _, said in before) + new.encode()
        self.house.net.deliver(octets, (self.host, self.rtp + 2), self.remote["text"])
        self.house.run(TICK)

    @property
    def heard(self) -> bytes:
        """The payload of every packet of sound that came."""
        return b"".join(one[12:] for one in self.packets[self.rtp])

    @property
    def reads(self) -> str:
        """What a TTY prints of it."""
        return transcript(decode(self.heard, Law.PCMU), CleanReceiver()).text

    @property
    def typed(self) -> str:
        """The new text of every packet that came."""
        found = b""
        for one in self.packets[self.rtp + 2]:
            body, lengths, at = one[12:], 0, 0
            while body[at] & 0x80:
                lengths += int.from_bytes(body[at + 2 : at + 4]) & 0x3FF
                at += 4
            found += body[at + 1 + lengths :]
        return found.decode()


def status(message: str) -> int:
    """0: a request."""
    found = re.match(r"SIP/2\.0 (\d{3}) ", message)
    return int(found[1]) if found else 0


def tones(text: str) -> bytes:
    samples = recording(text, Pace())
    whole = np.concatenate([samples, np.zeros(-len(samples) % 160, np.int16)])
    return bytes(encode(whole, Law.PCMU))


def silence(seconds: float) -> bytes:
    return b"\xff" * (160 * round(seconds / TICK))
