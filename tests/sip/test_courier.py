"""The thread that sends: in time, in order, and nothing that was recalled."""

from __future__ import annotations

import time

from text911.sip.ahead import LATE_MAX
from text911.sip.courier import Courier

PEER = ("192.0.2.7", 4000)
WITHIN = 10.0  # s that a thread may need at the very most


class Sent:
    def __init__(self) -> None:
        self.datagrams: list[bytes] = []

    def __call__(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert address == PEER
        self.datagrams.append(datagram)


def standing() -> tuple[Courier, list[float]]:
    """One whose time the test sets, and whose thread has stopped: `leave` is said by the test."""
    now = [0.0]
    courier = Courier(lambda: now[0])
    courier.stop()
    return courier, now


def test_each_datagram_leaves_when_its_time_has_come() -> None:
    courier, _ = standing()
    sent, other = Sent(), Sent()
    lane, second = courier.lane(sent), courier.lane(other)
    for at in range(3):
        lane.put(at / 50, b"%d" % at, PEER)
    second.put(0.03, b"x", PEER)
    with courier.turn:
        assert courier.leave(0.0) == 0.02
        assert (sent.datagrams, lane.waiting, lane.first_at) == ([b"0"], 2, 0.02)
        assert courier.leave(0.04) is None
    assert sent.datagrams == [b"0", b"1", b"2"]
    assert other.datagrams == [b"x"]
    assert lane.first_at is None


def test_what_is_too_late_stays_with_all_behind_it_until_it_is_recalled() -> None:
    courier, _ = standing()
    sent = Sent()
    lane = courier.lane(sent)
    lane.put(0.0, b"late", PEER)
    lane.put(0.5, b"behind", PEER)
    with courier.turn:
        assert courier.leave(LATE_MAX + 0.01) is None
        assert courier.leave(0.5) is None
    assert sent.datagrams == []
    assert lane.recall() == 2
    assert lane.recall() == 0
    lane.put(0.5, b"again", PEER)
    with courier.turn:
        assert courier.leave(0.5) is None
    assert sent.datagrams == [b"again"]


def test_a_thread_sends_while_the_one_that_made_it_computes() -> None:
    now = [0.0]
    courier, sent = Courier(lambda: now[0]), Sent()
    lane = courier.lane(sent)
    for at in range(5):
        lane.put(at / 50, b"%d" % at, PEER)
    gives_up_at = time.monotonic() + WITHIN
    for at in range(5):
        now[0] = at / 50
        while len(sent.datagrams) <= at and time.monotonic() < gives_up_at:
            pass  # it waits for nobody
    assert sent.datagrams == [b"0", b"1", b"2", b"3", b"4"]
    lane.put(3_600.0, b"never", PEER)
    courier.stop()
    courier.stop()
    assert lane.recall() == 1
