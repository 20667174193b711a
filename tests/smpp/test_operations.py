"""What the message centre says to the operations beside submit_sm, to peers of every version."""

from __future__ import annotations

from typing import Any

import pytest

from text911.smpp.codec import decode, encode
from text911.smpp.destinations import SmeAddress, UnsuccessSme
from text911.smpp.events import BindRequested, Queried, Submitted, SubmittedToMany
from text911.smpp.pdu import (
    RESPONSE,
    BindReceiver,
    BindTransceiver,
    BroadcastSm,
    CancelBroadcastSm,
    CancelSm,
    DataSm,
    QueryBroadcastSm,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
)
from text911.smpp.status import Status
from text911.smpp.table import State
from text911.smpp.tlv import Tag

from .peer import HELP, Peer, cut, in_state, only, raw

MANY = SubmitMulti(dest_address=(SmeAddress(3, 1, "911"),), short_message=b"help")
MULTI_RESP = SubmitMultiResp.COMMAND_ID


@pytest.mark.parametrize("version", [0x33, 0x34, 0x50])
@pytest.mark.parametrize(
    ("pdu", "before_5", "since_5"),
    [
        (CancelSm(message_id="1"), Status.RCANCELFAIL, Status.RCANCELFAIL),
        (ReplaceSm("1"), Status.RREPLACEFAIL, Status.RREPLACEFAIL),
        (BroadcastSm(), Status.RINVCMDID, Status.RPROHIBITED),
        (QueryBroadcastSm("1"), Status.RINVCMDID, Status.RPROHIBITED),
        (CancelBroadcastSm(), Status.RINVCMDID, Status.RPROHIBITED),
    ],
)
def test_what_is_not_served_is_refused_in_the_words_of_the_peers_version(
    version: int, pdu: Any, before_5: Status, since_5: Status
) -> None:
    peer = Peer().binds(interface_version=version)
    expected = since_5 if version == 0x50 else before_5
    assert peer.says((pdu, 9)) == [(pdu.COMMAND_ID | RESPONSE, expected, 9)]
    assert peer.events == []
    assert peer.session.faults == {"unserved_command": 1}


def test_what_does_not_parse_is_refused_for_that() -> None:
    peer = Peer().binds()
    assert peer.says(raw(0x8, 9, b"x" * 9)) == [(0x80000008, Status.RINVSERTYP, 9)]


# --- query_sm -------------------------------------------------------------------------------------


def test_what_became_of_a_text_is_what_the_owner_says() -> None:
    peer = Peer().binds()
    asked = QuerySm("00ff", 1, 1, "18605551234")
    assert peer.says((asked, 9)) == []
    (query,) = peer.events
    assert query == Queried(9, asked)
    assert isinstance(query, Queried)
    answer = QuerySmResp("00ff", "", 2, 0)
    peer.session.answer_query(query, answer)
    assert only(peer.session.octets_to_send()) == answer


def test_what_is_not_known_is_answered_with_why() -> None:
    peer = Peer().binds()
    peer.says((QuerySm("no"), 9))
    (query,) = peer.events
    assert isinstance(query, Queried)
    peer.session.answer_query(query, Status.RINVMSGID)
    assert peer.reads() == [(0x80000003, Status.RINVMSGID, 9)]
    peer.session.lost()
    peer.session.answer_query(query, Status.RINVMSGID)
    assert peer.reads() == []


# --- submit_multi ---------------------------------------------------------------------------------


def test_a_text_to_many_is_owed_an_answer_that_names_the_others() -> None:
    peer = Peer().binds()
    octets = encode(MANY, 9)
    assert peer.says(octets) == []
    assert peer.events == [SubmittedToMany(9, MANY, octets)]
    assert peer.session.owed == 1
    other = UnsuccessSme(1, 1, "112", Status.RINVDSTADR)
    peer.session.respond(9, MULTI_RESP, Status.ROK, "00ff", (other,))
    assert only(peer.session.octets_to_send()) == SubmitMultiResp("00ff", (other,))


@pytest.mark.parametrize("status", [Status.RINVDSTADR, Status.RMSGQFUL, 0x4A1])
def test_a_text_to_many_may_be_refused_whole(status: int) -> None:
    peer = Peer().binds()
    peer.says((MANY, 9))
    peer.session.respond(9, MULTI_RESP, status, "", ())
    assert peer.session.octets_to_send() == raw(MULTI_RESP, 9, b"", status)


def test_while_throttled_a_text_to_many_is_put_off_like_any_other() -> None:
    peer = Peer().binds()
    peer.session.throttled = True
    assert peer.says((MANY, 9)) == [(MULTI_RESP, Status.RTHROTTLED, 9)]
    assert peer.session.owed == 0


# --- whatever the receiver chooses ----------------------------------------------------------------


@pytest.mark.parametrize("status", [*Status, 0x400, 0x4FF, 0xFFFFFFFF])
def test_the_owner_may_choose_every_command_status(status: int) -> None:
    peer = Peer().binds()
    peer.says((HELP, 9))
    peer.session.respond(9, 0x80000004, status, "1")
    assert peer.reads() == [(0x80000004, status, 9)]


def test_unknown_tlvs_come_through_octet_for_octet_in_their_order() -> None:
    tlvs = ((0x1401, b"\0\xff"), (0x3FFF, b""), (0x1401, b"again"), (0x9999, b"?"))
    peer = Peer().binds()
    for pdu in (SubmitSm(short_message=b"x", tlvs=tlvs), DataSm(tlvs=tlvs)):
        octets = encode(pdu, 9)
        peer.says(octets)
        text = peer.events.pop()
        assert isinstance(text, Submitted)
        assert (text.octets, text.pdu.tlvs) == (octets, tlvs)


# --- congestion_state -----------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "told"), [(0x33, False), (0x34, False), (0x50, True)])
def test_only_a_peer_of_5_0_is_told_how_full_we_are(version: int, told: bool) -> None:
    peer = Peer().binds(interface_version=version)
    peer.session.load = lambda: 87
    peer.says((HELP, 8), (MANY, 9))
    peer.session.respond(8, 0x80000004, Status.ROK, "1")
    peer.session.respond(9, MULTI_RESP, Status.ROK, "2", ())
    for octets in cut(peer.session.octets_to_send()):
        tlvs = getattr(decode(octets)[0], "tlvs", ())
        assert tlvs == (((Tag.congestion_state, bytes((87,))),) if told else ())


def test_a_refusal_has_no_body_also_to_5_0() -> None:
    peer = Peer().binds(interface_version=0x50)
    peer.session.load = lambda: 100
    peer.says((HELP, 8))
    peer.session.respond(8, 0x80000004, Status.RTHROTTLED)
    assert peer.session.octets_to_send() == raw(0x80000004, 8, b"", Status.RTHROTTLED)


# --- outbind --------------------------------------------------------------------------------------


def test_we_may_ask_a_carrier_to_bind() -> None:
    peer = Peer()
    peer.session.outbind("text911", "please", peer.now)
    (octets,) = cut(peer.session.octets_to_send())
    assert octets[4:8] == b"\0\0\0\x0b"
    assert octets[16:] == b"text911\0please\0"
    with pytest.raises(ValueError, match="OUTBOUND"):
        peer.session.outbind("text911", "please", peer.now)
    peer.says((BindReceiver("carrier"), 1))
    assert isinstance(peer.events[0], BindRequested)
    assert peer.session.state is State.BOUND_RX


def test_who_is_asked_and_does_not_bind_is_let_go() -> None:
    peer = in_state(State.OUTBOUND)
    peer.waits(5.0)
    assert peer.reason == "no bind within the time for it"


@pytest.mark.parametrize("version", [0x34, 0x50])
def test_the_answer_to_a_bind_names_the_version_that_is_spoken(version: int) -> None:
    peer = Peer()
    events = peer.session.receive(encode(BindTransceiver("x", interface_version=version), 1), 0.0)
    (asked,) = events
    assert isinstance(asked, BindRequested)
    peer.session.accept(asked, "text911")
    assert only(peer.session.octets_to_send()).tlvs == (  # type: ignore[union-attr]
        (Tag.sc_interface_version, bytes((version,))),
    )
