"""The legs as the console holds them: lines, owners, what was shown. Sends nothing by itself.

Lines only ever grow at the end, in the order of their sequence numbers, so that "everything after
n" is all that a returning browser has to ask for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec

from ..port import Card, Chart, Delivery, Item, Leg, LineState, Offer, Sending, Typed
from .bursts import folded
from .frames import LegState, Line, line
from .live import GROWN_MAX, Live
from .terms import Role

CLOSED_KEPT = 200  # closed legs remembered, so that a browser that was away sees their last lines


def leg_id(leg: Leg) -> str:
    """The leg's name on the wire. Clients treat it as opaque."""
    return f"{leg.dialogue}/{leg.offer}"


def without_place(card: Card) -> Card:
    """What colleagues see of somebody else's dialogue: that it is there, not where or what."""
    return replace(card, routed_because="", place=None, chart=None, previous="", arriving="")


def bare(card: Card) -> Card:
    """Without the map: that is most of it, and few of them are ever looked at."""
    return card if card.chart is None else replace(card, chart=None)


@dataclass(slots=True)
class Client:
    """One browser's link after its `hello`.

    `stopped_at`: for legs this client may not read now, the sequence up to which it has them. A leg
    it may read has no entry: of that it was sent everything.
    """

    id: str
    user: str
    role: Role
    stopped_at: dict[str, int] = field(default_factory=dict[str, int])
    acknowledged: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Held:
    """`owner` is empty while it rings; `closed` is the reason once it is no longer this PSAP's.

    `shown`: up to where the gateway was told that it is on a screen. `clicked`: clients that wait
    to be told who has it. `asked`: key -> user whose `write` or `end` was reported and has no
    answer yet.
    """

    leg: Leg
    id: str
    card: Card
    owner: str = ""
    answered_at: float = 0.0
    ring_until: float = 0.0
    closes_at: float = 0.0
    shown: int = -1
    stalled: bool = False
    closed: str = ""
    group: str = ""  # in which it rings, or rang when it was closed
    chart: Chart | None = None  # large: it is sent when somebody looks at it
    line: LineState | None = None  # of a call
    earlier: tuple[Line, ...] = ()  # of the call before
    lines: list[Line] = field(default_factory=list[Line])
    clicked: set[str] = field(default_factory=set[str])
    asked: dict[str, str] = field(default_factory=dict[str, str])
    _places: dict[int, int] = field(default_factory=dict[int, int])  # sequence -> index in lines
    _keys: dict[str, int] = field(default_factory=dict[str, int])  # key of a reply -> index

    @classmethod
    def from_offer(cls, offer: Offer) -> Held:
        held = cls(offer.leg, leg_id(offer.leg), offer.card)
        held.renew(offer)  # draws the card
        return held

    def renew(self, offer: Offer) -> None:
        """Take over what the offer says; lines that are here already stay as they are."""
        if self.closed:
            self.owner, self.answered_at = "", 0.0
        self.draw(offer.card)
        self.ring_until = offer.ring_until
        self.shown = max(self.shown, offer.shown_up_to)
        self.closed = ""
        self.line = offer.line
        self.earlier = tuple(line(item) for item in offer.earlier)
        for item in offer.items:
            self.add(item)

    def draw(self, card: Card) -> None:
        self.card, self.chart = bare(card), card.chart

    @property
    def last(self) -> int:
        return self.lines[-1].sequence if self.lines else -1

    def add(self, item: Item) -> Line | None:
        """The new line, or None when it is here already. A gap that is filled later would be
        missed by a client that resumes behind it, so that is a fault of the gateway's."""
        if item.sequence in self._places:
            return None
        if item.sequence < self.last:
            raise ValueError(
                f"{self.id}: line {item.sequence} came after line {self.last}; sequences must grow"
            )
        new = line(item)
        self._places[item.sequence] = len(self.lines)
        if item.key:
            self._keys[item.key] = len(self.lines)
            self.asked.pop(item.key, None)
        self.lines.append(new)
        return new

    def has_of_caller(self, after: int, up_to: int) -> bool:
        """Whether there is a line of the caller's behind `after`, up to `up_to`."""
        for one in reversed(self.lines):
            if one.sequence <= after:
                return False
            if one.kind == "caller" and one.sequence <= up_to:
                return True
        return False

    def before(self, sequence: int, count: int) -> tuple[Line, ...]:
        """The last `count` lines below that sequence, in order."""
        end = bisect_left(self.lines, sequence, key=lambda one: one.sequence)
        return tuple(self.lines[max(0, end - count) : end])

    def with_key(self, key: str) -> Line | None:
        place = self._keys.get(key)
        return None if place is None else self.lines[place]

    def deliver(self, sequence: int, delivery: Delivery, note: str) -> bool:
        """Whether that line is here and was changed."""
        place = self._places.get(sequence)
        if place is None:
            return False
        self.lines[place] = msgspec.structs.replace(
            self.lines[place], delivery=delivery, delivery_note=note
        )
        return True

    def retype(self, change: Typed) -> int | None:
        """Write the line anew; gives its index, or None when it is not here."""
        place = self._places.get(change.sequence)
        if place is not None:
            now = Live(change.unsure, change.open) if change.open or change.unsure else None
            self.lines[place] = msgspec.structs.replace(
                self.lines[place], text=change.text, live=now
            )
        return place

    def send(self, change: Sending) -> Live | None:
        """How far the reply at that sequence is by now, or None when it is not here."""
        place = self._places.get(change.sequence)
        if place is None:
            return None
        one = self.lines[place]
        typed = change.typed or ("" if one.live is None else one.live.typed)
        now = Live(typed=typed, left=change.left)
        self.lines[place] = msgspec.structs.replace(one, live=now)
        return now

    def readable_by(self, client: Client) -> bool:
        """Ringing: everybody here must see what it is. Answered: the owner and supervisors."""
        return not self.owner or client.user == self.owner or client.role == "supervisor"

    def counts(self, client: Client) -> bool:
        """Whether this client's acknowledgement means that the PSAP was shown a line."""
        return not self.owner or client.user == self.owner

    def may_be_taken_by(self, client: Client) -> bool:
        """Whether this client may take it over from its owner."""
        return self.stalled or client.role == "supervisor"

    def view(self, client: Client, after: int) -> LegState:
        """All that `client`, which holds the lines up to `after`, may know of it now."""
        readable = self.readable_by(client)
        split = bisect_right(self.lines, after, key=lambda one: one.sequence)
        lines, folds = folded(self.lines[split:] if readable else ())
        return LegState(
            leg=self.id,
            dialogue=self.leg.dialogue,
            state="answered" if self.owner else "ringing",
            owner=self.owner,
            answered_at=self.answered_at,
            ring_until=self.ring_until,
            closes_at=self.closes_at,
            stalled=self.stalled,
            readable=readable,
            card=self.card if readable else without_place(self.card),
            after=after,
            lines=lines,
            folds=folds,
            group="" if self.owner else self.group,
            line=self.line if readable else None,
            grown=self._grown(split) if readable and self.line is not None else (),
            earlier=self.earlier if readable else (),
            deliveries=tuple(
                (one.sequence, one.delivery, one.delivery_note)
                for one in self.lines[:split]
                if one.delivery is not None
            )
            if readable
            else (),
        )

    def _grown(self, split: int) -> tuple[Line, ...]:
        """Of the lines before that index those that may have grown since they were sent."""
        return tuple(one for one in self.lines[:split] if one.kind != "event")[-GROWN_MAX:]


class Ledger:
    """All legs of one PSAP: open ones, the last closed ones, and who owns which."""

    def __init__(self) -> None:
        self._legs: dict[str, Held] = {}
        self._closed: deque[str] = deque()
        self._owned: dict[str, set[str]] = {}  # user -> their open legs; never an empty set

    def __iter__(self) -> Iterator[Held]:
        return iter(self._legs.values())

    def get(self, leg: str) -> Held | None:
        return self._legs.get(leg)

    def open(self, leg: Leg) -> Held | None:
        held = self._legs.get(leg_id(leg))
        return None if held is None or held.closed else held

    def take(self, offer: Offer) -> Held:
        """The leg of this offer, new or renewed, and owned when it was answered before."""
        held = self._legs.get(leg_id(offer.leg))
        if held is None:
            held = self._legs[leg_id(offer.leg)] = Held.from_offer(offer)
        else:
            if held.closed:
                self._closed.remove(held.id)
            held.renew(offer)
        if offer.answered_by and offer.answered_by != held.owner:
            self.own(held, offer.answered_by, 0.0)
        return held

    def own(self, held: Held, by: str, at: float) -> None:
        self._disown(held)
        held.owner, held.answered_at, held.ring_until = by, at, 0.0
        held.clicked.clear()
        self._owned.setdefault(by, set()).add(held.id)

    def _disown(self, held: Held) -> None:
        held.stalled = False
        mine = self._owned.get(held.owner, set())
        mine.discard(held.id)
        if not mine:
            self._owned.pop(held.owner, None)

    def close(self, held: Held, reason: str) -> str:
        """Returns the leg that is forgotten for it, or ""."""
        self._disown(held)
        held.closed = reason or "The dialogue is over."
        held.clicked.clear()
        self._closed.append(held.id)
        if len(self._closed) <= CLOSED_KEPT:
            return ""
        forgotten = self._closed.popleft()
        del self._legs[forgotten]
        return forgotten

    def of(self, user: str) -> list[Held]:
        """This person's open legs."""
        return [self._legs[leg] for leg in sorted(self._owned.get(user, ()))]

    def owned(self) -> list[Held]:
        return [held for user in sorted(self._owned) for held in self.of(user)]
