"""Messages as values, and the octets that are made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.message import Message, Request, Response, full_name, values, without, write
from text911.sip.reading import read

HEADERS = (
    ("Via", "SIP/2.0/TCP h;branch=z9hG4bK1"),
    ("From", "<sip:a@h>;tag=1"),
    ("To", "<urn:service:sos>"),
    ("Call-ID", "c"),
    ("CSeq", "1 INVITE"),
)


def test_a_request_is_written_with_our_own_content_length() -> None:
    headers = (*HEADERS[:1], ("content-length", "99"), ("X-Own", ""))
    octets = write(Request("INVITE", "urn:service:sos", headers, b"v=0\r\n"))
    assert octets == (
        b"INVITE urn:service:sos SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nX-Own: \r\n"
        b"Content-Length: 5\r\n\r\nv=0\r\n"
    )


@pytest.mark.parametrize(
    "message",
    [
        Request("INV ITE", "sip:h"),
        Request("INVITE", "sip:a b"),
        Request("INVITE", ""),
        Request("INVITE", "sip:h\r\nX: y"),
        Request("INVITE", "sip:h", (("Subject", "a\r\nTo: x"),)),
        Request("INVITE", "sip:h", (("Sub ject", "a"),)),
        Response(99, "x"),
        Response(700, "x"),
        Response(200, "OK\nVia: x"),
    ],
)
def test_nothing_gets_onto_the_wire_that_would_be_read_as_something_else(message: Message) -> None:
    with pytest.raises(ValueError, match=r"."):
        write(message)


def test_compact_names_become_long_ones_and_unknown_ones_stay() -> None:
    assert [full_name(name) for name in ("v", "X", "cseq", "NewFangled")] == [
        "Via",
        "Session-Expires",
        "CSeq",
        "NewFangled",
    ]


def test_rows_are_found_whatever_their_case_and_lists_over_all_rows() -> None:
    message = Response(200, "OK", (("Via", "a, b"), ("via", "c"), ("newfangled", "x")))
    assert message.listed("VIA") == ["a", "b", "c"]
    assert message.value("NewFangled") == "x"
    assert message.value("To") is None
    request = Request("BYE", "sip:h", message.headers)
    assert (request.listed("Via"), request.value("Via")) == (["a", "b", "c"], "a, b")
    assert without(message.headers, "Via", "To") == (("newfangled", "x"),)
    assert values(message.headers, "to") == ()


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).map(str.strip)


@given(TEXT, st.binary(max_size=50), st.sampled_from([100, 200, 699]), TEXT, st.booleans())
def test_what_is_written_is_read_back(
    subject: str, body: bytes, status: int, reason: str, stream: bool
) -> None:
    headers = (*HEADERS, ("Subject", subject))
    for message in (
        Request("INVITE", "urn:service:sos", headers, body),
        Response(status, reason, headers, body),
    ):
        octets = write(message)
        found = read(octets, stream=stream)
        assert isinstance(found, Request | Response)
        assert found.octets == octets
        assert found.headers[-1] == ("Content-Length", str(len(body)))
        assert write(found) == octets
        assert without(found.headers, "Content-Length") == headers
