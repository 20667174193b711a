"""The shadow: the rules once more, over what is durable and nothing else.

It reads the durable layer of the disk as it grows and knows from it what may be visible: every line
a page may show, every PDU that may be on a wire. It is also the replay: what comes out must be what
the gateway recorded at the time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf

from ...smpp.status import TEMPORARY
from ..core.commands import (
    Command,
    Forget,
    GiveReceipt,
    PassVoice,
    Show,
    ShowDelivery,
    ShowTurn,
    ShowTyped,
    TellCaller,
    TypeToCaller,
)
from ..core.dialogue import advance
from ..core.encoding import decode_fact, digest
from ..core.facts import (
    AnyFact,
    CallerRepeated,
    CallerSentPart,
    CallerTyped,
    CallerWrote,
    CarrierRefused,
    Entry,
    OwnFact,
    PartsJoined,
    PolicyInForce,
    ReceiptTaken,
    RepeatSuspected,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from ..core.policy import Policy
from ..core.state import Dialogue
from ..core.values import DialogueId
from ..journal import chain
from ..journal.contract import Stored
from ..journal.memory import MemoryStore
from ..journal.reading import holds
from .doubts import Doubts
from .stage import Stage

VOICE_STATES = {VoiceOpened: "open", VoiceFailed: "failed", VoiceEnded: "ended"}


@dataclass(slots=True)
class Told:
    """One dialogue, as far as it is durable."""

    state: Dialogue | None = None
    number: int = 0
    at: float = 0.0
    lines: dict[int, Show] = field(default_factory=dict[int, Show])  # sequence -> line
    parts: dict[tuple[int, int], TellCaller] = field(
        default_factory=dict[tuple[int, int], TellCaller]
    )
    marked: set[int] = field(default_factory=set[int])  # lines shown as perhaps sent twice
    delivery: dict[int, str] = field(default_factory=dict[int, str])
    refusals: Counter[tuple[int, int]] = field(default_factory=Counter[tuple[int, int]])
    # join -> messages that wait for it
    arriving: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    owners: set[str] = field(default_factory=set[str])  # whoever has had it
    forgotten_at: float = inf  # seconds of the stage
    receipts: set[str] = field(default_factory=set[str])  # messages, whose receipt is not taken
    # Of a call: sequence -> all that its line ever read; reply -> what is typed; all letters.
    texts: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    typing: dict[int, str] = field(default_factory=dict[int, str])
    heard: str = ""
    late: str = ""  # typed when we had just hung up: recorded, and read by nobody
    # Of a telephone beside it: what may be asked of it, what became of it, what a page may say.
    rung: set[tuple[int, str, str]] = field(default_factory=set[tuple[int, str, str]])
    voices: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    badges: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    def reads(self, line: Show) -> str:
        """The line as it reads by now."""
        return self.texts.get(line.sequence, [line.text])[-1]

    def ever_read(self, sequence: int, text: str) -> bool:
        line = self.lines.get(sequence)
        return line is not None and (text == line.text or text in self.texts.get(sequence, ()))


class Shadow:
    """`messages`: id -> (dialogue, sequence of its line, or the join it is a part of)."""

    def __init__(self, stage: Stage, store: MemoryStore) -> None:
        self._stage = stage
        self._store = store
        self._read = 0
        self._hash = chain.GENESIS
        self._policies: dict[str, Policy] = {}
        self.dialogues: dict[str, Told] = {}
        self.messages: dict[str, tuple[str, int | str]] = {}
        self.answers: set[str] = set()  # ids that may be answered with
        # PDU as it came -> the texts that it is recorded as, one for each time it came
        self.recorded: dict[bytes, list[str]] = {}
        self.receipts: set[tuple[str, bool]] = set()
        self.doubts = Doubts(stage)

    def catch_up(self) -> None:
        records = self._store.records
        while self._read < len(records):
            stored = records[self._read]
            self._read += 1
            if not holds(self._hash, stored):
                raise self._stage.broken(f"the chain is sound: record {stored.sequence} is not")
            self._hash = stored.hash
            self._hear(stored)

    def line_of(self, message: str) -> tuple[str, int] | None:
        """(dialogue, sequence) of the line that shows the text; None while its parts wait."""
        known = self.messages.get(message)
        if known is None:
            return None
        dialogue, where = known
        return (dialogue, where) if isinstance(where, int) else None

    def _hear(self, stored: Stored) -> None:
        record = stored.record
        fact, cause = decode_fact(record.payload)
        if isinstance(fact, PolicyInForce):
            self._policies[fact.hash] = fact.policy
        if isinstance(fact, OwnFact):
            return
        told = self.dialogues.setdefault(record.dialogue, Told())
        if record.at < told.at or record.number != told.number:
            words = f"{record.dialogue}, entry {record.number}"
            raise self._stage.broken(f"entries are dense and never go back in time: {words}")
        state = told.state
        policy = getattr(fact, "policy", "") if state is None else state.line.policy
        entry = Entry(DialogueId(record.dialogue), record.number, record.at, fact)
        in_force = self._policies[policy]
        step = advance(state, entry, in_force)
        if isinstance(fact, CallerTyped) and state is not None and state.call is not None:
            letters = [one.text for one in fact.characters if not one.echo]
            if state.call.gone:
                told.late += "".join(letters)
            else:
                told.heard += "".join(letters)
        if isinstance(fact, VoiceOpened | VoiceFailed | VoiceEnded):
            told.voices.append((fact.number, VOICE_STATES[type(fact)]))
        if digest(step.dialogue, step.commands, step.questions) != record.digest:
            words = f"{record.dialogue}, entry {record.number} comes out differently"
            raise self._stage.broken(f"replay gives the same: {words}")
        told.state, told.number, told.at = step.dialogue, record.number + 1, record.at
        by = getattr(step.dialogue.phase, "by", "")
        if by:
            told.owners.add(by)
        self._stage.note("disk", f"{record.dialogue} {record.number} {type(fact).__name__}")
        self._commands(record.dialogue, told, step.commands)
        self._texts(record.dialogue, told, fact, cause, step.commands)
        self.doubts.hear(record, fact, step.commands, in_force)

    def _commands(self, dialogue: str, told: Told, commands: tuple[Command, ...]) -> None:
        for command in commands:
            match command:
                case Show():
                    told.lines[command.sequence] = command
                case TellCaller(reply, part):
                    told.parts[reply, part] = command
                case GiveReceipt(message, delivered):
                    self.receipts.add((message, delivered))
                    told.receipts.add(message)
                    if (message, not delivered) in self.receipts:
                        words = f"{message} of {dialogue}"
                        raise self._stage.broken(f"never both DELIVRD and UNDELIV: {words}")
                case ShowDelivery(sequence=sequence, delivery=delivery):
                    told.delivery[sequence] = delivery
                    if delivery == "sent_again":
                        told.marked.add(sequence)
                case ShowTyped(sequence=sequence, text=text):
                    told.texts.setdefault(sequence, []).append(text)
                case TypeToCaller(reply, text):
                    told.typing[reply] = text
                case PassVoice(number, psap, mode):
                    told.rung.add((number, psap, mode))
                case ShowTurn(voice=voice, mode=mode, note=note):
                    told.badges.add((voice, mode, note))
                case Forget():
                    told.forgotten_at = self._stage.now()
                case _:
                    pass  # nothing that anybody sees by itself

    def _texts(
        self,
        dialogue: str,
        told: Told,
        fact: AnyFact,
        cause: bytes,
        commands: tuple[Command, ...],
    ) -> None:
        line = next(
            (c.sequence for c in commands if isinstance(c, Show) and c.kind == "caller"), -1
        )
        match fact:
            case CallerWrote(message):
                self.messages[message] = (dialogue, line)
            case CallerSentPart(message, join):
                self.messages[message] = (dialogue, join if line < 0 else line)
                if line < 0:
                    told.arriving.setdefault(join, []).append(message)
            case ReceiptTaken(message):
                told.receipts.discard(message)
            case PartsJoined(join):
                if line >= 0:  # of these parts: a reference comes again after 256 long texts
                    for part in told.arriving.pop(join, ()):
                        self.messages[part] = (dialogue, line)
            case CarrierRefused(reply, part, status) if status in TEMPORARY:
                told.refusals[reply, part] += 1
            case _:
                pass
        if isinstance(fact, CallerWrote | CallerSentPart | CallerRepeated | RepeatSuspected):
            self.answers.add(fact.message)
            self.recorded.setdefault(cause, []).append(fact.message)
