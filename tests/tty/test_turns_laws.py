"""What holds of turns whatever happens: no letter of either side is lost, and nothing hangs up."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.tty.shifts import Character, Receiving
from text911.tty.tokens import Token
from text911.tty.turn_table import NEXT, Command, Input, Left, State, Typed
from text911.tty.turns import Policy

from .turned_line import QUIET, WITH_VOICE, Line


def test_there_is_no_command_that_hangs_up() -> None:
    assert {kind.__name__ for kind in get_args(Command)} == {
        "Type", "Stop", "Typed", "Heard", "Changed", "Left", "Bridge", "CallerSpeaks",
    }  # fmt: skip


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
