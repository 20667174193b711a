"""What a call that was not taken is called."""

from __future__ import annotations

import pytest

from text911.psap_adapters.tty_psap.refusals import of_ended, of_refused
from text911.sip.effects import CallId, Cause, Ended, Refused, Why

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
    assert of_refused(Refused(CALL, status, text)) == words


def test_every_end_has_words() -> None:
    for why in Why:
        assert of_ended(Ended(CALL, Cause(why)))
    assert of_ended(Ended(CALL, Cause(Why.BYE, "x"))) == "it hung up"
    assert of_ended(Ended(CALL, Cause(408, ""))) == "the call failed (408)"
