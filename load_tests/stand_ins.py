"""What stands around the gateway when its hot path is counted: reactor, journal, carriers and
people in memory. They keep count of what the gateway does to them and never take time of their own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from text911.gateway.journal.contract import Done, Record, Snapshot, Stored
from text911.psap_adapters.console.desk import Desk
from text911.psap_adapters.console.link import Link

from .carrier import DELIVER_SM, HEADER, RESPONSE
from .gateway import PERSON
from .workload import identity, is_answered


@dataclass(slots=True)
class Counted:
    """Over `messages` texts with all that they bring about. `python` and `native`: calls of
    functions written in Python and in C."""

    messages: int = 0
    turns: int = 0
    python: int = 0
    native: int = 0
    records: int = 0
    appends: int = 0
    carrier_writes: int = 0
    console_writes: int = 0
    replies: int = 0
    cpu: float = 0.0  # seconds, when nothing was counted
    stages: dict[str, float] = field(default_factory=dict[str, float])  # the same, of each

    def per_message(self) -> dict[str, float]:
        one = max(1, self.messages)
        return {
            "Python calls": self.python / one,
            "native calls": self.native / one,
            "records": self.records / one,
            "appends": self.appends / one,
            "replies": self.replies / one,
            "CPU us": self.cpu / one * 1e6,
        }


class Reactor:
    """What the gateway uses of Twisted's: time, and calls due later."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._soon: deque[Callable[..., object]] = deque()

    def seconds(self) -> float:
        return self.now

    def callLater(self, delay: float, call: Callable[..., object], *given: Any) -> Reactor:
        if delay <= 0:
            self._soon.append(call if not given else lambda: call(*given))
        return self  # timers of seconds do not come due in here

    def cancel(self) -> None:
        """Of a timer that would not have come due."""

    def turn(self) -> bool:
        """Run what is due. Whether there was anything."""
        due, self._soon = self._soon, deque()
        for call in due:
            call()
        return bool(due)


class Journal:
    """Keeps nothing; says that all of it is durable when `commit` is called."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._waiting: list[Done] = []
        self._taken = 0

    def append(self, records: Sequence[Record], done: Done) -> None:
        self._waiting.append(done)
        self._taken += len(records)
        self._counted.records += len(records)
        self._counted.appends += 1

    def commit(self) -> bool:
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done(None)
        return bool(waiting)

    def position(self) -> int:
        return self._taken

    def reopen(self) -> None:
        """It never breaks."""

    def read(self, after: int = 0) -> Iterator[Stored]:
        return iter(())

    def read_dialogue(self, dialogue: str) -> Sequence[Stored]:
        return ()

    def last_snapshot(self) -> Snapshot | None:
        return None

    def save_snapshot(self, snapshot: Snapshot, done: Done) -> None:
        done(None)

    def close(self) -> None:
        """Nothing is open."""


class Wire:
    """A carrier's end of one bind: a transport in memory."""

    disconnecting = False

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._out: list[bytes] = []

    def write(self, octets: bytes) -> None:
        self._counted.carrier_writes += 1
        self._out.append(octets)

    def taken(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)

    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def getPeer(self) -> None: ...


class Page:
    """A browser's socket: keeps what the link says until the person looks."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self.said: list[str] = []

    async def send_str(self, data: str) -> None:
        self._counted.console_writes += 1
        self.said.append(data)

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        return True

    def abort(self) -> None:
        raise AssertionError("a link was cut off")


class Person:
    """Answers what rings, acknowledges what it is shown in one frame a message, replies to every
    fourth text."""

    def __init__(self, desk: Desk, page: Page, link: Link, counted: Counted) -> None:
        self._desk = desk
        self._page = page
        self._link = link
        self._counted = counted
        self._mine: set[str] = set()
        self._later: dict[str, list[int]] = {}
        desk.attach(link)
        self._say({"type": "hello", "version": 1, "resume": {}})

    def look(self) -> list[dict[str, Any]]:
        """What is to be said to what was read; saying it is the gateway's work, and counted."""
        said, self._page.said = self._page.said, []
        out: list[dict[str, Any]] = []
        for message in said:
            shown: dict[str, int] = {}
            for frame in msgspec.json.decode(message):
                self._take(frame, shown, out)
            if shown:
                out.insert(0, {"type": "shown", "up_to": shown})
        return out

    def _say(self, frame: dict[str, Any]) -> None:
        self.say(msgspec.json.encode(frame))

    def say(self, frame: bytes) -> None:
        self._desk.hear(self._link, PERSON, frame)

    def _take(self, frame: dict[str, Any], shown: dict[str, int], out: list[Any]) -> None:
        match frame["type"]:
            case "line":
                self._read(frame["leg"], frame["line"], shown, out)
            case "leg":
                for line in frame["lines"]:
                    self._read(frame["leg"], line, shown, out)
                if frame["state"] == "ringing":
                    out.append({"type": "answer", "leg": frame["leg"], "takeover": False})
            case "owner":
                self._mine.add(frame["leg"])
                out += [self._reply(frame["leg"], n) for n in self._later.pop(frame["leg"], ())]
            case _:
                pass  # for people

    def _read(self, leg: str, line: dict[str, Any], shown: dict[str, int], out: list[Any]) -> None:
        shown[leg] = line["sequence"]
        found = identity(line["text"]) if line["kind"] == "caller" else None
        if found is not None and is_answered(found[1]):
            if leg in self._mine:
                out.append(self._reply(leg, found[1]))
            else:
                self._later.setdefault(leg, []).append(found[1])

    def _reply(self, leg: str, index: int) -> dict[str, Any]:
        self._counted.replies += 1
        text = f"reply {index} help is on its way"
        return {"type": "write", "leg": leg, "key": f"k-{index}", "text": text}


class Nowhere:
    def line(self, line: str) -> None:
        """The health log's lines are made, and go nowhere."""


def answers(octets: bytes) -> bytes:
    """What a carrier answers to what it was sent: yes to every deliver_sm."""
    out: list[bytes] = []
    at = 0
    while at < len(octets):
        length, command, _, sequence = HEADER.unpack_from(octets, at)
        if command == DELIVER_SM:
            out.append(HEADER.pack(17, DELIVER_SM | RESPONSE, 0, sequence) + b"\0")
        at += length
    return b"".join(out)
