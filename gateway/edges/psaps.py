"""Between the core and the door to the PSAPs: commands become verbs, reports become facts.

Decides nothing. A reply is cut for the wire here, when it is heard, so that the fact holds what
will be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from ...psap_adapters.port import (
    Answered,
    AnsweredBy,
    Availability,
    Block,
    Blocked,
    Card,
    CardChanged,
    Change,
    Chart,
    Delivery,
    DeliveryChanged,
    Ended,
    Interrupted,
    Item,
    Leg,
    Measure,
    NotTaken,
    Offer,
    Psap,
    Quiet,
    Reached,
    Refused,
    Report,
    Shown,
    Unblocked,
    VoiceAsked,
    Wrote,
)
from ..core.commands import (
    BlockCaller,
    Decline,
    EndLeg,
    OfferTo,
    Show,
    ShowCard,
    ShowDelivery,
    ShowOwner,
    ShowSending,
    ShowTurn,
    ShowTyped,
    WarnQuiet,
    Withdraw,
)
from ..core.engine import Engine
from ..core.facts import (
    PsapAnswered,
    PsapAskedVoice,
    PsapBlocked,
    PsapEnded,
    PsapInterrupted,
    PsapReached,
    PsapRefused,
    PsapShown,
    PsapWrote,
)
from ..core.policy import Automatic
from ..core.state import Active, Dialogue, Offered
from ..core.values import DialogueId, Location, PsapName
from ..faults import fault
from ..journal.contract import JournalBroken
from ..operations.health_log import Happened
from ..wording import NOBODY, Group, cut, measured, measured_on_line, typed
from .cards import card_of, number_of
from .numbers import readable
from .transcripts import Transcripts
from .typed import change_of, line_of

OfLine = ShowTyped | ShowSending | ShowTurn
OfLeg = (
    Show
    | OfferTo
    | Withdraw
    | EndLeg
    | ShowCard
    | ShowOwner
    | ShowDelivery
    | Decline
    | WarnQuiet
    | OfLine
)
ToPsap = OfLeg | BlockCaller
# What a person at a PSAP does, and waits to hear of.
Wish = PsapAnswered | PsapWrote | PsapEnded | PsapBlocked | PsapInterrupted | PsapAskedVoice

NOT_RECORDED = "not taken: the gateway cannot record it at the moment, try again"
NOT_LIFTED = "The block stands: the gateway cannot record it at the moment. Try again."
TOO_LONG = "not sent: a text has at most 255 parts, make it shorter"
NO_WORDS = Automatic("", ())
FORGOTTEN = "this dialogue was closed a while ago"


def _nobody_asks(*_words: object, **_fields: object) -> None:
    """What happens is of interest to operators only."""


class PsapEdge:
    """`adapters`: one `Psap` for each PSAP. `carriers`: what is known of each carrier group. `draw`
    makes the map around a place and remembers it. `shown_after` is told how many seconds
    a caller's words took to reach the adapter, `happened` when a PSAP can be reached or no more."""

    def __init__(
        self,
        engine: Engine,
        adapters: Mapping[str, Psap],
        transcripts: Transcripts,
        carriers: Mapping[str, Group],
        draw: Callable[[Location], Chart | None],
        now: Callable[[], float],
        shown_after: Callable[[float], None],
        happened: Callable[..., None] = _nobody_asks,
    ) -> None:
        self._engine = engine
        self._adapters = dict(adapters)
        self._transcripts = transcripts
        self.carriers = carriers
        self.draw = draw
        self._now = now
        self._shown_after = shown_after
        self._happened = happened
        self.availability: dict[str, Availability] = {}

    def start(self) -> None:
        for name, adapter in self._adapters.items():
            self.availability[name] = Availability(name, reachable=False, people=0)
            adapter.start(self.report)
            self._tell_blocks(PsapName(name))

    def stop(self) -> None:
        for adapter in self._adapters.values():
            adapter.stop()

    def replace(self, adapters: Mapping[str, Psap]) -> None:
        """After a reload: new PSAPs are started; those that are gone refuse what comes."""
        for name in self._adapters.keys() - adapters.keys():
            self.availability.pop(name, None)
        # Also one that was gone and is back: its adapter was kept for its open dialogues.
        fresh = {name: one for name, one in adapters.items() if name not in self.availability}
        self._adapters = {**self._adapters, **adapters}
        for name, adapter in fresh.items():
            self.availability[name] = Availability(name, reachable=False, people=0)
            adapter.start(self.report)
            self._tell_blocks(PsapName(name))

    # --- from the core ---------------------------------------------------------------------

    def carry(self, dialogue: DialogueId, command: ToPsap) -> None:
        if isinstance(command, Show):
            item = self._transcripts.show(dialogue, command)
            adapter = self._adapters.get(command.psap)
            if adapter is not None:
                adapter.give(Leg(dialogue, command.psap, command.offer), item)
                if command.kind == "caller":
                    self._shown_after(self._now() - command.at)
            return
        if isinstance(command, BlockCaller):
            self._tell_blocks(command.block.psap)
            return
        if isinstance(command, ShowDelivery):
            self._transcripts.deliver(dialogue, command)
        elif isinstance(command, ShowTyped):
            self._transcripts.type(dialogue, command)
        elif isinstance(command, ShowSending):
            self._transcripts.send(dialogue, command)
        adapter = self._adapters.get(command.psap)
        leg = Leg(dialogue, command.psap, command.offer)
        if adapter is not None:
            self._tell(adapter, leg, command)
        elif isinstance(command, OfferTo):
            self.report(Refused(leg, "it is not configured any more"), b"")

    def forget(self, dialogue: DialogueId) -> None:
        self._transcripts.forget(dialogue)

    def _tell_blocks(self, psap: PsapName, trouble: str = "") -> None:
        adapter = self._adapters.get(psap)
        if adapter is not None:
            active = (
                Block(one.dialogue, readable(key.number), one.by, one.since, one.until, one.reason)
                for key, one in self._engine.blocks(psap)
            )
            adapter.blocks(tuple(active), trouble)

    def _tell(self, adapter: Psap, leg: Leg, command: OfLeg) -> None:
        match command:
            case OfferTo(until=until):
                adapter.offer(self._offer(leg, until))
            case Withdraw(reason=reason):
                adapter.withdraw(leg, reason)
            case EndLeg(reason=reason):
                adapter.end(leg, reason)
            case Decline(key="", reason=reason):
                adapter.withdraw(leg, reason)
            case _:
                change = self._change(leg, command)
                if change is not None:
                    adapter.update(leg, change)

    def _change(self, leg: Leg, command: OfLeg) -> Change | None:
        match command:
            case ShowCard():
                card = self._card(DialogueId(leg.dialogue))
                return None if card is None else CardChanged(card)
            case ShowOwner(by=by):
                return AnsweredBy(by, self._now())
            case ShowDelivery(sequence=sequence, delivery=delivery, note=note):
                return DeliveryChanged(sequence, Delivery(delivery), note)
            case Decline(key=key, reason=reason):
                return NotTaken(key, reason)
            case WarnQuiet(closes_at=closes_at):
                return Quiet(closes_at)
            case ShowTyped() | ShowSending() | ShowTurn():
                return change_of(command)
            case Show() | OfferTo() | Withdraw() | EndLeg():
                raise AssertionError(f"{type(command).__name__} is not a change of a leg")
            case _:
                assert_never(command)

    def _offer(self, leg: Leg, until: float) -> Offer:
        dialogue = DialogueId(leg.dialogue)
        state = self._engine.get(dialogue)
        assert state is not None, f"{dialogue} is offered but not open"
        card = self._card_of(dialogue, state)
        shown, by = -1, ""
        match state.phase:
            case Offered(offer=leg.offer) as now:
                shown = now.shown
            case Active(offer=leg.offer) as now:
                shown, by = now.shown, now.by
            case _:
                pass  # already moved on; a withdrawal is on its way
        items = self._transcripts.items(dialogue)
        line, earlier = line_of(state), self._earlier(state)
        until = 0.0 if by else until
        return Offer(leg, card, items, shown, by, until, line, earlier, number_of(state))

    def _earlier(self, state: Dialogue) -> tuple[Item, ...]:
        """What was said in the call before, from the same number."""
        previous = state.line.previous
        if state.call is None or previous is None:
            return ()
        return self._transcripts.glance(previous.dialogue)

    def _card(self, dialogue: DialogueId) -> Card | None:
        state = self._engine.get(dialogue)
        return None if state is None else self._card_of(dialogue, state)

    def _card_of(self, dialogue: DialogueId, state: Dialogue) -> Card:
        return card_of(state, self._group(state.line.key.group).display, self.draw)

    def _group(self, group: str) -> Group:
        return self.carriers.get(group) or Group(group)

    def _line_of(self, dialogue: str) -> str:
        """How one types to this dialogue's caller: "tty", "rtt", or "" by SMS."""
        state = self._engine.get(DialogueId(dialogue))
        return "" if state is None or state.call is None else state.line.key.channel

    def _group_of(self, dialogue: str) -> Group:
        """What is known of the carrier of this dialogue's caller."""
        state = self._engine.get(DialogueId(dialogue))
        return NOBODY if state is None else self._group(state.line.key.group)

    def measure(self, text: str, dialogue: str) -> Measure:
        """What `text` will be on the wire of this dialogue's caller (`port.MeasureText`)."""
        channel = self._line_of(dialogue)
        if channel:
            return measured_on_line(text, channel)
        return measured(text, self._group_of(dialogue))

    # --- from the PSAPs --------------------------------------------------------------------

    def report(self, report: Report, frame: bytes) -> None:
        """What an adapter says, with the raw frame that said it."""
        fault("before_report_recorded")
        if isinstance(report, Shown):  # one for every text
            leg = report.leg
            fact = PsapShown(PsapName(leg.psap), leg.offer, report.up_to)
            self._engine.hear(DialogueId(leg.dialogue), fact, frame)
            return
        match report:
            case Availability():
                self._available(report)
            case Refused(leg, reason):
                refused = PsapRefused(PsapName(leg.psap), leg.offer, reason)
                self._engine.hear(DialogueId(leg.dialogue), refused, frame)
            case Reached(leg, seconds, note):
                reached = PsapReached(PsapName(leg.psap), leg.offer, seconds, note)
                self._engine.hear(DialogueId(leg.dialogue), reached, frame)
            case Answered(leg, by, takeover):
                answered = PsapAnswered(PsapName(leg.psap), leg.offer, by, takeover)
                self._ask(leg, "", answered, frame)
            case Wrote(leg, key, text, by, interrupt):
                psap = PsapName(leg.psap)
                said = self._cut(leg, key, text)
                if said is not None:
                    wrote = PsapWrote(
                        psap, leg.offer, key, said.text, by, said.segments, *_line(said), interrupt
                    )
                    self._ask(leg, key, wrote, frame)
            case Interrupted(leg, by):
                self._ask(leg, "", PsapInterrupted(PsapName(leg.psap), leg.offer, by), frame)
            case VoiceAsked(leg, by, mode):
                asked = PsapAskedVoice(PsapName(leg.psap), leg.offer, by, mode)
                self._ask(leg, "", asked, frame)
            case Ended(leg, key, by, text):
                psap = PsapName(leg.psap)
                said = self._cut(leg, key, text)
                if said is not None:
                    ended = PsapEnded(
                        psap, leg.offer, key, by, said.text, said.segments, *_line(said)
                    )
                    self._ask(leg, key, ended, frame)
            case Blocked(leg, key, by, seconds, reason, text):
                psap = PsapName(leg.psap)
                said = self._cut(leg, key, text)
                if said is not None:
                    until = self._now() + seconds
                    blocked = PsapBlocked(
                        psap,
                        leg.offer,
                        key,
                        by,
                        until,
                        reason,
                        said.text,
                        said.segments,
                        *_line(said),
                    )
                    self._ask(leg, key, blocked, frame)
            case Unblocked(psap, block, by):
                self._unblock(PsapName(psap), DialogueId(block), by, frame)
            case _:
                assert_never(report)

    def _unblock(self, psap: PsapName, block: DialogueId, by: str, frame: bytes) -> None:
        def done(broken: JournalBroken | None) -> None:
            self._tell_blocks(psap, "" if broken is None else NOT_LIFTED)

        self._engine.unblock(psap, block, by, frame, done)

    def _available(self, now: Availability) -> None:
        before = self.availability.get(now.psap)
        if before is None:
            return  # not configured any more; who is still there changes nothing
        self.availability[now.psap] = now
        if now.reachable != before.reachable:
            what = Happened.PSAP_UP if now.reachable else Happened.PSAP_DOWN
            self._happened(what, psap=now.psap)

    def _cut(self, leg: Leg, key: str, text: str) -> Automatic | None:
        """The text as the caller will read it, and as it will go on the wire; None, and the writer
        is told, when it is too long."""
        if not text:
            return NO_WORDS
        channel = self._line_of(leg.dialogue)
        if channel:
            return typed(text, channel)
        try:
            return cut(text, self._group_of(leg.dialogue))
        except ValueError:
            self._adapters[leg.psap].update(leg, NotTaken(key, TOO_LONG))
            return None

    def _ask(
        self,
        leg: Leg,
        key: str,
        fact: Wish,
        frame: bytes,
    ) -> None:
        """Something a person did and waits for: they hear it when it is durable, or why not."""
        adapter = self._adapters[leg.psap]
        dialogue = DialogueId(leg.dialogue)
        if self._engine.get(dialogue) is None and self._engine.broken is None:
            adapter.withdraw(leg, FORGOTTEN)
            return

        def done(broken: JournalBroken | None) -> None:
            if broken is not None:
                adapter.update(leg, NotTaken(key, NOT_RECORDED))

        self._engine.hear(dialogue, fact, frame, done)


def _line(said: Automatic) -> tuple[str, float]:
    return said.spelled, said.seconds
