"""What a call that was not taken is called."""

from __future__ import annotations

import pytest

from text911.psap_adapters.tty_psap.refusals import of_ended, of_refused
from text911.sip.effects import CallId, Cause, Ended, Refused, Unproven, Why

CALL = CallId(1)


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (486, "Busy Here", "its line is busy (486 Busy Here)"),
        (480, "", "nobody answers there (480)"),
        (418, "Teapot", "the call failed (418 Teapot)"),
    ],
)
def test_a_status_is_said_in_words(status: int, text: str, words: str) -> None:
    assert of_refused(Refused(CALL, status, text), "ansonia") == words


def test_who_asks_for_a_password_is_named_with_what_to_write() -> None:
    refused = Refused(CALL, 407, "Proxy Authentication Required", Unproven.NO_LOGIN)
    assert of_refused(refused, "ansonia") == (
        "its exchange turns us away: it asks for a name and a password; give username and password "
        "in [tty] of psaps/ansonia.toml (407 Proxy Authentication Required)"
    )


def test_every_end_has_words() -> None:
    for why in Why:
        assert of_ended(Ended(CALL, Cause(why)))
    assert of_ended(Ended(CALL, Cause(Why.BYE, "x"))) == "it hung up"
    assert of_ended(Ended(CALL, Cause(408, ""))) == "the call failed (408)"
