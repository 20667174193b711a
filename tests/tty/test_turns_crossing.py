"""Both at once: in a collision, in the mute behind our last letter, and at the interrupt key."""

from __future__ import annotations

from text911.tty.turn_table import State, Stop, Type

from .turned_line import Line


def test_in_a_collision_we_stop_and_go_on_where_we_were() -> None:
    line = Line()
    line.write("STAY CALM GA")
    line.leave(4)
    line.carrier(True)
    line.hear("X")
    assert line.done[-1] == Stop()
    line.hear("FIRE")
    line.leave(1)  # the character that was on the wire
    line.stopped()
    assert line.state() is State.HEARING
    line.hear(" GA")
    line.carrier(False)
    line.wait(1)
    assert line.of(Type) == [Type("a", "STAY CALM GA"), Type("a", "\r\nCALM GA")]
    assert line.shown == "XFIRE GA"


def test_a_stop_that_comes_with_the_last_character_loses_nothing() -> None:
    line = Line()
    line.write("GA")
    line.leave(1)
    line.hear("X")
    line.leave(1)
    line.stopped()
    assert line.state() is State.THEIRS  # his carrier was gone by then
    line.wait(4)
    assert line.state() is State.OURS
    assert line.of(Type) == [Type("a", "GA")]


def test_the_caller_may_begin_while_we_are_muted() -> None:
    line = Line()
    line.write("OK GA")
    line.leave(5)
    line.hear("B")
    assert line.state() is State.HEARING


def test_a_carrier_that_began_in_the_mute_is_heard_after_it() -> None:
    line = Line()
    line.write("OK GA")
    line.leave(5)
    line.carrier(True)
    line.wait(0.3)
    assert line.state() is State.HEARING


def test_what_is_written_in_the_mute_leaves_after_it_even_with_a_carrier() -> None:
    line = Line()
    line.write("OK")
    line.leave(2)
    line.carrier(True)
    line.write("GO ON GA", "b")
    line.wait(0.3)
    assert line.state() is State.SENDING


def test_the_key_interrupts_and_the_caller_is_still_heard() -> None:
    line = Line()
    line.carrier(True)
    line.hear("AND THEN")
    line.write("STOP GA")
    assert Type("a", "\r\nSTOP GA") in line.interrupt()
    line.hear("BUT")
    assert line.state() is State.INTERRUPTING
    line.leave(9)
    line.wait(0.3)
    assert line.state() is State.HEARING
    assert line.shown == "AND THENBUT"


def test_the_key_with_nothing_to_say_does_nothing() -> None:
    line = Line()
    line.carrier(True)
    assert line.interrupt() == []
    assert line.state() is State.HEARING


def test_a_key_pressed_while_sending_makes_it_go_on_in_a_collision() -> None:
    line = Line()
    line.write("LEAVE NOW GA")
    assert not any(isinstance(one, Type) for one in line.interrupt())
    line.hear("X")
    assert line.of(Stop) == []
