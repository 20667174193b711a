"""Who looks on at a carrier's binds, and what they are shown. Pure; the clock is handed in.

A tap on every bind notes octets for whoever watches and does nothing else. A watcher has a bounded
queue: one that is slow loses lines and is told how many; the gateway never waits for it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from ...smpp.pdu import RESPONSE
from ...smpp.tap import Tap
from .dialect import Dialect, Figures
from .hiding import LAYOUTS, header_only, hidden
from .lines import Happening, Line, Lost, Seen

WATCHERS_MAX = 4  # at once, over all carriers: people, each at a terminal
WAITING_MAX = 2_000  # PDUs that wait for one watcher
OCTETS_MAX = 2_000_000  # of them
ASKED_MAX = 1_000  # test texts of one watcher whose responses are still to come


class Scope(Enum):
    """How much of callers a watcher sees."""

    HIDDEN = "hidden"  # neither words nor numbers
    WORDS = "words"  # everything but passwords
    TESTS = "tests"  # what goes from and to the test addresses, whole; of the rest nothing


class Bound(Protocol):
    """What is to be known of a bind."""

    @property
    def id(self) -> str: ...
    @property
    def owed(self) -> int: ...
    @property
    def interface_version(self) -> int: ...
    @property
    def is_ours(self) -> bool: ...
    def tap(self, tap: Tap) -> None: ...


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


class Ear:
    """The tap on one bind."""

    __slots__ = ("_carrier", "_dialect", "_link", "_lookout")

    def __init__(self, lookout: Lookout, carrier: str, link: Bound, dialect: Dialect) -> None:
        self._lookout = lookout
        self._carrier = carrier
        self._link = link
        self._dialect = dialect

    def heard(self, pdus: list[bytes]) -> None:
        link, dialect = self._link, self._dialect
        if dialect.passes:
            dialect.passed(len(pdus))
        else:
            at = self._lookout.utc()
            dialect.heard(at, link.id, pdus, link.owed, link.interface_version)
        if self._lookout.is_watched:
            self._lookout.note(self._carrier, link, pdus, heard=True)

    def said(self, pdus: list[bytes]) -> None:
        if self._lookout.is_watched:
            self._lookout.note(self._carrier, self._link, pdus, heard=False)


class Lookout:
    """`utc`: UTC seconds."""

    def __init__(self, utc: Callable[[], float]) -> None:
        self.utc = utc
        self.is_watched = False  # by anybody: asked for every turn of octets
        self._dialects: dict[str, Dialect] = {}
        self._watchers: list[Watcher] = []
        self._ears: dict[str, Ear] = {}

    def __len__(self) -> int:
        """Who watches now."""
        return len(self._watchers)

    def binds(self, links: Iterable[tuple[str, Bound]]) -> None:
        """All the binds there are now, each with its carrier's name."""
        ears: dict[str, Ear] = {}
        for carrier, link in links:
            ear = self._ears.get(link.id)
            if ear is None:
                ear = Ear(self, carrier, link, self.dialect(carrier))
                link.tap(ear)
            ears[link.id] = ear
        self._ears = ears

    def dialect(self, carrier: str) -> Dialect:
        """What was seen of a carrier, before a restart too."""
        return self._dialects.setdefault(carrier, Dialect(self.utc()))

    def remember(self, seen: Mapping[str, Figures]) -> None:
        """Carrier -> what was seen of it in an earlier life of the gateway. Before any bind."""
        self._dialects = {carrier: Dialect(one.since, one) for carrier, one in seen.items()}

    def seen(self) -> dict[str, Figures]:
        """Of every carrier that was ever bound."""
        return {carrier: one.figures() for carrier, one in self._dialects.items()}

    def note(self, carrier: str, link: Bound, pdus: list[bytes], *, heard: bool) -> None:
        for watcher in self._watchers:
            if watcher.carrier == carrier:
                watcher.note(self.utc(), link, pdus, heard=heard)

    def tell(self, carrier: str, what: str, words: str, peer: str = "") -> None:
        """Something happened to a carrier's binds; "" is a peer that nobody knows, told to all."""
        for watcher in self._watchers:
            if carrier in ("", watcher.carrier):
                watcher.tell(Happening(self.utc(), what, words, peer))

    def watch(self, watcher: Watcher) -> bool:
        """False: too many watch already."""
        if len(self._watchers) >= WATCHERS_MAX:
            return False
        self._watchers.append(watcher)
        self.is_watched = True
        return True

    def leave(self, watcher: Watcher) -> None:
        self._watchers.remove(watcher)
        self.is_watched = bool(self._watchers)
