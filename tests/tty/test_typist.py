"""Typing ahead: what is on the wire is the same as if no frame were made before its time."""

from __future__ import annotations

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tty.clean_receiver import CleanReceiver
from tests.tty.outlets import SILENCE, AtOnce
from text911.tty.line import Line
from text911.tty.modulator import Modulator, Samples
from text911.tty.pace import Pace
from text911.tty.transcript import transcript
from text911.tty.turn_table import Left, State
from text911.tty.turns import Policy
from text911.tty.typist import Typist

AHEAD = 30


class Road:
    """Frames that leave one by one, also while nobody puts any. `wire`: those that have left."""

    def __init__(self) -> None:
        self.wire: list[Samples] = []
        self.held: deque[Samples] = deque()
        self.breaks = False
        self._put = 0
        self._owed = 0

    def passes(self, beats: int = 1) -> None:
        """So many beats; nobody is asked for anything meanwhile."""
        for _ in range(beats):
            if self.held:
                self.wire.append(self.held.popleft())
            else:
                self._owed += 1

    @property
    def room(self) -> int:
        return self._owed + AHEAD - len(self.held)

    def put(self, samples: Samples) -> None:
        self._put += 1
        if self._owed:
            self._owed -= 1
            self.wire.append(samples)
        else:
            self.held.append(samples)

    def rest(self) -> None:
        self.wire += [SILENCE] * self._owed
        self._owed = 0

    def left(self) -> int:
        left, self._put = self._put - len(self.held), len(self.held)
        return left

    @property
    def pending(self) -> int:
        return self._put

    def recall(self) -> None:
        self._put -= len(self.held)
        self._owed = 0
        self.held.clear()

    def broke(self, now: float) -> bool:
        breaks, self.breaks = self.breaks, False
        return breaks

    def go_on(self) -> None:
        """A hole, as it was heard."""
        self.wire += [SILENCE] * 30
        self._owed = 1

    @property
    def sound(self) -> Samples:
        return np.concatenate(self.wire)


def read(road: Road) -> str:
    return transcript(road.sound, CleanReceiver()).text


def typist() -> Typist:
    return Typist(Modulator(Pace()))


def beat(one: Typist, road: Road) -> int:
    """How many characters were told as left."""
    gone = one.left(road, 0.0)
    return sum(frame.left for frame in (*gone, *one.go_on(road)))


def run(one: Typist, road: Road, beats: int) -> int:
    told = 0
    for _ in range(beats):
        road.passes()
        told += beat(one, road)
    return told


Does = st.tuples(st.integers(0, 40), st.sampled_from(["E5", "HI GA", None]))


@settings(max_examples=60, deadline=None)
@given(st.lists(Does, max_size=8))
def test_nobody_hears_that_frames_were_made_ahead(does: list[tuple[int, str | None]]) -> None:
    ahead, at_once, road, heard = typist(), typist(), Road(), AtOnce()
    told = [0, 0]
    for beats, what in (*does, (120, None)):
        for one in (ahead, at_once):
            if what is None:
                one.stop()
            else:
                one.type(what)
        told[0] += run(ahead, road, beats)
        for _ in range(beats):
            heard.beat()
            told[1] += sum(one.left for one in (*at_once.left(heard, 0.0), *at_once.go_on(heard)))
    assert np.array_equal(road.sound, np.concatenate(heard.heard))
    assert told[0] == told[1]
    assert ahead.idle
    assert at_once.idle


def test_half_a_second_in_which_nobody_makes_a_frame_is_not_heard() -> None:
    one, road = typist(), Road()
    one.type("HELP IS COMING")
    run(one, road, 30)
    road.passes(25)
    run(one, road, 150)
    assert read(road) == "HELP IS COMING"


def test_a_stop_holds_at_the_end_of_the_character_on_the_wire() -> None:
    one, road = typist(), Road()
    one.type("HELLO")
    run(one, road, 30)  # 600 ms: within E, which ends at 678
    assert len(road.held) == AHEAD
    one.stop()
    assert not road.held
    run(one, road, 40)
    assert read(road) == "HE"
    assert one.idle


def test_after_a_hole_the_character_on_the_wire_is_typed_again() -> None:
    one, road = typist(), Road()
    one.type("HELLO")
    run(one, road, 30)
    road.breaks = True  # the machine stood still
    told = run(one, road, 150)
    assert read(road).endswith("ELLO")
    assert read(road).startswith("H")
    assert told == 4
    assert one.idle


def test_a_hole_behind_the_last_character_brings_nothing_again() -> None:
    one, road = typist(), Road()
    one.type("E")
    run(one, road, 30)
    road.breaks = True
    run(one, road, 50)
    assert read(road) == "E"


def test_what_is_stopped_is_not_typed_again_behind_a_hole() -> None:
    one, road = typist(), Road()
    one.type("HELLO")
    run(one, road, 30)
    one.stop()
    road.breaks = True
    assert run(one, road, 50) == 0
    assert one.idle


def test_a_line_on_another_way_out_begins_with_a_carrier_of_its_own() -> None:
    one, first, second = typist(), Road(), Road()
    one.type("HELLO")
    run(one, first, 30)
    run(one, second, 120)
    assert read(second) == "ELLO"


def test_a_line_types_ahead_and_stops_for_its_caller_within_one_character() -> None:
    line = Line(CleanReceiver(), Modulator(Pace()), Policy(probe=""), 0.0)
    road, caller = Road(), AtOnce()
    other = typist()
    line.write("one", "HELLO THERE GA", 0.0)
    other.type("STOP GA")
    left = begun = 0
    stopping = stopped = False
    for at in range(400):
        now = at * 0.02
        road.passes()
        events = line.beat(road, now)
        if at >= 50:
            caller.beat()
            other.left(caller, now)
            other.go_on(caller)
            lost = np.zeros(len(caller.heard[-1]), np.bool_)
            events += line.hear(caller.heard[-1], lost, now)
        left += sum(isinstance(one, Left) for one in events)
        if line.state is State.STOPPING and not stopping:
            stopping, begun = True, left
        if line.state is State.HEARING and not stopped:
            stopped = True
            assert left <= begun + 1
    assert line.held == () or line.held[0].left == left
    assert read(road).startswith("HELLO")
    assert stopped
