"""An engine lived through: traffic, slow commits, failing commits, power cuts, in any order.

The oracle is the journal: what is stored happened and is shown, what is not did not. Promises P1 to
P5 of DESIGN 1 are checked at every command that leaves and over everything at the end.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.core.commands import Command, Show, TellCaller
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import (
    CallerSentPart,
    CallerTyped,
    CallerWrote,
    CarrierLost,
    CarrierRefused,
    CarrierTook,
    CharactersLeft,
    LineEnded,
    LineLost,
    LocationFailed,
    PsapAnswered,
    PsapBlocked,
    PsapEnded,
    PsapRefused,
    PsapShown,
    ReceiptTaken,
    SentAgain,
)
from text911.gateway.core.hearing import SAME_LINK_FOR
from text911.gateway.core.replaying import Replayed, policies_in, replay
from text911.gateway.core.state import Active, Dialogue, Offered, by_ani
from text911.gateway.core.turn import LINES_PER_ENTRY
from text911.gateway.core.values import DialogueId
from text911.gateway.edges.transcripts import fold
from text911.gateway.journal.contract import JournalBroken, Snapshot

from .slow_journal import SlowJournal
from .stage import ANI, CALL, KEY, OTHER, A, B, C, letters, reply, sent_part, typed_reply, wrote
from .world import World

CALLERS = [KEY, OTHER]
PSAPS = (A, B, C)
DEEDS = st.sampled_from(
    [
        "text",
        "text",
        "part",
        "again",
        "located",
        "shown",
        "answered",
        "refused",
        "wrote",
        "ended",
        "blocked",
        "unblocked",
        "took",
        "busy",
        "lost",
        "written",
        "receipt",
        "call",
        "typed",
        "typed",
        "typed_back",
        "left",
        "rang_off",
        "tick 1",
        "tick 9",
        "tick 30",
        "tick 700",
        "sync 1",
        "sync",
        "sync",
        "fail",
        "recover",
        "crash",
        "snapshot",
    ]
)
STEPS = st.lists(st.tuples(DEEDS, st.integers(0, 5)), min_size=10, max_size=90)


class Life:
    """The same gateway over all its restarts."""

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.heard: list[tuple[int, CallerWrote | CallerSentPart]] = []
        self.snapshot: Snapshot | None = None
        self.live(World.started())

    def live(self, world: World) -> None:
        self.world = world
        self.worlds.append(world)
        world.proven = lambda _: True
        world.react = self.check

    def check(self, dialogue: DialogueId, command: Command) -> None:
        """Whatever leaves, its fact is stored."""
        stored = len(self.world.journal.read_dialogue(dialogue))
        assert stored, f"{command} of a dialogue that is not recorded"
        if isinstance(command, Show):
            assert command.sequence // LINES_PER_ENTRY < stored, f"{command} left too early"

    def do(self, what: str, number: int, at: int) -> None:
        world, journal = self.world, self.world.journal
        match what.split():
            case ["text"]:
                self.text(number % 2, wrote(f"<text {at}>", f"m-{at}"))
            case ["part"]:
                part = sent_part(1 + number % 2, 2, f"<part {at}>", join=f"j{number}")
                self.text(number % 2, part)
            case ["call"]:
                self.call(number, at)
            case ["again"] if self.heard:
                caller, text = self.heard[-1 - number % len(self.heard)]
                mark = msgspec.structs.replace(text.mark, umr=at)
                self.text(caller, msgspec.structs.replace(text, mark=mark))
            case ["tick", seconds]:
                world.tick(float(seconds))
            case ["sync", units]:
                journal.sync(int(units))
            case ["sync"]:
                journal.sync()
            case ["fail"]:
                journal.fail(landed=number)
            case ["recover"]:
                self.recover()
            case ["crash"]:
                self.crash(number)
            case ["snapshot"] if not journal.broken and world.engine.broken is None:
                journal.sync()
                up_to, encode = world.engine.remember()
                self.snapshot = Snapshot(up_to, encode())
            case [deed]:
                for held in world.engine:
                    self.deed(deed, held.dialogue, number)
            case _:
                raise AssertionError(what)

    def call(self, number: int, at: int) -> None:
        """A call from one of two numbers, or from one that is withheld."""
        key = msgspec.structs.replace(CALL, number=f"leg-{at}")
        ani = ["", ANI, ANI[:-1] + "9"][number % 3]

        def begun(dialogue: DialogueId, broken: JournalBroken | None) -> None:
            if broken is None:
                self.world.log.append(("begun", dialogue))
            else:
                self.world.report(dialogue, LineLost("not recorded"))

        self.world.engine.hear_call(key, ani, b"", begun)

    def text(self, caller: int, text: CallerWrote | CallerSentPart) -> None:
        self.heard.append((caller, text))
        self.world.text(text, key=CALLERS[caller])

    def recover(self) -> None:
        if self.world.journal.broken:
            self.world.engine.recover()

    def crash(self, landed: int) -> None:
        old = self.world
        journal = old.journal.crash(0 if old.journal.broken else landed)
        full = World(journal, name=f"l{len(self.worlds)}-")
        full.engine.restore(None, journal.read())
        if self.snapshot is not None:
            short = World(journal)
            short.engine.restore(self.snapshot, journal.read(self.snapshot.up_to))
            by_id = {held.dialogue: held for held in full.engine}
            assert {held.dialogue: held for held in short.engine} == by_id
            keys = [*CALLERS, by_ani(ANI), by_ani(ANI[:-1] + "9")]
            assert [short.engine.find(key) for key in keys] == [
                full.engine.find(key) for key in keys
            ]
            short.now = full.now = old.now
            assert [short.engine.blocks(one) for one in PSAPS] == [
                full.engine.blocks(one) for one in PSAPS
            ]
        full.now = old.now
        self.live(full)
        full.engine.start("next")
        full.resume()

    def deed(self, deed: str, dialogue: DialogueId, number: int) -> None:
        world = self.world
        state = world.engine.get(dialogue)
        assert state is not None
        phase = state.phase
        leg = (phase.psap, phase.offer) if isinstance(phase, Offered | Active) else (A, 50)
        flying = [
            (one.number, part)
            for one in state.line.outbox
            for part, letter in enumerate(one.progress)
            if letter in "srau"
        ]
        part = flying[0] if flying else (9, 9)
        match deed:
            case "located":
                world.report(dialogue, LocationFailed("no"))
            case "shown":
                world.report(dialogue, PsapShown(*leg, 10_000))
            case "answered":
                world.report(dialogue, PsapAnswered(*leg, "Kim"))
            case "refused" if number < 2:
                world.report(dialogue, PsapRefused(*leg, "nobody"))
            case "wrote":
                world.ask(dialogue, reply(f"k{number}", f"reply {number}", 2, leg))
            case "ended" if number < 2:
                world.report(dialogue, PsapEnded(*leg, "end", "Kim"))
            case "blocked" if number < 2:
                until = world.now + 600.0
                world.ask(dialogue, PsapBlocked(*leg, "block", "Ann", until, "jest"))
            case "unblocked" if number < 2:
                world.engine.unblock(leg[0], dialogue, "Ann", b"", lambda _: None)
            case "typed" if state.call is not None:
                world.report(dialogue, letters(f"T{number} "))
            case "typed_back" if state.call is not None:
                world.ask(dialogue, typed_reply(f"k{number}", f"REPLY {number}", leg))
            case "left" if state.call is not None and state.call.outbox:
                one = state.call.outbox[0]
                world.report(dialogue, CharactersLeft(one.number, number, number > 3))
            case "rang_off" if state.call is not None and number < 2:
                world.report(dialogue, LineEnded("the caller hung up"))
            case "took":
                world.report(dialogue, CarrierTook(*part, "id"))
            case "busy":
                world.report(dialogue, CarrierRefused(*part, 88, False))
            case "lost":
                world.report(dialogue, CarrierLost(*part, "gone"))
            case "written":
                world.report(dialogue, SentAgain(*part))
            case "receipt" if state.line.receipts:
                world.report(dialogue, ReceiptTaken(state.line.receipts[0].message))
            case _:
                pass

    def end(self) -> None:
        self.recover()
        self.world.journal.sync()
        self.world.tick(9.0)  # parts that wait are joined, silent PSAPs given up on
        self.world.journal.sync()


def was_gone(state: Dialogue) -> bool:
    return state.call is None or state.call.gone != ""


def replays(life: Life) -> dict[str, list[Replayed]]:
    """Every dialogue in the journal, step by step, as it is read again."""
    journal = life.world.journal
    policies = policies_in(one.record for one in journal.read_dialogue("gateway"))
    names = dict.fromkeys(one.record.dialogue for one in journal.stored)
    names.pop("gateway")
    return {
        name: list(replay([one.record for one in journal.read_dialogue(name)], policies))
        for name in names
    }


def check_replay(life: Life, again: dict[str, list[Replayed]]) -> None:
    """P5: the journal replays to the letter, and to the very states that are held."""
    for steps in again.values():
        assert {one.difference for one in steps} == {""}
    for held in life.world.engine:
        assert again[held.dialogue][-1].state == held.state


def check_texts(life: Life, again: dict[str, list[Replayed]]) -> None:
    """P1, P2: each text that was answered positively is stored and stands in a transcript."""
    journal = life.world.journal
    commands = (c for steps in again.values() for step in steps for c in step.commands)
    lines = [c.text for c in commands if isinstance(c, Show) and c.kind == "caller"]
    accepted = {one for each in life.worlds for one in each.of("accepted")}
    stored = [decode_fact(one.record.payload)[0] for one in journal.stored]
    texts = [one for one in stored if isinstance(one, CallerWrote | CallerSentPart)]
    assert accepted <= {one.message for one in texts}
    for text in texts:
        assert any(text.text in line for line in lines), f"{text.text} stands nowhere"
    for dialogue in again:
        taken = dict[bytes, float]()
        for one in journal.read_dialogue(dialogue):
            fact = decode_fact(one.record.payload)[0]
            if isinstance(fact, CallerWrote):
                before = taken.get(fact.mark.octets, 0.0)
                assert one.record.at - before > SAME_LINK_FOR, f"{fact} is a repeat"
                taken[fact.mark.octets] = one.record.at


def check_lines(life: Life) -> None:
    """P3: no line is given twice, in whatever life."""
    shown = Counter(
        (dialogue, command.sequence)
        for each in life.worlds
        for dialogue, command in each.log
        if isinstance(command, Show)
    )
    assert not [one for one, times in shown.items() if times > 1]


def check_parts(life: Life) -> None:
    """A part leaves unmarked once, or again only after the carrier refused it."""
    sent = Counter[object]()
    refused = Counter[object]()
    for one in life.world.journal.stored:
        fact = decode_fact(one.record.payload)[0]
        if isinstance(fact, CarrierRefused):
            refused[one.record.dialogue, fact.reply, fact.part] += 1
    for each in life.worlds:
        for dialogue, command in each.log:
            if isinstance(command, TellCaller) and not command.again:
                sent[dialogue, command.reply, command.part] += 1
    assert not [key for key, times in sent.items() if times > 1 + refused[key]]


def check_blocks(life: Life) -> None:
    """A block is what the journal says of it, whatever was read again and in whatever order."""
    world = life.world
    again = World(SlowJournal(world.journal.stored))
    again.now = world.now
    again.engine.restore(None, world.journal.read())
    assert [world.engine.blocks(one) for one in PSAPS] == [
        again.engine.blocks(one) for one in PSAPS
    ]


def check_letters(life: Life, again: dict[str, list[Replayed]]) -> None:
    """A call that was answered is recorded, and its letters stand in the transcript, once."""
    begun = {one for each in life.worlds for one in each.of("begun")}
    assert begun <= set(again)
    for steps in again.values():
        said = ""
        commands: list[Command] = []
        for step in steps:
            commands += step.commands
            if isinstance(step.entry.fact, CallerTyped) and not was_gone(step.state):
                said += "".join(letter.text for letter in step.entry.fact.characters)
        read = [item.text for item in fold(commands).values() if item.kind == "caller"]
        assert not said or "".join(read) == said


def check_timers(life: Life) -> None:
    """No timer is lost: the clock holds what the states hold."""
    armed = {
        (held.dialogue, timer.name): (timer.generation, timer.due)
        for held in life.world.engine
        for timer in held.state.line.timers
    }
    on_the_clock = {key: one for key, one in life.world.timers.items() if key in armed}
    assert on_the_clock == armed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_what_is_stored_happened_and_nothing_else_whatever_breaks(
    steps: list[tuple[str, int]],
) -> None:
    life = Life()
    for at, (what, number) in enumerate(steps):
        life.do(what, number, at)
    life.end()
    again = replays(life)
    check_replay(life, again)
    check_texts(life, again)
    check_lines(life)
    check_parts(life)
    check_blocks(life)
    check_letters(life, again)
    check_timers(life)
