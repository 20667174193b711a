"""A stream is cut into messages, wherever TCP cuts it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.framing import PING, Framer
from text911.sip.message import Request
from text911.sip.reading import KeepAlive, read

from .messages import request


def whole(body: bytes, name: str = "Content-Length") -> bytes:
    return request(f"{name}: {len(body)}", body=body)


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=60).map(whole),
        st.binary(max_size=60).map(lambda body: whole(body, "l ")),
        st.just(PING),
    ),
    max_size=5,
)


@given(PIECES, st.data())
def test_where_tcp_cuts_the_stream_does_not_matter(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(pieces)
    places = st.lists(st.integers(0, len(stream)), max_size=8)
    cuts = sorted({0, len(stream), *data.draw(places)})
    framer = Framer()
    found: list[bytes] = []
    for start, end in itertools.pairwise(cuts):
        found += framer.feed(stream[start:end])
    assert [read(octets, stream=True) for octets in found if octets != PING] == [
        read(octets, stream=True) for octets in pieces if octets != PING
    ]
    assert all(isinstance(read(o, stream=True), Request | KeepAlive) for o in found)
    assert framer.held < len(PING)
    assert not framer.broken


def test_a_ping_is_handed_over_and_its_half_is_awaited() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n\r") == []
    assert framer.feed(b"\n") == [PING]
    assert framer.feed(b"\n" + PING + b"\r\n" + whole(b"x")) == [PING, whole(b"x")]
    assert framer.held == 0


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (request(), "stands 0 times"),
        (request("Content-Length: 1", "l: 2"), "stands 2 times"),
        (request("Content-Length: -1"), "is b'-1'"),
        (request("Content-Length: 70000"), "a message of"),
        (b"INVITE " + b"x" * 70_000, "headers go on"),
    ],
)
def test_a_stream_without_a_certain_end_is_broken_for_good(octets: bytes, why: str) -> None:
    framer = Framer()
    assert framer.feed(whole(b"before") + octets) == [whole(b"before"), octets]
    assert why in framer.broken
    assert framer.feed(whole(b"after")) == []


def test_a_body_may_come_in_three_pieces() -> None:
    octets = whole(b"abc")
    framer = Framer()
    assert framer.feed(octets[:-3]) == []
    assert framer.feed(octets[-3:-1]) == []
    assert framer.feed(octets[-1:]) == [octets]


def test_a_folded_length_is_the_length() -> None:
    octets = request("Content-Length:\r\n 3", body=b"abc")
    assert Framer().feed(octets + PING) == [octets, PING]
    assert isinstance(read(octets, stream=True), Request)


def test_a_drip_is_held_up_to_the_bound_and_no_further() -> None:
    framer = Framer(size_max=100)
    for _ in range(100):
        assert framer.feed(b"x") == []
    assert framer.held == 100
    assert framer.feed(b"x") == [b"x" * 101]
    assert framer.broken
