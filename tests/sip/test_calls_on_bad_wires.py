"""Two user agents joined by a wire that doubles, delays, disorders and loses: whatever both users
do, both ends come to agree, nothing is kept of what is over, and nothing malformed is ever sent.

Where nothing is lost they agree without a session timer; where much is lost, the timer helps.
"""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from text911.sip.calls import (
    Answered,
    CallId,
    Census,
    Confirmed,
    Declined,
    Effect,
    Effects,
    Ended,
    Incoming,
    Offered,
    Reachable,
    Reanswered,
    Refused,
    Rejected,
    Send,
    Unreachable,
)
from text911.sip.dialogs import DialogKey
from text911.sip.flows import Transport
from text911.sip.uri import SipUri

from .wire import ANSWER, CALLER, OFFER, OTHER, End, Fate, Wire, settings

# Without coverage, which takes as long again: every line of it has its own test.
pytestmark = pytest.mark.no_cover

PATIENCE = 64 * 0.5  # s
CALLS_MAX = 3  # at one end
NOTHING = Census(0, 0, 0, 0, 0, 0)
BOTH = st.booleans()
WHICH = st.integers(0, 5)
PROMPT = Fate()
KEPT = (PROMPT, PROMPT, Fate((0.01, 0.02)), Fate((0.4,)), Fate((0.05, 3.0, 9.0)))
LOST = (*KEPT, Fate(()), Fate(()))


class Ends(RuleBasedStateMachine):
    """What two users do to each other, at any moment."""

    transport: ClassVar[Transport] = "UDP"
    fates: ClassVar[tuple[Fate, ...]] = KEPT
    session: ClassVar[int] = 0  # s

    @initialize(data=st.data(), reliable=BOTH)
    def connect(self, data: st.DataObject, reliable: bool) -> None:
        fates = data.draw(st.lists(st.sampled_from(self.fates), min_size=1, max_size=30))
        self.carried = 0
        self.healed = False
        self.rows = (("Require", "100rel"),) if reliable else ()

        def fate(_: bytes) -> Fate:
            self.carried += 1
            return PROMPT if self.healed else fates[self.carried % len(fates)]

        self.wire = Wire(
            settings("192.0.2.1", session=self.session),
            settings("192.0.2.2", session=self.session),
            transport=self.transport,
            fate=fate,
        )
        self.wire.react = self.note
        self.unanswered: list[tuple[End, CallId]] = []
        self.offered: list[tuple[End, CallId]] = []
        self.wanted: set[tuple[str, CallId]] = set()  # re-INVITEs without a result

    def note(self, end: End, effect: Effect) -> Effects:
        match effect:
            case Incoming(call):
                self.unanswered.append((end, call))
            case Offered(call):
                self.offered.append((end, call))
            case Reanswered(call) | Declined(call) | Ended(call):
                self.wanted.discard((end.address[0], call))
            case _:
                pass
        return ()

    def end(self, gateway: bool) -> End:
        return self.wire.gateway if gateway else self.wire.trunk

    def standing(self, end: End, which: int) -> CallId | None:
        calls = end.agent.standing
        return calls[which % len(calls)] if calls else None

    @rule(gateway=BOTH)
    def call(self, gateway: bool) -> None:
        end = self.end(gateway)
        if len(end.agent.standing) >= CALLS_MAX:
            return
        params = (("transport", "tcp"),) if self.transport == "TCP" else ()
        target = SipUri("sip", "911", self.wire.other(end).address[0], 5060, params)
        now = self.wire.now
        self.wire.do(end, end.agent.invite(target, CALLER, OFFER, now, self.rows)[1])

    @rule(which=WHICH, verb=st.sampled_from(("ring", "accept", "accept", "refuse", "hang up")))
    def decide(self, which: int, verb: str) -> None:
        if not self.unanswered:
            return
        at = which % len(self.unanswered)
        end, call = self.unanswered[at]
        now, agent = self.wire.now, end.agent
        match verb:
            case "ring":
                self.wire.do(end, agent.ring(call, now))
                return
            case "accept":
                self.wire.do(end, agent.accept(call, ANSWER, now))
            case "refuse":
                self.wire.do(end, agent.refuse(call, 486, "Busy Here", now))
            case _:
                self.wire.do(end, agent.hang_up(call, "no", now))
        del self.unanswered[at]

    @rule(gateway=BOTH)
    def talk(self, gateway: bool) -> None:
        """A call that comes to stand, if the wire lets it."""
        self.call(gateway)
        self.wire.run(1.0)
        self.decide(len(self.unanswered) - 1, "accept")
        self.wire.run(1.0)

    @rule(gateway=BOTH, which=WHICH)
    def accept_while_it_is_given_up(self, gateway: bool, which: int) -> None:
        self.call(gateway)
        self.wire.run(0.5)
        self.decide(len(self.unanswered) - 1, "accept")
        self.hang_up(gateway, len(self.end(gateway).agent.standing) - 1)

    @rule(which=WHICH)
    def both_want_another_session(self, which: int) -> None:
        self.reinvite(True, which)
        self.reinvite(False, which)

    @rule(gateway=BOTH, which=WHICH)
    def hang_up(self, gateway: bool, which: int) -> None:
        end = self.end(gateway)
        call = self.standing(end, which)
        if call is not None:
            self.wire.do(end, end.agent.hang_up(call, "enough", self.wire.now))

    @rule(gateway=BOTH, which=WHICH)
    def reinvite(self, gateway: bool, which: int) -> None:
        end = self.end(gateway)
        call = self.standing(end, which)
        if call is not None:
            self.wanted.add((end.address[0], call))
            self.wire.do(end, end.agent.reinvite(call, OTHER, self.wire.now))

    @rule(which=WHICH, take=BOTH)
    def answer_offer(self, which: int, take: bool) -> None:
        if not self.offered:
            return
        end, call = self.offered.pop(which % len(self.offered))
        now = self.wire.now
        if take:
            self.wire.do(end, end.agent.answer_offer(call, ANSWER, now))
        else:
            self.wire.do(end, end.agent.refuse(call, 488, "no", now))

    @rule(seconds=st.sampled_from((0.001, 0.02, 0.02, 0.3, 2.0, 10.0, 45.0)))
    def wait(self, seconds: float) -> None:
        self.wire.run(seconds)

    def teardown(self) -> None:
        if not hasattr(self, "wire"):
            return
        wire = self.wire
        self.healed = True
        waiting = True
        while waiting:
            wire.run(self.session + PATIENCE)
            waiting = bool(self.unanswered or self.offered)
            while self.unanswered:
                self.decide(0, "accept")
            while self.offered:
                self.answer_offer(0, True)
        assert self.talking(wire.gateway) == {
            (call_id, theirs, ours) for call_id, ours, theirs in self.talking(wire.trunk)
        }
        for end in (wire.gateway, wire.trunk):
            for call in end.agent.standing:
                assert (end.address[0], call) not in self.wanted
                wire.do(end, end.agent.hang_up(call, "the end", wire.now))
        wire.run(3 * PATIENCE)
        for end in (wire.gateway, wire.trunk):
            assert end.agent.census == NOTHING
            assert end.agent.wakes_at is None
            self.check_told(end)

    def talking(self, end: End) -> set[DialogKey]:
        """The dialogs of all calls that stand; each has one by now."""
        keys = [end.agent.dialog_of(call) for call in end.agent.standing]
        found = {key for key in keys if key is not None}
        assert len(found) == len(keys)
        return found

    def check_told(self, end: End) -> None:
        """Each call has exactly one end, nothing after it, and is taken at most once."""
        begun: set[CallId] = set()
        over: set[CallId] = set()
        taken: Counter[CallId] = Counter()
        for effect in end.told:
            if isinstance(effect, Send | Rejected | Reachable | Unreachable):
                continue
            begun.add(effect.call)
            assert effect.call not in over, effect
            match effect:
                case Ended(call) | Refused(call):
                    over.add(call)
                case Answered(call) | Confirmed(call):
                    taken[call] += 1
                case _:
                    pass
        assert over == begun
        assert all(times == 1 for times in taken.values())


class EndsWithLoss(Ends):
    fates = LOST
    session = 90


class EndsOverStream(Ends):
    transport = "TCP"
    fates = (PROMPT,)


TestDisorder = Ends.TestCase
TestLoss = EndsWithLoss.TestCase
TestStream = EndsOverStream.TestCase
TestDisorder.settings = hypothesis_settings(max_examples=50, stateful_step_count=20, deadline=None)
TestLoss.settings = hypothesis_settings(max_examples=30, stateful_step_count=20, deadline=None)
TestStream.settings = hypothesis_settings(max_examples=20, stateful_step_count=20, deadline=None)
