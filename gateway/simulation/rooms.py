"""The console of one PSAP in the simulated world: the real hub, for one life of the gateway.

It is to the hub what `console.desk` is in service: it carries outputs and reports, and arms one
timer. When its process has died it lets nothing out any more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from ...psap_adapters import port
from ...psap_adapters.console import frames
from ...psap_adapters.console.frames import ClientFrame, Line, ServerFrame
from ...psap_adapters.console.hub import Hub
from ...psap_adapters.console.outputs import Close, EndSessions, Output, Send, Tell
from ...psap_adapters.console.terms import Role, Terms, User
from .stage import Stage

BACK_WITHIN = 8.0  # seconds
TEXT_MAX = 2000  # characters


class Seat(Protocol):
    """A person's browser, as the console sees it."""

    user: str
    role: Role
    logged_in: bool

    def push(self, link: str, frame: ServerFrame) -> None: ...
    def closed(self, link: str) -> None: ...


class Watcher(Protocol):
    """Sees what becomes visible on a page, before it does."""

    def line(self, psap: str, leg: str, line: Line) -> None: ...
    def typed(self, psap: str, leg: str, sequence: int, text: str) -> None: ...
    def earlier(self, leg: str, lines: Sequence[Line]) -> None: ...
    def owner(self, leg: str, owner: str) -> None: ...
    def holds(self, psap: str, dialogue: str) -> None: ...
    def lets_go(self, psap: str, dialogue: str) -> None: ...
    def heard(self, link: str, user: str, frame: ClientFrame) -> None: ...
    def sent(self, link: str, frame: ServerFrame) -> None: ...
    def left(self, link: str) -> None: ...
    def shows(self, leg: str, lines: Sequence[Line]) -> None: ...


class Room:
    """Is the `port.Psap` of one PSAP for one life of the gateway, as `console.desk` is."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        enter: Callable[[Callable[[], None]], None],
        measure: port.MeasureText,
        browsers: Sequence[Seat],
        watcher: Watcher,
        is_dead: Callable[[], bool],
    ) -> None:
        self._stage = stage
        self._is_dead = is_dead
        self._name = name
        self._watcher = watcher
        self.enter = enter
        self._browsers = browsers
        users = tuple(User(one.user, one.role, one.user, "") for one in browsers)
        terms = Terms(name, users, (), "", "", BACK_WITHIN, 15.0, 30.0, 8, TEXT_MAX, 1 << 16)
        self._hub = Hub(name, terms, measure)
        self._links: dict[str, Seat] = {}
        self._report: Callable[[port.Report, bytes], None] | None = None
        self._outputs: deque[Output] = deque()
        self._carrying = False
        self._wakes_at = 0.0
        # Refused, perhaps while the gateway was still writing down that somebody had answered.
        self._given_back: set[port.Leg] = set()

    # --- port.Psap -----------------------------------------------------------------------------

    def start(self, report: Callable[[port.Report, bytes], None]) -> None:
        self._report = report
        here = [one.user for one in self._browsers if one.logged_in]
        self._carry(self._hub.start(self._stage.utc(), here))

    def offer(self, offer: port.Offer) -> None:
        self._given_back.discard(offer.leg)
        if offer.answered_by and not self._is_dead():
            self._watcher.holds(self._name, offer.leg.dialogue)
        self._carry(self._hub.offer(offer, self._stage.utc()))

    def give(self, leg: port.Leg, item: port.Item) -> None:
        self._carry(self._hub.give(leg, item, self._stage.utc()))

    def update(self, leg: port.Leg, change: port.Change) -> None:
        answered = isinstance(change, port.AnsweredBy) and leg not in self._given_back
        if answered and not self._is_dead():
            self._watcher.holds(self._name, leg.dialogue)
        self._carry(self._hub.update(leg, change, self._stage.utc()))

    def withdraw(self, leg: port.Leg, reason: str) -> None:
        if not self._is_dead():
            self._watcher.lets_go(self._name, leg.dialogue)
        self._carry(self._hub.close(leg, reason, self._stage.utc()))

    def end(self, leg: port.Leg, reason: str) -> None:
        self.withdraw(leg, reason)

    def blocks(self, active: tuple[port.Block, ...], trouble: str = "") -> None:
        self._carry(self._hub.blocks(active, trouble))

    def stop(self) -> None:
        self._report = None

    # --- browsers ------------------------------------------------------------------------------

    def attach(self, link: str, browser: Seat) -> None:
        self._links[link] = browser

    def hear(self, link: str, user: str, raw: bytes) -> None:
        if link not in self._links:
            return
        frame = frames.decode(raw, TEXT_MAX)
        if isinstance(frame, frames.Hello):
            self._carry(self._hub.greet(link, user, frame, self._stage.utc()))
        else:
            self._watcher.heard(link, user, frame)
            self._carry(self._hub.hear(link, frame, raw, self._stage.utc()))

    def detach(self, link: str, *, logged_in: bool) -> None:
        if self._links.pop(link, None) is not None:
            self._watcher.left(link)
            self._carry(self._hub.leave(link, self._stage.utc(), logged_in=logged_in))

    # --- carrying out, as the desk does --------------------------------------------------------

    def _carry(self, outputs: list[Output]) -> None:
        if self._is_dead():
            return  # what is still on the stack of a dead process reaches nobody
        self._outputs.extend(outputs)
        if self._carrying:
            return
        self._carrying = True
        try:
            while self._outputs:
                self._do(self._outputs.popleft())
        finally:
            self._carrying = False
        wakes_at = self._hub.wakes_at()
        if wakes_at is not None and wakes_at != self._wakes_at:
            self._wakes_at = wakes_at
            delay = max(0.0, wakes_at - self._stage.utc())
            self._stage.later(delay, lambda: self.enter(self._tick))

    def _tick(self) -> None:
        self._wakes_at = 0.0
        self._carry(self._hub.tick(self._stage.utc()))

    def _do(self, output: Output) -> None:
        match output:
            case Send(clients, frame):
                for client in clients:
                    if (browser := self._links.get(client)) is not None:
                        browser.push(client, frame)
            case Tell(report, cause):
                if isinstance(report, port.Refused):
                    self._given_back.add(report.leg)
                    self._watcher.lets_go(self._name, report.leg.dialogue)
                if self._report is not None:
                    self._report(report, cause)
            case Close(client, _, _):
                if (browser := self._links.pop(client, None)) is not None:
                    self._watcher.left(client)
                    browser.closed(client)
            case EndSessions():
                pass  # who is logged in is known to the browsers here
