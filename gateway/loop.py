"""The one loop, for Twisted and aiohttp, and the clock that its timers run by.

Twisted's own reactor reckons timers by UTC: set UTC back by an hour, and every limit, every
heartbeat and the watch itself stand still for an hour; set it forwards, and everything runs out at
once. Here they run by the clock that nobody can set.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from time import monotonic
from typing import Any

from twisted.internet import main
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.base import DelayedCall
from twisted.logger import Logger

log = Logger()
SOON = 1e-6  # seconds: not at once, which would pass Twisted's timers by
# Seconds after which a thread that computes lets another in. The journal's gives the interpreter up
# with every statement it runs, and while the loop is busy waits so long to get it back; so does the
# one that hears the calls.
SWITCH = 0.0002


class MonotonicReactor(AsyncioSelectorReactor):
    seconds = staticmethod(monotonic)

    def callLater(self, delay: float, callable: Any, *args: Any, **kw: Any) -> DelayedCall:  # noqa: A002
        """As Twisted's. What is due at once goes to the loop itself: a timer, sorted in among all
        others, costs four times as much, and answers to carriers leave this way."""
        if delay != 0:
            untyped: Any = AsyncioSelectorReactor
            timer: DelayedCall = untyped.callLater(self, delay, callable, *args, **kw)
            return timer
        twisted: Any = self
        cancelled, sooner = twisted._cancelCallLater, twisted._moveCallLaterSooner
        call = DelayedCall(monotonic(), callable, args, kw, cancelled, sooner, monotonic)
        twisted._asyncioEventloop.call_soon(self._call, call)
        return call

    def addReader(self, reader: Any) -> None:
        """As Twisted's, but a socket is read without what its old log wants to know of it each
        time (`callWithLogger`): ten calls for every segment, and nobody here reads it."""
        twisted: Any = self
        known = reader in twisted._readers
        untyped: Any = AsyncioSelectorReactor
        untyped.addReader(self, reader)
        if not known and reader in twisted._readers:  # else it is no socket, and asked in turn
            loop = twisted._asyncioEventloop
            loop.add_reader(reader.fileno(), twisted._readOrWrite, reader, True)

    def stop(self) -> None:
        """Twisted's way to end looks after its sorted timers once more, so one must be due."""
        twisted: Any = AsyncioSelectorReactor
        twisted.stop(self)
        self.callLater(SOON, _nothing)

    def _call(self, call: DelayedCall) -> None:
        if call.cancelled:
            return
        if call.delayed_time > 0:  # put off since: now it is a timer
            twisted: Any = self
            call.activate_delay()
            twisted._newTimedCalls.append(call)
            twisted._reschedule()
            return
        call.called = 1
        try:
            call.func(*call.args, **call.kw)
        except Exception:  # as of any timer: told aloud, and the loop goes on
            log.failure("while handling timed call {call}", call=call)


def _nothing() -> None:
    """That it is called is all that is wanted."""


def install() -> asyncio.AbstractEventLoop:
    """Make the loop (uvloop's when it is there) and the reactor on it. Once in a process."""
    try:
        uvloop: Any = import_module("uvloop")
    except ImportError:
        uvloop = asyncio
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    reactor: Any = MonotonicReactor(loop)
    installing: Any = main
    installing.installReactor(reactor)
    return loop
