"""What to do where an exchange wants to know who we are."""

from __future__ import annotations

import pytest

from text911.sip.asked import words
from text911.sip.effects import Unproven

TABLE = "[sip] of lines/north.toml"


@pytest.mark.parametrize("why", [Unproven.NO_LOGIN, Unproven.NOT_TAKEN])
def test_where_the_name_and_the_password_stand_is_said(why: Unproven) -> None:
    assert TABLE in words(why, TABLE)
    assert "username and password" in words(why, TABLE)


def test_and_what_is_spoken_where_nothing_could_be_answered() -> None:
    said = words(Unproven.NOT_SPOKEN, TABLE)
    assert "MD5 or SHA-256" in said
    assert "qop auth or none" in said  # a challenge without qop is answered too
    assert TABLE not in said
