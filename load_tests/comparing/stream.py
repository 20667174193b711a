"""The generator: one connection, raw octets, a window that is full at every moment.

It waits in recv(2) itself, without a loop, so that hardly anything of a round trip is its own.
Bounded in count and in time: what the time did not allow is not sent. Whatever a server sends
besides responses is answered and not timed.
"""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..carrier import (
    BIND_TRANSCEIVER,
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    RESPONSE,
    SUBMIT_SM,
    UNBIND,
    Account,
    bind_pdu,
)

ANSWER_WITHIN = 20.0  # s; a server that is silent for so long is not measured on
QUIET_FOR = 0.3  # s without an octet from the server, before a run begins
SETTLE_WITHIN = 10.0  # s for what a server still had to say from before
LAST_SEQUENCE = 0x7FFFFFFF
READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Run:
    """`taken`: places in the list of PDUs that were answered ESME_ROK. `waits`: ns from the write
    to the response, of those. `refused`: status -> how often. `seconds`: first write to last
    response."""

    taken: tuple[int, ...]
    waits: tuple[int, ...]
    refused: dict[int, int]
    seconds: float


class Silent(Exception):
    """The server closed the connection, or did not answer in time."""


class Stream:
    """One bind. A context: the connection is unbound and closed."""

    def __init__(self, account: Account) -> None:
        self._socket = socket.create_connection((account.host, account.port), ANSWER_WITHIN)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._socket.sendall(bind_pdu(account))
        statuses: list[int] = []
        while not statuses:
            statuses = [s for c, s, _ in self._read() if c == BIND_TRANSCEIVER | RESPONSE]
        if statuses[0]:
            self._socket.close()
            raise ConnectionError(f"bind as {account.system_id} refused with {statuses[0]:#x}")

    def settle(self) -> None:
        """Until the server has nothing more to say from before."""
        until = time.monotonic() + SETTLE_WITHIN
        self._socket.settimeout(QUIET_FOR)
        try:
            while time.monotonic() < until:
                self._read()
        except TimeoutError:
            return
        finally:
            self._socket.settimeout(ANSWER_WITHIN)

    def _read(self) -> list[tuple[int, int, int]]:
        """(command_id, command_status, sequence_number) of the responses that one read brought."""
        data = self._socket.recv(READ)
        if not data:
            raise Silent("the server closed the connection")
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        found: list[tuple[int, int, int]] = []
        answers: list[bytes] = []
        unpack = HEADER.unpack_from
        while end - at >= HEADER.size:
            length, command, status, sequence = unpack(data, at)
            if length < HEADER.size:
                raise Silent(f"the server sent a PDU of {length} octets")
            if end - at < length:
                break
            if command & RESPONSE:
                found.append((command, status, sequence))
            elif command == DELIVER_SM:
                answers.append(HEADER.pack(17, DELIVER_SM | RESPONSE, 0, sequence) + b"\0")
            elif command in (ENQUIRE_LINK, UNBIND):
                answers.append(HEADER.pack(16, command | RESPONSE, 0, sequence))
            at += length
        self._rest = data[at:]
        if answers:
            self._socket.sendall(b"".join(answers))
        return found

    def run(self, pdus: Sequence[bytes], window: int, seconds: float) -> Run:
        """Send `pdus`, whose sequence numbers count up from that of the first one."""
        first_sequence: int = HEADER.unpack_from(pdus[0])[3]
        sent_at: list[int] = []
        taken: list[int] = []
        waits: list[int] = []
        refused: dict[int, int] = {}
        send, clock, response = self._socket.sendall, time.perf_counter_ns, SUBMIT_SM | RESPONSE
        room, open_count = window, 0
        gc.disable()  # a collection here would look like a stall of the server
        began = now = clock()
        until = began + int(seconds * 1e9)
        try:
            while True:
                if room and now < until and (batch := pdus[len(sent_at) : len(sent_at) + room]):
                    sent_at += [clock()] * len(batch)
                    send(b"".join(batch))
                    open_count += len(batch)
                room = 0
                if not open_count:
                    break
                found = self._read()
                now = clock()
                for command, status, sequence in found:
                    if command != response:
                        continue
                    place = sequence - first_sequence
                    room += 1
                    if status:
                        refused[status] = refused.get(status, 0) + 1
                    else:
                        waits.append(now - sent_at[place])
                        taken.append(place)
                open_count -= room
        except TimeoutError:
            raise Silent(f"{open_count} texts without an answer for {ANSWER_WITHIN:g} s") from None
        finally:
            gc.enable()
        return Run(tuple(taken), tuple(waits), refused, (now - began) / 1e9)

    def close(self) -> None:
        """Unbind; a server that closes instead of answering has understood too."""
        try:
            self._socket.sendall(HEADER.pack(16, UNBIND, 0, LAST_SEQUENCE))
            while all(command != UNBIND | RESPONSE for command, _, _ in self._read()):
                pass
        except (Silent, OSError):
            return
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()
