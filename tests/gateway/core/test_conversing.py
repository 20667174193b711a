"""While a telecommunicator has the dialogue: replies, take-over, silence, the end."""

from __future__ import annotations

from text911.gateway.core.commands import (
    Decline,
    EndLeg,
    Forget,
    GiveReceipt,
    Show,
    ShowOwner,
    TellCaller,
    WarnQuiet,
    Withdraw,
)
from text911.gateway.core.conversing import KEYS_MAX
from text911.gateway.core.facts import (
    CallerRepeated,
    PsapAnswered,
    PsapEnded,
    PsapRefused,
    PsapShown,
    PsapWrote,
    TimeRanOut,
)
from text911.gateway.core.state import Active, Over
from text911.gateway.core.values import MessageId

from .stage import POLICY, T0, A, B, Play, only, reply, segments, sent_part, wrote


def ended(key: str = "end", text: str = "") -> PsapEnded:
    return PsapEnded(A, 0, key, "Kim", text, segments(text) if text else ())


# --- hands ---


def test_a_second_hand_is_told_who_has_it_and_changes_nothing() -> None:
    play = Play()
    play.take(by="Kim")
    assert play.hear(PsapAnswered(A, 0, "Lou")) == [ShowOwner(A, 0, "Kim")]
    assert play.hear(PsapAnswered(A, 0, "Kim", takeover=True)) == [ShowOwner(A, 0, "Kim")]


def test_a_colleague_may_take_it_over_and_the_transcript_says_so() -> None:
    play = Play()
    play.take(by="Kim")
    said = play.hear(PsapAnswered(A, 0, "Lou", takeover=True))
    assert said[0] == ShowOwner(A, 0, "Lou")
    assert play.texts("event")[-1] == "Lou took over from Kim"
    phase = play.dialogue.phase
    assert isinstance(phase, Active)
    assert phase.by == "Lou"


def test_a_late_answer_elsewhere_is_withdrawn_with_the_winner_named() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.show_all()
    play.hear(PsapAnswered(B, 1, "Lou"))
    said = play.hear(PsapAnswered(A, 0, "Kim"))
    assert said == [Withdraw(A, 0, f"too late: Lou at {B} has it")]


def test_the_loss_of_a_leg_that_was_given_up_on_does_not_lose_the_dialogue() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.hear(PsapAnswered(B, 1, "Lou"))
    assert play.hear(PsapRefused(A, 0, "gone")) == []
    assert play.leg == (B, 1)


# --- words of the PSAP ---------------------------------------------------------------------------


def test_a_reply_is_shown_with_its_key_and_told_to_the_caller() -> None:
    play = Play()
    play.take()
    shown, told = play.hear(reply("k1", "on our way"))
    assert isinstance(shown, Show)
    assert (shown.kind, shown.text, shown.by, shown.key, shown.reply) == (
        "psap",
        "on our way",
        "Kim",
        "k1",
        0,
    )
    assert isinstance(told, TellCaller)


def test_what_a_client_sends_again_under_its_key_is_one_reply() -> None:
    play = Play()
    play.take()
    play.hear(reply("k1"))
    assert play.hear(reply("k1")) == []
    assert len(play.line.outbox) == 1


def test_without_a_key_the_same_words_are_two_replies() -> None:
    play = Play()
    play.take()
    play.hear(reply(""), reply(""))
    assert len(play.line.outbox) == 2


def test_a_reply_without_anything_in_it_is_declined() -> None:
    play = Play()
    play.take()
    said = play.hear(PsapWrote(A, 0, "k1", "", "Kim", ()))
    assert said == [Decline(A, 0, "k1", "not sent: there is nothing in it")]
    assert play.line.outbox == ()


def test_only_so_many_keys_are_remembered() -> None:
    play = Play()
    play.take()
    play.hear(*(reply(f"k{n}") for n in range(KEYS_MAX + 5)))
    assert len(play.line.keys) == KEYS_MAX
    assert play.line.keys[-1] == f"k{KEYS_MAX + 4}"


def test_who_has_not_answered_cannot_write_or_end() -> None:
    play = Play()
    play.ring()
    assert play.hear(reply("k1")) == [Decline(A, 0, "k1", "not sent: answer the dialogue first")]
    assert play.hear(ended("k2")) == [Decline(A, 0, "k2", "not sent: answer the dialogue first")]


def test_a_stale_leg_can_neither_write_nor_end() -> None:
    play = Play()
    play.ring()
    play.show_all()
    play.wait(20.0)
    play.hear(PsapAnswered(B, 1, "Lou"))
    reason = f"Lou at {B} has it now"
    assert play.hear(reply("k1")) == [Decline(A, 0, "k1", reason)]
    assert play.hear(ended("k2")) == [Decline(A, 0, "k2", reason)]
    assert isinstance(play.dialogue.phase, Active)


def test_a_repeat_of_what_was_taken_is_never_called_not_sent_wherever_the_dialogue_is_now() -> None:
    play = Play()
    play.take()
    play.hear(reply("k1"), PsapRefused(A, 0, "link gone"))
    assert play.hear(reply("k1")) == []
    play.hear(PsapAnswered(B, 1, "Lou"))
    assert play.hear(reply("k1")) == []
    play.hear(PsapEnded(B, 1, "k2", "Lou"))
    assert play.hear(reply("k1"), PsapEnded(B, 1, "k2", "Lou")) == []


def test_after_the_end_nothing_is_taken_from_the_psap() -> None:
    play = Play()
    play.take()
    play.hear(ended())
    reason = "not sent: the dialogue is ended"
    assert play.hear(reply("k9")) == [Decline(A, 0, "k9", reason)]
    assert play.hear(PsapRefused(A, 0, "x")) == []
    assert play.hear(PsapAnswered(A, 0, "Lou")) == [
        Withdraw(A, 0, "too late: the dialogue is ended")
    ]


# --- the end ---


def test_ending_with_words_tells_them_and_no_m3() -> None:
    play = Play()
    play.take()
    said = play.hear(ended(text="take care"))
    assert only(TellCaller, said)[0].segment == segments("take care")[0]
    assert only(EndLeg, said) == [EndLeg(A, 0, "ended by Kim")]
    assert play.texts("event")[-1] == "Ended by Kim"
    assert play.automatics == []
    assert play.dialogue.name_of_phase == "closing"


def test_ending_without_words_sends_m3_of_this_psap_if_it_has_one() -> None:
    play = Play()
    play.take()
    play.hear(ended())
    assert play.automatics == ["M3"]
    other = Play(B)
    other.take()
    other.hear(PsapEnded(B, 0, "end", "Lou"))
    assert other.automatics == []
    assert other.dialogue.name_of_phase == "closed"


def test_texts_that_no_screen_had_shown_at_the_end_are_told_as_undelivered() -> None:
    play = Play()
    play.take()
    play.hear(wrote("late", "m2"))
    said = play.hear(ended())
    assert play.automatics == ["M3", "M7"]
    assert [(one.message, one.delivered) for one in only(GiveReceipt, said)] == [("m2", False)]
    assert play.hear(PsapShown(A, 0, play.laws.sequence)) == [], "UNDELIV stands"


def test_when_everything_was_shown_there_is_no_m7() -> None:
    play = Play()
    play.take()
    play.hear(wrote("late", "m2"))
    play.show_all()
    play.hear(ended())
    assert play.automatics == ["M3"]


def test_parts_that_wait_for_their_siblings_at_the_end_are_told_and_stay_in_the_transcript() -> (
    None
):
    play = Play()
    play.take()
    play.hear(sent_part(1, 3, name="p1"), sent_part(3, 3, name="p3"))
    said = play.hear(ended())
    assert play.automatics == ["M3", "M7"]
    assert {one.message: one.delivered for one in only(GiveReceipt, said)} == {
        "p1": False,
        "p3": False,
    }
    line = play.transcript[-1]
    assert (line.kind, line.psap, line.text) == ("caller", "", "part1.part3.")
    assert line.notes == ("part 2 of 3 is missing", "shown to nobody")
    assert {timer.name for timer in play.line.timers} == {"forget"}


def test_after_ten_minutes_a_closed_dialogue_is_forgotten() -> None:
    play = Play(B)
    play.take()
    play.hear(PsapEnded(B, 0, "end", "Lou"))
    assert not only(Forget, play.wait(599.9))
    assert only(Forget, play.wait(0.1)) == [Forget()]
    assert play.line.timers == ()


# --- silence ---


def test_a_quarter_of_an_hour_of_silence_warns_and_half_an_hour_closes() -> None:
    play = Play()
    play.take()
    assert not only(WarnQuiet, play.wait(899.0))
    assert only(WarnQuiet, play.wait(1.0)) == [WarnQuiet(A, 0, T0 + 1800.0)]
    play.wait(899.0)
    assert isinstance(play.dialogue.phase, Active)
    said = play.wait(1.0)
    assert only(EndLeg, said) == [EndLeg(A, 0, "closed: nobody wrote")]
    phase = play.dialogue.phase
    assert isinstance(phase, Over)
    assert phase.how == "quiet"
    assert play.automatics == ["M4"]


def test_a_text_or_a_reply_winds_the_quiet_clock_up() -> None:
    play = Play()
    play.take()
    play.wait(500.0)
    play.hear(wrote("still here"))
    play.wait(500.0)
    play.hear(reply("k1"))
    assert not only(WarnQuiet, play.wait(899.9))
    assert only(WarnQuiet, play.wait(0.1))[0].closes_at == T0 + 1000.0 + 1800.0


def test_after_a_text_that_followed_the_warning_there_is_another_warning_before_the_close() -> None:
    play = Play()
    play.take()
    play.wait(900.0)
    play.wait(100.0)
    play.hear(wrote("still here"))
    assert not only(WarnQuiet, play.wait(899.9))
    assert only(WarnQuiet, play.wait(0.1)) == [WarnQuiet(A, 0, T0 + 1000.0 + 1800.0)]
    play.wait(899.0)
    assert isinstance(play.dialogue.phase, Active)
    play.wait(1.0)
    assert isinstance(play.dialogue.phase, Over)


def test_a_close_that_is_due_late_still_warns_of_a_silence_not_warned_of() -> None:
    """A text in the second of the warning, and a clock tick that comes late: no silent close."""
    play = Play()
    play.take()
    play.wait(900.0)
    play.hear(wrote("still here"))
    timer = play.line.timers[0]
    play.at = T0 + 1801.0
    said = play.hear(TimeRanOut(timer.name, timer.generation))
    assert only(WarnQuiet, said) == [WarnQuiet(A, 0, T0 + 2700.0)]


def test_after_a_long_standstill_of_the_gateway_the_psap_still_gets_its_time() -> None:
    play = Play()
    play.take()
    timer = play.line.timers[0]
    play.at = T0 + 7200.0
    said = play.hear(TimeRanOut(timer.name, timer.generation))
    assert only(WarnQuiet, said) == [WarnQuiet(A, 0, play.at + 900.0)]
    assert only(EndLeg, play.wait(900.0))


def test_a_timer_of_another_generation_or_one_disarmed_means_nothing() -> None:
    play = Play()
    play.take()
    (timer,) = play.line.timers
    play.at += 5000.0
    before = play.dialogue
    assert play.hear(TimeRanOut("quiet", timer.generation - 1), TimeRanOut("ring", 2)) == []
    assert play.dialogue == before


def test_a_recognised_repeat_changes_nothing() -> None:
    play = Play()
    play.take()
    before = play.dialogue
    assert play.hear(CallerRepeated(MessageId("m-help"), "a")) == []
    assert play.dialogue == before
    assert POLICY.limits.quiet_warning == 900.0
