"""Dialogs: who is who in them, where their requests go, and which requests are too old."""

from __future__ import annotations

import pytest

from text911.sip.dialogs import (
    Dialog,
    as_called,
    as_caller,
    contact_of,
    heard,
    key_of,
    next_hop,
    request_of,
    retargeted,
    with_tag,
)
from text911.sip.grammar import CSEQ_MAX, Malformed
from text911.sip.message import Request, values
from text911.sip.replies import reply
from text911.sip.uri import SipUri

from .messages import CALL_ID, FROM, TO, VIA, request
from .wire import message

HERE = SipUri("sip", "", "192.0.2.2", 5060)
THERE = SipUri("sip", "desk", "192.0.2.7")


def invite(*rows: str, sender: str = FROM) -> Request:
    usual = (VIA, sender, TO, CALL_ID, "CSeq: 5 INVITE")
    found = message(request(*rows, usual=usual))
    assert isinstance(found, Request)
    return found


def dialog(*routes: str) -> Dialog:
    return Dialog(
        ("c", "ours", "theirs"), "<sip:a@h>;tag=ours", "<sip:b@h>;tag=theirs", THERE, routes
    )


def test_who_is_called_takes_routes_as_they_came() -> None:
    routes = "Record-Route: <sip:p1;lr>, <sip:p2;lr>", "Record-Route: <sip:p3;lr>"
    found = as_called(invite("Contact: <sip:c@192.0.2.9>", *routes), "t", HERE)
    assert found == Dialog(
        ("c1@trunk.example.net", "t", "a1"),
        "<urn:service:sos>;tag=t",
        "<sip:+18605550142@trunk.example.net>;tag=a1",
        SipUri("sip", "c", "192.0.2.9"),
        ("<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"),
        0,
        5,
    )


def test_who_calls_takes_them_in_reverse() -> None:
    ours = invite("Contact: <sip:us@h>")
    answer = reply(
        ours, 200, (("Record-Route", "<sip:p1;lr>, <sip:p2;lr>"), ("Contact", "<sip:c@h>")), tag="t"
    )
    found = as_caller(ours, answer, HERE)
    assert found.key == ("c1@trunk.example.net", "a1", "t")
    assert found.routes == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert (found.local_cseq, found.remote_cseq) == (5, None)
    assert found.remote == "<urn:service:sos>;tag=t"


def test_peers_of_the_old_kind_have_no_tags() -> None:
    found = as_called(invite(sender="From: sip:a@h"), "t", HERE)
    assert found.key[2] == ""
    answer = reply(invite(), 200)
    assert as_caller(invite(sender="From: sip:a@h"), answer, HERE).key[1:] == ("", "")


def test_a_request_names_the_dialog_it_belongs_to() -> None:
    usual = (VIA, FROM, TO + ";tag=t", CALL_ID, "CSeq: 5 BYE")
    found = message(request(start="BYE sip:h SIP/2.0", usual=usual))
    assert isinstance(found, Request)
    assert key_of(found) == ("c1@trunk.example.net", "t", "a1")


def test_a_tag_stands_behind_the_brackets() -> None:
    assert with_tag("<sip:a@h>;x=y", "t") == "<sip:a@h>;x=y;tag=t"
    assert with_tag("sip:a@h;x=y", "t") == "<sip:a@h>;x=y;tag=t"


@pytest.mark.parametrize(
    ("row", "target"),
    [
        ("Contact: <sip:c@h>", SipUri("sip", "c", "h")),
        ("Contact: <tel:+1>, <sip:c@h>", SipUri("sip", "c", "h")),
        ("Contact: <tel:+1>", HERE),
        ("Contact: *", HERE),
        ("X: y", HERE),
    ],
)
def test_a_peer_is_reached_where_it_says_or_where_it_is(row: str, target: SipUri) -> None:
    assert contact_of(invite(row), HERE) == target


def test_a_loose_route_leaves_the_target_in_the_request_line() -> None:
    after, found = request_of(dialog("<sip:p1;lr>", "<sip:p2>"), "BYE", (("X", "y"),), b"z")
    assert (found.method, found.uri, found.body) == ("BYE", "sip:desk@192.0.2.7", b"z")
    assert values(found.headers, "Route") == ("<sip:p1;lr>", "<sip:p2>")
    assert found.value("CSeq") == "1 BYE"
    assert (found.value("From"), found.value("To")) == (
        "<sip:a@h>;tag=ours",
        "<sip:b@h>;tag=theirs",
    )
    assert found.value("X") == "y"
    assert after.local_cseq == 1
    assert next_hop(found) == SipUri("sip", "", "p1", None, (("lr", None),))


def test_a_strict_one_stands_there_itself() -> None:
    _, found = request_of(dialog("<sip:p1>", "<sip:p2;lr>"), "BYE")
    assert found.uri == "sip:p1"
    assert values(found.headers, "Route") == ("<sip:p2;lr>", "<sip:desk@192.0.2.7>")


def test_without_routes_it_goes_to_the_target() -> None:
    _, found = request_of(dialog(), "BYE")
    assert next_hop(found) == THERE
    strict = Request("BYE", "sip:h", (("Route", "<tel:+1>"),))
    assert next_hop(strict) == SipUri("sip", "", "h")


def test_nobody_knows_the_way_to_what_has_no_host() -> None:
    with pytest.raises(Malformed, match="way"):
        next_hop(Request("BYE", "urn:service:sos"))


def test_an_ack_has_the_number_of_its_invite() -> None:
    one = request_of(dialog(), "INVITE")[0]
    two = request_of(one, "UPDATE")[0]
    after, ack = request_of(two, "ACK", ack_of=1)
    assert ack.value("CSeq") == "1 ACK"
    assert after.local_cseq == 2


def test_numbers_do_not_go_on_for_ever() -> None:
    last = Dialog(("c", "a", "b"), "x", "y", THERE, (), CSEQ_MAX)
    with pytest.raises(ValueError, match="requests"):
        request_of(last, "BYE")


def test_a_request_older_than_the_last_is_none_of_it() -> None:
    first = heard(dialog(), invite())
    assert first is not None
    assert first.remote_cseq == 5
    assert heard(first, invite()) == first
    later = Dialog(("c", "a", "b"), "x", "y", THERE, (), 0, 6)
    assert heard(later, invite()) is None


def test_the_target_moves_with_what_succeeded() -> None:
    assert retargeted(dialog(), invite("Contact: <sip:c@h>")).target == SipUri("sip", "c", "h")
    assert retargeted(dialog(), invite()).target == THERE
