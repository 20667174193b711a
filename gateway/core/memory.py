"""What the gateway knows: every open dialogue, and who texts in which. The fold of the journal.

It changes by three things only: an entry that the journal took (`hold`), a record that is read back
(`apply`), and forgetting. It sends nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from ..journal.contract import Record
from .blocking import Blocks
from .commands import BlockCaller, Command, Forget
from .dialogue import advance
from .encoding import Held, Saved, decode_fact, decode_saved
from .facts import (
    AnyFact,
    Entry,
    GatewayStarted,
    Opened,
    OwnFact,
    PolicyInForce,
    PsapUnblocked,
)
from .policy import Policy
from .state import Dialogue, Over
from .values import CallerKey, DialogueId, MessageId


class Memory:
    def __init__(self) -> None:
        self.at = 0.0  # of the last entry: `Entry.at` never decreases
        self.own = 0  # number of the next entry in the gateway's own stream
        self.policies: dict[str, Policy] = {}  # by hash; a dialogue names the one it lives under
        self.blocks = Blocks()
        self._held: dict[DialogueId, Held] = {}
        self._by_key: dict[CallerKey, DialogueId] = {}

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def get(self, dialogue: DialogueId) -> Held | None:
        return self._held.get(dialogue)

    def find(self, key: CallerKey) -> DialogueId | None:
        """The dialogue this caller has, or had last."""
        return self._by_key.get(key)

    def knows_text(self, dialogue: DialogueId, message: MessageId) -> bool:
        held = self._held.get(dialogue)
        return held is not None and any(h.message == message for h in held.state.line.heard)

    def policy_of(self, state: Dialogue | None, fact: AnyFact) -> Policy:
        if state is not None:
            return self.policies[state.line.policy]
        assert isinstance(fact, Opened), f"a dialogue cannot begin with {type(fact).__name__}"
        return self.policies[fact.policy]

    def hold(self, held: Held) -> None:
        """A caller's dialogue is the one opened last, in whatever order they come to be held."""
        self._held[held.dialogue] = held
        key = held.state.line.key
        other = self._held.get(self._by_key.get(key, held.dialogue))
        if other is None or other is held or _rank(held) > _rank(other):
            self._by_key[key] = held.dialogue

    def forget(self, dialogue: DialogueId) -> None:
        held = self._held.pop(dialogue, None)
        if held is not None and self._by_key.get(held.state.line.key) == dialogue:
            del self._by_key[held.state.line.key]
            before = held.state.line.previous
            if before is not None and before.dialogue in self._held:
                self._by_key[held.state.line.key] = before.dialogue

    def apply(self, record: Record) -> tuple[Command, ...]:
        """Know what `record` says; the commands are those of the past."""
        fact, _ = decode_fact(record.payload)
        self.at = max(self.at, record.at)
        if isinstance(fact, OwnFact):
            self.own = record.number + 1
            self.learn(fact)
            return ()
        dialogue = DialogueId(record.dialogue)
        held = self._held.get(dialogue)
        state = None if held is None else held.state
        entry = Entry(dialogue, record.number, record.at, fact)
        step = advance(state, entry, self.policy_of(state, fact))
        self.take(Held(dialogue, record.number + 1, step.dialogue), step.commands)
        return step.commands

    def take(self, held: Held, commands: Iterable[Command]) -> None:
        """What the journal took: the state, and those of the commands that are remembered."""
        self.hold(held)
        for command in commands:
            if isinstance(command, BlockCaller):
                self.blocks.add(held.state.line.key, command.block)
            elif isinstance(command, Forget):
                self.forget(held.dialogue)

    def learn(self, fact: OwnFact) -> None:
        """A fact of the gateway's own stream."""
        match fact:
            case PolicyInForce(name, policy):
                self.policies[name] = policy
            case PsapUnblocked(psap, dialogue):
                self.blocks.lift(psap, dialogue)
            case GatewayStarted():
                pass  # that it runs is remembered by nobody
            case _:
                assert_never(fact)

    def load(self, snapshot: bytes) -> None:
        saved = decode_saved(snapshot)
        self.at, self.own = saved.at, saved.own
        self.policies.update(saved.policies)
        for key, block in saved.blocks:
            self.blocks.add(key, block)
        for held in saved.held:
            self.hold(held)

    def saved(self) -> Saved:
        """All of it as a value that may be encoded in another thread."""
        blocks = self.blocks.active(self.at)
        return Saved(self.at, self.own, dict(self.policies), blocks, list(self._held.values()))


def _rank(held: Held) -> tuple[float, bool]:
    return held.state.line.opened_at, not isinstance(held.state.phase, Over)
