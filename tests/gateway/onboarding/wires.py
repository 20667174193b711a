"""A bind as a watcher's lines tell of it: what the carrier and we say, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from text911.gateway.onboarding.evidence import Evidence
from text911.gateway.onboarding.lines import Begun, Bind, Happening, Line, Seen
from text911.smpp import gsm7
from text911.smpp.alphabets import Alphabet
from text911.smpp.codec import encode
from text911.smpp.pdu import DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from text911.smpp.status import Status

TESTS = "9110"
CALLER = "18605550142"
T0 = 1_800_000_000.0


@dataclass
class Wire:
    """`lines` is everything that was seen; every PDU comes 10 ms after the one before it."""

    alphabet: Alphabet = "gsm7"
    binds: tuple[Bind, ...] = ()
    at: float = T0
    sequence: int = 0
    lines: list[Line] = field(default_factory=list[Line])

    def __post_init__(self) -> None:
        self.lines.append(
            Begun(self.at, "one", "One", "tests", self.alphabet, ("911",), (TESTS,), self.binds)
        )

    def seen(
        self, pdu: Any, *, heard: bool, number: int = 0, status: int = 0, bind: str = "x-1"
    ) -> int:
        if not number:
            self.sequence += 1
            number = self.sequence
        self.at += 0.01
        self.lines.append(Seen(self.at, bind, heard, encode(pdu, number, status).hex()))
        return number

    def text(self, words: bytes | str, data_coding: int = 0, **fields: Any) -> int:
        """From the carrier, without its response."""
        number, bind = fields.pop("number", 0), fields.pop("bind", "x-1")
        whole: dict[str, Any] = {
            "source_addr_ton": 1,
            "source_addr": CALLER,
            "destination_addr": TESTS,
            "data_coding": data_coding,
            "short_message": words if isinstance(words, bytes) else gsm7.encode(words),
        }
        return self.seen(SubmitSm(**{**whole, **fields}), heard=True, number=number, bind=bind)

    def taken(self, number: int, message_id: str = "m1", status: int = 0) -> int:
        """Our response."""
        self.seen(SubmitSmResp(message_id), heard=False, number=number, status=status)
        return number

    def sent(self, words: bytes | str, data_coding: int = 0, **fields: Any) -> int:
        """A text that was taken."""
        return self.taken(self.text(words, data_coding, **fields))

    def given(self, **fields: Any) -> int:
        """A deliver_sm of ours, without its response."""
        return self.seen(
            DeliverSm(source_addr=TESTS, destination_addr=CALLER, **fields), heard=False
        )

    def answers(self, number: int, status: int = Status.ROK) -> None:
        self.seen(DeliverSmResp("h1"), heard=True, number=number, status=status)

    def happens(self, what: str, words: str) -> None:
        self.at += 0.01
        self.lines.append(Happening(self.at, what, words))

    def waits(self, seconds: float) -> None:
        from text911.gateway.onboarding.lines import Still

        self.at += seconds
        self.lines.append(Still(self.at, self.binds))

    def evidence(self) -> Evidence:
        found = Evidence()
        for line in self.lines:
            found.hear(line)
        return found
