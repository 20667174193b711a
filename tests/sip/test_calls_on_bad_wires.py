"""Two user agents joined by a wire that loses, doubles, delays and disorders: whatever both users
do, both ends come to agree, nothing is kept of what is over, and nothing malformed is ever sent."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from text911.sip.calls import (
    Answered,
    CallId,
    Census,
    Confirmed,
    Effect,
    Effects,
    Ended,
    Incoming,
    Offered,
    Reachable,
    Refused,
    Rejected,
    Send,
    Unreachable,
)
from text911.sip.dialogs import DialogKey
from text911.sip.uri import SipUri

from .wire import ANSWER, CALLER, OFFER, OTHER, End, Fate, Wire, settings

SESSION = 90  # s: what one end has forgotten, the other notices after this
PATIENCE = 64 * 0.5  # s
CALLS_MAX = 3  # at one end
NOTHING = Census(0, 0, 0, 0, 0, 0)
BOTH = st.booleans()
WHICH = st.integers(0, 5)
FATES = st.sampled_from(
    (Fate(), Fate(), Fate(), Fate(()), Fate((0.01, 0.02)), Fate((0.4,)), Fate((0.05, 3.0, 9.0)))
)
STREAM_FATES = st.just(Fate())


class Ends(RuleBasedStateMachine):
    """What two users do to each other, at any moment."""

    transport = "UDP"
    fates = FATES

    @initialize(data=st.data(), reliable=st.sampled_from(((), ("100rel",))))
    def connect(self, data: st.DataObject, reliable: tuple[str, ...]) -> None:
        fates = data.draw(st.lists(self.fates, min_size=1, max_size=30))
        self.carried = 0
        self.healed = False
        self.required = tuple(("Require", one) for one in reliable)

        def fate(_: bytes) -> Fate:
            self.carried += 1
            return Fate() if self.healed else fates[self.carried % len(fates)]

        self.wire = Wire(
            settings("192.0.2.1", session=SESSION),
            settings("192.0.2.2", session=SESSION),
            transport="TCP" if self.transport == "TCP" else "UDP",
            fate=fate,
        )
        self.wire.react = self.note
        self.unanswered: list[tuple[End, CallId]] = []
        self.offered: list[tuple[End, CallId]] = []

    def note(self, end: End, effect: Effect) -> Effects:
        match effect:
            case Incoming(call):
                self.unanswered.append((end, call))
            case Offered(call):
                self.offered.append((end, call))
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
        self.wire.do(end, end.agent.invite(target, CALLER, OFFER, now, self.required)[1])

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
            # Refused by who has accepted the call already: never the call itself.
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
            wire.run(SESSION + PATIENCE)
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


class EndsOverStream(Ends):
    transport = "TCP"
    fates = STREAM_FATES


TestDatagrams = Ends.TestCase
TestStream = EndsOverStream.TestCase
TestDatagrams.settings = hypothesis_settings(max_examples=40, stateful_step_count=25, deadline=None)
TestStream.settings = hypothesis_settings(max_examples=15, stateful_step_count=25, deadline=None)
