"""What is refused before anybody looks at it."""

from __future__ import annotations

import pytest

from text911.sip.message import Request
from text911.sip.screening import ABILITIES, Refusal, screen, unusable

from .wire import OFFER

MARK = "z9hG4bKabcd"
VIA = ("Via", "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1")
SDP = ("Content-Type", "application/sdp")


def judged(
    *rows: tuple[str, str], method: str = "INVITE", uri: str = "urn:service:sos", body: bytes = b""
) -> Refusal | None:
    return screen(Request(method, uri, (VIA, *rows), body), MARK)


@pytest.mark.parametrize(
    "uri",
    [
        "urn:service:sos",
        "URN:Service:SOS",
        "urn:service:sos.police",
        "sip:911@192.0.2.1",
        "sips:anything@elsewhere",
        "tel:911",
    ],
)
def test_a_call_for_help_is_let_in_however_it_is_addressed(uri: str) -> None:
    assert judged(SDP, uri=uri, body=OFFER) is None


@pytest.mark.parametrize(
    ("uri", "status"),
    [("urn:service:counseling", 404), ("urn:service:sosx", 404), ("http://h", 416)],
)
def test_what_is_not_ours_is_not(uri: str, status: int) -> None:
    found = judged(uri=uri)
    assert found is not None
    assert found.status == status


@pytest.mark.parametrize("method", ["INVITE", "BYE", "UPDATE"])
def test_an_extension_that_is_unknown_is_named(method: str) -> None:
    found = judged(("Require", "timer, zeta"), ("Require", "alpha"), method=method)
    assert found is not None
    assert (found.status, found.headers) == (420, (("Unsupported", "alpha, zeta"),))


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_ack_and_cancel_are_never_refused_for_one(method: str) -> None:
    assert (
        judged(("Require", "zeta"), ("Content-Encoding", "gzip"), method=method, body=b"x") is None
    )


def test_extensions_that_are_known_may_be_required() -> None:
    assert judged(("Require", "100rel,timer,geolocation-sip,geolocation-http")) is None
    said = dict(ABILITIES)["Supported"]  # nobody is to send a reference because we asked for it
    assert said == "100rel, timer"


@pytest.mark.parametrize(
    ("branch", "status"),
    [(f";branch={MARK}1234", 482), (";branch=z9hG4bKabc", None), ("", None)],
)
def test_a_branch_of_ours_is_a_loop(branch: str, status: int | None) -> None:
    found = judged(("Via", f"SIP/2.0/UDP 192.0.2.1:5060{branch}"))
    assert (None if found is None else found.status) == status


@pytest.mark.parametrize(
    ("method", "kind", "status"),
    [
        ("INVITE", "application/sdp", None),
        ("INVITE", "application/pidf+xml", None),
        ("INVITE", "text/plain", 415),
        ("UPDATE", "text/plain", 415),
        ("MESSAGE", "text/plain", None),
        ("MESSAGE", "application/sdp", 415),
        ("INFO", "application/dtmf-relay", None),
        ("BYE", "text/plain", None),
    ],
)
def test_content_that_nobody_understands_is_415(method: str, kind: str, status: int | None) -> None:
    found = judged(("Content-Type", kind), method=method, body=b"x")
    assert (None if found is None else found.status) == status
    if found is not None:
        assert found.headers[0][0] == "Accept"


def test_unless_it_need_not_be_understood() -> None:
    rows = ("Content-Type", "a/b"), ("Content-Disposition", "session;handling=optional")
    assert judged(*rows, body=b"x") is None


def test_a_call_is_not_refused_for_what_it_brings_beside_its_offer() -> None:
    kinds = "application/sdp", "a/b"
    offer, other = (f"--b\r\nContent-Type: {kind}\r\n\r\nv=0\r\n" for kind in kinds)
    body = f"{offer}{other}--b--".encode()
    rows = (("Content-Type", "multipart/mixed;boundary=b"),)
    assert judged(*rows, body=body) is None
    found = judged(*rows, body=body.replace(b"application/sdp", b"c/d"))
    assert found is not None
    assert found.status == 415


def test_content_that_is_encoded_is_415() -> None:
    found = judged(SDP, ("Content-Encoding", "gzip"), body=b"x")
    assert found is not None
    assert (found.status, found.headers[0]) == (415, ("Accept-Encoding", "identity"))
    assert judged(SDP, ("Content-Encoding", "identity"), body=b"x") is None


def test_no_offer_is_no_unusable_one() -> None:
    assert unusable(Request("INVITE", "sip:h")) is None
    assert unusable(Request("INVITE", "sip:h", (SDP,), OFFER)) is None
