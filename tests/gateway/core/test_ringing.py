"""From the first text to somebody's answer (DESIGN 9.5), rule by rule."""

from __future__ import annotations

import pytest

from text911.gateway.core.commands import (
    EndLeg,
    GiveReceipt,
    Locate,
    OfferTo,
    Route,
    ShowOwner,
    TellCaller,
    Withdraw,
)
from text911.gateway.core.facts import (
    CallerWrote,
    PsapAnswered,
    PsapReached,
    PsapRefused,
    PsapShown,
    RouteChosen,
    TimeRanOut,
)
from text911.gateway.core.state import Active, Locating, Offered
from text911.gateway.core.values import DialogueId, Previous, PsapName

from .stage import NOBODY, POLICY, T0, A, B, C, Play, only, wrote

# --- down the chain ---


def test_each_psap_rings_for_twenty_seconds_and_the_last_one_rings_on() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(19.9)
    assert play.rung == [A]
    said = play.wait(0.1)
    assert only(Withdraw, said) == [Withdraw(A, 0, "not answered in time, ringing elsewhere")]
    assert only(OfferTo, said) == [OfferTo(B, 1, T0 + 40.0)]
    play.show_all()
    assert only(OfferTo, play.wait(20.0)) == [OfferTo(C, 2, 0.0)]
    play.show_all()
    play.wait(79.0)
    assert play.rung == [A, B, C]
    assert play.leg == (C, 2)


def test_a_psap_that_refuses_at_once_is_passed_over_in_the_same_instant() -> None:
    play = Play()
    play.ring()
    said = play.hear(PsapRefused(A, 0, "nobody is logged in"))
    assert only(OfferTo, said) == [OfferTo(B, 1, T0 + 20.0)]
    assert not only(Withdraw, said), "it refused: there is nothing to withdraw"
    assert f"{A} cannot take it: nobody is logged in" in play.texts("event")


def test_when_all_refuse_the_caller_is_told_within_the_same_step() -> None:
    play = Play()
    play.ring()
    play.hear(PsapRefused(A, 0, "x"), PsapRefused(B, 1, "x"))
    said = play.hear(PsapRefused(C, 2, "x"))
    assert [one.segment for one in only(TellCaller, said)] == list(POLICY.bounce.segments)
    assert only(GiveReceipt, said)[0].delivered is False
    assert play.over.how == "bounced"
    assert play.at == T0


def test_a_psap_that_shows_nothing_for_three_seconds_counts_as_unreachable() -> None:
    play = Play()
    play.ring()
    play.wait(2.9)
    assert play.rung == [A]
    said = play.wait(0.1)
    assert only(Withdraw, said) == [Withdraw(A, 0, "not shown in time, ringing elsewhere")]
    assert play.rung == [A, B]


def test_ten_seconds_without_any_screen_showing_it_bounce_even_in_the_middle_of_the_chain() -> None:
    play = Play(A, B, C, PsapName("d"), PsapName("e"))
    play.ring()
    play.wait(9.9)
    assert isinstance(play.dialogue.phase, Offered)
    said = play.wait(0.1)
    assert play.over.how == "bounced"
    assert only(Withdraw, said)[0].psap == "d"
    assert play.automatics == ["M1"]


def test_once_a_screen_has_shown_it_the_ten_seconds_mean_nothing() -> None:
    play = Play()
    play.ring()
    play.show_all()
    assert "reach" not in {timer.name for timer in play.line.timers}
    play.wait(15.0)
    assert play.leg == (A, 0)


def test_where_the_telephone_rings_somebody_can_be_reached_though_nothing_was_shown() -> None:
    play = Play()
    play.ring()
    play.hear(PsapReached(A, 0, note="its telephone rings"))
    assert {"shown", "reach"}.isdisjoint(timer.name for timer in play.line.timers)
    assert f"{A}: its telephone rings" in play.texts("event")
    phase = play.dialogue.phase
    assert isinstance(phase, Offered)
    assert (phase.reached, phase.shown) == ((A,), -1)
    play.hear(PsapReached(A, 0))
    assert play.dialogue.phase == phase
    assert only(OfferTo, play.wait(20.0)) == [OfferTo(B, 1, T0 + 40.0)]


def test_who_has_picked_up_is_not_given_up_on_before_it_could_answer() -> None:
    play = Play()
    play.ring()
    play.wait(2.0)
    play.hear(PsapReached(A, 0, 5.0))  # less than it has anyway
    play.hear(PsapReached(A, 0, 30.0))
    play.wait(29.9)
    assert play.leg == (A, 0)
    said = play.wait(0.1)
    assert only(OfferTo, said) == [OfferTo(B, 1, T0 + 52.0)]


def test_the_last_of_the_chain_rings_until_it_is_abandoned_whatever_it_says() -> None:
    play = Play(A)
    play.ring()
    play.hear(PsapReached(A, 0, 300.0))
    play.wait(120.0)
    assert play.over.how == "abandoned"


def test_a_leg_that_was_given_up_on_is_reached_in_vain() -> None:
    play = Play()
    play.ring()
    play.hear(PsapRefused(A, 0, "x"))
    assert play.hear(PsapReached(A, 0, 30.0)) == []
    play.hear(PsapAnswered(B, 1, "Lou"))
    assert play.hear(PsapReached(B, 1, 30.0)) == []


def test_a_leg_that_was_given_up_on_does_not_prove_that_anybody_can_be_reached() -> None:
    play = Play()
    play.ring()
    play.hear(PsapRefused(A, 0, "x"), PsapShown(A, 0, 3))
    phase = play.dialogue.phase
    assert isinstance(phase, Offered)
    assert (phase.reached, phase.shown) == ((), -1)
    assert "reach" in {timer.name for timer in play.line.timers}


def test_the_ten_seconds_pass_without_effect_when_somebody_was_reached_meanwhile() -> None:
    """The timer cannot be armed any more then; if it were, it would not bounce."""
    play = Play()
    play.ring()
    play.show_all()
    play.hear(TimeRanOut("reach", 1))
    assert play.leg == (A, 0)


def test_those_that_were_reached_are_rung_again_when_the_rest_refuse() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    said = play.hear(PsapRefused(B, 1, "x"), PsapRefused(C, 2, "x"))
    assert only(OfferTo, said)[-1] == OfferTo(A, 3, 0.0)
    play.show_all()
    play.hear(PsapAnswered(A, 3, "Kim"))
    assert isinstance(play.dialogue.phase, Active)


def test_a_psap_rung_again_is_counted_once_among_the_reached() -> None:
    play = Play(A, B)
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.hear(PsapRefused(B, 1, "x"))
    play.show_all()
    play.show_all()
    phase = play.dialogue.phase
    assert isinstance(phase, Offered)
    assert phase.reached == (A,)


def test_when_the_reached_ones_refuse_in_the_end_too_the_caller_is_told_at_once() -> None:
    play = Play(A, B)
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.hear(PsapRefused(B, 1, "x"), PsapRefused(A, 2, "x"))
    assert play.over.how == "bounced"


def test_after_two_minutes_without_an_answer_m1_goes_out_once_and_the_card_stays() -> None:
    play = Play()
    play.ring()
    play.show_all()
    for _ in range(2):
        play.wait(20.0)
        play.show_all()
    assert play.automatics == []
    said = play.wait(80.0)
    assert play.over.how == play.dialogue.name_of_phase == "abandoned"
    assert play.over.at == T0 + 120.0
    assert [one.psap for one in only(EndLeg, said)] == [C]
    assert not only(Withdraw, said)
    assert play.automatics == ["M1"]
    play.wait(500.0)
    assert play.automatics == ["M1"]


def test_a_late_answer_after_the_end_is_refused_with_the_reason() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.show_all()
    play.wait(20.0)
    play.show_all()
    play.wait(80.0)
    said = play.hear(PsapAnswered(C, 2, "Kim"))
    assert said == [Withdraw(C, 2, "too late: the dialogue is abandoned")]
    assert play.over.how == "abandoned"


def test_a_late_answer_of_one_who_was_given_up_on_is_withdrawn_while_another_rings() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    said = play.hear(PsapAnswered(A, 0, "Kim"))
    assert said == [Withdraw(A, 0, f"too late: it is ringing at {B} now")]
    assert play.leg == (B, 1)


def test_a_refusal_of_a_leg_that_was_given_up_on_means_nothing() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    assert play.hear(PsapRefused(A, 0, "late")) == []
    assert play.leg == (B, 1)


def test_reports_of_legs_that_never_were_mean_nothing_before_anything_rings() -> None:
    play = Play()
    play.open()
    assert play.hear(PsapAnswered(A, 0, "Kim"), PsapRefused(A, 0, "x"), PsapShown(A, 0, -1)) == []


# --- what was shown ---


def test_delivrd_is_owed_when_the_first_leg_has_shown_the_text_and_only_then() -> None:
    play = Play()
    play.ring(wrote("one", "m1"))
    first = play.transcript[0].sequence
    play.hear(wrote("two", "m2"))
    said = play.hear(PsapShown(A, 0, first))
    assert [(one.message, one.delivered) for one in only(GiveReceipt, said)] == [("m1", True)]
    assert [(one.accepted_at, one.done_at) for one in only(GiveReceipt, said)] == [(T0, T0)]
    play.wait(20.0)
    said = play.show_all()
    assert [(one.message, one.delivered) for one in only(GiveReceipt, said)] == [("m2", True)]


def test_a_client_cannot_acknowledge_what_does_not_exist_yet() -> None:
    play = Play()
    play.take()
    play.hear(PsapShown(*play.leg, 2**40))
    phase = play.dialogue.phase
    assert isinstance(phase, Active)
    assert phase.shown < 2**20
    said = play.hear(wrote("later", "m2"))
    assert not only(GiveReceipt, said)
    assert play.line.unshown[-1].messages == ("m2",)


def test_an_older_acknowledgement_does_not_turn_the_mark_back() -> None:
    play = Play()
    play.take()
    play.hear(PsapShown(A, 0, 0))
    phase = play.dialogue.phase
    assert isinstance(phase, Active)
    assert phase.shown > 0


def test_a_leg_that_is_not_the_one_that_has_it_moves_no_mark() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.show_all()
    play.answered()
    before = play.dialogue.phase
    play.hear(wrote("more"), PsapShown(A, 0, play.laws.sequence))
    assert play.dialogue.phase == before


# --- a PSAP is lost ---


def test_a_psap_lost_after_its_answer_makes_the_others_ring_with_everything() -> None:
    play = Play()
    play.take()
    said = play.hear(PsapRefused(A, 0, "its link is gone"))
    assert only(OfferTo, said) == [OfferTo(B, 1, T0 + 20.0)]
    assert f"{A} was lost: its link is gone" in play.texts("event")
    play.answered()
    phase = play.dialogue.phase
    assert isinstance(phase, Active)
    assert (phase.psap, phase.chain) == (B, (C,))
    assert play.automatics == []


@pytest.mark.parametrize("way", ["refuse", "silence", "nobody answers", "nobody else"])
def test_when_nobody_takes_over_from_a_lost_psap_the_caller_gets_m2_and_never_m1(way: str) -> None:
    play = Play(*((A,) if way == "nobody else" else (A, B)))
    play.take()
    play.hear(PsapRefused(A, 0, "gone"))
    match way:
        case "refuse":
            play.hear(PsapRefused(B, 1, "x"))
        case "silence":
            play.wait(3.0)
        case "nobody answers":
            play.show_all()
            play.wait(120.0)
        case _:
            pass
    assert play.over.how == "lost"
    assert play.automatics == ["M2"]


# --- the same caller again ---


def again(psap: PsapName = A, ago: float = 60.0, kind: str = "", since: float = 0.0) -> Previous:
    return Previous(DialogueId("d-0"), psap, T0 - ago, kind, T0 - since)


def test_within_the_grace_window_the_same_psap_rings_at_once_without_waiting_for_a_location() -> (
    None
):
    play = Play(A, C, previous=again(B, 60.0))
    said = play.open()
    assert play.questions == [Route(None, "the caller wrote again within 60 s", B)]
    assert only(OfferTo, said) == [OfferTo(B, 0, T0 + 20.0)]
    assert play.line.previous == again(B, 60.0)
    assert only(Locate, said), "the location is still asked for, to be shown"
    assert play.texts() == ["help"]


@pytest.mark.parametrize("previous", [again(B, 60.1), again(NOBODY, 1.0), None])
def test_after_the_grace_window_or_when_nobody_had_answered_the_routing_is_fresh(
    previous: Previous | None,
) -> None:
    play = Play(previous=previous)
    play.open()
    assert isinstance(play.dialogue.phase, Locating)
    assert play.questions == []
    assert play.line.previous == previous


def test_a_text_that_opens_a_dialogue_whose_route_is_nobody_is_bounced_not_forgotten() -> None:
    play = Play(previous=again())
    play.answer = lambda _line, _question: RouteChosen((), "closed for the night")
    said = play.open(wrote("help", "m1"))
    assert [(one.message, one.delivered) for one in only(GiveReceipt, said)] == [("m1", False)]
    assert play.automatics == ["M1"]


# --- it is answered ---


def test_the_owner_is_told_to_the_leg_that_answers() -> None:
    play = Play()
    said = play.take()
    assert only(ShowOwner, said) == [ShowOwner(A, 0, "Kim")]
    assert play.dialogue.name_of_phase == "active"
    assert {timer.name for timer in play.line.timers} == {"quiet"}


def test_it_may_be_answered_before_any_screen_has_acknowledged_it() -> None:
    play = Play()
    play.ring()
    play.answered()
    play.wait(30.0)
    assert isinstance(play.dialogue.phase, Active)
    assert isinstance(play.entries[1].fact, CallerWrote)
