"""One dialogue on one call: rung, announced, typed to, read from, taken leave of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tests.tty.clean_receiver import CleanReceiver
from text911.psap_adapters import port
from text911.tty.receiving import Event, Voice

from .stage import CARD, LEG, PLACE, TERMS, Desk, Phase, caller, event, offered

FIRST = caller(1, "My house is on fire")


def test_the_transcript_is_typed_after_tones_and_shown_when_its_last_letter_has_left() -> None:
    desk = Desk(offered(event(0, "Route"), FIRST, event(2, "Ringing"), caller(3, "5 Elm St")))
    desk.take(desk.leg.rings(desk.now))
    desk.picks_up()
    desk.reads("TEXT TO 911 FROM 860-555-0142 AT NEW HAVEN GA")
    assert "FIRE" not in desk.paper
    desk.types("911 where is your emergency q ga")
    desk.reads("5 ELM ST GA")
    desk.run(1)
    assert desk.lines[1:] == [
        "(LOCATION 41.30830 -72.92790 WITHIN 300 METERS, NEW HAVEN)",
        "MY HOUSE IS ON FIRE",
        "5 ELM ST GA",
    ]
    assert [type(one) for one in desk.told] == [
        port.Reached, port.Reached, port.Answered, port.Shown, port.Wrote, port.Shown, port.Shown,
    ]  # fmt: skip
    assert desk.of(port.Answered) == [port.Answered(LEG, "TTY at 8605550199")]
    assert [one.up_to for one in desk.of(port.Shown)] == [0, 2, 3]
    wrote = desk.of(port.Wrote)[0]
    assert (wrote.text, wrote.by) == ("911 WHERE IS YOUR EMERGENCY?", "TTY at 8605550199")
    raw = desk.raw[desk.told.index(wrote)].decode()
    assert raw.startswith("911 WHERE IS YOUR EMERGENCY Q GA\n")


def test_no_line_is_shown_before_it_is_on_the_paper() -> None:
    desk = Desk(offered(FIRST, caller(2, "upstairs"), caller(3, "hurry")))
    desk.answered()
    desk.reports(port.Shown, 3)
    for report, printed in zip(desk.told, desk.printed_at, strict=True):
        if isinstance(report, port.Shown):
            # The last two letters are still on their way when they have left the wire.
            words = ["MY HOUSE IS ON FI", "UPSTAI", "HUR"][report.up_to - 1]
            assert words in desk.paper[:printed]


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


def test_a_conversation_goes_back_and_forth() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("is anybody hurt xxx inside qq ga")
    desk.reports(port.Wrote, 2)
    assert desk.of(port.Wrote)[1].text == "IS ANYBODY HURT XXX INSIDE?"
    own = port.Item(5, 1.0, "psap", "IS ANYBODY HURT XXX INSIDE?", TERMS.by, "tty-abc-2")
    desk.take(desk.leg.give(own, desk.now))
    desk.take(desk.leg.give(caller(6, "my son"), desk.now))
    desk.reads("MY SON GA")
    desk.run(1)
    assert "HURT" not in desk.paper, "what they typed themselves is not typed back"
    assert desk.of(port.Shown)[-1].up_to == 6


def test_texts_that_come_while_they_type_wait_for_their_turn() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("stay on the line help is coming ga")
    desk.run(2)
    desk.take(desk.leg.give(caller(3, "ok"), desk.now))
    desk.reports(port.Wrote, 2)
    assert "OK" not in desk.paper
    desk.reads("OK GA")
    assert desk.of(port.Wrote)[1].text == "STAY ON THE LINE HELP IS COMING"


def test_who_breaks_in_loses_no_word_and_nor_does_the_caller() -> None:
    desk = Desk(offered(caller(1, "there are three men in my house and they have guns")))
    desk.answered()
    desk.reads("THERE ARE THR")
    desk.breaks_in("which room ga")
    desk.reports(port.Wrote, 2)
    assert desk.of(port.Wrote)[1].text == "WHICH ROOM"
    desk.reads("GUNS GA")
    assert "THERE ARE THREE MEN IN MY HOUSE" in desk.paper.replace("\r\n", "")


def test_goodbye_ends_the_dialogue_after_a_while_and_not_before() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("help is there bye sksk")
    desk.reports(port.Wrote, 2)
    assert desk.of(port.Wrote)[1].text == "HELP IS THERE BYE"
    desk.run(TERMS.after_sksk - 3)
    assert not desk.of(port.Ended)
    assert desk.hung_up is None
    desk.reports(port.Ended, within=5)
    desk.take(desk.leg.close("ended by TTY at 8605550199", desk.now))
    desk.reads("SKSK")
    desk.until("hung up", lambda: desk.hung_up, 10)
    assert "ENDED BY" not in desk.paper


def test_a_text_after_their_sk_is_still_typed_and_the_end_waits_for_it() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("anything else q ga sk")
    desk.reports(port.Wrote, 2)
    desk.run(TERMS.after_sk - 5)
    desk.take(desk.leg.give(caller(4, "thank you"), desk.now))
    desk.reads("THANK YOU GA")
    desk.run(10)
    assert not desk.of(port.Ended)
    desk.reports(port.Ended, within=TERMS.after_sk)


def test_who_types_on_after_sk_has_not_ended() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("bye sk")
    desk.reports(port.Wrote, 2)
    desk.run(10)
    desk.types("wait ga")
    desk.reports(port.Wrote, 3)
    desk.run(TERMS.after_sk + 5)
    assert not desk.of(port.Ended)


def test_who_hangs_up_after_sksk_has_ended_it_and_says_so_until_it_is_recorded() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("bye sksk")
    desk.reports(port.Wrote, 2)
    desk.run(1)
    desk.puts_down()
    assert len(desk.of(port.Ended)) == 1
    gone = desk.leg.phase
    assert gone == Phase.GONE
    assert desk.leg.wakes_at is not None
    desk.now = desk.leg.wakes_at
    desk.take(desk.leg.tick(desk.now))
    first, again = desk.of(port.Ended)
    assert first == again
    desk.take(desk.leg.close("ended", desk.now))
    assert desk.leg.phase == Phase.OVER
    assert desk.hung_up is None


def test_who_hangs_up_without_goodbye_is_lost_and_others_are_rung() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.types("where")
    desk.run(2.5)
    desk.puts_down()
    assert desk.of(port.Wrote)[-1].text == "WHERE"
    assert desk.of(port.Refused) == [port.Refused(LEG, "it hung up")]


def test_a_withdrawn_dialogue_is_taken_leave_of_in_words() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.take(desk.leg.close("closed: nobody wrote", desk.now))
    desk.reads("(CLOSED: NOBODY WROTE) SKSK")
    desk.until("hung up", lambda: desk.hung_up, 10)


def test_while_nobody_has_typed_a_withdrawal_hangs_up_at_once() -> None:
    for is_up in (False, True):
        desk = Desk(offered(FIRST))
        if is_up:
            desk.picks_up()
        desk.take(desk.leg.close("not answered in time", desk.now))
        assert desk.hung_up == "not answered in time"
        assert not desk.of(port.Refused)


def test_a_farewell_that_cannot_be_typed_is_cut_off() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.types("x" * 400)
    desk.run(5)
    desk.take(desk.leg.close("over", desk.now))
    desk.run(55)
    assert desk.hung_up is None
    desk.until("hung up", lambda: desk.hung_up, 10)


def test_what_could_not_be_sent_is_said_to_who_typed_it() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("where are you ga")
    desk.reports(port.Wrote, 2)
    change = port.NotTaken(desk.of(port.Wrote)[1].key, "not taken: try again")
    desk.take(desk.leg.update(change, desk.now))
    desk.reads("('WHERE ARE YOU' WAS NOT SENT: NOT TAKEN: TRY AGAIN) GA")


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


def test_news_are_typed_where_they_matter() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    own = port.Item(3, 1.0, "psap", "WHERE ARE YOU", TERMS.by, "k")
    desk.take(desk.leg.give(own, desk.now))
    near = replace(PLACE, latitude=41.3084)
    far = replace(PLACE, latitude=41.35)
    for change in (
        port.CardChanged(replace(CARD, place=near)),
        port.DeliveryChanged(3, port.Delivery.CARRIER),
        port.DeliveryChanged(3, port.Delivery.FAILED, "the handset is off"),
        port.CardChanged(replace(CARD, place=far)),
        port.Quiet(1.0),
        port.Sending(3, 4, 1.0),
        port.LineChanged(port.LineState("ours", gone="the caller hung up")),
        port.LineChanged(port.LineState("ours", gone="the caller hung up")),
    ):
        desk.take(desk.leg.update(change, desk.now))
    desk.run(60)
    assert desk.lines[-4:] == [
        "('WHERE ARE YOU' DID NOT REACH THE CALLER: THE HANDSET IS OFF)",
        "(LOCATION 41.35000 -72.92790 WITHIN 300 METERS, NEW HAVEN)",
        "(NOBODY HAS WRITTEN FOR LONG, THIS WILL END SOON)",
        "(THE CALLER'S LINE IS GONE: THE CALLER HUNG UP) GA",
    ]


def test_what_a_caller_on_a_line_types_grows_word_by_word() -> None:
    card = replace(CARD, channel="tty")
    growing = caller(1, "th", open=True)
    desk = Desk(offered(growing, card=card, line=port.LineState("hearing")))
    desk.answered()
    desk.run(4)
    assert "TH" not in desk.lines[-1]
    for text, is_open in (
        ("there is ", True), ("there is a mann ", True), ("there is a man he", True),
        ("there is a man here GA", False),
    ):  # fmt: skip
        desk.take(desk.leg.update(port.Typed(1, text, (), is_open), desk.now))
        desk.run(9)
    assert desk.lines[-1] == "THERE IS A MANN XXX MAN HERE GA"
    assert desk.of(port.Shown)[-1].up_to == 1
    desk.types("ok ga")
    desk.reports(port.Wrote, 2)
    assert desk.of(port.Wrote)[1].text == "OK GA", "a caller who has a TTY knows what it means"


def test_a_flood_is_typed_in_order_with_how_much_waits_and_the_same_words_once() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    words = ["help me", "please", "hurry up", "now", "help", "help", "help", "come to the garage"]
    for sequence, text in enumerate(words, start=2):
        desk.take(desk.leg.give(caller(sequence, text), desk.now))
    desk.reads("GARAGE GA", 200)
    desk.run(1)
    said = list(desk.lines[desk.lines.index("MY HOUSE IS ON FIRE GA") + 1 :])
    assert [one for one in said if not one.startswith("(")] == [
        "HELP ME", "PLEASE", "HURRY UP", "NOW", "HELP (3 TIMES)", "COME TO THE GARAGE GA",
    ]  # fmt: skip
    shown = [one.up_to for one in desk.of(port.Shown)]
    assert shown == sorted(set(shown))
    assert shown[-1] == 9


def test_how_much_waits_is_said_once_a_minute() -> None:
    desk = Desk(offered(*(caller(n, f"text number {n} of them") for n in range(1, 12))))
    desk.answered()
    desk.reads("11 OF THEM GA", 200)
    told = [one for one in desk.lines if "TEXTS WAIT" in one]
    assert len(told) == 1 or len(told) == 2
    assert told[0].startswith("(11 MORE TEXTS WAIT, ")


def test_more_than_a_tty_can_be_typed_is_given_to_another_psap() -> None:
    desk = Desk(offered(*(caller(n, f"text {n}") for n in range(1, 1_001))))
    desk.picks_up()
    desk.take(desk.leg.give(caller(1_001, "one more"), desk.now))
    assert [one.reason for one in desk.of(port.Refused)] == [
        "more is written than a TTY can be typed"
    ]
    assert desk.hung_up


# --- late, crossing and odd ----------------------------------------------------------------------


def test_a_call_that_ends_while_it_rings_is_refused() -> None:
    desk = Desk(offered(FIRST))
    desk.take(desk.leg.hung_up("its exchange cannot be reached any more", desk.now))
    assert desk.told == [port.Refused(LEG, "its exchange cannot be reached any more")]
    assert desk.leg.phase is Phase.OVER
    desk.run(0.1)
    assert desk.hung_up is None


def test_who_hangs_up_during_the_farewell_is_not_lost_and_its_last_words_go_out() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.take(desk.leg.close("closed: nobody wrote", desk.now))
    desk.take(desk.leg.close("closed: said twice", desk.now))
    desk.reads("SKSK")
    desk.types("ok by")
    desk.run(2.2)
    desk.puts_down()
    assert "TWICE" not in desk.paper
    assert desk.of(port.Wrote)[-1].text.startswith("OK")
    assert not desk.of(port.Refused)
    assert desk.leg.phase is Phase.OVER


def test_what_comes_after_the_end_changes_nothing() -> None:
    desk = Desk(offered(FIRST))
    desk.take(desk.leg.close("not answered in time", desk.now))
    count = len(desk.told)
    for late in (
        desk.leg.hung_up("it hung up", desk.now),
        desk.leg.failed("its line is busy (486 Busy Here)"),
        desk.leg.give(caller(2, "hurry"), desk.now),
        desk.leg.tick(desk.now + 1000),
    ):
        assert late == []
    assert len(desk.told) == count


def test_a_goodbye_that_could_not_be_recorded_is_said_again() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("bye sksk")
    desk.reports(port.Ended)
    (ended,) = desk.of(port.Ended)
    desk.take(desk.leg.update(port.NotTaken(ended.key, "not now"), desk.now))
    desk.reports(port.Ended, 2, within=3)
    assert desk.of(port.Ended) == [ended, ended]
    assert "NOT SENT" not in desk.paper


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


def test_what_a_colleague_wrote_is_typed_and_only_the_last_replies_are_remembered() -> None:
    theirs = [port.Item(n, 1.0, "psap", f"REPLY {n}", "Kim", f"k{n}") for n in range(2, 24)]
    desk = Desk(offered(FIRST, *theirs, shown_up_to=22))
    desk.answered()
    desk.reads("(KIM WROTE: REPLY 23) GA")
    desk.run(1)
    for sequence in (2, 23):
        failed = port.DeliveryChanged(sequence, port.Delivery.FAILED)
        desk.take(desk.leg.update(failed, desk.now))
    desk.reads("(A REPLY DID NOT REACH THE CALLER)")
    desk.reads("('REPLY 23' DID NOT REACH THE CALLER) GA")


def test_a_long_turn_goes_out_in_pieces_at_the_ends_of_words() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    words = "stay away from the windows and doors " * 10
    desk.types(f"{words}ga")
    desk.reports(port.Wrote, 2)
    assert "GA" not in desk.of(port.Wrote)[1].text
    desk.reports(port.Wrote, 3)
    first, rest = (one.text for one in desk.of(port.Wrote)[1:])
    assert 290 < len(first) <= 310
    assert f"{first} {rest}" == words.strip().upper()


def test_of_many_replies_the_oldest_is_no_longer_named() -> None:
    desk = Desk(offered(FIRST))
    desk.answered()
    desk.reads("FIRE GA")
    for number in range(21):
        desk.run(1)
        desk.types(f"{number} ga")
        desk.reports(port.Wrote, 2 + number)
    oldest, *_, last = desk.of(port.Wrote)
    for key in (oldest.key, last.key):
        desk.take(desk.leg.update(port.NotTaken(key, "try again"), desk.now))
    desk.reads("(IT WAS NOT SENT: TRY AGAIN)")
    desk.reads("('20' WAS NOT SENT: TRY AGAIN) GA")


def test_a_line_that_turns_out_to_be_empty_still_hands_over() -> None:
    card = replace(CARD, channel="tty")
    desk = Desk(offered(caller(1, "fire"), caller(2, "", open=True), card=card))
    desk.answered()
    desk.reads("FIRE")
    desk.run(3)
    assert not desk.paper.endswith("GA"), "there is more to come"
    desk.take(desk.leg.update(port.Typed(2, "", (), False), desk.now))
    desk.run(2)
    assert desk.lines[-1] == "FIRE GA"
    assert desk.of(port.Shown)[-1].up_to == 2
