"""SIPp rings our user agent over real sockets: every sample arrives, ours go back in order, and
Wireshark finds nothing malformed in what we send."""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from load_tests.processes import free_ports
from text911.sip import rtcp, rtp, sdp
from text911.sip.calls import Effect, Effects, Ended, Endpoint, Incoming, Rejected, Send
from text911.sip.clock import FRAME, Due
from text911.sip.g711 import Law, decode, encode
from text911.sip.jitter import Fate, Heard
from text911.sip.media import AudioStream
from text911.sip.offer import Answer, Ours, answer
from text911.sip.ports import Beat, Pair, PortRange
from text911.sip.rtp_session import Origin
from text911.sip.settings import Settings
from text911.sip.transport import Wires
from text911.sip.uri import SipUri

from .sipp import HOST, Pcap, rings, scenario
from .tools import need

PEERS = (ip_network("127.0.0.0/8"),)
SECONDS = 3
# The least significant bits of what we send say which frame it is.
RAMP = (np.arange(256 * FRAME) % 32_000 - 16_000).astype(np.int16).reshape(256, FRAME)


@pytest.fixture(autouse=True)
def _the_programs() -> None:
    need("sipp", "tshark")


class Chance:
    def token(self, octets: int) -> str:
        return secrets.token_hex(octets)


class Recording(Wires):
    """Keeps what goes out over SIP."""

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self.sent: list[Send] = []

    def carry(self, effects: Effects) -> None:
        self.sent += [one for one in effects if isinstance(one, Send)]
        super().carry(effects)


class Call:
    """The media of one call, as an edge of the gateway holds them."""

    def __init__(self, pair: Pair, stream: AudioStream, seconds: Callable[[], float]) -> None:
        self.pair, self.stream, self._seconds = pair, stream, seconds
        self.heard: list[Heard] = []
        self.frames = 0
        pair.hear(self)

    def received(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.heard += self.stream.received(datagram, address, self._seconds())

    def received_rtcp(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.stream.received_rtcp(datagram, address, self._seconds())

    def beat(self, due: Due) -> None:
        now = self._seconds()
        self.heard += self.stream.take(now)
        self.stream.skip(due.skipped)
        for _ in range(due.frames):
            octets = self.stream.send(RAMP[self.frames % 256], now)
            self.frames += 1
            if octets is not None and self.stream.peer is not None:
                self.pair.send(octets, self.stream.peer)
        report = self.stream.rtcp(now)
        if report is not None and self.stream.peer_rtcp is not None:
            self.pair.send_rtcp(report, self.stream.peer_rtcp)

    def close(self) -> None:
        if self.stream.peer_rtcp is not None:
            self.pair.send_rtcp(self.stream.bye(self._seconds()), self.stream.peer_rtcp)
        self.pair.close()


class House:
    """A user agent on loopback that takes every call."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.reactor: Any = AsyncioSelectorReactor(self._loop)
        self.ports = PortRange(self.reactor, 20_000 + random.randrange(2_000) * 2)
        self.calls: dict[int, Call] = {}
        self.over: list[Call] = []
        self.told: list[Effect] = []
        self.failed: list[BaseException] = []
        self.beat = Beat(self.reactor, self._beat)

    def listen(self, tcp: bool) -> int:
        self.port = free_ports(1)[0]
        settings = Settings(SipUri("sip", "911", HOST, self.port), peers=PEERS)
        self.agent = Endpoint(settings, Chance())
        self.wires = Recording(self.agent, settings, self.hear, self.reactor)
        (self.wires.listen_tcp if tcp else self.wires.listen_udp)(HOST, self.port)
        self.beat.start()
        return self.port

    def hear(self, effect: Effect) -> None:
        self.told.append(effect)
        now = self.reactor.seconds()
        if isinstance(effect, Incoming):
            self.wires.carry(self.agent.ring(effect.call, now))
            pair = self.ports.open(HOST)
            ours = Ours(HOST, 1, 1, pair.port, 0)
            said = answer(sdp.read(effect.sdp), ours)
            assert isinstance(said, Answer)
            origin = Origin(secrets.randbits(32), 65_500, 2**32 - 1_000, "line@127.0.0.1", 0.4)
            hosts = frozenset({effect.flow.remote[0]})
            stream = AudioStream(said.agreed[0], origin, hosts, now)
            self.calls[effect.call] = Call(pair, stream, self.reactor.seconds)
            self.wires.carry(self.agent.accept(effect.call, sdp.write(said.session), now))
        elif isinstance(effect, Ended):
            call = self.calls.pop(effect.call)
            call.close()
            self.over.append(call)

    def _beat(self, due: Due) -> None:
        for call in self.calls.values():
            call.beat(due)

    def run(self, process: Any) -> None:
        """Until the caller's program has ended."""

        def stopped(_: object) -> None:
            self.reactor.stop()

        def look() -> None:
            if process.poll() is None:
                self.reactor.callLater(0.05, look)
            else:
                self.beat.stop()
                self.wires.stop().addCallback(stopped)

        self.reactor.callLater(0.05, look)
        try:
            self.reactor.run(installSignalHandlers=False)
        finally:
            self._loop.close()
            process.kill()
            process.wait()


class Listener:
    """The sockets that the caller's SDP names: RTP and RTCP."""

    def __init__(self) -> None:
        while True:
            self.sockets = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
            self.sockets[0].bind((HOST, 0))
            self.port = int(self.sockets[0].getsockname()[1])
            try:
                self.sockets[1].bind((HOST, self.port + 1))
            except OSError:
                self.close()
                continue
            break
        for one in self.sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
            one.setblocking(False)

    def heard(self, which: int) -> Iterator[tuple[bytes, tuple[str, int]]]:
        while True:
            try:
                yield self.sockets[which].recvfrom(4_096)
            except BlockingIOError:
                return

    def close(self) -> None:
        for one in self.sockets:
            one.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.mark.parametrize("tcp", [False, True])
def test_a_caller_is_heard_sample_for_sample_and_hears_us_in_order(
    tmp_path: Path, listener: Listener, tcp: bool
) -> None:
    recording = tmp_path / "recording.ulaw"
    octets = random.Random(911).randbytes(8_000 * SECONDS)
    recording.write_bytes(octets)
    house = House()
    port = house.listen(tcp)
    plan = scenario(
        tmp_path, "caller", RTP_PORT=listener.port, FORMATS="0 101", RECORDING=recording,
        PLAYS_MS=1_000 * SECONDS + 500,
    )  # fmt: skip
    process = rings(tmp_path, plan, port, transport="t1" if tcp else "u1")
    house.run(process)
    assert process.returncode == 0, (tmp_path / "sipp.out").read_text()

    (call,) = house.over
    heard = np.concatenate([chunk.samples for chunk in call.heard])
    lost = np.concatenate([chunk.lost for chunk in call.heard])
    assert not lost.any()
    assert heard.tolist() == decode(octets, Law.PCMU).tolist()
    assert [one for one, count in call.stream.fates.items() if count] == [Fate.TAKEN]
    assert not [one for one in house.told if isinstance(one, Rejected)]

    got = [rtp.read(one) for one, _ in listener.heard(0)]
    assert len(got) >= 50 * SECONDS
    assert [one.sequence for one in got] == [(65_500 + at) % 65_536 for at in range(len(got))]
    steps = {(b.timestamp - a.timestamp) % 2**32 for a, b in pairwise(got)}
    assert steps == {FRAME}
    law = encode(RAMP.reshape(-1), Law.PCMU)
    frames = [law[FRAME * at : FRAME * at + FRAME] for at in range(256)]
    assert [one.payload for one in got] == [frames[at % 256] for at in range(len(got))]


def test_wireshark_finds_nothing_malformed_in_what_we_send(
    tmp_path: Path, listener: Listener
) -> None:
    recording = tmp_path / "recording.ulaw"
    recording.write_bytes(b"\xff" * 16_000)
    house = House()
    port = house.listen(tcp=False)
    plan = scenario(
        tmp_path, "caller", RTP_PORT=listener.port, FORMATS="0 101", RECORDING=recording,
        PLAYS_MS=2_500,
    )  # fmt: skip
    house.run(process := rings(tmp_path, plan, port))
    assert process.returncode == 0, (tmp_path / "sipp.out").read_text()
    pcap = Pcap(tmp_path / "ours.pcap")
    for send in house.wires.sent:
        pcap.add(send.octets, (HOST, port), send.flow.remote)
    for which in (0, 1):
        for octets, source in listener.heard(which):
            pcap.add(octets, source, (HOST, listener.port + which))
    ports = {f"p{port}": "sip", f"p{listener.port}": "rtp", f"p{listener.port + 1}": "rtcp"}
    rows = pcap.dissected(
        "_ws.malformed", "_ws.expert.severity", "sip.Status-Code", "sip.CSeq.method",
        "sdp.media", "rtp.p_type", "rtcp.pt", "rtcp.sdes.text", "_ws.expert.message",
        **ports,
    )  # fmt: skip
    assert [row for row in rows if row[0]] == []
    severe = 0x00800000  # Wireshark's PI_ERROR
    assert [
        row for row in rows if any(int(one) >= severe for one in row[1].split(",") if one)
    ] == []
    said = [(row[2], row[3]) for row in rows if row[2]]
    assert said == [("100", "INVITE"), ("180", "INVITE"), ("200", "INVITE"), ("200", "BYE")]
    (media,) = {row[4] for row in rows if row[4]}
    assert media.startswith("audio ")
    assert media.endswith(" RTP/AVP 0 101")
    assert {row[5] for row in rows if row[5]} == {"0"}
    reports = [row for row in rows if row[6]]
    assert reports[0][6] == "200,202"  # SR, SDES
    assert reports[-1][6] == "200,202,203"  # and BYE
    assert {row[7] for row in reports} == {"line@127.0.0.1"}


def test_an_offer_without_g711_is_refused_with_488(tmp_path: Path, listener: Listener) -> None:
    house = House()
    port = house.listen(tcp=False)
    plan = scenario(tmp_path, "refused", RTP_PORT=listener.port)
    house.run(process := rings(tmp_path, plan, port))
    assert process.returncode == 0, (tmp_path / "sipp.out").read_text()
    assert house.over == []
    assert [type(one) for one in house.told] == [Rejected]
    assert house.ports.free > 0


def test_our_reports_are_read_by_our_own_reader(tmp_path: Path, listener: Listener) -> None:
    """The last word of a call says that we leave, and what we heard."""
    recording = tmp_path / "recording.ulaw"
    recording.write_bytes(b"\xff" * 8_000)
    house = House()
    port = house.listen(tcp=False)
    plan = scenario(
        tmp_path, "caller", RTP_PORT=listener.port, FORMATS="0 101", RECORDING=recording,
        PLAYS_MS=1_300,
    )  # fmt: skip
    house.run(rings(tmp_path, plan, port))
    reports = [rtcp.read(octets) for octets, _ in listener.heard(1)]
    first, named, bye = reports[-1]
    assert isinstance(first, rtcp.SenderReport)
    assert isinstance(named, rtcp.Named)
    assert isinstance(bye, rtcp.Bye)
    (block,) = first.blocks
    assert (block.lost, block.fraction) == (0, 0)
    assert house.over[0].stream.statistics.packets == 50
