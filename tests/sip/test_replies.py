"""Answers: what of a request stands in them, and where they go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from text911.sip import reading
from text911.sip.flows import Flow
from text911.sip.message import Request, values
from text911.sip.replies import REASONS, as_seen, reply, stateless_tag, way_back

from .messages import CALL_ID, CSEQ, FROM, TO, request
from .wire import message

ROUTES = ("Record-Route: <sip:p1;lr>", "Timestamp: 54")
FLOW = Flow("UDP", ("192.0.2.1", 5060), ("192.0.2.7", 5099))


def invite(via: str = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", to: str = TO) -> Request:
    found = message(request(*ROUTES, usual=(via, "Via: SIP/2.0/UDP h2", FROM, TO, CALL_ID, CSEQ)))
    assert isinstance(found, Request)
    said = to.partition(": ")[2]
    headers = tuple((name, said if name == "To" else value) for name, value in found.headers)
    return replace(found, headers=headers)


def test_an_answer_copies_what_its_request_is_found_by() -> None:
    found = reply(invite(), 180, (("X", "y"),), tag="t", body=b"b")
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert values(found.headers, name) == values(invite().headers, name)
    assert found.value("To") == "<urn:service:sos>;tag=t"
    assert found.value("Record-Route") == "<sip:p1;lr>"
    assert found.value("Timestamp") is None
    assert (found.reason, found.value("X"), found.body) == ("Ringing", "y", b"b")


def test_what_cannot_be_read_is_refused_in_the_same_words_where_its_sender_is_known() -> None:
    assert reading.REASONS.items() <= REASONS.items()
    assert reply(invite(), 505).reason == "Version Not Supported"


def test_100_has_no_tag_and_gives_the_time_back() -> None:
    found = reply(invite(), 100, tag="t")
    assert found.value("To") == "<urn:service:sos>"
    assert found.value("Timestamp") == "54"
    assert found.value("Record-Route") is None


def test_a_refusal_makes_no_route() -> None:
    assert reply(invite(), 486, tag="t").value("Record-Route") is None


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("To: <sip:a@h>;tag=own", "<sip:a@h>;tag=own"),
        ("To: sip:a@h", "<sip:a@h>;tag=t"),
        ("To: A <sip:a@h>;x=y", "A <sip:a@h>;x=y;tag=t"),
        ("To: <sip:a@h>;=", "<sip:a@h>;="),
    ],
)
def test_a_tag_is_added_where_there_is_none(to: str, said: str) -> None:
    assert reply(invite(to=to), 200, tag="t").value("To") == said


def test_a_reason_may_be_said_or_missing() -> None:
    assert reply(invite(), 486, reason="All busy").reason == "All busy"
    assert reply(invite(), 499).reason == "Answer"


def test_a_tag_of_what_nobody_remembers_is_the_same_each_time() -> None:
    assert stateless_tag("s", invite()) == stateless_tag("s", invite())
    assert stateless_tag("s", invite()) != stateless_tag("other", invite())
    assert stateless_tag("s", invite()) != stateless_tag("s", invite("Via: SIP/2.0/UDP h"))


def test_the_uppermost_via_says_what_was_seen() -> None:
    found = as_seen(
        invite("Via: , SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;rport, SIP/2.0/UDP h"), FLOW
    )
    assert values(found, "Via") == (
        "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;rport=5099;received=192.0.2.7, SIP/2.0/UDP h",
        "SIP/2.0/UDP h2",
    )


def test_an_empty_via_is_passed_over() -> None:
    found = as_seen(invite("Via: ,"), FLOW)
    assert values(found, "Via") == (",", "SIP/2.0/UDP h2;received=192.0.2.7")


def test_the_way_back() -> None:
    assert way_back(invite("Via: SIP/2.0/UDP h:5070"), FLOW).remote == ("192.0.2.7", 5070)
    assert way_back(invite("Via: SIP/2.0/UDP h;rport=5099"), FLOW) == FLOW
    stream = Flow("TCP", FLOW.local, FLOW.remote, 3)
    assert way_back(invite("Via: SIP/2.0/TCP h:5070"), stream) == stream
