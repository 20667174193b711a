"""Figures that cannot work are refused when they are written down."""

from __future__ import annotations

import pytest

from text911.smpp.timers import Heartbeat, SessionLimits


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_init": 0.0},
        {"enquire_link": -1.0},
        {"response": 0.0},
        {"inactivity": -1.0},
        {"window": 0},
    ],
)
def test_limits_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"timers|window"):
        SessionLimits(**wrong)  # type: ignore[arg-type]


def test_two_unanswered_enquiries_exhaust_a_link_and_any_pdu_revives_it() -> None:
    limits = SessionLimits(enquire_link=30, response=10, inactivity=100)
    heart = Heartbeat(0.0, 0.0)
    assert (heart.next_enquiry_at(limits), heart.inactive_at(limits)) == (30.0, 100.0)
    heart.enquired(30.0)
    assert (heart.next_enquiry_at(limits), heart.is_exhausted) == (40.0, False)
    heart.enquired(40.0)
    assert (heart.next_enquiry_at(limits), heart.is_exhausted) == (50.0, True)
    heart.heard(45.0)
    assert (heart.next_enquiry_at(limits), heart.is_exhausted) == (75.0, False)
    heart.was_active()
    assert heart.inactive_at(limits) == 145.0
    assert heart.inactive_at(SessionLimits()) == float("inf")
