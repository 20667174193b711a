"""Where the caller is: asked for, said again as he moves, and what is routed by it (DESIGN 9.5)."""

from __future__ import annotations

import msgspec

from text911.gateway.core.commands import Locate, OfferTo, Route, ShowCard, Withdraw
from text911.gateway.core.facts import (
    CallerMoved,
    LineEnded,
    LocationFailed,
    LocationFound,
    PsapAnswered,
    PsapRefused,
    RouteChosen,
)
from text911.gateway.core.state import Active, Locating, Over
from text911.gateway.core.values import Location

from .stage import HERE, NOBODY, POLICY, T0, A, B, CallPlay, Play, only, wrote

# --- locating and routing ---


def test_the_first_text_asks_for_the_location_with_the_tlvs_of_its_pdu() -> None:
    play = Play()
    assert only(Locate, play.open()) == [Locate(((0x1403, b"x"),))]
    assert isinstance(play.dialogue.phase, Locating)
    assert play.dialogue.name_of_phase == "locating"


def test_a_location_routes_and_the_first_of_the_chain_rings() -> None:
    play = Play()
    play.open()
    said = play.hear(LocationFound(HERE))
    assert play.questions == [Route(HERE, "the carrier's cell")]
    assert only(OfferTo, said) == [OfferTo(A, 0, T0 + 20.0)]
    assert play.line.location == HERE
    assert (play.line.town, play.line.because) == ("Ansonia", "because")
    assert play.texts("event") == ["Route: because", f"Ringing {A}"]


def test_without_a_location_it_routes_by_default_and_says_why() -> None:
    play = Play()
    play.open()
    play.hear(LocationFailed("the source is down"))
    assert play.questions == [Route(None, "the source is down")]


def test_a_slow_location_never_bounces_it_routes_by_default_after_three_seconds() -> None:
    play = Play()
    play.open()
    play.wait(2.9)
    assert play.questions == []
    play.wait(0.1)
    assert play.questions == [Route(None, "no location within 3 s")]
    assert play.rung == [A]


def test_a_location_that_comes_after_the_route_is_shown_and_does_not_route_again() -> None:
    play = Play()
    play.ring()
    said = play.hear(LocationFound(HERE), LocationFailed("again"))
    assert said == [ShowCard(A, 0)]
    assert play.line.location == HERE
    assert len(play.questions) == 1
    play.hear(PsapAnswered(A, 0, "Kim"))
    assert play.hear(LocationFound(HERE)) == [ShowCard(A, 0)]


def test_a_location_after_the_end_is_kept_and_shown_to_nobody() -> None:
    play = Play(A)
    play.open()
    play.hear(LocationFailed("no"), PsapRefused(A, 0, "nobody is here"))
    assert play.over.how == "bounced"
    assert play.hear(LocationFound(HERE)) == []
    assert play.line.location == HERE


def test_a_route_that_was_not_asked_for_changes_nothing() -> None:
    play = Play()
    play.ring()
    assert play.hear(RouteChosen((B,), "why not")) == []
    assert play.leg == (A, 0)


def test_a_route_to_nobody_bounces_with_its_reason() -> None:
    play = Play()
    play.answer = lambda _line, _question: RouteChosen((), "no PSAP takes texts there")
    play.ring()
    assert play.over.how == "bounced"
    assert "Bounce-back sent: no PSAP takes texts there" in play.texts("event")
    assert play.automatics == ["M1"]


def test_all_texts_before_the_answer_are_kept_in_order_and_offered_to_everybody_rung() -> None:
    play = Play()
    play.ring(wrote("one"))
    play.hear(wrote("two"))
    play.show_all()
    play.wait(20.0)
    play.hear(wrote("three"))
    assert play.texts() == ["one", "two", "three"]
    assert [line.psap for line in play.transcript if line.kind == "caller"] == [NOBODY, A, B]


def test_no_route_within_the_limit_for_reaching_somebody_bounces() -> None:
    play = Play()
    limits = msgspec.structs.replace(POLICY.limits, location=60.0)
    play.policy = msgspec.structs.replace(POLICY, limits=limits)
    play.open()
    play.wait(10.0)
    assert play.over.how == "bounced"
    assert play.automatics == ["M1"]


# --- the caller moves ---


NEAR = Location(41.30021, -73.1, 25.0, 95, "GPS", "the call's location object", T0 + 40.0)
POINT = Location(41.2, -73.0, 0.0, 0, "Manual", "the call's location object", T0 + 50.0)


def test_a_caller_who_moves_is_shown_where_he_is_and_stays_with_who_has_him() -> None:
    play = CallPlay()
    play.unit(play.opening)
    play.hear(LocationFound(HERE))
    play.show_all()
    play.answered()
    said = play.hear(CallerMoved(b"<one/>", NEAR))
    assert play.line.location == NEAR
    assert only(ShowCard, said) == [ShowCard(A, 0)]
    assert only(OfferTo, said) == [] == only(Withdraw, said)
    assert play.texts("event")[-1] == (
        "The caller is said to be at 41.30021, -73.10000 within 25 m (GPS);"
        " before, at 41.30000, -73.10000 within 500 m (Cell)"
    )
    assert isinstance(play.dialogue.phase, Active)
    play.hear(CallerMoved(b"<two/>", POINT))
    assert play.texts("event")[-1].startswith(
        "The caller is said to be at 41.20000, -73.00000 (Manual); before"
    )


def test_the_same_place_said_again_is_newer_and_no_event() -> None:
    play = CallPlay()
    play.unit(play.opening)
    play.hear(LocationFound(HERE))
    play.show_all()
    events = len(play.texts("event"))
    later = msgspec.structs.replace(HERE, at=T0 + 90.0)
    assert only(ShowCard, play.hear(CallerMoved(b"<again/>", later))) == [ShowCard(A, 0)]
    assert play.line.location == later
    assert len(play.texts("event")) == events


def test_a_place_that_cannot_be_read_is_told_and_takes_none_away() -> None:
    play = CallPlay()
    play.unit(play.opening)
    play.hear(LocationFound(HERE))
    play.show_all()
    said = play.hear(CallerMoved(b"<broken", None, "the call's location object: it is no XML"))
    assert only(ShowCard, said) == []
    assert play.line.location == HERE
    assert play.texts("event")[-1] == (
        "Where the caller is was said again, and is not known:"
        " the call's location object: it is no XML"
    )


def test_a_place_said_while_the_first_is_still_sought_routes_the_call_and_stays() -> None:
    play = CallPlay()
    play.unit(play.opening)
    said = play.hear(CallerMoved(b"<one/>", NEAR))
    assert play.questions == [Route(NEAR, NEAR.source)]
    assert only(OfferTo, said) == [OfferTo(A, 0, T0 + 20.0)]
    assert (
        play.texts("event")[1]
        == "The caller is said to be at 41.30021, -73.10000 within 25 m (GPS)"
    )
    play.hear(LocationFound(HERE))  # of what the call began with: older
    assert play.line.location == NEAR


def test_where_the_caller_was_last_is_known_after_the_end() -> None:
    play = CallPlay()
    play.unit(play.opening)
    play.hear(LocationFound(HERE), LineEnded("the caller hung up"))
    play.show_all()
    assert only(ShowCard, play.hear(CallerMoved(b"<late/>", NEAR))) == [ShowCard(A, 0)]
    play.answered()
    play.wait(10_000.0)
    assert isinstance(play.dialogue.phase, Over)
    assert only(ShowCard, play.hear(CallerMoved(b"<later/>", POINT))) == []
    assert play.line.location == POINT
