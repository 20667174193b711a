"""The engine: the one place where a fact becomes an entry, an entry a state, a state commands.

Hears facts, has them written down, and only when they would survive a power cut lets the answer and
the commands out. It knows no socket and no file: journal, clock and randomness are handed in.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ..journal.contract import Journal, JournalBroken, Record, Snapshot, Stored, Unawaited
from .commands import Command
from .dialogue import advance, in_flight, owed
from .encoding import Held, encode_fact, policy_hash, record_of
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
    PolicyInForce,
    PsapUnblocked,
    RepeatSuspected,
)
from .hearing import Marks, as_it_comes, repeat_of, retry_of
from .memory import Memory
from .outside import Accepted, Answer, Begun, Carry, Done, Moved, Proven, nobody_asks
from .over import previous_of
from .policy import Policy
from .replaying import policies_in
from .snapshot import encode
from .state import Dialogue, Over, phases
from .values import Block, CallerKey, DialogueId, MessageId, PsapName


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
        self._memory = Memory()
        self._marks = Marks()
        self._affected: dict[DialogueId, int] = {}  # first entry whose fate is unknown
        self._uncarried: dict[DialogueId, int] = {}  # first entry whose commands wait for `recover`
        self._kept: deque[tuple[DialogueId, Fact, bytes]] = deque()
        # Texts that were answered negatively; perhaps they are recorded all the same.
        self._denied: dict[MessageId, DialogueId] = {}
        self.broken: JournalBroken | None = None

    # --- looking ---------------------------------------------------------------------------

    @property
    def at(self) -> float:
        """UTC seconds of the last entry, 0.0 before the first: none will be earlier."""
        return self._memory.at

    def get(self, dialogue: DialogueId) -> Dialogue | None:
        held = self._memory.get(dialogue)
        return None if held is None else held.state

    def is_forgotten(self, dialogue: DialogueId) -> bool:
        """For good: not one that is out of memory only until the journal can be read."""
        return dialogue not in self._affected and self._memory.get(dialogue) is None

    def __iter__(self) -> Iterator[Held]:
        return iter(self._memory)

    def __len__(self) -> int:
        """At most: of those that sleep since the start, some may turn out to be forgotten."""
        return len(self._memory)

    def awake(self) -> Iterator[Held]:
        """Those that were asked for since the start: soon all of them."""
        return self._memory.awake()

    @property
    def is_awake(self) -> bool:
        return self._memory.is_awake  # before it is, no snapshot is taken

    def find(self, key: CallerKey) -> DialogueId | None:
        """The dialogue this caller has, or had last."""
        return self._memory.find(key)

    def latest(self, key: CallerKey) -> Held | None:
        """The same with what is known of it."""
        return self._memory.latest(key)

    def blocks(self, psap: PsapName) -> list[tuple[CallerKey, Block]]:
        """The callers whom this PSAP does not take now, in the order of the decisions."""
        return [one for one in self._memory.blocks.active(self._time()) if one[1].psap == psap]

    # --- hearing ---------------------------------------------------------------------------

    def start(self, version: str) -> None:
        """The gateway's own stream: that it runs, and under which policy."""
        self._hear_own(GatewayStarted(version))
        self._hear_own(PolicyInForce(self._hash, self._policy))

    def adopt(self, policy: Policy) -> None:
        """New dialogues live under it; those that are open keep theirs."""
        self._policy, self._hash = policy, policy_hash(policy)
        self._hear_own(PolicyInForce(self._hash, policy))

    def hear(
        self, dialogue: DialogueId, fact: Fact, cause: bytes = b"", done: Done | None = None
    ) -> None:
        """`done` runs when the fact is durable, before any command of it, or with the reason why
        it could not be recorded. Without `done` the fact is a report of what the world did: if the
        journal is broken it is kept and heard again after recovery.

        A dialogue that is not known (any more) hears nothing: what comes so late means nothing."""
        held = self._memory.get(dialogue)
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
        at = self._time()
        held = self._memory.latest(key)
        previous = None
        if held is not None:
            dialogue, line = held.dialogue, held.state.line
            over = isinstance(held.state.phase, Over)
            found = None
            if self._marks.may_know(dialogue, line, text.mark.octets):
                found = retry_of(line, text.mark, at, self._denied)
                found = found or repeat_of(line, text.mark, at)
            if found is not None:
                heard, rule = found
                fact: Fact | None = None
                if rule != "d":
                    moved = text.mark if rule == "n" else None
                    fact = CallerRepeated(heard.message, rule, moved)
                elif not over and not proven(heard.mark):
                    fact = RepeatSuspected(heard.message, text.text)
                if fact is not None:
                    first = heard.message
                    owner = self._denied.pop(first, None)  # one retry is enough for one refusal

                    def done(broken: JournalBroken | None) -> None:
                        if broken is not None and owner is not None:
                            self._denied[first] = owner
                        accepted(first, broken)

                    self._unit(dialogue, held, [(fact, cause)], done, at)
                    return
            if not over:
                text = as_it_comes(line, text) if line.partials else text
                self._unit(dialogue, held, [(text, cause)], partial(accepted, text.message), at)
                return
            previous = previous_of(dialogue, held.state)
        blocked = self._memory.blocks.of(key, at)
        opened = Opened(key, self._hash, self._reference(), tlvs, previous, blocked)
        both: list[tuple[Fact, bytes]] = [(opened, b""), (text, cause)]
        self._unit(self._fresh_id(), None, both, partial(accepted, text.message), at)

    def hear_call(
        self, key: CallerKey, ani: str, pidf: bytes, begun: Begun, *, voice: bool = False
    ) -> DialogueId:
        """A call begins, and with it a dialogue. `begun` as `done` in `hear`."""
        before = self._memory.before_call(ani, self._time())
        opened = Opened(key, self._hash, self._reference(), (), *before, ani, pidf, voice)
        self._unit(dialogue := self._fresh_id(), None, [(opened, b"")], partial(begun, dialogue))
        return dialogue

    def _time(self) -> float:
        """UTC seconds of what happens now."""
        return now if (now := self._now()) > self._memory.at else self._memory.at

    def _unit(
        self,
        dialogue: DialogueId,
        held: Held | None,
        facts: list[tuple[Fact, bytes]],
        done: Done | None,
        at: float | None = None,
    ) -> None:
        """Facts that belong together, with the answers to the questions they raise: one append.
        `at`: what `_time` has just said, where it was asked already."""
        memory = self._memory
        memory.at = at = at or self._time()
        state = None if held is None else held.state
        number = first = 0 if held is None else held.number
        records: list[Record] = []
        commands: list[Command] = []
        waiting = list(facts)
        for fact, cause in waiting:  # and those that are put behind them
            policy = memory.policy_of(state, fact)
            entry = Entry(dialogue, number, at, fact)
            state, asked, questions = advance(state, entry, policy)
            records.append(record_of(entry, cause, state, asked, questions))
            commands += asked
            number += 1
            for question in questions:
                waiting.append((self._answer(state.line, question), b""))
        assert state is not None
        before, after = phases(None if held is None else held.state, state)

        def released(broken: JournalBroken | None) -> None:
            if broken is not None:
                self._refuse(dialogue, facts, done, broken, first)
                return
            try:  # it is durable: whatever comes of saying so, the commands go out
                if done is not None:
                    done(None)
                if before != after:
                    self._moved(dialogue, before, after)
            finally:
                if dialogue in self._affected:  # a later entry was refused before this was told
                    self._uncarried.setdefault(dialogue, first)
                else:
                    for command in commands:
                        self._carry(dialogue, command)

        told: Done = released if done or commands or before != after else Unawaited(released)
        try:
            self._journal.append(records, told)
        except JournalBroken as broken:
            self._refuse(dialogue, facts, done, broken, first)
            return
        # A `Forget` is obeyed at once: nothing may be written down behind it.
        self._memory.take(Held(dialogue, number, state), commands)

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
        self._memory.forget(dialogue)
        self._memory.blocks.drop(dialogue)  # what was decided in it is read again as well
        if first is not None:
            self._affected[dialogue] = min(first, self._affected.get(dialogue, first))
        if done is not None:
            for fact, _ in facts:
                if isinstance(fact, CallerWrote | CallerSentPart):
                    self._denied[fact.message] = dialogue
            done(broken)
        else:
            self._kept.extend((dialogue, fact, cause) for fact, cause in facts)

    def _hear_own(self, fact: OwnFact, cause: bytes = b"", done: Done | None = None) -> None:
        self._memory.at = self._time()
        if isinstance(fact, PolicyInForce):
            self._memory.policies[fact.hash] = fact.policy
        entry = Entry(GATEWAY, self._memory.own, self._memory.at, fact)
        record = record_of(entry, cause, None, (), ())

        def released(broken: JournalBroken | None) -> None:
            self.broken = broken or self.broken
            if done is not None:
                done(broken)

        try:
            self._journal.append([record], released)
        except JournalBroken as broken:
            self.broken = broken  # `recover` says again which policy is in force
            raise
        self._memory.own += 1

    def unblock(
        self, psap: PsapName, dialogue: DialogueId, by: str, cause: bytes, done: Done
    ) -> None:
        """Lift the block that was decided in `dialogue` by `psap`. One that is over already needs
        no lifting. `done` as in `hear`."""
        found = self._memory.blocks.find(psap, dialogue)
        if found is None or self.broken is not None:
            done(self.broken)
            return
        self._memory.blocks.lift(psap, dialogue)

        def released(broken: JournalBroken | None) -> None:
            if broken is not None:
                self._memory.blocks.add(*found)  # until the journal can be read
            done(broken)

        try:
            self._hear_own(PsapUnblocked(psap, dialogue, by), cause, released)
        except JournalBroken as broken:
            released(broken)

    # --- remembering -----------------------------------------------------------------------

    def restore(self, snapshot: Snapshot | None, tail: Iterable[Stored]) -> int:
        """Know every dialogue, in silence: the commands of the past went out in the past. Each is
        rebuilt when it is asked for, at the latest by `resume`. Gives the number of records."""
        if snapshot is not None:
            self._memory.load(snapshot.state)
        return self._memory.follow_all(tail)

    def resume(self) -> Iterator[DialogueId]:
        """Say again what is still owed, those whom nobody has answered first, of them the oldest;
        one dialogue a step, so that the caller can let the loop breathe in between. Used once the
        edges are up.

        A fault of ours in one dialogue keeps no other from being resumed: all are raised together,
        at the end."""
        faults: list[Exception] = []
        for dialogue in self._memory.in_turn():
            try:
                now = self._memory.get(dialogue)
                if now is None:
                    continue
                for command in owed(now.state):
                    self._carry(dialogue, command)
                for lost in in_flight(now.state):
                    self.hear(dialogue, lost)
            except Exception as fault:
                faults.append(fault)
            yield dialogue
        if faults:
            raise ExceptionGroup("not resumed", faults)

    def remember(self) -> tuple[int, Callable[..., bytes]]:
        """For a snapshot: the position it is up to, and what encodes it, in any thread."""
        return self._journal.position(), partial(encode, *self._memory.saved())

    def recover(self) -> None:
        """After a failure: a new handle; what is there has happened, whatever was answered. Raises
        JournalBroken while the store still cannot take records."""
        self._journal.reopen()
        whole = self._journal.read_dialogue
        own, affected = whole(GATEWAY), self._affected.items()
        there = [(name, first, whole(name)) for name, first in affected]
        self._affected = {}  # not before all could be read: else it is tried again
        uncarried, self._uncarried = self._uncarried, {}
        self._memory.own = own[-1].record.number + 1 if own else 0
        self.broken = None
        owed: list[tuple[DialogueId, Command]] = []
        heard: Counter[tuple[DialogueId, bytes]] = Counter()
        for dialogue, first, records in there:
            carried = uncarried.get(dialogue, first)  # the commands of what is below it
            for stored in records:
                commands = self._memory.apply(stored.record)
                if stored.record.number >= carried:
                    owed += [(dialogue, command) for command in commands]
                heard[dialogue, stored.record.payload] += stored.record.number >= first
        self._memory.lift_again(own)
        self._denied = {m: d for m, d in self._denied.items() if self._memory.knows_text(d, m)}
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
        if self._hash not in policies_in(one.record for one in own):  # last, it may raise
            self._hear_own(PolicyInForce(self._hash, self._policy))
