"""Where a caller is, as a location object: what is written is what a reader reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from text911.gateway.core.values import Location
from text911.gateway.location.pidf import read
from text911.psap_adapters.pidf import written
from text911.psap_adapters.port import Place

PLACE = Place(41.3083, -72.9279, 300.0, 90, "Cell", "the carrier", 1_700_000_000.0)
NOW = 1_700_000_060.0
ABOUT = "pres:+18605550142@192.0.2.1"


def located(place: Place) -> Location:
    found = read(written(place, ABOUT), NOW)
    assert (found.location is not None, found.faults) == (True, ())
    assert found.location is not None
    return found.location


def test_a_circle_with_its_confidence_its_method_and_its_time() -> None:
    found = located(PLACE)
    assert (found.latitude, found.longitude, found.radius) == (41.3083, -72.9279, 300.0)
    assert (found.confidence, found.method, found.at) == (90, "Cell", PLACE.at)


def test_a_place_of_unstated_uncertainty_is_a_point() -> None:
    found = located(replace(PLACE, radius=0.0, confidence=0))
    assert (found.radius, found.confidence) == (0.0, 0)


@given(
    st.floats(-90, -0.1), st.floats(-180, 180), st.floats(0.1, 100_000), st.integers(0, 100),
    st.sampled_from(["GPS", "Cell", "Default", "A-GNSS_WLAN"]),
)  # fmt: skip
def test_every_place_is_read_as_it_was_written(
    latitude: float, longitude: float, radius: float, confidence: int, method: str
) -> None:
    found = located(Place(latitude, longitude, radius, confidence, method, "x", PLACE.at))
    assert found.latitude == pytest.approx(latitude, abs=1e-7)
    assert found.longitude == pytest.approx(longitude, abs=1e-7)
    assert found.radius == pytest.approx(radius, abs=0.06)
    assert (found.confidence, found.method) == (confidence, method)


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_words_are_in_it_it_is_xml(about: str, method: str) -> None:
    root = etree.fromstring(written(replace(PLACE, method=method), about))
    assert root.get("entity") == "".join(one for one in about if one.isprintable())
