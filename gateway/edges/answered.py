"""Which texts were answered over which link, for as long as a repeat of them may come. Pure.

DESIGN 9.1 (d): the same octets on another link are a suspected repeat unless the response to the
first was provably handed to a live socket. Proof is that the link still lived a while later, or
that its peer was heard that long after the response had been written.
"""

from __future__ import annotations

from collections import OrderedDict

from ..core.hearing import OTHER_LINK_FOR

# Seconds after the response that a link must have lived. What is read sooner may have been sent
# before it: a process that stood still finds the peer's next requests, the end of the link and the
# copy on another one all at once, in any order.
ALIVE_FOR = 1.0
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

    def proven(self, link: str, sequence_number: int, *, alive_at: float | None) -> bool:
        """`alive_at`: now, when nothing is known against the link; else None. False also for what
        was answered before a restart of the gateway: nothing is known."""
        at = self._at.get((link, sequence_number))
        if at is None:
            return False
        lived_until = self._closed.get(link, at) if alive_at is None else alive_at
        return lived_until - at >= ALIVE_FOR
