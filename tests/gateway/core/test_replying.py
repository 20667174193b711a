"""Replies to the caller (DESIGN 9.2, 9.3): every letter of `progress`, every carrier fact."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import Arm, Command, ShowDelivery, TellCaller
from text911.gateway.core.dialogue import in_flight
from text911.gateway.core.facts import (
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    Fact,
    HandsetReported,
    PsapAnswered,
    PsapEnded,
    PsapRefused,
    SentAgain,
)
from text911.gateway.core.replying import EARLY_MAX, SENT_MAX, delivery_of
from text911.gateway.core.state import Reply, Sent
from text911.gateway.core.values import Segment

from .stage import POLICY, A, B, Play, only, reply, segments

TOOK = CarrierTook(0, 0, "id-0")
BUSY = CarrierRefused(0, 0, 0x58, permanent=False)
NEVER = CarrierRefused(0, 0, 0x0B, permanent=True)
SILENT = CarrierSilent(0, 0)
LOST = CarrierLost(0, 0, "bind lost")
AGAIN = SentAgain(0, 0)
GOT = HandsetReported(True, umr=100)
GOT_NOT = HandsetReported(False, umr=100)

# How part 0 gets each letter, while part 1 keeps the reply in the outbox.
WAY: dict[str, tuple[Fact, ...]] = {
    "s": (),
    "w": (BUSY,),
    "u": (SILENT,),
    "r": (LOST,),
    "a": (LOST, AGAIN),
    "v": (LOST, AGAIN, BUSY),
    "t": (TOOK,),
    "T": (LOST, TOOK),
    "h": (GOT,),
    "x": (LOST, AGAIN, LOST),
    "n": (GOT_NOT,),
    "f": (NEVER,),
}
FACTS = (TOOK, BUSY, NEVER, SILENT, LOST, AGAIN, GOT, GOT_NOT)
#        took  busy  never silent lost again got  got not
TABLE = {
    "w": "w     w     w     w      w    w     w    w",
    "s": "t     w     f     u      r    s     h    n",
    "u": "t     w     f     u      r    u     h    n",
    "r": "T     v     f     r      r    a     h    n",
    "a": "T     v     f     x      x    a     h    n",
    "v": "v     v     v     v      v    v     h    n",
    "t": "t     t     t     t      t    t     h    n",
    "T": "T     T     T     T      T    T     h    n",
    "h": "h     h     h     h      h    h     h    h",
    "x": "T     x     x     x      x    x     h    n",
    "n": "n     n     n     n      n    n     h    n",
    "f": "f     f     f     f      f    f     f    f",
}
CASES = [
    (before, fact, after)
    for before, row in TABLE.items()
    for fact, after in zip(FACTS, row.split(), strict=True)
]


def letter(play: Play, number: int = 0, part: int = 0) -> str:
    replies: tuple[Reply | Sent, ...] = (*play.line.outbox, *play.line.sent)
    for one in replies:
        if one.number == number:
            return one.progress[part]
    raise AssertionError(f"there is no reply {number}")


def written(parts: int = 2) -> Play:
    play = Play()
    play.take()
    play.hear(reply("k1", parts=parts))
    return play


def told(commands: list[Command]) -> list[tuple[int, int, bool]]:
    return [(c.reply, c.part, c.again) for c in commands if isinstance(c, TellCaller)]


@pytest.mark.parametrize(("before", "fact", "after"), CASES)
def test_every_letter_against_every_fact(before: str, fact: Fact, after: str) -> None:
    play = written()
    play.hear(*WAY[before])
    assert letter(play) == before
    play.hear(fact)
    assert letter(play) == after


def test_the_table_has_every_letter_and_the_letters_have_a_delivery_each() -> None:
    assert set(TABLE) == set(WAY)
    assert {one: delivery_of(one) for one in TABLE} == {
        "w": "waiting",
        "s": "waiting",
        "u": "unknown",
        "r": "sent_again",
        "a": "sent_again",
        "v": "sent_again",
        "t": "carrier",
        "T": "carrier",
        "h": "handset",
        "x": "unknown",
        "n": "failed",
        "f": "failed",
    }
    assert [delivery_of(p) for p in ("ht", "hw", "hf", "tu", "th")] == [
        "carrier",
        "waiting",
        "failed",
        "unknown",
        "carrier",
    ]


# --- one at a time ---


def test_the_next_part_leaves_only_after_the_response_to_the_one_before() -> None:
    play = Play()
    play.take()
    said = play.hear(reply("k1", "abc", 3))
    (first,) = only(TellCaller, said)
    assert first == TellCaller(0, 0, 3, Segment(0, b"abc/0"), umr=100, concatenation=100)
    (second,) = only(TellCaller, play.hear(TOOK))
    assert (second.part, second.umr, second.concatenation) == (1, 101, 100)
    (third,) = only(TellCaller, play.hear(CarrierTook(0, 1)))
    assert (third.part, third.umr) == (2, 102)
    assert told(play.hear(CarrierTook(0, 2))) == []
    assert play.line.outbox == ()


def test_the_next_reply_leaves_only_after_all_parts_of_the_one_before() -> None:
    play = written(2)
    assert told(play.hear(reply("k2", "then"))) == []
    assert told(play.hear(TOOK)) == [(0, 1, False)]
    (last,) = only(TellCaller, play.hear(CarrierTook(0, 1)))
    assert (last.reply, last.umr, last.concatenation) == (1, 102, 102)


def test_references_wrap_around_and_the_concatenation_number_is_one_octet() -> None:
    play = Play(reference=0xFFFF)
    play.take()
    (first,) = only(TellCaller, play.hear(reply("k1", parts=2)))
    (second,) = only(TellCaller, play.hear(TOOK))
    assert (first.umr, second.umr) == (0xFFFF, 0)
    assert first.concatenation == second.concatenation == 0xFF
    assert play.line.umr == 1


def test_a_second_response_hands_out_nothing() -> None:
    play = written(3)
    play.hear(TOOK)
    assert play.hear(TOOK) == []


@pytest.mark.parametrize("fact", FACTS[:6])
@pytest.mark.parametrize(("number", "part"), [(7, 0), (0, 5)])
def test_facts_about_a_reply_that_is_not_there_mean_nothing(
    fact: Fact, number: int, part: int
) -> None:
    play = written()
    before = play.dialogue
    assert play.hear(msgspec.structs.replace(fact, reply=number, part=part)) == []
    assert play.dialogue == before


# --- silence and lost links ---


def test_a_silent_part_is_unknown_is_not_sent_again_and_does_not_hold_up_the_rest() -> None:
    play = written(2)
    said = play.hear(SILENT)
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [("unknown", "")]
    assert told(said) == [(0, 1, False)]
    play.wait(120.0)
    assert play.laws.sent[0, 0] == 1


def test_a_response_that_comes_after_the_silence_counts() -> None:
    play = written(1)
    play.hear(SILENT)
    said = play.hear(TOOK)
    assert [one.delivery for one in only(ShowDelivery, said)] == ["carrier"]
    assert play.line.outbox == ()


@pytest.mark.parametrize("before", [(), (SILENT,)])
def test_a_part_whose_link_is_lost_is_sent_once_more_with_the_same_octets_and_reference(
    before: tuple[Fact, ...],
) -> None:
    play = written(1)
    (first,) = only(TellCaller, play.said)
    play.hear(*before)
    said = play.hear(LOST)
    assert only(TellCaller, said) == [msgspec.structs.replace(first, again=True)]
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [
        ("sent_again", "bind lost; sent again, may appear twice")
    ]
    play.hear(AGAIN)
    said = play.hear(LOST)
    assert told(said) == [], "never a third time"
    assert [one.delivery for one in only(ShowDelivery, said)] == ["unknown"]
    assert play.line.outbox == ()


def test_what_was_handed_over_again_but_never_written_may_be_handed_to_the_next_link() -> None:
    play = written(1)
    play.hear(LOST)
    assert told(play.hear(LOST)) == [(0, 0, True)]
    assert told(play.hear(LOST)) == [(0, 0, True)]


def test_after_being_sent_again_the_carriers_yes_still_says_that_it_may_appear_twice() -> None:
    play = written(1)
    play.hear(LOST, AGAIN)
    said = play.hear(TOOK)
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [
        ("carrier", "sent again, may appear twice")
    ]


def test_a_yes_to_the_second_sending_that_comes_after_its_silence_is_shown() -> None:
    play = written(1)
    play.hear(LOST, AGAIN, SILENT)
    assert play.line.outbox == ()
    said = play.hear(TOOK)
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [
        ("carrier", "sent again, may appear twice")
    ]
    assert play.hear(HandsetReported(True, carrier_id="id-0")) == [
        ShowDelivery(A, 0, play.line.sent[0].sequence, "handset")
    ]


def test_after_a_restart_every_part_without_a_response_is_reported_lost_and_no_other() -> None:
    for way, lost in (("s", 1), ("u", 2), ("r", 1), ("a", 1), ("v", 0), ("x", 1), ("t", 1)):
        play = written(2)
        play.hear(*WAY[way])
        facts = in_flight(play.dialogue)
        assert len(facts) == lost, way
        assert all(fact.reason == "the gateway was restarted" for fact in facts)
        play.hear(*facts)
        assert letter(play) == {"s": "r", "u": "r", "a": "x"}.get(way, way)


# --- refusals ---


def test_a_busy_carrier_is_asked_again_after_five_seconds_and_the_sending_is_no_repeat() -> None:
    play = written(1)
    said = play.hear(BUSY)
    assert only(Arm, said) == [Arm("retry", play.line.generation, play.at + 5.0)]
    note = "carrier busy (status 0x58), trying again"
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [("waiting", note)]
    assert told(play.wait(4.9)) == []
    assert told(play.wait(0.1)) == [(0, 0, False)]


def test_a_second_sending_that_was_refused_for_now_stays_a_second_sending() -> None:
    play = written(1)
    play.hear(LOST, AGAIN, BUSY)
    assert told(play.wait(5.0)) == [(0, 0, True)]
    assert letter(play) == "r"
    said = play.hear(AGAIN, TOOK)
    assert only(ShowDelivery, said)[-1].note == "sent again, may appear twice"


def test_while_a_busy_carrier_is_waited_for_nothing_else_overtakes() -> None:
    play = written(1)
    play.hear(BUSY)
    assert told(play.hear(reply("k2"))) == []
    assert told(play.wait(5.0)) == [(0, 0, False)]
    assert told(play.hear(TOOK)) == [(1, 0, False)]


def test_after_so_many_refusals_the_reply_has_failed_and_the_next_one_goes() -> None:
    play = written(2)
    play.hear(reply("k2", "next"))
    for _ in range(POLICY.limits.retries):
        play.hear(BUSY)
        assert told(play.wait(5.0)) == [(0, 0, False)]
    said = play.hear(BUSY)
    (shown,) = only(ShowDelivery, said)
    assert (shown.delivery, shown.note) == ("failed", "refused by the carrier (status 0x58)")
    assert told(said) == [(1, 0, False)]


def test_a_yes_in_between_starts_the_count_of_refusals_anew() -> None:
    play = written(2)
    play.hear(BUSY)
    play.wait(5.0)
    play.hear(TOOK)
    assert play.line.outbox[0].refusals == 0


def test_a_refusal_for_good_fails_the_parts_that_have_not_left_and_frees_the_next() -> None:
    play = written(3)
    play.hear(reply("k2", "next"), TOOK)
    said = play.hear(CarrierRefused(0, 1, 0x0B, permanent=True))
    assert play.line.sent[-1].progress == "tff"
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [
        ("failed", "refused by the carrier (status 0xb)")
    ]
    assert told(said) == [(1, 0, False)]


def test_a_refusal_for_good_does_not_touch_a_part_that_is_with_the_carrier() -> None:
    play = written(3)
    play.hear(SILENT, CarrierTook(0, 1), NEVER)
    assert play.line.outbox[0].progress == "fts"
    play.hear(CarrierTook(0, 2))
    assert play.line.sent[-1].progress == "ftt"


def test_a_late_busy_about_a_silent_part_waits_until_the_part_in_flight_is_answered() -> None:
    play = written(2)
    play.hear(SILENT, BUSY)
    assert told(play.wait(5.0)) == [], "part 1 is in flight"
    assert told(play.hear(CarrierTook(0, 1))) == [(0, 0, False)]


# --- receipts ---


def test_a_receipt_that_comes_before_the_response_is_matched_by_reference_at_once() -> None:
    play = written(1)
    said = play.hear(GOT)
    assert [one.delivery for one in only(ShowDelivery, said)] == ["handset"]
    assert play.hear(TOOK) == []
    assert play.line.outbox == ()


def test_a_receipt_that_comes_before_the_response_is_matched_by_carrier_id_with_it() -> None:
    play = written(1)
    play.hear(HandsetReported(True, carrier_id="other"), HandsetReported(True, carrier_id="id-0"))
    assert len(play.line.early) == 2
    said = play.hear(TOOK)
    assert [one.delivery for one in only(ShowDelivery, said)] == ["handset"]
    assert [one.carrier_id for one in play.line.early] == ["other"]


def test_receipts_after_the_response_match_by_either_mark() -> None:
    play = written(2)
    play.hear(TOOK, CarrierTook(0, 1, "id-1"))
    assert only(ShowDelivery, play.hear(GOT))[0].delivery == "carrier", "one part of two"
    said = play.hear(HandsetReported(True, carrier_id="id-1"))
    assert only(ShowDelivery, said)[0].delivery == "handset"


def test_a_handset_that_did_not_get_it_is_shown_and_a_later_yes_is_believed() -> None:
    play = written(1)
    play.hear(TOOK)
    assert only(ShowDelivery, play.hear(GOT_NOT))[0].delivery == "failed"
    assert only(ShowDelivery, play.hear(GOT))[0].delivery == "handset"
    assert only(ShowDelivery, play.hear(GOT_NOT))[0].delivery == "handset"


def test_a_receipt_for_a_part_that_never_left_is_somebody_elses() -> None:
    play = written(2)
    play.hear(HandsetReported(True, umr=101))
    assert letter(play, part=1) == "w"
    assert told(play.hear(TOOK)) == [(0, 1, False)]


def test_an_empty_carrier_id_matches_nothing() -> None:
    play = written(1)
    play.hear(HandsetReported(True), CarrierTook(0, 0, ""))
    assert letter(play) == "t"
    assert len(play.line.early) == 1


def test_what_is_remembered_for_receipts_is_bounded() -> None:
    play = Play()
    play.take()
    for number in range(SENT_MAX + 5):
        play.hear(reply(f"k{number}"), CarrierTook(number, 0, f"id-{number}"))
    assert len(play.line.sent) == SENT_MAX
    play.hear(*(HandsetReported(True, carrier_id=f"odd {n}") for n in range(EARLY_MAX + 5)))
    assert len(play.line.early) == EARLY_MAX


# --- after the end ---


def test_what_is_owed_is_still_carried_after_the_end_and_shown_where_it_ended() -> None:
    play = written(2)
    play.hear(PsapEnded(A, 0, "end", "Kim"))
    said = play.hear(TOOK)
    assert told(said) == [(0, 1, False)]
    assert [(one.psap, one.offer) for one in only(ShowDelivery, said)] == [(A, 0)]
    assert told(play.hear(CarrierTook(0, 1))) == [(1, 0, False)], "M3 comes last"


def test_a_busy_carrier_is_still_asked_again_after_the_end() -> None:
    play = written(1)
    play.hear(BUSY, PsapEnded(A, 0, "end", "Kim"))
    assert told(play.wait(5.0)) == [(0, 0, False)]


def test_what_the_carrier_never_took_is_given_up_when_the_dialogue_is_forgotten() -> None:
    play = written(1)
    play.hear(reply("k2"), PsapEnded(A, 0, "end", "Kim", "bye", segments("bye")))
    said = play.wait(600.0)
    assert [(one.delivery, one.note) for one in only(ShowDelivery, said)] == [
        ("unknown", "the carrier never took it"),
        ("failed", "the carrier never took it"),
        ("failed", "the carrier never took it"),
    ]
    assert play.line.outbox == ()


def test_the_delivery_of_a_reply_is_shown_to_the_leg_that_has_the_dialogue_now() -> None:
    play = written(1)
    play.hear(PsapRefused(A, 0, "gone"), PsapAnswered(B, 1, "Lou"))
    (shown,) = only(ShowDelivery, play.hear(TOOK))
    assert (shown.psap, shown.offer, shown.delivery) == (B, 1, "carrier")
