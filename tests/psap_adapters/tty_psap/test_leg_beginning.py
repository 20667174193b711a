"""Until somebody types: who picks up, who is no TTY, and who is rung instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.tty.clean_receiver import CleanReceiver
from text911.psap_adapters import port
from text911.tty.receiving import Event, Voice

from .stage import CARD, FIRST, LEG, TERMS, Desk, Phase, caller, offered


def test_a_voice_without_tones_is_refused_and_hung_up() -> None:
    desk = Desk(offered(FIRST))
    desk.picks_up()
    desk.reports(port.Refused, within=60)
    (refused,) = desk.of(port.Refused)
    assert refused == port.Refused(LEG, "somebody picked up and typed nothing, no TTY within 15 s")
    assert desk.hung_up == "no TTY"
    assert desk.paper.count("TEXT TO 911") == 2, "it is said once more before giving up"
    assert not desk.of(port.Shown)
    (reached,) = desk.of(port.Reached)
    assert desk.now - 100.0 < reached.seconds < 40


def test_an_echo_of_our_own_tones_is_no_tty() -> None:
    desk = Desk(offered(FIRST), hybrid=0.3)
    desk.picks_up()
    desk.reports(port.Refused, within=60)
    assert not desk.of(port.Answered)


def test_nobody_picks_up() -> None:
    desk = Desk(offered(FIRST), replace(TERMS, rings_within=30.0))
    assert desk.leg.wakes_at == 130.0
    desk.now = 130.0
    desk.take(desk.leg.tick(desk.now))
    assert desk.told == [port.Refused(LEG, "no answer within 30 s")]
    assert desk.hung_up == "no answer"


def test_a_call_that_fails_is_refused_at_once() -> None:
    desk = Desk(offered(FIRST))
    desk.take(desk.leg.failed("its line is busy (486 Busy Here)"))
    assert desk.told == [port.Refused(LEG, "its line is busy (486 Busy Here)")]
    assert desk.leg.phase is Phase.OVER


def test_who_hangs_up_before_typing_is_passed_over() -> None:
    desk = Desk(offered(FIRST))
    desk.picks_up()
    desk.run(3)
    desk.puts_down()
    words = "somebody picked up and typed nothing, and then it hung up"
    assert desk.of(port.Refused) == [port.Refused(LEG, words)]


def test_while_nobody_has_typed_a_withdrawal_hangs_up_at_once() -> None:
    for is_up in (False, True):
        desk = Desk(offered(FIRST))
        if is_up:
            desk.picks_up()
        desk.take(desk.leg.close("not answered in time", desk.now))
        assert desk.hung_up == "not answered in time"
        assert not desk.of(port.Refused)


def test_an_answer_that_could_not_be_recorded_is_given_again() -> None:
    desk = Desk(offered(FIRST))
    desk.picks_up()
    desk.reads("GA")
    desk.types("911 ga")
    desk.reports(port.Answered)
    desk.take(desk.leg.update(port.NotTaken("", "not now"), desk.now))
    desk.reports(port.Answered, 2, within=3)
    desk.take(desk.leg.update(port.AnsweredBy(TERMS.by, 1.0), desk.now))
    desk.take(desk.leg.update(port.NotTaken("", "not now"), desk.now))
    desk.run(5)
    assert len(desk.of(port.Answered)) == 2


def test_a_leg_taken_up_again_after_a_restart_types_only_what_was_not_shown() -> None:
    offer = offered(FIRST, caller(2, "hurry"), answered_by=TERMS.by, shown_up_to=1)
    desk = Desk(offer)
    desk.take(desk.leg.rings(desk.now))
    desk.picks_up()
    desk.reads("GA")
    desk.types("911 ga")
    desk.reads("HURRY GA")
    assert "FIRE" not in desk.paper
    assert not desk.of(port.Answered)
    assert not desk.of(port.Reached)


def test_a_call_that_ends_while_it_rings_is_refused() -> None:
    desk = Desk(offered(FIRST))
    desk.take(desk.leg.hung_up("its exchange cannot be reached any more", desk.now))
    assert desk.told == [port.Refused(LEG, "its exchange cannot be reached any more")]
    assert desk.leg.phase is Phase.OVER
    desk.run(0.1)
    assert desk.hung_up is None


def test_where_there_is_no_time_for_it_the_announcement_is_not_said_again() -> None:
    desk = Desk(offered(FIRST), replace(TERMS, tones_within=7.0))
    desk.picks_up()
    desk.reports(port.Refused, within=60)
    assert desk.paper.count("TEXT TO 911") == 1


class Hears(CleanReceiver):
    """Somebody speaks."""

    def push(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        return (Voice(True, 0), *super().push(samples, lost))


def test_that_a_voice_answered_is_said() -> None:
    desk = Desk(offered(FIRST), replace(TERMS, tones_within=7.0))
    desk.picks_up(Hears())
    desk.reports(port.Refused, within=60)
    (refused,) = desk.of(port.Refused)
    assert refused.reason == "a voice answered, no TTY within 7 s"


def test_a_place_that_is_known_before_somebody_types_is_the_one_that_is_typed() -> None:
    desk = Desk(offered(FIRST, card=replace(CARD, place=None)))
    desk.picks_up()
    desk.take(desk.leg.update(port.CardChanged(CARD), desk.now))
    desk.reads("GA")
    desk.types("911 ga")
    desk.reads("(LOCATION 41.30830 -72.92790 WITHIN 300 METERS, NEW HAVEN)")
    desk.reads("FIRE GA")
    assert desk.paper.count("LOCATION") == 1
