"""One browser's WebSocket: gathers what is to be said in one turn of the loop into one message.

A frame per message costs most of what a console costs, so frames wait for the next turn and leave
together. A browser that does not read is cut off rather than remembered for ever: it comes back and
resumes.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from .frames import TOO_MANY, TOO_SLOW, FrameError

REASON_MAX = 123  # octets of a close reason (RFC 6455 section 5.5)


class Socket(Protocol):
    """What a link needs of `aiohttp.web.WebSocketResponse`."""

    async def send_str(self, data: str) -> None: ...
    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool: ...


class Transport(Protocol):
    """What it needs of the connection below."""

    def abort(self) -> None: ...


class Link:
    def __init__(
        self,
        name: str,
        socket: Socket,
        transport: Transport,
        *,
        queue_max: int,
        slow_after: float,
    ) -> None:
        self.name = name
        self._socket = socket
        self._transport = transport
        self._queue_max = queue_max
        self._slow_after = slow_after
        self._waiting: list[bytes] = []
        self._size = 0
        self._wake = asyncio.Event()
        self._ending: tuple[int, bytes] | None = None
        self._busy_since: float | None = None  # the loop's time, while a message is on its way
        self._watch: asyncio.TimerHandle | None = None

    @property
    def ending(self) -> bool:
        return self._ending is not None

    def push(self, frame: bytes) -> None:
        if self._ending is not None:
            return
        self._waiting.append(frame)
        self._size += len(frame) + 1
        if self._size > self._queue_max:
            self._waiting.clear()
            self.close(TOO_SLOW, "too much was waiting for this browser to read")
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Close once what was pushed has left; the first reason given stands."""
        if self._ending is None:
            octets = reason.encode("utf-8", "replace")[:REASON_MAX]
            self._ending = (code, octets.decode("utf-8", "ignore").encode())
        self._wake.set()

    async def write(self) -> None:
        """Runs as long as the link. Ends after a close; a browser that stops reading is cut."""
        try:
            async with asyncio.timeout(None) as limit:
                await self._write(limit)
        except (TimeoutError, ConnectionError):
            # Without a closing handshake: the other side does not read, or is gone already.
            self._transport.abort()
        finally:
            if self._watch is not None:
                self._watch.cancel()

    async def _write(self, limit: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._busy_since = loop.time()
            if self._watch is None:
                self._watch = loop.call_later(self._slow_after, self._look, loop, limit)
            if self._waiting:
                text = b"[%b]" % b",".join(self._waiting)
                self._waiting.clear()
                self._size = 0
                await self._socket.send_str(text.decode())
            if self._ending is not None and not self._waiting:
                self._busy_since = loop.time()
                await self._socket.close(code=self._ending[0], message=self._ending[1])
                return
            self._busy_since = None

    def _look(self, loop: asyncio.AbstractEventLoop, limit: asyncio.Timeout) -> None:
        """One timer per link that is looked after now and then, instead of one per message."""
        self._watch = None
        if self._busy_since is None:
            return
        ends_at = self._busy_since + self._slow_after
        if loop.time() >= ends_at:
            limit.reschedule(loop.time())
        else:
            self._watch = loop.call_at(ends_at, self._look, loop, limit)


class Allowance:
    """How many frames a browser may send: a bucket that refills. `now` is any steady clock."""

    def __init__(self, per_second: int, now: float) -> None:
        self._per_second = per_second
        self._left = 2.0 * per_second
        self._at = now

    def spend(self, now: float) -> None:
        """Raises `FrameError` when nothing is left."""
        left, most = self._left, 2.0 * self._per_second
        if now > self._at:
            left += (now - self._at) * self._per_second
        self._left = (left if left < most else most) - 1.0
        self._at = now
        if self._left < 0:
            raise FrameError(TOO_MANY, f"more than {self._per_second} frames per second")
