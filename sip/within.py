"""Requests that come within a call (RFC 3261, 12.2.2): BYE, re-INVITE, UPDATE, PRACK, text.

Judges each against the phase of the call and against what else is under way (14.2; RFC 3311, 5.2;
RFC 3262, 3), and answers it or tells the user.
"""

from __future__ import annotations

from .agent import Agent
from .bodies import sdp_of
from .call import Call, TheirOffer, Timer
from .call_table import Input, Phase
from .called import taken
from .conveyance import complaint, location_of
from .dialogs import DialogKey, heard, key_of, retargeted
from .effects import Cause, Ended, Located, Message, Offered, Why
from .flows import fraction
from .grammar import Malformed
from .message import Headers, Method, Request
from .screening import ABILITIES, unusable
from .session_timer import TooShort, agree
from .sessions import close_offers, go_on
from .transactions import ServerKey

RETRY_WITHIN = 10  # s: 0 to 10 by chance (14.2)
UNANSWERED = frozenset((Phase.INVITED, Phase.RINGING))


def receive(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> None:
    """One request within a call. Raises Malformed, to be answered 400."""
    if not _in_order(call, request):
        agent.answer(key, request, 500, now)
        return
    match request.method:
        case Method.BYE:
            _bye(agent, call, request, key, now)
        case Method.INVITE:
            _reinvite(agent, call, request, key, now)
        case Method.UPDATE:
            _update(agent, call, request, key, now)
        case Method.PRACK:
            _prack(agent, call, request, key, now)
        case Method.INFO if request.value("Info-Package") is not None:
            agent.answer(key, request, 469, now, (("Recv-Info", ""),))
        case Method.INFO | Method.MESSAGE:
            agent.answer(key, request, 200, now, complaint(request, agent.readable))
            if not call.told_ended:
                _located(agent, call, request)
                agent.emit(Message(call.id, request))
        case _:
            agent.answer(key, request, 200, now, ABILITIES)


def _in_order(call: Call, request: Request) -> bool:
    """Whether its number is no older than one that came (12.2.2), in the dialog that it names."""
    wanted: DialogKey = key_of(request)
    fork = call.forks.get(wanted[2])
    dialog = call.dialog if fork is None else fork.dialog
    assert dialog is not None, "a request found a call that has no dialog"
    after = heard(dialog, request)
    if after is None:
        return False
    if fork is None:
        call.dialog = after
    else:
        fork.dialog = after
    return True


def _bye(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> None:
    told, unanswered = call.told_ended, call.phase in UNANSWERED
    if not call.enter(Input.GOT_BYE):
        agent.answer(key, request, 481, now)  # in a call of ours that nobody has accepted
        return
    agent.answer(key, request, 200, now)
    if unanswered:  # 15.1.2
        assert call.dialog is not None
        agent.answer(call.key, call.invite, 487, now, tag=call.dialog.key[1])
    close_offers(agent, call, now)
    if not told:
        agent.emit(Ended(call.id, Cause(Why.BYE, "the other side hung up")))
    agent.forget(call)


def _busy(call: Call, *, offer: bool) -> int:
    """491 or 500 while another offer is under way, 481 when the call is over; 0: it may come."""
    if call.phase in UNANSWERED:
        return 500 if offer else 0
    if call.told_ended:
        return 481
    if not offer:
        return 0
    if call.phase is not Phase.TALKING:
        return 491 if call.ours else 500
    if call.asking is not None:
        return 491
    return 500 if call.theirs is not None or call.unacked is not None else 0


def _refused(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> bool:
    """Whether a re-INVITE or UPDATE was refused at once."""
    offer = request.method == Method.INVITE or bool(sdp_of(request))
    status = _busy(call, offer=offer)
    headers: Headers = ()
    if status == 500:
        wait = int(fraction(agent.chance) * (RETRY_WITHIN + 1))
        headers = (("Retry-After", str(wait)),)
    elif not status and (refusal := unusable(request)) is not None:
        status, headers = refusal.status, refusal.headers
    elif not status:
        lasting = agree(request, agent.settings.session)
        if isinstance(lasting, TooShort):
            status, headers = 422, lasting.headers
    if status:
        agent.answer(key, request, status, now, headers)
    return bool(status)


def _reinvite(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> None:
    if _refused(agent, call, request, key, now):
        return
    agent.answer(key, request, 100, now)
    _located(agent, call, request)
    call.theirs = TheirOffer(key, request, sdp_of(request))
    agent.invites[key] = call.id
    agent.emit(Offered(call.id, call.theirs.sdp))


def _update(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> None:
    if _refused(agent, call, request, key, now):
        return
    _located(agent, call, request)
    theirs = TheirOffer(key, request, sdp_of(request))
    if theirs.sdp:
        call.theirs = theirs
        agent.emit(Offered(call.id, theirs.sdp))
    elif call.dialog is not None and call.phase not in UNANSWERED:
        call.dialog = retargeted(call.dialog, request)
        taken(agent, call, theirs, b"", now)
    else:  # nobody has accepted: there is no session yet that could live longer
        said = complaint(request, agent.readable)
        agent.answer(key, request, 200, now, (agent.contact(call.flow), *said))


def _located(agent: Agent, call: Call, request: Request) -> None:
    """A caller's network may say again where he is (RFC 6442, 3), whatever else the request wants,
    and whatever becomes of that."""
    if not call.ours and (found := location_of(request)) is not None:
        agent.emit(Located(call.id, found))


def answer_offer(agent: Agent, call: Call, sdp: bytes, now: float) -> None:
    """Takes what is offered; without their offer, `sdp` is ours."""
    theirs = call.theirs
    if theirs is None:
        return  # it was cancelled, or the call is over
    call.theirs = None
    agent.invites.pop(theirs.key, None)
    assert call.dialog is not None
    call.dialog = retargeted(call.dialog, theirs.request)
    taken(agent, call, theirs, sdp, now)
    go_on(agent, call, now)


def decline_offer(
    agent: Agent,
    call: Call,
    theirs: TheirOffer,
    status: int,
    reason: str,
    headers: Headers,
    now: float,
) -> None:
    """Refuses what is offered; the session stays as it is."""
    call.theirs = None
    agent.invites.pop(theirs.key, None)
    text = " ".join(reason.split())
    agent.answer(theirs.key, theirs.request, status, now, headers, reason=text)
    go_on(agent, call, now)


def _prack(agent: Agent, call: Call, request: Request, key: ServerKey, now: float) -> None:
    """RFC 3262, 3: 200 where it means the ringing that waits for it, 481 else."""
    waits = call.unpracked
    said = (request.value("RAck") or "").split()
    if len(said) != 3:
        raise Malformed("RAck is not a number, a number and a method")
    if waits is None or said != [str(waits.rseq), str(waits.cseq), Method.INVITE]:
        agent.answer(key, request, 481, now)
        return
    if sdp_of(request):
        agent.answer(key, request, 488, now)  # our ringing held no session that it could change
        return
    call.unpracked = None
    agent.stop(call, Timer.RESEND_RINGING, Timer.NO_PRACK)
    agent.answer(key, request, 200, now)
