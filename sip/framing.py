"""Cuts a stream into SIP messages (RFC 3261, 18.3; RFC 5626, 4.4.1). Never reads what they say.

A stream whose next message has no end that both sides agree on is broken for good: where one reader
goes on and another does not, a third can speak in between.
"""

from __future__ import annotations

import re

from .message import full_name
from .reading import HEAD_END, MESSAGE_SIZE_MAX

LENGTH = re.compile(rb"\r?\n(content-length|l)[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.I)
PING = b"\r\n\r\n"  # a keep-alive that wants CRLF back


class Framer:
    """Fed with octets, gives whole messages. Holds at most one that is incomplete."""

    def __init__(self, size_max: int = MESSAGE_SIZE_MAX) -> None:
        self._buffer = b""
        self._size_max = size_max
        self._searched = 0  # octets in which no end of headers begins
        self._need = 0  # octets without which nothing new can be said
        self.broken = ""  # in words, once the stream cannot be read any more

    @property
    def held(self) -> int:
        """Octets that wait for the rest of their message."""
        return len(self._buffer)

    def feed(self, octets: bytes) -> list[bytes]:
        """Whole messages in their order; a keep-alive between them as its line breaks.

        What broke the stream is handed out too, as the last, so that it can be recorded and
        perhaps answered; after it nothing is read.
        """
        if self.broken:
            return []
        self._buffer += octets
        whole: list[bytes] = []
        while self._buffer and not self.broken:
            if self._buffer[:1] in (b"\r", b"\n"):
                breaks = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
                pings, self._buffer = self._buffer[:breaks], self._buffer[breaks:]
                if not self._buffer and pings != PING and PING.startswith(pings):
                    self._buffer = pings  # the half of a ping: its other half may be on its way
                    break
                whole.extend([PING] * pings.count(PING))
                continue
            end = self._end()
            if end is None:
                break
            whole.append(self._buffer[:end])
            self._buffer = self._buffer[end:]
            self._searched = self._need = 0
        return whole

    def _end(self) -> int | None:
        """Where the first message ends; None while it is incomplete."""
        if len(self._buffer) < self._need:
            return None
        ending = HEAD_END.search(self._buffer, self._searched)
        if ending is None:
            self._searched = max(0, len(self._buffer) - 3)
            if len(self._buffer) > self._size_max:
                return self._break(f"headers go on for more than {self._size_max} octets")
            return None
        lengths = {found[2].strip() for found in LENGTH.finditer(self._buffer, 0, ending.start())}
        if len(lengths) != 1:
            return self._break(f"{full_name('l')} stands {len(lengths)} times with other values")
        said = lengths.pop()
        if re.fullmatch(rb"[0-9]{1,10}", said) is None:
            return self._break(f"Content-Length is {said[:40]!r}")
        end = ending.end() + int(said)
        if end > self._size_max:
            return self._break(f"a message of {end} octets; {self._size_max} are possible")
        self._need = end
        return end if end <= len(self._buffer) else None

    def _break(self, why: str) -> int:
        self.broken = why
        return len(self._buffer)
