"""A stage for a play: a server that says what the test wants, and a clock that goes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from text911.smpp.conformance.making import N, case
from text911.smpp.conformance.octets import BIND_TRX, ENQUIRE, RESPONSE, SUBMIT, c, pdu
from text911.smpp.conformance.playing import Play
from text911.smpp.conformance.rules import RESPONSE_DUE
from text911.smpp.conformance.values import Case, Due, End, Heard, Probe, Setup, Step

from .ideal import ACCESS

PATIENCE = 3.0  # s
BIND_RESP = BIND_TRX | RESPONSE
Request = tuple[int, int, bytes]  # command_id, sequence_number, the whole PDU
Answer = Callable[[Request], Iterable[bytes]]


def pdus(octets: bytes) -> list[Request]:
    found: list[Request] = []
    while len(octets) >= 16 and 16 <= int.from_bytes(octets[:4]) <= len(octets):
        one = octets[: int.from_bytes(octets[:4])]
        found.append((int.from_bytes(one[4:8]), int.from_bytes(one[12:16]), one))
        octets = octets[len(one) :]
    return found


def polite(request: Request) -> Iterable[bytes]:
    """Says yes to everything that is asked."""
    command_id, number, _ = request
    if not command_id & RESPONSE:
        body = c("mc") if command_id in (1, 2, 9) else c("1") if command_id == SUBMIT else b""
        yield pdu(command_id | RESPONSE, number, body)


@dataclass
class Stage:
    """One play against `says`, with a clock that goes when nothing else happens."""

    play: Play
    says: Answer
    now: float = 0.0
    sent: list[bytes] = field(default_factory=list[bytes])
    asked: list[Request] = field(default_factory=list[Request])
    held: bytes = b""

    def turn(self) -> None:
        """What is due is sent and answered; else time goes on."""
        segments = self.play.take(self.now)
        if not segments:
            self.now = max(self.now, self.play.wakes_at())
            self.play.tick(self.now)
            return
        self.sent += segments
        self.held += b"".join(segments)
        for request in pdus(self.held):
            self.held = self.held[len(request[2]) :]
            self.asked.append(request)
            for octets in self.says(request):
                self.play.receive(octets, self.now)

    def end(self) -> Heard:
        for _ in range(10_000):
            if self.play.is_done:
                return self.play.heard
            self.turn()
        raise AssertionError("it never ends")


def staged(one: Case, says: Answer = polite, steps: tuple[Step, ...] | None = None) -> Stage:
    play = Play(one, one.steps if steps is None else steps, ACCESS, 0.0, PATIENCE)
    return Stage(play, says)


def enquiring(
    due: Due | tuple[Due, ...] | None = None,
    *,
    setup: Setup = Setup.TRX,
    end: End = End.KEPT,
    sends: bytes | tuple[Step, ...] = pdu(ENQUIRE, N),
    probe: Probe | None = None,
    within: float = 0.0,
) -> Case:
    return case("a.case", "", setup, sends, due, RESPONSE_DUE, end=end, probe=probe, within=within)


def numbers(stage: Stage) -> list[int]:
    return [number for _, number, _ in stage.asked]
