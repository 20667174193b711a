"""The dialogue: `advance` is the whole of it, (dialogue, entry) -> (dialogue, commands).

It reads no clock, draws no random number and touches no socket, so replaying the journal rebuilds
every dialogue exactly. This module only says which rule hears which fact in which phase; the rules
live beside it: `hearing`, `ringing`, `conversing`, `replying`, `over`.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from . import blocking, calling, conversing, hearing, over, replying, ringing, voices
from .commands import Arm, Command, Locate, OfferTo, Question
from .facts import (
    CallerMoved,
    CallerRepeated,
    CallerSentPart,
    CallerWrote,
    CarrierFact,
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    Entry,
    GatewayStarted,
    HandsetReported,
    LineFact,
    LineLost,
    LocationFailed,
    LocationFound,
    Opened,
    PartsJoined,
    PolicyInForce,
    PsapAnswered,
    PsapAskedVoice,
    PsapBlocked,
    PsapEnded,
    PsapInterrupted,
    PsapReached,
    PsapRefused,
    PsapShown,
    PsapUnblocked,
    PsapWrote,
    ReceiptTaken,
    RepeatSuspected,
    RouteChosen,
    SentAgain,
    TimeRanOut,
)
from .policy import Policy
from .state import Active, Call, Dialogue, Line, Locating, Offered, Over, Routing, Voice
from .turn import Turn


class Step(NamedTuple):
    """`questions` are answered by the engine at once, each by one more fact."""

    dialogue: Dialogue
    commands: tuple[Command, ...]
    questions: tuple[Question, ...]


def born(entry: Entry) -> Dialogue:
    """The dialogue as its first fact finds it."""
    fact = entry.fact
    assert isinstance(fact, Opened), f"{entry.dialogue} begins with {type(fact).__name__}"
    line = Line(
        key=fact.key,
        policy=fact.policy,
        opened_at=entry.at,
        said_at=entry.at,
        umr=fact.reference & 0xFFFF,
        previous=fact.previous,
    )
    call = Call(fact.ani) if fact.key.is_call else None
    voice = Voice() if call is not None and fact.voice else None
    return Dialogue(line, Locating(fact.tlvs, fact.blocked, fact.pidf), call, voice)


def advance(dialogue: Dialogue | None, entry: Entry, policy: Policy) -> Step:
    turn = Turn(born(entry) if dialogue is None else dialogue, entry, policy)
    _hear(turn, entry)
    return Step(turn.result(), tuple(turn.commands), tuple(turn.questions))


def _hear(turn: Turn, entry: Entry) -> None:
    match entry.fact:  # what comes with every text stands first
        case CallerWrote() as fact:
            hearing.caller_wrote(turn, fact)
        case PsapShown() as fact:
            ringing.psap_shown(turn, fact)
        case PsapAnswered() | PsapRefused() | PsapWrote() | PsapEnded() as fact:
            _psap(turn, fact)
        case Opened() as fact:
            ringing.opened(turn, fact)
        case CallerSentPart() | PartsJoined() | RepeatSuspected() as fact:
            _caller(turn, fact)
        case CallerRepeated() as fact:
            hearing.caller_repeated(turn, fact)
        case LocationFound() as fact:
            ringing.location_found(turn, fact)
        case LocationFailed() as fact:
            ringing.location_failed(turn, fact)
        case RouteChosen() as fact:
            ringing.route_chosen(turn, fact)
        case PsapBlocked() as fact:
            blocking.psap_blocked(turn, fact)
        case TimeRanOut(timer, generation):
            if turn.ran_out(timer, generation):
                _time(turn, timer)
        case GatewayStarted() | PolicyInForce() | PsapUnblocked() as fact:
            raise AssertionError(f"{type(fact).__name__} belongs to the gateway's own stream")
        case fact:
            _rest(turn, fact)


OfLink = CarrierFact | LineFact | CallerMoved | PsapInterrupted | PsapAskedVoice | PsapReached


def _rest(turn: Turn, fact: OfLink) -> None:
    match fact:
        case CarrierTook():
            replying.carrier_took(turn, fact)
        case CarrierRefused():
            replying.carrier_refused(turn, fact)
        case CarrierSilent():
            replying.carrier_silent(turn, fact)
        case CarrierLost():
            replying.carrier_lost(turn, fact)
        case SentAgain():
            replying.sent_again(turn, fact)
        case HandsetReported():
            replying.handset_reported(turn, fact)
        case ReceiptTaken():
            replying.receipt_taken(turn, fact)
        case PsapInterrupted():
            calling.interrupted(turn, fact)
        case PsapAskedVoice():
            voices.asked(turn, fact)
        case PsapReached():
            ringing.psap_reached(turn, fact)
        case CallerMoved():
            ringing.caller_moved(turn, fact)
        case _:
            calling.heard(turn, fact)


def _caller(turn: Turn, fact: CallerSentPart | PartsJoined | RepeatSuspected) -> None:
    match fact:
        case CallerSentPart():
            hearing.caller_sent_part(turn, fact)
        case PartsJoined():
            hearing.parts_joined(turn, fact)
        case RepeatSuspected():
            hearing.repeat_suspected(turn, fact)
        case _:
            assert_never(fact)


def _psap(turn: Turn, fact: PsapAnswered | PsapRefused | PsapWrote | PsapEnded) -> None:
    match turn.phase, fact:
        case Offered() as now, PsapAnswered():
            ringing.psap_answered(turn, now, fact)
        case Offered() as now, PsapRefused():
            ringing.psap_refused(turn, now, fact)
        case Active() as now, PsapAnswered():
            conversing.answered_again(turn, now, fact)
        case Active() as now, PsapRefused():
            if (now.psap, now.offer) == (fact.psap, fact.offer):
                ringing.psap_lost(turn, now, fact.reason)
        case Active() as now, PsapWrote():
            conversing.psap_wrote(turn, now, fact)
        case Active() as now, PsapEnded():
            conversing.psap_ended(turn, now, fact)
        case Over(how), PsapAnswered():
            ringing.too_late(turn, fact.psap, fact.offer, f"too late: the dialogue is {how}")
        case Over(how), PsapWrote() | PsapEnded():
            reason = f"not sent: the dialogue is {how}"
            conversing.decline_leg(turn, fact.psap, fact.offer, fact.key, reason)
        case _, PsapWrote() | PsapEnded():
            reason = "not sent: answer the dialogue first"
            conversing.decline_leg(turn, fact.psap, fact.offer, fact.key, reason)
        case _:
            pass  # an answer or refusal of a leg that was given up on, or not yet a leg at all


def _time(turn: Turn, timer: str) -> None:
    match turn.phase, timer:
        case _, "retry":
            replying.send_next(turn)
        case _, "hang up":
            calling.hang_up(turn)
        case Locating() as now, "location":
            ringing.location_late(turn, now)
        case Offered() as now, "ring":
            ringing.not_answered(turn, now)
        case Offered() as now, "shown":
            ringing.not_shown(turn, now)
        case Offered(), "reach":
            ringing.not_reached(turn)
        case Offered() as now, "abandon":
            ringing.nobody_answered(turn, now)
        case Active() as now, "quiet":
            conversing.quiet(turn, now)
        case Over(), "forget":
            over.forget(turn)
        case Locating() | Routing(), "reach" | "abandon":
            ringing.not_routed(turn)
        case _, parts if parts.startswith("parts "):
            hearing.parts_late(turn, parts.removeprefix("parts "))
        case _:
            raise AssertionError(f"timer {timer!r} is armed in a phase that does not know it")


def owed(dialogue: Dialogue) -> tuple[Command, ...]:
    """What must be said again after a restart: the ringing or answered leg, the clocks with what
    remains of them, and the receipts. Parts in flight are not here: the engine reports them lost
    with the links, and the rules decide (DESIGN 9.2)."""
    said: list[Command] = []
    match dialogue.phase:
        case Locating(tlvs, _, pidf):
            said.append(Locate(tlvs, pidf))
        case Offered() as now:
            said.append(OfferTo(now.psap, now.offer, now.until))
        case Active() as now:
            said.append(OfferTo(now.psap, now.offer, 0.0))
        case Routing() | Over():
            pass
        case _:
            assert_never(dialogue.phase)
    said += [replying.given(one) for one in dialogue.line.receipts]
    said += [Arm(t.name, t.generation, t.due) for t in dialogue.line.timers]
    return tuple(said)


def in_flight(dialogue: Dialogue) -> tuple[CarrierLost | LineLost, ...]:
    """Parts whose links died with the gateway, and its line, as facts to hear after a restart."""
    why = "the gateway was restarted"
    if dialogue.call is not None:
        return () if dialogue.call.gone else (LineLost(why),)
    return tuple(
        CarrierLost(one.number, part, why)
        for one in dialogue.line.outbox
        for part, letter in enumerate(one.progress)
        if letter in "srau"
    )
