"""What a call that was not taken, or has ended, is called in words for people. Pure."""

from __future__ import annotations

from ...sip import asked
from ...sip.effects import Cause, Ended, Refused, Why

_STATUS = {
    403: "its exchange lets no call of ours through",
    404: "its exchange does not know the number",
    408: "nobody answers there",
    410: "its exchange does not know the number",
    480: "nobody answers there",
    486: "its line is busy",
    487: "nobody answers there",
    488: "it takes no G.711 sound",
    503: "its exchange cannot be reached",
    600: "its line is busy",
    603: "the call was declined",
    606: "it takes no G.711 sound",
}
_WHY = {
    Why.BYE: "it hung up",
    Why.CANCEL: "the call was given up",
    Why.HUNG_UP: "the call was given up",
    Why.TIMEOUT: "its exchange does not answer any more",
    Why.SESSION_TIMER: "nobody said in time that the call still stands",
    Why.LOST: "its exchange cannot be reached any more",
}


def of_refused(effect: Refused, psap: str) -> str:
    """ "its line is busy (486 Busy Here)" """
    words = _STATUS.get(effect.status, "the call failed")
    if effect.unproven is not None:
        said = asked.words(effect.unproven, f"[tty] of psaps/{psap}.toml")
        words = f"its exchange turns us away: {said}"
    return f"{words} ({effect.status} {effect.text})".replace(" )", ")")


def of_ended(effect: Ended) -> str:
    cause: Cause = effect.cause
    if isinstance(cause.what, Why):
        return _WHY[cause.what]
    return f"the call failed ({cause.what} {cause.text})".replace(" )", ")")
