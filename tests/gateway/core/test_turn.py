"""One step while it is thought through: sequences, the leg that can be told, timers in order."""

from __future__ import annotations

import pytest

from text911.gateway.core.commands import (
    Arm,
    Disarm,
    EndLeg,
    Show,
    ShowCard,
    Withdraw,
)
from text911.gateway.core.facts import Entry, TimeRanOut
from text911.gateway.core.state import (
    Active,
    Dialogue,
    Line,
    Locating,
    Offered,
    Over,
    Phase,
    Routing,
    Timer,
)
from text911.gateway.core.turn import LINES_PER_ENTRY, NO_LEG, Turn, leg_of
from text911.gateway.core.values import PsapName

from .stage import KEY, NOBODY, POLICY, T0, A, B, D, only

RINGING = Offered((A, B), 1, 4, 0.0)
ANSWERED = Active(A, 3, "Kim", T0, ())
OVER = Over("ended", T0, A, 3)


def turn(phase: Phase = ANSWERED, number: int = 5, timers: tuple[Timer, ...] = ()) -> Turn:
    generation = max((timer.generation for timer in timers), default=0)
    line = Line(KEY, "hash", T0, T0, 0, timers=timers, generation=generation)
    entry = Entry(D, number, T0 + 1, TimeRanOut("ring", 1))
    return Turn(Dialogue(line, phase), entry, POLICY)


@pytest.mark.parametrize(
    ("phase", "leg"),
    [
        (None, NO_LEG),
        (Locating(()), NO_LEG),
        (Routing(), NO_LEG),
        (RINGING, (B, 4)),
        (ANSWERED, (A, 3)),
        (OVER, NO_LEG),
    ],
)
def test_only_what_rings_or_is_answered_has_a_leg(
    phase: Phase | None, leg: tuple[PsapName, int]
) -> None:
    assert leg_of(phase) == leg


# --- the transcript ---------------------------------------------------------------------------


def test_sequences_follow_from_the_number_of_the_entry_and_grow() -> None:
    one = turn(number=5)
    assert one.last_line() == 5 * LINES_PER_ENTRY - 1
    shown = [one.show("caller", text) for text in ("a", "b", "c")]
    assert shown == [40, 41, 42]
    assert [show.sequence for show in only(Show, one.commands)] == shown
    assert turn(number=6).show("caller", "d") > 5 * LINES_PER_ENTRY + LINES_PER_ENTRY - 1


def test_the_first_entry_has_no_line_before_it() -> None:
    assert turn(number=0).last_line() == -1


def test_a_line_says_everything_it_was_given_and_bears_the_time_of_the_entry() -> None:
    one = turn()
    one.show("psap", "where?", by="Kim", key="k1", notes=("n",), suspected_repeat=True, reply=2)
    assert one.commands == [Show(A, 3, 40, T0 + 1, "psap", "where?", "Kim", "k1", ("n",), True, 2)]


def test_an_event_is_a_line_for_whoever_reads_the_transcript() -> None:
    one = turn(Routing())
    one.tell("Route: near")
    assert one.commands == [Show(NOBODY, 0, 40, T0 + 1, "event", "Route: near")]


@pytest.mark.parametrize(("phase", "drawn"), [(RINGING, [ShowCard(B, 4)]), (OVER, [])])
def test_a_card_is_drawn_anew_only_where_there_is_one(phase: Phase, drawn: list[ShowCard]) -> None:
    one = turn(phase)
    one.redraw()
    assert one.commands == drawn


def test_what_people_call_a_psap_is_said_and_else_its_name() -> None:
    one = turn()
    one.policy = type(POLICY)(
        POLICY.limits,
        POLICY.bounce,
        POLICY.lost,
        POLICY.undelivered,
        titles=((A, "Ansonia Police"),),
    )
    assert one.title(A) == "Ansonia Police"
    assert one.title(B) == "bethel"


# --- a leg that is left -----------------------------------------------------------------------


def test_a_leg_that_was_withdrawn_in_this_turn_is_told_nothing_more() -> None:
    one = turn(RINGING)
    one.withdraw("too late")
    one.tell("Nobody answered")
    one.redraw()
    withdrawn, shown = one.commands
    assert withdrawn == Withdraw(B, 4, "too late")
    assert isinstance(shown, Show)
    assert (shown.psap, shown.offer) == NO_LEG


def test_a_leg_that_was_ended_in_this_turn_is_told_nothing_more() -> None:
    one = turn(ANSWERED)
    one.end_leg("over")
    assert one.commands == [EndLeg(A, 3, "over")]
    assert one.leg() == NO_LEG


def test_the_next_leg_of_the_same_turn_is_told_everything() -> None:
    one = turn(RINGING)
    one.leave_leg()
    assert one.leg() == NO_LEG
    one.phase = Offered((A, B), 1, 5, 0.0)
    assert one.leg() == (B, 5), "another offer to the same PSAP is another leg"


# --- timers -----------------------------------------------------------------------------------


def test_a_timer_that_is_armed_anew_replaces_the_one_of_its_name() -> None:
    one = turn(timers=(Timer("ring", 1, T0 + 20), Timer("abandon", 2, T0 + 120)))
    one.arm("ring", T0 + 40)
    assert one.line.timers == (Timer("abandon", 2, T0 + 120), Timer("ring", 3, T0 + 40))
    assert one.commands == [Arm("ring", 3, T0 + 40)]
    assert one.line.generation == 3


def test_no_two_timers_of_a_dialogue_share_a_generation() -> None:
    one = turn()
    for name in ("ring", "abandon", "ring"):
        one.arm(name, T0)
    assert [arm.generation for arm in only(Arm, one.commands)] == [1, 2, 3]


def test_only_timers_that_run_are_disarmed_and_the_others_run_on() -> None:
    timers = (Timer("ring", 1, T0), Timer("abandon", 2, T0), Timer("parts", 3, T0))
    one = turn(timers=timers)
    one.disarm("ring", "parts", "quiet")
    assert one.commands == [Disarm("ring"), Disarm("parts")]
    assert one.line.timers == (timers[1],)
    one.disarm("ring")
    assert len(one.commands) == 2, "it has stopped already"


@pytest.mark.parametrize(
    ("name", "generation", "waited_for"),
    [("ring", 2, True), ("ring", 1, False), ("ring", 3, False), ("abandon", 2, False)],
)
def test_only_the_time_out_that_is_waited_for_counts(
    name: str, generation: int, waited_for: bool
) -> None:
    one = turn(timers=(Timer("ring", 2, T0),))
    assert one.ran_out(name, generation) is waited_for
    assert (one.line.timers == ()) is waited_for
    assert one.commands == [], "a timer that rang needs no disarming"


def test_a_time_out_counts_once() -> None:
    one = turn(timers=(Timer("ring", 2, T0),))
    assert one.ran_out("ring", 2)
    assert not one.ran_out("ring", 2)


# --- the result -------------------------------------------------------------------------------


def test_the_result_is_the_line_and_the_phase_as_they_have_become() -> None:
    one = turn(RINGING)
    before = one.result()
    assert not one.is_over()
    one.arm("forget", T0 + 600)
    one.phase = OVER
    assert one.is_over()
    assert one.result() == Dialogue(one.line, OVER)
    assert before.phase == RINGING, "what was given out before stays as it was"
    assert before.line.timers == ()
