"""Who is there: the browsers' links of one PSAP, since when somebody is missing, who is awaited,
and who asked whom to take over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .frames import HandOverAnswered, HandOverAsked, NotPossible, Person, ServerFrame
from .legs import Client, Held, Ledger


class Presence:
    """Owns the links. A person may have several; they are gone when the last one is.

    Somebody who is logged in and whose link has just gone is awaited for a moment: a page that is
    reloaded, or every page while the gateway starts again, is not an empty room.
    """

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._links: dict[str, dict[str, Client]] = {}  # user -> links
        self._awaited: dict[str, float] = {}  # user without a link -> UTC seconds, until when
        self._begun_at = 0.0  # UTC seconds; nobody was here before
        self.gone: dict[str, float] = {}  # user -> UTC seconds since when they have no link
        self.nobody_since: float | None = None  # None while somebody is there

    def begin(self, users: Iterable[str], now: float, until: float) -> None:
        """The gateway starts. `users` are logged in, and their browsers are on the way back."""
        self._begun_at = now
        if not self._clients:
            self.nobody_since = now
        for user in users:
            if user not in self._links:
                self._awaited[user] = until

    def __iter__(self) -> Iterator[Client]:
        return iter(self._clients.values())

    @property
    def is_settled(self) -> bool:
        """Whether nobody is missing or awaited: then nothing will change by waiting."""
        return not (self.gone or self._awaited) and self.nobody_since is None

    @property
    def reachable(self) -> bool:
        """Whether somebody is here, or on the way back."""
        return bool(self._clients or self._awaited)

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
        self._awaited.pop(client.user, None)
        self.gone.pop(client.user, None)
        self.nobody_since = None
        return new

    def remove(self, client: Client, now: float, until: float) -> bool:
        """Whether it was this person's last link. They are awaited until `until`; 0.0: not."""
        del self._clients[client.id]
        links = self._links[client.user]
        del links[client.id]
        if links:
            return False
        del self._links[client.user]
        self.gone[client.user] = now
        if until:
            self._awaited[client.user] = until
        if not self._clients:
            self.nobody_since = now
        return True

    def await_no_more(self, user: str) -> None:
        self._awaited.pop(user, None)

    def awaited_until(self) -> float | None:
        """When the first of those who are awaited is given up (UTC seconds)."""
        return min(self._awaited.values(), default=None)

    def give_up(self, now: float) -> bool:
        """Whether somebody was awaited in vain until now."""
        late = [user for user, until in self._awaited.items() if until <= now]
        for user in late:
            del self._awaited[user]
        return bool(late)

    def missing(self, user: str) -> None:
        """This person has something open. If they are not here and have not been since the gateway
        started, they have been gone since then."""
        if user not in self._links:
            self.gone.setdefault(user, self._begun_at)

    def people(self, positions: dict[str, str]) -> tuple[Person, ...]:
        return tuple(
            Person(user, next(iter(links.values())).role, positions.get(user, ""))
            for user, links in sorted(self._links.items())
        )


class HandOvers:
    """Who wants to go, and which colleague was asked to take their dialogues over."""

    def __init__(
        self, here: Presence, legs: Ledger, send: Callable[[tuple[str, ...], ServerFrame], None]
    ) -> None:
        self._here = here
        self._legs = legs
        self._send = send
        self._asked: dict[str, str] = {}  # who wants to go -> who was asked

    def ask(self, client: Client, to: str) -> None:
        """`to` is empty when the question is taken back."""
        self._take_back(client.user)
        if not to:
            return
        if to == client.user or not self._here.of(to):
            reason = f"{to} is not connected. Ask another colleague."
            self._send((client.id,), NotPossible("hand_over", "", reason))
            return
        self._asked[client.user] = to
        self._send(self._here.of(to), self._question(client.user))

    def answer(self, client: Client, from_user: str, accepted: bool) -> list[Held]:
        """The dialogues that `client` takes over now."""
        if self._asked.get(from_user) != client.user:
            reason = f"{from_user} does not ask you any more."
            self._send((client.id,), NotPossible("accept_hand_over", "", reason))
            return []
        del self._asked[from_user]
        self._send(self._here.of(client.user), HandOverAsked(from_user, ()))
        self._send(self._here.of(from_user), HandOverAnswered(client.user, accepted))
        return self._legs.of(from_user) if accepted else []

    def remind(self, client: Client) -> None:
        """A link is new: what its person was asked and has not answered."""
        for asking, asked in self._asked.items():
            if asked == client.user:
                self._send((client.id,), self._question(asking))

    def leave(self, user: str) -> None:
        """This person is gone: what they asked and what they were asked comes to nothing."""
        self._take_back(user)
        for asking in [one for one, asked in self._asked.items() if asked == user]:
            del self._asked[asking]
            self._send(self._here.of(asking), HandOverAnswered(user, accepted=False))

    def _take_back(self, user: str) -> None:
        before = self._asked.pop(user, "")
        self._send(self._here.of(before), HandOverAsked(user, ()))

    def _question(self, from_user: str) -> HandOverAsked:
        return HandOverAsked(from_user, tuple(held.id for held in self._legs.of(from_user)))
