"""Calls between the lines and the core: answered when recorded, one owner each, nothing later."""

from __future__ import annotations

import msgspec

from text911.gateway.core.facts import (
    CallerMoved,
    CallerTyped,
    LineEnded,
    Opened,
    PsapAskedVoice,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from text911.gateway.core.values import Location, PsapName
from text911.gateway.edges.cards import WITHHELD
from text911.gateway.edges.lines.calls import CHARACTERS_MAX
from text911.gateway.edges.lines.door import Leg as LineLeg
from text911.gateway.edges.lines.door import LineDoor
from text911.gateway.location.port import Unknown
from text911.psap_adapters.port import (
    Blocked,
    CardChanged,
    Delivery,
    DeliveryChanged,
    Interrupted,
    Item,
    LineChanged,
    LineState,
    Sending,
    Typed,
    VoiceAsked,
    Wrote,
)

from ..world import POLICY, World
from .handset import ANI, Handset, answered, letters, ring, spelled


def test_it_is_what_the_lines_are_promised() -> None:
    world, leg = World(), Handset()
    door: LineDoor = world.calls
    promised: LineLeg = leg
    assert door.begin("north", ANI, "rtt", None, promised) is not None


def test_a_call_is_answered_when_it_is_on_the_disk_and_not_before() -> None:
    world = World()
    leg, dialogue = ring(world, pidf=b"<presence/>")
    assert leg.asked == []
    world.journal.sync()
    assert leg.asked[0] == ("accept",)
    (opened,) = world.facts(Opened, dialogue)
    assert (opened.ani, opened.pidf, opened.key.group) == (ANI, b"<presence/>", "north")
    world.settle()
    assert world.source.asked[0][0].pidf == b"<presence/>"
    assert world.source.asked[0][0].number == ANI
    card = world.hartford.offers[0].card
    assert (card.caller, card.channel, card.carrier) == ("(860) 555-0142", "tty", "north")
    assert world.hartford.offers[0].line == LineState("ours")


def test_a_number_that_is_withheld_is_said_to_be() -> None:
    world = World()
    ring(world, ani="")
    world.settle()
    assert world.hartford.offers[0].card.caller == WITHHELD


def test_a_letter_is_recorded_then_shown_then_shown_longer() -> None:
    world = World()
    _, dialogue = answered(world)
    world.calls.detected(dialogue)
    world.calls.typed(dialogue, letters("F"))
    assert [item.text for _, item in world.hartford.items if item.kind == "caller"] == []
    world.settle()
    world.calls.typed(dialogue, letters("IRE"))
    world.settle()
    (line,) = [item for _, item in world.hartford.items if item.kind == "caller"]
    typed = [change for _, change in world.hartford.changes if isinstance(change, Typed)]
    assert [one.text for one in typed] == ["F", "FIRE"]
    assert {one.sequence for one in typed} == {line.sequence}
    assert world.transcripts.items(dialogue)[-1].text == "FIRE"


def test_a_paste_is_several_facts() -> None:
    world = World()
    _, dialogue = answered(world)
    world.calls.typed(dialogue, letters("x" * (CHARACTERS_MAX + 1)))
    world.calls.typed(dialogue, ())
    world.settle()
    sizes = [len(one.characters) for one in world.facts(CallerTyped, dialogue)]
    assert sizes == [CHARACTERS_MAX, 1]


def test_a_reply_goes_to_its_leg_spelled_and_comes_back_as_how_far_it_is() -> None:
    world = World()
    leg, dialogue = answered(world)
    world.calls.turn(dialogue, "hearing")
    world.hartford.write(world.hartford.offers[0].leg, "Fire @ #5? GA")
    world.settle()
    assert leg.asked[1:] == [
        ("answered", "hartford"),
        ("write", "reply-0", spelled("Fire @ #5? GA"), False),
    ]
    item: Item = world.transcripts.items(dialogue)[-1]
    assert (item.text, item.typed) == ("Fire @ #5? GA", spelled("Fire @ #5? GA"))
    assert item.delivery is Delivery.HELD
    world.calls.turn(dialogue, "sending")
    world.calls.left(dialogue, "probe-1", 3, False)  # the line's own
    world.calls.left(dialogue, "reply-0", 4, False)
    world.calls.left(dialogue, "reply-0", 20, True)
    world.settle()
    sending = [change for _, change in world.hartford.changes if isinstance(change, Sending)]
    assert [one.left for one in sending] == [0, 4, len(spelled("Fire @ #5? GA"))]
    assert sending[0].seconds > sending[1].seconds > sending[2].seconds == 0.0
    states = [c.delivery for _, c in world.hartford.changes if isinstance(c, DeliveryChanged)]
    assert states == [Delivery.HELD, Delivery.TYPING, Delivery.TYPED]
    world.hartford.say(Interrupted(world.hartford.offers[0].leg, "ann"))
    world.settle()
    assert leg.asked[3:] == [], "nothing is held"


def test_the_interrupt_key_and_an_interrupting_reply_reach_the_leg() -> None:
    world = World()
    leg, dialogue = answered(world)
    at = world.hartford.offers[0].leg
    world.calls.turn(dialogue, "hearing")
    world.hartford.write(at, "wait")
    world.hartford.say(Interrupted(at, "ann"))
    world.hartford.say(Wrote(at, "k2", "stop", "ann", interrupt=True))
    world.settle()
    assert leg.asked[2:] == [
        ("write", "reply-0", spelled("wait"), False),
        ("interrupt",),
        ("write", "reply-1", spelled("stop"), True),
    ]


def test_the_telephone_is_asked_for_when_that_is_on_the_disk_and_what_becomes_of_it_is_told() -> (
    None
):
    world = World(policy=msgspec.structs.replace(POLICY, voices=(PsapName("hartford"),)))
    leg = Handset()
    dialogue = world.calls.begin("north", ANI, "tty", None, leg, voice=True)
    assert dialogue is not None
    world.settle()
    (opened,) = world.facts(Opened, dialogue)
    assert opened.voice
    world.hartford.answer()
    world.settle()
    at = world.hartford.offers[0].leg
    for mode in ("vco", "hco"):
        world.hartford.say(VoiceAsked(at, "ann", mode))
        assert [one for one in leg.asked if one[0] == "voice" and one[3] == mode] == []
        world.settle()
    world.calls.voiced(dialogue, 1, "open", "")
    world.calls.voiced(dialogue, 1, "ended", "the telephone was hung up")
    world.settle()
    world.hartford.say(VoiceAsked(at, "ann", "vco"))
    world.settle()
    world.calls.voiced(dialogue, 2, "failed", "it is busy (486)")
    world.settle()
    assert [one for one in leg.asked if one[0] == "voice"] == [
        ("voice", 1, "hartford", "vco"),
        ("voice", 1, "hartford", "hco"),
        ("voice", 2, "hartford", "vco"),
    ]
    states = [c.line for _, c in world.hartford.changes if isinstance(c, LineChanged)]
    assert [(one.voice, one.mode, one.note) for one in states] == [
        ("off", "", ""),
        ("calling", "vco", ""),
        ("calling", "hco", ""),
        ("open", "hco", ""),
        ("off", "", "the telephone was hung up"),
        ("calling", "vco", ""),
        ("off", "", "it is busy (486)"),
    ]
    assert world.facts(VoiceOpened, dialogue) == [VoiceOpened(1)]
    assert world.facts(VoiceEnded, dialogue) == [VoiceEnded(1, "the telephone was hung up")]
    assert world.facts(VoiceFailed, dialogue) == [VoiceFailed(2, "it is busy (486)")]
    (asked, *_) = world.facts(PsapAskedVoice, dialogue)
    assert asked == PsapAskedVoice(PsapName("hartford"), 0, "ann", "vco")


def test_what_the_line_says_else_is_told() -> None:
    world = World()
    _, dialogue = answered(world)
    world.calls.speaks(dialogue, True)
    world.calls.said(dialogue, "911 QQ GA")
    world.calls.turn(dialogue, "theirs", "VCO")
    world.settle()
    lines = [change.line for _, change in world.hartford.changes if isinstance(change, LineChanged)]
    assert lines[-1] == LineState("theirs", "VCO", True)
    assert [i.text for _, i in world.hartford.items if i.kind == "automatic"] == ["911 QQ GA"]


def test_when_the_psap_ends_it_the_line_is_hung_up_after_the_last_words() -> None:
    world = World()
    leg, dialogue = answered(world)
    world.hartford.end_it(world.hartford.offers[0].leg, "Goodbye SK")
    world.settle()
    assert leg.asked[-1] == ("write", "reply-0", spelled("Goodbye SK"), False)
    world.calls.left(dialogue, "reply-0", 10, True)
    world.wait(4.8)
    assert leg.asked[-1][0] == "write"
    world.wait(0.4)
    assert ("end", "the dialogue is over") in leg.asked
    assert len(world.calls) == 0
    world.calls.ended(dialogue, "late")  # passed over
    world.settle()
    assert world.facts(LineEnded, dialogue) == []


def test_when_nobody_is_anywhere_the_caller_is_told_on_the_line() -> None:
    world = World()
    world.hartford.people = world.csecc.people = False
    leg, _ = ring(world)
    world.settle()
    assert leg.asked == [("accept",), ("write", "reply-0", "NO TEXT-TO-911", False)]


def test_a_caller_who_rings_off_leaves_the_dialogue_with_the_psap() -> None:
    world = World()
    leg, dialogue = answered(world)
    world.calls.ended(dialogue, "the caller hung up")
    world.calls.typed(dialogue, letters("late"))
    world.settle()
    assert len(world.calls) == 0
    state = world.engine.get(dialogue)
    assert state is not None
    assert state.name_of_phase == "active"
    assert world.facts(CallerTyped, dialogue) == []
    assert leg.asked[-1] == ("answered", "hartford")
    world.hartford.end_it(world.hartford.offers[0].leg, "bye")
    world.settle()
    assert leg.asked[-1] == ("answered", "hartford"), "a leg that is gone is asked nothing"


def test_there_are_never_more_calls_than_there_is_room_for() -> None:
    world = World()
    legs = [ring(world)[0] for _ in range(3)]
    assert world.calls.begin("north", ANI, "tty", None, Handset()) is None
    world.settle()
    assert [leg.asked[0] for leg in legs] == [("accept",)] * 3
    assert len(world.calls) == 3


def test_two_callers_of_one_switchboard_know_nothing_of_each_other() -> None:
    world = World()
    answered(world)
    ring(world)
    world.settle()
    assert world.hartford.offers[-1].earlier == ()
    assert world.hartford.offers[-1].card.previous == ""


def test_what_is_written_to_a_call_is_measured_in_seconds() -> None:
    world = World()
    _, dialogue = ring(world)
    world.settle()
    found = world.psaps.measure("Fire @ 5?", dialogue)
    assert (found.alphabet, found.as_sent) == ("Baudot", "FIRE AT 5?")
    assert found.seconds > 2.0


def test_a_block_is_of_the_number_and_shown_as_it_is_read() -> None:
    world = World()
    leg, _ = answered(world)
    at = world.hartford.offers[0].leg
    world.hartford.say(Blocked(at, "b", "Ann", 600.0, "jest", "bye"))
    world.settle()
    ((block,), _) = world.hartford.blocked[-1]
    assert block.caller == "(860) 555-0142"
    assert leg.asked[-1] == ("write", "reply-0", spelled("bye"), False)
    second, _ = ring(world)
    world.settle()
    assert second.asked == [("accept",), ("write", "reply-0", "NO TEXT-TO-911", False)]


NEAR = Location(41.5, -72.5, 25.0, 95, "GPS", "the call's location object", 1e9)


def test_where_a_caller_is_said_to_be_within_the_call_is_recorded_then_shown() -> None:
    world = World()
    _, dialogue = answered(world)
    seen = len(cards(world))
    world.calls.moved(dialogue, b"<moved/>", NEAR)
    assert len(cards(world)) == seen
    world.settle()
    assert world.facts(CallerMoved, dialogue) == [CallerMoved(b"<moved/>", NEAR)]
    place = cards(world)[-1].card.place
    assert place is not None
    assert (place.latitude, place.radius, place.method) == (41.5, 25.0, "GPS")
    world.calls.moved(dialogue, b"<broken", Unknown("it is no XML"))
    world.settle()
    assert world.facts(CallerMoved, dialogue)[-1] == CallerMoved(b"<broken", None, "it is no XML")
    assert cards(world)[-1].card.place == place


def cards(world: World) -> list[CardChanged]:
    """What the screen was told of the dialogue as a whole."""
    return [one for _, one in world.hartford.changes if isinstance(one, CardChanged)]
