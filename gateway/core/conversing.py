"""While a telecommunicator has the dialogue: replies, take-over, silence, the end."""

from __future__ import annotations

from msgspec.structs import replace

from . import over, replying
from .commands import Decline, ShowOwner, WarnQuiet, Withdraw
from .facts import PsapAnswered, PsapEnded, PsapWrote
from .state import Active
from .turn import Turn
from .values import PsapName

KEYS_MAX = 64  # keys of a PSAP's actions that are remembered for recognising a repeat


def answered_again(turn: Turn, now: Active, fact: PsapAnswered) -> None:
    """A second hand on the same card. The winner is told to both; a take-over changes the owner."""
    if (now.psap, now.offer) != (fact.psap, fact.offer):
        turn.do(
            Withdraw(fact.psap, fact.offer, f"too late: {now.by} at {turn.title(now.psap)} has it")
        )
    elif fact.takeover and fact.by != now.by:
        turn.phase = replace(now, by=fact.by)
        turn.do(ShowOwner(now.psap, now.offer, fact.by))
        turn.tell(f"{fact.by} took over from {now.by}")
    else:
        turn.do(ShowOwner(now.psap, now.offer, now.by))


def psap_wrote(turn: Turn, now: Active, fact: PsapWrote) -> None:
    if (now.psap, now.offer) != (fact.psap, fact.offer):
        decline_leg(
            turn, fact.psap, fact.offer, fact.key, f"{now.by} at {turn.title(now.psap)} has it now"
        )
    elif not replying.has_words(turn, fact):
        decline_leg(turn, fact.psap, fact.offer, fact.key, "not sent: there is nothing in it")
    elif turn.call is not None and turn.call.gone:
        reason = f"not sent: the line is gone ({turn.call.gone})"
        decline_leg(turn, fact.psap, fact.offer, fact.key, reason)
    elif not is_repeat(turn, fact.key):
        replying.answer(turn, fact)
        turn.line = replace(turn.line, said_at=turn.at)


def psap_ended(turn: Turn, now: Active, fact: PsapEnded) -> None:
    if (now.psap, now.offer) != (fact.psap, fact.offer):
        decline_leg(
            turn, fact.psap, fact.offer, fact.key, f"{now.by} at {turn.title(now.psap)} has it now"
        )
        return
    is_repeat(turn, fact.key)  # remembered: told again after the end, it is not declined
    if replying.has_words(turn, fact):
        replying.answer(turn, fact)
    else:
        replying.automatic(turn, "M3", dict(turn.policy.ended).get(now.psap))
    turn.tell(f"Ended by {fact.by}")
    turn.end_leg(f"ended by {fact.by}")
    over.close(turn, "ended", fact.by)


def quiet(turn: Turn, now: Active) -> None:
    """The timer looks at when somebody last wrote, so that not every text has to wind it up."""
    limits, said = turn.policy.limits, turn.line.said_at
    closes_at = said + limits.quiet_close
    if turn.at < said + limits.quiet_warning:
        turn.phase = replace(now, warned=False)
        turn.arm("quiet", said + limits.quiet_warning)
    elif not now.warned or turn.at < closes_at:
        # Also when somebody wrote after the last warning: this silence has not been warned of. And
        # after a long standstill of the gateway the PSAP still gets its time to react.
        if closes_at <= turn.at:
            closes_at = turn.at + limits.quiet_close - limits.quiet_warning
        turn.phase = replace(now, warned=True)
        turn.do(WarnQuiet(now.psap, now.offer, closes_at))
        turn.arm("quiet", closes_at)
    else:
        replying.automatic(turn, "M4", turn.policy.quiet)
        turn.tell(f"Closed: nobody wrote for {limits.quiet_close:g} s")
        turn.end_leg("closed: nobody wrote")
        over.close(turn, "quiet", "")


def decline_leg(turn: Turn, psap: PsapName, offer: int, key: str, reason: str) -> None:
    """Unless it is a repeat of what was taken: then "not sent" would be untrue."""
    if not _is_known(turn, key):
        turn.do(Decline(psap, offer, key, reason))


def is_repeat(turn: Turn, key: str) -> bool:
    """A client that lost its link sends again what it has no answer for, under the same key."""
    if _is_known(turn, key):
        return True
    if key:
        turn.line = replace(turn.line, keys=(*turn.line.keys, key)[-KEYS_MAX:])
    return False


def _is_known(turn: Turn, key: str) -> bool:
    return key != "" and key in turn.line.keys
