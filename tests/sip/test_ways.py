"""Media at their ports: sound is taken by the beat, and nobody is silent because we were late."""

from __future__ import annotations

from dataclasses import replace

from twisted.internet.task import Clock

from tests.sip.machine import Sockets
from text911.sip import rtcp, rtp
from text911.sip.g711 import Law, decode
from text911.sip.jitter import PATIENCE
from text911.sip.media import SILENT_AFTER, AudioStream, TextStream
from text911.sip.offer import Agreed
from text911.sip.ports import Ear, Pair
from text911.sip.rtp import Packet
from text911.sip.rtp_session import REPORT_EVERY, Origin
from text911.sip.t140 import INTERVAL
from text911.sip.ways import CHUNKS_MAX, AudioWay, TextWay

PEER = ("192.0.2.7", 4000)
AUDIO = Agreed("audio", *PEER, 0, "sendrecv", encoding="PCMU")
TEXT = Agreed("text", *PEER, 98, "sendrecv")
ORIGIN = Origin(77, 100, 5_000, "line@gateway.example.net")


class Socket:
    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.sent.append((datagram, address))


class Ports:
    """One pair, and what waits in the system for the beat."""

    def __init__(self) -> None:
        self.rtp, self.rtcp = Socket(), Socket()
        self.waiting: list[bytes] = []
        self.beats: list[float] = []
        self.heard_by_beat = self.is_closed = False
        self.pair = Pair(16_384, self.rtp, self.rtcp, self)

    def by_beat(self, pair: Pair, ear: Ear) -> None:
        self.heard_by_beat = pair is self.pair

    def read(self, now: float) -> None:
        self.beats.append(now)
        waiting, self.waiting = self.waiting, []
        for datagram in waiting:
            self.pair.heard(datagram, PEER)

    def closed(self, pair: Pair) -> None:
        self.is_closed = pair is self.pair


def voice(at: int) -> bytes:
    return rtp.write(Packet(0, at, 160 * at, 5, bytes([at % 256]) * 160))


def begin(agreed: Agreed = AUDIO) -> tuple[Clock, Ports, AudioWay]:
    clock, ports = Clock(), Ports()
    stream = AudioStream(agreed, ORIGIN, frozenset(), 0.0)
    return clock, ports, AudioWay(ports.pair, stream, clock)


def test_what_waits_in_the_system_is_taken_in_order_by_the_beat() -> None:
    clock, ports, way = begin()
    assert ports.heard_by_beat
    ports.waiting = [voice(1), voice(2), voice(4)]
    clock.advance(1.0)
    first = [decode(bytes([at]), Law.PCMU)[0] for at in (1, 2)]
    assert [chunk.samples[0] for chunk in way.take(1.0)] == first
    lost = [chunk.lost.all() for chunk in way.take(1.0 + PATIENCE)]
    assert lost == [True, False]
    assert ports.beats == [1.0, 1.0 + PATIENCE]


def test_what_nobody_takes_is_bounded() -> None:
    _, ports, way = begin()
    for at in range(CHUNKS_MAX + 5):
        ports.pair.heard(voice(at), PEER)
    assert len(way.take(0.0)) == CHUNKS_MAX


def test_a_peer_is_silent_only_if_nothing_waits_in_the_system_either() -> None:
    clock, ports, way = begin()
    assert not way.tend(0.0)
    ports.waiting = [voice(1)]
    clock.advance(2 * SILENT_AFTER)  # the loop stood
    assert not way.tend(2 * SILENT_AFTER)
    assert len(way.take(2 * SILENT_AFTER)) == 1
    assert not way.tend(3 * SILENT_AFTER - 0.01)
    assert way.tend(3 * SILENT_AFTER)
    assert not way.tend(9 * SILENT_AFTER)  # told once


def test_a_peer_that_is_silent_from_the_beginning_is_told_of_in_time() -> None:
    _, _, way = begin()
    told = [way.tend(0.02 * beat) for beat in range(500)]
    assert told.index(True) == SILENT_AFTER / 0.02
    assert told.count(True) == 1


def test_after_a_hold_silence_counts_from_its_end() -> None:
    _, _, way = begin(replace(AUDIO, direction="sendonly"))
    assert not any(way.tend(0.02 * beat) for beat in range(500))
    way.agree(AUDIO, 10.0)
    told = [way.tend(10.0 + 0.02 * beat) for beat in range(300)]
    assert told.index(True) == SILENT_AFTER / 0.02


def test_reports_leave_when_they_are_due_and_the_last_one_at_the_end() -> None:
    _, ports, way = begin()
    times = [0.5 * step for step in range(30)]
    for now in times:
        way.tend(now)
    due = [REPORT_EVERY / 2, REPORT_EVERY * 3 / 2, REPORT_EVERY * 5 / 2]
    assert len(ports.rtcp.sent) == len(due)
    assert {address for _, address in ports.rtcp.sent} == {(PEER[0], PEER[1] + 1)}
    way.close(times[-1])
    way.received_rtcp(rtcp.write((rtcp.ReceiverReport(5),)), (PEER[0], PEER[1] + 1))
    assert ports.is_closed
    assert any(isinstance(one, rtcp.Bye) for one in rtcp.read(ports.rtcp.sent[-1][0]))


def test_text_is_heard_when_it_comes() -> None:
    clock, ports = Clock(), Ports()
    one = TextWay(ports.pair, TextStream(TEXT, ORIGIN, frozenset(), 0.0), clock)
    assert not ports.heard_by_beat
    peer = TextStream(replace(TEXT, host="192.0.2.1"), ORIGIN, frozenset(), 0.0)
    peer.say("help")
    datagram = peer.send(INTERVAL)
    assert datagram is not None
    ports.pair.heard(datagram, PEER)
    assert one.take(0.0) == "help"
    one.stream.say("where are you?")
    one.tend(INTERVAL)
    assert len(ports.rtp.sent) == 1


def test_without_machine_code_nothing_goes_past_a_way() -> None:
    sockets, clock = Sockets(), Clock()
    pair = sockets.range().open("192.0.2.1")
    way = AudioWay(pair, AudioStream(AUDIO, ORIGIN, frozenset(), 0.0), clock)
    sockets.opened[0].coming.append((rtp.write(Packet(0, 1, 0, 5, b"\xff" * 160)), PEER))
    assert len(way.take(0.0)) == 1
    assert way.rest(10.0) is None
    assert way.follow(lambda _run: None) is None
    way.attend()
    way.close(1.0)
