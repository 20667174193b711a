"""One bind with one text at a time, in raw octets: for tests that look at every single answer."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from load_tests import carrier
from load_tests.carrier import HEADER, RESPONSE
from load_tests.workload import Text

ANSWER_WITHIN = 15.0  # s for any one response


class Handset:
    """A carrier's transceiver bind on a blocking socket. A context. What the gateway sends in
    between is answered and kept in `delivered`."""

    def __init__(self, port: int, system_id: str, password: str, place: str) -> None:
        self._account = carrier.Account("127.0.0.1", port, system_id, password)
        self._place = place
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.settimeout(ANSWER_WITHIN)
        self._sequence = 1
        self.delivered: list[bytes] = []

    def _receive(self, octets: int) -> bytes:
        data = b""
        while len(data) < octets:
            more = self._socket.recv(octets - len(data))
            if not more:
                raise ConnectionError("the gateway closed the bind")
            data += more
        return data

    def _ask(self, octets: bytes, sequence: int) -> int:
        """Send a request; serve what comes until its response is there. Returns command_status."""
        self._socket.sendall(octets)
        while True:
            header = self._receive(HEADER.size)
            length, command, status, number = HEADER.unpack(header)
            body = self._receive(length - HEADER.size)
            if command & RESPONSE and number == sequence:
                return int(status)
            if command == carrier.DELIVER_SM:
                self.delivered.append(body)
                body = b"\0"
            elif command == carrier.ENQUIRE_LINK:
                body = b""
            else:
                raise ValueError(f"did not expect command {command:#x}")
            answer = HEADER.pack(HEADER.size + len(body), command | RESPONSE, 0, number)
            self._socket.sendall(answer + body)

    def send(self, words: str, caller: int = 0) -> int:
        """One text from one of its callers. Returns the command_status it was answered with."""
        self._sequence += 1
        text = Text(0, 0, caller, 0, False, words)
        octets = carrier.submit_pdu(text, 0, self._sequence, (self._place,))
        return self._ask(octets, self._sequence)

    def __enter__(self) -> Self:
        if status := self._ask(carrier.bind_pdu(self._account), 1):
            raise ConnectionError(f"the bind was refused with {status:#x}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._socket.close()
