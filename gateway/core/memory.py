"""What the gateway knows: every open dialogue, and who texts in which. The fold of the journal.

It changes by three things only: an entry that the journal took (`hold`), a record that is read back
(`apply`), and forgetting. It sends nothing and decides nothing.

After a start most dialogues sleep (`sleeping`): what was read is put beside them (`follow`) and
applied when somebody asks for one. To whoever asks there is no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from msgspec import MsgspecError

from ..journal.contract import Record, Stored
from .blocking import Blocks
from .calling import earlier
from .commands import BlockCaller, Command, Forget
from .dialogue import advance
from .encoding import VERSION, Held, Saved, decode_fact
from .facts import (
    GATEWAY,
    AnyFact,
    Entry,
    GatewayStarted,
    Opened,
    OwnFact,
    PolicyInForce,
    PsapUnblocked,
)
from .over import previous_of
from .policy import Policy
from .shelves import Shelves, View
from .sleeping import Rank, Sleepers
from .snapshot import opened
from .state import Active, Dialogue, Over, by_ani
from .values import Block, CallerKey, DialogueId, MessageId, Previous

# In the octets of a record that must not sleep: it decides something about the caller's next
# dialogue, which may begin before this one is asked for. In a caller's words it does no harm.
NEVER_SLEEPS = b"PsapBlocked"
# Records: half a gigabyte. A start that finds more behind its snapshot applies them as they come.
ASLEEP_MAX = 1_000_000
NOBODY: Rank = (float("-inf"), False)


class Unreadable(Exception):
    """What is stored of one dialogue cannot be turned into it. The message names the dialogue and
    the record, and says what to do."""


class Memory:
    def __init__(self) -> None:
        self.at = 0.0  # of the last entry: `Entry.at` never decreases
        self.own = 0  # number of the next entry in the gateway's own stream
        self.policies: dict[str, Policy] = {}  # by hash; a dialogue names the one it lives under
        self.blocks = Blocks()
        self._held = Shelves()  # those that are awake
        self._asleep = Sleepers()
        self._by_key: dict[CallerKey, DialogueId] = {}

    def __iter__(self) -> Iterator[Held]:
        """All of them, as they are now; wakes those that sleep. Raises Unreadable."""
        self._wake_all()
        return self.awake()

    def __len__(self) -> int:
        return len(self._held) + len(self._asleep)

    def awake(self) -> Iterator[Held]:
        """As they are now, whatever becomes of them while somebody walks."""
        return iter(self._held.view())

    @property
    def is_awake(self) -> bool:
        """Whether all of them are."""
        return not self._asleep

    def in_turn(self) -> list[DialogueId]:
        """All of them, in the order in which they are to be taken up after a start: those nobody
        has answered first, of them the oldest. Wakes none."""
        turns = list(self._asleep.turns())
        for held in self._held.view():
            answered = isinstance(held.state.phase, Active)
            turns.append((answered, held.state.line.opened_at, held.dialogue))
        return [name for _, _, name in sorted(turns)]

    def get(self, dialogue: DialogueId) -> Held | None:
        """Raises Unreadable, each time, for one that cannot be woken."""
        held = self._held.get(dialogue)
        if held is None and dialogue in self._asleep:
            self._wake(dialogue)
            held = self._held.get(dialogue)
        return held

    def latest(self, key: CallerKey) -> Held | None:
        """The dialogue this caller has, or had last."""
        dialogue = self._by_key.get(key)
        if dialogue is None:
            return None
        held = self._held.get(dialogue)
        if held is None and (woken := self.find(key)) is not None:
            held = self._held.get(woken)
        return held

    def find(self, key: CallerKey) -> DialogueId | None:
        """The dialogue this caller has, or had last. It is awake."""
        dialogue = self._by_key.get(key)
        if dialogue is not None and dialogue in self._asleep:
            try:
                self._wake(dialogue)
            except Unreadable:  # told when its turn comes; its caller begins a new one until then
                return None
            return self.find(key)  # waking may have ended in forgetting
        return dialogue

    def before_call(self, ani: str, at: float) -> tuple[Previous | None, tuple[Block, ...]]:
        """What a call from this number must know: of the one before it, and who has blocked it.
        Nothing of one whose line stands: a switchboard has many people behind one number."""
        caller = by_ani(ani)
        held = self.latest(caller) if ani else None
        if held is None:
            previous = None
        elif isinstance(held.state.phase, Over):
            previous = previous_of(held.dialogue, held.state)
        else:
            previous = earlier(held.dialogue, held.state)
        return previous, self.blocks.of(caller, at)

    def knows_text(self, dialogue: DialogueId, message: MessageId) -> bool:
        held = self.get(dialogue)
        return held is not None and any(h.message == message for h in held.state.line.heard)

    def policy_of(self, state: Dialogue | None, fact: AnyFact) -> Policy:
        if state is not None:
            return self.policies[state.line.policy]
        assert isinstance(fact, Opened), f"a dialogue cannot begin with {type(fact).__name__}"
        return self.policies[fact.policy]

    def hold(self, held: Held) -> None:
        """A caller's dialogue is the one opened last, in whatever order they come to be held."""
        if not self._held.put(held):
            return  # whose it is and when it was opened were known
        key = held.state.caller
        other = self._by_key.get(key, held.dialogue)
        if other == held.dialogue or _rank(held) > self._rank(other):
            self._by_key[key] = held.dialogue

    def forget(self, dialogue: DialogueId) -> None:
        self.get(dialogue)
        held = self._held.take_away(dialogue)
        if held is not None and self._by_key.get(held.state.caller) == dialogue:
            del self._by_key[held.state.caller]
            before = held.state.line.previous
            if before is not None and self._knows(before.dialogue):
                self._by_key[held.state.caller] = before.dialogue

    def apply(self, record: Record) -> tuple[Command, ...]:
        """Know what `record` says; the commands are those of the past."""
        fact, _ = decode_fact(record.payload)
        self.at = max(self.at, record.at)
        self.get(DialogueId(record.dialogue))
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
                self.blocks.add(held.state.caller, command.block)
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

    def follow(self, record: Record) -> None:
        """Know that there is `record`; its dialogue sleeps until it is asked for. What other
        dialogues depend on is known at once. Raises msgspec.MsgspecError for a record of a later
        version that this one cannot read."""
        asleep = self._asleep
        dialogue = DialogueId(record.dialogue)
        at_once = dialogue == GATEWAY or dialogue in self._held or asleep.records >= ASLEEP_MAX
        if at_once or NEVER_SLEEPS in record.payload:
            self.apply(record)
            return
        if record.number == 0 or record.version > VERSION:
            fact, _ = decode_fact(record.payload)
            if record.number == 0:
                self.policy_of(None, fact)  # says what is wrong with a beginning that is none
                assert isinstance(fact, Opened)
                caller = by_ani(fact.ani) if fact.ani else fact.key
                self._by_key[caller] = dialogue  # the caller's last: it comes after all others
        elif dialogue not in asleep:
            self.apply(record)  # says what is wrong
        if record.at > self.at:
            self.at = record.at
        asleep.follow(record)

    def follow_all(self, tail: Iterable[Stored]) -> int:
        """How many there were."""
        count = 0
        for stored in tail:
            self.follow(stored.record)
            count += 1
        return count

    def lift_again(self, own: Iterable[Stored]) -> None:
        """What was lifted stays lifted, although the dialogue it was decided in was read again.
        `own`: the gateway's own stream."""
        for stored in own:
            fact, _ = decode_fact(stored.record.payload)
            if isinstance(fact, PsapUnblocked):
                self.learn(fact)

    def load(self, snapshot: bytes) -> None:
        """Raises msgspec.MsgspecError for a snapshot that this version cannot read."""
        found = opened(snapshot)
        saved = found if isinstance(found, Saved) else found.table.saved
        self.at, self.own = saved.at, saved.own
        self.policies.update(saved.policies)
        for key, block in saved.blocks:
            self.blocks.add(key, block)
        if isinstance(found, Saved):
            for held in found.held:
                self.hold(held)
            return
        self._asleep.stow(found)
        for key, name in zip(found.table.keys, found.table.names, strict=True):
            other = self._by_key.setdefault(key, name)
            if other is not name and self._rank(name) > self._rank(other):
                self._by_key[key] = name

    def saved(self) -> tuple[Saved, View]:
        """All of it as values that may be encoded in another thread: what belongs to no dialogue,
        and the dialogues. Wakes those that sleep."""
        blocks = self.blocks.active(self.at)
        self._wake_all()
        return Saved(self.at, self.own, dict(self.policies), blocks), self._held.view()

    # --- inside ----------------------------------------------------------------------------

    def _knows(self, dialogue: DialogueId) -> bool:
        return dialogue in self._held or dialogue in self._asleep

    def _rank(self, dialogue: DialogueId) -> Rank:
        held = self._held.get(dialogue)
        if held is not None:
            return _rank(held)
        return self._asleep.rank(dialogue) if dialogue in self._asleep else NOBODY

    def _wake_all(self) -> None:
        while self._asleep:
            self._wake(next(iter(self._asleep)))

    def _wake(self, dialogue: DialogueId) -> None:
        """Rebuild it and let it in. Raises Unreadable, and leaves it asleep."""
        number = 0
        commands: list[Command] = []
        try:
            held, behind = self._asleep.look(dialogue)
            for record in behind:
                number = record.number
                fact, _ = decode_fact(record.payload)
                state = None if held is None else held.state
                step = advance(
                    state, Entry(dialogue, number, record.at, fact), self.policy_of(state, fact)
                )
                held = Held(dialogue, number + 1, step.dialogue)
                commands += step.commands
            assert held is not None, f"{dialogue} has neither a state nor a record"
        except (MsgspecError, AssertionError, KeyError) as cause:
            raise Unreadable(
                f"dialogue {dialogue} cannot be rebuilt at its record {number} ({cause!r}): it is"
                f" left out. Look at it with `text911 replay`, and report it with the recording"
            ) from cause
        self._asleep.leave(dialogue)
        self.take(held, commands)


def _rank(held: Held) -> Rank:
    return held.state.line.opened_at, not isinstance(held.state.phase, Over)
