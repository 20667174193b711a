"""One message id in the spellings of one carrier."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from text911.gateway.core.facts import HandsetReported
from text911.gateway.core.state import Line, Reply, Sent
from text911.gateway.core.values import CallerKey, CarrierName
from text911.gateway.edges import spellings


def line(*, outbox: str = "", sent: str = "", early: str = "") -> Line:
    key = CallerKey("sms", CarrierName("one"), "+18605551234")
    return Line(
        key,
        "policy",
        0.0,
        0.0,
        0,
        outbox=(Reply(0, 0, 0, (), "s", carrier_ids=(outbox,)),) if outbox else (),
        sent=(Sent(1, 1, 1, "t", ("", sent)),) if sent else (),
        early=(HandsetReported(True, -1, early),) if early else (),
    )


@pytest.mark.parametrize(
    ("taken", "reported"),
    [("4711", "4711"), ("4711", "1267"), ("1267", "4711"), ("00004711", "4711"),
     ("abc", "ABC"), ("6699", "1A2B"), ("A1", "161")],
)  # fmt: skip
def test_a_report_is_of_the_reply_that_was_taken_under_another_spelling(
    taken: str, reported: str
) -> None:
    fact = HandsetReported(True, -1, reported)
    for known in (line(outbox=taken), line(sent=taken)):
        assert spellings.reported(known, fact).carrier_id == taken
    assert spellings.taken(line(early=reported), taken) == reported


@pytest.mark.parametrize("reported", ["", "9999", "x-9"])
def test_what_is_no_spelling_of_ours_stays_as_it_came(reported: str) -> None:
    fact = HandsetReported(True, -1, reported)
    for known in (line(outbox="4711"), line()):
        assert spellings.reported(known, fact) is fact
    assert spellings.taken(line(early="4711"), reported) == reported


@pytest.mark.parametrize(
    ("receipt_ids", "meant"),
    [("any", "10"), ("same", "10"), ("hexadecimal", "16"), ("decimal", "a")],
)
def test_what_an_account_says_of_its_receipts_tells_two_replies_apart(
    receipt_ids: str, meant: str
) -> None:
    """10 is 16 in hexadecimal, and a is 10; the caller has replies under all three."""
    fact = HandsetReported(True, -1, "10")
    both = replace(line(outbox="10", sent="16"), early=())
    three = replace(both, outbox=(*both.outbox, *line(outbox="a").outbox))
    assert spellings.reported(three, fact, receipt_ids).carrier_id == meant


@pytest.mark.parametrize("receipt_ids", ["same", "hexadecimal", "decimal"])
def test_a_receipt_of_none_of_them_is_of_none(receipt_ids: str) -> None:
    known = {"same": "16", "hexadecimal": "10", "decimal": "10"}[receipt_ids]
    fact = HandsetReported(True, -1, "10")
    assert spellings.reported(line(outbox=known), fact, receipt_ids).carrier_id != known


@pytest.mark.parametrize(
    ("receipt_ids", "taken", "reported"),
    [("same", "004A", "4a"), ("hexadecimal", "4711", "001267"), ("decimal", "1A2B", "6699"),
     ("decimal", "x-9", "X-9"), ("hexadecimal", "x-9", "x-9")],
)  # fmt: skip
def test_it_is_the_same_whichever_comes_first(receipt_ids: str, taken: str, reported: str) -> None:
    fact = HandsetReported(True, -1, reported)
    assert spellings.reported(line(outbox=taken), fact, receipt_ids).carrier_id == taken
    early = spellings.reported(line(), fact, receipt_ids).carrier_id
    assert spellings.taken(line(early=early), taken, receipt_ids) == early
