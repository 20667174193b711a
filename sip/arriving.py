"""Requests as they come in (RFC 3261, 8.2 and 12.2.2): whose are heard, what is a repetition, what
there is room for, what is refused unread; then each goes to its call, or begins one.
"""

from __future__ import annotations

from . import called, within
from .agent import Agent
from .dialogs import key_of
from .fields import address
from .flows import Flow
from .grammar import Malformed
from .message import Headers, Method, Request
from .reading import Unreadable
from .replies import as_seen
from .screening import ABILITIES, ALLOWED, Refusal, screen
from .transactions import Outcome, ServerKey

CHALLENGED = (Method.INVITE, Method.MESSAGE)  # what begins something; keep-alives begin nothing
DIALOG_ONLY = (Method.BYE, Method.UPDATE, Method.PRACK, Method.INFO)
OUTSIDE: Headers = (
    ("Allow", ", ".join(one for one in ALLOWED if one not in (*DIALOG_ONLY, Method.MESSAGE))),
)


def unreadable(agent: Agent, found: Unreadable, flow: Flow, now: float) -> None:
    """What is no message; a peer of ours is answered where that is possible."""
    if not agent.settings.hears(flow.remote):
        agent.emit(*agent.complaints.about(flow.remote, 403, "no peer of ours", now))
        return
    if found.answer is not None:
        agent.answer_unreadable(found.answer, flow)
    agent.emit(*agent.complaints.about(flow.remote, 400, found.why, now))


def arrived(agent: Agent, raw: Request, flow: Flow, now: float) -> tuple[Outcome, ...]:
    """One request, to be answered by whoever it is for. Gives what the transactions have to tell of
    one that belongs to a request before it."""
    request = Request(raw.method, raw.uri, as_seen(raw, flow), raw.body, raw.octets)
    if not agent.settings.hears(flow.remote) and not _is_of_ours(agent, request):
        agent.turn_away(request, flow, 403)
        agent.emit(*agent.complaints.about(flow.remote, 403, "no peer of ours", now))
        return ()
    absorbed = agent.transactions.absorb(request, flow, now)
    if absorbed is not None:
        return absorbed
    if request.method == Method.CANCEL:
        called.cancelled(agent, request, flow, now)
    elif _is_full(agent, request):
        wait = (("Retry-After", str(agent.settings.retry_after)),)
        agent.turn_away(request, flow, 503, wait)
        agent.emit(*agent.complaints.about(flow.remote, 503, "more than can be kept", now))
    else:
        _new(agent, request, flow, now)
    return ()


def _is_of_ours(agent: Agent, request: Request) -> bool:
    """Whether it belongs to a call that we made: whom we rang may hang up, from wherever. Only they
    know its Call-ID and its tags."""
    found = agent.dialogs.get(key_of(request))
    return found is not None and agent.calls[found].ours


def _is_full(agent: Agent, request: Request) -> bool:
    """Whether there is no room. What belongs to a call has twice the room: a call that stands never
    suffers from new ones."""
    within_call = key_of(request) in agent.dialogs
    room = agent.settings.transactions_max * (2 if within_call else 1)
    if agent.transactions.servers >= room:
        return True
    begins = request.method == Method.INVITE and not within_call
    return begins and len(agent.calls) >= agent.settings.calls_max


def _new(agent: Agent, request: Request, flow: Flow, now: float) -> None:
    """A request that is no repetition."""
    tagged = address(request, "To").tag is not None
    merged = not tagged and agent.transactions.is_merged(request)
    key = agent.transactions.begin(request, flow, now)
    if merged:
        agent.answer(key, request, 482, now)
        return
    refusal: Refusal | None
    try:
        refusal = screen(request, agent.mark)
        if refusal is None:
            _screened(agent, request, flow, key, now)
    except Malformed as cause:
        refusal = Refusal(400, str(cause))
    if refusal is not None:
        agent.answer(key, request, refusal.status, now, refusal.headers)
        agent.emit(*agent.complaints.about(flow.remote, refusal.status, refusal.why, now))


def _screened(agent: Agent, request: Request, flow: Flow, key: ServerKey, now: float) -> None:
    found = agent.dialogs.get(key_of(request))
    if found is not None:
        call = agent.calls[found]
        if flow.reliable:
            call.flow = flow  # the stream the peer speaks by now: the one before may be gone
        within.receive(agent, call, request, key, now)
        return
    if address(request, "To").tag is not None or request.method in DIALOG_ONLY:
        agent.answer(key, request, 481, now)
        return
    if request.method in CHALLENGED:
        admitted = agent.guard.admits(request, now)
        if not isinstance(admitted, bool):
            agent.answer(key, request, 401, now, admitted)
            return
    match request.method:
        case Method.INVITE:
            called.arrive(agent, request, flow, key, now)
        case Method.OPTIONS:
            agent.answer(key, request, 200, now, ABILITIES)
        case _:
            agent.answer(key, request, 405, now, OUTSIDE)
