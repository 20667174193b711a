"""Peers that are asked from time to time whether they are there (RFC 3261, 11): OPTIONS.

Says once that a peer is gone and once that it is back. Any answer shows life but 408 and 503.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .agent import Agent
from .call import Asked, Purpose
from .deadlines import Deadlines
from .dialogs import HOPS_MAX, with_tag
from .digest import Challenge
from .effects import Reachable, Unreachable
from .flows import Flow
from .keyring import Challenges, Place
from .message import Headers, Method, Request, Response
from .screening import ACCEPT, ALLOW
from .uri import SipUri

NO_LIFE = (408, 503)  # nobody answers, or who answers can do nothing


@dataclass(slots=True, eq=False)
class _Watched:
    target: SipUri
    flow: Flow
    reachable: bool | None = None  # None: not known yet
    # That its last question answered.
    challenges: Challenges = field(default_factory=dict[Place, Challenge])


class Watch:
    """The peers that are watched, by a number each."""

    def __init__(self) -> None:
        self._watched: dict[int, _Watched] = {}
        self._deadlines: Deadlines[int] = Deadlines()

    @property
    def next_at(self) -> float | None:
        return self._deadlines.next_at

    def begin(self, agent: Agent, target: SipUri, now: float) -> None:
        number = len(self._watched) + 1
        self._watched[number] = _Watched(target, agent.flow_to(target))
        self._ask(agent, number, now)

    def tick(self, agent: Agent, now: float) -> None:
        while (number := self._deadlines.take(now)) is not None:
            self._ask(agent, number, now)

    def _ask(self, agent: Agent, number: int, now: float) -> None:
        watched = self._watched[number]
        host = agent.settings.contact.host
        rows: Headers = (
            ("Max-Forwards", str(HOPS_MAX)),
            ("From", with_tag(f"<sip:{host}>", agent.tag())),
            ("To", f"<{watched.target}>"),
            ("Call-ID", agent.chance.token(16)),
            ("CSeq", f"1 {Method.OPTIONS}"),
            agent.contact(watched.flow),
            *ACCEPT,
            *ALLOW,
        )
        request = Request(Method.OPTIONS, str(watched.target), rows)
        key = agent.ask(request, watched.flow, Purpose.PING, now, challenges=watched.challenges)
        agent.asked[key].watch = number

    def heard(self, agent: Agent, asked: Asked, response: Response, now: float) -> None:
        """The answer; the next question counts from it, so that there is never more than one."""
        if response.status < 200:
            return
        watched = self._watched[asked.watch]
        reachable = response.status not in NO_LIFE
        if reachable and watched.reachable is not True:
            agent.emit(Reachable(watched.flow))
        elif not reachable and watched.reachable is not False:
            text = f"{response.status} {response.reason}".strip()
            agent.emit(Unreachable(watched.flow, text))
        watched.reachable, watched.challenges = reachable, asked.challenges
        self._deadlines.set(asked.watch, now + agent.settings.ping)
