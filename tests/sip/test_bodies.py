"""What is in a body: the offer beside a location, however a trunk wraps it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.bodies import PARTS_MAX, Part, parts, sdp_of
from text911.sip.message import Request

SDP = b"v=0\r\n"


def holding(body: bytes, *rows: tuple[str, str]) -> Request:
    return Request("INVITE", "urn:service:sos", rows, body)


def mixed(body: bytes, boundary: str = "b1") -> Request:
    return holding(body, ("Content-Type", f'multipart/mixed; boundary="{boundary}"'))


def test_nothing_holds_nothing() -> None:
    assert parts(holding(b"")) == ()
    assert sdp_of(holding(b"")) == b""


def test_a_body_of_one_kind_is_one_part() -> None:
    found = holding(SDP, ("Content-Type", "application/SDP"))
    assert parts(found) == (Part("application/sdp", SDP),)
    assert sdp_of(found) == SDP
    assert parts(holding(b"x")) == (Part("text/plain", b"x"),)


def test_parts_are_found_between_their_boundaries() -> None:
    body = (
        b"preamble\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b1  \r\n"
        b"c: application/pidf+xml\r\nContent-ID: <here@h>\r\n"
        b"Content-Disposition: render;\r\n handling=optional\r\n\r\n<a>\r\n</a>\r\n--b1--\r\nend"
    )
    assert parts(mixed(body)) == (
        Part("application/sdp", SDP),
        Part("application/pidf+xml", b"<a>\r\n</a>", "here@h", needed=False),
    )
    assert sdp_of(mixed(body.replace(b"\r\n", b"\n"))) == b"v=0\n"


def test_a_multipart_within_a_multipart_is_opened() -> None:
    inner = b"--in\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--in--"
    body = b"--b1\r\nContent-Type: multipart/mixed;boundary=in\r\n\r\n" + inner + b"\r\n--b1--"
    assert sdp_of(mixed(body)) == SDP


def test_but_not_for_ever() -> None:
    body = b"x"
    for at in range(5):
        kind = f"multipart/mixed;boundary=b{at - 1}" if at else "application/sdp"
        body = (
            f"--b{at}\r\nContent-Type: {kind}\r\n\r\n".encode() + body + f"\r\n--b{at}--".encode()
        )
    assert sdp_of(mixed(body, "b4")) == b""
    assert parts(mixed(body, "b4"))[0].kind == "multipart/mixed"


def test_no_more_parts_are_looked_at_than_any_call_has() -> None:
    body = b"--b1\r\n\r\nx\r\n" * 100 + b"--b1--"
    assert len(parts(mixed(body))) == PARTS_MAX


@pytest.mark.parametrize("boundary", ["", "b" * 80, "b\\[1"])
def test_without_a_boundary_that_can_be_there_are_no_parts(boundary: str) -> None:
    assert parts(mixed(b"--b1\r\n\r\nx\r\n--b1--", boundary)) == ()


def test_a_part_without_an_empty_line_is_empty() -> None:
    assert parts(mixed(b"--b1\r\nContent-Type: a/b\r\n--b1--")) == (Part("text/plain", b""),)


def test_a_type_that_cannot_be_read_is_octets() -> None:
    found = holding(SDP, ("Content-Type", "sdp"))
    assert parts(found) == (Part("application/octet-stream", SDP),)


@given(st.binary(max_size=200), st.sampled_from(("b1", "", "-")))
def test_no_body_is_an_exception(body: bytes, boundary: str) -> None:
    assert len(parts(mixed(body.replace(b"\x00", b"--b1\r\n"), boundary))) <= PARTS_MAX
