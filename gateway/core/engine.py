"""The engine: the one place where a fact becomes an entry, an entry a state, a state commands.

Hears facts, has them written down, and only when they would survive a power cut lets the answer and
the commands out. It knows no socket and no file: journal, clock and randomness are handed in.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator

from ..journal.contract import Journal, JournalBroken, Record, Snapshot, Stored
from .commands import Command, Forget, Question
from .dialogue import advance, in_flight, owed
from .encoding import (
    Held,
    Saved,
    decode_fact,
    decode_saved,
    encode_fact,
    encode_saved,
    policy_hash,
    record_of,
)
from .facts import (
    GATEWAY,
    CallerRepeated,
    CallerSentPart,
    CallerWrote,
    Entry,
    Fact,
    GatewayStarted,
    Opened,
    OwnFact,
    PartsJoined,
    PolicyInForce,
    RepeatSuspected,
    RouteChosen,
)
from .hearing import repeat_of, retry_of
from .over import previous_of
from .policy import Policy
from .replaying import policies_in
from .state import Dialogue, Line, Over
from .values import CallerKey, DialogueId, Mark, MessageId

Answer = Callable[[Line, Question], RouteChosen | PartsJoined]
Carry = Callable[[DialogueId, Command], None]
Done = Callable[[JournalBroken | None], None]
Accepted = Callable[[MessageId, JournalBroken | None], None]
Proven = Callable[[Mark], bool]
Moved = Callable[[DialogueId, str, str], None]  # from one phase to another, by their names


def nobody_asks(_dialogue: DialogueId, _before: str, _after: str) -> None:
    """Phases are of interest to operators only."""


class Engine:
    """`now`: UTC seconds. `answer`: the pure functions behind the core's questions. `carry` hands
    one command to the edges. `fresh_id` and `reference` draw from the injected randomness. `moved`
    is told when a dialogue has durably come into another phase."""

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], float],
        answer: Answer,
        carry: Carry,
        fresh_id: Callable[[], DialogueId],
        reference: Callable[[], int],
        policy: Policy,
        moved: Moved = nobody_asks,
    ) -> None:
        self._journal = journal
        self._now = now
        self._answer = answer
        self._carry = carry
        self._fresh_id = fresh_id
        self._reference = reference
        self._policy = policy
        self._moved = moved
        self._hash = policy_hash(policy)
        self._policies: dict[str, Policy] = {}
        self._held: dict[DialogueId, Held] = {}
        self._by_key: dict[CallerKey, DialogueId] = {}
        self._at = 0.0
        self._own = 0  # number of the next entry in the gateway's own stream
        self._affected: dict[DialogueId, int] = {}  # first entry whose fate is unknown
        self._kept: deque[tuple[DialogueId, Fact, bytes]] = deque()
        # Texts that were answered negatively; perhaps they are recorded all the same.
        self._denied: dict[MessageId, DialogueId] = {}
        self.broken: JournalBroken | None = None

    # --- looking ---------------------------------------------------------------------------

    def get(self, dialogue: DialogueId) -> Dialogue | None:
        held = self._held.get(dialogue)
        return None if held is None else held.state

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def find(self, key: CallerKey) -> DialogueId | None:
        """The dialogue this caller has, or had last."""
        return self._by_key.get(key)

    # --- hearing ---------------------------------------------------------------------------

    def start(self, version: str) -> None:
        """The gateway's own stream: that it runs, and under which policy."""
        self._hear_own(GatewayStarted(version))
        self._hear_own(PolicyInForce(self._hash, self._policy))

    def adopt(self, policy: Policy) -> None:
        """New dialogues live under `policy`; those that are open keep theirs."""
        self._policy, self._hash = policy, policy_hash(policy)
        self._hear_own(PolicyInForce(self._hash, policy))

    def hear(
        self, dialogue: DialogueId, fact: Fact, cause: bytes = b"", done: Done | None = None
    ) -> None:
        """`done` runs when the fact is durable, before any command of it, or with the reason why
        it could not be recorded. Without `done` the fact is a report of what the world did: if the
        journal is broken it is kept and heard again after recovery.

        A dialogue that is not known (any more) hears nothing: what comes so late means nothing."""
        held = self._held.get(dialogue)
        if held is not None:
            self._unit(dialogue, held, [(fact, cause)], done)
        elif self.broken is not None and dialogue in self._affected:
            self._refuse(dialogue, [(fact, cause)], done, self.broken, None)
        elif done is not None:
            done(None)

    def hear_caller(
        self,
        key: CallerKey,
        text: CallerWrote | CallerSentPart,
        tlvs: tuple[tuple[int, bytes], ...],
        cause: bytes,
        proven: Proven,
        accepted: Accepted,
    ) -> None:
        """A text from a carrier: a repeat, a text of the open dialogue, or the first of a new one.

        `proven(mark)`: whether the response to that earlier text was provably handed to a live
        socket. `accepted` gets the message id to answer with, once it is durable."""
        if self.broken is not None:
            accepted(text.message, self.broken)
            return
        at = max(self._at, self._now())
        dialogue = self._by_key.get(key)
        held = None if dialogue is None else self._held.get(dialogue)
        previous = None
        if dialogue is not None and held is not None:
            over = isinstance(held.state.phase, Over)
            line = held.state.line
            found = retry_of(line, text.mark, at, self._denied) or repeat_of(line, text.mark, at)
            if found is not None:
                heard, rule = found
                fact: Fact | None = None
                if rule != "d":
                    fact = CallerRepeated(heard.message, rule)
                elif not over and not proven(heard.mark):
                    fact = RepeatSuspected(heard.message, text.text)
                if fact is not None:
                    first = heard.message

                    def done(broken: JournalBroken | None) -> None:
                        if broken is None:
                            self._denied.pop(first, None)
                        accepted(first, broken)

                    self._unit(dialogue, held, [(fact, cause)], done)
                    return
            if not over:
                self._unit(dialogue, held, [(text, cause)], lambda e: accepted(text.message, e))
                return
            previous = previous_of(dialogue, held.state)
        opened = Opened(key, self._hash, self._reference(), tlvs, previous)
        self._unit(
            self._fresh_id(),
            None,
            [(opened, b""), (text, cause)],
            lambda e: accepted(text.message, e),
        )

    def _unit(
        self,
        dialogue: DialogueId,
        held: Held | None,
        facts: list[tuple[Fact, bytes]],
        done: Done | None,
    ) -> None:
        """Facts that belong together, with the answers to the questions they raise: one append."""
        self._at = at = max(self._at, self._now())
        state = None if held is None else held.state
        number = first = 0 if held is None else held.number
        records: list[Record] = []
        commands: list[Command] = []
        waiting = deque(facts)
        while waiting:
            fact, cause = waiting.popleft()
            policy = self._policy_of(state, fact)
            entry = Entry(dialogue, number, at, fact)
            step = advance(state, entry, policy)
            state = step.dialogue
            records.append(record_of(entry, cause, state, step.commands, step.questions))
            commands.extend(step.commands)
            number += 1
            for question in step.questions:
                waiting.append((self._answer(state.line, question), b""))

        before = "new" if held is None else held.state.name_of_phase
        after = before if state is None else state.name_of_phase

        def released(broken: JournalBroken | None) -> None:
            if broken is not None:
                self._refuse(dialogue, facts, done, broken, first)
                return
            # It is durable: whatever comes of saying so, the commands go out.
            try:
                if done is not None:
                    done(None)
                if before != after:
                    self._moved(dialogue, before, after)
            finally:
                for command in commands:
                    self._carry(dialogue, command)

        try:
            self._journal.append(records, released)
        except JournalBroken as broken:
            self._refuse(dialogue, facts, done, broken, first)
            return
        assert state is not None
        self._hold(Held(dialogue, number, state))
        if Forget() in commands:
            self._forget(dialogue)  # at once: nothing may be written down behind it

    def _refuse(
        self,
        dialogue: DialogueId,
        facts: list[tuple[Fact, bytes]],
        done: Done | None,
        broken: JournalBroken,
        first: int | None,
    ) -> None:
        """The dialogue's state may be ahead of the journal: forget it until the journal can be
        read. `first`: the first entry whose fate is unknown."""
        self.broken = broken
        self._forget(dialogue)
        if first is not None:
            self._affected[dialogue] = min(first, self._affected.get(dialogue, first))
        if done is not None:
            for fact, _ in facts:
                if isinstance(fact, CallerWrote | CallerSentPart):
                    self._denied[fact.message] = dialogue
            done(broken)
        else:
            self._kept.extend((dialogue, fact, cause) for fact, cause in facts)

    def _hear_own(self, fact: OwnFact) -> None:
        self._at = max(self._at, self._now())
        if isinstance(fact, PolicyInForce):
            self._policies[fact.hash] = fact.policy
        record = record_of(Entry(GATEWAY, self._own, self._at, fact), b"", None, (), ())

        def released(broken: JournalBroken | None) -> None:
            self.broken = broken or self.broken

        try:
            self._journal.append([record], released)
        except JournalBroken as broken:
            self.broken = broken  # `recover` says again which policy is in force
            raise
        self._own += 1

    def _policy_of(self, state: Dialogue | None, fact: Fact) -> Policy:
        if state is not None:
            return self._policies[state.line.policy]
        assert isinstance(fact, Opened), f"a dialogue cannot begin with {type(fact).__name__}"
        return self._policies[fact.policy]

    # --- remembering -----------------------------------------------------------------------

    def restore(self, snapshot: Snapshot | None, tail: Iterable[Stored]) -> int:
        """Rebuild every dialogue in silence: the commands of the past went out in the past. Gives
        the number of records read."""
        if snapshot is not None:
            saved = decode_saved(snapshot.state)
            self._at, self._own = saved.at, saved.own
            self._policies.update(saved.policies)
            for held in saved.held:
                self._hold(held)
        count = 0
        for stored in tail:
            self._apply(stored.record)
            count += 1
        return count

    def resume(self) -> Iterator[DialogueId]:
        """Say again what is still owed, oldest dialogue first; one dialogue a step, so that the
        caller can let the loop breathe in between. Used once the edges are up."""
        for held in sorted(self._held.values(), key=lambda one: one.state.line.opened_at):
            if held.dialogue in self._held:
                self._resume(held.dialogue)
                yield held.dialogue

    def remember(self) -> tuple[int, Callable[[], bytes]]:
        """What a snapshot is made of: the position it is up to, and a function that encodes it and
        may run in another thread, because everything it touches is a value."""
        held = list(self._held.values())
        saved = Saved(self._at, self._own, dict(self._policies), held)
        return self._journal.position(), lambda: encode_saved(saved)

    def _forget(self, dialogue: DialogueId) -> None:
        held = self._held.pop(dialogue, None)
        if held is not None and self._by_key.get(held.state.line.key) == dialogue:
            del self._by_key[held.state.line.key]
            before = held.state.line.previous
            if before is not None and before.dialogue in self._held:
                self._by_key[held.state.line.key] = before.dialogue

    def recover(self) -> None:
        """After a failure: a new handle; what is there has happened, whatever was answered. Raises
        JournalBroken while the store still cannot take records."""
        self._journal.reopen()
        own = self._journal.read_dialogue(GATEWAY)
        there = [
            (dialogue, first, self._journal.read_dialogue(dialogue))
            for dialogue, first in self._affected.items()
        ]
        self._affected = {}  # not before all could be read: else it is tried again
        self._own = own[-1].record.number + 1 if own else 0
        self.broken = None
        owed: list[tuple[DialogueId, Command]] = []
        heard: Counter[tuple[DialogueId, bytes]] = Counter()
        for dialogue, first, records in there:
            for stored in records:
                commands = self._apply(stored.record)
                if stored.record.number >= first:
                    owed += [(dialogue, command) for command in commands]
                    heard[dialogue, stored.record.payload] += 1
        self._denied = {m: d for m, d in self._denied.items() if self._remembers(d, m)}
        kept, self._kept = self._kept, deque()
        # Only now, when every dialogue is whole again: a command may be answered at once.
        for dialogue, command in owed:
            self._carry(dialogue, command)
        for dialogue, fact, cause in kept:
            same = (dialogue, encode_fact(fact, cause))
            if heard[same] > 0:
                heard[same] -= 1  # it had been recorded after all
            else:
                self.hear(dialogue, fact, cause)
        # Last, because it may raise: no dialogue lives under this policy yet.
        if self._hash not in policies_in(one.record for one in own):
            self._hear_own(PolicyInForce(self._hash, self._policy))

    def _resume(self, dialogue: DialogueId) -> None:
        state = self._held[dialogue].state
        for command in owed(state):
            self._carry(dialogue, command)
        for lost in in_flight(state):
            self.hear(dialogue, lost)

    def _remembers(self, dialogue: DialogueId, message: MessageId) -> bool:
        held = self._held.get(dialogue)
        return held is not None and any(h.message == message for h in held.state.line.heard)

    def _apply(self, record: Record) -> tuple[Command, ...]:
        fact, _ = decode_fact(record.payload)
        self._at = max(self._at, record.at)
        if isinstance(fact, GatewayStarted | PolicyInForce):
            self._own = record.number + 1
            if isinstance(fact, PolicyInForce):
                self._policies[fact.hash] = fact.policy
            return ()
        dialogue = DialogueId(record.dialogue)
        held = self._held.get(dialogue)
        state = None if held is None else held.state
        entry = Entry(dialogue, record.number, record.at, fact)
        step = advance(state, entry, self._policy_of(state, fact))
        self._hold(Held(dialogue, record.number + 1, step.dialogue))
        if Forget() in step.commands:
            self._forget(dialogue)
        return step.commands

    def _hold(self, held: Held) -> None:
        """A caller's dialogue is the one opened last, in whatever order they come to be held."""
        self._held[held.dialogue] = held
        key = held.state.line.key
        other = self._held.get(self._by_key.get(key, held.dialogue))
        if other is None or other is held or _rank(held) > _rank(other):
            self._by_key[key] = held.dialogue


def _rank(held: Held) -> tuple[float, bool]:
    return held.state.line.opened_at, not isinstance(held.state.phase, Over)
