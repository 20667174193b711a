"""A request of ours once more, after its peer asked for credentials or for a longer session.

Digest as the client (RFC 3261, 22.1 to 22.3) and 422 (RFC 4028, 7.3). Of one request each realm is
answered once, and once more where only the nonce was too old: what was not liked is not said again.
"""

from __future__ import annotations

from dataclasses import replace

from .agent import Agent
from .call import Asked, Call, Purpose
from .effects import Unproven
from .fields import cseq
from .grammar import Malformed
from .keyring import ANSWERS, Challenges, challenges_of
from .message import Headers, Response, without
from .session_timer import ask, minimum

PROOFS_MAX = 6  # of one request: proxies and the peer, some of them twice
CHALLENGED = (401, 407)


def once_more(agent: Agent, asked: Asked, response: Response, now: float) -> bool:
    """Whether the request has gone out again; False: the refusal stands."""
    call = None if asked.call is None else agent.calls[asked.call]
    headers, challenges, proofs = asked.request.headers, asked.challenges, asked.proofs
    if response.status in CHALLENGED:
        found = _answerable(agent, asked, response)
        if isinstance(found, Unproven):
            return False
        challenges = {**challenges, **found}
        proofs = {**proofs, **{place: proofs.get(place, 0) + 1 for place in found}}
    elif response.status == 422 and call is not None:
        longer = _longer(agent, call, asked, response)
        if longer is None:
            return False
        headers = longer
    else:
        return False
    number = cseq(asked.request).sequence + 1
    if call is not None and call.dialog is not None:
        number = max(number, call.dialog.local_cseq + 1)
        call.dialog = replace(call.dialog, local_cseq=number)
    if asked.fork is not None:
        number = max(number, asked.fork.dialog.local_cseq + 1)
        asked.fork.dialog = replace(asked.fork.dialog, local_cseq=number)
    again = without(headers, "CSeq", "Via", "User-Agent", *ANSWERS.values())
    rows = (*again, ("CSeq", f"{number} {asked.request.method}"))
    request = replace(asked.request, headers=rows)
    key = agent.ask(request, asked.flow, asked.purpose, now, call, challenges)
    new = agent.asked[key]
    new.proofs, new.watch, new.fork = proofs, asked.watch, asked.fork
    if call is not None:
        call.challenges = challenges
    if call is not None and asked.purpose is Purpose.INVITE:
        call.invite, call.key = new.request, key
    elif call is not None and asked.purpose is Purpose.REINVITE:
        call.asking = key
    return True


def unproven(agent: Agent, asked: Asked, response: Response) -> Unproven | None:
    """Why a refusal that asks for credentials stands; None where it does not ask."""
    if response.status not in CHALLENGED:
        return None
    found = _answerable(agent, asked, response)
    return found if isinstance(found, Unproven) else None


def _answerable(agent: Agent, asked: Asked, response: Response) -> Challenges | Unproven:
    """The challenges that are to be answered, or why none is."""
    found = challenges_of(response)
    if agent.keyring.is_empty:
        return Unproven.NO_LOGIN
    if not found:
        return Unproven.NOT_SPOKEN
    given = asked.proofs
    if sum(given.values()) + len(found) > PROOFS_MAX:
        return Unproven.NOT_TAKEN
    for place, challenge in found.items():
        if given.get(place, 0) > (1 if challenge.stale else 0):
            return Unproven.NOT_TAKEN
    return found


def _longer(agent: Agent, call: Call, asked: Asked, response: Response) -> Headers | None:
    """Headers that ask for a session as long as the peer demands; None if we asked for that."""
    try:
        least = minimum(response)
    except Malformed:
        return None
    if least <= call.least:
        return None
    call.least = least
    refresher = "" if asked.purpose is Purpose.INVITE else "uac"
    rows = without(asked.request.headers, "Session-Expires", "Min-SE")
    return (*rows, *ask(max(agent.settings.session, least), least, refresher=refresher))
