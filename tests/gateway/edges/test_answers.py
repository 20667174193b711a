"""The core's questions and who answers them: the routing table that is in force, and the joiner."""

from __future__ import annotations

from typing import Any

import pytest

from text911.gateway.core.commands import Join, Part, Route
from text911.gateway.core.facts import PartsJoined, RouteChosen
from text911.gateway.core.state import Line
from text911.gateway.core.values import CallerKey, CarrierName, Location, PsapName
from text911.gateway.edges.answers import Answers
from text911.gateway.operations.metrics import Metrics
from text911.gateway.routing.cells import cells
from text911.gateway.routing.grid import Grid
from text911.gateway.routing.router import Router, RoutingTable
from text911.gateway.routing.settings import OutOfState

GRID = Grid(cells())
PORTLAND = Location(41.5950, -72.5850, 620.0, 90, "Cell", "test", 0.0)
HERE, STATE, SPECIAL = PsapName("here"), PsapName("state"), PsapName("special")


def router(portland: PsapName = HERE) -> Router:
    """Every town to the statewide PSAP, Portland to another; `elm` has a default of its own."""
    towns = {boundary.town: STATE for boundary in cells().towns}
    towns["Portland"] = portland
    return Router(
        GRID,
        RoutingTable(
            psap_of=towns,
            overflow={},
            statewide_default=STATE,
            out_of_state=OutOfState.STATEWIDE_DEFAULT,
            nearest_within_m=5000.0,
            wide_radius_m=20_000.0,
            carrier_defaults={CarrierName("elm"): SPECIAL},
        ),
    )


def line(group: str = "birch") -> Line:
    key = CallerKey("sms", CarrierName(group), "+18605550142")
    return Line(key, "hash", 0.0, 0.0, 0)


def answers() -> tuple[Answers, Metrics]:
    metrics = Metrics()
    return Answers(router(), metrics), metrics


def test_a_place_is_answered_by_the_routing_table() -> None:
    one, _ = answers()
    chosen = one.answer(line(), Route(PORTLAND, ""))
    assert isinstance(chosen, RouteChosen)
    assert (chosen.psaps, chosen.town) == ((HERE, STATE), "Portland")


def test_parts_are_joined_each_with_its_tables_and_everything_remarked_is_said_once() -> None:
    one, _ = answers()
    flash = ("a flash message",)
    parts = (Part(1, b"\x1bS", "", flash), Part(2, b"\x1bS", "gsm7", flash))
    joined = one.answer(line(), Join("j", "gsm7/0.1", 2, parts))
    assert joined == PartsJoined("j", "ŞS", (), flash)


def test_a_caller_without_a_place_goes_where_their_carrier_says() -> None:
    one, _ = answers()
    of_elm = one.answer(line("elm"), Route(None, "the location did not come in time"))
    of_birch = one.answer(line("birch"), Route(None, "the location did not come in time"))
    assert isinstance(of_elm, RouteChosen)
    assert isinstance(of_birch, RouteChosen)
    assert of_elm.psaps[0] == SPECIAL
    assert of_birch.psaps == (STATE,)
    assert "the location did not come in time" in of_birch.reason


def test_a_router_that_was_replaced_answers_the_next_question() -> None:
    one, _ = answers()
    one.router = router(portland=SPECIAL)
    chosen = one.answer(line(), Route(PORTLAND, ""))
    assert isinstance(chosen, RouteChosen)
    assert chosen.psaps[0] == SPECIAL


def test_only_routes_are_counted_as_routes() -> None:
    one, metrics = answers()
    one.answer(line(), Join("8:7:2", "gsm7", 1, (Part(1, b"help"),)))
    assert sum(metrics.route.counts) == 0
    one.answer(line(), Route(PORTLAND, ""))
    one.answer(line(), Route(None, "unknown"))
    assert sum(metrics.route.counts) == 2
    assert metrics.route.total > 0.0


@pytest.mark.parametrize(
    ("alphabet", "total", "parts", "joined"),
    [
        ("gsm7", 2, {1: b"help ", 2: b"me"}, PartsJoined("j", "help me")),
        ("gsm7", 2, {2: b"me", 1: b"help "}, PartsJoined("j", "help me")),
        ("gsm7", 3, {1: b"a", 3: b"c"}, PartsJoined("j", "a [part 2 of 3 missing] c", (2,))),
        ("ucs2", 2, {1: b"\xd8\x3d", 2: b"\xdd\x25"}, PartsJoined("j", "\N{FIRE}")),
        ("latin1", 1, {1: b"caf\xe9"}, PartsJoined("j", "caf\xe9")),
    ],
)
def test_parts_read_together_in_their_alphabet_whatever_their_order(
    alphabet: str, total: int, parts: dict[int, bytes], joined: PartsJoined
) -> None:
    one, _ = answers()
    question = Join("j", alphabet, total, tuple(Part(n, octets) for n, octets in parts.items()))
    assert one.answer(line(), question) == joined


def test_octets_that_are_no_text_are_remarked_on() -> None:
    one, _ = answers()
    joined = one.answer(line(), Join("j", "ucs2", 1, (Part(1, b"\x00h\x00"),)))
    assert isinstance(joined, PartsJoined)
    assert joined.text.startswith("h")
    assert joined.remarks


def test_what_is_no_question_is_our_mistake() -> None:
    one, _ = answers()
    stranger: Any = "where?"
    with pytest.raises(AssertionError):
        one.answer(line(), stranger)
