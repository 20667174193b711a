"""What query_sm is told: only what the dialogue's state still says."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from text911.gateway.core.state import (
    Dialogue,
    Heard,
    How,
    Line,
    Offered,
    Over,
    Partial,
    Receipt,
    Unshown,
)
from text911.gateway.core.values import CallerKey, CarrierName, Mark, MessageId, PsapName
from text911.gateway.edges import standing
from text911.smpp.pdu import QuerySmResp

T0 = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
MINE, OTHER = MessageId("00ff"), MessageId("0100")
MARK = Mark(b"digest", "link", 1)
HARTFORD = PsapName("hartford")
LINE = Line(
    CallerKey("sms", CarrierName("one"), "+18605551234"),
    "policy",
    T0,
    T0,
    0,
    heard=(Heard(MARK, T0, MINE), Heard(MARK, T0 + 5, OTHER)),
)
RINGING = Offered((HARTFORD,), 0, 0, T0 + 20)


def of(line: Line, phase: Offered | Over = RINGING) -> QuerySmResp | None:
    return standing.of(Dialogue(line, phase), MINE)


def test_a_text_that_nobody_has_heard_of_is_unknown() -> None:
    assert standing.of(Dialogue(LINE, RINGING), MessageId("no")) is None


def test_a_text_that_waits_for_a_page_is_on_its_way() -> None:
    for waits in (Unshown(3, (MINE,), T0), Unshown(3, (), T0)):
        assert of(replace(LINE, unshown=(waits,))) == QuerySmResp(MINE, "", standing.ENROUTE)


def test_a_text_behind_the_one_that_waits_says_nothing_of_it() -> None:
    later = Unshown(4, (OTHER,), T0 + 5)
    assert of(replace(LINE, unshown=(later,))) == QuerySmResp(MINE, "", standing.ENROUTE)
    earlier = Unshown(2, (), T0 - 5)
    found = of(replace(LINE, unshown=(earlier,)))
    assert found is not None
    assert found.message_state == standing.DELIVERED


def test_a_part_whose_text_is_not_complete_is_on_its_way() -> None:
    open_one = Partial("udh8:1:2", "gsm7", 2, T0, (), (MINE,))
    assert of(replace(LINE, partials=(open_one,))) == QuerySmResp(MINE, "", standing.ENROUTE)
    joined = Partial("udh8:1:2", "gsm7", 2, T0, (), (), joined=True)
    found = of(replace(LINE, partials=(joined,)))
    assert found is not None
    assert found.message_state == standing.DELIVERED


def test_a_text_that_was_shown_is_delivered() -> None:
    assert of(LINE) == QuerySmResp(MINE, "270115080000000+", standing.DELIVERED)


@pytest.mark.parametrize(
    ("delivered", "state", "error"),
    [(True, standing.DELIVERED, 0), (False, standing.UNDELIVERABLE, standing.OURS)],
)
def test_while_the_receipt_is_owed_it_says_what_became_of_the_text(
    delivered: bool, state: int, error: int
) -> None:
    line = replace(LINE, receipts=(Receipt(OTHER, not delivered, T0, T0),
                                   Receipt(MINE, delivered, T0, T0 + 1.25)))  # fmt: skip
    assert of(line) == QuerySmResp(MINE, "270115080001200+", state, error)


@pytest.mark.parametrize(
    ("how", "state"),
    [("bounced", standing.UNKNOWN), ("abandoned", standing.UNKNOWN),
     ("ended", standing.DELIVERED)],
)  # fmt: skip
def test_what_a_dialogue_that_nobody_answered_has_shown_is_not_guessed(
    how: How, state: int
) -> None:
    found = of(LINE, Over(how, T0 + 60, HARTFORD, 0))
    assert found is not None
    assert found.message_state == state
