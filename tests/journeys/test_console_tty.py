"""A caller on a line, from the door of the lines to the page: core, edges and console are real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from twisted.internet.task import Clock

from tests.gateway.edges.lines.handset import Handset
from text911.gateway.core.commands import Command, Question
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import PartsJoined, RouteChosen
from text911.gateway.core.policy import Limits, Policy
from text911.gateway.core.replaying import policies_in, replay
from text911.gateway.core.state import Line
from text911.gateway.core.values import Character, DialogueId, Location, PsapName
from text911.gateway.edges.clock import DialogueClock
from text911.gateway.edges.dispatch import Dispatch
from text911.gateway.edges.lines.calls import Calls
from text911.gateway.edges.lines.door import Channel
from text911.gateway.edges.locations import LocationEdge
from text911.gateway.edges.psaps import PsapEdge
from text911.gateway.edges.transcripts import Transcripts
from text911.gateway.journal.contract import Done, Record
from text911.gateway.journal.memory import MemoryJournal, MemoryStore
from text911.gateway.location.port import Answer, LocationSource
from text911.gateway.location.port import Question as Where
from text911.gateway.messages import automatic
from text911.gateway.operations.metrics import Metrics
from text911.gateway.wording import Group, typed
from text911.psap_adapters import port
from text911.psap_adapters.console.server import ConsoleServer
from text911.psap_adapters.console.sessions import FileSessions
from text911.psap_adapters.console.settings import ConsoleListenSettings

from .page import Desk, Stage, answer_by_key, console, until

MIDDLETOWN = PsapName("middletown")
POLICY = Policy(
    Limits(),
    automatic("No text-to-911"),
    automatic("Lost"),
    automatic("Not delivered"),
    voices=(MIDDLETOWN,),
)
PLACE = Location(41.559, -72.652, 60.0, 90, "GPS", "the telephone company", 1_795_260_000.0)


class Disk(MemoryJournal):
    """Writes as soon as the loop comes round."""

    def append(self, records: Sequence[Record], done: Done) -> None:
        super().append(records, done)
        asyncio.get_running_loop().call_soon(self.sync)


class There(LocationSource):
    def locate(self, question: Where, answer: Callable[[Answer], None]) -> None:
        answer(PLACE)


class Gateway:
    """One process: core and edges on one journal, with the console as its only PSAP."""

    def __init__(self, desk: port.Psap, store: MemoryStore | None) -> None:
        self.journal = Disk(store)
        ids = count()
        self.dispatch = Dispatch(self._failed)
        self.engine = Engine(
            self.journal,
            time.time,  # noqa: TID251 a real clock on purpose: the page shows it
            self._route,
            self.dispatch.carry,
            lambda: DialogueId(f"D{self.journal.store.epoch}-{next(ids)}"),
            lambda: 100,
            POLICY,
        )
        self.psaps = PsapEdge(
            self.engine,
            {MIDDLETOWN: desk},
            Transcripts(self._commands),
            {"north": Group("TTY line North")},
            lambda _place: None,
            time.time,  # noqa: TID251
            lambda _seconds: None,
        )
        self.calls = Calls(self.engine, lambda: f"leg-{next(ids)}")
        self.dispatch.psaps, self.dispatch.lines = self.psaps, self.calls
        self.dispatch.clock = DialogueClock(self.engine, Clock(), time.time)  # noqa: TID251
        self.dispatch.locations = LocationEdge(
            self.engine, {"north": There()}, Metrics(), time.monotonic
        )
        self.engine.restore(None, self.journal.read())
        self.psaps.start()
        self.engine.start("journey")

    def _commands(self, dialogue: DialogueId) -> list[Command]:
        own = (one.record for one in self.journal.read_dialogue("gateway"))
        records = [one.record for one in self.journal.read_dialogue(dialogue)]
        return [c for one in replay(records, policies_in(own)) for c in one.commands]

    @staticmethod
    def _route(_line: Line, _question: Question) -> RouteChosen | PartsJoined:
        return RouteChosen((MIDDLETOWN,), "The place lies in Middletown", "Middletown")

    @staticmethod
    def _failed(_dialogue: DialogueId, _command: Command, fault: Exception) -> None:
        raise AssertionError from fault


@dataclass
class Caller(Handset):
    """A telephone on a line: what its leg is asked, and what it does."""

    dialogue: DialogueId | None = None


class LineStage(Stage):
    """The stage with the real gateway behind the console."""

    gateway: Gateway | None = None

    def _built(self, port_number: int) -> ConsoleServer:
        listen = ConsoleListenSettings(port=port_number, secure_cookie=False)
        keep = FileSessions(self._kept / "console-sessions.json", pytest.fail)
        return ConsoleServer(
            {"middletown": self._settings},
            listen,
            self._measure,
            time.time,  # noqa: TID251
            keep,
        )

    def _measure(self, text: str, dialogue: str) -> port.Measure:
        assert self.gateway is not None
        return self.gateway.psaps.measure(text, dialogue)

    def begin(self) -> None:
        """The gateway starts, or starts again on what it had written."""
        old = self.gateway

        def start() -> None:
            store = None if old is None else old.journal.lose_power().store
            self.gateway = Gateway(self.server.psap("middletown"), store)
            for _ in self.gateway.engine.resume():
                pass

        self.run(start)

    def ring(
        self, ani: str = "+18605550142", channel: Channel = "tty", *, voice: bool = False
    ) -> Caller:
        caller = Caller()

        def ring() -> None:
            assert self.gateway is not None
            caller.dialogue = self.gateway.calls.begin(
                "north", ani, channel, None, caller, voice=voice
            )

        self.run(ring)
        until(lambda: ("accept",) in caller.asked)
        return caller

    def tell(self, caller: Caller, what: str, *more: object) -> None:
        """The line says so of this call."""

        def say() -> None:
            assert self.gateway is not None
            getattr(self.gateway.calls, what)(caller.dialogue, *more)

        self.run(say)

    def type(self, caller: Caller, text: str, *, badly: str = "") -> None:
        """One tick for each letter; those in `badly` came badly."""
        for one in text:
            sure = 0.55 if one in badly else 0.99
            self.tell(caller, "typed", (Character(one, confidence=sure),))


@pytest.fixture
def line_stage(tmp_path: Path) -> Iterator[LineStage]:
    one = LineStage(console(), tmp_path)
    one.begin()
    yield one
    one.close()


@pytest.fixture
def desk(browser: Browser, line_stage: LineStage) -> Iterator[Desk]:
    one = Desk(browser, line_stage)
    yield one
    one.close()


def test_a_tty_call_from_silence_to_its_last_word(
    line_stage: LineStage, desk: Desk, shots: Path
) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring()
    ringing = page.locator("#ringing .card")
    expect(ringing).to_contain_text("(860) 555-0142")
    expect(ringing).to_contain_text("nothing is typed yet")
    page.screenshot(path=shots / "tty-silent.png")
    answer_by_key(page)
    until(lambda: ("answered", "middletown") in caller.asked)
    expect(page.locator("#channel")).to_have_text("TTY")
    expect(page.locator("#turn")).to_contain_text("The line is free")

    # Letters come one by one, and the bad ones are marked.
    stage.tell(caller, "turn", "hearing")
    expect(page.locator("#turn")).to_contain_text("Caller is typing")
    stage.type(caller, "FIRE AT 12 EL", badly="2")
    line = page.locator("#log .caller")
    expect(line).to_have_count(1)
    expect(line.locator(".words")).to_have_text("FIRE AT 12 EL")
    expect(line.locator(".unsure")).to_have_text("2")
    title = "Received badly: this may be another letter"
    expect(line.locator(".unsure")).to_have_attribute("title", title)
    expect(line).to_have_class("said caller open")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#log .caller .words'))")
    stage.type(caller, "M ST")
    expect(line.locator(".words")).to_have_text("FIRE AT 12 ELM ST")
    assert page.evaluate("getSelection().toString()").startswith("FIRE AT 12 EL")

    # A reply is measured in seconds, held while the caller types, and sent by the key.
    page.locator("#text").fill("Get out now & wait outside GA")
    expect(page.locator("#measure")).to_contain_text("s on the line")
    expect(page.locator("#as-sent")).to_contain_text("GET OUT NOW AND WAIT OUTSIDE GA")
    page.screenshot(path=shots / "tty-typing.png")
    page.keyboard.press("Enter")
    ours = page.locator("#log .ours")
    expect(ours).to_contain_text("held (waiting for GA)")
    expect(page.locator("#held")).to_have_text("1 reply waits")
    page.keyboard.press("Alt+I")
    until(lambda: ("interrupt",) in caller.asked)
    stage.tell(caller, "turn", "interrupting")
    stage.tell(caller, "left", "reply-0", 7, False)
    expect(ours).to_contain_text("s left")
    expect(ours.locator(".wire .left")).to_have_text("GET OUT")
    expect(ours.locator(".wire .rest")).to_have_text(" NOW AND WAIT OUTSIDE GA")
    expect(page.locator("#turn")).to_contain_text("whatever the caller types")
    page.screenshot(path=shots / "tty-sending.png")
    stage.tell(caller, "left", "reply-0", 31, True)
    expect(ours).to_contain_text("typed")

    # What is written may interrupt by itself.
    page.locator("#text").fill("STOP")
    page.keyboard.press("Alt+I")
    until(lambda: ("write", "reply-1", typed("STOP", "tty").spelled, True) in caller.asked)
    expect(page.locator("#text")).to_have_value("")

    stage.tell(caller, "ended", "the caller hung up")
    expect(page.locator("#turn")).to_contain_text("The line is gone: the caller hung up")
    expect(page.locator("#log .ours").last).to_contain_text("line lost before it was typed")
    expect(page.locator("#interrupt")).to_be_hidden()
    page.screenshot(path=shots / "tty-gone.png")


def test_a_caller_speaks_and_the_telephone_is_joined_by_a_key(
    line_stage: LineStage, desk: Desk, shots: Path
) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring(voice=True)
    answer_by_key(page)
    state = page.locator("#voice-state")
    stage.tell(caller, "speaks", True)
    expect(state).to_contain_text("The caller speaks, and nobody hears it")
    page.screenshot(path=shots / "tty-speaks.png")
    page.keyboard.press("Alt+V")
    until(lambda: ("voice", 1, "middletown", "vco") in caller.asked)
    expect(state).to_contain_text("Your telephone rings: the caller speaks")
    stage.tell(caller, "voiced", 1, "open", "")
    expect(state).to_contain_text("Voice is connected: the caller speaks")
    expect(page.locator("#voice-vco")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#log")).to_contain_text("Voices are connected: the caller speaks (VCO)")
    page.screenshot(path=shots / "tty-voice.png")
    page.locator("#voice-hco").click()
    until(lambda: ("voice", 1, "middletown", "hco") in caller.asked)
    expect(state).to_contain_text("Voice is connected: the caller hears")
    page.keyboard.press("Alt+V")
    until(lambda: ("voice", 1, "", "") in caller.asked)
    expect(page.locator("#voice-off")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+V")
    until(lambda: any(one[:2] == ("voice", 2) for one in caller.asked))
    stage.tell(caller, "voiced", 2, "failed", "it is busy (486)")
    expect(state).to_contain_text("No voice: it is busy (486)")
    expect(page.locator("#log")).to_contain_text("it is busy (486). The text goes on")
    page.screenshot(path=shots / "tty-no-voice.png")
    page.locator("#text").fill("Type please GA")
    page.keyboard.press("Enter")
    until(lambda: any(one[:2] == ("write", "reply-0") for one in caller.asked))
    stage.tell(caller, "ended", "the caller hung up")
    expect(page.locator("#voice")).to_be_hidden()


def test_beside_real_time_text_one_key_joins_the_telephone_and_lets_it_go(
    line_stage: LineStage, desk: Desk
) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring(channel="rtt", voice=True)
    answer_by_key(page)
    key, state = page.locator("#voice-vco"), page.locator("#voice-state")
    expect(key).to_have_text("Caller speaks and hears")
    expect(page.locator("#voice-hco")).to_be_hidden()
    page.keyboard.press("Alt+V")
    until(lambda: ("voice", 1, "middletown", "vco") in caller.asked)
    stage.tell(caller, "voiced", 1, "open", "")
    expect(state).to_contain_text("Voice is connected: the caller speaks and hears")
    expect(page.locator("#log")).to_contain_text(
        "Voices are connected: the caller speaks and hears"
    )
    page.keyboard.press("Alt+V")
    until(lambda: ("voice", 1, "", "") in caller.asked)
    expect(page.locator("#voice-off")).to_have_attribute("aria-pressed", "true")
    page.locator("#voice-vco").click()
    until(lambda: ("voice", 2, "middletown", "vco") in caller.asked)


def test_without_a_voice_on_the_line_no_key_is_offered(line_stage: LineStage, desk: Desk) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring()
    answer_by_key(page)
    stage.tell(caller, "speaks", True)
    expect(page.locator("#turn")).to_contain_text("a voice is heard")
    expect(page.locator("#voice")).to_be_hidden()
    page.keyboard.press("Alt+V")
    stage.type(caller, "HI")
    expect(page.locator("#log .caller .words")).to_have_text("HI")
    assert [one for one in caller.asked if one[0] == "voice"] == []


def test_after_a_restart_the_next_call_shows_what_was_said_before(
    line_stage: LineStage, desk: Desk, shots: Path
) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring()
    answer_by_key(page)
    stage.tell(caller, "turn", "hearing")
    stage.type(caller, "MY DAD FELL GA")
    stage.tell(caller, "turn", "sending", "GA")
    page.locator("#text").fill("Is he awake GA")
    page.keyboard.press("Enter")
    until(lambda: any(one[:2] == ("write", "reply-0") for one in caller.asked))
    stage.tell(caller, "left", "reply-0", 5, False)
    expect(page.locator("#log .wire .left")).to_have_text("IS HE")

    stage.begin()
    expect(page.locator("#turn")).to_contain_text("The line is gone: the gateway was restarted")
    expect(page.locator("#log .caller")).to_have_count(1)
    expect(page.locator("#log .ours")).to_contain_text('line lost after "IS HE"')
    page.screenshot(path=shots / "tty-restart.png")

    again = stage.ring()
    stage.type(again, "WE WERE CUT OFF GA")
    answer_by_key(page)
    earlier = page.locator("#log .earlier")
    expect(earlier).to_have_count(2)
    expect(earlier.first).to_contain_text("MY DAD FELL GA")
    expect(page.locator("#log .caller:not(.earlier)")).to_contain_text("WE WERE CUT OFF GA")
    page.screenshot(path=shots / "tty-earlier.png")


def test_real_time_text_is_text_whatever_it_is(line_stage: LineStage, desk: Desk) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring(ani="", channel="rtt")
    answer_by_key(page)
    expect(page.locator("#number")).to_have_text("Number withheld")
    hostile = '<img src=x onerror="document.title=1"> \N{FIRE}\u202e'
    stage.type(caller, hostile)
    words = page.locator("#log .caller .words")
    expect(words).to_contain_text('<img src=x onerror="document.title=1"> \N{FIRE}')
    expect(words.locator(".control")).to_have_text("U+202E")
    assert page.locator("#log img").count() == 0
    stage.type(caller, "\b\b!")
    expect(words).to_contain_text('"> !')
    expect(page.locator("#turn")).to_contain_text("Both may type at once")
    expect(page.locator("#interrupt")).to_be_hidden()


def test_a_browser_that_was_away_has_the_line_as_it_reads_by_then(
    line_stage: LineStage, desk: Desk
) -> None:
    stage, page = line_stage, desk.log_in()
    caller = stage.ring()
    answer_by_key(page)
    stage.type(caller, "HEL")
    words = page.locator("#log .caller .words")
    expect(words).to_have_text("HEL")
    stage.wire.broken = True
    stage.run(stage.wire.cut)
    stage.type(caller, "P ME")
    stage.wire.broken = False
    expect(words).to_have_text("HELP ME")
