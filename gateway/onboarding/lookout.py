"""Who looks on at a carrier's binds, and what was seen of how it writes. Pure; the clock is handed
in.

A tap on every bind notes octets for whoever watches and does nothing else. What a watcher is shown
is in `watcher`, which is not loaded before there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from .dialect import Dialect, Figures
from .lines import Happening
from .watched import Bound

if TYPE_CHECKING:
    from .watcher import Watcher

WATCHERS_MAX = 4  # at once, over all carriers: people, each at a terminal


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
