from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.core.values import CarrierName, Location
from text911.gateway.location.port import Answer, Question, Unknown
from text911.gateway.location.settings import TlvFormat
from text911.gateway.location.tlv import TlvSource, decimal

TAG = 0x1501
NOW = 1_700_000_000.0


def ask(*tlvs: tuple[int, bytes]) -> Answer:
    answers: list[Answer] = []
    source = TlvSource(TAG, TlvFormat.DECIMAL, lambda: NOW)
    source.locate(Question("d", CarrierName("alder"), "+18605550142", tlvs), answers.append)
    (answer,) = answers
    return answer


@pytest.mark.parametrize(
    ("octets", "latitude", "longitude", "radius", "confidence"),
    [
        (b"41.5951,-72.5851,620", 41.5951, -72.5851, 620, 90),
        (b"41.5951,-72.5851,620,68", 41.5951, -72.5851, 620, 68),
        (b"+41,-072.5,0.5,99.6\0", 41, -72.5, 0.5, 100),
        (b" 41.5951 , -72.5851 , 620 ", 41.5951, -72.5851, 620, 90),
    ],
)
def test_a_decimal_location_is_read(
    octets: bytes, latitude: float, longitude: float, radius: float, confidence: int
) -> None:
    assert ask((0x1400, b"x"), (TAG, octets)) == Location(
        latitude, longitude, radius, confidence, "Cell", "the carrier, in the message", NOW
    )


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "has 1 fields, not latitude,longitude,radius"),
        (b"41.5,-72.5", "has 2 fields"),
        (b"41.5,-72.5,620,90,1", "has 5 fields"),
        (b"41.5,-72.5,620" + b" " * 60, "has 74 octets; a location has at most 64"),
        ("41.5,-72.5,62\u0660".encode(), "is not ASCII"),
        (b"\xff\xfe", "is not ASCII"),
        (b"nan,-72.5,620", "latitude is not a plain decimal number"),
        (b"41.5,inf,620", "longitude is not a plain decimal number"),
        (b"41.5,-72.5,6e2", "radius is not a plain decimal number"),
        (b"41.5,-72.5,620,0x5A", "confidence is not a plain decimal number"),
        (b"4_1.5,-72.5,620", "latitude is not a plain decimal number"),
        (b"41.5\n,-72.5,620", "latitude is not a plain decimal number"),
        (b"41.5,-72.5,620\0,90", "radius is not a plain decimal number"),
        (b"91,-72.5,620", "91, -72.5 is no place on earth"),
        (b"41.5,-272.5,620", "41.5, -272.5 is no place on earth"),
        (b"0,0.0,620", "0, 0 is what a location server says when it knows nothing"),
        (b"41.5,-72.5,-1", "a radius of -1 m is not within 0 and 500000"),
        (b"41.5,-72.5,500001", "a radius of 500001 m is not within 0 and 500000"),
        (b"41.5,-72.5,620,101", "a confidence of 101 is not within 0 and 100 percent"),
        (b"41.5,-72.5,620,-1", "a confidence of -1 is not within 0 and 100 percent"),
    ],
)
def test_what_is_no_location_is_answered_with_the_reason(octets: bytes, reason: str) -> None:
    answer = ask((TAG, octets))
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("parameter 0x1501")
    assert reason in answer.reason


def test_a_message_without_the_parameter_is_answered_with_that() -> None:
    assert ask((0x1502, b"41.5,-72.5,620")) == Unknown(
        "the message has no parameter 0x1501 with a location"
    )


def test_the_parameter_twice_alike_is_fine_and_twice_differently_is_not() -> None:
    assert isinstance(ask((TAG, b"41.5,-72.5,620"), (TAG, b"41.5,-72.5,620")), Location)
    assert ask((TAG, b"41.5,-72.5,620"), (TAG, b"41.6,-72.5,620")) == Unknown(
        "the message has parameter 0x1501 twice and differently"
    )


@given(st.binary(max_size=80) | st.text("0123456789.,-+ e", max_size=40).map(str.encode))
def test_whatever_the_octets_hold_there_is_one_answer_and_a_place_is_on_earth(
    octets: bytes,
) -> None:
    answer = decimal(octets, TAG, NOW)
    if isinstance(answer, Location):
        assert -90 <= answer.latitude <= 90
        assert -180 <= answer.longitude <= 180
        assert 0 <= answer.radius <= 500_000
        assert 0 <= answer.confidence <= 100


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 500_000), st.integers(0, 100))
def test_what_a_carrier_writes_comes_back(
    latitude: float, longitude: float, radius: float, confidence: int
) -> None:
    octets = f"{latitude:.6f},{longitude:.6f},{radius:.1f},{confidence}".encode()
    answer = decimal(octets, TAG, NOW)
    if abs(latitude) < 1e-5 and abs(longitude) < 1e-5:
        return
    assert isinstance(answer, Location)
    assert answer.latitude == pytest.approx(latitude, abs=1e-6)
    assert answer.longitude == pytest.approx(longitude, abs=1e-6)
    assert answer.confidence == confidence
