"""The record doubted: what it says of a dialogue, held against rules that are written down here
once more, and otherwise than the core has them.

The shadow runs the core's own rules again, so it believes whatever they believe. Here only facts
and what came of them count: who answered first, which request a response answers, what a handset
has acknowledged, how long nobody wrote.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from ...smpp.status import TEMPORARY
from ..core.commands import (
    Command,
    EndLeg,
    OfferTo,
    Show,
    ShowDelivery,
    ShowTyped,
    TellCaller,
)
from ..core.facts import (
    AnyFact,
    CallerMoved,
    CarrierRefused,
    CarrierTook,
    HandsetReported,
    LocationFound,
    Opened,
    PartsJoined,
    PsapAnswered,
    RouteChosen,
    TimeRanOut,
)
from ..core.policy import Policy
from ..core.values import CallerKey, Location
from ..journal.contract import Record
from .places import NOWHERE, ROUTING, TOWNS
from .stage import Stage

PIECE = re.compile(r"(\bcaller\d+ .*?) part (\d+)\b")  # of a long text, as the callers write them
TELEPHONE_MIN = 9  # digits; a sender with fewer is a short code
PARTS_TIMER = "parts "
Part = tuple[str, int, int]  # dialogue, reply, part


@dataclass(slots=True)
class _Known:
    """What the facts of one dialogue have said."""

    key: CallerKey | None = None
    owners: dict[int, list[str]] = field(default_factory=dict[int, list[str]])  # of each offer
    took: dict[tuple[int, int], set[str]] = field(
        default_factory=lambda: defaultdict[tuple[int, int], set[str]](set)
    )
    parts: dict[tuple[int, int], TellCaller] = field(
        default_factory=dict[tuple[int, int], TellCaller]
    )
    refused: set[int] = field(default_factory=set[int])  # replies, for good
    reports: list[HandsetReported] = field(default_factory=list[HandsetReported])
    replies: dict[int, int] = field(default_factory=dict[int, int])  # sequence of a line -> reply
    with_handset: set[int] = field(default_factory=set[int])  # lines
    kinds: set[str] = field(default_factory=set[str])  # of automatic messages
    joined: set[str] = field(default_factory=set[str])
    to_join: str = ""  # what the next fact must join
    said_at: float = 0.0  # when somebody last wrote
    place: Location | None = None  # that the next fact must route by
    is_routed: bool = False
    rings_at: str = ""  # the PSAP that had this caller just before, until the first offer


class Doubts:
    """`asked`: id of a carrier's response -> the part that was asked about. The witness says it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._known: dict[str, _Known] = defaultdict(_Known)
        self._automatic: dict[CallerKey, tuple[str, float]] = {}  # the last one: kind, when
        self.asked: dict[str, Part] = {}
        self.reported: set[str] = set()  # ids that recorded reports of handsets name

    def owners(self, dialogue: str, offer: int) -> list[str]:
        """Who has had this leg, in order: the first who answered, then who took it over."""
        return self._known[dialogue].owners.get(offer, [])

    def is_settled(self, dialogue: str, reply: int, part: int) -> bool:
        """Whether the carrier, or the handset, has said what became of it."""
        known = self._known[dialogue]
        took = bool(known.took.get((reply, part)))
        return took or reply in known.refused or self._acknowledged(known, reply, part)

    def hear(
        self, record: Record, fact: AnyFact, commands: tuple[Command, ...], policy: Policy
    ) -> None:
        """One entry that is durable, with what the rules made of it."""
        known = self._known[record.dialogue]
        self._fact(record, known, fact, policy)
        for command in commands:
            match command:
                case Show(kind="automatic") if command.by != "line":  # which types its own
                    self._automatically(record, known, command, policy)
                case Show(kind="caller" | "psap"):
                    known.said_at = record.at
                    self._own_parts(record, command)
                case ShowTyped(open=True):  # else the line is only ended
                    known.said_at = record.at
                case TellCaller(reply, part):
                    known.parts[reply, part] = command
                case ShowDelivery():
                    self._delivery(record, known, command)
                case OfferTo(psap):
                    self._rings(record, known, psap)
                case EndLeg() if isinstance(fact, TimeRanOut) and fact.timer == "quiet":
                    self._silence(record, known, policy)
                case _:
                    pass  # nothing that could be untrue by itself
            if isinstance(command, Show) and command.reply >= 0:
                known.replies[command.sequence] = command.reply

    def _fact(self, record: Record, known: _Known, fact: AnyFact, policy: Policy) -> None:
        if known.to_join and not (isinstance(fact, PartsJoined) and fact.join == known.to_join):
            words = f"{known.to_join} of {record.dialogue}"
            raise self._stage.broken(f"a long text is shown when its time has run out: {words}")
        known.to_join = ""
        place, known.place = known.place, None
        match fact:
            case Opened(key):
                known.key = key
                before = fact.previous
                if before is not None and record.at - before.closed_at <= policy.limits.grace:
                    known.rings_at = before.psap
            case LocationFound(location):
                known.place = None if known.is_routed else location
            case CallerMoved(_, location):
                known.place = None if known.is_routed else location
            case RouteChosen(psaps):
                known.is_routed = True
                expected = None if place is None else responsible(place)
                if expected is not None and expected != (psaps[0] if psaps else ""):
                    words = f"{record.dialogue} to {psaps}, and {expected!r} has the place"
                    raise self._stage.broken(f"rings where the caller is: {words}")
            case PsapAnswered(_, offer, by, takeover):
                owners = known.owners.setdefault(offer, [])
                if not owners or (takeover and owners[-1] != by):
                    owners.append(by)
            case CarrierTook(reply, part, carrier_id):
                asked = self.asked.get(carrier_id, (record.dialogue, reply, part))
                if asked != (record.dialogue, reply, part):
                    words = f"{carrier_id} answers {asked}, not part {part} of reply {reply}"
                    raise self._stage.broken(f"a response counts for what it answers: {words}")
                known.took[reply, part].add(carrier_id)
            case CarrierRefused(reply, part, status) if status not in TEMPORARY:
                known.refused.add(reply)
            case HandsetReported():
                known.reports.append(fact)
                self.reported.add(fact.carrier_id)
            case PartsJoined(join):
                known.joined.add(join)
            case TimeRanOut(timer):
                join = timer.removeprefix(PARTS_TIMER)
                known.to_join = "" if join == timer or join in known.joined else join
            case _:
                pass  # nothing that later claims rest on

    # --- what the rules claim --------------------------------------------------------------------

    def _automatically(self, record: Record, known: _Known, line: Show, policy: Policy) -> None:
        key, kind = known.key, line.by
        assert key is not None
        words = f"{kind} of {record.dialogue} to {key.number}"
        if kind in known.kinds:
            raise self._stage.broken(f"an automatic message once per dialogue: {words}")
        known.kinds.add(kind)
        digits = key.number.removeprefix("+")
        if not key.is_call and (not digits.isdecimal() or len(digits) < TELEPHONE_MIN):
            raise self._stage.broken(f"no automatic message to what is no telephone: {words}")
        last, at = self._automatic.get(key, ("", 0.0))
        self._automatic[key] = kind, record.at
        if last == kind and record.at - at < policy.limits.automatic_spacing:
            words += f", the last was sent {record.at - at:.1f} s before"
            raise self._stage.broken(f"no answer to the echo of an automatic message: {words}")

    def _own_parts(self, record: Record, line: Show) -> None:
        """A line shows one text, or what is there of one, in its order."""
        pieces = PIECE.findall(line.text) if line.kind == "caller" else []
        numbers = [int(number) for _, number in pieces]
        if len({text for text, _ in pieces}) > 1 or numbers != sorted(set(numbers)):
            words = f"{line.text!r} in {record.dialogue}"
            raise self._stage.broken(f"a long text is made of its own parts, in order: {words}")

    def _delivery(self, record: Record, known: _Known, shown: ShowDelivery) -> None:
        reply = known.replies[shown.sequence]
        words = f"line {shown.sequence} of {record.dialogue} is {shown.delivery!r}"
        if shown.sequence in known.with_handset and shown.delivery != "handset":
            raise self._stage.broken(f"what a handset has acknowledged it has: {words}")
        if shown.delivery not in ("carrier", "handset"):
            return
        first = known.parts.get((reply, 0))
        for part in range(1 if first is None else first.parts):
            by_carrier = bool(known.took.get((reply, part)))
            by_handset = self._acknowledged(known, reply, part)
            if not (by_handset or (by_carrier and shown.delivery == "carrier")):
                words += f", and part {part} is not"
                raise self._stage.broken(f"a page says only what was heard of a reply: {words}")
        if shown.delivery == "handset":
            known.with_handset.add(shown.sequence)

    def _acknowledged(self, known: _Known, reply: int, part: int) -> bool:
        told = known.parts.get((reply, part))
        ids = known.took.get((reply, part), set[str]())
        return any(
            one.delivered and ((told is not None and one.umr == told.umr) or one.carrier_id in ids)
            for one in known.reports
        )

    def _rings(self, record: Record, known: _Known, psap: str) -> None:
        had, known.rings_at = known.rings_at, ""
        if had and had != psap:
            words = f"{record.dialogue} at {psap}, and {had} had the caller"
            raise self._stage.broken(f"who writes again at once comes to the same PSAP: {words}")

    def _silence(self, record: Record, known: _Known, policy: Policy) -> None:
        silent = record.at - known.said_at
        if silent < policy.limits.quiet_close:
            words = f"{record.dialogue} after {silent:.1f} s"
            raise self._stage.broken(f"not closed as silent while somebody writes: {words}")


def responsible(place: Location) -> str | None:
    """The PSAP of the town, "" for nobody, None where it is not clear."""
    if (place.latitude, place.longitude) == NOWHERE:
        return ""
    for town, (west, south, east, north) in TOWNS.items():
        if south < place.latitude < north and west < place.longitude < east:
            return next(psap for psap, towns in ROUTING.psaps.items() if town in towns)
    return None
