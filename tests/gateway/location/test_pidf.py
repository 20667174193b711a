"""Location objects of calls: every shape of RFC 5491, and octets that were written to do harm."""

from __future__ import annotations

from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.values import CarrierName, Location
from text911.gateway.location.pidf import OCTETS_MAX, PidfSource, answered, is_readable, read
from text911.gateway.location.port import Answer, Question, Unknown
from text911.gateway.location.shapes import NoShape, arc_band, circle, polygon
from text911.gateway.routing.plane import M_PER_DEGREE, metres_between

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
WGS = 'srsName="urn:ogc:def:crs:EPSG::4326"'
METRE = 'uom="urn:ogc:def:uom:EPSG::9001"'
DEGREE = 'uom="urn:ogc:def:uom:EPSG::9102"'
POINT = f"<gml:Point {WGS}><gml:pos>41.7637 -72.6851</gml:pos></gml:Point>"
CIRCLE = (
    f"<gs:Circle {WGS}><gml:pos>41.7637 -72.6851</gml:pos>"
    f"<gs:radius {METRE}>850.24</gs:radius></gs:Circle>"
)
CIVIC = (
    "<ca:civicAddress xml:lang='en-US'><ca:country>US</ca:country><ca:A1>CT</ca:A1>"
    "<ca:A3>Hartford</ca:A3><ca:PRD>N</ca:PRD><ca:RD>Main</ca:RD><ca:STS>St</ca:STS>"
    "<ca:HNO>12</ca:HNO><ca:HNS>B</ca:HNS><ca:FLR>3</ca:FLR><ca:PC>06103</ca:PC>"
    "<ca:PLC>office</ca:PLC><ca:LMK> </ca:LMK></ca:civicAddress>"
)
WORDS = "12 B N Main St, floor 3, Hartford, CT 06103, US, PLC office"


def geopriv(*infos: str, method: str = "GPS") -> str:
    held = "".join(f"<gp:location-info>{info}</gp:location-info>" for info in infos)
    said = f"<gp:method>{method}</gp:method>" if method else ""
    return f"<gp:geopriv>{held}<gp:usage-rules/>{said}</gp:geopriv>"


def service(*infos: str, stamp: str = "2023-11-14T22:13:00Z", method: str = "GPS") -> str:
    held = geopriv(*infos, method=method)
    when = f"<timestamp>{stamp}</timestamp>" if stamp else ""
    return f"<tuple id='t'><status>{held}</status>{when}</tuple>"


def bearer(name: str, *infos: str, method: str = "GPS") -> str:
    return f"<dm:{name} id='x'>{geopriv(*infos, method=method)}</dm:{name}>"


def presence(*bearers: str, head: str = "<?xml version='1.0' encoding='UTF-8'?>\n") -> bytes:
    return (
        f"{head}<presence xmlns='urn:ietf:params:xml:ns:pidf'"
        " xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10'"
        " xmlns:gml='http://www.opengis.net/gml' xmlns:gs='http://www.opengis.net/pidflo/1.0'"
        " xmlns:ca='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr'"
        " xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model'"
        " xmlns:con='urn:ietf:params:xml:ns:geopriv:conf' entity='pres:caller@example.net'>"
        f"{''.join(bearers)}</presence>"
    ).encode()


def placed(*infos: str) -> Location:
    found = read(presence(service(*infos)), NOW)
    assert found.faults == ()
    assert found.location is not None
    return found.location


def fault(*infos: str) -> str:
    found = read(presence(service(*infos)), NOW)
    assert found.location is None
    (said,) = found.faults
    return said


def test_a_circle_is_read_with_its_method_and_time() -> None:
    assert placed(CIRCLE) == Location(
        41.7637, -72.6851, 850.24, 95, "GPS", "the call's location object", NOW - 20
    )


def test_what_says_where_somebody_is_is_readable_if_only_by_an_address() -> None:
    address = "<ca:civicAddress><ca:RD>Elm</ca:RD><ca:HNO>12</ca:HNO></ca:civicAddress>"
    assert is_readable(presence(service(CIRCLE)))
    assert is_readable(presence(service(address)))
    assert not is_readable(presence(service()))
    assert not is_readable(b"<presence")
    assert not is_readable(b"")


def test_a_point_says_nothing_of_its_uncertainty() -> None:
    found = placed(POINT)
    assert (found.latitude, found.longitude) == (41.7637, -72.6851)
    assert (found.radius, found.confidence) == (0, 0)
    assert "unstated uncertainty" in found.source


@pytest.mark.parametrize(
    ("said", "percent"), [("67", 67), ("67.5", 68), ("unknown", 0), ("100", 100)]
)
def test_the_confidence_is_that_of_the_object(said: str, percent: int) -> None:
    assert placed(CIRCLE + f"<con:confidence pdf='normal'>{said}</con:confidence>").confidence == (
        percent
    )
    assert "confidence" in fault(CIRCLE + "<con:confidence>101</con:confidence>")
    assert "confidence" in fault(CIRCLE + "<con:confidence>high</con:confidence>")


def test_an_ellipse_is_as_wide_as_its_longer_axis() -> None:
    found = placed(
        f"<gs:Ellipse {WGS}><gml:pos>41.7 -72.7</gml:pos>"
        f"<gs:semiMajorAxis {METRE}>7.75e1</gs:semiMajorAxis>"
        f"<gs:semiMinorAxis>30</gs:semiMinorAxis><gs:orientation {DEGREE}>20</gs:orientation>"
        "</gs:Ellipse>"
    )
    assert (found.latitude, found.radius) == (41.7, 77.5)


@pytest.mark.parametrize(
    ("unit", "start", "opening"),
    [(DEGREE, "0", "90"), ("", "0", "90"),
     ('uom="urn:ogc:def:uom:EPSG::9101"', "0", "1.5707963267948966")],
)  # fmt: skip
def test_an_arc_band_is_a_circle_around_its_centre_of_gravity(
    unit: str, start: str, opening: str
) -> None:
    found = placed(
        f"<gs:ArcBand {WGS}><gml:pos>41.7 -72.7</gml:pos><gs:innerRadius>0</gs:innerRadius>"
        f"<gs:outerRadius {METRE}>1000</gs:outerRadius><gs:startAngle {unit}>{start}"
        f"</gs:startAngle><gs:openingAngle {unit}>{opening}</gs:openingAngle></gs:ArcBand>"
    )
    # The centre of gravity of a quarter disc: 4 r / (3 pi) along each of its edges.
    assert (found.latitude - 41.7) * M_PER_DEGREE == pytest.approx(424.4, abs=0.5)
    east = (found.longitude + 72.7) * M_PER_DEGREE * cos(radians(41.7))
    assert east == pytest.approx(424.4, abs=0.5)
    assert found.radius == pytest.approx((424.4**2 + 575.6**2) ** 0.5, abs=0.5)


RING = ((41.70, -72.70), (41.72, -72.70), (41.72, -72.66), (41.70, -72.66), (41.70, -72.70))


def ring(inner: str) -> str:
    return (
        f"<gml:Polygon {WGS}><gml:exterior><gml:LinearRing>{inner}"
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )


@pytest.mark.parametrize(
    "inner",
    [
        "".join(f"<gml:pos>{lat} {lon}</gml:pos>" for lat, lon in RING),
        "<gml:posList>" + " ".join(f"{lat} {lon}" for lat, lon in RING) + "</gml:posList>",
    ],
)
def test_a_polygon_is_a_circle_around_its_centre_of_gravity(inner: str) -> None:
    found = placed(ring(inner))
    assert (found.latitude, found.longitude) == pytest.approx((41.71, -72.68), abs=1e-6)
    assert found.radius == pytest.approx(metres_between(41.71, -72.68, 41.70, -72.70), rel=2e-3)


def test_shapes_with_height_are_read_flat() -> None:
    high = WGS.replace("4326", "4979")
    sphere = f"<gs:Sphere {high}><gml:pos>41.7 -72.7 30</gml:pos><gs:radius>5</gs:radius>"
    assert placed(sphere + "</gs:Sphere>").radius == 5
    corners = " ".join(f"{lat} {lon} 12" for lat, lon in RING)
    for dimension in (' srsDimension="3"', ""):
        base = ring(f"<gml:posList{dimension}>{corners}</gml:posList>").replace("4326", "4979")
        prism = f"<gs:Prism {high}><gs:base>{base}</gs:base><gs:height>9</gs:height></gs:Prism>"
        assert placed(prism).latitude == pytest.approx(41.71, abs=1e-6)


def test_what_is_sloppy_is_read() -> None:
    """No names of spaces, no reference system, units left out, no method, no time."""
    octets = (
        b"\xef\xbb\xbf\r\n<presence><tuple><status><geopriv><location-info><Circle>"
        b"<pos>\n 41.7\t-72.7 </pos><radius>90</radius></Circle></location-info></geopriv>"
        b"</status></tuple></presence>"
    )
    found = read(octets, NOW).location
    assert found == Location(41.7, -72.7, 90, 95, "Unknown", "the call's location object", NOW)
    wordy = read(presence(service(CIRCLE, method="by &lt;hand&gt;")), NOW).location
    assert wordy is not None
    assert wordy.method == "Unknown"


def test_a_device_goes_before_a_service_and_that_before_a_person() -> None:
    at = [CIRCLE.replace("41.7637", f"41.{n}") for n in (1, 2, 3, 4)]
    person, one, other = bearer("person", at[0]), service(at[1]), service(at[2])
    device = bearer("device", at[3])
    for bearers, latitude in (
        ((person, one, other, device), 41.4),
        ((person, other, one), 41.3),
        ((person,), 41.1),
        ((service(""), person, bearer("device", "")), 41.1),
        ((other, device, bearer("device", at[0])), 41.4),
    ):
        found = read(presence(*bearers), NOW).location
        assert found is not None
        assert found.latitude == latitude


def test_what_cannot_be_used_makes_room_for_the_next() -> None:
    broken = CIRCLE.replace("41.7637", "north")
    found = read(presence(bearer("device", broken), service(broken, POINT + CIRCLE)), NOW)
    assert found.location is not None
    assert found.location.radius == 0
    assert found.faults == ("Circle: pos has 'north' where a number belongs",) * 2


def test_a_civic_address_is_kept_as_words() -> None:
    found = read(presence(service(CIVIC + CIRCLE)), NOW)
    assert found.civic == WORDS
    assert found.location is not None
    assert found.location.source == f"the call's location object; its address is {WORDS}"


def test_an_address_of_something_else_is_not_said_to_be_that_of_the_place() -> None:
    other = CIVIC.replace("CT", "NY")
    for bearers, ending in (
        ((service(CIVIC), bearer("person", CIRCLE)), f"perhaps of another place, is {WORDS}"),
        ((service(CIRCLE), bearer("person", CIVIC)), f"perhaps of another place, is {WORDS}"),
        ((bearer("device", other), service(CIRCLE + CIVIC)), f"; its address is {WORDS}"),
    ):
        found = read(presence(*bearers), NOW).location
        assert found is not None
        assert found.source.endswith(ending)


def test_an_address_alone_is_no_place_and_is_said() -> None:
    said = answered(presence(service(CIVIC)), NOW)
    assert isinstance(said, Unknown)
    assert said.reason == f"the call's location object: it has only an address: {WORDS}; " + (
        "it has no place on earth in it"
    )


def test_hostile_words_of_an_address_are_one_short_line() -> None:
    named = f"<ca:civicAddress><ca:NAM>a&#10;b\u202ec{'d' * 500}</ca:NAM></ca:civicAddress>"
    words = read(presence(service(named)), NOW).civic
    assert words.startswith("a b c")
    assert len(words) == 80
    many = "".join(f"<ca:X{at}>{'y' * 70}</ca:X{at}>" for at in range(20))
    assert len(read(presence(service(f"<civicAddress>{many}</civicAddress>")), NOW).civic) == 400


@pytest.mark.parametrize(
    ("stamp", "at", "words"),
    [
        ("2023-11-14T17:13:00-05:00", NOW - 20, ""),
        ("2023-11-14T22:13:50Z", NOW, ""),
        ("2031-01-01T00:00:00Z", NOW, "in the future"),
        ("yesterday", NOW, "'yesterday' is none"),
        ("2023-11-14T22:13:00", NOW, "no zone"),
        ("", NOW, ""),
    ],
)
def test_the_fix_is_as_old_as_it_says_and_never_from_the_future(
    stamp: str, at: float, words: str
) -> None:
    found = read(presence(service(CIRCLE, stamp=stamp)), NOW)
    assert found.location is not None
    assert found.location.at == at
    assert words in "".join(found.faults)
    assert bool(words) == bool(found.faults)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (POINT.replace("4326", "27700"), "Point: the reference system"),
        (POINT.replace("41.7637 -72.6851", "41.7637"), "pos has 1 numbers"),
        (POINT.replace("41.7637", "nan"), "'nan' where a number belongs"),
        (POINT.replace("41.7637", "91"), "91, -72.6851 is no place on earth"),
        (POINT.replace("41.7637 -72.6851", "0 0.0"), "says when it knows nothing"),
        (CIRCLE.replace("850.24", "-1"), "a radius of -1 m"),
        (CIRCLE.replace("850.24", "500001"), "a radius of 500001 m"),
        (CIRCLE.replace("850.24", ""), "radius is missing"),
        (CIRCLE.replace("850.24", "1 2"), "radius has 2 numbers"),
        (CIRCLE.replace("9001", "9002"), "radius is not in metres"),
        ("<gml:Polygon/>", "it has no ring"),
        (ring("<gml:pos>41 -72</gml:pos><gml:pos>41 -73</gml:pos>"), "a polygon of 2 corners"),
        (ring("<gml:pos>41</gml:pos>" * 4), "a corner is not"),
        (ring("<gml:posList>41 -72 3</gml:posList>"), "no 2 for each corner"),
        (ring("<gml:posList>" + "41 " * 3_001 + "</gml:posList>"), "posList has 3001 numbers"),
        (ring("<gml:pos>41 -72</gml:pos><gml:pos>42 -72</gml:pos><gml:pos>0 0</gml:pos>"), "0, 0"),
        (ring("".join(f"<gml:pos>{a} {a}</gml:pos>" for a in (10, 40, 80))), "a radius of"),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_refused_in_words(info: str, words: str) -> None:
    assert words in fault(info)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("startAngle", "start"), "startAngle is missing"),
        ((">20</gs:startAngle", ">2 0</gs:startAngle"), "startAngle has 2 numbers"),
        (("9102", "9105"), "startAngle is in URN:OGC"),
        ((">30<", ">0<"), "an arc band of 0 degrees"),
        ((">30<", ">361<"), "an arc band of 361 degrees"),
        ((">5<", ">500<"), "an arc band from 500 to 90 m"),
    ],
)
def test_an_arc_band_that_is_none_is_refused_in_words(changed: tuple[str, str], words: str) -> None:
    band = (
        f"<gs:ArcBand {WGS}><gml:pos>41.7 -72.7</gml:pos><gs:innerRadius>5</gs:innerRadius>"
        f"<gs:outerRadius>90</gs:outerRadius><gs:startAngle {DEGREE}>20</gs:startAngle>"
        "<gs:openingAngle>30</gs:openingAngle></gs:ArcBand>"
    )
    assert words in fault(band.replace(*changed))


LAUGHS = "".join(f"<!ENTITY l{at} '{f'&l{at - 1};' * 10 if at else 'lol'}'>" for at in range(10))


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (presence(service("&l9;"), head=f"<!DOCTYPE p [{LAUGHS}]>"), "DOCTYPE"),
        (presence(service("&x;"), head="<!doctype p [<!ENTITY x SYSTEM 'file:///etc/x'>]>"),
         "DOCTYPE"),
        (presence(head="<!DOCTYPE p SYSTEM 'http://192.0.2.1/x.dtd'>"), "DOCTYPE"),
        (presence(service("&x;")), "it is no XML"),
        ("<?xml version='1.0' encoding='UTF-16'?><presence/>".encode("utf-16"), "in UTF-8"),
        ("<presence/>".encode("utf-16-le"), "in UTF-8"),
        (b"\x4c\x6f\xa7\x94", "in UTF-8"),
        (b"", "in UTF-8"),
        (b"x" * (OCTETS_MAX + 1), "octets are more than 65536"),
        (presence(*["<a/>"] * 2_000), "more than 2000 elements"),
        (presence("<a>" * 300 + "</a>" * 300), "it is no XML"),
        (b"<presence>", "it is no XML"),
        (b"<presence>\xff</presence>", "it is no XML"),
    ],
)  # fmt: skip
def test_octets_written_to_do_harm_are_refused(octets: bytes, words: str) -> None:
    found = read(octets, NOW)
    assert (found.location, found.civic) == (None, "")
    assert words in found.faults[0]


def test_nothing_is_read_but_the_octets(tmp_path: Path) -> None:
    """Neither an inclusion nor a style sheet makes the reader open a file."""
    secret = tmp_path / "secret"
    secret.write_text("41.7 -72.7")
    for put in (
        f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{secret}' parse='text'/>",
        f"<?xml-stylesheet type='text/xsl' href='{secret}'?>",
    ):
        found = read(presence(service(f"<gml:Point><gml:pos>{put}</gml:pos></gml:Point>")), NOW)
        assert found.location is None


def test_an_encoding_that_is_announced_and_not_used_changes_nothing() -> None:
    octets = presence(service(CIRCLE), head="<?xml version='1.0' encoding='utf-7'?>")
    assert read(octets, NOW).location is not None


@given(st.binary(max_size=200), st.integers(0, 2_000), st.integers(0, 30))
def test_whatever_the_octets_are_there_is_one_answer(put: bytes, at: int, cut: int) -> None:
    octets = presence(bearer("device", CIRCLE + CIVIC), service(ring("<gml:pos>1 2</gml:pos>")))
    place = at % len(octets)
    for hostile in (put, octets[:place] + put + octets[place + cut :]):
        said = answered(hostile, NOW)
        assert isinstance(said, Location | Unknown)
        if isinstance(said, Unknown):
            assert said.reason.isprintable()
            assert len(said.reason) < 2_000


def test_the_source_answers_with_the_object_of_the_call() -> None:
    said: list[Answer] = []
    source = PidfSource(lambda: NOW)
    for octets in (presence(service(CIRCLE)), b""):
        question = Question("d", CarrierName("trunk"), "+18605550142", pidf=octets)
        source.locate(question, said.append)
    assert isinstance(said[0], Location)
    assert said[1] == Unknown("the call brought no location object")


# --- the shapes themselves ----------------------------------------------------------------------


@given(
    st.floats(0, 5_000), st.floats(1, 20_000), st.floats(-720, 720), st.floats(1, 360),
    st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_every_place_of_an_arc_band_is_within_its_circle(
    inner: float, width: float, start: float, opening: float, along: float, across: float
) -> None:
    centre = (41.6, -72.7)
    found = arc_band(centre, inner, inner + width, start, opening)
    assert found.radius is not None
    bearing, arm = radians(start + along * opening), inner + across * width
    north = arm * cos(bearing)
    east = arm * cos(bearing - radians(90))
    latitude = centre[0] + north / M_PER_DEGREE
    longitude = centre[1] + east / M_PER_DEGREE / cos(radians(centre[0]))
    away = metres_between(found.latitude, found.longitude, latitude, longitude)
    assert away <= found.radius * 1.01 + 1


def test_an_arc_band_without_width_is_its_centre() -> None:
    assert arc_band((41.6, -72.7), 0, 0, 0, 10) == circle((41.6, -72.7), 0)


@given(st.lists(st.tuples(st.floats(41, 42), st.floats(-73.5, -72)), min_size=3, max_size=12))
def test_every_corner_of_a_polygon_is_within_its_circle(corners: list[tuple[float, float]]) -> None:
    try:
        found = polygon(corners)
    except NoShape:
        return
    assert found.radius is not None
    for latitude, longitude in corners:
        away = metres_between(found.latitude, found.longitude, latitude, longitude)
        assert away <= found.radius * 1.03 + 2


def test_corners_on_a_line_are_a_polygon_around_their_middle() -> None:
    found = polygon([(41.0, -72.0), (41.1, -72.0), (41.2, -72.0)])
    assert found.latitude == pytest.approx(41.1)
    assert found.radius == pytest.approx(0.1 * M_PER_DEGREE)
