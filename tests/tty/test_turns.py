"""Turns: who may type, and that nobody's words are lost."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.tty.shifts import Character, Receiving, receive, send
from text911.tty.tokens import Token
from text911.tty.turn_table import (
    NEXT,
    Bridge,
    CallerSpeaks,
    Command,
    Heard,
    Input,
    Left,
    State,
    Stop,
    Type,
    Typed,
)
from text911.tty.turns import NOTICE, Policy, Step, Turns, begin

QUIET = Policy(probe="")
WITH_VOICE = Policy(probe="", voice_leg=True)


def characters(text: str) -> tuple[Character, ...]:
    return receive([code for codes in send(text) for code in codes])


class Line:
    """A line with a modulator that reports what the test says has left."""

    def __init__(self, policy: Policy = QUIET) -> None:
        self.now = 0.0
        self.turns: Turns = begin(policy, self.now)
        self.done: list[Command] = []

    def after(self, step: Step) -> list[Command]:
        self.turns, done = step
        self.done += done
        return list(done)

    def write(self, text: str, key: str = "a") -> list[Command]:
        return self.after(self.turns.write(key, text, self.now))

    def leave(self, count: int) -> None:
        for _ in range(count):
            self.now += 0.176
            self.after(self.turns.character_left(self.now))

    def hear(self, text: str) -> list[Command]:
        heard: list[Command] = []
        for character in characters(text):
            self.now += 0.176
            heard += self.after(self.turns.character(character, self.now))
        return heard

    def carrier(self, on: bool) -> list[Command]:
        return self.after(self.turns.carrier(on, self.now))

    def voice(self, on: bool) -> list[Command]:
        return self.after(self.turns.voice(on, self.now))

    def stopped(self) -> list[Command]:
        return self.after(self.turns.stopped(self.now))

    def interrupt(self) -> list[Command]:
        return self.after(self.turns.interrupt(self.now))

    def wait(self, seconds: float) -> list[Command]:
        """Time passes, and the line is woken whenever it asked to be."""
        until, done = self.now + seconds, list[Command]()
        while (at := self.turns.wakes_at()) is not None and at <= until:
            self.now = max(at, self.now)
            done += self.after(self.turns.tick(self.now))
        self.now = until
        return done

    def types(self, text: str) -> None:
        self.carrier(True)
        self.hear(text)
        self.carrier(False)

    def state(self) -> State:
        return self.turns.state

    @property
    def shown(self) -> str:
        return "".join(
            one.character.reading for one in self.done if isinstance(one, Typed) and not one.echo
        )

    def of(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.done if isinstance(one, kind)]


def test_on_a_free_line_what_is_written_leaves_at_once() -> None:
    line = Line()
    assert Type("a", "HI GA") in line.write("HI GA")
    line.leave(5)
    assert line.of(Left)[-1] == Left("a", 5, whole=True)
    assert line.state() is State.MUTED
    line.wait(0.3)
    assert line.state() is State.THEIRS


def test_without_ga_the_turn_stays_ours() -> None:
    line = Line()
    line.write("HI")
    line.leave(2)
    line.wait(0.3)
    assert line.state() is State.OURS


def test_a_second_text_follows_on_the_same_carrier() -> None:
    line = Line()
    line.write("HI", "a")
    line.write("GA", "b")
    line.leave(2)
    assert line.done[-1] == Type("b", "GA")
    line.leave(2)
    assert line.state() is State.MUTED


def test_while_the_caller_types_what_is_written_is_held_until_ga() -> None:
    line = Line()
    line.carrier(True)
    line.hear("FIRE GA")
    assert not any(isinstance(one, Type) for one in line.write("WHERE GA"))
    line.carrier(False)
    line.wait(0.39)
    assert line.of(Type) == []
    assert Type("a", "\r\nWHERE GA") in line.wait(0.02)
    assert line.of(Heard) == [Heard(Token.GA)]


def test_without_ga_the_line_is_free_after_a_silence() -> None:
    line = Line()
    line.types("FIRE")
    line.write("WHERE GA")
    line.wait(2.9)
    assert line.of(Type) == []
    line.wait(0.2)
    assert line.of(Type) == [Type("a", "\r\nWHERE GA")]


@pytest.mark.parametrize("text", ["I AM IN AUGUSTA, GA", "FIRE IN THE GARAGE"])
def test_a_state_or_a_part_of_a_word_hands_nothing_over(text: str) -> None:
    line = Line()
    line.types(text)
    line.wait(1.0)
    assert line.state() is State.THEIRS
    assert line.of(Heard) == []


def test_ga_and_more_after_it_is_no_turn() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.2)
    line.types("RAGE")
    line.wait(1.0)
    assert line.state() is State.THEIRS


def test_what_was_erased_counts_no_more() -> None:
    line = Line()
    line.types("FIRE GAX\b")
    line.wait(0.5)
    assert line.state() is State.OURS
    assert line.shown == "FIRE GAX\b"


@pytest.mark.parametrize("end", ["SK", "SKSK", "SK SK", "GA SK"])
def test_after_sk_the_line_stays_open(end: str) -> None:
    line = Line()
    line.types(f"BYE {end}")
    line.wait(60)
    assert line.state() is State.OURS
    assert Type("a", "\r\nARE YOU SAFE GA") in line.write("ARE YOU SAFE GA")


def test_there_is_no_command_that_hangs_up() -> None:
    assert {kind.__name__ for kind in get_args(Command)} == {
        "Type", "Stop", "Typed", "Heard", "Changed", "Left", "Bridge", "CallerSpeaks",
    }  # fmt: skip


def test_words_about_turns_are_told_as_they_end() -> None:
    line = Line()
    line.carrier(True)
    line.hear("WHAT QQ HD GIRL XXX BOY  QQ")
    assert line.of(Heard) == [Heard(Token.QQ), Heard(Token.HD), Heard(Token.XXX)]
    line.carrier(False)
    line.wait(4)
    assert line.of(Heard)[-1] == Heard(Token.QQ)


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


def test_our_own_echo_is_no_collision() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(5)
    line.carrier(True)
    line.hear("HELLO")
    line.leave(3)
    line.hear(" GA")
    line.carrier(False)
    assert line.state() is State.MUTED
    assert line.of(Stop) == []
    assert line.shown == ""
    assert "".join(one.character.reading for one in line.done if isinstance(one, Typed)) == (
        "HELLO GA"
    )


def test_two_letters_that_might_be_an_echo_are_the_callers_when_a_third_is_not() -> None:
    line = Line()
    line.write("HELLO")
    line.leave(3)
    line.hear("HE IS HERE")
    assert line.shown == "HE IS HERE"


def test_an_echo_that_was_sure_is_not_shown_when_the_caller_comes_in() -> None:
    line = Line()
    line.write("HELLO THERE")
    line.leave(5)
    line.hear("HELLOX")
    assert line.shown == "X"
    assert line.state() is State.STOPPING


def test_an_echo_that_lags_is_known_however_long_the_text_is() -> None:
    line = Line()
    text = "PLEASE STAY WHERE YOU ARE AND WAIT FOR THE POLICE GA"
    line.write(text)
    line.leave(2)
    for character in text[:-2]:
        line.hear(character)
        line.leave(1)
    line.wait(0.31)  # the mute is over, the echo is not
    line.hear(text[-2:])
    assert line.shown == ""
    assert line.of(Stop) == []


def test_an_echo_that_was_sure_ends_in_time() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.hear("HELLO G")
    line.wait(2)
    line.hear("A")
    assert line.shown == "A"


@pytest.mark.parametrize("still_typing", [True, False])
def test_what_the_caller_types_in_the_mute_is_not_lost_when_it_might_be_an_echo(
    still_typing: bool,
) -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.carrier(True)
    line.hear("H")
    line.carrier(still_typing)
    line.wait(0.3)
    assert line.shown == "H"
    assert line.state() is (State.HEARING if still_typing else State.THEIRS)


def test_it_is_not_lost_either_when_the_key_is_pressed() -> None:
    line = Line()
    line.write("HELLO GA")
    line.leave(8)
    line.hear("H")
    line.write("WAIT GA", "b")
    line.interrupt()
    assert line.shown == "H"
    assert line.state() is State.SENDING


def test_the_echo_of_a_very_short_text_is_not_shown() -> None:
    line = Line()
    line.write("GA")
    line.leave(2)
    line.hear("GA")
    line.wait(0.3)
    assert line.shown == ""
    assert line.state() is State.THEIRS


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


def test_our_turn_begins_a_line_behind_what_the_caller_typed_and_is_told_without_it() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.write("NOW", "b")
    line.leave(2)
    assert line.of(Left) == []
    line.leave(8)
    assert line.of(Type) == [Type("a", "\r\nWHERE GA"), Type("b", "NOW")]
    assert line.of(Left)[-1] == Left("a", 8, whole=True)


@pytest.mark.parametrize("ending", ["\r\n", "\n\r"])
def test_unless_the_caller_has_begun_one(ending: str) -> None:
    line = Line()
    line.types(f"FIRE GA{ending}")
    line.wait(0.5)
    line.write("WHERE GA")
    assert line.of(Type) == [Type("a", "WHERE GA")]


@pytest.mark.parametrize(("said", "lead"), [("NO", "\r\n"), ("NO\r\n", "")])
def test_a_new_line_that_was_cut_off_is_made_anew_where_one_is_needed(said: str, lead: str) -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.leave(1)
    line.types(said)
    line.stopped()
    line.wait(10)
    assert line.of(Type)[-1] == Type("a", f"{lead}WHERE GA")


def test_the_same_new_line_from_both_sides_makes_no_echo_of_the_letter_behind_it() -> None:
    line = Line()
    line.types("FIRE GA")
    line.wait(0.5)
    line.write("WHERE GA")
    line.leave(5)
    line.hear("\r\nHX")
    assert line.shown == "FIRE GA\r\nHX"


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


def test_a_carrier_without_characters_does_not_hold_the_line_for_ever() -> None:
    line = Line()
    line.carrier(True)
    line.write("HELLO GA")
    line.wait(9)
    assert line.of(Type) == []
    line.wait(2)
    assert line.of(Type) == [Type("a", "HELLO GA")]


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


def test_what_cannot_be_is_our_mistake() -> None:
    line = Line()
    with pytest.raises(ValueError, match="is empty"):
        line.write("")
    with pytest.raises(ValueError, match="no TTY can print"):
        line.write("@")
    with pytest.raises(ValueError, match="no text was on it"):
        line.leave(1)
    with pytest.raises(ValueError, match="VCO, HCO or typed"):
        line.turns.speak(Token.GA, 0.0)


def test_time_that_passes_without_need_changes_nothing() -> None:
    line = Line()
    assert line.turns.wakes_at() is None
    assert line.turns.tick(5.0) == (line.turns, ())


def test_every_state_knows_what_to_do_when_the_world_moves() -> None:
    world = {Input.TYPED, Input.CARRIER_ON, Input.CARRIER_OFF, Input.VOICE_ON, Input.VOICE_OFF}
    assert set(NEXT) == set(State)
    for row in NEXT.values():
        assert world <= set(row)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "left", "left", "left", "hear", "hear", "on", "off", "wait", "key", "voice"]
        ),
        st.integers(0, 31),
        st.booleans(),
    ),
    max_size=60,
)


@given(MOVES, st.sampled_from([QUIET, WITH_VOICE, Policy()]))
def test_neither_side_loses_a_character_whatever_happens(
    moves: list[tuple[str, int, bool]], policy: Policy
) -> None:
    line = Line(policy)
    wanted: dict[str, str] = {}
    heard: list[Character] = []
    receiving = Receiving()
    for number, (move, code, flag) in enumerate(moves):
        match move:
            case "write":
                wanted[f"w{number}"] = f"T{number} GA" if flag else f"T{number}"
                line.write(wanted[f"w{number}"], f"w{number}")
            case "left" if line.state() in (State.SENDING, State.INTERRUPTING):
                line.leave(1)
            case "left" if line.state() is State.STOPPING:
                if flag and line.turns.held:
                    line.leave(1)
                line.stopped()
            case "hear":
                character, receiving = receiving.receive(code)
                heard.append(character)
                line.after(line.turns.character(character, line.now))
            case "on" | "off":
                line.carrier(move == "on")
            case "wait":
                line.wait(code / 4)
            case "key":
                line.interrupt()
            case "voice":
                line.voice(flag)
            case _:
                pass
    told = [one for one in line.done if isinstance(one, Typed)]
    # Each is told in the order it came; an echo that was the caller's after all is told again.
    first = [one.character for one in told]
    for character in heard:
        assert character in first
    assert len(told) >= len(heard)
    line.carrier(False)
    for _ in range(500):
        if line.state() in (State.SENDING, State.INTERRUPTING):
            line.leave(1)
        elif line.state() is State.STOPPING:
            line.stopped()
        elif line.state() is State.SPEAKING:
            line.voice(False)
        else:
            line.wait(0.5)
    whole = {one.key for one in line.done if isinstance(one, Left) and one.whole}
    assert whole >= set(wanted)
    for key, text in wanted.items():
        counts = [one.characters for one in line.done if isinstance(one, Left) and one.key == key]
        assert counts == list(range(1, len(text) + 1))


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
