"""The transaction layer with a clock of its own, and what it was heard to send and tell."""

from __future__ import annotations

import pytest

from text911.sip.effects import Send
from text911.sip.flows import Flow
from text911.sip.message import Request
from text911.sip.replies import reply
from text911.sip.settings import Timing
from text911.sip.transactions import ClientKey, Outcome, ServerKey, Transactions

from .messages import CALL_ID, FROM, TO, VIA, request
from .wire import message

OVER = {
    "UDP": Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.2", 5060)),
    "TCP": Flow("TCP", ("192.0.2.1", 5060), ("192.0.2.2", 5060), 4),
}
TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])
PATIENCE = 32.0


def asked(method: str = "INVITE", *, branch: str = "trunk1", to: str = TO) -> Request:
    usual = (VIA.replace("trunk1", branch), FROM, to, CALL_ID, f"CSeq: 1 {method}")
    found = message(request(start=f"{method} sip:911@192.0.2.1 SIP/2.0", usual=usual))
    assert isinstance(found, Request)
    return found


def sent(outcomes: tuple[Outcome, ...]) -> list[str | int]:
    """Methods and statuses of what was sent; what was told by its name."""
    found: list[str | int] = []
    for one in outcomes:
        if isinstance(one, Send):
            said = message(one.octets)
            found.append(said.method if isinstance(said, Request) else said.status)
        else:
            found.append(type(one).__name__)
    return found


class Layer:
    """Transactions with a clock of their own."""

    def __init__(self, transport: str = "UDP") -> None:
        self.all = Transactions(Timing())
        self.flow = OVER[transport]
        self.now = 0.0

    def wait(self, seconds: float) -> list[str | int]:
        until = self.now + seconds
        found: list[str | int] = []
        while (at := self.all.next_at) is not None and at <= until:
            self.now = max(self.now, at)
            found += sent(self.all.tick(self.now))
        self.now = until
        return found

    def got(self, request: Request) -> list[str | int] | None:
        found = self.all.absorb(request, self.flow, self.now)
        return None if found is None else sent(found)

    def began(self, request: Request) -> ServerKey:
        return self.all.begin(request, self.flow, self.now)

    def answer(self, key: ServerKey, request: Request, status: int) -> list[str | int]:
        return sent(self.all.answer(key, reply(request, status, tag="t"), self.now))

    def ask(self, request: Request) -> ClientKey:
        return self.all.ask(request, self.flow, self.now)[0]

    def heard(self, request: Request, status: int, tag: str = "t") -> list[str | int]:
        return sent(self.all.heard(reply(request, status, tag=tag), self.now))

    @property
    def left(self) -> tuple[int, int, float | None]:
        return self.all.servers, self.all.clients, self.all.next_at


NOTHING = (0, 0, None)
