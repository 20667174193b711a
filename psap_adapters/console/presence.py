"""Who is there: the browsers' links of one PSAP, and since when somebody is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .frames import Person
from .legs import Client


class Presence:
    """Owns the links. A person may have several; they are gone when the last one is."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._links: dict[str, dict[str, Client]] = {}  # user -> links
        self.gone: dict[str, float] = {}  # user -> UTC seconds since when they have no link
        self.nobody_since: float | None = None  # None while somebody is there

    def __iter__(self) -> Iterator[Client]:
        return iter(self._clients.values())

    def __len__(self) -> int:
        return len(self._clients)

    def get(self, client: str) -> Client | None:
        return self._clients.get(client)

    def of(self, user: str) -> tuple[str, ...]:
        """Ids of this person's links."""
        return tuple(self._links.get(user, ()))

    def ids(self) -> tuple[str, ...]:
        return tuple(self._clients)

    def users(self) -> Iterable[str]:
        return self._links.keys()

    def add(self, client: Client) -> bool:
        """Whether this person was not here before."""
        new = client.user not in self._links
        self._clients[client.id] = client
        self._links.setdefault(client.user, {})[client.id] = client
        self.gone.pop(client.user, None)
        self.nobody_since = None
        return new

    def remove(self, client: Client, now: float) -> bool:
        """Whether it was this person's last link."""
        del self._clients[client.id]
        links = self._links[client.user]
        del links[client.id]
        if links:
            return False
        del self._links[client.user]
        self.gone[client.user] = now
        if not self._clients:
            self.nobody_since = now
        return True

    def missing(self, user: str, now: float) -> None:
        """This person has something open. If they are not here, the clock starts now at the
        latest: after a restart of the gateway nobody is here, and nobody has left either."""
        if user not in self._links:
            self.gone.setdefault(user, now)
        if not self._clients and self.nobody_since is None:
            self.nobody_since = now

    def people(self, positions: dict[str, str]) -> tuple[Person, ...]:
        return tuple(
            Person(user, next(iter(links.values())).role, positions.get(user, ""))
            for user, links in sorted(self._links.items())
        )
