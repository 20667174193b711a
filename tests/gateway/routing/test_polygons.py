from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text911.gateway.routing import polygons
from text911.gateway.routing.polygons import (
    Boundaries,
    BoundariesRefused,
    Reading,
    normalised,
    read,
)

TOWNS = ("Avon", "Berlin")
AVON = [[-72.9, 41.7], [-72.8, 41.7], [-72.8, 41.8], [-72.9, 41.8], [-72.9, 41.7]]
BERLIN = [[-72.8, 41.7], [-72.7, 41.7], [-72.7, 41.8], [-72.8, 41.8], [-72.8, 41.7]]


def feature(town: Any, *rings: Any, **geometry: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"town": town},
        "geometry": {"type": "Polygon", "coordinates": list(rings), **geometry},
    }


def collection(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def reading(*features: Any, **more: Any) -> Reading:
    return read(collection(*features, **more), known_towns=TOWNS)


def refusal(*features: Any, **more: Any) -> tuple[str, ...]:
    with pytest.raises(BoundariesRefused) as refused:
        reading(*features, **more)
    return refused.value.problems


def test_good_boundaries_are_read_with_their_version() -> None:
    got = reading(feature("Berlin", BERLIN), feature("Avon", AVON))
    assert [boundary.town for boundary in got.boundaries.towns] == ["Avon", "Berlin"]
    assert got.notes == ()
    assert got.boundaries.version == sha256(normalised(got.boundaries)).hexdigest()


def test_reading_what_was_written_gives_the_same(census: Boundaries, demo: Boundaries) -> None:
    for boundaries in (census, demo):
        again = read(normalised(boundaries)).boundaries
        assert again.version == boundaries.version
        assert normalised(again) == normalised(boundaries)


def test_the_version_follows_the_borders_and_not_the_order_of_the_file() -> None:
    one = reading(feature("Berlin", BERLIN), feature("Avon", AVON))
    two = reading(feature("Avon", AVON), feature("Berlin", BERLIN))
    moved = [[-72.9, 41.7], [-72.8, 41.7], [-72.8, 41.8], [-72.9, 41.81], [-72.9, 41.7]]
    three = reading(feature("Avon", moved), feature("Berlin", BERLIN))
    assert one.boundaries.version == two.boundaries.version != three.boundaries.version


def test_names_are_known_in_any_capitals_and_under_any_usual_property() -> None:
    avon, berlin = feature("", AVON), feature("", BERLIN)
    avon["properties"] = {"NAME": " AVON "}
    berlin["properties"] = {"name": "berlin", "geoid": 7}
    got = reading(avon, berlin)
    assert [boundary.town for boundary in got.boundaries.towns] == ["Avon", "Berlin"]


def test_the_property_that_names_the_town_can_be_given() -> None:
    avon, berlin = feature("wrong", AVON), feature("wrong", BERLIN)
    avon["properties"]["MUNI"] = "Avon"
    berlin["properties"]["MUNI"] = "Berlin"
    octets = collection(avon, berlin)
    got = read(octets, name_property="MUNI", known_towns=TOWNS)
    assert len(got.boundaries.towns) == 2
    with pytest.raises(BoundariesRefused, match="no property 'TOWNSHIP' names the town"):
        read(octets, name_property="TOWNSHIP", known_towns=TOWNS)


def test_a_hole_an_altitude_and_several_polygons_are_read() -> None:
    hole = [[-72.86, 41.74], [-72.84, 41.74], [-72.84, 41.76], [-72.86, 41.76], [-72.86, 41.74]]
    high = [[*position, 12.5] for position in AVON]
    island = [[-72.99, 41.7], [-72.98, 41.7], [-72.98, 41.71], [-72.99, 41.7]]
    got = reading(
        feature("Avon", type="MultiPolygon", coordinates=[[high, hole], [island]]),
        feature("Berlin", BERLIN),
    )
    avon = got.boundaries.towns[0].geometry
    assert len(avon.geoms) == 2
    assert len(avon.geoms[0].interiors) == 1


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"type":"FeatureCollection","features":[NaN]}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", 'not a GeoJSON object of type "FeatureCollection"'),
        (b'{"type":"Feature"}', 'not a GeoJSON object of type "FeatureCollection"'),
        (b'{"type":"FeatureCollection"}', "not a list of at least one feature"),
        (b'{"type":"FeatureCollection","features":[]}', "not a list of at least one feature"),
        (b'{"type":"FeatureCollection","features":{"a":1}}', "not a list of at least one"),
    ],
)
def test_what_is_no_collection_of_features_is_refused(octets: bytes, sentence: str) -> None:
    with pytest.raises(BoundariesRefused, match=sentence):
        read(octets)


RING = "Feature 1 (Avon): polygon 1, ring 1"


@pytest.mark.parametrize(
    ("rings", "sentence"),
    [
        (
            [AVON[:-1]],
            f"{RING} is not closed: it begins at (-72.9, 41.7) and ends at (-72.9, 41.8).",
        ),
        ([AVON[:3]], f"{RING} has fewer than four positions."),
        (["abcd"], f"{RING} has fewer than four positions."),
        ([], "Feature 1 (Avon): polygon 1 has no ring."),
        (
            [[AVON[0], AVON[2], AVON[1], AVON[3], AVON[0]]],
            f"{RING} crosses or touches itself: Self-intersection[-72.85 41.75].",
        ),
        ([[AVON[0]] * 4], f"{RING} crosses or touches itself: "),
        ([[[-72.9], *AVON[1:]]], f"{RING}, position 1: not a list of longitude and latitude."),
        ([[7, *AVON[1:]]], f"{RING}, position 1: not a list of longitude and latitude."),
        (
            [[AVON[0], ["-72.8", 41.7], *AVON[2:]]],
            f"{RING}, position 2: longitude and latitude are not both numbers.",
        ),
        (
            [[AVON[0], [-72.8, True], *AVON[2:]]],
            f"{RING}, position 2: longitude and latitude are not both numbers.",
        ),
        (
            [[AVON[0], AVON[1], [-72.8, 91], *AVON[3:]]],
            f"{RING}, position 3: longitude -72.8, latitude 91 is outside the range "
            "of WGS 84 degrees.",
        ),
        (
            [[[305_000.0, 250_000.0], *AVON[1:]]],
            f"{RING}, position 1: longitude 305000.0, latitude 250000.0 is outside the range "
            "of WGS 84 degrees.",
        ),
        (
            [AVON, [[-70, 41.74], [-69, 41.74], [-69, 41.76], [-70, 41.74]]],
            "Feature 1 (Avon): polygon 1: its rings do not fit together: Hole lies outside shell",
        ),
    ],
)
def test_a_bad_ring_is_named_with_its_fault(rings: list[Any], sentence: str) -> None:
    (problem,) = refusal(feature("Avon", *rings), feature("Berlin", BERLIN))
    assert problem.startswith(sentence)
    assert problem.endswith(".")


def test_a_number_beyond_all_bounds_is_refused() -> None:
    octets = collection(feature("Avon", AVON), feature("Berlin", BERLIN))
    with pytest.raises(BoundariesRefused, match=r"not JSON|outside the range"):
        read(octets.replace(b"-72.9", b"-1e999", 1), known_towns=TOWNS)


def test_an_integer_of_any_length_is_refused() -> None:
    octets = collection(feature("Avon", AVON), feature("Berlin", BERLIN))
    with pytest.raises(BoundariesRefused):
        read(octets.replace(b"-72.9", b"9" * 400, 1), known_towns=TOWNS)


@pytest.mark.parametrize(
    ("geometry", "sentence"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, "is Point, not"),
        ({"type": None}, "is None, not"),
        ({"type": "MultiPolygon", "coordinates": []}, "the geometry has no polygon"),
        ({"type": "MultiPolygon", "coordinates": 7}, "the geometry has no polygon"),
        ({"type": "MultiPolygon", "coordinates": [[AVON], [AVON]]}, "do not fit together"),
    ],
)
def test_a_geometry_that_is_no_area_is_named(geometry: dict[str, Any], sentence: str) -> None:
    (problem,) = refusal(feature("Avon", **geometry), feature("Berlin", BERLIN))
    assert problem.startswith("Feature 1 (Avon): ")
    assert sentence in problem


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"properties": None, "geometry": None}])
def test_a_feature_that_is_none_has_neither_name_nor_geometry(odd: Any) -> None:
    first, second = refusal(odd)
    assert first.startswith("Feature 1: no property 'town' or 'name'")
    assert second.startswith("Feature 1: the geometry is None")


def test_an_unknown_town_is_named_with_the_nearest_known_one() -> None:
    problems = refusal(feature("Berlln", BERLIN), feature("Avon", AVON))
    assert problems == ('Feature 1 (Berlln): "Berlln" is not a known town. Did you mean "Berlin"?',)


def test_a_town_given_twice_is_refused() -> None:
    problems = refusal(feature("Avon", AVON), feature("Avon", BERLIN))
    assert problems == (
        "Feature 2 (Avon): Avon has a polygon already; make one MultiPolygon of both.",
    )


def test_a_town_without_a_polygon_is_refused() -> None:
    assert refusal(feature("Avon", AVON)) == ("Berlin has no polygon; every town needs one.",)


def test_an_overlap_of_more_than_a_hectare_is_refused_and_placed() -> None:
    wide = [[-72.81, 41.7], *BERLIN[1:4], [-72.81, 41.7]]
    (problem,) = refusal(feature("Avon", AVON), feature("Berlin", wide))
    assert problem.startswith("Avon and Berlin overlap by 46")
    assert "near latitude 41.7" in problem
    assert problem.endswith("1 is the limit.")


def test_an_overlap_of_a_few_metres_is_accepted() -> None:
    wide = [[-72.80001, 41.7], *BERLIN[1:3], [-72.80001, 41.8], [-72.80001, 41.7]]
    assert reading(feature("Avon", AVON), feature("Berlin", wide)).notes == ()


def test_a_gap_between_towns_is_noted() -> None:
    ring = [[-72.9, 41.7], [-72.8, 41.7], [-72.83, 41.75], [-72.8, 41.8], [-72.9, 41.8], AVON[0]]
    (note,) = reading(feature("Avon", ring), feature("Berlin", BERLIN)).notes
    assert note.startswith("A gap of 1")
    assert note.endswith("callers there go to the nearest town.")


def test_a_gap_between_towns_that_share_borders_around_it_is_noted() -> None:
    bite = [[-72.8, 41.72], [-72.83, 41.75], [-72.8, 41.78]]
    ring = [AVON[0], AVON[1], *bite, AVON[2], AVON[3], AVON[0]]
    (note,) = reading(feature("Avon", ring), feature("Berlin", BERLIN)).notes
    assert "hectares lies between the towns near latitude 41.7" in note


def test_a_gap_of_a_few_metres_is_not_worth_a_note() -> None:
    ring = [[-72.9, 41.7], [-72.8, 41.7], [-72.80001, 41.75], [-72.8, 41.8], AVON[3], AVON[0]]
    assert reading(feature("Avon", ring), feature("Berlin", BERLIN)).notes == ()


@pytest.mark.parametrize(
    "name",
    ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4269", "EPSG:4326"],
)
def test_wgs_84_may_be_said_in_the_old_way(name: str) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    assert reading(feature("Avon", AVON), feature("Berlin", BERLIN), crs=crs).boundaries.towns


def test_another_projection_is_refused() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2234"}}
    (problem,) = refusal(feature("Avon", AVON), crs=crs)
    assert "convert the file to WGS 84 (EPSG:4326)" in problem


def test_all_faults_are_told_at_once_and_nothing_is_accepted() -> None:
    problems = refusal(feature("Avon", AVON[:-1]), feature("Berlln", BERLIN), 7)
    assert len(problems) == 4


def test_the_message_of_very_many_faults_stays_readable() -> None:
    with pytest.raises(BoundariesRefused) as refused:
        reading(*[feature(f"Town {number}", AVON) for number in range(60)])
    assert len(refused.value.problems) == 60
    assert str(refused.value).endswith("\nAnd 10 more.")


def test_files_beyond_the_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = collection(feature("Avon", AVON), feature("Berlin", BERLIN))
    for limit, sentence in (
        ("FILE_SIZE_MAX", "octets; the limit is 1"),
        ("FEATURES_MAX", "2 features; the limit is 1"),
        ("POSITIONS_MAX", "more than 1 positions"),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(polygons, limit, 1)
            with pytest.raises(BoundariesRefused, match=sentence):
                read(octets, known_towns=TOWNS)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "features", "geometry", "properties", "coordinates", "town"]),
            inner | st.sampled_from(["FeatureCollection", "Polygon", "MultiPolygon", "Avon"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=300)
def test_whatever_the_features_hold_the_answer_is_a_refusal(inner: Any) -> None:
    with pytest.raises(BoundariesRefused):
        read(collection(inner), known_towns=TOWNS)


@given(st.binary(max_size=40))
def test_whatever_the_octets_are_the_answer_is_a_refusal(octets: bytes) -> None:
    with pytest.raises(BoundariesRefused):
        read(octets)
