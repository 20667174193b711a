"""One who looks on at a carrier's binds, and what they are shown. Pure.

A watcher has a bounded queue: one that is slow loses lines and is told how many; the gateway never
waits for it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ...smpp.pdu import RESPONSE
from .hiding import LAYOUTS, header_only, hidden
from .lines import Happening, Line, Lost, Seen
from .watched import Bound, Scope

WAITING_MAX = 2_000  # PDUs that wait for one watcher
OCTETS_MAX = 2_000_000  # of them
ASKED_MAX = 1_000  # test texts of one watcher whose responses are still to come


@dataclass(frozen=True, slots=True)
class _Noted:
    at: float
    link: str
    ours: bool
    heard: bool
    octets: bytes


@dataclass(slots=True, eq=False)
class Watcher:
    """`ours`: addresses that are no person's; `tests`: those of certifications, whose texts are
    not a caller's. `wake` is called when there is something in an empty queue."""

    carrier: str
    scope: Scope
    ours: frozenset[bytes]
    tests: frozenset[bytes]
    wake: Callable[[], None] = lambda: None
    lost: int = 0
    _queue: deque[Happening | Lost | _Noted] = field(
        default_factory=deque["Happening | Lost | _Noted"]
    )
    _octets: int = 0
    # How many requests bear that number: a retransmission has that of what it repeats.
    _asked: OrderedDict[tuple[str, bool, bytes], int] = field(
        default_factory=OrderedDict["tuple[str, bool, bytes]", int]
    )

    def note(self, at: float, link: Bound, pdus: Iterable[bytes], *, heard: bool) -> None:
        """PDUs of one bind, of the peer (`heard`) or ours."""
        was_empty = not self._queue
        for octets in pdus:
            if self.scope is Scope.TESTS and not self._is_of_a_test(link.id, octets, heard):
                continue
            if len(self._queue) >= WAITING_MAX or self._octets + len(octets) > OCTETS_MAX:
                self.lost += 1
                continue
            if self.lost:
                self._queue.append(Lost(self.lost))
                self.lost = 0
            self._octets += len(octets)
            self._queue.append(_Noted(at, link.id, link.is_ours, heard, octets))
        if was_empty and self._queue:
            self.wake()

    def tell(self, happening: Happening) -> None:
        """Something that happened to the carrier's binds. Few, so they are never lost to PDUs; a
        peer that binds and leaves without end pushes out the oldest."""
        if len(self._queue) >= 2 * WAITING_MAX:
            self.lost += 1
            return
        self._queue.append(happening)
        self.wake()

    def take(self, at_most: int) -> list[Line]:
        """The next lines, made only now. What was lost is said where it would have been."""
        lines: list[Line] = []
        while self._queue and len(lines) < at_most:
            one = self._queue.popleft()
            if isinstance(one, _Noted):
                self._octets -= len(one.octets)
                lines.append(self._seen(one))
            else:
                lines.append(one)
        if self.lost and not self._queue:
            lines.append(Lost(self.lost))
            self.lost = 0
        return lines

    def _seen(self, one: _Noted) -> Seen:
        at, link, heard, ours, octets = one.at, one.link, one.heard, one.ours, one.octets
        shown: bytes | None = octets
        if header_only(octets):
            shown = None
        elif self.scope is not Scope.WORDS and not self._concerns_a_test(octets):
            shown = hidden(octets, self.ours)
        if shown is None:
            return Seen(at, link, heard, octets[:16].hex(), len(octets) - 16, ours=ours)
        return Seen(at, link, heard, shown.hex(), is_hidden=shown != octets, ours=ours)

    def _is_of_a_test(self, link: str, octets: bytes, heard: bool) -> bool:
        """Also what is nobody's: enquire_link, unbind and their like."""
        command_id = int.from_bytes(octets[4:8])
        if command_id & RESPONSE:
            return self._is_asked_for((link, not heard, octets[12:16]), command_id)
        if command_id not in LAYOUTS:
            return True
        if not self._concerns_a_test(octets):
            return False
        key = link, heard, octets[12:16]
        self._asked[key] = self._asked.get(key, 0) + 1
        if len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return True

    def _is_asked_for(self, key: tuple[str, bool, bytes], command_id: int) -> bool:
        """Whether a response is one to a test, or to what is nobody's."""
        left = self._asked.pop(key, 0) - 1
        if left > 0:
            self._asked[key] = left
        return left >= 0 or command_id not in LAYOUTS

    def _concerns_a_test(self, octets: bytes) -> bool:
        """Whether an address of the PDU is one for tests: both stand before everything else that a
        peer may fill as it likes, but for service_type."""
        return any(address in self.tests for address in addresses(octets))


def addresses(octets: bytes) -> Sequence[bytes]:
    """source_addr and destination_addr of a message; none for anything else."""
    command_id = int.from_bytes(octets[4:8])
    if command_id & RESPONSE or command_id not in LAYOUTS:
        return ()
    try:
        source = octets.index(b"\0", 16) + 3
        end = octets.index(b"\0", source)
        destination = end + 3
        return octets[source:end], octets[destination : octets.index(b"\0", destination)]
    except ValueError:
        return ()
