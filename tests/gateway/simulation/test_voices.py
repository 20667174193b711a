"""Callers with a voice in the simulated world, and what breaks a promise of voices is seen."""

from __future__ import annotations

from typing import Any

import pytest

from text911.gateway.core.values import DialogueId
from text911.gateway.edges.lines.bridge import is_tone
from text911.gateway.simulation.line_door import Log, Watched
from text911.gateway.simulation.lines import Lines
from text911.gateway.simulation.pages import Pages
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.shadow import Told
from text911.gateway.simulation.sounds import SILENCE, SPEECH, TONE, tones
from text911.gateway.simulation.stage import Broken
from text911.gateway.simulation.storm import run
from text911.gateway.simulation.voices import TELEPHONES, Desk, SpeakingCaller, still_joined
from text911.gateway.simulation.world import World
from text911.psap_adapters.console.live import NewTurn
from text911.psap_adapters.port import LineState
from text911.tty.receiving import Carrier, Code

ONLY = Cut(only=frozenset({"voices"}))
NOBODY = Cut(only=frozenset())


def worlds() -> list[World]:
    return [world for seed in range(150) if (world := World(seed, ONLY)).lines.callers]


def test_callers_speak_and_type_and_every_promise_is_kept() -> None:
    said = ""
    for world in worlds()[:4]:
        outcome = run(world.stage.seed, ONLY, told_max=100_000)
        assert not outcome.broken
        said += "\n".join(outcome.last)
    for word in ("rings for SPEAKERA", "CallerSpoke", "VoiceOpened", "VoiceEnded", "CallerTyped"):
        assert word in said


def test_a_world_without_that_fault_has_nobody_with_a_voice() -> None:
    assert World(1, NOBODY).lines.callers == []


def test_the_sounds_are_what_the_bridge_takes_them_for() -> None:
    assert is_tone(TONE)
    assert not is_tone(SPEECH)
    assert not is_tone(SILENCE)


def test_a_letter_ends_in_the_frame_that_says_so() -> None:
    frames = list(tones("A", detected=True))
    kinds = [kind for _, some, _ in frames for kind in some]
    assert kinds.count(Code) == 2, "a shift and a letter"
    assert (kinds[0], kinds[-1]) == (Carrier, Carrier)
    assert all(samples is TONE for samples, some, _ in frames if Code in some)


def rung() -> tuple[World, SpeakingCaller, Desk]:
    world = worlds()[0]
    world.begin()
    (caller, *_) = [one for one in world.lines.callers if isinstance(one, SpeakingCaller)]
    assert world.process is not None
    desk = Desk(world.stage, world.process, caller, next(iter(TELEPHONES.values())))
    caller.rings.append(desk)
    return world, caller, desk


def test_tones_in_a_telephone_are_seen() -> None:
    _, _, desk = rung()
    desk.hears(SPEECH)
    with pytest.raises(Broken, match="muted while tones are there"):
        desk.hears(TONE)


def test_a_telephone_that_nobody_lets_go_is_seen_unless_its_gateway_has_died() -> None:
    world, _, desk = rung()
    assert still_joined(world.lines.callers) == [desk]
    desk.process.die()
    assert still_joined(world.lines.callers) == []
    desk.process.dead, desk.is_over = False, True
    assert still_joined(world.lines.callers) == []


def watched(told: Told) -> tuple[Watched, list[Any]]:
    """A leg whose dialogue is durable, and what it was asked."""
    world, asked = World(1, NOBODY), list[Any]()

    class Leg:
        def voice(self, *what: object) -> None:
            asked.append(what)

    one = Watched(world.stage, world.shadow, Leg())  # type: ignore[arg-type]
    one.log = Log(DialogueId("d"), world.process)  # type: ignore[arg-type]
    world.shadow.dialogues["d"] = told
    return one, asked


def test_a_telephone_that_is_rung_before_its_record_is_seen() -> None:
    leg, asked = watched(Told(rung={(1, "shore", "vco")}))
    leg.voice(1, "shore", "vco")
    assert asked == [(1, "shore", "vco")]
    with pytest.raises(Broken, match="no telephone is rung before its record"):
        leg.voice(2, "shore", "vco")


def test_what_became_of_a_telephone_and_is_not_recorded_is_seen() -> None:
    world = World(1, NOBODY)
    lines = Lines(world)
    log = Log(DialogueId("d"), world.process, accepted=True, over=True, voices=[(1, "open")])  # type: ignore[arg-type]
    lines.logs.append(log)
    world.shadow.dialogues["d"] = Told(voices=[(1, "open")])
    lines.at_the_end()
    world.shadow.dialogues["d"] = Told()
    with pytest.raises(Broken, match="what becomes of a telephone is recorded"):
        lines.at_the_end()


def test_a_page_that_says_of_voices_what_is_not_recorded_is_seen() -> None:
    world = World(1, NOBODY)
    pages = Pages(world.stage, world.shadow)
    world.shadow.dialogues["d"] = Told(badges={("open", "vco", "")})
    pages.sent("x", NewTurn("d/0", LineState("ours")))
    pages.sent("x", NewTurn("d/0", LineState("ours", voice="open", mode="vco")))
    with pytest.raises(Broken, match="a page says of voices only what is recorded"):
        pages.sent("x", NewTurn("d/0", LineState("ours", voice="open", mode="hco")))
