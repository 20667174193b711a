"""Which texts were answered over which link, for as long as a repeat of them may come. Pure.

DESIGN 9.1 (d): the same octets on another link are a suspected repeat unless the response to the
first was provably handed to a live socket. Proof is that the link still lives, or that its peer was
heard after the response had been written.
"""

from __future__ import annotations

from collections import OrderedDict

from ..core.hearing import OTHER_LINK_FOR

CLOSED_MAX = 10_000  # links; of one forgotten nothing is proven, which errs on the safe side
ANSWERED_MAX = 500_000  # at 5,000 texts a second more than `OTHER_LINK_FOR`; then the oldest go


class Answered:
    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._closed: OrderedDict[str, float] = OrderedDict()  # link -> when last heard

    def note(self, link: str, sequence_number: int, now: float) -> None:
        """The response was written to the link at `now` (monotonic seconds)."""
        self._at[link, sequence_number] = now
        self._at.move_to_end((link, sequence_number))  # a number may come again: oldest first
        while self._at:
            (key, at) = next(iter(self._at.items()))
            if now - at <= OTHER_LINK_FOR and len(self._at) <= ANSWERED_MAX:
                break
            del self._at[key]

    def link_closed(self, link: str, last_heard_at: float) -> None:
        self._closed[link] = last_heard_at
        while len(self._closed) > CLOSED_MAX:
            self._closed.popitem(last=False)

    def proven(self, link: str, sequence_number: int, *, alive: bool) -> bool:
        """False also for what was answered before a restart of the gateway: nothing is known."""
        at = self._at.get((link, sequence_number))
        if at is None:
            return False
        return alive or self._closed.get(link, at) > at
