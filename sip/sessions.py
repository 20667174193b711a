"""Sessions within a call that stands: our re-INVITEs, refreshes, collisions, and the way out.

RFC 3261, 14; RFC 3311; RFC 4028, 10. One offer at a time: what is wanted meanwhile waits.
"""

from __future__ import annotations

from .agent import Agent
from .bodies import SDP, sdp_of
from .call import Asked, Call, Purpose, Timer
from .call_table import Input, Phase
from .dialogs import retargeted
from .effects import Cause, Declined, Reanswered, Why
from .fields import address, cseq, options
from .flows import fraction
from .grammar import Malformed, quoted
from .message import Headers, Method, Response
from .proving import once_more
from .screening import ALLOW
from .session_timer import Session, agreed, ask
from .transactions import ClientKey

COLLISIONS_MAX = 6  # re-INVITEs in a row that met one of theirs
# Who began the call waits longer, so that both do not meet again (14.1).
OURS_WAITS = (2.1, 4.0)  # s
THEIRS_WAITS = (0.0, 2.0)  # s


def reinvite(agent: Agent, call: Call, sdp: bytes, now: float) -> None:
    """Offers another session, as soon as nothing else is under way."""
    call.wanted, call.collisions = sdp, 0
    go_on(agent, call, now)


def go_on(agent: Agent, call: Call, now: float) -> None:
    """Sends the re-INVITE that waits, if it may go now."""
    busy = call.asking is not None or call.theirs is not None or call.unacked is not None
    if call.wanted is None or busy or call.waiting or call.phase is not Phase.TALKING:
        return
    sdp, call.wanted = call.wanted, None
    call.offer = sdp
    headers: Headers = (
        agent.contact(call.flow),
        *ALLOW,
        ("Supported", "timer"),
        *_asks(agent, call),
        ("Content-Type", SDP),
    )
    call.asking = agent.say(call, Method.INVITE, Purpose.REINVITE, now, headers, sdp)


def _asks(agent: Agent, call: Call) -> Headers:
    """Who refreshes stays who does, in its role in this transaction (RFC 4028, 7.4)."""
    if call.session is None:
        return ask(agent.settings.session, call.least)
    refresher = "uac" if call.session.ours else "uas"
    return ask(call.session.seconds, call.least, refresher=refresher)


def keep_alive(agent: Agent, call: Call, session: Session | None, now: float) -> None:
    """The session lives from now on for as long as was agreed."""
    call.session = session
    agent.stop(call, Timer.REFRESH, Timer.EXPIRY)
    if session is None:
        return
    agent.after(Timer.EXPIRY, call, session.over_after, now)
    if session.ours:
        agent.after(Timer.REFRESH, call, session.refresh_after, now)


def kept_alive(agent: Agent, call: Call, response: Response, now: float) -> None:
    """The same, as a 2xx to a request of ours says it."""
    session = None
    try:
        session = agreed(response)
        call.allows = options(response, "Allow") or call.allows
    except Malformed:
        pass  # as if it did not stand there
    keep_alive(agent, call, session, now)


def refresh(agent: Agent, call: Call, now: float) -> None:
    """Half of the session's time has passed. Tried again until it expires."""
    agent.after(Timer.REFRESH, call, agent.settings.timing.patience, now)
    if call.phase is not Phase.TALKING:
        return
    if Method.UPDATE in call.allows:
        headers = (agent.contact(call.flow), ("Supported", "timer"), *_asks(agent, call))
        agent.say(call, Method.UPDATE, Purpose.UPDATE, now, headers)
    elif call.asking is None and call.wanted is None:
        reinvite(agent, call, call.sdp, now)


def heard_update(agent: Agent, call: Call, asked: Asked, response: Response, now: float) -> None:
    """The answer to a refresh."""
    if response.status < 200:
        return
    if response.status < 300:
        assert call.dialog is not None
        call.dialog = retargeted(call.dialog, response)
        kept_alive(agent, call, response, now)
        return
    if once_more(agent, asked, response, now) or _is_over(agent, call, response, now):
        return
    _lives(agent, call, response, now)
    if response.status in (405, 501):
        call.allows -= {Method.UPDATE}
        refresh(agent, call, now)


def heard_reinvite(
    agent: Agent, call: Call, key: ClientKey, asked: Asked, response: Response, now: float
) -> None:
    """The answer to a re-INVITE of ours."""
    if response.status < 200:
        return
    if response.status < 300:
        _took(agent, call, key, asked, response, now)
        return
    call.asking = None
    if call.told_ended:
        return  # it was hung up while they thought about it
    if response.status == 491 and call.collisions < COLLISIONS_MAX:
        _collided(agent, call, now)
        return
    if once_more(agent, asked, response, now) or _is_over(agent, call, response, now):
        return
    _lives(agent, call, response, now)
    agent.emit(Declined(call.id, response.status, response.reason))
    go_on(agent, call, now)


def _took(
    agent: Agent, call: Call, key: ClientKey, asked: Asked, response: Response, now: float
) -> None:
    tag = address(response, "To").tag or ""
    if tag in asked.acks:
        agent.emit(asked.acks[tag])
        return
    assert call.dialog is not None
    call.dialog = retargeted(call.dialog, response)
    agent.acknowledge(call.dialog, asked, cseq(asked.request).sequence, call.flow)
    if call.asking != key or call.told_ended:
        return
    call.asking = None
    call.sdp = asked.request.body
    kept_alive(agent, call, response, now)
    agent.emit(Reanswered(call.id, sdp_of(response)))
    go_on(agent, call, now)


def _collided(agent: Agent, call: Call, now: float) -> None:
    """491 (14.1): again after a while, unless another was wanted meanwhile."""
    call.collisions += 1
    call.waiting = True
    if call.wanted is None:
        call.wanted = call.offer
    least, most = OURS_WAITS if call.ours else THEIRS_WAITS
    agent.after(Timer.RETRY, call, least + (most - least) * fraction(agent.chance), now)


def retry(agent: Agent, call: Call, now: float) -> None:
    call.waiting = False
    go_on(agent, call, now)


def _is_over(agent: Agent, call: Call, response: Response, now: float) -> bool:
    """Whether a refusal says that the call does not exist any more (12.2.1.2; RFC 5057, 5). Silence
    does not: sound may still flow, and the session timer knows when it is enough."""
    if response.status != 481 or not call.enter(Input.GONE):
        return False
    close_offers(agent, call, now)
    agent.end(call, Cause(481, "the other side knows nothing of the call"))
    agent.forget(call)
    return True


def _lives(agent: Agent, call: Call, response: Response, now: float) -> None:
    """Who refuses a refresh of ours is there and knows the call. RFC 4028, 10 would have us end it
    all the same; a call for help goes on, and if the peer counts too it is the peer's to end it."""
    from_peer = bool(response.headers)  # not from our own transport or patience
    if from_peer and response.status != 408 and call.session is not None and call.session.ours:
        keep_alive(agent, call, call.session, now)


def leave(agent: Agent, call: Call, happened: Input, cause: Cause, now: float) -> None:
    """BYE, and the user hears why."""
    if not call.enter(happened):
        return
    close_offers(agent, call, now)
    text = " ".join(cause.text.split())
    headers: Headers = (("Reason", f"SIP;text={quoted(text)}"),) if text else ()
    agent.say(call, Method.BYE, Purpose.BYE, now, headers)
    agent.end(call, cause)


def close_offers(agent: Agent, call: Call, now: float) -> None:
    """What of theirs waits for an answer gets one before the call is over."""
    theirs, call.theirs = call.theirs, None
    if theirs is not None:
        agent.answer(theirs.key, theirs.request, 487, now)
        agent.invites.pop(theirs.key, None)


def expire(agent: Agent, call: Call, now: float) -> None:
    """Nobody has refreshed the session (RFC 4028, 10)."""
    cause = Cause(Why.SESSION_TIMER, "the session was not refreshed")
    leave(agent, call, Input.EXPIRED, cause, now)
