"""A SIP user agent for one trunk or one PSAP (RFC 3261), sans-IO: it answers calls and makes them.

Octets, verbs and time go in, effects come out, in the order in which they are to be done. Opens no
socket, reads no clock, looks no name up and knows no sound: session descriptions go through it as
octets. A verb on a call that is over, or whose phase has no place for it, does nothing: the other
side may have hung up in the same moment.
"""

from __future__ import annotations

from typing import assert_never

from . import arriving, called, calling, sessions, within
from .agent import Agent, Census
from .call import Asked, Call, Purpose, Timer
from .call_table import Phase
from .conveyance import Readable
from .dialogs import DialogKey
from .effects import (
    Answered,
    CallId,
    Cause,
    Confirmed,
    Declined,
    Effect,
    Effects,
    Ended,
    Incoming,
    Located,
    Message,
    Offered,
    Progress,
    Reachable,
    Reanswered,
    Refused,
    Rejected,
    Send,
    Unproven,
    Unreachable,
    Why,
)
from .flows import Chance, Flow
from .grammar import Malformed
from .message import Headers, Method, Request, Response
from .proving import once_more
from .reading import KeepAlive, Unreadable, read
from .replies import REASONS
from .settings import Settings
from .transactions import Acknowledged, ClientKey, Heard, Outcome, Settled, Unanswered
from .uri import NameAddr, SipUri
from .watching import Watch

__all__ = [
    "Answered", "CallId", "Cause", "Census", "Chance", "Confirmed", "Declined", "Effect", "Effects",
    "Ended", "Endpoint", "Flow", "Incoming", "Located", "Message", "Offered", "Progress",
    "Reachable", "Reanswered", "Refused", "Rejected", "Send", "Settings", "Unproven",
    "Unreachable", "Why",
]  # fmt: skip

PONG = b"\r\n"  # RFC 5626, 4.4.1


class Endpoint:
    """The user agent. One thread; every method returns at once. `readable`: whether a location
    object that came says where somebody is; who brought another is told so."""

    def __init__(
        self, settings: Settings, chance: Chance, readable: Readable = lambda _: True
    ) -> None:
        self._agent = Agent(settings, chance, readable)
        self._watch = Watch()

    # --- what comes in ---------------------------------------------------------------------

    def received(self, data: bytes | Request | Response, flow: Flow, now: float) -> Effects:
        """One datagram, or one message as a `framing.Framer` cut it out of a stream. `flow.remote`
        must be an address, not a name. Never raises for what a peer has sent."""
        found = read(data, stream=flow.reliable) if isinstance(data, bytes) else data
        match found:
            case KeepAlive(ping=ping):
                return (Send(PONG, flow),) if ping and flow.reliable else ()
            case Unreadable():
                arriving.unreadable(self._agent, found, flow, now)
            case Request():
                self._follow(arriving.arrived(self._agent, found, flow, now), now)
            case Response():
                self._follow(self._agent.transactions.heard(found, now), now)
            case _:
                assert_never(found)
        return self._agent.drain()

    def lost(self, flow: Flow, now: float) -> Effects:
        """A stream has ended, or nothing reaches where a `Send` went."""
        for call in self._agent.calls.values():
            if call.flow.reliable and call.flow.same_way(flow):
                call.flow = Flow(flow.transport, flow.local, call.flow.remote)
        self._follow(self._agent.transactions.lost(flow, now), now)
        return self._agent.drain()

    def tick(self, now: float) -> Effects:
        """What is due. Call it at `wakes_at`, or whenever."""
        agent = self._agent
        self._follow(agent.transactions.tick(now), now)
        while (due := agent.deadlines.take(now)) is not None:
            timer, number = due
            self._due(timer, agent.calls[number], now)
        self._watch.tick(agent, now)
        return agent.drain()

    @property
    def wakes_at(self) -> float | None:
        """When `tick` has something to do; None: not before something else happens."""
        agent = self._agent
        found = (agent.transactions.next_at, agent.deadlines.next_at, self._watch.next_at)
        return min((at for at in found if at is not None), default=None)

    # --- verbs -----------------------------------------------------------------------------

    def ring(self, call: CallId, now: float) -> Effects:
        """180 for an `Incoming`; said again by itself once a minute."""
        if found := self._standing(call, theirs=True):
            called.ring(self._agent, found, now)
        return self._agent.drain()

    def accept(self, call: CallId, sdp: bytes, now: float) -> Effects:
        """200 for an `Incoming`, with the answer to its offer or, when it had none, ours."""
        if not sdp:
            raise ValueError("a call is accepted with a session description")
        if found := self._standing(call, theirs=True):
            called.accept(self._agent, found, sdp, now)
        return self._agent.drain()

    def refuse(
        self, call: CallId, status: int, reason: str, now: float, headers: Headers = ()
    ) -> Effects:
        """Refuses an `Incoming`, which then is `Ended`; or, in a call that stands, what was
        `Offered`: then the call goes on."""
        if not 300 <= status <= 699:
            raise ValueError(f"a call is refused with 300 to 699, not {status}")
        found = self._standing(call)
        if found is not None and found.theirs is not None:
            within.decline_offer(self._agent, found, found.theirs, status, reason, headers, now)
        elif found is not None:
            called.refuse(self._agent, found, status, reason, now, headers)
        return self._agent.drain()

    def hang_up(self, call: CallId, reason: str, now: float) -> Effects:
        """Ends a call in whatever phase it is: refuses (480), cancels or says BYE."""
        found = self._standing(call)
        if found is None:
            return ()
        match found.phase:
            case Phase.INVITED | Phase.RINGING:
                called.refuse(self._agent, found, 480, reason or REASONS[480], now)
            case Phase.CALLING | Phase.PROCEEDING:
                calling.cancel(self._agent, found, reason, now)
            case _:
                calling.hang_up(self._agent, found, reason, now)
        return self._agent.drain()

    def invite(
        self, target: SipUri, caller: NameAddr, sdp: bytes, now: float, headers: Headers = ()
    ) -> tuple[CallId, Effects]:
        """Begins a call. `headers` go into the INVITE as they are (P-Asserted-Identity and such);
        with a Content-Type among them `sdp` is the whole body, a multipart with an offer in it."""
        call = calling.invite(self._agent, target, caller, sdp, headers, now)
        return call, self._agent.drain()

    def cancel(self, call: CallId, now: float, reason: str = "") -> Effects:
        """Gives up a call of ours; one that was accepted meanwhile is hung up."""
        return self.hang_up(call, reason, now)

    def reinvite(self, call: CallId, sdp: bytes, now: float) -> Effects:
        """Offers another session in a call that stands: `Reanswered` or `Declined` follows, unless
        the call ends. Waits while another offer is under way; the last one wanted is sent."""
        if not sdp:
            raise ValueError("a re-INVITE of ours has an offer")
        if found := self._standing(call):
            sessions.reinvite(self._agent, found, sdp, now)
        return self._agent.drain()

    def answer_offer(self, call: CallId, sdp: bytes, now: float) -> Effects:
        """Takes what was `Offered`. `refuse` declines it."""
        if not sdp:
            raise ValueError("an offer is answered with a session description")
        if found := self._standing(call):
            within.answer_offer(self._agent, found, sdp, now)
        return self._agent.drain()

    def watch(self, target: SipUri, now: float) -> Effects:
        """Asks a peer for a sign of life every `Settings.ping` seconds, from now on."""
        self._watch.begin(self._agent, target, now)
        return self._agent.drain()

    # --- what can be seen ------------------------------------------------------------------

    def dialog_of(self, call: CallId) -> DialogKey | None:
        """Call-ID, our tag and theirs, for logs and for who looks at a wire; None while there is
        no other side, and when nothing is kept of the call any more."""
        found = self._agent.calls.get(call)
        return None if found is None or found.dialog is None else found.dialog.key

    @property
    def standing(self) -> tuple[CallId, ...]:
        """Calls whose end has not been told, the oldest first."""
        return tuple(call.id for call in self._agent.calls.values() if not call.told_ended)

    @property
    def census(self) -> Census:
        return self._agent.census

    # --- what it comes down to -------------------------------------------------------------

    def _standing(self, call: CallId, *, theirs: bool = False) -> Call | None:
        """A call that the user has not been told the end of."""
        found = self._agent.calls.get(call)
        if found is None or found.told_ended:
            return None
        if theirs and found.ours:
            raise ValueError(f"call {call} is ours: it is the other side that rings or accepts")
        return found

    def _follow(self, outcomes: tuple[Outcome, ...], now: float) -> None:
        """What the transactions tell."""
        for outcome in outcomes:
            match outcome:
                case Send():
                    self._agent.emit(outcome)
                case Acknowledged(request):
                    called.acked(self._agent, request, now)
                case Heard(key, response):
                    self._heard(key, response, now)
                case Unanswered(key, status):
                    self._heard(key, Response(status, REASONS[status]), now)
                case Settled(key):
                    del self._agent.asked[key]
                case _:
                    assert_never(outcome)

    def _heard(self, key: ClientKey, response: Response, now: float) -> None:
        """An answer to a request of ours, or that there will be none."""
        agent = self._agent
        asked = agent.asked[key]
        accepted = 200 <= response.status < 300 and asked.request.method == Method.INVITE
        if response.status >= 200 and not accepted:
            del agent.asked[key]
        try:
            self._purpose(key, asked, response, now)
        except Malformed as cause:
            if response.status >= 200:  # nobody can follow it: as good as a refusal
                self._purpose(key, asked, Response(500, str(cause)), now)

    def _purpose(self, key: ClientKey, asked: Asked, response: Response, now: float) -> None:
        agent = self._agent
        call = None if asked.call is None else agent.calls.get(asked.call)
        match asked.purpose:
            case Purpose.INVITE:
                calling.heard(agent, asked, response, now)
            case Purpose.PING:
                if response.status < 300 or not once_more(agent, asked, response, now):
                    self._watch.heard(agent, asked, response, now)
            case Purpose.REINVITE if call is not None:
                sessions.heard_reinvite(agent, call, key, asked, response, now)
            case Purpose.UPDATE if call is not None:
                sessions.heard_update(agent, call, asked, response, now)
            case Purpose.BYE if call is not None and response.status >= 200:
                if not once_more(agent, asked, response, now):
                    agent.forget(call)
            case Purpose.PRACK | Purpose.STRAY_BYE if response.status >= 300:
                once_more(agent, asked, response, now)
            case _:
                pass  # CANCEL, whose INVITE tells what became of it; and what nobody waits for

    def _due(self, timer: Timer, call: Call, now: float) -> None:
        agent = self._agent
        match timer:
            case Timer.RESEND | Timer.RESEND_RINGING:
                called.resend(agent, call, timer, now)
            case Timer.NO_ACK:
                called.never_acked(agent, call, now)
            case Timer.NO_PRACK:
                called.never_pracked(agent, call, now)
            case Timer.RINGING:
                called.ring_again(agent, call, now)
            case Timer.CANCEL:
                self._follow(calling.never_cancelled(agent, call, now), now)
            case Timer.REFRESH:
                sessions.refresh(agent, call, now)
            case Timer.EXPIRY:
                sessions.expire(agent, call, now)
            case Timer.RETRY:
                sessions.retry(agent, call, now)
            case _:
                assert_never(timer)
