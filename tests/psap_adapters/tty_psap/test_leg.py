"""A conversation with a PSAP's TTY: typed to and read from, and nobody's words are lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from text911.psap_adapters import port

from .stage import CARD, FIRST, LEG, PLACE, TERMS, Desk, caller, event, offered


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
    desk.reads("NEW HAVEN)")
    desk.take(desk.leg.update(port.Typed(1, "the", (), True), desk.now))
    desk.run(4)
    assert desk.lines[-1].endswith("NEW HAVEN)"), "the word has no end yet"
    for text, is_open in (
        ("there is ", True), ("there is a mann ", True), ("there is a man he", True),
        ("there is a man here GA", False),
    ):  # fmt: skip
        desk.take(desk.leg.update(port.Typed(1, text, (), is_open), desk.now))
        desk.run(4.5)
    assert desk.lines[-1] == "THERE IS A MANN XXX MAN HERE GA"
    assert desk.of(port.Shown)[-1].up_to == 1
    desk.types("ok ga")
    desk.reports(port.Wrote, 2)
    assert desk.of(port.Wrote)[1].text == "OK GA", "a caller who has a TTY knows what it means"


def calls_and_types(desk: Desk, sequence: int, text: str) -> None:
    """Letter by letter, as the gateway tells it: a line that begins, and then how it reads."""
    for end in range(1, len(text) + 1):
        so_far = text[:end]
        if end == 1:
            desk.take(desk.leg.give(caller(sequence, so_far), desk.now))
        desk.take(desk.leg.update(port.Typed(sequence, so_far, (), True), desk.now))
        desk.run(0.18)


@pytest.mark.parametrize("channel", ["tty", "rtt"])
def test_all_that_a_caller_on_a_line_types_is_typed(channel: Literal["tty", "rtt"]) -> None:
    desk = Desk(offered(card=replace(CARD, channel=channel), line=port.LineState("ours")))
    desk.picks_up()
    calls_and_types(desk, 1, "FIRE AT 12")
    desk.reads("GA")
    desk.types("911 GA")
    desk.reads("FIRE AT 12 GA")
    desk.run(1)
    assert [one.up_to for one in desk.of(port.Shown)] == [], "the caller may go on with it"
    desk.types("what street qq ga")
    desk.reports(port.Wrote, 2)
    desk.take(desk.leg.update(port.Typed(1, "FIRE AT 12", (), False), desk.now))
    calls_and_types(desk, 2, "ELM")
    desk.reads("ELM GA")
    desk.take(desk.leg.update(port.Typed(2, "ELM", (), False), desk.now))
    desk.run(1)
    assert desk.of(port.Shown)[-1].up_to == 2
    assert desk.paper.count("ELM") == 1


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
