"""From the first text to somebody's answer: locate, route, ring down the chain (DESIGN 9.5).

Two clocks run from the start. `reach` (10 s): can any PSAP be reached at all? If none has shown the
dialogue by then, the caller gets the bounce-back. `abandon` (120 s): reached, but nobody answers.
"""

from __future__ import annotations

from msgspec.structs import replace

from . import blocking, calling, voices
from .commands import Locate, OfferTo, Route, ShowOwner, Withdraw
from .facts import (
    CallerMoved,
    LocationFailed,
    LocationFound,
    Opened,
    PsapAnswered,
    PsapReached,
    PsapRefused,
    PsapShown,
    RouteChosen,
)
from .over import abandon, bounce, lose
from .replying import give_receipts
from .state import Active, Locating, Offered, Routing
from .turn import Turn
from .values import Location, PsapName


def opened(turn: Turn, fact: Opened) -> None:
    limits = turn.policy.limits
    if turn.call is not None:
        calling.opened(turn, fact)
    turn.do(Locate(fact.tlvs, fact.pidf))
    turn.arm("reach", turn.at + limits.reach)
    turn.arm("abandon", turn.at + limits.abandon)
    before = fact.previous
    graced = before is not None and before.psap and turn.at - before.closed_at <= limits.grace
    if before is not None and graced and not blocking.by(fact.blocked, before.psap, turn.at):
        turn.phase = Routing(fact.blocked)
        did = "wrote" if turn.call is None else "called"
        because = f"the caller {did} again within {limits.grace:g} s"
        turn.questions.append(Route(None, because, before.psap))
        return
    turn.arm("location", turn.at + limits.location)


def location_found(turn: Turn, fact: LocationFound) -> None:
    """A location never re-routes a dialogue that has its route: it is shown, a person decides."""
    if turn.call is not None and turn.line.location is not None:
        return  # what came within the call is newer than what the call began with
    _place(turn, fact.location)


def caller_moved(turn: Turn, fact: CallerMoved) -> None:
    """The same of a caller whose network says it during the call. A place that cannot be read takes
    none away. Not bound to the line: it is the person who is sought, after the end too."""
    before, now = turn.line.location, fact.location
    if now is None:
        turn.tell(f"Where the caller is was said again, and is not known: {fact.reason}")
        return
    if before is None:
        turn.tell(f"The caller is said to be at {_words(now)}")
    elif (before.latitude, before.longitude, before.radius) != (
        now.latitude, now.longitude, now.radius,
    ):  # fmt: skip
        turn.tell(f"The caller is said to be at {_words(now)}; before, at {_words(before)}")
    _place(turn, now)


def _place(turn: Turn, location: Location) -> None:
    turn.line = replace(turn.line, location=location)
    match turn.phase:
        case Locating(blocked=blocked):
            turn.disarm("location")
            turn.phase = Routing(blocked)
            turn.questions.append(Route(location, location.source))
        case _:
            turn.redraw()


def _words(location: Location) -> str:
    around = f" within {location.radius:g} m" if location.radius else ""
    return f"{location.latitude:.5f}, {location.longitude:.5f}{around} ({location.method})"


def location_failed(turn: Turn, fact: LocationFailed) -> None:
    if isinstance(turn.phase, Locating):
        turn.disarm("location")
        _route_by_default(turn, turn.phase, fact.reason)


def location_late(turn: Turn, now: Locating) -> None:
    _route_by_default(turn, now, f"no location within {turn.policy.limits.location:g} s")


def route_chosen(turn: Turn, fact: RouteChosen) -> None:
    if not isinstance(turn.phase, Routing):
        return  # asked for twice; the first answer stands
    blocked = turn.phase.blocked
    turn.line = replace(turn.line, town=fact.town, because=fact.reason)
    turn.tell(f"Route: {fact.reason}")
    if not fact.psaps:
        bounce(turn, fact.reason)
        return
    chain = blocking.chain_for(turn, blocked, fact.psaps)
    if chain:
        ring(turn, chain, 0, reached=())


def ring(
    turn: Turn,
    chain: tuple[PsapName, ...],
    index: int,
    *,
    reached: tuple[PsapName, ...],
    lost: bool = False,
) -> None:
    """Offer the dialogue, with everything said so far, to `chain[index]`. Everyone but the last
    has `limits.ring` seconds; the last, the statewide default, rings until it is abandoned."""
    limits = turn.policy.limits
    until = 0.0 if index == len(chain) - 1 else turn.at + limits.ring
    offer = turn.line.offers
    turn.line = replace(turn.line, offers=offer + 1)
    turn.tell(
        f"Ringing {turn.title(chain[index])}"
    )  # part of what the new leg is offered, not given to it
    turn.phase = Offered(chain, index, offer, until, reached=reached, lost=lost)
    turn.do(OfferTo(chain[index], offer, until))
    turn.arm("shown", turn.at + limits.shown)
    if until:
        turn.arm("ring", until)
    else:
        turn.disarm("ring")


def psap_shown(turn: Turn, fact: PsapShown) -> None:
    """Whichever leg showed it, it was shown: receipts follow. Only the leg that is ringing now
    proves that its PSAP can be reached."""
    if turn.is_over():
        return  # what it had not shown by then was told to the caller as not delivered
    up_to = min(fact.up_to, turn.last_line())  # a client cannot have shown what does not exist
    if turn.line.unshown:
        _receipts_for(turn, up_to)
    match turn.phase:
        case Offered() as now if (now.psap, now.offer) == (fact.psap, fact.offer):
            turn.disarm("shown", "reach")
            reached = now.reached if now.psap in now.reached else (*now.reached, now.psap)
            turn.phase = replace(now, shown=max(now.shown, up_to), reached=reached)
        case Active() as now if (now.psap, now.offer) == (fact.psap, fact.offer):
            turn.phase = replace(now, shown=max(now.shown, up_to))
        case _:
            pass  # a leg that was given up on


def psap_reached(turn: Turn, fact: PsapReached) -> None:
    """Nothing was shown, and yet that PSAP can be reached: its telephone rings. Where somebody has
    picked up, it keeps the time that it says it needs; the limit over all of them stands."""
    now = turn.phase
    if not isinstance(now, Offered) or (now.psap, now.offer) != (fact.psap, fact.offer):
        return  # a leg that was given up on, or one that has answered
    turn.disarm("shown", "reach")
    reached = now.reached if now.psap in now.reached else (*now.reached, now.psap)
    until = max(now.until, turn.at + fact.seconds) if now.until else 0.0
    if until > now.until:
        turn.arm("ring", until)
    turn.phase = replace(now, reached=reached, until=until)
    if fact.note:
        turn.tell(f"{turn.title(now.psap)}: {fact.note}")


def psap_answered(turn: Turn, now: Offered, fact: PsapAnswered) -> None:
    if (now.psap, now.offer) != (fact.psap, fact.offer):
        too_late(
            turn, fact.psap, fact.offer, f"too late: it is ringing at {turn.title(now.psap)} now"
        )
        return
    turn.disarm("ring", "shown", "reach", "abandon")
    others = tuple(p for p in now.chain if p != now.psap)
    turn.phase = Active(now.psap, now.offer, fact.by, turn.at, others, now.shown)
    turn.line = replace(turn.line, said_at=turn.at)
    turn.do(ShowOwner(now.psap, now.offer, fact.by))
    turn.tell(f"Answered by {fact.by} at {turn.title(now.psap)}")
    turn.arm("quiet", turn.at + turn.policy.limits.quiet_warning)
    calling.answered(turn, now.psap)


def psap_refused(turn: Turn, now: Offered, fact: PsapRefused) -> None:
    if (now.psap, now.offer) != (fact.psap, fact.offer):
        return  # it had been given up on already
    reached = tuple(p for p in now.reached if p != now.psap)
    turn.leave_leg()
    turn.tell(f"{turn.title(now.psap)} cannot take it: {fact.reason}")
    ring_next(turn, replace(now, reached=reached))


def not_answered(turn: Turn, now: Offered) -> None:
    turn.withdraw("not answered in time, ringing elsewhere")
    turn.tell(f"{turn.title(now.psap)} did not answer within {turn.policy.limits.ring:g} s")
    ring_next(turn, now)


def not_shown(turn: Turn, now: Offered) -> None:
    """It did not refuse, but no screen has shown it either: it counts as unreachable."""
    turn.withdraw("not shown in time, ringing elsewhere")
    turn.tell(f"{turn.title(now.psap)} did not show it within {turn.policy.limits.shown:g} s")
    ring_next(turn, replace(now, reached=tuple(p for p in now.reached if p != now.psap)))


def not_reached(turn: Turn) -> None:
    """The first leg that shows it disarms this timer, so nobody has."""
    turn.withdraw("the caller was told that text-to-911 is not available")
    bounce(turn, f"no PSAP could be reached within {turn.policy.limits.reach:g} s")


def not_routed(turn: Turn) -> None:
    """Neither location nor route came to an end within the limit for reaching somebody."""
    bounce(turn, f"no route within {turn.policy.limits.reach:g} s")


def nobody_answered(turn: Turn, now: Offered) -> None:
    limit = f"{turn.policy.limits.abandon:g} s"
    turn.end_leg(f"nobody answered within {limit}; the caller was told to make a voice call")
    turn.tell(f"Nobody answered within {limit}")
    if now.lost:
        lose(turn, f"the PSAP was lost and nobody else answered within {limit}")
    else:
        abandon(turn)


def ring_next(turn: Turn, now: Offered) -> None:
    """Down the chain; when it is exhausted, again those who can be reached; else the caller is
    told: by M1, or by M2 if somebody had answered before."""
    if now.index + 1 < len(now.chain):
        ring(turn, now.chain, now.index + 1, reached=now.reached, lost=now.lost)
    elif now.reached:
        ring(turn, now.reached, 0, reached=now.reached, lost=now.lost)
    elif now.lost:
        lose(turn, "the PSAP was lost and no other could be reached")
    else:
        bounce(turn, "no PSAP of the chain could be reached")


def psap_lost(turn: Turn, now: Active, reason: str) -> None:
    """The PSAP that had answered is gone: ring the others with the whole transcript."""
    turn.leave_leg()
    turn.tell(f"{turn.title(now.psap)} was lost: {reason}")
    voices.leave(turn, "its PSAP was lost")
    turn.disarm("quiet")
    if not now.chain:
        lose(turn, "the PSAP was lost and there is no other")
        return
    turn.arm("abandon", turn.at + turn.policy.limits.abandon)
    ring(turn, now.chain, 0, reached=(), lost=True)


def too_late(turn: Turn, psap: PsapName, offer: int, reason: str) -> None:
    turn.do(Withdraw(psap, offer, reason))


def _route_by_default(turn: Turn, now: Locating, because: str) -> None:
    turn.phase = Routing(now.blocked)
    turn.questions.append(Route(None, because))


def _receipts_for(turn: Turn, up_to: int) -> None:
    unshown = turn.line.unshown
    shown = tuple([one for one in unshown if one.sequence <= up_to])
    if shown:
        kept = tuple([one for one in unshown if one.sequence > up_to])
        turn.line = replace(turn.line, unshown=kept)
        give_receipts(turn, shown, delivered=True)
