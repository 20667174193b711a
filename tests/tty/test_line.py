"""A call's audio: what is typed at either end arrives at the other, whatever happens meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.tty.clean_receiver import CleanReceiver
from text911.tty.line import Line, LineEvent
from text911.tty.modulator import FRAME, RATE, Modulator
from text911.tty.pace import Pace
from text911.tty.receiving import Carrier, Code, Event, Voice
from text911.tty.tokens import Token
from text911.tty.turn_table import (
    Bridge,
    CallerSpeaks,
    Changed,
    Heard,
    Left,
    State,
    Typed,
)
from text911.tty.turns import Policy

TICK = FRAME / RATE
NOTHING_LOST = np.zeros(FRAME, np.bool_)
SILENCE = np.zeros(FRAME, np.int16)
QUIET = Policy(probe="")

Frame = NDArray[np.int16]


def line(policy: Policy = QUIET) -> Line:
    return Line(CleanReceiver(), Modulator(Pace()), policy, 0.0)


@dataclass
class End:
    """One end of a wire, and what its line has said."""

    line: Line
    arriving: deque[Frame]
    events: list[LineEvent] = field(default_factory=list[LineEvent])
    carrier: list[bool] = field(default_factory=list[bool])  # of every frame sent

    def do(self, events: Iterable[LineEvent]) -> None:
        self.events += events

    @property
    def shown(self) -> str:
        return "".join(
            one.character.reading for one in self.events if isinstance(one, Typed) and not one.echo
        )

    @property
    def words(self) -> str:
        """The same without the new lines that turns begin with, some of them cut in two."""
        return self.shown.replace("\r", "").replace("\n", "")

    def left(self, key: str) -> list[Left]:
        return [one for one in self.events if isinstance(one, Left) and one.key == key]


class Wire:
    """Two lines, and between them so many frames of delay. `hybrid`: how much of one's own tones
    comes back, after as long again."""

    def __init__(self, one: Line, other: Line, delay: int = 2, hybrid: float = 0.0) -> None:
        self.now = 0.0
        self.hybrid = hybrid
        quiet = [SILENCE] * (delay + 1)
        self.ends = End(one, deque(quiet)), End(other, deque(quiet))
        self._own = tuple(deque([SILENCE] * (2 * delay + 1)) for _ in self.ends)

    def tick(self) -> None:
        self.now += TICK
        for end, other, own in zip(self.ends, reversed(self.ends), self._own, strict=True):
            frame, events = end.line.frame(self.now)
            end.do(events)
            end.carrier.append(bool(frame.samples.any()))
            other.arriving.append(frame.samples)
            own.append(frame.samples)
        for end, own in zip(self.ends, self._own, strict=True):
            back = np.rint(own.popleft() * self.hybrid).astype(np.int16)
            end.do(end.line.hear(end.arriving.popleft() + back, NOTHING_LOST, self.now))

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.tick()

    def settle(self) -> None:
        """Until nothing is left to be sent; fails when that takes unreasonably long."""
        for _ in range(200):
            self.run(1)
            if not any(end.line.held for end in self.ends):
                self.run(5)  # what is on the wire arrives, turns pass
                return
        raise AssertionError("after 200 s something is still waiting")


def joined(delay: int = 2, hybrid: float = 0.0) -> tuple[Wire, End, End]:
    wire = Wire(line(), line(), delay, hybrid)
    return wire, *wire.ends


def write(wire: Wire, end: End, text: str, key: str = "a") -> None:
    end.do(end.line.write(key, text, wire.now))


def test_what_is_written_at_one_end_is_shown_at_the_other() -> None:
    wire, ours, theirs = joined()
    write(wire, ours, "WHERE ARE YOU? 12 MAIN ST GA")
    wire.settle()
    assert theirs.shown == "WHERE ARE YOU? 12 MAIN ST GA"
    assert [one.characters for one in ours.left("a")] == list(range(1, 29))
    assert ours.left("a")[-1].whole
    assert Heard(Token.GA) in theirs.events
    assert ours.line.held == ()


def test_every_character_says_when_it_was_heard_and_how_surely() -> None:
    wire, ours, theirs = joined(delay=0)
    write(wire, ours, "HI")
    wire.settle()
    shift, *said = [one.character for one in theirs.events if isinstance(one, Typed)]
    # The lead-in, the shift, and two characters of 7 bits and a second stop bit.
    assert shift.at == pytest.approx(1200 + FRAME + 7 * 176, abs=40)
    assert [one.at - shift.at for one in said] == pytest.approx([8 * 176, 16 * 176], abs=2)
    assert {one.confidence for one in said} == {1.0}


def test_they_take_turns() -> None:
    wire, ours, theirs = joined()
    write(wire, ours, "911 QQ GA")
    wire.run(1)
    write(wire, theirs, "FIRE GA")
    wire.settle()
    assert (ours.shown, theirs.shown) == ("\r\nFIRE GA", "911 QQ GA")


def test_what_waits_for_its_turn_says_how_long_it_takes_on_the_wire() -> None:
    wire, ours, theirs = joined()
    assert ours.line.seconds_left(wire.now) == 0.0
    write(wire, theirs, "MY HOUSE IS ON FIRE")
    wire.run(2)
    write(wire, ours, "HELP")
    expected = 0.150 + 7 * 0.176 + 0.300  # a new line, a shift and the word
    assert ours.line.seconds_left(wire.now) == pytest.approx(expected)
    assert ours.line.state is State.HEARING


def test_the_time_left_shrinks_as_characters_leave() -> None:
    wire, ours, _ = joined()
    write(wire, ours, "HELP IS COMING GA")
    lasts = [ours.line.seconds_left(wire.now)]
    while ours.line.held:
        wire.tick()
        lasts.append(ours.line.seconds_left(wire.now))
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(lasts))
    assert lasts[-1] == 0.0


@pytest.mark.parametrize("delay", [0, 2, 7])
def test_our_own_tones_that_come_back_are_not_taken_for_the_caller(delay: int) -> None:
    wire, ours, theirs = joined(delay, hybrid=0.25)
    text = "STAY ON THE LINE AND LEAVE THE HOUSE BY THE BACK DOOR GA"
    write(wire, ours, text)
    wire.settle()
    assert theirs.shown == text
    assert ours.shown == ""
    assert ours.left("a")[-1].whole


def test_after_the_echo_the_caller_is_heard() -> None:
    wire, ours, theirs = joined(delay=4, hybrid=0.25)
    write(wire, ours, "IS ANYBODY HURT GA")
    wire.run(1)
    write(wire, theirs, "YES MY SON GA")
    wire.settle()
    assert (ours.words, theirs.words) == ("YES MY SON GA", "IS ANYBODY HURT GA")


def test_in_a_collision_both_stop_and_neither_loses_a_word() -> None:
    wire, ours, theirs = joined()
    write(wire, ours, "BCDFG")
    write(wire, theirs, "AEIOU")
    wire.settle()
    assert (ours.words, theirs.words) == ("AEIOU", "BCDFG")


def test_the_key_goes_out_while_the_caller_types() -> None:
    wire, ours, theirs = joined()
    write(wire, theirs, "AEIOU AEIOU AEIOU AEIOU")
    wire.run(2)
    write(wire, ours, "STP")
    assert ours.line.state is State.HEARING
    pressed = ours.line.interrupt(wire.now)
    assert Changed(State.INTERRUPTING) in pressed
    ours.do(pressed)
    wire.settle()
    assert theirs.shown == "\r\nSTP"
    assert ours.words == "AEIOU AEIOU AEIOU AEIOU"


def test_a_silent_caller_is_probed_without_anybody_asking() -> None:
    wire = Wire(line(Policy(probe="911 QQ GA")), line())
    wire.run(8)
    assert wire.ends[1].shown == "911 QQ GA\r\n"


class Scripted:
    """A receiver that says what the test says."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def push(self, samples: Frame, lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        said, self.events = tuple(self.events), []
        return said

    def finish(self) -> tuple[Event, ...]:
        return self.push(SILENCE, NOTHING_LOST)


def test_voices_are_told_and_bridged_where_there_are_no_tones() -> None:
    scripted = Scripted()
    call = Line(scripted, Modulator(Pace()), Policy(probe="", voice_leg=True), 0.0)
    assert Bridge(True) in call.speak(Token.VCO, 0.0)
    scripted.events = [Voice(True, 0)]
    assert CallerSpeaks(True) in call.hear(SILENCE, NOTHING_LOST, 0.1)
    assert call.state is State.SPEAKING
    scripted.events = [Carrier(True, 100)]
    assert Bridge(False) in call.hear(SILENCE, NOTHING_LOST, 0.2)


def test_every_carrier_begins_in_letters() -> None:
    scripted = Scripted()
    call = Line(scripted, Modulator(Pace()), QUIET, 0.0)
    scripted.events = [Carrier(True, 0), Code(0x1B, 1, 1.0), Code(0x17, 2, 0.5)]
    figures = call.hear(SILENCE, NOTHING_LOST, 0.1)
    scripted.events = [Carrier(False, 3), Carrier(True, 4), Code(0x17, 5, 1.0)]
    letters = call.hear(SILENCE, NOTHING_LOST, 0.2)
    read = [one.character for one in (*figures, *letters) if isinstance(one, Typed)]
    assert [one.reading for one in read] == ["", "1", "Q"]
    assert [one.other for one in read] == ["", "Q", "1"]
    assert [one.confidence for one in read] == [1.0, 0.5, 1.0]


def test_radio_teletype_falls_back_to_letters_at_a_space() -> None:
    scripted = Scripted()
    call = Line(scripted, Modulator(Pace()), QUIET, 0.0, falls_back=True)
    codes = (0x1B, 0x17, 0x04, 0x17)
    scripted.events = [Carrier(True, 0), *(Code(code, 1, 1.0) for code in codes)]
    heard = call.hear(SILENCE, NOTHING_LOST, 0.1)
    read = [one.character.reading for one in heard if isinstance(one, Typed)]
    assert "".join(read) == "1 Q"


def test_when_the_call_is_over_what_was_undecided_is_told() -> None:
    scripted = Scripted()
    call = Line(scripted, Modulator(Pace()), QUIET, 0.0)
    scripted.events = [Code(0x10, 5, 0.6)]
    (heard, *_) = call.over(1.0)
    assert isinstance(heard, Typed)
    assert heard.character.reading == "T"


def test_whoever_asks_for_no_frames_is_told_when_to_tick() -> None:
    call = line(Policy(probe="911 QQ GA", probe_after_s=3.0))
    assert call.wakes_at() == 3.0
    assert call.tick(2.0) == ()
    assert Changed(State.SENDING) in call.tick(3.0)


# Disjoint but for the space and new lines, so that what one end types is nobody's echo.
OURS, THEIRS = "BCDFGH 12", "AEIOUY 67"
MOVES = st.lists(
    st.tuples(
        st.integers(0, 120),  # frames until it happens
        st.booleans(),  # at which end
        st.one_of(st.none(), st.integers(1, 14)),  # None: the key; else so long a text
        st.booleans(),  # whether GA ends it
    ),
    max_size=8,
)


def longest_run(flags: Iterable[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


@pytest.mark.no_cover  # every line of it has its own test
@settings(max_examples=40, deadline=None)
@example([(0, True, 9, True), (0, False, 1, True)], 0)  # in step, also when both try again
@example([(0, False, None, False), (0, False, 3, False), (0, True, 3, False)], 0)
@given(MOVES, st.integers(0, 10))
def test_whatever_both_do_neither_loses_a_character_and_one_types_at_a_time(
    moves: list[tuple[int, bool, int | None, bool]], delay: int
) -> None:
    wire, ours, theirs = joined(delay)
    written = {id(ours): "", id(theirs): ""}
    pressed = False
    for number, (frames, at_ours, length, gives) in enumerate(moves):
        wire.run(frames * TICK)
        end, alphabet = (ours, OURS) if at_ours else (theirs, THEIRS)
        if length is None:
            pressed = pressed or bool(end.line.held)
            end.do(end.line.interrupt(wire.now))
            continue
        text = "".join(alphabet[(number + 3 * place) % 9] for place in range(length))
        text = (text.strip() or alphabet[0]) + (" GA" if gives else "")
        written[id(end)] += text
        write(wire, end, text, f"k{number}")
    wire.settle()
    assert ours.words == written[id(theirs)]
    assert theirs.words == written[id(ours)]
    if not pressed:
        # Until the first character of the other has come and ours has finished: 150 ms of lead-in,
        # a shift, a new line (both type it at once: either takes it for its own echo), a character,
        # the rest of our own character, which may be a shift and a figure, and the way.
        both = (a and b for a, b in zip(ours.carrier, theirs.carrier, strict=True))
        assert longest_run(both) * TICK <= 0.15 + 7 * 0.176 + delay * TICK + 0.1


# --- rest ---------------------------------------------------------------------------------------


def test_a_line_rests_until_its_next_turn_runs_out_or_something_is_to_be_typed() -> None:
    roused: list[str] = []
    one = line(Policy(probe="911 GA", probe_after_s=4.0, probe_again_s=9.0, probes_max=2))
    assert one.rests(lambda: roused.append("late")) == 4.0
    one.pass_voices(True, 1.0)
    assert roused == []  # nothing is sooner than that
    one.write("1", "OK", 2.0)
    assert roused == ["late"]
    assert one.rests(lambda: roused.append("never")) == -inf
    for at in range(200):
        one.frame(2.0 + TICK * at)
    assert roused == ["late"]


def test_a_line_without_a_turn_that_runs_out_rests_until_one_begins() -> None:
    roused: list[float] = []
    one = line()
    assert one.rests(lambda: roused.append(1.0)) == inf
    one.hear(SILENCE, NOTHING_LOST, 0.0)
    assert roused == []
    heard = Modulator(Pace())
    heard.type("E")
    for at in range(100):
        one.hear(heard.frame().samples, NOTHING_LOST, TICK * at)
    assert roused  # the caller's turn, which does not last for ever
    until = one.rests(lambda: roused.append(2.0))
    assert 0 < until < inf
    assert one.tick(until) != ()
