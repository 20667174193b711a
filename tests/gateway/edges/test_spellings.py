"""One message id in the spellings of one carrier."""

from __future__ import annotations

import pytest

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
