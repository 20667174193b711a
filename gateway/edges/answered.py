"""Which texts were answered over which link, for as long as a repeat of them may come. Pure.

DESIGN 9.1 (d): the same octets on another link are a suspected repeat unless the response to the
first was provably handed to a live socket. Proof is that the link still lived a while later, or
that its peer was heard that long after the response had been written. Only time counts in which the
end of the link would have been heard: the process was awake, and read from the link.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import inf

from ..core.hearing import OTHER_LINK_FOR
from .awake import Awake

# Seconds after the response that a link must have lived. What is read sooner may have been sent
# before it: a process that stood still finds the peer's next requests, the end of the link and the
# copy on another one all at once, in any order.
ALIVE_FOR = 1.0
CLOSED_MAX = 10_000  # links; of one forgotten nothing is proven, which errs on the safe side
ANSWERED_MAX = 500_000  # at 5,000 texts a second more than `OTHER_LINK_FOR`; then the oldest go


class Answered:
    """All times are monotonic seconds. `awake` says of one how long the process was awake until
    then."""

    def __init__(self, awake: Callable[[float], float] | None = None) -> None:
        self._awake = awake or Awake()
        self._at: OrderedDict[tuple[str, int], float] = OrderedDict()
        # link -> when last heard, since when it was read
        self._closed: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def note(self, link: str, sequence_number: int, now: float) -> None:
        """The response was written to the link at `now`."""
        self._at[link, sequence_number] = now
        self._at.move_to_end((link, sequence_number))  # a number may come again: oldest first
        while self._at:
            (key, at) = next(iter(self._at.items()))
            if now - at <= OTHER_LINK_FOR and len(self._at) <= ANSWERED_MAX:
                break
            del self._at[key]

    def link_closed(self, link: str, last_heard_at: float, reading_since: float = -inf) -> None:
        self._closed[link] = last_heard_at, reading_since
        while len(self._closed) > CLOSED_MAX:
            self._closed.popitem(last=False)

    def proven(
        self,
        link: str,
        sequence_number: int,
        *,
        alive_at: float | None,
        reading_since: float = -inf,
    ) -> bool:
        """`alive_at`: now, when nothing is known against the link; else None. `reading_since`: when
        reading from it went on, inf while it is paused. False also for what was answered before a
        restart of the gateway: nothing is known."""
        at = self._at.get((link, sequence_number))
        if at is None:
            return False
        if alive_at is None:
            alive_at, reading_since = self._closed.get(link, (at, at))
        since = max(at, reading_since)
        return since <= alive_at and self._awake(alive_at) - self._awake(since) >= ALIVE_FOR
