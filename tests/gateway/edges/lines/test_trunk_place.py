"""Where a caller on a trunk is: the location that came with the call or within it, no other."""

from __future__ import annotations

import pytest

from text911.gateway.core.values import Location
from text911.gateway.location import pidf

from .door import Door
from .exchange import Caller, Exchange, silence, tones

PIDF = '<presence xmlns="urn:ietf:params:xml:ns:pidf"/>'


def test_the_location_is_the_part_that_geolocation_names() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    parts = [
        ("application/sdp", "", caller.audio()),
        ("application/pidf+xml", "<other@a>", "<other/>"),
        ("application/pidf+xml", "<loc@a>", PIDF),
    ]
    body = "".join(
        f"--x\r\nContent-Type: {kind}\r\n"
        + (f"Content-ID: {name}\r\n" if name else "")
        + f"\r\n{octets}\r\n"
        for kind, name, octets in parts
    )
    headers = ["Content-Type: multipart/mixed;boundary=x", "Geolocation: <cid:loc%40a>"]
    assert caller.ring(body + "--x--\r\n", headers) == 200
    assert door.calls[-1][3] == PIDF.encode()
    again = Caller(house)
    assert again.ring(body + "--x--\r\n", headers[:1]) == 200
    assert door.calls[-1][3] == b"<other/>"


def test_a_location_that_is_named_elsewhere_is_the_one_that_came() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    body = (
        f"--x\r\nContent-Type: application/sdp\r\n\r\n{caller.audio()}\r\n"
        f"--x\r\nContent-Type: application/pidf+xml\r\nContent-ID: <a>\r\n\r\n{PIDF}\r\n--x--\r\n"
    )
    kind = "Content-Type: multipart/mixed;boundary=x"
    for named in ("<https://lis.example/1>", "<cid:other>", "nonsense>"):
        caller = Caller(house)
        caller.ring(body, [kind, f"Geolocation: {named}"])
        assert door.calls[-1][3] == PIDF.encode()
        caller.say("BYE")


MOVED = (
    "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:gml='http://www.opengis.net/gml'"
    " xmlns:gs='http://www.opengis.net/pidflo/1.0'><tuple id='t'><status><geopriv>"
    "<location-info><gs:Circle srsName='urn:ogc:def:crs:EPSG::4326'><gml:pos>{0}</gml:pos>"
    "<gs:radius uom='urn:ogc:def:uom:EPSG::9001'>25</gs:radius></gs:Circle></location-info>"
    "<method>GPS</method></geopriv></status></tuple></presence>"
)
PLACE = ["Geolocation: <cid:p@h>", "Content-Type: application/pidf+xml", "Content-ID: <p@h>"]
FAULT = 'Geolocation-Error: 100;code="Cannot Process Location"'


def moved(door: Door) -> list[object]:
    """Where the caller was said to be, in order: latitude, or why that is not known."""
    found = [one[1] for one in door.of("moved")]
    return [one.latitude if isinstance(one, Location) else one for one in found]


@pytest.mark.parametrize("kind", ["tty", "rtt"])
def test_a_place_within_the_call_is_told_once_each_time_it_is_another(kind: str) -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    body = caller.audio() if kind == "tty" else caller.sdp(caller.text())
    caller.ring(body)
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)
    assert caller.status == 200
    assert "Geolocation-Error" not in caller.messages[-1]
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)  # a refresh brings what is known
    caller.say("UPDATE", MOVED.format("41.6 -72.5"), PLACE)
    assert moved(door) == [41.5, 41.6]
    assert door.of("moved")[0][0] == MOVED.format("41.5 -72.5").encode()
    caller.say("BYE")
    assert door.of("ended") == [("the caller hung up",)]


@pytest.mark.parametrize("place", [MOVED.format("41.7 -72.5"), "<presence>never ends"])
def test_a_location_object_is_parsed_once_for_all_who_ask_what_is_in_it(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    parse = pidf._root  # pyright: ignore[reportPrivateUsage]

    def counted(octets: bytes) -> pidf.Element:
        parsed.append(octets)
        return parse(octets)

    monkeypatch.setattr(pidf, "_root", counted)
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    caller.say("UPDATE", place, PLACE)  # its answer says whether it can be read, and it is told
    assert len(moved(door)) == 1
    assert parsed == [place.encode()]


def test_a_place_that_cannot_be_read_is_told_with_the_reason_and_the_call_goes_on() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    caller.say("UPDATE", "<presence", PLACE)
    assert caller.status == 200
    assert FAULT in caller.messages[-1]
    (why,) = moved(door)
    assert "it is no XML" in str(why)
    caller.plays(tones("HELP GA") + silence(0.5))
    assert door.shown == "HELP GA"


def test_a_place_and_hold_may_come_in_one_request() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    held = caller.audio("a=sendonly\r\n")
    for method, place in (("INVITE", "41.5 -72.5"), ("UPDATE", "41.6 -72.5")):
        body = (
            f"--x\r\nContent-Type: application/sdp\r\n\r\n{held}\r\n--x\r\n"
            "Content-Type: application/pidf+xml\r\nContent-ID: <p@h>\r\n\r\n"
            f"{MOVED.format(place)}\r\n--x--\r\n"
        )
        caller.say(method, body, [PLACE[0], "Content-Type: multipart/mixed;boundary=x"])
        assert caller.status == 200
        assert "a=recvonly" in caller.messages[-1]
        if method == "INVITE":
            caller.say("ACK")
    assert moved(door) == [41.5, 41.6]


def test_the_place_that_the_call_began_with_is_no_news_and_a_call_not_taken_tells_none() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    body = (
        f"--x\r\nContent-Type: application/sdp\r\n\r\n{caller.audio()}\r\n--x\r\n"
        "Content-Type: application/pidf+xml\r\nContent-ID: <p@h>\r\n\r\n"
        f"{MOVED.format('41.5 -72.5')}\r\n--x--\r\n"
    )
    caller.ring(body, [PLACE[0], "Content-Type: multipart/mixed;boundary=x"])
    caller.say("UPDATE", MOVED.format("41.5 -72.5"), PLACE)
    assert caller.status == 200
    assert moved(door) == []
    caller.say("UPDATE", MOVED.format("41.6 -72.5"), PLACE)  # before it was answered
    assert moved(door) == [41.6]
    door.legs[-1].end("the journal is down")
    house.settle()
    caller.say("UPDATE", MOVED.format("41.7 -72.5"), PLACE)
    assert moved(door) == [41.6]
