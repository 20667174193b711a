"""Calls that ring here (RFC 3261, 13.3): rung, accepted, refused, cancelled, acknowledged.

The 2xx goes out again until its ACK comes, whatever the transport (13.3.1.4); the ringing too where
the caller wants to know that it arrived (RFC 3262).
"""

from __future__ import annotations

from .agent import Agent
from .bodies import SDP, sdp_of
from .call import Call, Purpose, Resent, TheirOffer, Timer
from .call_table import Input, Phase
from .conveyance import complaint
from .dialogs import as_called, key_of
from .effects import Cause, Confirmed, Incoming, Why
from .fields import cseq, options
from .flows import Flow
from .grammar import Malformed, parameter, parameters, readable, split
from .message import Headers, Method, Request
from .screening import ALLOW, SUPPORTS, unusable
from .session_timer import TooShort, agree
from .sessions import close_offers, go_on, keep_alive, leave
from .transactions import ServerKey
from .uri import SipUri

RING_AGAIN = 60.0  # s (13.3.1.1)
SDP_ROW = ("Content-Type", SDP)


def source(flow: Flow) -> SipUri:
    """Where a message came from, as a URI: for a peer that names no Contact."""
    host = f"[{flow.remote[0]}]" if ":" in flow.remote[0] else flow.remote[0]
    params = () if flow.transport == "UDP" else (("transport", flow.transport.lower()),)
    return SipUri("sip", "", host, flow.remote[1], params)


def arrive(agent: Agent, request: Request, flow: Flow, key: ServerKey, now: float) -> None:
    """An INVITE that begins a call, after it was screened. Raises Malformed."""
    refusal = unusable(request)
    if refusal is not None:
        agent.answer(key, request, refusal.status, now, refusal.headers)
        agent.emit(*agent.complaints.about(flow.remote, refusal.status, refusal.why, now))
        return
    lasting = agree(request, agent.settings.session)
    if isinstance(lasting, TooShort):
        agent.answer(key, request, 422, now, lasting.headers)
        return
    dialog = as_called(request, agent.tag(), source(flow))
    allows = options(request, "Allow")
    agent.answer(key, request, 100, now)
    call = agent.new_call(False, flow, request, key)
    call.dialog, call.allows = dialog, allows
    agent.dialogs[dialog.key] = call.id
    agent.invites[key] = call.id
    agent.emit(Incoming(call.id, request, flow, sdp_of(request)))


def _answer(
    agent: Agent, call: Call, status: int, now: float, headers: Headers = (), reason: str = ""
) -> None:
    assert call.dialog is not None
    tag = call.dialog.key[1]
    agent.answer(call.key, call.invite, status, now, headers, tag=tag, reason=reason)


def ring(agent: Agent, call: Call, now: float) -> None:
    """180, once more with each call of it; reliably when the caller demands that. Then it is not
    said at all where the caller waits for our offer: a reliable answer would have to hold it."""
    again = call.phase is Phase.RINGING
    demanded = "100rel" in options(call.invite, "Require")
    if not call.enter(Input.RING) or (demanded and (again or not sdp_of(call.invite))):
        return
    headers: Headers = (agent.contact(call.flow), *ALLOW)
    if not demanded:
        _answer(agent, call, 180, now, headers)
        agent.after(Timer.RINGING, call, RING_AGAIN, now)
        return
    assert call.dialog is not None
    rseq = 1 + int(agent.chance.token(3), 16)  # below 2**31 (RFC 3262, 3)
    headers = (*headers, ("Require", "100rel"), ("RSeq", str(rseq)))
    key, tag = call.key, call.dialog.key[1]
    response = agent.answer(key, call.invite, 180, now, headers, tag=tag)
    t1 = agent.settings.timing.t1
    number = cseq(call.invite).sequence
    call.unpracked = Resent(key, response, t1, number, rseq)
    agent.after(Timer.RESEND_RINGING, call, t1, now)
    agent.after(Timer.NO_PRACK, call, agent.settings.timing.patience, now)


def accept(agent: Agent, call: Call, sdp: bytes, now: float) -> None:
    """200 with our description: the answer to the caller's, or our offer when there was none."""
    if not call.enter(Input.ACCEPT):
        return
    agent.stop(call, Timer.RINGING, Timer.RESEND_RINGING, Timer.NO_PRACK)
    call.unpracked = None
    agent.invites.pop(call.key)
    taken(agent, call, TheirOffer(call.key, call.invite, sdp_of(call.invite)), sdp, now)


def taken(agent: Agent, call: Call, theirs: TheirOffer, sdp: bytes, now: float) -> None:
    """200 to an INVITE or UPDATE of theirs, with what a session timer needs, and what is to be said
    of a location in it."""
    assert call.dialog is not None
    request = theirs.request
    lasting = agree(request, agent.settings.session)
    assert not isinstance(lasting, TooShort), "it was judged when the request came"
    session, rows = lasting
    said = complaint(request, agent.readable)
    headers: Headers = (agent.contact(call.flow), *ALLOW, *SUPPORTS, *rows, *said)
    if sdp:
        headers = (*headers, SDP_ROW)
        call.sdp = sdp
    tag = call.dialog.key[1]
    response = agent.answer(theirs.key, request, 200, now, headers, tag=tag, body=sdp)
    keep_alive(agent, call, session, now)
    if request.method == Method.INVITE:
        timing, number = agent.settings.timing, cseq(request).sequence
        ours = bool(sdp) and not theirs.sdp
        call.unacked = Resent(theirs.key, response, timing.t1, number, ours=ours)
        agent.after(Timer.RESEND, call, timing.t1, now)
        agent.after(Timer.NO_ACK, call, timing.patience, now)


def refuse(
    agent: Agent, call: Call, status: int, reason: str, now: float, headers: Headers = ()
) -> None:
    if not call.enter(Input.REFUSE):
        return
    reason = " ".join(reason.split())
    _answer(agent, call, status, now, headers, reason)
    agent.end(call, Cause(status, reason))
    agent.forget(call)


def cancelled(agent: Agent, request: Request, flow: Flow, now: float) -> None:
    """CANCEL (9.2): 200 where its INVITE is known, however late it comes; 481 else."""
    target = agent.transactions.invite_of(request)
    if target is None:
        agent.turn_away(request, flow, 481)
        return
    key = agent.transactions.begin(request, flow, now)
    found = agent.invites.get(target)
    call = None if found is None else agent.calls[found]
    tag = "" if call is None or call.dialog is None else call.dialog.key[1]
    agent.answer(key, request, 200, now, tag=tag)
    if call is None:
        return
    if call.enter(Input.GOT_CANCEL):
        _answer(agent, call, 487, now)
        agent.end(call, Cause(Why.CANCEL, _said_reason(request)))
        agent.forget(call)
    else:  # a re-INVITE: the call goes on
        close_offers(agent, call, now)
        go_on(agent, call, now)


def _said_reason(request: Request) -> str:
    """The text of Reason (RFC 3326), for people."""
    try:
        found = parameters(split(request.value("Reason") or "", ";")[1:])
    except Malformed:
        return ""
    return readable(parameter(found, "text") or parameter(found, "cause") or "")


def acked(agent: Agent, request: Request, now: float) -> None:
    """An ACK for a 2xx; one that belongs to nothing is passed over."""
    found = agent.dialogs.get(key_of(request))
    call = None if found is None else agent.calls[found]
    if call is None or call.unacked is None:
        return
    unacked = call.unacked
    if unacked.cseq != cseq(request).sequence:
        return
    call.unacked = None
    agent.stop(call, Timer.RESEND, Timer.NO_ACK)
    sdp = sdp_of(request) if unacked.ours else b""
    entered = call.enter(Input.GOT_ACK)
    if call.phase is Phase.ENDING:
        agent.say(call, Method.BYE, Purpose.BYE, now)
    elif entered or unacked.ours:
        agent.emit(Confirmed(call.id, sdp))
    go_on(agent, call, now)


def resend(agent: Agent, call: Call, timer: Timer, now: float) -> None:
    """A 2xx, or a reliable 180, that nobody has acknowledged. The 2xx up to every T2, the 180 ever
    more seldom (RFC 3262, 3)."""
    sent = call.unacked if timer is Timer.RESEND else call.unpracked
    assert sent is not None, f"{timer} without an answer to send again"
    agent.emit(*agent.transactions.answer(sent.key, sent.response, now))
    sent.interval *= 2
    if timer is Timer.RESEND:
        sent.interval = min(sent.interval, agent.settings.timing.t2)
    agent.after(timer, call, sent.interval, now)


def ring_again(agent: Agent, call: Call, now: float) -> None:
    _answer(agent, call, 180, now, (agent.contact(call.flow), *ALLOW))
    agent.after(Timer.RINGING, call, RING_AGAIN, now)


def never_acked(agent: Agent, call: Call, now: float) -> None:
    """64 * T1 without an ACK: the session is over, and BYE says so (13.3.1.4)."""
    agent.stop(call, Timer.RESEND)
    call.unacked = None
    if call.phase is Phase.LEAVING:
        call.enter(Input.NO_ACK)
        agent.say(call, Method.BYE, Purpose.BYE, now)
        return
    happened = Input.NO_ACK if call.phase is Phase.ACCEPTED else Input.EXPIRED
    leave(agent, call, happened, Cause(Why.TIMEOUT, "no ACK came"), now)


def never_pracked(agent: Agent, call: Call, now: float) -> None:
    """64 * T1 without PRACK: the INVITE is refused (RFC 3262, 3)."""
    call.enter(Input.NO_PRACK)
    _answer(agent, call, 504, now)
    agent.end(call, Cause(504, "no PRACK came"))
    agent.forget(call)
