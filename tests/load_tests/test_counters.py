"""What a message costs, without a clock: what makes it dearer is seen before it is timed."""

from __future__ import annotations

import pytest

from load_tests.counters import count
from load_tests.stand_ins import Counted

MESSAGES, BATCH, CALLERS = 240, 20, 120
LINKS = 8  # four binds and four consoles


@pytest.fixture(scope="module")
def counted() -> Counted:
    return count(MESSAGES, BATCH, counting=True, callers=CALLERS)


def test_a_message_takes_no_more_calls_than_it_did(counted: Counted) -> None:
    """A fifth above what was counted when this was written. Whoever needs more says why, here."""
    per_message = counted.per_message()
    assert per_message["Python calls"] <= 350
    assert per_message["native calls"] <= 280


def test_a_message_is_a_text_its_acknowledgement_and_a_quarter_of_a_reply(counted: Counted) -> None:
    """Text, shown; and for every fourth: reply, taken by the carrier."""
    per_message = counted.per_message()
    assert per_message["replies"] == pytest.approx(0.25, rel=0.1)
    assert per_message["records"] <= 2.55
    assert per_message["appends"] <= per_message["records"]


def test_each_link_is_written_to_at_most_once_a_turn(counted: Counted) -> None:
    """However many answers, lines and replies become due in it."""
    assert counted.carrier_writes + counted.console_writes <= LINKS * counted.turns
    assert counted.turns < counted.messages
