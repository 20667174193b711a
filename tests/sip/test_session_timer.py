"""Session timers: what is asked, what is agreed, and who refreshes."""

from __future__ import annotations

import pytest

from text911.sip.grammar import Malformed
from text911.sip.message import Headers, Request, Response
from text911.sip.session_timer import Session, TooShort, agree, agreed, ask, minimum

TIMER = ("Supported", "timer")


def asks(*rows: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:h", rows)


@pytest.mark.parametrize(
    ("rows", "wanted", "session", "said"),
    [
        # who does not know timers cannot refresh: we do
        ((), 1800, Session(1800, True), "1800;refresher=uas"),
        ((TIMER,), 1800, Session(1800, True), "1800;refresher=uas"),
        ((TIMER, ("Session-Expires", "600")), 1800, Session(600, True), "600;refresher=uas"),
        ((TIMER, ("Session-Expires", "3600")), 1800, Session(1800, True), "1800;refresher=uas"),
        ((TIMER, ("Session-Expires", "3600")), 0, Session(3600, True), "3600;refresher=uas"),
        (
            (TIMER, ("Session-Expires", "3600"), ("Min-SE", "2000")),
            1800,
            Session(2000, True),
            "2000;refresher=uas",
        ),
        ((("Min-SE", "2000"),), 1800, Session(2000, True), "2000;refresher=uas"),
        (
            (TIMER, ("Session-Expires", "600;refresher=uac")),
            1800,
            Session(600, False),
            "600;refresher=uac",
        ),
        (
            (("Require", "timer"), ("Session-Expires", "600;Refresher=UAC")),
            1800,
            Session(600, False),
            "600;refresher=uac",
        ),
        (
            (TIMER, ("Session-Expires", "600;refresher=uas")),
            1800,
            Session(600, True),
            "600;refresher=uas",
        ),
        # put there by a proxy, for a caller that knows nothing of it
        ((("Session-Expires", "60;refresher=uac"),), 0, Session(90, True), "90;refresher=uas"),
    ],
)
def test_what_we_answer(rows: Headers, wanted: int, session: Session, said: str) -> None:
    found = agree(asks(*rows), wanted)
    require = () if session.ours else (("Require", "timer"),)
    assert found == (session, (*require, ("Session-Expires", said)))


def test_nobody_wants_one() -> None:
    assert agree(asks(TIMER), 0) == (None, ())


def test_less_than_anybody_may_ask_is_422() -> None:
    assert agree(asks(TIMER, ("Session-Expires", "89")), 0) == TooShort()
    assert TooShort().headers == (("Min-SE", "90"),)


@pytest.mark.parametrize(
    ("value", "session"),
    [
        ("600;refresher=uas", Session(600, False)),
        ("600;refresher=uac", Session(600, True)),
        ("600", Session(600, True)),
        ("30;refresher=uac", Session(90, True)),
    ],
)
def test_what_their_answer_means(value: str, session: Session) -> None:
    assert agreed(Response(200, "OK", (("Session-Expires", value),))) == session


def test_an_answer_that_says_nothing_means_no_timer() -> None:
    assert agreed(Response(200, "OK")) is None


def test_what_cannot_be_read_is_malformed() -> None:
    with pytest.raises(Malformed):
        agreed(Response(200, "OK", (("Session-Expires", "soon"),)))
    with pytest.raises(Malformed):
        minimum(Response(422, "", (("Min-SE", "-1"),)))


def test_the_minimum_is_never_less_than_the_specification_s() -> None:
    assert minimum(Response(422, "")) == minimum(Response(422, "", (("Min-SE", "5"),))) == 90
    assert minimum(Response(422, "", (("Min-SE", "600"),))) == 600


def test_what_we_ask() -> None:
    assert ask(0) == ()
    assert ask(1800) == (("Session-Expires", "1800"),)
    assert ask(1800, refresher="uac") == (("Session-Expires", "1800;refresher=uac"),)
    assert ask(1800, 3600) == (("Session-Expires", "3600"), ("Min-SE", "3600"))


def test_refresh_at_half_and_over_a_little_before_the_end() -> None:
    assert (Session(1800, True).refresh_after, Session(1800, True).over_after) == (900, 1768)
    assert Session(90, True).over_after == 60
