"""The judge notices each kind of broken promise, and nothing where all were kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.crash.judging import judge_ledger
from tests.crash.ledger import Arrival, Attempt, Ledger, Line, Receipt, Reply, Text
from tests.crash.load import PSAPS
from tests.crash.words import number_of, reply_of, text_of

HOME = PSAPS[0]
LEG = "D1/0"


def text(index: int, caller: int = 0, umr: int = -1) -> Text:
    sent = Attempt("link", 2 + index, 10.0 + index, 10.1 + index, 0)
    return Text(
        index, caller, "one", number_of(1, caller), text_of(caller, index, False), umr,
        message=f"m{index}", accepted_at=sent.answered_at, attempts=[sent],
    )  # fmt: skip


def line(index: int, sequence: int, caller: int = 0, suspected: bool = False) -> Line:
    words = text_of(caller, index, False)
    return Line(
        11.0 + index, HOME, LEG, "D1", sequence, "caller", words, caller, index, suspected
    )  # fmt: skip


def arrival(words: str, at: float, link: str = "link", caller: int = 0) -> Arrival:
    return Arrival(at, "one", link, number_of(1, caller), words)


def good() -> Ledger:
    """Three texts of one caller on one leg, two replies, a receipt."""
    ledger = Ledger()
    for index in range(3):
        ledger.texts[index] = text(index)
        ledger.line(line(index, 8 * index))
    for number in range(2):
        words = reply_of(0, f"k{number}", "help")
        reply = Reply(f"k{number}", HOME, LEG, 0, words, sequence=100 + number)
        reply.arrivals.append(arrival(words, 20.0 + number))
        ledger.replies[reply.key] = reply
    ledger.texts[0].wants_receipt = True
    ledger.receipts.append(Receipt(15.0, "one", "m0", True))
    return ledger


def resent(ledger: Ledger, index: int) -> Text:
    again = Attempt("other", 9, 30.0, 30.1, 0)
    ledger.texts[index].attempts.append(again)
    return ledger.texts[index]


def again(ledger: Ledger, index: int, suspected: bool) -> None:
    ledger.line(line(index, 200 + index, suspected=suspected))


def test_nothing_is_found_where_all_promises_were_kept() -> None:
    verdict = judge_ledger(good())
    assert verdict.good, verdict.sentences
    assert (verdict.accepted, verdict.replies, verdict.lines) == (3, 2, 3)


def test_a_repeat_that_may_be_one_may_be_shown_collapsed() -> None:
    ledger = good()
    resent(ledger, 2)
    again(ledger, 2, suspected=True)
    assert judge_ledger(ledger).good


def test_a_text_whose_caller_was_told_is_not_lost() -> None:
    ledger = good()
    ledger.texts[3] = text(3, caller=2)
    told = arrival("Text-to-911 is not available", 20.0, caller=2)
    ledger.automatic[told.number].append(told)
    verdict = judge_ledger(ledger)
    assert verdict.good
    assert verdict.bounced == 1


def test_a_reply_may_come_twice_when_that_is_recorded() -> None:
    ledger = good()
    ledger.replies["k1"].arrivals.append(arrival(ledger.replies["k1"].words, 30.0, "other"))
    assert judge_ledger(ledger).counts == {"reply twice": 1}
    assert judge_ledger(ledger, frozenset({"k1"})).good


def test_a_reply_of_a_dialogue_that_was_over_may_be_told_by_the_record_alone() -> None:
    ledger = good()
    ledger.replies["k1"].arrivals.clear()
    assert judge_ledger(ledger).counts == {"reply lost": 1}
    verdict = judge_ledger(ledger, given_up=frozenset({"k1"}))
    assert verdict.good
    assert verdict.unknown == 1


def lose(ledger: Ledger) -> None:
    del ledger.shown[1]


def never_answer(ledger: Ledger) -> None:
    ledger.texts[1].accepted_at = -1.0


def refuse(ledger: Ledger) -> None:
    ledger.texts[1].accepted_at = -1.0
    ledger.texts[1].refused = True


def show_twice(ledger: Ledger) -> None:
    resent(ledger, 1)
    again(ledger, 1, suspected=False)


def show_twice_what_was_sent_once(ledger: Ledger) -> None:
    again(ledger, 1, suspected=True)


def suspect_what_bears_a_reference(ledger: Ledger) -> None:
    resent(ledger, 1).umr = 7
    again(ledger, 1, suspected=True)


def give_a_line_again(ledger: Ledger) -> None:
    ledger.twice.append((LEG, 8))


def turn_the_order(ledger: Ledger) -> None:
    ledger.lines[0] = replace(ledger.lines[0], sequence=9)


def show_another_caller(ledger: Ledger) -> None:
    ledger.texts[5] = text(5, caller=4)
    ledger.line(line(5, 40, caller=4))


def show_what_nobody_wrote(ledger: Ledger) -> None:
    ledger.lines[1] = replace(ledger.lines[1], text="text 0 1 something else")


def show_elsewhere(ledger: Ledger) -> None:
    other = PSAPS[1]
    ledger.lines = [replace(one, psap=other) for one in ledger.lines]
    for key, lines in ledger.shown.items():
        ledger.shown[key] = [replace(one, psap=other) for one in lines]


def lose_a_reply(ledger: Ledger) -> None:
    ledger.replies["k1"].arrivals.clear()


def turn_the_replies(ledger: Ledger) -> None:
    words = ledger.replies["k1"].words
    ledger.replies["k1"].arrivals[0] = arrival(words, 1.0)


def send_a_reply_to_another(ledger: Ledger) -> None:
    words = ledger.replies["k1"].words
    ledger.replies["k1"].arrivals[0] = arrival(words, 21.0, caller=8)


def alter_a_reply(ledger: Ledger) -> None:
    ledger.replies["k1"].arrivals[0] = arrival(reply_of(0, "k1", "nonsense"), 21.0)


def give_no_receipt(ledger: Ledger) -> None:
    ledger.receipts.clear()


def give_both_receipts(ledger: Ledger) -> None:
    ledger.receipts.append(Receipt(16.0, "one", "m0", False))


def be_odd(ledger: Ledger) -> None:
    ledger.oddities.append("generic_nack")


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (lose, "lost"),
        (never_answer, "unanswered"),
        (refuse, "refused"),
        (show_twice, "twice"),
        (show_twice_what_was_sent_once, "twice"),
        (suspect_what_bears_a_reference, "twice"),
        (give_a_line_again, "twice"),
        (turn_the_order, "order"),
        (show_another_caller, "cross-talk"),
        (show_what_nobody_wrote, "cross-talk"),
        (show_elsewhere, "wrong PSAP"),
        (lose_a_reply, "reply lost"),
        (turn_the_replies, "reply order"),
        (send_a_reply_to_another, "cross-talk"),
        (alter_a_reply, "cross-talk"),
        (give_no_receipt, "receipts"),
        (give_both_receipts, "receipts"),
        (be_odd, "oddities"),
    ],
)
def test_each_broken_promise_is_found_by_its_name(
    broken: Callable[[Ledger], None], name: str
) -> None:
    ledger = good()
    broken(ledger)
    verdict = judge_ledger(ledger)
    assert name in verdict.counts
    assert any(sentence.startswith(name) for sentence in verdict.sentences)


def test_a_reply_that_never_left_is_not_lost_when_the_page_says_so() -> None:
    ledger = good()
    ledger.replies["k1"].arrivals.clear()
    ledger.replies["k1"].states.add("unknown")
    verdict = judge_ledger(ledger)
    assert verdict.good
    assert verdict.unknown == 1
