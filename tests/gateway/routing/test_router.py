from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text911.gateway.core.commands import Route
from text911.gateway.core.facts import RouteChosen
from text911.gateway.core.values import CarrierName, Location, PsapName
from text911.gateway.routing.grid import Grid
from text911.gateway.routing.polygons import Boundaries
from text911.gateway.routing.router import Router, RoutingTable, routing_table
from text911.gateway.routing.settings import OutOfState, RoutingSettings

ROUTING = Path(__file__).resolve().parents[3] / "configs" / "demo" / "routing.toml"
DEMO = RoutingSettings.model_validate(tomllib.loads(ROUTING.read_text("utf-8")))
TABLE = routing_table(
    DEMO,
    carrier_defaults={"alder": "valley-shore", "birch": ""},
    titles={"csecc": "CSECC"},
)
ALDER, BIRCH = CarrierName("alder"), CarrierName("birch")


@pytest.fixture(scope="module")
def router(demo_grid: Grid) -> Router:
    return Router(demo_grid, TABLE)


def at(lat: float, lon: float, radius: float = 620, method: str = "Cell") -> Location:
    return Location(lat, lon, radius, 90, method, "test", 0.0)


def ask(router: Router, place: Location | None, because: str = "", grace: str = "") -> RouteChosen:
    return router.choose(Route(place, because, PsapName(grace)), BIRCH)


def test_a_caller_in_a_town_goes_to_its_psap_then_its_overflow_then_the_state(
    router: Router,
) -> None:
    assert ask(router, at(41.5950, -72.5850)) == RouteChosen(
        (PsapName("capitol-east"), PsapName("valley-shore"), PsapName("csecc")),
        "Portland, by cell location within 620 m; overflow Valley Shore, then CSECC",
        "Portland",
    )


@pytest.mark.parametrize("name", ["demo", "census"])
def test_the_middle_of_each_of_the_169_towns_goes_to_the_psap_that_is_configured(
    name: str, request: pytest.FixtureRequest
) -> None:
    boundaries: Boundaries = request.getfixturevalue(name)
    router = Router(request.getfixturevalue(f"{name}_grid"), TABLE)
    configured = {town: psap for psap, towns in DEMO.psaps.items() for town in towns}
    for boundary in boundaries.towns:
        inside = boundary.geometry.representative_point()
        chosen = ask(router, at(inside.y, inside.x))
        assert (chosen.town, chosen.psaps[0]) == (boundary.town, configured[boundary.town])
        assert chosen.psaps[-1] == "csecc"


def test_every_psap_of_a_chain_is_tried_once_even_when_the_default_is_named_as_overflow(
    demo_grid: Grid,
) -> None:
    helpers = (PsapName("csecc"), PsapName("elm-harbor"), PsapName("csecc"))
    router = Router(demo_grid, replace(TABLE, overflow={PsapName("capitol-east"): helpers}))
    chosen = ask(router, at(41.5950, -72.5850))
    assert chosen.psaps == ("capitol-east", "csecc", "elm-harbor")


def test_a_town_of_the_statewide_default_has_no_overflow(demo_grid: Grid) -> None:
    table = replace(TABLE, psap_of={**TABLE.psap_of, "Portland": TABLE.statewide_default})
    chosen = ask(Router(demo_grid, table), at(41.5950, -72.5850))
    assert chosen.psaps == ("csecc",)
    assert chosen.reason == "Portland, by cell location within 620 m"


def test_on_the_sound_the_nearest_town_takes_the_caller_and_the_reason_says_how_far(
    router: Router,
) -> None:
    chosen = ask(router, at(41.2000, -72.7000))
    assert chosen.psaps == ("elm-harbor", "southwest-shore", "valley-shore", "csecc")
    assert chosen.town == "Branford"
    assert chosen.reason == (
        "On the water or just outside the state, 4.6 km from Branford, the nearest town, by cell "
        "location within 620 m; overflow Southwest Shore, Valley Shore, then CSECC"
    )


def test_the_limit_of_the_nearest_town_rule_is_kept_to_the_metre(demo_grid: Grid) -> None:
    _, metres = demo_grid.nearest(41.2000, -72.7000)
    within = Router(demo_grid, replace(TABLE, nearest_within_m=metres))
    beyond = Router(demo_grid, replace(TABLE, nearest_within_m=math.nextafter(metres, 0)))
    assert ask(within, at(41.2000, -72.7000)).town == "Branford"
    assert ask(beyond, at(41.2000, -72.7000)).psaps == ("csecc",)


@pytest.mark.parametrize("name", ["demo", "census"])
@pytest.mark.parametrize(
    ("place", "nearest"),
    [
        (at(40.7128, -74.0060), "Greenwich"),  # New York
        (at(42.3601, -71.0589), "Thompson"),  # Boston
        (at(40.5000, -70.0000), ""),  # the Atlantic
        (at(-33.9, 151.2), ""),  # Sydney
    ],
)
def test_far_outside_the_statewide_default_takes_the_caller(
    name: str, place: Location, nearest: str, request: pytest.FixtureRequest
) -> None:
    chosen = ask(Router(request.getfixturevalue(f"{name}_grid"), TABLE), place)
    assert (chosen.psaps, chosen.town) == (("csecc",), "")
    assert chosen.reason.startswith("Outside the state, ")
    assert nearest in chosen.reason
    assert chosen.reason.endswith("; CSECC takes callers from out of state")


def test_far_outside_the_caller_is_bounced_when_the_operator_chose_so(demo_grid: Grid) -> None:
    router = Router(demo_grid, replace(TABLE, out_of_state=OutOfState.BOUNCE))
    chosen = ask(router, at(40.7128, -74.0060))
    assert chosen.psaps == ()
    assert chosen.reason.endswith("text-to-911 is not available there, the caller is told so")


def test_a_caller_whose_circle_reaches_the_state_is_never_bounced(demo_grid: Grid) -> None:
    router = Router(demo_grid, replace(TABLE, out_of_state=OutOfState.BOUNCE))
    chosen = ask(router, at(40.7128, -74.0060, radius=40_000))
    assert chosen.psaps == ("csecc",)
    assert "; the caller may still be in the state; CSECC takes" in chosen.reason


def test_a_wide_circle_stays_with_the_town_of_its_centre_and_names_the_others(
    router: Router,
) -> None:
    few = ask(router, at(41.5950, -72.5850, 3_500))
    assert (few.town, few.psaps[0]) == ("Portland", "capitol-east")
    assert "within 3.5 km; the caller may also be in Cromwell or East Hampton" in few.reason
    many = ask(router, at(41.5950, -72.5850, 30_000, "Default"))
    assert many.psaps == few.psaps
    assert "by the carrier's default location within 30 km; the caller may" in many.reason
    assert " or " in many.reason
    assert "more towns; overflow" in many.reason


def test_a_wide_circle_within_one_town_needs_no_remark(demo_grid: Grid) -> None:
    router = Router(demo_grid, replace(TABLE, wide_radius_m=100))
    assert "may also be" not in ask(router, at(41.5950, -72.5850, 150)).reason


def test_five_other_towns_are_all_named(demo_grid: Grid) -> None:
    class Five(Grid):
        def may_reach(self, lat: float, lon: float, radius: float) -> tuple[str, ...]:
            return ("Avon", "Berlin", "Bolton", "Canton", "Derby", "Portland")

    five = Five.__new__(Five)
    for slot in Grid.__slots__:
        setattr(five, slot, getattr(demo_grid, slot))
    chosen = ask(Router(five, TABLE), at(41.5950, -72.5850, 3_000))
    assert "may also be in Avon, Berlin, Bolton, Canton or Derby;" in chosen.reason


def test_without_a_location_the_default_of_the_carrier_takes_the_caller(router: Router) -> None:
    chosen = router.choose(Route(None, "no answer within 3 s."), ALDER)
    assert chosen == RouteChosen(
        (
            PsapName("valley-shore"),
            PsapName("elm-harbor"),
            PsapName("thames-quinebaug"),
            PsapName("csecc"),
        ),
        "No location (no answer within 3 s): Valley Shore is the default of carrier alder; "
        "overflow Elm Harbor, Thames Quinebaug, then CSECC",
    )


@pytest.mark.parametrize(
    ("because", "told"), [("nobody knows", "nobody knows"), ("", "no reason is known")]
)
def test_without_a_location_and_a_default_the_state_takes_the_caller(
    router: Router, because: str, told: str
) -> None:
    chosen = ask(router, None, because)
    assert chosen == RouteChosen(
        (PsapName("csecc"),), f"No location ({told}): CSECC is the statewide default"
    )


@pytest.mark.parametrize(
    "place",
    [
        at(91, 0),
        at(math.nan, -72),
        at(41.6, math.inf),
        at(41.6, -72.6, -1),
        at(41.6, -72.6, math.nan),
    ],
)
def test_a_location_that_is_no_place_counts_as_none(router: Router, place: Location) -> None:
    chosen = ask(router, place)
    assert chosen.psaps == ("csecc",)
    assert chosen.reason.startswith("No location (the location given is no place on earth)")


def test_in_the_grace_window_the_same_psap_comes_first(router: Router) -> None:
    again = ask(router, None, "the caller wrote again within 60 s", grace="valley-shore")
    assert again == RouteChosen(
        (
            PsapName("valley-shore"),
            PsapName("elm-harbor"),
            PsapName("thames-quinebaug"),
            PsapName("csecc"),
        ),
        "grace: Valley Shore had this caller just before; the caller wrote again within 60 s; "
        "overflow Elm Harbor, Thames Quinebaug, then CSECC",
    )
    moved = ask(router, at(41.5950, -72.5850), grace="csecc")
    assert (moved.psaps, moved.town) == (("csecc",), "Portland")
    assert moved.reason == "grace: CSECC had this caller just before; now in Portland"


def test_a_psap_of_the_past_that_is_no_longer_configured_is_not_rung(router: Router) -> None:
    chosen = ask(router, at(41.5950, -72.5850), grace="gone")
    assert chosen.psaps == ("capitol-east", "valley-shore", "csecc")
    assert chosen.reason.endswith(
        "; gone, which had the caller just before, is no longer configured"
    )


def test_a_method_that_nobody_knows_is_not_repeated_to_people(router: Router) -> None:
    chosen = ask(router, at(41.5950, -72.5850, method="<script>"))
    assert chosen.reason.startswith("Portland, by location of unknown method within 620 m")


@given(
    st.floats(),
    st.floats(),
    st.floats(),
    st.sampled_from(["", "csecc", "elm-harbor", "gone"]),
    st.sampled_from([ALDER, BIRCH]),
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_location_somebody_is_rung_and_the_state_comes_last(
    router: Router, lat: float, lon: float, radius: float, grace: str, carrier: CarrierName
) -> None:
    chosen = router.choose(Route(at(lat, lon, radius), "x", PsapName(grace)), carrier)
    assert chosen.psaps[-1] == "csecc"
    assert len(set(chosen.psaps)) == len(chosen.psaps)
    assert chosen.reason


def test_a_table_is_made_of_settings() -> None:
    assert isinstance(TABLE, RoutingTable)
    assert TABLE.psap_of["Portland"] == "capitol-east"
    assert TABLE.carrier_defaults == {"alder": "valley-shore"}
    assert routing_table(DEMO).titles == {}
