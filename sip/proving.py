"""A request of ours once more, after its peer asked for credentials or for a longer session.

Digest as the client (RFC 3261, 22; RFC 7616) and 422 (RFC 4028, 7.3). Each challenge is answered
once: a peer that does not like the answer is not asked again.
"""

from __future__ import annotations

from dataclasses import replace

from .agent import Agent
from .call import Asked, Call, Purpose
from .digest import ALGORITHMS, Challenge, read_challenge, read_credentials, respond
from .fields import cseq
from .grammar import Malformed
from .message import Header, Headers, Response, values, without
from .session_timer import ask, minimum

PROOFS_MAX = 4  # of one request: a proxy's, the peer's, and each once more with a fresh nonce
CHALLENGES = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}
CNONCE_OCTETS = 16


def once_more(agent: Agent, asked: Asked, response: Response, now: float) -> bool:
    """Whether the request has gone out again; False: the refusal stands."""
    call = None if asked.call is None else agent.calls[asked.call]
    if response.status in CHALLENGES:
        headers = _proof(agent, asked, response)
    elif response.status == 422 and call is not None:
        headers = _longer(agent, call, asked, response)
    else:
        return False
    if headers is None:
        return False
    number = cseq(asked.request).sequence + 1
    if call is not None and call.dialog is not None:
        number = max(number, call.dialog.local_cseq + 1)
        call.dialog = replace(call.dialog, local_cseq=number)
    if asked.fork is not None:
        number = max(number, asked.fork.dialog.local_cseq + 1)
        asked.fork.dialog = replace(asked.fork.dialog, local_cseq=number)
    again = without(headers, "CSeq", "Via", "User-Agent")
    rows = (*again, ("CSeq", f"{number} {asked.request.method}"))
    key = agent.ask(replace(asked.request, headers=rows), asked.flow, asked.purpose, now, call)
    new = agent.asked[key]
    new.proofs, new.watch, new.fork = asked.proofs + 1, asked.watch, asked.fork
    if call is not None and asked.purpose is Purpose.INVITE:
        call.invite, call.key = new.request, key
    elif call is not None and asked.purpose is Purpose.REINVITE:
        call.asking = key
    return True


def _proof(agent: Agent, asked: Asked, response: Response) -> Headers | None:
    """The request's headers with the answer to a challenge; None when there is none to give."""
    login, (asks, says) = agent.settings.login, CHALLENGES[response.status]
    challenge = _best(response, asks)
    if login is None or challenge is None or asked.proofs >= PROOFS_MAX:
        return None
    kept: list[Header] = []
    for name, value in asked.request.headers:
        if name == says and read_credentials(value).realm == challenge.realm:
            if not challenge.stale:
                return None  # this was our answer, and it was not liked
            continue
        kept.append((name, value))
    cnonce = agent.chance.token(CNONCE_OCTETS)
    request = asked.request
    answer = respond(
        challenge, login.username, login.password, request.method, request.uri, cnonce, 1
    )
    return (*kept, (says, str(answer)))


def _best(response: Response, name: str) -> Challenge | None:
    """The challenge with the better algorithm among those that we understand."""
    found: list[Challenge] = []
    for value in values(response.headers, name):
        try:
            found.append(read_challenge(value))
        except Malformed:
            continue  # another scheme or algorithm; there may be one of ours beside it
    order = list(ALGORITHMS)
    return min(found, key=lambda one: order.index(one.algorithm), default=None)


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
