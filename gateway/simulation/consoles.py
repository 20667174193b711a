"""The people of a PSAP in the simulated world: honest browsers with bad networks.

A browser shows what it is sent, acknowledges what it shows, keeps what it wrote until it has an
answer, and asks to go on where it stopped. What people do with it is drawn by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

import msgspec

from ...psap_adapters.console import frames
from ...psap_adapters.console.frames import ClientFrame, Line, ServerFrame
from ...psap_adapters.console.live import NewTyped
from ...psap_adapters.console.terms import Role
from .folding import Gap, Unfolding, gaps_of
from .rooms import Room, Watcher
from .stage import Stage

REPLIES_MAX = 3  # of one browser in one leg
EVERYTHING = 200  # lines or members that are asked for at once
FRAME = 0.003  # seconds to or from a browser when nothing is slow


class Page:
    """One leg as a browser holds it."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self.owner = ""
        self.over = False
        self.written = 0
        self.unanswered: dict[str, ClientFrame] = {}  # key -> what has no answer yet
        self.folding = Unfolding()
        self.again: set[str] = set()  # keys of what was sent again over a new link

    @property
    def last(self) -> int:
        return max(self.lines, default=-1)


class Browser:
    """One person at one PSAP. Outlives the gateway."""

    def __init__(
        self,
        stage: Stage,
        psap: str,
        user: str,
        role: Role,
        room: Callable[[], Room | None],
        watcher: Watcher,
    ) -> None:
        self._stage = stage
        self.psap = psap
        self.user = user
        self.role: Role = role
        self._find_room = room
        self._watcher = watcher
        self._link = ""
        self._links = 0
        self._room: Room | None = None
        self._free_at = [0.0, 0.0]
        self.logged_in = True
        self.pages: dict[str, Page] = {}
        self._keys = 0
        self._chance = stage.draw(user)

    # --- the link ------------------------------------------------------------------------------

    def connect(self) -> None:
        """Again and again, as long as somebody is logged in."""
        room = self._find_room()
        if self._link or not self.logged_in:
            return
        if room is None:
            self._stage.later(1.0, self.connect)
            return
        self._links += 1
        self._room, self._link = room, f"{self.user}-{self._links}"
        link = self._link
        self._stage.note(self.user, f"connects as {link}")
        room.enter(lambda: room.attach(link, self))
        held = {leg: page.last for leg, page in self.pages.items() if page.last >= 0}
        self._send(frames.Hello(frames.VERSION, held))
        for page in self.pages.values():
            page.folding = Unfolding()  # what was asked over the old link has no answer
            for key, frame in page.unanswered.items():
                page.again.add(key)
                self._send(frame)

    def cut(self, seconds: float) -> None:
        """The link goes; the page comes back by itself."""
        self._gone()
        self._stage.later(seconds, self.connect)

    def log_out(self, seconds: float) -> None:
        self.logged_in = False
        self._gone()

        def back() -> None:
            self.logged_in = True
            self.connect()

        self._stage.later(seconds, back)

    def gateway_died(self) -> None:
        self._link, self._room = "", None
        self._stage.later(self._chance.uniform(0.5, 3.0), self.connect)

    def _gone(self) -> None:
        link, room = self._link, self._room
        self._link, self._room = "", None
        if room is not None:
            self._stage.note(self.user, f"{link} is gone")
            logged_in = self.logged_in
            room.enter(lambda: room.detach(link, logged_in=logged_in))

    def closed(self, link: str) -> None:
        if link == self._link:
            self._link, self._room = "", None
            self._stage.later(1.0, self.connect)

    def _send(self, frame: ClientFrame) -> None:
        room, link = self._room, self._link
        if room is None:
            return
        raw = msgspec.json.encode(frame)
        self._in_order(0, lambda: room.enter(lambda: room.hear(link, self.user, raw)))

    def push(self, link: str, frame: ServerFrame) -> None:
        """The gateway lets it out: from here on it is visible."""
        if isinstance(frame, frames.LegState | frames.Burst | frames.Fetched):
            for line in frame.lines:
                self._watcher.line(self.psap, frame.leg, line)
            if isinstance(frame, frames.LegState):
                for line in frame.grown:
                    self._watcher.typed(self.psap, frame.leg, line.sequence, line.text)
                self._watcher.earlier(frame.leg, frame.earlier)
        elif isinstance(frame, NewTyped):
            self._watcher.typed(self.psap, frame.leg, frame.sequence, frame.text)
        elif isinstance(frame, frames.NewLine):
            self._watcher.line(self.psap, frame.leg, frame.line)
        elif isinstance(frame, frames.NewOwner):
            self._watcher.owner(frame.leg, frame.owner)
        self._watcher.sent(link, frame)
        self._in_order(1, lambda: self._receive(link, frame))

    def _in_order(self, side: int, what: Callable[[], None]) -> None:
        stage = self._stage
        slow = self._chance.uniform(0.1, 2.0) if stage.has("slow_psap", 0.2) else FRAME
        at = max(self._free_at[side], stage.now() + slow)
        self._free_at[side] = at
        stage.later(at - stage.now(), what)

    # --- the page ------------------------------------------------------------------------------

    def _receive(self, link: str, frame: ServerFrame) -> None:
        if link != self._link:
            return
        match frame:
            case frames.LegState():
                self._leg(frame)
            case frames.NewLine(leg, line):
                self._come(leg, (line,), ())
            case frames.Burst(leg, lines=lines):
                self._come(leg, lines, gaps_of(frame))
            case frames.Fetched(leg, before, lines):
                self._page(leg).folding.fetched(before, lines)
                self._unfold(leg)
            case frames.Group(group, callers=callers):
                if callers:  # this person opens every group
                    self._send(frames.Members(group, 0, EVERYTHING))
            case frames.NewOwner(leg, owner):
                self._owner(leg, owner)
            case frames.NotTakenHere(leg, key):
                self._page(leg).unanswered.pop(key, None)
            case frames.Closed(leg):
                page = self._page(leg)
                page.over = True
                page.unanswered = {
                    key: one for key, one in page.unanswered.items() if type(one) is frames.Write
                }
            case _:
                pass  # nothing that this person acts on

    def _page(self, leg: str) -> Page:
        return self.pages.setdefault(leg, Page())

    def _leg(self, state: frames.LegState) -> None:
        page = self._page(state.leg)
        page.over = False
        if state.after > page.last:
            words = f"a page that stopped at {page.last} is not continued after {state.after}"
            raise self._stage.broken(f"nothing is left out on a leg: {state.leg}, {words}")
        self._come(state.leg, state.lines, gaps_of(state))
        if not state.lines and page.lines:
            self._acknowledge(self._link, state.leg, page.last)  # perhaps the first one was lost
        if state.owner:
            self._owner(state.leg, state.owner)
        else:
            self._rings(state.leg)

    def _come(self, leg: str, lines: tuple[Line, ...], gaps: Sequence[Gap]) -> None:
        """Lines, perhaps with others folded away before them: this person reads every one."""
        folding = self._page(leg).folding
        if folding.come(lines, gaps) or folding.below is None:
            self._unfold(leg)

    def _unfold(self, leg: str) -> None:
        folding = self._page(leg).folding
        if folding.below is None:
            self._show(leg, folding.take())
        else:
            self._send(frames.Lines(leg, folding.below, EVERYTHING))

    def _show(self, leg: str, lines: tuple[Line, ...]) -> None:
        page = self._page(leg)
        self._watcher.shows(leg, lines)
        for line in lines:
            if line.key in page.again and line.sequence in page.lines:
                continue  # the answer to what was sent again, and known meanwhile
            if line.sequence <= page.last:
                words = f"{self.user} got line {line.sequence} behind line {page.last}"
                raise self._stage.broken(f"shown once and in order on a leg: {leg}, {words}")
            page.lines[line.sequence] = line
            page.unanswered.pop(line.key, None)
        if lines:
            late = self._chance.uniform(0.0, 5.0) if self._stage.has("slow_psap", 0.3) else 0.01
            last, link = page.last, self._link
            self._stage.later(late, lambda: self._acknowledge(link, leg, last))
            if page.owner == self.user and any(one.kind == "caller" for one in lines):
                self._think(leg)

    def _acknowledge(self, link: str, leg: str, up_to: int) -> None:
        if link == self._link:
            self._send(frames.Seen({leg: up_to}))

    # --- the person ----------------------------------------------------------------------------

    def _rings(self, leg: str) -> None:
        stage = self._stage
        if stage.has("leaves_ringing", 0.3):
            self.cut(self._chance.uniform(0.5, 12.0))
            return
        slow = stage.has("slow_psap", 0.5)
        think = self._chance.uniform(0.5, 25.0) if slow else self._chance.uniform(1.0, 5.0)
        if stage.has("nobody_clicks") and self._is_left(leg.rpartition("/")[0]):
            return
        if stage.has("two_hands"):
            think = 2.0
        elif self.role == "supervisor":
            think += 6.0
        stage.later(think, lambda: self._click(leg))

    def _is_left(self, dialogue: str) -> bool:
        """Whether everybody everywhere looks at this caller's card and nobody takes it."""
        return Random(f"{self._stage.seed}/nobody_clicks/{dialogue}").random() < 0.5

    def _click(self, leg: str) -> None:
        page = self._page(leg)
        if self._link and not page.owner and not page.over:
            self._send(frames.Answer(leg))

    def _owner(self, leg: str, owner: str) -> None:
        page = self._page(leg)
        if page.owner == self.user != owner and self._stage.has("takeover", 0.3):
            self._speak(leg)  # what was just being sent crosses the news
        was, page.owner = page.owner, owner
        if owner == self.user and was != self.user:
            self._stage.note(self.user, f"has {leg}")
            self._think(leg)
            self._wish_voices(leg)
            if self._stage.has("dies_talking", 0.4):
                away = self._chance.uniform(1.0, 45.0)
                self._stage.later(self._chance.uniform(0.5, 8.0), lambda: self.cut(away))
        elif self.role == "supervisor" and owner != self.user and self._stage.has("takeover", 0.5):
            take: Any = frames.Answer(leg, takeover=True)
            self._stage.later(self._chance.uniform(1.0, 9.0), lambda: self._send(take))

    def _think(self, leg: str) -> None:
        self._stage.later(self._chance.uniform(0.5, 4.0), lambda: self._speak(leg))

    def _wish_voices(self, leg: str) -> None:
        """Presses the key of the telephone, sometimes where there is none, and lets it go."""
        chance = self._stage.draw("voices at consoles")
        at = 0.0
        while self._stage.has("voices", 0.5):
            at += chance.uniform(0.5, 12.0)
            mode: Any = chance.choice(("vco", "hco", "vco", ""))
            self._stage.later(at, partial(self._send, frames.Voice(leg, mode)))

    def _speak(self, leg: str) -> None:
        page = self._page(leg)
        if page.owner != self.user or page.over:
            return
        self._keys += 1
        key = f"{self.user}-{self._keys}"
        page.written += 1
        ends = page.written > REPLIES_MAX or self._stage.has("ends_early", 0.4)
        words = f"{key} to {leg}. " * self._chance.choice((1, 1, 1, 12))
        frame: Any = frames.Write(leg, key, words)
        if ends:
            text = self._chance.choice(("", words))
            frame = frames.End(leg, key, text)
        page.unanswered[key] = frame
        self._send(frame)
