"""Header values with a type."""

from __future__ import annotations

import pytest

from text911.sip.fields import (
    CSeq,
    MediaType,
    Via,
    address,
    addresses,
    caller_number,
    content_type,
    cseq,
    geolocation,
    one,
    options,
    read_cseq,
    read_media_type,
    read_seconds,
    read_via,
    vias,
)
from text911.sip.grammar import Malformed
from text911.sip.message import Headers, Request
from text911.sip.uri import OtherUri


def ask(*headers: tuple[str, str]) -> Request:
    return Request("INVITE", "urn:service:sos", headers)


def test_a_via_may_have_space_everywhere() -> None:
    via = read_via("SIP  /  2.0 / udp  [2001:db8::9] : 5070 ; branch = z9hG4bK7 ;rport;hidden")
    assert via == Via(
        "UDP", "[2001:db8::9]", 5070, (("branch", "z9hG4bK7"), ("rport", None), ("hidden", None))
    )
    assert str(via) == "SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bK7;rport;hidden"
    assert via.branch == "z9hG4bK7"


@pytest.mark.parametrize("params", ["", ";branch=z9hG4bK", ";branch=old.1"])
def test_a_branch_that_is_not_unique_counts_as_none(params: str) -> None:
    assert read_via(f"SIP/2.0/UDP h{params}").branch is None


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0/UDP", "HTTP/2.0/UDP h", "SIP/3.0/UDP h", "SIP/2.0/U{P h", "SIP/2.0/UDP h;,;=;"],
)
def test_what_is_no_via_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_via(text)


@pytest.mark.parametrize(
    ("text", "seen", "to"),
    [
        ("SIP/2.0/UDP 192.0.2.2", "SIP/2.0/UDP 192.0.2.2", ("192.0.2.2", 5060)),
        ("SIP/2.0/TLS 192.0.2.2", "SIP/2.0/TLS 192.0.2.2", ("192.0.2.2", 5061)),
        ("SIP/2.0/UDP h:99", "SIP/2.0/UDP h:99;received=192.0.2.2", ("192.0.2.2", 99)),
        (
            "SIP/2.0/UDP h;rport;received=198.51.100.9",
            "SIP/2.0/UDP h;rport=777;received=192.0.2.2",
            ("192.0.2.2", 777),
        ),
        (
            "SIP/2.0/UDP h:98;maddr=203.0.113.5",
            "SIP/2.0/UDP h:98;maddr=203.0.113.5;received=192.0.2.2",
            ("203.0.113.5", 98),
        ),
    ],
)
def test_an_answer_goes_where_the_request_came_from(
    text: str, seen: str, to: tuple[str, int]
) -> None:
    via = read_via(text).seen_from("192.0.2.2", 777)
    assert str(via) == seen
    assert via.answer_to() == to


def test_an_ipv6_sender_is_known_by_its_brackets_less_address() -> None:
    via = Via("UDP", "[2001:db8::9]")
    assert via.seen_from("2001:db8::9", 5060) == via


def test_a_cseq_is_a_number_and_a_method() -> None:
    assert read_cseq("0009\t INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(9, "INVITE")) == "9 INVITE"
    for text in ("9", "9 INVITE x", "2147483648 INVITE", "x INVITE", "9 IN{VITE"):
        with pytest.raises(Malformed):
            read_cseq(text)


def test_media_types_and_seconds_come_with_their_parameters() -> None:
    found = MediaType("multipart/mixed", (("boundary", '"a;b"'),))
    assert read_media_type('Multipart / MIXED;boundary="a;b"') == found
    for text in ("text", "te xt/plain", "text/pl ain"):
        with pytest.raises(Malformed):
            read_media_type(text)
    assert read_seconds("1800;refresher=uac") == (1800, (("refresher", "uac"),))
    assert read_seconds("120 (maintenance);duration=60") == (120, (("duration", "60"),))
    with pytest.raises(Malformed):
        read_seconds("4294967296")


def test_what_must_stand_is_missed() -> None:
    with pytest.raises(Malformed, match="Call-ID is missing"):
        one(ask(("Call-ID", " ")), "Call-ID")
    with pytest.raises(Malformed, match="Via is missing"):
        vias(ask(("Via", ",")))
    with pytest.raises(Malformed, match="CSeq is missing"):
        cseq(ask())


def test_a_request_shows_its_headers_as_values() -> None:
    request = ask(
        ("Via", "SIP/2.0/UDP a, SIP/2.0/TCP b"),
        ("Via", "SIP/2.0/TLS c"),
        ("CSeq", "1 INVITE"),
        ("To", "<sip:x@h>;tag=1"),
        ("Route", "<sip:p1;lr>, <sip:p2;lr>"),
        ("Supported", "timer, 100rel"),
        ("Content-Type", "application/sdp"),
        ("Geolocation", "<cid:loc@h>;inserted-by=x, <https://h/loc>"),
    )
    assert [via.host for via in vias(request)] == ["a", "b", "c"]
    assert cseq(request) == CSeq(1, "INVITE")
    assert address(request, "To").tag == "1"
    assert [str(found.uri) for found in addresses(request, "Route")] == ["sip:p1;lr", "sip:p2;lr"]
    assert options(request, "Supported") == {"timer", "100rel"}
    assert content_type(request) == MediaType("application/sdp")
    assert content_type(ask()) is None
    assert geolocation(request) == (OtherUri("cid", "loc@h"), OtherUri("https", "//h/loc"))


FROM = ("From", "<sip:8605550199@h>;tag=1")


@pytest.mark.parametrize(
    ("headers", "dialled"),
    [
        ((FROM, ("P-Asserted-Identity", "<sip:op@h>, <tel:+18605550142>")), "+18605550142"),
        ((FROM, ("P-Asserted-Identity", "<sip:op@h>")), "8605550199"),
        ((FROM,), "8605550199"),
        ((("From", "<sip:anonymous@anonymous.invalid>"),), None),
    ],
)
def test_what_the_trunk_asserts_goes_before_what_from_claims(
    headers: Headers, dialled: str | None
) -> None:
    assert caller_number(ask(*headers)) == dialled
