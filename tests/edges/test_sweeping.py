"""A sweep of real sockets on loopback, by machine code: each call hears and says what it would hear
and say if every datagram were its own business."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.sip import rtp
from text911.sip.clock import Due
from text911.sip.foretold import Run
from text911.sip.jitter import Coded, Heard
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.ports import Pair, PortRange
from text911.sip.rtp import Packet
from text911.sip.rtp_session import REPORT_EVERY, Origin
from text911.sip.sweeping import FRAMES_MAX, ROOM, Sweep, Swept, address_of, octets_of
from text911.sip.ways import AudioWay

pytest.importorskip("numba")
HOST = "127.0.0.1"
BEAT = 0.02
FAR_OFF = 1e9  # seconds


class NoLoop:
    """Nothing is read by it."""

    def addReader(self, reader: Any) -> None:
        pass

    def removeReader(self, reader: Any) -> None:
        pass


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        return self.now

    def callLater(self, delay: float, call: Any, /) -> Any:
        raise AssertionError("nobody waits")


def bound(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind((host, 0))
    return made


def delivered() -> None:
    """What has been sent is where it was sent to: loopback keeps the order."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.bind((HOST, 0))
        last.settimeout(60)
        last.sendto(b"last", last.getsockname())
        last.recv(4)


def taken(far: socket.socket) -> list[bytes]:
    """All that has come."""
    found: list[bytes] = []
    while True:
        try:
            found.append(far.recv(4096))
        except BlockingIOError:
            return found


class Call:
    """One of ours, and the two sockets of the far end: its own, and another of the same host."""

    def __init__(self, ports: PortRange, sweep: Sweep, clock: Hands, host: str = HOST) -> None:
        self.clock, self.sweep, self._host = clock, sweep, host
        self.far, self.other = bound(host), bound(host)
        self.pair: Pair = ports.open(host)
        port = self.far.getsockname()[1]
        self.agreed = Agreed("audio", host, port, 0, "sendrecv", encoding="PCMU")
        self.stream = AudioStream(
            self.agreed, Origin(77, 65_530, 2**32 - 800, "a@b"), frozenset(), 0.0
        )
        self.way = AudioWay(self.pair, self.stream, clock)
        self.heard: list[Heard] = []
        self.runs: list[Run] = []
        self.follows = False
        self._swept: Swept | None = None

    @property
    def to(self) -> tuple[str, int]:
        return self._host, self.pair.port

    def sends(self, datagram: bytes, *, elsewhere: bool = False) -> None:
        (self.other if elsewhere else self.far).sendto(datagram, self.to)

    def arrived(self) -> list[bytes]:
        delivered()
        return [one for one in taken(self.far) if not rtp.is_rtcp(one)]

    def beat(self) -> None:
        """As a rhythm does it: what is to be said, then what is to be heard."""
        delivered()
        now = self.clock.now
        one = self.pair.swept
        assert one is not None
        if now < one.rests_until:
            self.sweep.rest([one], now)
        else:
            self.way.ahead.passes(Due(1, 0, now))
            self.way.ahead.rest()
            self.way.tend(now)
            self.way.rest(FAR_OFF)
        if one.is_followed:
            found = self.sweep.follow([one], now)
            for at in range(found.came[0]):
                self.heard.append(Coded(found.frames([0], at)[0].tobytes(), one.law))
        if not one.is_followed:
            self.heard += self.way.take(now)
            self.follows |= self.way.follow(self.runs.append) is one

    def close(self) -> None:
        self.way.close(self.clock.now)
        self.far.close()
        self.other.close()


class House:
    """Calls of which one goes by a sweep with machine code and one by none."""

    def __init__(self, host: str = HOST) -> None:
        self.clock = Hands()
        plain, fast = Sweep(), Sweep()
        fast.hasten()
        loop: Any = NoLoop()
        self.calls = [
            Call(PortRange(loop, first, first + 400, sweep=sweep), sweep, self.clock, host)
            for first, sweep in ((21_000, plain), (21_500, fast))
        ]

    def beat(self) -> None:
        for call in self.calls:
            call.beat()
        self.clock.now += BEAT

    def close(self) -> None:
        for call in self.calls:
            call.close()


@pytest.fixture(params=[HOST, "::1"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    if request.param == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    made = House(request.param)
    yield made
    made.close()


def packet(at: int, **changed: Any) -> bytes:
    payload = bytes((at * 7 + place) % 256 for place in range(160))
    fields: dict[str, Any] = {"payload": payload, "ssrc": 5, **changed}
    return rtp.write(Packet(0, (65_530 + at) % 65_536, (2**32 - 800 + 160 * at) % 2**32, **fields))


def words(heard: list[Heard]) -> list[tuple[list[int], list[bool], bool]]:
    return [(one.samples.tolist(), one.lost.tolist(), one.fresh) for one in heard]


def test_a_call_without_faults_is_followed_and_its_silence_said(house: House) -> None:
    plain, fast = house.calls
    for at in range(40):
        for call in house.calls:
            call.sends(packet(at))
        house.beat()
    assert fast.follows
    assert not plain.follows
    assert words(plain.heard) == words(fast.heard)
    assert len(fast.heard) == 40
    sent = [call.arrived() for call in house.calls]
    assert sent[0] == sent[1]
    assert len(sent[1]) == 40
    house.clock.now -= BEAT
    for call in house.calls:
        call.way.attend()
    assert plain.stream.statistics == fast.stream.statistics
    assert plain.stream.fates == fast.stream.fates
    assert sum(run.count for run in fast.runs) == 39


def test_after_a_stall_all_that_waited_is_taken_in_some_beats(house: House) -> None:
    for at in range(3):
        for call in house.calls:
            call.sends(packet(at))
        house.beat()
    for at in range(3, 3 + 3 * FRAMES_MAX):
        for call in house.calls:
            call.sends(packet(at))
    for _ in range(3):
        house.beat()
    plain, fast = house.calls
    assert len(fast.heard) == 3 + 3 * FRAMES_MAX
    assert words(plain.heard) == words(fast.heard)


DEEDS = st.sampled_from(
    ("next", "next", "next", "two", "none", "lost", "again", "late", "other", "event", "marked",
     "short", "rtcp", "elsewhere", "empty", "report", "agree"),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deeds=st.lists(DEEDS, max_size=40))
def test_whatever_comes_a_swept_call_hears_says_and_knows_the_same(deeds: list[str]) -> None:
    house = House()
    try:
        _play(house, deeds)
    finally:
        house.close()


def _play(house: House, deeds: list[str]) -> None:
    at = 0
    for deed in deeds:
        datagrams = [] if deed in ("none", "report", "agree") else [packet(at)]
        match deed:
            case "two":
                at += 1
                datagrams.append(packet(at))
            case "lost":
                at += 1
                datagrams = [packet(at)]
            case "again" | "late":
                at -= 1
                datagrams = [packet(at if deed == "again" else at - 2)]
            case "other" | "elsewhere":
                datagrams = [packet(at, ssrc=9 if deed == "other" else 5)]
            case "event":
                datagrams = [rtp.write(Packet(101, (65_530 + at) % 65_536, 0, 5, b"\x01" * 160))]
            case "marked":
                datagrams = [packet(at, marker=True)]
            case "short":
                datagrams = [packet(at, payload=b"\x7f" * 80)]
            case "rtcp":
                datagrams = [b"\x80\xc9\x00\x01\x00\x00\x00\x05", packet(at)]
            case "empty":
                datagrams = [b"", packet(at)]
            case "report":
                house.clock.now += REPORT_EVERY
            case "agree":
                for call in house.calls:
                    call.way.agree(call.agreed, house.clock.now)
            case _:
                pass
        at += deed not in ("none", "report", "agree")
        for call in house.calls:
            for datagram in datagrams:
                call.sends(datagram, elsewhere=deed == "elsewhere")
        house.beat()
    plain, fast = house.calls
    for call in house.calls:
        call.way.attend()
    assert words(plain.heard) == words(fast.heard)
    assert plain.arrived() == fast.arrived()
    assert plain.stream.fates == fast.stream.fates
    assert plain.stream.statistics == fast.stream.statistics
    house.clock.now += 60.0
    reports = [call.stream.rtcp(house.clock.now) for call in house.calls]
    assert reports[0] == reports[1]


def test_what_the_system_does_not_take_is_counted() -> None:
    house = House()
    fast = house.calls[1]
    for at in range(3):
        fast.sends(packet(at))
        fast.beat()
        house.clock.now += BEAT
    one = fast.pair.swept
    assert one is not None
    assert one.rests_until == FAR_OFF or one.rests_until > house.clock.now
    silence = fast.stream.lend(one.back)
    assert silence is not None
    fast.way.wake()
    assert one.lend(type(silence)(silence.packet, silence.frame, (HOST, 0)), FAR_OFF)
    fast.sweep.rest([one], house.clock.now)  # to no port at all
    assert fast.pair.unsent == 1
    house.close()


def test_more_sockets_than_are_asked_in_one_go() -> None:
    clock, sweep, loop = Hands(), Sweep(), NoLoop()
    sweep.hasten()
    ports = PortRange(loop, 22_000, 22_999, sweep=sweep)
    calls = [Call(ports, sweep, clock) for _ in range(ROOM + 3)]
    for at in range(2):
        for call in calls:
            call.sends(packet(at))
        for call in calls:
            call.beat()
        clock.now += BEAT
    followed = [call.pair.swept for call in calls if call.pair.swept is not None]
    assert all(one.is_followed for one in followed)
    assert all(clock.now < one.rests_until for one in followed)
    for call in calls:
        call.arrived()
    sweep.rest(followed, clock.now)
    assert [len(call.arrived()) for call in calls] == [1] * len(calls)
    for number, call in enumerate(calls):
        call.sends(packet(2, marker=number % 5 == 0))
    delivered()
    found = sweep.follow(followed, clock.now)
    assert found.came == [0 if number % 5 == 0 else 1 for number in range(len(calls))]
    assert [one.is_followed for one in followed] == [came == 1 for came in found.came]
    assert found.frames([1, ROOM + 1], 0).shape == (2, 160)
    for call in calls:
        call.close()


def test_a_socket_that_is_closed_or_has_another_ear_is_swept_no_more() -> None:
    clock, sweep = Hands(), Sweep()
    sweep.hasten()
    call = Call(PortRange(NoLoop(), 23_000, 23_099, sweep=sweep), sweep, clock)
    for at in range(3):
        call.sends(packet(at))
        call.beat()
    before = call.pair.swept
    assert before is not None
    assert before.is_followed
    call.pair.hear_by_beat(call.way)
    assert not before.is_followed
    assert not before.is_fast
    assert call.pair.swept is not before
    call.close()
    assert call.way.rest(FAR_OFF) is None
    assert call.way.follow(call.runs.append) is None


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, ("192.0.2.7", 4000)), (socket.AF_INET6, ("2001:db8::7", 65_535))],
)
def test_an_address_is_the_same_in_octets(family: int, address: tuple[str, int]) -> None:
    assert address_of(octets_of(family, address).ljust(28, b"\0")) == address


def test_an_address_that_the_system_alone_knows_has_no_octets() -> None:
    assert octets_of(socket.AF_INET, ("2001:db8::7", 1)) == b""
    assert octets_of(socket.AF_INET6, ("fe80::1%lo", 1)) == b""
    zoned = octets_of(socket.AF_INET6, ("fe80::1", 1))[:-4] + socket.if_nametoindex("lo").to_bytes(
        4, "little"
    )
    assert address_of(zoned) == ("fe80::1%lo", 1)
