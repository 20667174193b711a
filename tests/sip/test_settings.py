"""What may be set, said once for all who have such settings."""

from __future__ import annotations

import pytest

from text911.sip.ports import PortRange
from text911.sip.settings import enough_ports, session_timer, telephone

from .net import Net


@pytest.mark.parametrize("seconds", [0, 90, 1800])
def test_a_session_timer_is_none_or_as_long_as_anybody_may_ask_for(seconds: int) -> None:
    assert session_timer(seconds) == seconds


@pytest.mark.parametrize("seconds", [1, 89])
def test_a_shorter_one_is_refused_in_words(seconds: int) -> None:
    with pytest.raises(ValueError, match="below 90 s"):
        session_timer(seconds)


@pytest.mark.parametrize(
    ("first", "last", "media"),
    [(20_000, 20_003, 2), (20_001, 20_003, 1), (20_000, 20_002, 1), (20_000, 20_001, 1)],
)
def test_ports_are_counted_as_they_are_given_out(first: int, last: int, media: int) -> None:
    enough_ports(first, last, media, "it")
    assert PortRange(Net(), first, last).free == media
    with pytest.raises(ValueError, match=f"it needs {2 * media + 2}; widen"):
        enough_ports(first, last, media + 1, "it")


def test_whom_we_call_is_a_sip_address() -> None:
    found = telephone("sip:8605550199@192.0.2.10;transport=tcp")
    assert (found.user, found.host) == ("8605550199", "192.0.2.10")


@pytest.mark.parametrize("wrong", ["tel:8605550199", "8605550199", "sip:"])
def test_what_cannot_be_called_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"no SIP address.*write sip:NUMBER@HOST"):
        telephone(wrong)
