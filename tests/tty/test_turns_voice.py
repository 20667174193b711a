"""Who types nothing: a silent call is probed, and a voice is told, passed on or answered."""

from __future__ import annotations

import pytest

from text911.tty.tokens import Token
from text911.tty.turn_table import Bridge, CallerSpeaks, State, Type
from text911.tty.turns import NOTICE, Policy

from .turned_line import WITH_VOICE, Line


def test_a_silent_call_is_probed_three_times() -> None:
    line = Line(Policy(probe="911 QQ GA"))
    for number in (1, 2, 3):
        line.wait(15)
        assert line.of(Type)[-1] == Type(f"probe-{number}", "911 QQ GA\r\n")
        line.leave(11)
    line.wait(100)
    assert len(line.of(Type)) == 3


@pytest.mark.parametrize("who", ["caller", "psap"])
def test_a_call_with_text_is_not_probed(who: str) -> None:
    line = Line(Policy())
    if who == "caller":
        line.types("FIRE GA")
    else:
        line.write("911 GA")
        line.leave(6)
    line.wait(60)
    assert not any(isinstance(one, Type) and one.key != "a" for one in line.done)


def test_a_voice_does_not_put_off_the_probe() -> None:
    line = Line(Policy(voice_leg=True))
    line.voice(True)
    line.wait(4)
    assert len(line.of(Type)) == 1


def test_a_caller_who_speaks_where_nobody_hears_is_told_once() -> None:
    line = Line()
    assert line.voice(True)[0] == CallerSpeaks(True)
    assert line.voice(False) == [CallerSpeaks(False)]
    line.voice(True)
    assert [one.key for one in line.done if isinstance(one, Type)] == [NOTICE]
    assert len(line.turns.held) == 1


def test_vco_passes_the_voice_while_there_are_no_tones() -> None:
    line = Line(WITH_VOICE)
    line.types("VCO PLS GA")
    line.wait(0.5)
    assert line.of(Bridge) == [Bridge(True)]
    line.write("GO AHEAD GA")
    assert line.of(Bridge)[-1] == Bridge(False)
    line.leave(13)
    line.wait(0.3)
    assert line.of(Bridge)[-1] == Bridge(True)
    line.voice(True)
    assert line.state() is State.SPEAKING
    line.write("HELP IS COMING GA", "b")
    line.wait(30)
    assert line.turns.held
    line.voice(False)
    line.wait(3)
    assert line.state() is State.SENDING


def test_in_hco_the_caller_types_and_the_psap_speaks() -> None:
    line = Line(WITH_VOICE)
    assert line.after(line.turns.speak(Token.HCO, line.now)) == [Bridge(True)]
    line.carrier(True)
    assert line.of(Bridge)[-1] == Bridge(False)
    assert line.voice(True) == [CallerSpeaks(True)]


def test_a_voice_that_was_speaking_ends_also_when_vco_was_switched_off() -> None:
    line = Line(WITH_VOICE)
    line.after(line.turns.speak(Token.VCO, line.now))
    line.voice(True)
    line.after(line.turns.speak(None, line.now))
    line.voice(False)
    line.wait(3)
    assert line.state() is State.OURS


def test_whether_somebody_can_be_given_the_voice_may_change_within_a_call() -> None:
    line = Line(Policy(probe=""))
    assert line.after(line.turns.speak(Token.VCO, line.now)) == []
    assert line.after(line.turns.pass_voices(True, line.now)) == [Bridge(True)]
    line.voice(True)
    assert line.state() is State.SPEAKING
    line.voice(False)
    line.wait(4.0)
    assert line.after(line.turns.pass_voices(False, line.now)) == [Bridge(False)]
    assert [one.key for one in line.voice(True) if isinstance(one, Type)] == [NOTICE]
