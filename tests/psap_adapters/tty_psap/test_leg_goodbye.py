"""How a call ends: after a goodbye or without one, and what is said until it is recorded."""

from __future__ import annotations

from dataclasses import replace

from text911.psap_adapters import port

from .stage import CARD, FIRST, LEG, TERMS, Desk, Phase, caller, offered


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


def test_a_line_that_its_caller_never_ends_does_not_keep_a_goodbye_from_being_one() -> None:
    card = replace(CARD, channel="rtt")
    desk = Desk(offered(caller(1, "fire", open=True), card=card, line=port.LineState("ours")))
    desk.answered()
    desk.reads("FIRE GA")
    desk.run(1)
    desk.types("help is there bye sksk")
    desk.reports(port.Ended, within=TERMS.after_sksk + 15)


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
