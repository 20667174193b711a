"""Twisted's timers run by the clock that nobody can set."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from typing import Any

import pytest
from twisted.logger import LogEvent, globalLogPublisher

from text911.gateway.loop import MonotonicReactor


def test_a_timer_neither_waits_nor_hurries_when_utc_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    before = time.monotonic()
    for utc in (time.time() + 3600.0, time.time() - 3600.0):  # noqa: TID251 (what is set here)
        monkeypatch.setattr("time.time", lambda at=utc: at)
        assert before <= reactor.seconds() <= time.monotonic()
        call = reactor.callLater(5.0, list)
        assert before + 5.0 <= call.getTime() <= time.monotonic() + 5.0
        call.cancel()
    reactor.removeAll()
    loop.close()


def test_what_is_due_at_once_is_called_in_the_order_in_which_it_was_asked_for() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    called: list[object] = []
    reactor.callLater(0, called.append, 1)
    taken_back = reactor.callLater(0, called.append, "taken back")
    reactor.callLater(0.0, called.append, 2)
    taken_back.cancel()
    assert called == []  # not before the loop has its turn
    put_off = reactor.callLater(0, called.append, 4)
    put_off.delay(0.01)

    def third() -> None:
        called.append(3)
        reactor.callLater(0, called.append, 3.5)

    reactor.callLater(0, third)
    reactor.callLater(0.02, reactor.crash)
    reactor.run()
    assert called == [1, 2, 3, 3.5, 4]
    assert not put_off.active()
    reactor.removeAll()
    loop.close()


def test_a_fault_in_a_call_is_told_and_keeps_nobody_from_being_called() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    told: list[LogEvent] = []
    called: list[int] = []
    observer: Any = told.append
    globalLogPublisher.addObserver(observer)
    try:
        reactor.callLater(0, lambda: 1 // 0)
        reactor.callLater(0, called.append, 1)
        reactor.callLater(0.01, reactor.crash)
        reactor.run()
    finally:
        globalLogPublisher.removeObserver(observer)
    assert called == [1]
    assert any("ZeroDivisionError" in str(event.get("log_failure")) for event in told)
    reactor.removeAll()
    loop.close()


class Reader:
    """One end of a pair of sockets, and who stands around when it is read."""

    def __init__(self, reactor: Any, fault: Exception | None = None) -> None:
        self._reactor = reactor
        self._fault = fault
        self._socket, self.peer = socket.socketpair()
        self.taken = b""
        self.callers: list[str] = []
        self.lost: Any = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def logPrefix(self) -> str:
        raise AssertionError("it is of no interest here")

    def doRead(self) -> None:
        self.callers = [frame.name for frame in traceback.extract_stack()][-4:-1]
        self.taken += self._socket.recv(100)
        if self._fault is not None:
            raise self._fault
        if self.taken.endswith(b"."):
            self._reactor.removeReader(self)
            self._reactor.crash()

    def readConnectionLost(self, reason: Any) -> None:
        self.lost = reason
        self._reactor.crash()

    connectionLost = readConnectionLost

    def close(self) -> None:
        self._socket.close()
        self.peer.close()


def test_a_socket_is_read_straight_from_the_loop_and_again_after_a_pause() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    reader = Reader(reactor)
    reactor.addReader(reader)
    reactor.addReader(reader)  # which means nothing
    reader.peer.send(b"one.")
    reactor.run()
    reader.peer.send(b" two.")
    reactor.callLater(0.01, reactor.addReader, reader)
    reactor.run()
    assert reader.taken == b"one. two."
    assert reader.callers == ["_run_once", "_run", "_readOrWrite"]
    assert reader not in reactor.getReaders()
    reader.close()
    reactor.removeAll()
    loop.close()


def test_a_fault_while_a_socket_is_read_is_told_and_ends_it() -> None:
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    told: list[LogEvent] = []
    observer: Any = told.append
    globalLogPublisher.addObserver(observer)
    reader = Reader(reactor, ValueError("a fault of ours"))
    try:
        reactor.addReader(reader)
        reader.peer.send(b"one.")
        reactor.run()
    finally:
        globalLogPublisher.removeObserver(observer)
    assert any("a fault of ours" in str(event.get("log_failure")) for event in told)
    assert "a fault of ours" in str(reader.lost)
    assert reader not in reactor.getReaders()
    reader.close()
    reactor.removeAll()
    loop.close()


def test_it_ends_when_it_is_stopped_from_outside_its_timers() -> None:
    """A server that cannot listen says so in a task of the loop: no timer is due then."""
    loop = asyncio.new_event_loop()
    reactor: Any = MonotonicReactor(loop)
    ended: list[str] = []
    reactor.addSystemEventTrigger("during", "shutdown", ended.append, "in good order")
    never = reactor.callLater(3600.0, ended.append, "an hour later")
    loop.call_soon(reactor.stop)
    guard = loop.call_later(10.0, reactor.crash)  # else a fault here would stand still for ever
    reactor.run(installSignalHandlers=False)
    guard.cancel()
    assert ended == ["in good order"]
    never.cancel()
    reactor.removeAll()
    loop.close()
