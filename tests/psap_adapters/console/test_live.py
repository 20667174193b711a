"""Callers on lines at the console: lines that grow, replies that leave, whose turn it is."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.asked import Interrupt, Voice
from text911.psap_adapters.console.live import GROWN_MAX, Live, NewSending, NewTurn, NewTyped, live
from text911.psap_adapters.console.sayings import UNKNOWN
from text911.psap_adapters.port import Delivery, LineChanged, LineState, Sending, Typed

from .play import ID, Browser, Room, card, heard, item, leg, offer, reply

OURS = LineState("ours")


def call(
    *items: port.Item, line: LineState = OURS, earlier: tuple[port.Item, ...] = (), **more: object
) -> port.Offer:
    one = offer(*items, **more)  # type: ignore[arg-type]
    named = port.Card("(860) 555-0142", "North", "tty", 100.0, "Middletown", "its place")
    return port.Offer(one.leg, named, items, one.shown_up_to, one.answered_by, 120.0, line, earlier)


def event(sequence: int) -> port.Item:
    return port.Item(sequence, 100.0, "event", "Ringing")


def taken(*more: str, earlier: tuple[port.Item, ...] = ()) -> tuple[Room, Browser]:
    room = Room()
    one = room.enter("op1")
    for user in more:
        room.enter(user)
    room.offer(call(event(0), earlier=earlier))
    room.say(one, frames.Answer(ID))
    room.answered("op1")
    return room, one


def test_a_silent_call_rings_as_a_card_of_its_own_with_its_badge() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(call(event(0)))
    state = one.state[ID]
    assert (state.line, state.group, state.card.channel) == (OURS, "", "tty")
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]


def test_calls_are_never_put_into_a_group_however_many_texts_there_are() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(8):
        room.offer(call(item(0, "HELP FIRE AT ELM"), of=leg(f"d{number}")))
    assert {state.group for state in one.state.values()} == {""}
    assert len(one.state) == 8


def test_a_line_that_grows_is_said_anew_to_those_who_read_it_and_to_nobody_else() -> None:
    room, one = taken("op2", "boss")
    room.give(item(8, "F"))
    room.update(Typed(8, "FI", (1,), True))
    room.update(Typed(8, "FIRE GA", (1,), False))
    said = [NewTyped(ID, 8, "FI", (1,), True), NewTyped(ID, 8, "FIRE GA", (1,), False)]
    assert heard(one, NewTyped) == said
    assert heard(room.browsers["boss"], NewTyped) == said
    assert heard(room.browsers["op2"], NewTyped) == []
    late = room.enter("op1", name="second")
    assert late.held[ID][8].text == "FIRE GA"
    assert late.held[ID][8].live == Live((1,))


def test_a_line_that_is_clean_and_done_has_nothing_live_about_it() -> None:
    room, _ = taken()
    room.give(item(8, "F"))
    room.update(Typed(8, "FIRE", (), False))
    assert room.enter("op1", name="second").held[ID][8].live is None


def test_what_is_said_of_a_line_that_is_not_here_is_passed_over() -> None:
    room, one = taken()
    before = len(one.heard)
    room.update(Typed(99, "X", (), True))
    room.update(Sending(99, 1, 1.0, "X"))
    room.update(Typed(8, "X", (), True), leg("unknown"))
    assert one.heard[before:] == []


def test_a_line_that_waits_in_a_flood_leaves_as_it_reads_by_then() -> None:
    room, one = taken()
    for number in range(1, 13):
        room.give(item(8 * number, f"line {number}"))
    room.update(Typed(96, "line 12, longer", (), True))
    room.update(Typed(8, "line 1, longer", (), False))
    assert heard(one, NewTyped) == [NewTyped(ID, 8, "line 1, longer", (), False)]
    room.wait(1.0)
    assert one.texts(ID)[-1] == "line 12, longer"


def test_a_reply_is_followed_letter_by_letter() -> None:
    room, one = taken()
    room.give(reply(16, "k1", "on our way"))
    room.update(Sending(16, 0, 2.0, "ON OUR WAY"))
    room.update(Sending(16, 2, 1.6))
    assert heard(one, NewSending) == [
        NewSending(ID, 16, "ON OUR WAY", 0, 2.0),
        NewSending(ID, 16, "ON OUR WAY", 2, 1.6),
    ]
    room.update(port.DeliveryChanged(16, Delivery.TYPING))
    again = room.enter("op1", name="second").held[ID][16]
    assert (again.live, again.delivery) == (Live(typed="ON OUR WAY", left=2), Delivery.TYPING)


def test_how_far_a_reply_is_may_be_said_before_what_is_typed() -> None:
    room, one = taken()
    room.give(reply(16, "k1"))
    room.update(Sending(16, 2, 1.6))
    assert heard(one, NewSending) == [NewSending(ID, 16, "", 2, 1.6)]


def test_the_badge_follows_the_line() -> None:
    room, one = taken()
    now = LineState("theirs", "GA", True)
    room.update(port.LineChanged(now))
    assert heard(one, NewTurn) == [NewTurn(ID, now)]
    assert room.enter("op1", name="second").state[ID].line == now


def test_who_comes_back_gets_the_lines_he_holds_as_they_read_by_now() -> None:
    room, one = taken()
    room.give(item(8, "H"))
    room.leave(one)
    room.update(Typed(8, "HELP", (), False))
    room.give(item(16, "N"))
    room.enter("op1", one)
    state = one.state[ID]
    assert [line.text for line in state.grown] == ["HELP"]
    assert [line.text for line in state.lines] == ["N"]


def test_only_the_last_lines_can_have_grown() -> None:
    room, one = taken()
    for number in range(1, GROWN_MAX + 10):
        room.now += 2.0
        room.give(item(8 * number, f"line {number}"))
    room.leave(one)
    room.enter("op1", one)
    assert len(one.state[ID].grown) == GROWN_MAX
    assert one.state[ID].grown[-1].text == f"line {GROWN_MAX + 9}"


def test_of_a_dialogue_by_sms_nothing_is_said_again() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one)
    room.enter("op1", one)
    assert one.state[ID].grown == ()
    assert one.state[ID].line is None


def test_the_call_before_is_shown_to_those_who_read_this_one() -> None:
    room, one = taken("op2", earlier=(item(8, "HELP"), event(9)))
    second = room.enter("op1", name="second")
    assert [line.text for line in second.state[ID].earlier] == ["HELP", "Ringing"]
    assert 8 not in one.held[ID]
    onlooker = room.enter("op2", name="third")
    assert (onlooker.state[ID].earlier, onlooker.state[ID].line) == ((), None)


def test_typing_is_writing_a_dialogue_does_not_close_meanwhile() -> None:
    room, one = taken()
    room.give(item(8, "H"))
    room.update(port.Quiet(1300.0))
    room.update(Typed(8, "HE", (), True))
    assert heard(one, frames.Quiet)[-1] == frames.Quiet(ID, 0.0)


def test_the_owner_interrupts_and_nobody_else() -> None:
    room, one = taken("op2")
    room.say(one, Interrupt(ID))
    assert room.told(port.Interrupted) == [port.Interrupted(leg(), "op1")]
    two = room.browsers["op2"]
    room.say(two, Interrupt(ID))
    room.say(two, Interrupt("unknown/0"))
    room.close()
    room.say(one, Interrupt(ID))
    assert len(room.told(port.Interrupted)) == 1
    assert [one.what for one in heard(two, frames.NotPossible)] == ["interrupt"] * 2
    assert len(heard(one, frames.NotPossible)) == 1


@pytest.mark.parametrize("mode", ["vco", "hco", ""])
def test_the_owner_has_the_telephone_joined_and_let_go(mode: Literal["vco", "hco", ""]) -> None:
    room, one = taken("op2")
    room.update(LineChanged(LineState("theirs", voice="off")))
    assert heard(one, NewTurn)[-1] == NewTurn(ID, LineState("theirs", voice="off"))
    room.say(one, frames.decode(f'{{"type":"voice","leg":"d1/0","mode":"{mode}"}}', 100))
    assert room.told(port.VoiceAsked) == [port.VoiceAsked(leg(), "op1", mode)]


def test_nobody_else_and_nobody_without_a_telephone() -> None:
    room, one = taken("op2")
    two = room.browsers["op2"]
    room.say(one, Voice(ID, "vco"))  # this line has no voice
    room.update(LineChanged(LineState("theirs", voice="off")))
    room.say(two, Voice(ID, "vco"))
    room.say(two, Voice("unknown/0", "vco"))
    room.close()
    room.say(one, Voice(ID, "vco"))
    assert room.told(port.VoiceAsked) == []
    said = [heard(who, frames.NotPossible) for who in (one, two)]
    assert [[(each.what, each.reason) for each in some] for some in said] == [
        [
            ("voice", "Voices cannot be connected in this dialogue."),
            ("voice", "Only who has this dialogue joins the telephone."),
        ],
        [("voice", "Only who has this dialogue joins the telephone."), ("voice", UNKNOWN)],
    ]


@pytest.mark.parametrize("mode", ['"telepathy"', "1", "null"])
def test_a_mode_that_is_none_is_no_frame(mode: str) -> None:
    with pytest.raises(frames.FrameError, match="mode"):
        frames.decode(f'{{"type":"voice","leg":"d1/0","mode":{mode}}}', 100)


def test_a_reply_may_say_that_it_interrupts() -> None:
    room, one = taken()
    frame = frames.decode(
        '{"type":"write","leg":"d1/0","key":"k","text":"stop","interrupt":true}', 100
    )
    room.say(one, frame)
    assert room.told(port.Wrote) == [port.Wrote(leg(), "k", "stop", "op1", interrupt=True)]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (item(0), None),
        (item(0, open=True), Live(open=True)),
        (item(0, unsure=(3,)), Live(unsure=(3,))),
        (item(0, typed="OK", left=0), Live(typed="OK", left=0)),
    ],
)
def test_nearly_every_line_has_nothing_live_about_it(one: port.Item, expected: Live | None) -> None:
    assert live(one) == expected


def test_the_frames_are_named_as_the_document_says() -> None:
    told = [
        NewTyped(ID, 8, "F", (), True),
        NewSending(ID, 16, "OK", 1, 0.2),
        NewTurn(ID, LineState("hearing", "GA", False, "")),
    ]
    read = msgspec.json.decode(frames.encode(told))
    assert [one["type"] for one in read] == ["typed", "sending", "turn"]
    assert read[2]["line"] == {
        "state": "hearing", "token": "GA", "speaks": False, "gone": "",
        "voice": "", "mode": "", "note": "",
    }  # fmt: skip
    assert card().channel == "sms"
