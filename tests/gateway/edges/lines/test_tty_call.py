"""One call between a line and the door: nothing told before or after, nothing lost between."""

from __future__ import annotations

from fractions import Fraction

import pytest

from text911.gateway.core.values import Character
from text911.gateway.edges.lines.tty_call import TtyCall
from text911.gateway.location.port import Unknown
from text911.tty.line import LineEvent
from text911.tty.receiving import Detected
from text911.tty.shifts import receive
from text911.tty.tokens import Token
from text911.tty.turn_table import Bridge, CallerSpeaks, Changed, Heard, Left, State, Typed
from text911.tty.turns import Policy

from .door import Door

UNREADABLE = Unknown("it is no XML")


class Talk:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.undecided: tuple[LineEvent, ...] = ()

    def write(self, key: str, text: str, now: float) -> tuple[LineEvent, ...]:
        self.asked.append(("write", key, text, now))
        return (Changed(State.SENDING),)

    def interrupt(self, now: float) -> tuple[LineEvent, ...]:
        self.asked.append(("interrupt", now))
        return (Changed(State.INTERRUPTING),)

    def over(self, now: float) -> tuple[LineEvent, ...]:
        self.asked.append(("over", now))
        return self.undecided


class Wire:
    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []

    def answer(self) -> None:
        self.done.append(("answer",))

    def hang_up(self, reason: str) -> None:
        self.done.append(("hang up", reason))

    def answered(self, psap: str) -> None:
        self.done.append(("answered", psap))

    def bridge(self, on: bool) -> None:
        self.done.append(("bridge", on))

    def voice(self, number: int, psap: str, mode: str) -> None:
        self.done.append(("voice", number, psap, mode))

    def asked(self) -> None:
        self.done.append(("asked",))


class Stage:
    def __init__(self, accepts: str = "at once") -> None:
        self.door, self.wire, self.talk = Door(accepts), Wire(), Talk()
        policy = Policy(probe="QQ GA", no_voice="TYPE GA")
        self.call = TtyCall(
            self.door, self.wire, lambda: policy, lambda _, __: self.talk, lambda: 7.0
        )

    def ring(self) -> bool:
        return self.call.ring("trunk", "+18605550100", b"<pidf/>")


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    assert stage.ring()
    return stage


def heard(*codes: int) -> list[Typed]:
    return [Typed(one) for one in receive(codes)]


def test_a_call_is_answered_when_the_gateway_says_so() -> None:
    stage = Stage("later")
    assert stage.ring()
    assert stage.door.calls == [("trunk", "+18605550100", "tty", b"<pidf/>")]
    assert (stage.call.talk, stage.wire.done) == (None, [])
    stage.door.legs[0].accept()
    assert stage.call.talk is stage.talk
    assert stage.wire.done == [("answer",)]


def test_the_telephone_is_asked_of_the_wire_while_there_is_a_call(stage: Stage) -> None:
    assert stage.door.voices == [False]
    stage.door.legs[0].voice(1, "ansonia", "vco")
    stage.call.voiced(1, "open", "")
    stage.call.over("the caller hung up")
    stage.door.legs[0].voice(2, "ansonia", "hco")
    stage.call.voiced(1, "ended", "too late")
    assert [one for one in stage.wire.done if one[0] == "voice"] == [("voice", 1, "ansonia", "vco")]
    assert stage.door.of("voiced") == [(1, "open", "")]


def test_where_the_caller_is_concerns_the_door_while_there_is_a_call(stage: Stage) -> None:
    stage.call.moved(b"<pidf/>", UNREADABLE)
    stage.call.over("the caller hung up")
    stage.call.moved(b"<later/>", UNREADABLE)
    assert stage.door.of("moved") == [(b"<pidf/>", UNREADABLE)]


def test_a_call_that_cannot_be_taken_is_not() -> None:
    stage = Stage("not at all")
    assert not stage.ring()
    stage.call.over("gone")
    assert stage.door.told == []


def test_a_call_that_was_given_up_before_it_was_answered_has_ended() -> None:
    stage = Stage("later")
    stage.ring()
    stage.call.over("the caller hung up")
    assert stage.door.of("ended") == [("the caller hung up",)]
    assert stage.talk.asked == []


def test_characters_are_told_together_with_both_readings(stage: Stage) -> None:
    stage.call.tell([*heard(0x1B, 0x17), Changed(State.HEARING), *heard(0x03)])
    assert stage.door.told == [
        ("d1", "typed", "1"),
        ("d1", "turn", "hearing", ""),
        ("d1", "typed", "A"),
    ]
    assert stage.door.characters == [
        Character("", 0x1B, "", ""),
        Character("1", 0x17, "Q", "1"),
        Character("A", 0x03, "A", "-"),
    ]


def test_when_and_how_surely_it_was_heard_is_told_too(stage: Stage) -> None:
    (one,) = receive([0x03])
    later = type(one)(one.code, one.case, one.reading, one.other, 0.75, 12_000)
    stage.call.tell([Typed(later, echo=True)])
    assert stage.door.characters == [Character("A", 3, "A", "-", 0.75, 1500, True)]


def test_what_happens_on_the_line_is_told(stage: Stage) -> None:
    stage.call.tell(
        [
            Detected(5, Fraction(22)),
            Changed(State.THEIRS),
            Heard(Token.GA),
            CallerSpeaks(True),
            Left("reply-1", 3, whole=False),
        ]
    )
    assert [one[1:] for one in stage.door.told] == [
        ("detected",),
        ("turn", "theirs", ""),
        ("turn", "theirs", "GA"),
        ("speaks", True),
        ("left", "reply-1", 3, False),
    ]


def test_what_the_line_types_by_itself_is_told_when_it_has_left(stage: Stage) -> None:
    stage.call.tell([Left("probe-1", 4, whole=False), Left("probe-1", 5, whole=True)])
    stage.call.tell([Left("no-voice", 7, whole=True)])
    assert stage.door.of("said") == [("QQ GA",), ("TYPE GA",)]
    assert stage.door.of("left") == []


def test_whether_voice_may_pass_concerns_the_line_alone(stage: Stage) -> None:
    stage.call.tell([Bridge(True)])
    assert stage.wire.done[-1] == ("bridge", True)
    assert stage.door.told == []


def test_what_the_gateway_asks_reaches_the_conversation(stage: Stage) -> None:
    leg = stage.door.legs[0]
    leg.write("reply-1", "WHERE GA", False)
    leg.interrupt()
    leg.write("reply-2", "LEAVE", True)
    leg.answered("elm-harbor")
    assert stage.talk.asked == [
        ("write", "reply-1", "WHERE GA", 7.0),
        ("interrupt", 7.0),
        ("write", "reply-2", "LEAVE", 7.0),
        ("interrupt", 7.0),
    ]
    assert stage.door.of("turn") == [
        ("sending", ""),
        ("interrupting", ""),
        ("sending", ""),
        ("interrupting", ""),
    ]
    assert stage.wire.done[1:] == [("asked",)] * 3 + [("answered", "elm-harbor")]


def test_when_the_caller_hangs_up_the_last_words_are_told_first(stage: Stage) -> None:
    stage.talk.undecided = tuple(heard(0x03))
    stage.call.over("the caller hung up")
    assert [one[1] for one in stage.door.told] == ["typed", "ended"]
    stage.call.over("again")
    stage.door.legs[0].write("reply-1", "A", False)
    stage.door.legs[0].interrupt()
    assert len(stage.door.told) == 2
    assert stage.talk.asked == [("over", 7.0)]


def test_when_the_gateway_hangs_up_nothing_more_is_told(stage: Stage) -> None:
    stage.door.legs[0].end("closed by the PSAP")
    assert stage.wire.done[-1] == ("hang up", "closed by the PSAP")
    assert stage.call.talk is None
    stage.call.tell([*heard(0x03), Changed(State.OURS)])
    stage.call.over("gone")
    assert stage.door.told == []
