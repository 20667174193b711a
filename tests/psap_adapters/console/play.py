"""A small honest browser for the hub's tests: it keeps a transcript as the protocol says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.hub import Hub
from text911.psap_adapters.console.outputs import Close, EndSessions, Output, Send, Tell
from text911.psap_adapters.console.settings import (
    CannedReply,
    ConsoleSettings,
    UserSettings,
)
from text911.psap_adapters.console.terms import Role

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$abcdef"
PSAP = "middletown"
ID = "d1/0"  # how the browsers know the leg that `leg()` is

Kind = TypeVar("Kind", bound=frames.ToClient)


def settings(*, suspended: str = "") -> ConsoleSettings:
    people: tuple[tuple[str, Role], ...] = (
        ("op1", "telecommunicator"),
        ("op2", "telecommunicator"),
        ("boss", "supervisor"),
    )
    return ConsoleSettings(
        display_name="Middletown Central Dispatch",
        users=tuple(
            UserSettings(name=name, role=role, password_hash=HASH) for name, role in people
        ),
        canned=(CannedReply(word="where", text="Where exactly?"),),
        suspended=suspended,
    )


def measure(text: str, dialogue: str) -> port.Measure:
    """One character per octet, 160 in a part: enough to see what is done with the answer."""
    if not text.isascii():
        units = len(text.encode("utf-16-le")) // 2
        return port.Measure("UCS-2", 1 + units // 70, 70 - units % 70, text, room=70)
    return port.Measure("GSM-7", 1 + len(text) // 160, 160 - len(text) % 160, text, room=160)


def leg(dialogue: str = "d1", offer: int = 0) -> port.Leg:
    return port.Leg(dialogue, PSAP, offer)


def card(town: str = "Middletown") -> port.Card:
    place = port.Place(41.559, -72.652, 620.0, 90, "Cell", "carrier", 100.0)
    return port.Card("(203) 555-0142", "Carrier B", "sms", 100.0, town, "cell sector", place)


def item(sequence: int, text: str = "help", **more: object) -> port.Item:
    return port.Item(sequence, 100.0 + sequence, "caller", text, **more)  # type: ignore[arg-type]


def reply(sequence: int, key: str, text: str = "where?", by: str = "op1") -> port.Item:
    return port.Item(sequence, 100.0, "psap", text, by=by, key=key, delivery=port.Delivery.WAITING)


def offer(
    *items: port.Item, of: port.Leg | None = None, answered_by: str = "", shown: int = -1
) -> port.Offer:
    return port.Offer(of or leg(), card(), items, shown, answered_by, 120.0)


@dataclass
class Browser:
    """`held`: leg -> its lines by sequence, in order of arrival. A line that comes twice is an
    error of the hub's, unless this browser asked again for a reply of its own (`asked_again`)."""

    name: str
    user: str
    held: dict[str, dict[int, frames.Line]] = field(
        default_factory=dict[str, dict[int, frames.Line]]
    )
    state: dict[str, frames.LegState] = field(default_factory=dict[str, frames.LegState])
    owner: dict[str, str] = field(default_factory=dict[str, str])
    closed: dict[str, str] = field(default_factory=dict[str, str])
    asked_again: set[str] = field(default_factory=set[str])
    heard: list[frames.ServerFrame] = field(default_factory=list[frames.ServerFrame])
    ended: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def hear(self, frame: frames.ServerFrame) -> None:
        self.heard.append(frame)
        match frame:
            case frames.LegState():
                lines = self.held.setdefault(frame.leg, {})
                if frame.readable:
                    assert frame.after == max(lines, default=-1)
                for line in frame.lines:
                    self._take(frame.leg, line)
                for sequence, delivery, note in frame.deliveries:
                    self._deliver(frame.leg, sequence, delivery, note)
                self.state[frame.leg] = frame
                self.owner[frame.leg] = frame.owner
                self.closed.pop(frame.leg, None)
            case frames.NewLine(of, line):
                self._take(of, line)
            case frames.Burst(of, after, folded, lines=lines):
                assert after == max(self.held[of], default=-1)
                assert lines or not folded
                for line in lines:
                    self._take(of, line)
            case frames.NewDelivery(of, sequence, delivery, note):
                self._deliver(of, sequence, delivery, note)
            case frames.NewOwner(of, owner):
                self.owner[of] = owner
            case frames.Closed(of, reason):
                self.closed[of] = reason
            case _:
                pass

    def _take(self, of: str, line: frames.Line) -> None:
        lines = self.held[of]
        if line.sequence in lines:
            assert line.key in self.asked_again, f"{self.name} got {of} {line.sequence} twice"
            return
        assert line.sequence > max(lines, default=-1), "out of order"
        lines[line.sequence] = line

    def _deliver(self, of: str, sequence: int, delivery: port.Delivery, note: str) -> None:
        lines = self.held[of]
        lines[sequence] = msgspec.structs.replace(
            lines[sequence], delivery=delivery, delivery_note=note
        )

    def resume(self) -> dict[str, int]:
        return {of: max(lines) for of, lines in self.held.items() if lines}

    def texts(self, of: str) -> list[str]:
        return [line.text for line in self.held[of].values()]


def heard(browser: Browser, kind: type[Kind]) -> list[Kind]:
    return [one for one in browser.heard if isinstance(one, kind)]


def last(browser: Browser, kind: type[Kind]) -> Kind:
    return heard(browser, kind)[-1]


class Room:
    """One hub with browsers. Keeps every report in order."""

    def __init__(self, *, suspended: str = "", logged_in: Iterable[str] = ()) -> None:
        self.hub = Hub(PSAP, settings(suspended=suspended).terms(), measure)
        self.now = 1000.0
        self.browsers: dict[str, Browser] = {}
        self.reports: list[port.Report] = []
        self.causes: list[bytes] = []
        self.ended_sessions: list[str] = []
        self.carry(self.hub.start(self.now, logged_in))

    def carry(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case Send(clients, frame):
                    for client in clients:
                        self.browsers[client].hear(frame)
                case Tell(report, cause):
                    self.reports.append(report)
                    self.causes.append(cause)
                case Close(client, code, reason):
                    self.browsers.pop(client).ended.append((code, reason))
                case EndSessions(users):
                    self.ended_sessions.extend(users)

    def enter(self, user: str, browser: Browser | None = None, name: str = "") -> Browser:
        """A browser connects; one that was here before resumes."""
        one = browser or Browser(name or user, user)
        self.browsers[one.name] = one
        hello = frames.Hello(frames.VERSION, one.resume())
        self.carry(self.hub.greet(one.name, user, hello, self.now))
        return one

    def leave(self, browser: Browser, *, logged_in: bool = True) -> None:
        del self.browsers[browser.name]
        self.carry(self.hub.leave(browser.name, self.now, logged_in=logged_in))

    def say(self, browser: Browser, frame: frames.ClientFrame) -> None:
        self.carry(self.hub.hear(browser.name, frame, b"raw", self.now))

    def offer(self, one: port.Offer) -> None:
        self.carry(self.hub.offer(one, self.now))

    def give(self, one: port.Item, of: port.Leg | None = None) -> None:
        self.carry(self.hub.give(of or leg(), one, self.now))

    def update(self, change: port.Change, of: port.Leg | None = None) -> None:
        self.carry(self.hub.update(of or leg(), change, self.now))

    def answered(self, by: str, of: port.Leg | None = None) -> None:
        self.update(port.AnsweredBy(by, self.now), of)

    def close(self, reason: str = "ended", of: port.Leg | None = None) -> None:
        self.carry(self.hub.close(of or leg(), reason, self.now))

    def wait(self, seconds: float) -> None:
        """Time passes; the timer fires whenever the hub asked for it."""
        until = self.now + seconds
        while (wakes_at := self.hub.wakes_at()) is not None and wakes_at <= until:
            self.now = max(self.now, wakes_at)
            self.carry(self.hub.tick(self.now))
            assert self.hub.wakes_at() != wakes_at, "a timer that fires for ever"
        self.now = until

    def told(self, kind: type[port.Report]) -> list[port.Report]:
        return [one for one in self.reports if isinstance(one, kind)]


def in_conversation(*more: str) -> tuple[Room, Browser]:
    """op1 has the dialogue d1 with one line, and the browsers of `more` look on."""
    room = Room()
    one = room.enter("op1")
    for user in more:
        room.enter(user)
    room.offer(offer(item(0)))
    room.say(one, frames.Answer(ID))
    room.answered("op1")
    return room, one
