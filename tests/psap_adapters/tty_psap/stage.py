"""A leg, and a person with a TTY at the other end of its call, in memory and on a clock of its own.

The gateway that the leg reports to is played as far as a leg needs it: it may answer a report.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from tests.tty.clean_receiver import CleanReceiver
from tests.tty.outlets import AtOnce
from text911.psap_adapters import port
from text911.psap_adapters.tty_psap.leg import TtyLeg
from text911.psap_adapters.tty_psap.outputs import HangUp, Output, Phase, Tell
from text911.psap_adapters.tty_psap.terms import Terms
from text911.tty.line import Line
from text911.tty.modulator import FRAME, RATE, Modulator
from text911.tty.pace import Pace
from text911.tty.receiving import Receiver
from text911.tty.spelling import spell
from text911.tty.turn_table import State, Typed
from text911.tty.turns import Policy

R = TypeVar("R")

TICK = FRAME / RATE
SILENCE = np.zeros(FRAME, np.int16)
HEARD = np.zeros(FRAME, np.bool_)
LEG = port.Leg("D-1", "elm-harbor", 0)
PLACE = port.Place(41.3083, -72.9279, 300.0, 90, "Cell", "the carrier", 1.0)
CARD = port.Card("(860) 555-0142", "Elm Wireless", "sms", 1.0, "New Haven", "by town", PLACE)
TERMS = Terms("TTY at 8605550199")


def caller(sequence: int, text: str, **more: object) -> port.Item:
    return port.Item(sequence, 1.0, "caller", text, **more)  # type: ignore[arg-type]


FIRST = caller(1, "My house is on fire")


def event(sequence: int, text: str) -> port.Item:
    return port.Item(sequence, 1.0, "event", text)


def offered(*items: port.Item, card: port.Card = CARD, **more: object) -> port.Offer:
    return port.Offer(LEG, card, items, number="+18605550142", **more)  # type: ignore[arg-type]


class Desk:
    """`hybrid`: how much of our own tones comes back on the way."""

    def __init__(self, offer: port.Offer, terms: Terms = TERMS, hybrid: float = 0.0) -> None:
        self.now = 100.0
        self.leg = TtyLeg(offer, terms, "tty-abc", self.now)
        self.told: list[port.Report] = []
        self.raw: list[bytes] = []
        self.hung_up: str | None = None
        self.paper = ""  # what their TTY has printed
        self.printed_at: list[int] = []  # of every report, how much was on the paper
        self._hybrid = hybrid
        self._said = AtOnce()
        self._line: Line | None = None  # theirs
        self._ours = deque([SILENCE] * 3)
        self._theirs = deque([SILENCE] * 3)
        self._back = deque([SILENCE] * 6)
        self._keys = 0

    def take(self, outputs: list[Output]) -> None:
        for one in outputs:
            match one:
                case Tell(report, raw):
                    self.told.append(report)
                    self.raw.append(raw)
                    self.printed_at.append(len(self.paper))
                case HangUp(reason):
                    self.hung_up = reason

    def of(self, kind: type[R]) -> list[R]:
        return [one for one in self.told if isinstance(one, kind)]

    # --- the person --------------------------------------------------------------------------

    def picks_up(self, ear: Receiver | None = None) -> None:
        """`ear`: by which we hear."""
        ours = Line(ear or CleanReceiver(), Modulator(Pace()), Policy(probe=""), self.now)
        self._line = Line(CleanReceiver(), Modulator(Pace()), Policy(probe=""), self.now)
        self.take(self.leg.picked_up(ours, self.now))

    def types(self, text: str) -> None:
        assert self._line is not None
        self._keys += 1
        text = spell(text, ends_turns=True).text
        self._print(self._line.write(f"k{self._keys}", text, self.now))

    def breaks_in(self, text: str) -> None:
        """Types whoever's turn it is."""
        self.types(text)
        assert self._line is not None
        self._print(self._line.interrupt(self.now))

    def puts_down(self) -> None:
        self._line = None
        self.take(self.leg.hung_up("it hung up", self.now))

    def _print(self, events: tuple[object, ...]) -> None:
        for one in events:
            if isinstance(one, Typed) and not one.echo:
                self.paper += one.character.reading

    @property
    def lines(self) -> list[str]:
        return [one for one in self.paper.replace("\r", "").split("\n") if one]

    # --- time --------------------------------------------------------------------------------

    def tick(self) -> None:
        self.now += TICK
        self._said.beat()
        self.take(self.leg.beat(self._said, self.now))
        ours = self._said.heard.pop() if self._said.heard else SILENCE
        self._ours.append(ours)
        self._back.append(np.rint(ours * self._hybrid).astype(np.int16))
        theirs = SILENCE
        if self._line is not None:
            sent, events = self._line.frame(self.now)
            theirs = sent.samples
            self._print(events)
            self._print(self._line.hear(self._ours.popleft(), HEARD, self.now))
        self._theirs.append(theirs)
        heard = self._theirs.popleft() + self._back.popleft()
        self.take(self.leg.hear(heard, HEARD, self.now))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.tick()

    def until(self, what: str, found: Callable[[], object], within: float = 120.0) -> None:
        """Raises AssertionError with what is on the paper instead."""
        for _ in range(round(within / TICK)):
            if found():
                return
            self.tick()
        raise AssertionError(f"{what}: not within {within:g} s; told {self.told}; {self.paper!r}")

    def reads(self, text: str, within: float = 120.0) -> None:
        self.until(f"{text!r} on the paper", lambda: text in self.paper, within)

    def reports(self, kind: type[port.Report], count: int = 1, within: float = 120.0) -> None:
        self.until(f"{kind.__name__}", lambda: len(self.of(kind)) >= count, within)

    @property
    def is_theirs_to_type(self) -> bool:
        return self._line is not None and self._line.state is State.OURS

    def answered(self) -> None:
        """Picked up by somebody who types at once; owned, as the gateway then says."""
        self.picks_up()
        self.reads("GA")
        self.types("911 GA")
        self.reports(port.Answered)
        self.take(self.leg.update(port.AnsweredBy(TERMS.by, 1.0), self.now))


__all__ = [
    "CARD", "LEG", "PLACE", "TERMS", "Desk", "Phase", "caller", "event", "offered",
]  # fmt: skip
