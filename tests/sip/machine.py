"""The UDP ports of a machine that a test has made: what comes, what is sent, who is asked."""

from __future__ import annotations

import errno
from collections import deque
from typing import Any

from twisted.internet.interfaces import IReadDescriptor

from text911.sip.ports import PortRange

CALLER = ("192.0.2.7", 4000)


class Socket:
    """One that a test has bound."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.open = True
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.coming: deque[tuple[bytes, tuple[Any, ...]]] = deque()
        self.fails: OSError | None = None

    def fileno(self) -> int:
        return self.port

    def sendto(self, datagram: bytes, address: tuple[str, int]) -> None:
        if self.fails is not None:
            raise self.fails
        self.sent.append((datagram, address))

    def recvfrom(self, size: int) -> tuple[bytes, tuple[Any, ...]]:
        if not self.coming:
            raise BlockingIOError
        octets, address = self.coming.popleft()
        return octets[:size], address

    def close(self) -> None:
        self.open = False


class Sockets:
    """The ports of a machine, and a loop that asks them. `taken` are somebody else's."""

    def __init__(self, *taken: int) -> None:
        self.taken = set(taken)
        self.opened: list[Socket] = []
        self.readers: list[Any] = []
        self.fault = errno.EADDRINUSE

    def bind(self, host: str, port: int) -> Socket:
        if port in self.taken:
            raise OSError(self.fault, "taken")
        self.opened.append(Socket(host, port))
        return self.opened[-1]

    def addReader(self, reader: Any) -> None:
        descriptor: Any = IReadDescriptor  # zope has no types
        assert descriptor.providedBy(reader)
        assert reader.logPrefix() == "media"
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:
        reader.connectionLost(None)
        self.readers.remove(reader)

    def comes(self, datagram: bytes, *address: Any) -> None:
        """On every port; each reader is asked twice."""
        for one in self.opened:
            one.coming.append((datagram, address or CALLER))
        for reader in (*self.readers, *self.readers):
            reader.doRead()

    def range(self, first: int = 40_000, last: int = 40_999) -> PortRange:
        return PortRange(self, first, last, bind=self.bind, ready=self.ready)

    def ready(self) -> Ready:
        return Ready(self)


class Ready:
    """Which of them have something, as the system says it."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._watched: set[int] = set()

    def register(self, fd: int, eventmask: int, /) -> None:
        self._watched.add(fd)

    def unregister(self, fd: int, /) -> None:
        self._watched.remove(fd)

    def poll(self, timeout: float, maxevents: int, /) -> list[tuple[int, int]]:
        there = [one for one in self._sockets.opened if one.port in self._watched and one.coming]
        return [(one.port, 1) for one in there][:maxevents]
