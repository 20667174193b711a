"""Many callers at once: who rings as a card of their own, and who as one of a group. Pure.

A group is one card with a count; its members are sent when somebody opens it. Two kinds: callers
with similar words (`clusters`), and, when more ring than a list can show, those who came after. A
member is no less a caller: it rings, it can be answered by itself, and its limits of time run on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from . import frames
from .clusters import TOGETHER, Clusters, Found
from .legs import Held

SINGLES_MAX = 100  # ringing callers who have a card of their own: more no list shows
GROUPS_MAX = 50  # with similar words; who is in a further one counts as one of the rest
REST = "rest"  # the group of those who came after
EVERY = 0.5  # seconds between two frames of one group
VERSIONS_MAX = 16  # frames of a group that no console has shown; the older ones are put together


@dataclass(slots=True)
class Group:
    """`changed`: leg -> sequence up to which it stands behind the next frame. `unseen`: the same
    for frames that left and that no console has acknowledged."""

    id: str
    kind: Literal["similar", "rest"]
    words: str
    members: dict[str, Held] = field(default_factory=dict[str, Held])  # in the order they came
    texts: int = 0
    newest: float = 0.0
    version: int = 0
    left_at: float = 0.0
    joined: list[str] = field(default_factory=list[str])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    unseen: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]])
    dirty: bool = False

    def frame(self, joined: tuple[str, ...] = ()) -> frames.Group:
        oldest = next(iter(self.members.values()), None)
        return frames.Group(
            group=self.id,
            kind=self.kind,
            version=self.version,
            words=self.words,
            callers=len(self.members),
            texts=self.texts,
            oldest="" if oldest is None else oldest.id,
            oldest_at=0.0 if oldest is None else oldest.card.opened_at,
            newest_at=self.newest,
            joined=joined,
        )


class Groups:
    """The groups that ring now. A leg is in at most one; `Held.group` says in which."""

    def __init__(self) -> None:
        self._clusters = Clusters()
        self._groups: dict[str, Group] = {}
        self._like: dict[str, dict[str, None]] = {}  # cluster -> who rings so, without a group yet
        self._cluster_of: dict[str, str] = {}
        self._version = 0
        self._singles: dict[str, Held] = {}  # ringing, with a card of their own

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def is_in(self, held: Held) -> bool:
        group = self._groups.get(held.group)
        return group is not None and held.id in group.members

    def ring(self, held: Held) -> None:
        """A leg begins to ring: on its own, or in a group."""
        if held.id in self._singles or self.is_in(held):
            return
        held.group = ""
        if held.line is not None:  # there are never so many calls, and no two are typed alike
            self._singles[held.id] = held
            return
        first = next((one.text for one in held.lines if one.kind == "caller"), held.card.arriving)
        found = self._clusters.add(held.id, first, held.card.opened_at)
        group = self._similar(held, found) if found.cluster else None
        if group is None and len(self._singles) < SINGLES_MAX:
            self._singles[held.id] = held
        else:
            self._join(held, group or self._groups.setdefault(REST, Group(REST, "rest", "")))

    def leave(self, held: Held) -> None:
        """It rings no more."""
        self._singles.pop(held.id, None)
        self._unlike(held.id)
        group = self._groups.get(held.group)
        if group is not None and held.id in group.members:
            self._part(held, group)

    def promoted(self) -> Iterator[Held]:
        """Who comes out of the rest into a card of their own, because there is room again."""
        rest = self._groups.get(REST)
        while rest is not None and rest.members and len(self._singles) < SINGLES_MAX:
            held = next(iter(rest.members.values()))
            self._part(held, rest)
            held.group = ""
            self._singles[held.id] = held
            yield held

    def wrote(self, held: Held, *, caller: bool) -> None:
        """A member has one line more."""
        group = self._groups[held.group]
        group.texts += caller
        group.changed[held.id] = held.last
        group.dirty = True

    def members(self, group: str, skip: int, count: int) -> list[Held]:
        found = self._groups.get(group)
        return [] if found is None else list(islice(found.members.values(), skip, skip + count))

    def size(self, group: str) -> int:
        found = self._groups.get(group)
        return 0 if found is None else len(found.members)

    def seen(self, group: str, version: int) -> Iterator[tuple[Held, int]]:
        """The card with that version is on a screen: these legs are shown, up to the sequence."""
        found = self._groups.get(group)
        if found is None:
            return
        for one in [one for one in found.unseen if one <= version]:
            for leg, up_to in found.unseen.pop(one).items():
                held = found.members.get(leg)
                if held is not None:
                    yield held, up_to

    def due_at(self) -> float | None:
        if not self._groups:
            return None
        return min(
            (one.left_at + EVERY for one in self._groups.values() if one.dirty), default=None
        )

    def due(self, now: float) -> Iterator[frames.Group]:
        """The frames that leave now. A group that nobody is in any more says so and is gone."""
        for group in [one for one in self._groups.values() if one.dirty]:
            if 0.0 <= now - group.left_at < EVERY:
                continue
            group.dirty = False
            group.left_at = now
            self._version += 1  # over all groups: one that comes again is not taken for shown
            group.version = self._version
            changed, group.changed = group.changed, {}
            if len(group.unseen) >= VERSIONS_MAX:
                changed = group.unseen.pop(next(iter(group.unseen))) | changed
            group.unseen[group.version] = changed
            joined, group.joined = tuple(group.joined), []
            if not group.members:
                del self._groups[group.id]
            yield group.frame(joined)

    def _similar(self, held: Held, found: Found) -> Group | None:
        """The group of those who ring with similar words, if there are enough of them now. As long
        as they are answered as they come, each has a card of their own."""
        group = self._groups.get(found.cluster)
        if group is not None and group.members:
            return group
        like = self._like.setdefault(found.cluster, {})
        for one in (*found.others, held.id):
            if one == held.id or one in self._singles or one in self._rest():
                like[one] = None
                self._cluster_of[one] = found.cluster
        if len(like) < TOGETHER or len(self._groups) >= GROUPS_MAX:
            return None
        group = self._groups.setdefault(found.cluster, Group(found.cluster, "similar", found.label))
        for one in list(like):
            self._move(one, group)
        return group

    def _rest(self) -> dict[str, Held]:
        rest = self._groups.get(REST)
        return {} if rest is None else rest.members

    def _unlike(self, leg: str) -> None:
        cluster = self._cluster_of.pop(leg, "")
        like = self._like.get(cluster, {})
        like.pop(leg, None)
        if not like:
            self._like.pop(cluster, None)

    def _move(self, leg: str, group: Group) -> None:
        """A leg that was alone, or among the rest, belongs to a cluster now."""
        self._unlike(leg)
        held = self._singles.pop(leg, None)
        if held is None and (held := self._rest().get(leg)) is not None:
            self._part(held, self._groups[REST])
        if held is not None:
            group.joined.append(leg)
            self._join(held, group)

    def _part(self, held: Held, group: Group) -> None:
        del group.members[held.id]
        group.changed.pop(held.id, None)
        group.texts -= _texts(held)
        group.dirty = True

    def _join(self, held: Held, group: Group) -> None:
        held.group = group.id
        group.members[held.id] = held
        group.texts += _texts(held)
        group.newest = max(group.newest, held.card.opened_at)
        group.changed[held.id] = held.last
        group.dirty = True


def _texts(held: Held) -> int:
    return sum(one.kind == "caller" for one in held.lines)
