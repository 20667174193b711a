"""The console of one PSAP, alive: the hub with its links, its timer and the gateway's ear.

The shell around `hub`: it moves frames and reports and arms one timer. It decides nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from .. import port
from .frames import GOING_AWAY, FrameError, Hello, decode, encode
from .hub import Hub
from .link import Link
from .outputs import Close, EndSessions, Output, Send, Tell
from .sessions import Sessions
from .settings import ConsoleSettings

Clock = Callable[[], float]  # UTC seconds


class Desk:
    """Is the `port.Psap` of this PSAP."""

    def __init__(
        self,
        psap: str,
        settings: ConsoleSettings,
        measure: port.MeasureText,
        clock: Clock,
        sessions: Sessions,
    ) -> None:
        self.psap = psap
        self.settings = settings
        self._hub = Hub(psap, settings.terms(), measure)
        self._clock = clock
        self._sessions = sessions
        self._links: dict[str, Link] = {}
        self._report: Callable[[port.Report, bytes], None] | None = None
        self._outputs: deque[Output] = deque()
        self._carrying = False
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0  # UTC seconds for which the timer is set

    # --- port.Psap -----------------------------------------------------------------------------

    def start(self, report: Callable[[port.Report, bytes], None]) -> None:
        self._report = report
        self._carry(self._hub.start(self._clock(), self._sessions.users(self.psap)))

    def offer(self, offer: port.Offer) -> None:
        self._carry(self._hub.offer(offer, self._clock()))

    def give(self, leg: port.Leg, item: port.Item) -> None:
        self._carry(self._hub.give(leg, item, self._clock()))

    def update(self, leg: port.Leg, change: port.Change) -> None:
        self._carry(self._hub.update(leg, change, self._clock()))

    def withdraw(self, leg: port.Leg, reason: str) -> None:
        self._carry(self._hub.close(leg, reason, self._clock()))

    def end(self, leg: port.Leg, reason: str) -> None:
        self._carry(self._hub.close(leg, reason, self._clock()))

    def blocks(self, active: tuple[port.Block, ...], trouble: str = "") -> None:
        self._carry(self._hub.blocks(active, trouble))

    def stop(self) -> None:
        """No report any more. Browsers are sent away first, so that nothing they send is lost
        unheard: what has no answer they keep, and send again when the gateway is back."""
        for link in self._links.values():
            link.close(GOING_AWAY, "The gateway stops. Come again.")
        self._report = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- browsers ------------------------------------------------------------------------------

    def attach(self, link: Link) -> None:
        self._links[link.name] = link

    def hear(self, link: Link, user: str, raw: bytes) -> None:
        """One message of a browser. A wrong one ends its link, and only its."""
        if self._report is None:
            # Nothing can be recorded now, and the browser keeps what it sent.
            link.close(GOING_AWAY, "The gateway is not ready. Come again.")
            return
        now = self._clock()
        try:
            frame = decode(raw, self.settings.text_max)
            if isinstance(frame, Hello):
                outputs = self._hub.greet(link.name, user, frame, now)
            else:
                outputs = self._hub.hear(link.name, frame, raw, now)
        except FrameError as refused:
            link.close(refused.code, refused.reason)
            return
        self._carry(outputs)

    def detach(self, link: Link, user: str) -> None:
        del self._links[link.name]
        logged_in = user in self._sessions.users(self.psap)
        self._carry(self._hub.leave(link.name, self._clock(), logged_in=logged_in))

    def replace(self, settings: ConsoleSettings) -> None:
        self.settings = settings
        self._carry(self._hub.replace(settings.terms(), self._clock()))

    def holds(self, user: str) -> bool:
        return self._hub.holds(user)

    # --- carrying out --------------------------------------------------------------------------

    def _carry(self, outputs: Iterable[Output]) -> None:
        """In order, also when a report makes the gateway call a verb before it returns."""
        self._outputs.extend(outputs)
        if self._carrying:
            return  # further out in this very call
        self._carrying = True
        try:
            while self._outputs:
                output = self._outputs.popleft()
                if isinstance(output, Send):
                    self._send(output)
                else:
                    self._do(output)
        finally:
            self._carrying = False
        self._arm()

    def _send(self, output: Send) -> None:
        octets = encode(output.frame)
        for client in output.clients:
            if (link := self._links.get(client)) is not None:
                link.push(octets)

    def _do(self, output: Tell | Close | EndSessions) -> None:
        match output:
            case Tell(report, cause):
                if self._report is not None:
                    self._report(report, cause)
            case Close(client, code, reason):
                if (link := self._links.get(client)) is not None:
                    link.close(code, reason)
            case EndSessions(users):
                self._sessions.end_all(self.psap, users)

    def _arm(self) -> None:
        """One timer, moved when the hub has something else to do than it is set for."""
        wakes_at = self._hub.wakes_at() if self._report is not None else None
        if self._timer is not None:
            if wakes_at == self._wakes_at:
                return
            self._timer.cancel()
            self._timer = None
        if wakes_at is not None:
            self._wakes_at = wakes_at
            delay = max(0.0, wakes_at - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._carry(self._hub.tick(self._clock()))
