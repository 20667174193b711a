"""Octets become a message or the reason why not: the shapes of RFC 4475."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.fields import address, caller_number, vias
from text911.sip.message import Request, Response, write
from text911.sip.reading import HEADERS_MAX, KeepAlive, Unreadable, read

from .messages import CALL_ID, CSEQ, FROM, TO, USUAL, VIA, less, request


def read_request(octets: bytes, *, stream: bool = False) -> Request:
    found = read(octets, stream=stream)
    assert isinstance(found, Request), found
    return found


def refused(octets: bytes, *, stream: bool = False) -> Unreadable:
    found = read(octets, stream=stream)
    assert isinstance(found, Unreadable), found
    assert found.octets == octets
    return found


def test_a_call_to_the_emergency_service() -> None:
    octets = request("Content-Length: 4", body=b"v=0\n")
    found = read_request(octets)
    assert (found.method, found.uri, found.body) == ("INVITE", "urn:service:sos", b"v=0\n")
    assert found.octets == octets
    assert caller_number(found) == "+18605550142"


def test_compact_names_folds_odd_space_and_bare_line_feeds_are_read() -> None:
    rows = (
        "v:\r\n SIP / 2.0 / UDP\r\n\t192.0.2.2 ; branch=z9hG4bK1",
        'f : "J Rosenberg \\\\\\"" <sip:j@h>\r\n  ;\r\n tag = 98',
        "TO :\r\n sip:v@h ; tag = 1",
        "i: 98\r\nMax-Forwards: 0068\r\nCSEQ: 0009\r\n INVITE",
        "NewFangledHeader: a\r\n  continued",
        "s:",
    )
    octets = request(usual=rows)
    for found in (read_request(octets), read_request(octets.replace(b"\r\n", b"\n"))):
        assert vias(found)[0].branch == "z9hG4bK1"
        assert address(found, "From").display == 'J Rosenberg \\"'
        assert address(found, "To").tag == "1"
        assert found.value("newfangledheader") == "a continued"
        assert found.value("Subject") == ""


def test_many_values_in_one_header_are_its_members() -> None:
    many = ", ".join(f"SIP/2.0/UDP h{at}" for at in range(60))
    assert len(vias(read_request(request(f"Via: {many}")))) == 61


def test_a_datagram_may_lack_its_length_or_hold_more_than_it() -> None:
    assert read_request(request(body=b"abc")).body == b"abc"
    octets = request("Content-Length: 1", body=b"abcINVITE sip:second SIP/2.0\r\n")
    assert read_request(octets).body == b"a"
    assert read_request(request("l: 1", "Content-Length: 1", body=b"a")).body == b"a"


def test_a_request_of_the_old_kind_is_read() -> None:
    old = ("Via: SIP/2.0/UDP h", "From: sip:a@h", "To: sip:b@h", "Call-ID: x", CSEQ)
    found = read_request(request(usual=old))
    assert vias(found)[0].branch is None


def test_unknown_methods_schemes_and_transports_are_read() -> None:
    usual = (VIA.replace("UDP", "SCTP"), FROM, "To: <isbn:2983792873>", CALL_ID, "CSeq: 1 !n~%e")
    found = read_request(request(start="!n~%e nobodyKnows:this  SIP/2.0 ", usual=usual))
    assert (found.method, found.uri) == ("!n~%e", "nobodyKnows:this")


@pytest.mark.parametrize(
    ("start", "status", "reason"),
    [
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 100 ", 100, ""),
        ("sip/2.0 100", 100, ""),
        ("SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e", 200, "= 2**3 * 5**2 \u043d\u043e"),
    ],
)
def test_responses_with_any_reason_or_none(start: str, status: int, reason: str) -> None:
    found = read(request(start=start))
    assert isinstance(found, Response)
    assert (found.status, found.reason) == (status, reason)


@pytest.mark.parametrize(
    "octets",
    [
        request(start="INVITE  <urn:service:sos> SIP/2.0"),
        request(start="INVITE sip:user@h; lr SIP/2.0"),
        request(start="INVITE sip: SIP/2.0"),
        request(start="INVITE sip:h HTTP2"),
        request(start="INVITE sip:h"),
        request(start="INVITE sip:\x01h SIP/2.0"),
        request("no colon here"),
        request(": no name"),
        request("Sub ject: x"),
        request("Subject: a\rVia: b"),
        request("Subject: \x00"),
        request("Content-Length: -999"),
        request("Content-Length: 9999", body=b"short"),
        request("Content-Length: 1", "Content-Length: 2", body=b"ab"),
        request("Max-Forwards: 300"),
        request("Max-Forwards: 70", "Max-Forwards: 5"),
        request("Content-Type: a/b", "c: c/d"),
        request(usual=less(TO, 'To: "Mr. J. User <sip:j@h>')),
        request(usual=less(FROM, "From: <sip:a b@h>")),
        request(usual=less(CSEQ, "CSeq: 2147483648 INVITE")),
        request(usual=less(CSEQ, "CSeq: 1 OPTIONS")),
        request(*(f"X-{at}: y" for at in range(HEADERS_MAX))),
        request().removesuffix(b"\r\n"),
        request().removesuffix(b"\r\n\r\n"),
    ],
)
def test_a_bad_request_is_answered_400_with_what_its_sender_knows_it_by(octets: bytes) -> None:
    found = refused(octets)
    assert found.why
    assert found.answer is not None
    assert (found.answer.status, found.answer.reason) == (400, "Bad Request")
    assert [name for name, _ in found.answer.headers] == ["Via", "From", "To", "Call-ID", "CSeq"]
    assert isinstance(read(write(found.answer)), Response | Unreadable)


@pytest.mark.parametrize(
    "octets",
    [
        b"garbage",
        b" \r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        request(usual=less(VIA)),
        request(usual=less(VIA, "Via: nonsense")),
        request(usual=less(FROM)),
        request(usual=less(TO)),
        request(usual=less(CALL_ID)),
        request(usual=less(CSEQ)),
        request(FROM),
        request("no header", start="ACK sip:h SIP/2.0", usual=less(CSEQ, "CSeq: 1 ACK")),
        request(start="SIP/2.0 4294967301 better not break the receiver"),
        request(start="SIP/2.0 200 OK", usual=less(CSEQ, "CSeq: x INVITE")),
        request(start="SIP/2.0 99 x"),
    ],
)
def test_what_cannot_or_must_not_be_answered_is_not(octets: bytes) -> None:
    assert refused(octets).answer is None


def test_another_version_and_too_large_a_message_have_their_own_status() -> None:
    found = refused(request(start="INVITE sip:h SIP/7.0"))
    assert found.answer is not None
    assert found.answer.status == 505
    found = refused(request(body=b"x" * 65_536))
    assert found.answer is not None
    assert found.answer.status == 513


def test_a_stream_gives_a_length() -> None:
    assert refused(request(), stream=True).answer is not None
    assert read_request(request("l: 0"), stream=True).body == b""


def test_a_header_that_stands_twice_in_a_response_is_not_chosen_from() -> None:
    assert refused(request(TO, start="SIP/2.0 200 OK")).why == "To stands more than once"


def test_line_breaks_alone_keep_a_line_open() -> None:
    assert read(b"\r\n\r\n") == KeepAlive(ping=True)
    assert read(b"\r\n") == KeepAlive(ping=False)
    assert read(b"") == KeepAlive(ping=False)
    assert read_request(b"\r\n\r\n" + request()).method == "INVITE"


def test_a_name_that_is_no_utf_8_is_echoed_octet_by_octet() -> None:
    octets = request("bad", usual=less(FROM, "From: J\udcf6 <sip:a@h>;tag=1"))
    found = refused(octets)
    assert found.answer is not None
    assert b"From: J\xf6 <sip:a@h>;tag=1\r\n" in write(found.answer)


@given(st.binary(max_size=200), st.booleans())
def test_any_octets_are_read_without_an_exception(octets: bytes, stream: bool) -> None:
    read(octets, stream=stream)


@given(st.data())
def test_a_message_with_changed_octets_is_read_or_refused_and_never_half_of_each(
    data: st.DataObject,
) -> None:
    octets = bytearray(request("Content-Length: 2", "Max-Forwards: 70", body=b"ab"))
    changes = st.lists(st.tuples(st.integers(0, len(octets) - 1), st.integers(0, 255)), max_size=6)
    for place, octet in data.draw(changes):
        octets[place] = octet
    match read(bytes(octets)):
        case Request() | Response() as message:
            assert vias(message)
            assert address(message, "From")
            again = read(write(message))
            assert isinstance(again, type(message))
        case Unreadable(answer=Response() as answer):
            assert write(answer)
        case Unreadable() | KeepAlive():
            pass


def test_the_usual_headers_are_enough() -> None:
    assert len(read_request(request()).headers) == len(USUAL)
