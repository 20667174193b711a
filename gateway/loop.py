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


class MonotonicReactor(AsyncioSelectorReactor):
    seconds = staticmethod(monotonic)


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
