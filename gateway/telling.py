"""The story of one dialogue in words: what happened, who, why, and what the gateway did about it.

Pure; for QA and for a court. One sentence for every fact, and under it what the rules made of it.
Facts are what the record says; what follows from them is worked out by the rules of today, and
`Replayed.difference` says where those no longer agree with the record. Words of callers stand here
as they were written: whoever prints them makes them harmless first.

People count offers, replies and parts from 1; the record, and `--json`, from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from ..smpp.counting import counted
from ..smpp.status import name_of
from . import consequences, telling_calls
from .core import facts as f
from .core.commands import Command, OfferTo, TellCaller
from .core.replaying import Replayed
from .core.state import Dialogue, Over
from .core.values import Location

Local = Callable[[float], datetime]  # UTC seconds -> the time on the wall where the reader is

REPEATS = {
    "a": "the same PDU again on the same connection",
    "b": "the same user_message_reference",
    "c": "the same part of the same long text",
    "d": "the same octets on another connection",
    "n": "it had been refused once, although it was recorded",
}
TIMERS = {
    "location": "no location came in time",
    "reach": "the time for reaching any PSAP has passed",
    "abandon": "the time for anybody to answer has passed",
    "ring": "this PSAP's time to answer has passed",
    "shown": "this PSAP's time to show it on a screen has passed",
    "quiet": "time to look whether anybody has written lately",
    "retry": "time to try the carrier again",
    "forget": "the dialogue may leave the memory; the record keeps it",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One entry. `then`: what the gateway did about it, in order."""

    number: int
    utc: str
    local: str
    sentence: str
    then: tuple[str, ...]

    def lines(self) -> list[str]:
        head = f"{self.number:>4}  {self.utc}{_beside(self.local)}  {self.sentence}"
        return [head, *(f"        - {what}" for what in self.then)]


class Teller:
    """Tells one dialogue, entry by entry in order; it remembers what a later sentence refers to."""

    def __init__(self, local: Local) -> None:
        self._local = local
        self._before: Dialogue | None = None
        self._rang_at: dict[tuple[str, int], float] = {}
        self._parts: dict[int, int] = {}  # reply -> how many parts it has
        self._by_reference: dict[int, tuple[int, int]] = {}
        self._by_carrier_id: dict[str, tuple[int, int]] = {}

    def tell(self, one: Replayed) -> Told:
        entry = one.entry
        for command in one.commands:
            self._remember(command, entry.at)
        sentence = self._sentence(entry.fact, entry.at)
        then = [
            words
            for command in one.commands
            if (words := consequences.words_of(command, self.clock, entry.fact)) is not None
        ]
        phase = one.state.name_of_phase
        if self._before is None or self._before.name_of_phase != phase:
            then.append(f"The dialogue is now: {phase}")
        self._before = one.state
        return Told(entry.number, utc(entry.at), self._wall(entry.at), sentence, tuple(then))

    def clock(self, at: float) -> str:
        return f"{self._local(at):%Y-%m-%d %H:%M:%S %Z}"

    def _wall(self, at: float) -> str:
        """Beside the UTC time: without the date where both have the same."""
        local = self._local(at)
        same = local.date() == datetime.fromtimestamp(at, UTC).date()
        return f"{local:%H:%M:%S %Z}" if same else self.clock(at)

    def _remember(self, command: Command, at: float) -> None:
        match command:
            case OfferTo(psap, offer):
                self._rang_at[psap, offer] = at
            case TellCaller(reply, part, parts, umr=umr):
                self._parts[reply] = parts
                self._by_reference[umr] = (reply, part)
            case _:
                pass  # nothing that a later sentence needs

    # --- the sentences -------------------------------------------------------------------------

    def _sentence(self, fact: f.AnyFact, at: float) -> str:
        match fact:
            case f.Opened() | f.CallerWrote() | f.CallerSentPart() | f.PartsJoined():
                return _caller(fact)
            case f.CallerRepeated() | f.RepeatSuspected():
                return _repeat(fact)
            case f.LocationFound() | f.LocationFailed() | f.CallerMoved() | f.RouteChosen():
                return _route(fact)
            case f.PsapShown() | f.PsapAnswered() | f.PsapRefused() | f.PsapWrote():
                return self._psap(fact, at)
            case f.PsapReached(seconds=seconds, note=note):
                needs = f"; it keeps {seconds:.0f} s" if seconds else ""
                return f"{_leg(fact)} can be reached: {note or 'it rings there'}{needs}"
            case f.PsapEnded(by=by, text=text):
                words = f", with the words {quoted(text)}" if text else ""
                return f"{by} at {_leg(fact)} ended the dialogue{words}"
            case f.PsapBlocked() | f.PsapUnblocked():
                return self._block(fact)
            case f.HandsetReported():
                return self._handset(fact)
            case f.CallerTyped() | f.CharactersLeft() | f.TurnPassed() | f.CallerSpoke():
                return telling_calls.words_of(fact)
            case f.TtyDetected() | f.LineSaid() | f.LineEnded() | f.LineLost():
                return telling_calls.words_of(fact)
            case f.VoiceOpened() | f.VoiceFailed() | f.VoiceEnded():
                return telling_calls.words_of(fact)
            case f.PsapInterrupted() | f.PsapAskedVoice():
                return telling_calls.words_of(fact)
            case f.ReceiptTaken(message, taken):
                how = "has taken" if taken else "will never take"
                return f"The carrier {how} the receipt for text {message}"
            case f.TimeRanOut():
                return self._timer(fact)
            case f.PolicyInForce(hash_):
                return f"The policy {hash_} is in force"
            case f.GatewayStarted(version):
                return f"The gateway was started, version {version}"
            case _:
                return self._carrier(fact)

    def _psap(
        self, fact: f.PsapShown | f.PsapAnswered | f.PsapRefused | f.PsapWrote, at: float
    ) -> str:
        match fact:
            case f.PsapShown(up_to=up_to):
                return f"Shown on a screen at {_leg(fact)}, up to line {up_to}"
            case f.PsapAnswered(psap, offer, by, takeover):
                rang = self._rang_at.get((psap, offer))
                after = "" if rang is None else f", {at - rang:.1f} s after it began to ring there"
                did = "took over" if takeover else "answered"
                return f"{by} at {_leg(fact)} {did}{after}"
            case f.PsapRefused(reason=reason):
                return f"{_leg(fact)} cannot take it: {reason}"
            case f.PsapWrote(text=text, by=by, segments=segments) if not fact.spelled:
                return f"{by} at {_leg(fact)} wrote, in {_count(len(segments))}: {quoted(text)}"
            case f.PsapWrote(text=text, by=by):
                how = f", typed as {quoted(fact.spelled)}" if fact.spelled != text else ""
                now = ", interrupting" if fact.interrupt else ""
                return f"{by} at {_leg(fact)} wrote{now}: {quoted(text)}{how}"
            case _:
                assert_never(fact)

    def _block(self, fact: f.PsapBlocked | f.PsapUnblocked) -> str:
        match fact:
            case f.PsapBlocked(by=by, until=until, reason=reason, text=text):
                words = f", with the words {quoted(text)}" if text else ""
                what = f"blocked this caller until {self.clock(until)}, because {quoted(reason)}"
                return f"{by} at {_leg(fact)} {what}{words}"
            case f.PsapUnblocked(psap, dialogue, by):
                return f"{by} at {psap} lifted the block of dialogue {dialogue}"
            case _:
                assert_never(fact)

    def _carrier(
        self,
        fact: f.CarrierTook | f.CarrierRefused | f.CarrierSilent | f.CarrierLost | f.SentAgain,
    ) -> str:
        part = self._part(fact.reply, fact.part)
        match fact:
            case f.CarrierTook(reply, number, carrier_id):
                if carrier_id:
                    self._by_carrier_id[carrier_id] = (reply, number)
                name = f", and calls it {carrier_id}" if carrier_id else ""
                return f"The carrier has {part}{name}"
            case f.CarrierRefused(status=status, permanent=permanent):
                how = "for good" if permanent else "for now"
                return f"The carrier refused {part} {how}: {name_of(status)}"
            case f.CarrierSilent():
                return f"The carrier did not respond to {part} in time: unknown whether it has it"
            case f.CarrierLost(reason=reason):
                return f"The link that carried {part} was lost before a response: {reason}"
            case f.SentAgain():
                return f"The second sending of {part} has left: the caller may see it twice"
            case _:
                assert_never(fact)

    def _handset(self, fact: f.HandsetReported) -> str:
        known = self._by_reference.get(fact.umr) or self._by_carrier_id.get(fact.carrier_id)
        what = self._part(*known) if known else "a reply that the record does not know by then"
        how = "has" if fact.delivered else "did not get"
        state = f" ({fact.state})" if fact.state else ""
        return f"The handset {how} {what}{state}"

    def _timer(self, fact: f.TimeRanOut) -> str:
        timers = () if self._before is None else self._before.line.timers
        waited_for = any((t.name, t.generation) == (fact.timer, fact.generation) for t in timers)
        why = TIMERS.get(fact.timer, "the missing parts of a long text did not come in time")
        late = "" if waited_for else "; nobody waits for it any more"
        return f"Timer {fact.timer} ran out: {why}{late}"

    def _part(self, reply: int, part: int) -> str:
        parts = self._parts.get(reply, 0)
        of = f" of {parts}" if parts else ""
        return f"part {part + 1}{of} of reply {reply + 1}"


def _caller(fact: f.Opened | f.CallerWrote | f.CallerSentPart | f.PartsJoined) -> str:
    match fact:
        case f.Opened(key, previous=previous):
            after = f"; the dialogue before it was {previous.dialogue}" if previous else ""
            by = ", ".join(one.psap for one in fact.blocked)
            block = f"; blocked at {by}" if by else ""
            if key.is_call:
                return f"{telling_calls.began(fact)}{after}{block}"
            return f"{key.number} texted 911 through carrier group {key.group}{after}{block}"
        case f.CallerWrote(message, text, receipt=receipt, remarks=remarks):
            notes = [*remarks]
            notes += ["a picture or the like was removed"] if fact.media_removed else []
            notes += ["a receipt is asked for"] if receipt else []
            return f"The caller wrote (text {message}): {quoted(text)}{_noted(notes)}"
        case f.CallerSentPart(message, _, number, total, octets, alphabet, text, receipt=receipt):
            notes = [f"{counted(len(octets), 'octet')} {alphabet}"]
            notes += ["a receipt is asked for"] if receipt else []
            if fact.late:  # what is remarked of the others, the joined text says
                notes += ["it is late: the text was shown without it", *fact.remarks]
            what = f"part {number} of {total} of a long text ({message})"
            return f"The caller sent {what}: {quoted(text)}{_noted(notes)}"
        case f.PartsJoined(_, text, missing, remarks):
            gaps = [f"missing: {', '.join(str(number) for number in missing)}"] if missing else []
            return f"The parts joined read: {quoted(text)}{_noted([*gaps, *remarks])}"
        case _:
            assert_never(fact)


def _repeat(fact: f.CallerRepeated | f.RepeatSuspected) -> str:
    match fact:
        case f.CallerRepeated(message, rule):
            why = REPEATS.get(rule, rule)
            return f"The carrier sent text {message} again, recognised by rule {rule}: {why}"
        case f.RepeatSuspected(message, text):
            why = REPEATS["d"]
            return f"Perhaps text {message} again, rule d, {why}; it is shown: {quoted(text)}"
        case _:
            assert_never(fact)


def _route(fact: f.LocationFound | f.LocationFailed | f.CallerMoved | f.RouteChosen) -> str:
    match fact:
        case f.LocationFound(where):
            return f"Location: {_place(where)}"
        case f.CallerMoved(_, where, reason):
            said = f"is not known: {reason}" if where is None else _place(where)
            return f"Location, said within the call: {said}"
        case f.LocationFailed(reason):
            return f"No location: {reason}"
        case f.RouteChosen(psaps, reason, town):
            of = f" (town {town})" if town else ""
            chain = ", then ".join(psaps) if psaps else "to no PSAP"
            return f"Route: {chain}{of}, because {reason}"
        case _:
            assert_never(fact)


def _place(where: Location) -> str:
    place = f"{where.latitude:.5f}, {where.longitude:.5f} within {where.radius:g} m"
    said = f"{where.method}, says {where.source}"
    return f"{place} ({where.confidence} %), {said}, fixed at {utc(where.at)}"


def _leg(
    fact: f.PsapShown
    | f.PsapReached
    | f.PsapAnswered
    | f.PsapRefused
    | f.PsapWrote
    | f.PsapEnded
    | f.PsapBlocked,
) -> str:
    return f"{fact.psap} (offer {fact.offer + 1})"


def _count(parts: int) -> str:
    return counted(parts, "part")


def _noted(notes: list[str]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def quoted(text: str) -> str:
    """In quotation marks and on one line: a line break of the caller's is a visible sign."""
    shown = text.replace("\r\n", "\n").replace("\n", "\N{RETURN SYMBOL}")
    return f'"{shown}"'


def utc(at: float) -> str:
    """2026-11-21 14:02:05.123 UTC"""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03} UTC"


def _beside(wall: str) -> str:
    """The wall clock, where it is not the UTC that stands before it."""
    return "" if wall.endswith(" UTC") else f" ({wall})"


def summary(entries: list[Replayed], local: Local) -> list[str]:
    """What stands above the story. `entries`: one dialogue from its beginning, not empty."""
    first, last = entries[0], entries[-1]
    line = last.state.line
    call = last.state.call
    number = line.key.number if call is None else call.ani or "number withheld"
    kind = "carrier group" if call is None else "line"
    rows = [
        f"Dialogue {first.entry.dialogue}: {number}, {kind} {line.key.group}",
        f"Opened {utc(line.opened_at)}{_beside(f'{local(line.opened_at):%Y-%m-%d %H:%M:%S %Z}')}",
    ]
    match last.state.phase:
        case Over(how, at, psap, by=by):
            whom = (f" by {by}" if by else "") + (f" at {psap}" if psap else "")
            there = _beside(f"{local(at):%Y-%m-%d %H:%M:%S %Z}")
            rows.append(f"Over {utc(at)}{there}: {how}{whom}")
        case _:
            rows.append(f"Not over: {last.state.name_of_phase}")
    rows.append(f"Policy {line.policy}; {len(entries)} entries")
    return rows
