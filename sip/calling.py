"""Calls that we begin (RFC 3261, 13.2): the INVITE, its forks, CANCEL, and who wins the race.

Exactly one 2xx makes the call; any other dialog that an INVITE of ours leaves behind is
acknowledged and ended, and so is a call that was accepted while our CANCEL was on its way.
"""

from __future__ import annotations

from dataclasses import replace

from .agent import Agent
from .bodies import SDP, sdp_of
from .call import Asked, Call, Fork, Purpose, Timer
from .call_table import Input, Phase
from .dialogs import HOPS_MAX, Dialog, as_caller, next_hop, request_of, with_tag
from .effects import Answered, CallId, Cause, Progress, Refused, Why
from .fields import address, cseq, options
from .grammar import Malformed, Params, number
from .message import Headers, Method, Request, Response, members, values
from .proving import once_more, unproven
from .screening import ALLOW, SUPPORTS
from .session_timer import ask
from .sessions import go_on, kept_alive, leave
from .transactions import ClientKey, Outcome
from .uri import NameAddr, SipUri

FORKS_MAX = 32  # early dialogs of one call that are told apart
RSEQ_MAX = 2**32 - 1  # RFC 3262, 7.1


def invite(
    agent: Agent, target: SipUri, caller: NameAddr, sdp: bytes, headers: Headers, now: float
) -> CallId:
    """Begins a call with an offer. `headers` may bring a Content-Type, where `sdp` stands in a
    multipart beside a location."""
    if not sdp:
        raise ValueError("a call of ours begins with an offer")
    uri = target.as_target()
    proxy = agent.settings.proxy
    flow = agent.flow_to(uri if proxy is None else proxy)
    kind = () if values(headers, "Content-Type") else (("Content-Type", SDP),)
    rows: Headers = (
        ("Max-Forwards", str(HOPS_MAX)),
        *(() if proxy is None else (("Route", f"<{_loose(proxy)}>"),)),
        ("From", with_tag(str(replace(caller, params=_untagged(caller))), agent.tag())),
        ("To", f"<{uri}>"),
        ("Call-ID", agent.chance.token(16)),
        ("CSeq", "1 INVITE"),
        agent.contact(flow),
        *ALLOW,
        *SUPPORTS,
        *ask(agent.settings.session),
        *headers,
        *kind,
    )
    request = Request(Method.INVITE, str(uri), rows, sdp)
    call = agent.new_call(True, flow, request, ())
    call.sdp = sdp_of(request)  # what a refresh says again: without the location beside it
    key = agent.ask(request, flow, Purpose.INVITE, now, call)
    call.invite, call.key = agent.asked[key].request, key
    return call.id


def _untagged(caller: NameAddr) -> Params:
    return tuple(pair for pair in caller.params if pair[0] != "tag")


def _loose(proxy: SipUri) -> SipUri:
    if any(name == "lr" for name, _ in proxy.params):
        return proxy
    return replace(proxy, params=(*proxy.params, ("lr", None)))


def cancel(agent: Agent, call: Call, reason: str, now: float) -> None:
    """Gives a call up. CANCEL goes out as soon as the peer has shown that it knows the INVITE
    (9.1); the user need not wait for what becomes of it."""
    call.enter(Input.HANG_UP)
    agent.end(call, Cause(Why.CANCEL, reason))
    if call.provisional:
        _send_cancel(agent, call, now)


def _send_cancel(agent: Agent, call: Call, now: float) -> None:
    """CANCEL has the branch, the Request-URI and the Route of what it cancels."""
    request = call.invite
    rows: Headers = (
        ("Via", members(request.headers, "Via")[0]),
        ("Max-Forwards", str(HOPS_MAX)),
        *(("Route", value) for value in values(request.headers, "Route")),
        ("From", request.value("From") or ""),
        ("To", request.value("To") or ""),
        ("Call-ID", request.value("Call-ID") or ""),
        ("CSeq", f"{cseq(request).sequence} CANCEL"),
    )
    flow = agent.asked[_client(call)].flow
    agent.ask(Request(Method.CANCEL, request.uri, rows), flow, Purpose.CANCEL, now)
    agent.after(Timer.CANCEL, call, agent.settings.timing.patience, now)


def _client(call: Call) -> ClientKey:
    branch, method = call.key
    return branch, method


def never_cancelled(agent: Agent, call: Call, now: float) -> tuple[Outcome, ...]:
    """64 * T1 after CANCEL: the peer has forgotten the INVITE, and so do we (9.1)."""
    return agent.transactions.give_up(_client(call), now)


def heard(agent: Agent, asked: Asked, response: Response, now: float) -> None:
    """An answer to an INVITE that begins a call."""
    call = None if asked.call is None else agent.calls.get(asked.call)
    if 200 <= response.status < 300:
        _accepted(agent, call, asked, response, now)
    elif call is not None and response.status < 200:
        _progress(agent, call, asked, response, now)
    elif call is not None:
        _refused(agent, call, asked, response, now)


def _dialog(agent: Agent, call: Call | None, asked: Asked, response: Response) -> Dialog:
    """The dialog of an answer: a fork that is known, moved to where it says it is now."""
    otherwise = next_hop(replace(asked.request, headers=()))
    found = as_caller(asked.request, response, otherwise)
    fork = None if call is None else call.forks.get(found.key[2])
    if fork is None:
        return found
    known = fork.dialog
    return replace(found, local_cseq=known.local_cseq, remote_cseq=known.remote_cseq)


def _progress(agent: Agent, call: Call, asked: Asked, response: Response, now: float) -> None:
    call.enter(Input.GOT_1XX)
    first, call.provisional = not call.provisional, True
    if call.told_ended:
        if first:
            _send_cancel(agent, call, now)
        return
    tag = address(response, "To").tag
    sdp = sdp_of(response)
    if tag is None or response.status == 100:
        agent.emit(Progress(call.id, response.status, sdp))
        return
    fork = call.forks.get(tag)
    if fork is None:
        if len(call.forks) >= FORKS_MAX:
            return
        fork = call.forks[tag] = Fork(_dialog(agent, call, asked, response))
        agent.dialogs[fork.dialog.key] = call.id
    if "100rel" in options(response, "Require") and not _pracked(agent, call, fork, response, now):
        return
    fork.sdp = sdp or fork.sdp
    agent.emit(Progress(call.id, response.status, sdp))


def _pracked(agent: Agent, call: Call, fork: Fork, response: Response, now: float) -> bool:
    """PRACK for a reliable answer (RFC 3262, 4), if it is the next one and not a repetition."""
    try:
        rseq = number(response.value("RSeq") or "", RSEQ_MAX, "RSeq")
    except Malformed:
        return False
    if fork.rseq is not None and rseq != fork.rseq + 1:
        return False
    fork.rseq = rseq
    rack = ("RAck", f"{rseq} {cseq(response)}")
    fork.dialog, request = request_of(fork.dialog, Method.PRACK, (rack,))
    flow = agent.flow_of(request, call.flow)
    key = agent.ask(request, flow, Purpose.PRACK, now, challenges=call.challenges)
    agent.asked[key].fork = fork
    return True


def _accepted(
    agent: Agent, call: Call | None, asked: Asked, response: Response, now: float
) -> None:
    tag = address(response, "To").tag or ""
    if tag in asked.acks:
        agent.emit(asked.acks[tag])
        return
    if len(asked.acks) >= FORKS_MAX:
        return
    dialog = _dialog(agent, call, asked, response)
    agent.acknowledge(dialog, asked, cseq(asked.request).sequence, asked.flow)
    if call is None or not call.enter(Input.GOT_2XX):
        _end_stray(agent, dialog, asked, now)
        return
    sdp = sdp_of(response)
    if not sdp and tag in call.forks:
        sdp = call.forks[tag].sdp
    for fork in call.forks.values():
        agent.dialogs.pop(fork.dialog.key, None)
    call.forks.clear()
    call.dialog = dialog
    agent.dialogs[dialog.key] = call.id
    if call.phase is Phase.ENDING:  # our CANCEL came too late
        agent.stop(call, Timer.CANCEL)
        agent.say(call, Method.BYE, Purpose.BYE, now)
    elif not sdp:
        call.enter(Input.EXPIRED)
        agent.emit(Refused(call.id, 488, "it was accepted without a session description"))
        agent.say(call, Method.BYE, Purpose.BYE, now)
    else:
        kept_alive(agent, call, response, now)
        agent.emit(Answered(call.id, sdp, response))
        go_on(agent, call, now)


def _end_stray(agent: Agent, dialog: Dialog, asked: Asked, now: float) -> None:
    """A dialog that nobody wants any more: another fork was first."""
    _, bye = request_of(dialog, Method.BYE)
    way = agent.flow_of(bye, asked.flow)
    agent.ask(bye, way, Purpose.STRAY_BYE, now, challenges=asked.challenges)


def _refused(agent: Agent, call: Call, asked: Asked, response: Response, now: float) -> None:
    if not call.told_ended and once_more(agent, asked, response, now):
        return
    told = call.told_ended
    if not call.enter(Input.GOT_FINAL):
        return
    if not told:
        why = unproven(agent, asked, response)
        agent.emit(Refused(call.id, response.status, response.reason, why))
    agent.forget(call)


def hang_up(agent: Agent, call: Call, reason: str, now: float) -> None:
    """Ends a call that was accepted. Ours to BYE only after the ACK (15): until then it waits."""
    cause = Cause(Why.HUNG_UP, reason)
    if call.phase is Phase.ACCEPTED:
        call.enter(Input.HANG_UP)
        agent.end(call, cause)
    else:
        leave(agent, call, Input.HANG_UP, cause, now)
