"""One bind of a carrier: states, answers, the window, the timers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.codec import encode
from text911.smpp.destinations import SmeAddress
from text911.smpp.events import (
    BindRequested,
    Closed,
    Event,
    Gone,
    Queried,
    Responded,
    Silent,
    Submitted,
    SubmittedToMany,
    Unbound,
)
from text911.smpp.framing import PDU_SIZE_MAX
from text911.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    BroadcastSm,
    CancelBroadcastSm,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    QueryBroadcastSm,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    SubmitSm,
    Unbind,
)
from text911.smpp.session import OVERDUE_MAX, ServerSession
from text911.smpp.status import Status
from text911.smpp.table import MESSAGE_CENTRE, REFUSALS, Input, State
from text911.smpp.timers import SessionLimits
from text911.smpp.tlv import Tag

from .peer import BINDS, HELP, Peer, cut, in_state, only, raw

REPLY = DeliverSm(source_addr="911", destination_addr="18605551234", short_message=b"coming")
RESP = 0x80000000


# --- binding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state"),
    [("rx", State.BOUND_RX), ("tx", State.BOUND_TX), ("trx", State.BOUND_TRX)],
)
def test_each_kind_of_bind_is_asked_for_and_accepted(kind: str, state: State) -> None:
    peer = Peer()
    bind = BINDS[kind]("carrier", "secret", "type", 0x34, 0, 0, "range")
    assert peer.says((bind, 7)) == [(bind.COMMAND_ID | RESP, 0, 7)]
    assert peer.events == [
        BindRequested(7, bind.COMMAND_ID, "carrier", "secret", "type", 0x34, "range")
    ]
    assert peer.session.state is state
    assert peer.session.can_receive is (kind != "tx")
    assert "secret" not in repr(peer.events)


@pytest.mark.parametrize(
    ("version", "tlvs"), [(0x34, ((Tag.sc_interface_version, b"\x34"),)), (0x33, ()), (0, ())]
)
def test_a_peer_older_than_3_4_is_answered_without_a_tlv(
    version: int, tlvs: tuple[tuple[int, bytes], ...]
) -> None:
    session = ServerSession(SessionLimits(), 0.0)
    bind = BindTransceiver("carrier", interface_version=version)
    (asked,) = session.receive(encode(bind, 1), 0.0)
    assert isinstance(asked, BindRequested)
    session.accept(asked, "text911")
    assert only(session.octets_to_send()) == BindTransceiverResp("text911", tlvs)
    tagged = DeliverSm(tlvs=((Tag.user_message_reference, b"\0\1"),))
    session.send(tagged, "a", 0.0)
    assert only(session.octets_to_send()) == (tagged if tlvs else DeliverSm())
    with pytest.raises(ValueError, match="decided"):
        session.accept(asked, "text911")


def test_a_refused_bind_is_answered_and_the_session_ends() -> None:
    peer = Peer(answer=Status.RBINDFAIL)
    assert peer.says((BindTransceiver("x"), 3), (EnquireLink(), 4)) == [(0x80000009, 0x0D, 3)]
    assert peer.reason == "bind refused with RBINDFAIL"
    assert peer.session.wakes_at() is None
    assert peer.says((EnquireLink(), 5)) == []


def test_what_comes_behind_a_bind_waits_for_its_decision() -> None:
    session = ServerSession(SessionLimits(), 0.0)
    big = SubmitSm(short_message=b"x" * 200, tlvs=((Tag.message_payload, bytes(2000)),))
    events = session.receive(encode(BindTransceiver("x"), 1) + encode(big, 2), 0.0)
    (asked,) = events
    assert isinstance(asked, BindRequested)
    assert session.receive(b"", 0.0) == []
    session.accept(asked, "text911")
    (text,) = session.receive(b"", 0.0)
    assert isinstance(text, Submitted)
    assert text.pdu == big


def test_a_flood_behind_an_undecided_bind_ends_the_session() -> None:
    session = ServerSession(SessionLimits(), 0.0)
    session.receive(encode(BindTransceiver("x"), 1), 0.0)
    (closed,) = session.receive(bytes(PDU_SIZE_MAX + 1), 0.0)
    assert isinstance(closed, Closed)


# --- every request in every state -----------------------------------------------------------------

NEXT, REQUESTS = MESSAGE_CENTRE.next, MESSAGE_CENTRE.requests
MANY = SubmitMulti(dest_address=(SmeAddress(3, 1, "911"),), short_message=b"help")
BODIES = {
    pdu.COMMAND_ID: encode(pdu, 1)[16:]
    for pdu in (
        HELP,
        DataSm(),
        MANY,
        QuerySm("1"),
        ReplaceSm("1"),
        CancelSm(message_id="1"),
        BroadcastSm(),
        QueryBroadcastSm("1"),
        CancelBroadcastSm(message_id="1"),
        *(bind("carrier") for bind in BINDS.values()),
    )
}


@pytest.mark.parametrize(
    ("state", "command_id"),
    list(product([s for s in State if s not in (State.BINDING, State.CLOSED)], REQUESTS)),
)
def test_every_request_in_every_state_is_answered_as_the_table_says(
    state: State, command_id: int
) -> None:
    peer = in_state(state)
    heard = REQUESTS[command_id]
    answers = peer.says(raw(command_id, 9, BODIES.get(command_id, b"")))
    if (state, heard) not in NEXT:
        again = heard is Input.GOT_BIND and state.name.startswith("BOUND_")
        assert answers == [(command_id | RESP, 5 if again else 4, 9)]
        assert peer.session.state is state
        assert peer.events == []
        assert peer.session.faults["bind_status"] == 1
        return
    match heard:
        case Input.GOT_MESSAGE:
            assert answers == []
            assert [type(e) for e in peer.events] == [Submitted]
        case Input.GOT_MULTI:
            assert answers == []
            assert [type(e) for e in peer.events] == [SubmittedToMany]
        case Input.GOT_QUERY:
            assert answers == []
            assert peer.events == [Queried(9, QuerySm("1"))]
        case Input.GOT_UNSERVED:
            assert answers == [(command_id | RESP, REFUSALS[command_id][0], 9)]
        case Input.GOT_ENQUIRE | Input.GOT_BIND:
            assert answers == [(command_id | RESP, 0, 9)]
        case _:
            assert heard is Input.GOT_UNBIND
            assert answers == [(command_id | RESP, 0, 9)]
            assert [type(e) for e in peer.events] == [Unbound, Closed]


def test_nothing_is_read_while_a_bind_is_undecided_or_after_the_end() -> None:
    for state in (State.BINDING, State.CLOSED):
        peer = in_state(state)
        assert peer.session.receive(raw(0x15, 3), peer.now) == []
        assert peer.reads() == []


# --- texts ----------------------------------------------------------------------------------------


def test_a_text_comes_out_with_its_octets_and_is_answered_when_the_owner_says_so() -> None:
    peer = Peer().binds()
    octets = encode(HELP, 5)
    assert peer.says(octets) == []
    assert peer.events == [Submitted(5, HELP, octets)]
    assert peer.session.owed == 1
    assert peer.session.respond(5, HELP.COMMAND_ID, Status.ROK, "00ff")
    assert peer.session.octets_to_send() == raw(0x80000004, 5, b"00ff\0")
    assert peer.session.owed == 0
    with pytest.raises(ValueError, match="answered already"):
        peer.session.respond(5, HELP.COMMAND_ID, Status.ROK, "00ff")


def test_data_sm_is_a_text_too_and_forgiven_faults_are_named_and_counted() -> None:
    peer = Peer().binds()
    pdu = DataSm(source_addr="é", tlvs=((Tag.user_message_reference, b"\1"),))
    peer.says(encode(pdu, 5))
    (text,) = peer.events
    assert isinstance(text, Submitted)
    assert text.faults == ("not_ascii", "tlv_size")
    assert peer.session.faults == {"not_ascii": 1, "tlv_size": 1}


def test_while_throttled_texts_are_put_off_and_the_link_is_kept_alive() -> None:
    peer = Peer().binds()
    peer.session.throttled = True
    answers = peer.says((HELP, 2), (EnquireLink(), 3))
    assert answers == [(0x80000004, 0x58, 2), (0x80000015, 0, 3)]
    assert peer.events == []


def test_an_answer_after_the_end_reaches_nobody_and_says_so() -> None:
    peer = Peer().binds()
    peer.says((HELP, 2))
    peer.session.lost()
    assert not peer.session.respond(2, HELP.COMMAND_ID, Status.ROK, "1")
    assert peer.reads() == []


# --- our requests ---------------------------------------------------------------------------------


def test_a_reply_is_answered_under_its_tag() -> None:
    peer = Peer().binds("rx")
    peer.session.send(REPLY, "tag", peer.now)
    (octets,) = cut(peer.session.octets_to_send())
    assert octets == encode(REPLY, 1)
    assert peer.session.window_free() == 9
    response = encode(DeliverSmResp("abc"), 1)
    assert peer.says(response) == []
    assert peer.events == [Responded("tag", 0, "abc", response)]
    assert peer.session.window_free() == 10


RESPONSES = [
    (encode(DeliverSmResp(), 1), 0, ""),
    (raw(0x80000005, 1), 0, ""),
    (raw(0x80000005, 1, b"\0", 0x14), 0x14, ""),
    (raw(0x80000005, 1, b"abc"), 0, "abc"),
    (raw(0x80000005, 1, b"\xe9bc\0"), 0, "ébc"),
    (raw(0x80000005, 1, b"x" * 80), 0, ""),
    (encode(DataSmResp("d"), 1), 0, "d"),
    (encode(GenericNack(), 1, 3), 3, ""),
    (encode(GenericNack(), 1, 0), 0xFF, ""),
]


@pytest.mark.parametrize(("octets", "status", "message_id"), RESPONSES)
def test_a_response_counts_whatever_its_body(octets: bytes, status: int, message_id: str) -> None:
    peer = Peer().binds()
    peer.session.send(REPLY, "tag", peer.now)
    peer.reads()
    assert peer.says(octets) == []
    assert peer.events == [Responded("tag", status, message_id, octets)]


@pytest.mark.parametrize("command_id", [0x80000005, 0x80000000, 0x80000004, 0x80000006, 0x80000777])
def test_a_response_to_nothing_is_counted_and_never_answered(command_id: int) -> None:
    peer = Peer().binds()
    assert peer.says(raw(command_id, 99, b"")) == []
    assert peer.events == []
    assert peer.session.faults == {"stray_response": 1}


def test_a_full_window_and_a_transmitter_take_no_reply() -> None:
    peer = Peer(SessionLimits(window=1)).binds()
    peer.session.send(REPLY, 1, peer.now)
    with pytest.raises(ValueError, match="full"):
        peer.session.send(REPLY, 2, peer.now)
    transmitter = Peer().binds("tx")
    assert transmitter.session.window_free() == 0
    with pytest.raises(ValueError, match="BOUND_TX"):
        transmitter.session.send(REPLY, 1, transmitter.now)


def test_a_reply_that_does_not_fit_the_wire_takes_no_place_in_the_window() -> None:
    peer = Peer().binds()
    with pytest.raises(ValueError, match="destination_addr"):
        peer.session.send(DeliverSm(destination_addr="1" * 30), 1, peer.now)
    assert peer.session.window_free() == 10


def test_silence_is_unknown_and_a_late_response_still_counts() -> None:
    peer = Peer().binds()
    peer.session.send(REPLY, "tag", peer.now)
    assert peer.waits(9.9) == []
    assert peer.waits(0.1) == [Silent("tag")]
    assert peer.session.window_free() == 10
    peer.says((DeliverSmResp(), 1))
    assert peer.events[-1] == Responded("tag", 0, "", encode(DeliverSmResp(), 1), late=True)
    assert peer.session.faults["late_response"] == 1


def test_when_the_link_is_lost_all_that_is_unanswered_is_gone() -> None:
    peer = Peer().binds()
    peer.session.send(REPLY, "silent", peer.now)
    peer.waits(10.0)
    peer.session.send(REPLY, "waiting", peer.now)
    assert peer.session.lost("reset") == [Gone("silent"), Gone("waiting"), Closed("reset")]
    assert peer.session.lost("again") == []


def test_a_peer_that_answers_nothing_any_more_is_given_up() -> None:
    peer = Peer(SessionLimits(window=OVERDUE_MAX + 1)).binds()
    for tag in range(OVERDUE_MAX + 1):
        peer.session.send(REPLY, tag, peer.now)
    events = peer.waits(10.0)
    assert [type(e) for e in events[-2:]] == [Gone, Closed]
    assert f"{OVERDUE_MAX}" in peer.reason


# --- where TCP cuts -------------------------------------------------------------------------------

STREAM = b"".join(
    (
        encode(EnquireLink(), 1),
        encode(BindTransceiver("carrier", "secret"), 2),
        encode(HELP, 3),
        raw(0x77, 4),
        encode(DataSm(), 5)[:-2] + b"\0\0",
        raw(0x4, 6, b"x" * 9),
        raw(0x80000005, 7),
        encode(Unbind(), 8),
        encode(HELP, 9),
    )
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=10))
def test_where_tcp_cuts_does_not_matter_to_a_session(cuts: list[int]) -> None:
    whole, pieces = Peer(), Peer()
    expected = whole.says(STREAM)
    found: list[tuple[int, int, int]] = []
    edges = sorted(cuts)
    for begin, end in zip([0, *edges], [*edges, len(STREAM)], strict=True):
        found += pieces.says(STREAM[begin:end])
    assert found == expected
    assert pieces.events == whole.events
    assert pieces.session.faults == whole.session.faults


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_no_octets_break_a_session(chunks: list[bytes]) -> None:
    for peer in (Peer(), Peer().binds()):
        for chunk in chunks:
            peer.says(raw(4, 1, chunk))
            peer.says(chunk)
            peer.waits(1.0)
        events: list[Event] = [*peer.events, *peer.session.lost()]
        assert [type(e) for e in events].count(Closed) == 1
        assert isinstance(events[-1], Closed)
