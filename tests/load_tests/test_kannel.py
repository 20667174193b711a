"""Kannel as the carrier: what is read out of its status page, and the arithmetic on it."""

from __future__ import annotations

import pytest

from load_tests.kannel import SENDERS_MIN, Count, Pair, counted, in_words, rate, templates

ONLINE = """\
SMSC connections:
    carrier[carrier]    SMPP:127.0.0.1:2775/2775:conform:VMA (online 3s, rcvd: sms 7 (1.00,0.00,\
0.00) / dlr 2 (0.00,0.00,0.00), sent: sms 1200 (400.00,0.00,0.00) / dlr 0 (0.00,0.00,0.00), \
failed 5, queued 31 msgs)
    handsets[handsets]    FAKE:10000 (online 3s, rcvd: sms 4000 (0,0,0) / dlr 0 (0,0,0), \
sent: sms 9 (0,0,0) / dlr 0 (0,0,0), failed 0, queued 0 msgs)
"""


def test_of_the_status_page_the_texts_sent_over_smpp_are_read() -> None:
    assert counted(ONLINE) == (1200, 5)


def test_a_link_that_is_not_bound_counts_nothing() -> None:
    assert (
        counted("SMSC connections:\n    carrier    SMPP:127.0.0.1:1/1:u:VMA (connecting)") is None
    )
    assert counted("") is None


def test_the_rate_is_taken_between_a_tenth_and_nine_tenths() -> None:
    slow_ends = [Count(0.0, 0, 0), Count(5.0, 100, 0), Count(6.0, 500, 0), Count(7.0, 900, 0)]
    assert rate([*slow_ends, Count(60.0, 1000, 0)], 1000) == 400.0


def test_what_was_not_sent_has_no_rate() -> None:
    with pytest.raises(ValueError, match="of 1000 texts only 500 were sent"):
        rate([Count(0.0, 100, 0), Count(1.0, 500, 500)], 1000)
    with pytest.raises(ValueError, match="too few for a rate"):
        rate([Count(0.0, 1000, 0)], 1000)
    with pytest.raises(ValueError, match="only 0 were sent"):
        rate([], 1000)


def test_no_two_senders_are_one() -> None:
    fed = templates(SENDERS_MIN)
    assert len({line.split()[0] for line in fed}) == SENDERS_MIN
    assert {tuple(line.split()[1:3]) for line in fed} == {("911", "text")}


def test_the_share_is_the_median_of_the_rounds_and_both_wishes_are_judged() -> None:
    pairs = [Pair(7_000, 10_000), Pair(1, 10_000), Pair(12_000, 13_000)]
    _, share, speed = in_words(pairs, 500)
    assert share == "share: 70%, at least 70% wanted: met"
    assert speed == "rate: at least 10,000/s wanted: not met"
    _, share, speed = in_words([Pair(100, 5_000)], 500)
    assert share == "share: 2%, at least 70% wanted: not met"
    assert speed.endswith("not met, nor does Kannel reach it here at all")
