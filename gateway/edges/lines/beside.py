"""What one caller's call knows of the telephone that is joined to it, if any: which PSAP has one,
that it is rung once for each number, what passes between both, and what becomes of it.

The same whether the caller types in tones or in text. Knows neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ....sip.clock import Due
from ....sip.uri import SipUri
from .bridge import Bridge, Lost, Samples
from .door import VoiceState
from .session import NotTaken
from .telephone import Ring, Telephone

UNKNOWN = "no telephone of it was known when this call came"


class Beside:
    """`telephones`: PSAP -> who is rung there. `told` hears what becomes of each number."""

    def __init__(
        self,
        ring: Ring,
        telephones: Mapping[str, SipUri],
        told: Callable[[int, VoiceState, str], None],
    ) -> None:
        self.ani = ""
        self.psap = ""  # that has answered
        self._ring = ring
        self._telephones = telephones
        self._told = told
        self._number = 0
        self._telephone: Telephone | None = None

    @property
    def may_ring(self) -> bool:
        """Whether whoever has the call has a telephone."""
        return self.psap in self._telephones

    @property
    def number(self) -> int:
        """Of the one that rings or is joined; 0 without."""
        return self._number if self._telephone is not None else 0

    @property
    def is_open(self) -> bool:
        """Whether voices pass."""
        return self._telephone is not None and self._telephone.is_open

    def join(self, number: int, psap: str) -> None:
        """Ring the telephone of `psap`; one that is there already is let go. With the number of the
        one that is there nothing is rung."""
        if number == self.number:
            return
        target = self._telephones.get(psap)
        if target is None:
            self._told(number, "failed", UNKNOWN)
            return
        self.let_go("another telephone is rung")
        self._number = number
        try:
            telephone = self._ring(target, self.ani, partial(self._tell, number))
        except NotTaken as refused:
            self._told(number, "failed", f"{refused}")
            return
        if self._number == number:  # else it has failed already
            self._telephone = telephone

    def let_go(self, reason: str) -> None:
        """Nothing is told of it."""
        telephone, self._telephone = self._telephone, None
        if telephone is not None:
            telephone.let_go(reason)

    def give_up(self, reason: str) -> None:
        """It cannot go on, and whoever asked for it is told."""
        if self._telephone is not None:
            self._telephone.give_up(reason)

    def hear(self, frame: Samples, lost: Lost, now: float, *, typed: bool) -> None:
        """20 ms of the caller's line; `typed`: with them a character of his was accepted."""
        if (bridge := self._bridge) is not None:
            bridge.caller(frame, lost, now)
            if typed:
                bridge.typed(now)

    def said(self) -> Samples | None:
        """What the caller hears in the next 20 ms, where we do not type; None: silence."""
        bridge = self._bridge
        return None if bridge is None else bridge.to_caller()

    def beat(self, due: Due, now: float) -> None:
        if self._telephone is not None:
            self._telephone.beat(due, now)

    @property
    def _bridge(self) -> Bridge | None:
        telephone = self._telephone
        return telephone.bridge if telephone is not None and telephone.is_open else None

    def _tell(self, number: int, state: VoiceState, reason: str) -> None:
        if state != "open" and number == self._number:
            self._telephone, self._number = None, 0
        self._told(number, state, reason)
