"""A caller who rang: offered at once, kept when the line is gone, hung up on only at the end."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.calling import earlier
from text911.gateway.core.commands import (
    AnswerLine,
    BlockCaller,
    Decline,
    HangUpLine,
    InterruptCaller,
    Locate,
    OfferTo,
    ShowTurn,
    TypeToCaller,
)
from text911.gateway.core.dialogue import advance, in_flight, owed
from text911.gateway.core.facts import (
    CallerSpoke,
    CharactersLeft,
    Entry,
    LineEnded,
    LineLost,
    LineSaid,
    LocationFailed,
    PsapAnswered,
    PsapBlocked,
    PsapEnded,
    PsapInterrupted,
    PsapRefused,
    TtyDetected,
    TurnPassed,
)
from text911.gateway.core.state import Over, by_ani
from text911.gateway.core.typing_back import HANG_UP_AFTER, HANG_UP_MAX, HELD_FOR
from text911.gateway.core.values import CallerKey, CarrierName, DialogueId, Previous

from .stage import ANI, CALL, POLICY, T0, A, B, C, CallPlay, Play, letters, only, typed_reply

RTT = CallerKey("rtt", CarrierName("south"), "leg-2")


def answered(**more: object) -> CallPlay:
    play = CallPlay(**more)  # type: ignore[arg-type]
    play.take_call()
    return play


# --- it begins ---


def test_a_silent_call_is_offered_at_once() -> None:
    play = CallPlay()
    play.opening = msgspec.structs.replace(play.opening, pidf=b"<presence/>")
    assert only(Locate, play.unit(play.opening)) == [Locate((), b"<presence/>")]
    assert only(Locate, owed(play.dialogue)) == [Locate((), b"<presence/>")]
    assert only(OfferTo, play.hear(LocationFailed("no source"))) == [OfferTo(A, 0, T0 + 20.0)]
    assert play.lines("event")[0] == f"A call from {ANI}, on line north"
    assert play.lines() == []
    play.show_all()
    assert play.hear(PsapAnswered(A, 0, "Kim"))[-2:] == [
        AnswerLine(A),
        ShowTurn(A, 0, "ours", "", False, ""),
    ]


@pytest.mark.parametrize(
    ("key", "ani", "words"),
    [
        (CALL, "", "A call from a number that is withheld, on line north"),
        (RTT, ANI, f"A call with real-time text from {ANI}, on line south"),
    ],
)
def test_the_first_line_says_who_rang_and_how(key: CallerKey, ani: str, words: str) -> None:
    play = CallPlay(key=key, ani=ani)
    play.come()
    assert play.lines("event")[0] == words


def test_who_it_is_beyond_this_call_is_the_number_if_there_is_one() -> None:
    known, withheld, texting = CallPlay(), CallPlay(ani=""), Play()
    known.come()
    withheld.come()
    texting.open()
    assert known.dialogue.caller == by_ani(ANI)
    assert withheld.dialogue.caller == CALL
    assert texting.dialogue.caller == texting.line.key


def test_a_caller_who_rings_again_soon_comes_to_the_same_psap() -> None:
    before = Previous(DialogueId("d-0"), B, T0 - 10.0)
    play = CallPlay(previous=before)
    assert only(OfferTo, play.unit(play.opening)) == [OfferTo(B, 0, T0 + 20.0)]
    assert "the caller called again within 60 s" in str(play.questions)


def test_the_line_tells_nothing_of_a_dialogue_that_is_no_call() -> None:
    play = Play()
    play.open()
    with pytest.raises(AssertionError, match="d-1 is no call"):
        advance(play.dialogue, Entry(play.id, play.number, T0, TtyDetected()), POLICY)


# --- whose turn it is ---


def test_the_badge_follows_the_line_and_keeps_the_last_word_until_the_caller_types_again() -> None:
    play = answered()
    said = play.hear(TurnPassed("hearing"), TurnPassed("hearing", "GA"), TurnPassed("theirs"))
    assert [(one.state, one.token) for one in only(ShowTurn, said)] == [
        ("hearing", ""),
        ("hearing", "GA"),
        ("theirs", "GA"),
    ]
    (again,) = only(ShowTurn, play.hear(TurnPassed("hearing")))
    assert again.token == ""


def test_before_somebody_has_it_nobody_is_shown_a_badge_and_who_answers_sees_it() -> None:
    play = CallPlay()
    play.unit(play.opening)
    assert only(ShowTurn, play.hear(TurnPassed("hearing", "VCO"))) == []
    play.hear(LocationFailed("no source"))
    play.show_all()
    said = play.hear(PsapAnswered(A, 0, "Kim"))
    assert only(ShowTurn, said) == [ShowTurn(A, 0, "hearing", "VCO", False, "")]


def test_a_goodbye_ends_nothing_and_is_explained_once() -> None:
    play = answered()
    said = play.hear(TurnPassed("theirs", "SKSK"), TurnPassed("theirs", "SKSK"))
    assert only(HangUpLine, said) == []
    assert play.dialogue.name_of_phase == "active"
    told = [text for text in play.lines("event") if "SKSK" in text]
    assert told == [
        "The caller says goodbye (SKSK). The line stays open until you end the dialogue"
    ]
    play.wait(600.0)
    assert play.dialogue.name_of_phase == "active"


def test_a_voice_and_a_tty_are_told_once() -> None:
    play = answered()
    said = play.hear(TtyDetected(), TtyDetected(), CallerSpoke(True), CallerSpoke(True))
    said += play.hear(CallerSpoke(False))
    assert [one.speaks for one in only(ShowTurn, said)] == [True, True, False]
    assert play.lines("event")[-2:] == [
        "There is a TTY at the other end",
        "The caller is speaking",
    ]


def test_what_the_line_types_by_itself_is_in_the_transcript() -> None:
    play = answered()
    play.hear(letters("HEL"), LineSaid("911 WHAT IS YOUR EMERGENCY QQ GA"), letters("P"))
    assert play.lines("automatic") == ["911 WHAT IS YOUR EMERGENCY QQ GA"]
    assert play.items[-2].by == "line"
    assert play.lines() == ["HEL", "P"]


# --- typing back ---


def test_a_reply_is_handed_to_the_line_at_once_and_held_until_it_may_leave() -> None:
    play = answered()
    play.hear(TurnPassed("hearing"), letters("FIRE"))
    said = play.hear(typed_reply("k1", "OK GA"))
    assert only(TypeToCaller, said) == [TypeToCaller(0, "OK GA", False)]
    assert play.deliveries() == [("held", "waiting for GA")]
    assert (play.items[-1].text, play.items[-1].typed, play.items[-1].left) == ("ok ga", "OK GA", 0)
    play.hear(TurnPassed("ours", "GA"))
    assert play.deliveries() == [("held", "")]
    play.hear(TurnPassed("sending"))
    assert play.deliveries() == [("typing", "")]
    play.hear(CharactersLeft(0, 2, False))
    assert (play.items[-1].typed, play.items[-1].left) == ("OK GA", 2)
    play.hear(CharactersLeft(0, 1, False))
    assert play.items[-1].left == 2, "what has left does not come back"
    play.hear(CharactersLeft(0, 5, True), TurnPassed("muted"))
    assert play.deliveries() == [("typed", "")]
    assert play.call.outbox == ()
    assert play.hear(CharactersLeft(0, 5, True)) == []


def test_several_replies_wait_in_their_order() -> None:
    play = answered()
    play.hear(TurnPassed("sending"), typed_reply("k1", "ONE"), typed_reply("k2", "TWO"))
    behind = "behind what is written before it"
    assert play.deliveries() == [("typing", ""), ("held", behind)]
    play.hear(CharactersLeft(0, 3, True))
    assert play.deliveries() == [("typed", ""), ("typing", "")]


def test_real_time_text_has_no_turns_to_wait_for() -> None:
    play = answered(key=RTT)
    play.hear(letters("hello"), typed_reply("k1", "Hello!"))
    assert play.deliveries() == [("typing", "")]
    play.hear(CharactersLeft(0, 6, True))
    assert play.deliveries() == [("typed", "")]


def test_the_interrupt_key_sends_what_is_held_and_does_nothing_when_nothing_is() -> None:
    play = answered()
    key = PsapInterrupted(A, 0, "Kim")
    assert play.hear(key) == []
    play.hear(TurnPassed("hearing"), typed_reply("k1"))
    assert play.hear(PsapInterrupted(B, 7, "Lou")) == []
    said = play.hear(key)
    assert only(InterruptCaller, said) == [InterruptCaller()]
    assert play.lines("event")[-1] == "Kim interrupts the caller"


def test_a_reply_may_interrupt_by_itself() -> None:
    play = answered()
    said = play.hear(typed_reply("k1", "STOP", interrupt=True))
    assert only(TypeToCaller, said) == [TypeToCaller(0, "STOP", True)]


def test_an_empty_reply_and_a_repeated_one_are_not_typed() -> None:
    play = answered()
    (declined,) = only(Decline, play.hear(typed_reply("k1", "")))
    assert declined.reason == "not sent: there is nothing in it"
    play.hear(typed_reply("k2"))
    assert play.hear(typed_reply("k2")) == []


# --- the line is gone ---


def test_what_had_not_left_is_marked_with_where_it_broke_off() -> None:
    play = answered()
    play.hear(TurnPassed("sending"), typed_reply("k1", "ON OUR WAY"), typed_reply("k2", "GA"))
    said = play.hear(CharactersLeft(0, 6, False), LineEnded("the caller hung up"))
    assert play.deliveries() == [
        ("lost", 'line lost after "ON OUR"'),
        ("lost", "line lost before it was typed"),
    ]
    assert only(ShowTurn, said)[-1].gone == "the caller hung up"
    assert play.lines("event")[-1] == "The line is gone: the caller hung up"
    assert play.dialogue.name_of_phase == "active", "it stays with the PSAP"


def test_a_text_that_lacks_only_its_new_line_was_typed() -> None:
    play = answered()
    play.hear(TurnPassed("sending"), typed_reply("k1", "GO GA\r\n"))
    play.hear(CharactersLeft(0, 5, False), LineEnded("the caller hung up"))
    assert play.deliveries() == [("typed", "")]


def test_only_the_end_of_what_had_left_is_quoted() -> None:
    play = answered()
    play.hear(typed_reply("k1", "A" * 40 + " B"), CharactersLeft(0, 41, False), LineLost("why"))
    assert play.deliveries() == [("lost", f'line lost after "...{"A" * 24}"')]


def test_what_comes_of_a_line_that_is_gone_means_nothing() -> None:
    play = answered()
    play.hear(LineEnded("the caller hung up"))
    assert play.hear(letters("X"), LineLost("again"), TurnPassed("ours")) == []
    (declined,) = only(Decline, play.hear(typed_reply("k1")))
    assert declined.reason == "not sent: the line is gone (the caller hung up)"
    said = play.hear(PsapEnded(A, 0, "e", "Kim", "bye", (), "BYE", 1.0))
    assert play.deliveries() == [("lost", "not typed: the caller hung up")]
    assert only(TypeToCaller, said) == []
    assert only(HangUpLine, said) == []


def test_after_a_restart_the_line_is_lost_and_what_was_shown_stands_once() -> None:
    play = answered()
    play.hear(letters("HELP"), typed_reply("k1", "OK GA"), CharactersLeft(0, 1, False))
    (lost,) = in_flight(play.dialogue)
    assert lost == LineLost("the gateway was restarted")
    play.hear(lost)
    assert in_flight(play.dialogue) == ()
    assert play.lines() == ["HELP"]
    assert play.deliveries() == [("lost", 'line lost after "O"')]


def test_a_call_that_rang_off_before_an_answer_still_rings_and_is_answered() -> None:
    play = CallPlay()
    play.come()
    play.show_all()
    play.hear(LineEnded("the caller hung up"))
    said = play.hear(PsapAnswered(A, 0, "Kim"))
    assert only(AnswerLine, said) == []
    assert play.dialogue.name_of_phase == "active"


# --- the end ---


def test_closing_words_are_typed_and_then_the_line_is_hung_up() -> None:
    play = answered()
    said = play.hear(PsapEnded(A, 0, "e", "Kim", "bye sk", (), "BYE SK", 1.5))
    assert only(TypeToCaller, said) == [TypeToCaller(0, "BYE SK", False)]
    assert only(HangUpLine, said) == []
    assert play.dialogue.name_of_phase == "closing"
    play.hear(TurnPassed("sending"), CharactersLeft(0, 6, True))
    assert play.dialogue.name_of_phase == "closed"
    assert only(HangUpLine, play.wait(HANG_UP_AFTER - 0.1)) == []
    assert only(HangUpLine, play.wait(0.1)) == [HangUpLine("the dialogue is over")]
    assert play.call.gone == "the gateway hung up: the dialogue is over"
    assert only(HangUpLine, play.wait(10_000.0)) == []


def test_a_caller_who_never_hands_over_does_not_keep_the_line_for_ever() -> None:
    play = answered()
    play.hear(TurnPassed("hearing"), PsapEnded(A, 0, "e", "Kim", "bye", (), "BYE", 2.0))
    assert only(HangUpLine, play.wait(HELD_FOR + 3.9)) == []
    assert len(only(HangUpLine, play.wait(0.2))) == 1
    assert play.deliveries() == [("lost", "the line was ended before it was typed")]


def test_however_much_waits_the_line_ends() -> None:
    play = answered()
    play.hear(typed_reply("k1", "X" * 4000), PsapEnded(A, 0, "e", "Kim"))
    assert len(only(HangUpLine, play.wait(HANG_UP_MAX))) == 1


def test_the_bounce_back_is_typed_and_then_the_line_is_hung_up() -> None:
    policy = msgspec.structs.replace(
        POLICY, bounce=msgspec.structs.replace(POLICY.bounce, spelled="CALL 911", seconds=2.0)
    )
    play = CallPlay(A, policy=policy)
    play.come()
    said = play.hear(PsapRefused(A, 0, "nobody"))
    assert only(TypeToCaller, said) == [TypeToCaller(0, "CALL 911", False)]
    play.hear(CharactersLeft(0, 8, True))
    assert only(HangUpLine, play.wait(HANG_UP_AFTER)) == [HangUpLine("the dialogue is over")]
    assert isinstance(play.dialogue.phase, Over)


def test_an_automatic_message_on_real_time_text_is_typed_as_it_is_written() -> None:
    play = CallPlay(A, key=RTT)
    play.come()
    said = play.hear(PsapRefused(A, 0, "nobody"))
    assert only(TypeToCaller, said) == [TypeToCaller(0, "automatic M1", False)]


def test_an_automatic_message_of_an_older_policy_is_not_typed_in_letters_that_no_tty_has() -> None:
    older = msgspec.structs.replace(POLICY.bounce, spelled="")
    play = CallPlay(A, policy=msgspec.structs.replace(POLICY, bounce=older))
    play.come()
    said = play.hear(PsapRefused(A, 0, "nobody"))
    assert only(TypeToCaller, said) == []
    assert "it has no form for a TTY" in play.lines("event")[-1]
    assert len(only(HangUpLine, play.wait(HANG_UP_AFTER))) == 1


def test_no_automatic_message_is_typed_on_a_line_that_is_gone() -> None:
    play = CallPlay(A)
    play.come()
    said = play.hear(LineEnded("the caller hung up"), PsapRefused(A, 0, "nobody"))
    assert only(TypeToCaller, said) == []
    assert play.lines("event")[-1] == "Automatic message M1 not sent: the line is gone"


def test_a_line_outlives_no_dialogue() -> None:
    """Whatever the limits say: when it is forgotten, the line is hung up."""
    limits = msgspec.structs.replace(POLICY.limits, forget=10.0)
    play = CallPlay(policy=msgspec.structs.replace(POLICY, limits=limits))
    play.take_call()
    play.hear(typed_reply("k1", "X" * 400), PsapEnded(A, 0, "e", "Kim"))
    assert only(HangUpLine, play.wait(10.0)) == [HangUpLine("the dialogue is forgotten")]


def test_a_block_is_of_the_number() -> None:
    play = answered()
    said = play.hear(PsapBlocked(A, 0, "b", "Ann", T0 + 600.0, "jest", "bye", (), "BYE", 1.0))
    assert len(only(BlockCaller, said)) == 1
    assert only(TypeToCaller, said) == [TypeToCaller(0, "BYE", False)]


# --- the next call ---


def test_the_next_call_knows_of_one_whose_line_is_gone_and_of_no_other() -> None:
    play = answered()
    assert earlier(play.id, play.dialogue) is None
    play.hear(LineLost("the gateway was restarted"))
    before = earlier(play.id, play.dialogue)
    assert before is not None
    assert (before.dialogue, before.psap, before.closed_at) == (play.id, A, T0)
    ringing = CallPlay(C)
    ringing.unit(ringing.opening)
    ringing.hear(LineLost("x"))
    before = earlier(ringing.id, ringing.dialogue)
    assert before is not None
    assert before.psap == ""
    play.hear(PsapEnded(A, 0, "e", "Kim"))
    assert earlier(play.id, play.dialogue) is None, "what is over is known by itself"
