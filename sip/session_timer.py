"""Session timers (RFC 4028): who says, and how often, that a session is still alive.

Computes what stands in Session-Expires and what it means. A call that nobody refreshes is ended by
both sides, so that no line is held for a peer that has died.
"""

from __future__ import annotations

from dataclasses import dataclass

from .fields import options, read_seconds
from .grammar import parameter
from .message import Headers, Request, Response
from .settings import SESSION_MIN

GRACE_MAX = 32.0  # s: who is not the refresher ends the session this long before it expires (10)


@dataclass(frozen=True, slots=True)
class Session:
    """`seconds` without a refresh end it. `ours`: it is us who refresh."""

    seconds: int
    ours: bool

    @property
    def refresh_after(self) -> float:
        """Half of it (7.2), so that there is time for a second try."""
        return self.seconds / 2

    @property
    def over_after(self) -> float:
        """When it counts as over: the smaller of 32 s and a third before it expires (10)."""
        return self.seconds - min(GRACE_MAX, self.seconds / 3)


@dataclass(frozen=True, slots=True)
class TooShort:
    """422: the peer wants less than anybody may."""

    headers: Headers = (("Min-SE", str(SESSION_MIN)),)


def _said(message: Request | Response) -> tuple[int, str] | None:
    """Seconds and refresher of Session-Expires. Raises Malformed."""
    value = message.value("Session-Expires")
    if value is None:
        return None
    seconds, params = read_seconds(value)
    return seconds, (parameter(params, "refresher") or "").lower()


def minimum(message: Request | Response) -> int:
    """Min-SE, at least what the specification sets. Raises Malformed."""
    value = message.value("Min-SE")
    return SESSION_MIN if value is None else max(SESSION_MIN, read_seconds(value)[0])


def ask(wanted: int, least: int = SESSION_MIN, *, refresher: str = "") -> Headers:
    """What an INVITE or UPDATE of ours says. `refresher` uac or uas within a dialog (7.4): the role
    in this very transaction; "": the other side may choose. Min-SE only after a 422 (7.1)."""
    if not wanted:
        return ()
    who = f";refresher={refresher}" if refresher else ""
    headers: Headers = (("Session-Expires", f"{max(wanted, least)}{who}"),)
    return headers if least <= SESSION_MIN else (*headers, ("Min-SE", str(least)))


def agree(request: Request, wanted: int) -> tuple[Session | None, Headers] | TooShort:
    """What a 2xx of ours to an INVITE or UPDATE says, and what it means for us (9). We refresh
    where we may choose: so it is us who notice first when the peer has died. Raises Malformed."""
    knows = "timer" in options(request, "Supported") | options(request, "Require")
    said, least = _said(request), minimum(request)
    if said is None:
        if not wanted:
            return None, ()
        seconds, refresher = max(wanted, least), ""
    else:
        seconds, refresher = said
        if seconds < SESSION_MIN:
            # Who does not know 422 cannot ask again (9): then it is as long as may be.
            if knows:
                return TooShort()
            seconds = SESSION_MIN
        if wanted:
            seconds = max(min(seconds, wanted), least)
    ours = not (knows and refresher == "uac")
    value = f"{seconds};refresher={'uas' if ours else 'uac'}"
    headers: Headers = (("Session-Expires", value),)
    if not ours:
        headers = (("Require", "timer"), *headers)
    return Session(seconds, ours), headers


def agreed(response: Response) -> Session | None:
    """What a 2xx to an INVITE or UPDATE of ours means for us (7.2): no Session-Expires, no timer.
    Raises Malformed."""
    said = _said(response)
    if said is None:
        return None
    return Session(max(said[0], SESSION_MIN), said[1] != "uas")
