"""Twisted's timers run by the clock that nobody can set."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

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
