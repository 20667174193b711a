"""The shells of media on a clock and on sockets of the test's; real ports are in tests/edges."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
from twisted.internet.address import IPv6Address
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from tests.sip.machine import CALLER, Sockets
from text911.sip.clock import BURST_MAX, Due
from text911.sip.ports import READ_MAX, ROUNDS_SURE, Beat, NoPort
from text911.sip.rtp import PACKET_SIZE_MAX
from text911.sip.sockets import Alarm, peer_of


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes, tuple[str, int]]] = []

    def received(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.heard.append(("rtp", datagram, address))
        if datagram == b"mistake":
            raise ValueError("a mistake of ours")

    def received_rtcp(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.heard.append(("rtcp", datagram, address))


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_pair_is_an_even_port_and_the_odd_one_above_it(host: str) -> None:
    sockets, ear = Sockets(), Ear()
    pair = sockets.range(40_001).open(host)
    assert [(one.port, one.host) for one in sockets.opened] == [(40_002, host), (40_003, host)]
    assert [one.fileno() for one in sockets.readers] == [40_002, 40_003]
    sockets.comes(b"early")
    pair.hear(ear)
    sockets.comes(b"x", *CALLER, 0, 0)
    assert ear.heard == [("rtp", b"x", CALLER), ("rtcp", b"x", CALLER)]
    pair.send(b"a", CALLER)
    pair.send_rtcp(b"b", CALLER)
    assert [one.sent for one in sockets.opened] == [[(b"a", CALLER)], [(b"b", CALLER)]]


def test_one_datagram_is_read_a_turn_and_one_too_long_is_seen_to_be() -> None:
    sockets, ear = Sockets(), Ear()
    sockets.range().open("192.0.2.1").hear(ear)
    sockets.opened[0].coming.extend([(b"x" * 9_000, CALLER), (b"y", CALLER)])
    sockets.readers[0].doRead()
    assert [len(octets) for _, octets, _ in ear.heard] == [PACKET_SIZE_MAX + 1]


def test_a_mistake_of_ours_is_told_and_the_next_datagram_is_heard() -> None:
    sockets, ear = Sockets(), Ear()
    sockets.range().open("192.0.2.1").hear(ear)
    with capturedLogs() as told:
        sockets.opened[0].coming.extend([(b"mistake", CALLER), (b"y", CALLER)])
        for _ in range(2):
            sockets.readers[0].doRead()
    assert [octets for _, octets, _ in ear.heard] == [b"mistake", b"y"]
    (one,) = told
    assert isinstance(one["log_failure"].value, ValueError)


def test_sound_is_read_past_the_loop_and_by_the_first_of_the_beat_for_all() -> None:
    sockets, ears = Sockets(), (Ear(), Ear(), Ear())
    ports = sockets.range()
    pairs = [ports.open("192.0.2.1") for _ in ears]
    pairs[0].read(0.0)  # nobody hears yet
    pairs[0].hear_by_beat(ears[0])
    pairs[1].hear_by_beat(ears[1])
    pairs[2].hear(ears[2])
    sockets.comes(b"x", *CALLER, 0, 0)
    loop = [[kind for kind, _, _ in ear.heard] for ear in ears]
    assert loop == [["rtcp"], ["rtcp"], ["rtp", "rtcp"]]
    pairs[1].read(1.0)
    assert [ear.heard[-1] for ear in ears[:2]] == [("rtp", b"x", CALLER)] * 2
    sockets.opened[0].coming.extend([(b"y", CALLER), (b"z", CALLER)])
    pairs[0].read(1.0)
    assert len(ears[0].heard) == 2  # of this beat all was read
    pairs[0].read(1.02)
    assert [octets for _, octets, _ in ears[0].heard[2:]] == [b"y", b"z"]


def test_who_hears_last_hears_alone() -> None:
    sockets, ears = Sockets(), (Ear(), Ear())
    ports = sockets.range()
    pair = ports.open("192.0.2.1")
    for ear in ears:
        pair.hear_by_beat(ear)
    sockets.opened[0].coming.append((b"x", CALLER))
    pair.read(0.0)
    assert [len(ear.heard) for ear in ears] == [0, 1]
    pair.close()
    assert sockets.readers == []
    ports.read(1.0)


def test_a_flood_on_one_port_ends_with_the_beat_and_keeps_nobody_waiting() -> None:
    sockets, flooded, calm = Sockets(), Ear(), Ear()
    ports = sockets.range()
    ports.open("192.0.2.1").hear_by_beat(flooded)
    ports.open("192.0.2.1").hear_by_beat(calm)
    sockets.opened[0].coming.extend([(b"x", CALLER)] * 3 * READ_MAX)
    sockets.opened[2].coming.extend([(b"y", CALLER)] * ROUNDS_SURE)
    ports.read(0.0)
    assert len(calm.heard) == ROUNDS_SURE
    assert len(flooded.heard) == READ_MAX - ROUNDS_SURE
    ports.read(0.02)
    assert len(flooded.heard) == 2 * READ_MAX - ROUNDS_SURE


def test_each_of_very_many_calls_keeps_up_with_time() -> None:
    sockets = Sockets()
    ports, ears = sockets.range(), [Ear() for _ in range(READ_MAX // 2)]
    for ear in ears:
        ports.open("192.0.2.1").hear_by_beat(ear)
    for one in sockets.opened[::2]:
        one.coming.extend([(b"x", CALLER)] * (ROUNDS_SURE + 1))
    ports.read(0.0)
    assert {len(ear.heard) for ear in ears} == {ROUNDS_SURE}


def test_a_pair_that_another_ones_datagram_closes_is_not_read() -> None:
    sockets, ear = Sockets(), Ear()
    ports = sockets.range()
    first, second = ports.open("192.0.2.1"), ports.open("192.0.2.1")
    closing = Ear()
    closing.received = lambda datagram, address: second.close()  # type: ignore[method-assign]
    first.hear_by_beat(closing)
    second.hear_by_beat(ear)
    for one in sockets.opened:
        one.coming.append((b"x", CALLER))
    ports.read(0.0)
    assert ear.heard == []
    assert [one.open for one in sockets.opened] == [True, True, False, False]
    assert len(sockets.readers) == 1
    second.hear_by_beat(ear)
    assert len(sockets.readers) == 1


def test_a_mistake_with_one_calls_sound_keeps_no_other_from_being_read() -> None:
    sockets, ears = Sockets(), (Ear(), Ear())
    ports = sockets.range()
    for ear in ears:
        ports.open("192.0.2.1").hear_by_beat(ear)
    sockets.opened[0].coming.append((b"mistake", CALLER))
    sockets.opened[2].coming.append((b"y", CALLER))
    with capturedLogs() as told:
        ports.read(0.0)
    assert ears[1].heard == [("rtp", b"y", CALLER)]
    assert len(told) == 1


def test_a_port_that_was_closed_rests_longest() -> None:
    sockets = Sockets()
    ports = sockets.range(40_000, 40_005)
    first = ports.open("192.0.2.1")
    first.hear(ear := Ear())
    held = list(sockets.readers)
    first.close()
    first.close()
    first.send(b"late", CALLER)
    assert not any(one.open for one in sockets.opened)
    assert sockets.readers == []
    for reader, one in zip(held, sockets.opened, strict=True):
        one.coming.append((b"x", CALLER))
        reader.doRead()
    assert ear.heard == []
    assert [ports.open("192.0.2.1").port for _ in range(3)] == [40_002, 40_004, 40_000]
    assert ports.free == 0
    with pytest.raises(NoPort):
        ports.open("192.0.2.1")


def test_ports_of_others_are_passed_over_and_half_a_pair_is_closed() -> None:
    sockets = Sockets(40_000, 40_003)
    ports = sockets.range(40_000, 40_007)
    assert ports.open("192.0.2.1").port == 40_004
    assert [(one.port, one.open) for one in sockets.opened] == [
        (40_002, False),
        (40_004, True),
        (40_005, True),
    ]
    assert ports.open("192.0.2.1").port == 40_006
    with pytest.raises(NoPort, match=r"free on 192\.0\.2\.1"):
        ports.open("192.0.2.1")
    sockets.taken.clear()
    assert ports.open("192.0.2.1").port in (40_000, 40_002)


def test_an_address_that_is_not_ours_is_said_at_once() -> None:
    sockets = Sockets(*range(40_000, 41_000))
    sockets.fault = errno.EADDRNOTAVAIL
    with pytest.raises(NoPort, match="can be opened on 192"):
        sockets.range().open("192.0.2.1")
    assert sockets.range().free == 500


@pytest.mark.parametrize(
    ("first", "last"), [(40_001, 40_002), (40_000, 40_000), (0, 9), (1, 70_000)]
)
def test_a_range_without_a_pair_is_our_mistake(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no even port"):
        Sockets().range(first, last)


def test_what_the_system_does_not_take_is_counted_and_the_next_is_sent() -> None:
    sockets = Sockets()
    pair = sockets.range().open("192.0.2.1")
    sockets.opened[0].fails = OSError(errno.ENETUNREACH, "no route")
    pair.send(b"a", CALLER)
    sockets.opened[0].fails = None
    pair.send(b"b", CALLER)
    assert (pair.unsent, sockets.opened[0].sent) == (1, [(b"b", CALLER)])


def test_every_20_ms_is_a_beat_and_a_stall_is_no_burst() -> None:
    clock, heard = Clock(), list[Due]()
    beat = Beat(clock, heard.append)
    beat.start()
    for _ in range(101):
        clock.advance(0.01)
    assert heard == [Due(1)] * 51
    clock.rightNow += 1.0  # the loop stood
    clock.advance(0.01)
    assert heard[51] == Due(BURST_MAX, 51 - BURST_MAX)
    assert beat.skipped == 51 - BURST_MAX
    beat.stop()
    clock.advance(1.0)
    assert len(heard) == 52
    assert clock.getDelayedCalls() == []


def test_a_beat_that_raises_does_not_end_the_others() -> None:
    clock, count = Clock(), 0

    def once(_due: Due) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise ValueError("one call's mistake")

    Beat(clock, once).start()
    clock.advance(0)
    with pytest.raises(ValueError, match="mistake"):
        clock.advance(0.02)
    clock.advance(0.02)
    assert count == 3


# --- the alarm ----------------------------------------------------------------------------------


def rung(clock: Clock) -> tuple[Alarm, list[float]]:
    times: list[float] = []
    ring: Callable[[], None] = lambda: times.append(clock.seconds())  # noqa: E731
    return Alarm(clock, ring), times


def test_an_alarm_rings_once_at_its_time() -> None:
    clock = Clock()
    alarm, times = rung(clock)
    alarm.set(1.0)
    clock.advance(0.9)
    assert times == []
    clock.advance(0.1)
    clock.advance(5.0)
    assert times == [1.0]


def test_an_alarm_can_be_moved_both_ways_and_taken_back() -> None:
    clock = Clock()
    alarm, times = rung(clock)
    alarm.set(1.0)
    alarm.set(2.0)
    clock.advance(1.0)
    assert times == []
    alarm.set(1.5)
    clock.advance(0.5)
    assert times == [1.5]
    alarm.set(3.0)
    alarm.set(None)
    clock.advance(3.0)
    alarm.set(6.0)
    alarm.stop()
    clock.advance(9.0)
    alarm.set(0.0)
    clock.advance(0.0)
    assert times == [1.5, 13.5]


def test_what_is_due_later_and_later_makes_one_timer() -> None:
    clock = Clock()
    alarm, _ = rung(clock)
    for at in range(1, 1_000):
        alarm.set(1.0 + at)
    assert len(clock.getDelayedCalls()) == 1


def test_an_address_is_a_host_and_a_port() -> None:
    assert peer_of(IPv6Address("TCP", "2001:db8::1", 5)) == ("2001:db8::1", 5)
    assert peer_of(("192.0.2.1", 5, 0, 0)) == ("192.0.2.1", 5)
