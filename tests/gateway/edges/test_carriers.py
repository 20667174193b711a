"""The carriers' side: what a carrier sees of us, octet by octet, over in-memory connections."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.facts import CallerRepeated, HandsetReported, RepeatSuspected
from text911.gateway.core.state import Line
from text911.psap_adapters.port import Delivery, DeliveryChanged
from text911.smpp.parts import udh, user_data
from text911.smpp.pdu import BindTransceiver, BindTransceiverResp, SubmitSmResp, Unbind, UnbindResp
from text911.smpp.receipt import report_of
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, number, number_of

from .world import CALLER, Peer, World


@pytest.mark.parametrize(
    ("system_id", "password", "address"),
    [
        ("nobody", "secret", "127.0.0.1"),
        ("one", "wrong", "127.0.0.1"),
        ("one", "", "127.0.0.1"),
        ("one", "secret", "192.0.2.1"),
    ],
)
def test_every_wrong_bind_gets_the_same_answer(system_id: str, password: str, address: str) -> None:
    world = World()
    peer = world.bind(password, system_id, address)
    assert [(status, number) for _, status, number in peer.read()] == [(Status.RBINDFAIL, 1)]
    assert world.carriers.binds == ()
    assert "bind_refused" in world.happened


def test_more_binds_than_allowed_are_refused_by_name() -> None:
    world = World()
    first, second, third = (world.bind() for _ in range(3))
    for peer in (first, second):
        assert isinstance(peer.read()[0][0], BindTransceiverResp)
    assert third.read()[0][1] == Status.RALYBND


def test_a_text_is_answered_when_it_is_durable_and_not_before() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text()
    world.clock.advance(0)
    assert peer.read() == []
    assert world.hartford.offers == []
    world.settle()
    response, status, number_ = peer.read()[0]
    assert isinstance(response, SubmitSmResp)
    assert (status, number_, len(response.message_id)) == (0, 2, 16)
    assert [item.text for item in world.hartford.offers[0].items if item.kind == "caller"] == [
        "help"
    ]


def test_a_text_to_another_number_is_refused_for_good() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(destination_addr="912")
    world.settle()
    assert peer.read()[0][1] == Status.RINVDSTADR
    assert len(world.engine) == 0


def test_a_reply_goes_out_part_by_part_and_its_state_is_shown() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    peer.read()
    leg = world.hartford.answer()
    world.hartford.write(leg, "x" * 200)
    world.settle()
    ((first, at),) = peer.delivered()
    assert first.destination_addr == CALLER
    world.settle()
    assert peer.delivered() == [], "the second part waits for the first's response"
    peer.take(at)
    world.settle()
    ((second, at),) = peer.delivered()
    peer.take(at)
    world.settle()
    parts = [user_data(pdu, "gsm7") for pdu in (first, second)]
    assert b"".join(part.octets for part in parts) == b"x" * 200
    umrs = [number_of(pdu.tlvs, Tag.user_message_reference) for pdu in (first, second)]
    assert umrs == [100, 101]
    assert _deliveries(world)[-1] is Delivery.CARRIER
    for umr in (100, 101):
        peer.text(b"", esm_class=0x08, tlvs=(number(Tag.user_message_reference, umr),))
        world.settle()
    assert _deliveries(world)[-1] is Delivery.HANDSET


def _deliveries(world: World) -> list[Delivery]:
    changes = (change for _, change in world.hartford.changes)
    return [change.delivery for change in changes if isinstance(change, DeliveryChanged)]


def test_a_receipt_that_was_asked_for_is_given_once_a_page_has_shown_the_text() -> None:
    world = World()
    world.hartford.shows = False
    peer = world.bind()
    peer.read()
    peer.text(registered_delivery=1)
    world.settle()
    ((response, _, _),) = peer.read()
    world.hartford.shows = True
    world.hartford.offer(world.hartford.offers[0])
    world.settle()
    ((pdu, at),) = peer.delivered()
    report = report_of(pdu, "gsm7")
    assert report is not None
    assert (report.message_id, report.state) == (response.message_id, "DELIVRD")
    peer.take(at)
    world.settle()
    assert _line(world).receipts == ()


def test_a_reply_leaves_before_the_receipts_that_wait_for_room() -> None:
    world = World()
    peer = world.bind()
    for number_ in range(5):
        peer.text(b"help %d" % number_, registered_delivery=1)
    world.settle()
    full = peer.delivered()
    assert len(full) == 2, "the window has room for two"
    world.hartford.write(world.hartford.answer(), "where are you?")
    world.settle()
    assert world.carriers.words_waiting() == {"one": 1}
    peer.take(full[0][1])
    world.settle()
    ((pdu, _),) = peer.delivered()
    assert pdu.short_message == b"where are you?"
    assert world.carriers.waiting() == {"one": 3}


def test_a_receipt_refused_for_good_is_no_longer_owed() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(registered_delivery=1)
    world.settle()
    ((_, at),) = peer.delivered()
    assert len(_line(world).receipts) == 1
    peer.take(at, Status.RINVDSTADR)
    world.settle()
    assert _line(world).receipts == ()


def test_a_receipt_is_given_again_when_its_link_was_lost() -> None:
    world = World()
    peer, other = world.bind(), world.bind()
    peer.text(registered_delivery=1)
    world.settle()
    holder = next(one for one in (peer, other) if one.delivered())
    rest = other if holder is peer else peer
    _lose(holder)
    world.settle()
    assert len(rest.delivered()) == 1


def test_a_receipt_whose_link_is_lost_while_the_journal_is_broken_is_given_again() -> None:
    """Its dialogue is out of memory then: that is not the same as forgotten."""
    world = World()
    peer = world.bind()
    peer.text(registered_delivery=1)
    world.settle()
    assert len(peer.delivered()) == 1
    _break(world, peer)
    _lose(peer)
    world.settle()
    _mend(world)
    assert len(world.bind().delivered()) == 1


def test_a_reply_that_waits_for_room_while_the_journal_is_broken_leaves_afterwards() -> None:
    world = World()
    peer = world.bind()
    for number_ in range(2):
        peer.text(b"help %d" % number_, registered_delivery=1)
    world.settle()
    full = peer.delivered()
    world.hartford.write(world.hartford.answer(), "where are you?")
    world.settle()
    _break(world, peer)
    peer.take(full[0][1])
    world.settle()
    _mend(world)
    ((pdu, _),) = peer.delivered()
    assert pdu.short_message == b"where are you?"


def _break(world: World, peer: Peer) -> None:
    """The disk takes nothing, and a text of the same caller finds that out."""
    world.journal.store.refuses = "no space"
    peer.text(b"again")
    world.settle()
    assert world.engine.broken is not None


def _mend(world: World) -> None:
    world.journal.store.refuses = None
    world.engine.recover()
    world.settle()


def _lose(peer: Peer) -> None:
    peer.protocol.connectionLost(Failure(ConnectionLost()))  # type: ignore[no-untyped-call]


def _line(world: World) -> Line:
    (held,) = world.engine
    return held.state.line


def test_a_reply_waits_for_a_bind_and_then_goes_out() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    leg = world.hartford.answer()
    _lose(peer)
    world.settle()
    world.hartford.write(leg, "where are you?")
    world.settle()
    assert world.carriers.waiting() == {"one": 1}
    again = world.bind()
    world.settle()
    ((pdu, _),) = again.delivered()
    assert pdu.short_message == b"where are you?"
    assert world.carriers.waiting() == {"one": 0}


def test_a_reply_whose_link_was_lost_is_sent_once_more_and_marked() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    peer.read()
    leg = world.hartford.answer()
    world.hartford.write(leg, "where?")
    world.settle()
    ((first, _),) = peer.delivered()
    _lose(peer)
    world.settle()
    assert _deliveries(world)[-1] is Delivery.SENT_AGAIN
    for expected in (1, 0):  # the second loss is the last
        peer = world.bind()
        world.settle()
        sent = peer.delivered()
        assert len(sent) == expected
        assert all(pdu == first for pdu, _ in sent)
        _lose(peer)
        world.settle()
    assert _deliveries(world)[-1] is Delivery.UNKNOWN


def test_a_reply_without_response_is_unknown_and_not_repeated_while_the_link_stands() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    peer.read()
    leg = world.hartford.answer()
    world.hartford.write(leg, "where?")
    world.settle()
    ((_, at),) = peer.delivered()
    world.wait(11.0)
    assert _deliveries(world)[-1] is Delivery.UNKNOWN
    assert peer.delivered() == []
    peer.take(at)
    world.settle()
    assert _deliveries(world)[-1] is Delivery.CARRIER


def test_a_permanent_refusal_fails_the_reply_and_frees_the_next() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    leg = world.hartford.answer()
    peer.read()
    world.hartford.write(leg, "one", "k1")
    world.hartford.write(leg, "two", "k2")
    world.settle()
    ((_, at),) = peer.delivered()
    peer.take(at, Status.RINVDSTADR)
    world.settle()
    assert Delivery.FAILED in _deliveries(world)
    ((pdu, _),) = peer.delivered()
    assert pdu.short_message == b"two"


def test_a_busy_carrier_is_tried_again_after_a_while() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    leg = world.hartford.answer()
    peer.read()
    world.hartford.write(leg, "one")
    world.settle()
    ((_, at),) = peer.delivered()
    peer.take(at, Status.RTHROTTLED)
    world.settle()
    assert peer.delivered() == []
    world.wait(5.2)
    assert len(peer.delivered()) == 1


def test_a_retransmission_gets_the_first_id_and_is_not_shown() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(sequence_number=50)
    world.settle()
    ((first, _, _),) = peer.read()
    peer.text(sequence_number=50)
    world.settle()
    ((second, status, _),) = peer.read()
    assert (second.message_id, status) == (first.message_id, 0)
    assert _texts(world) == ["help"]
    assert _facts(world, CallerRepeated) == 1


def test_the_same_words_typed_twice_are_two_messages() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text()
    peer.text()
    world.settle()
    first, second = (pdu.message_id for pdu, _, _ in peer.read())
    assert first != second
    assert _texts(world) == ["help", "help"]


def test_a_copy_on_another_link_is_suspected_only_if_the_first_answer_is_unproven() -> None:
    world = World()
    peer, other = world.bind(), world.bind()
    for one in (peer, other):
        one.read()
    peer.text()
    world.settle()
    world.wait(1.0)
    other.text()
    world.settle()
    assert _facts(world, RepeatSuspected) == 0, "the first link lives: the answer was handed over"
    world = World()
    peer, other = world.bind(), world.bind()
    peer.text()
    world.settle()
    _lose(peer)
    other.text()
    world.settle()
    assert _facts(world, RepeatSuspected) == 1
    shown = [(i.text, i.suspected_repeat) for _, i in world.hartford.items if i.kind == "caller"]
    assert shown == [("help", True)]


def _texts(world: World) -> list[str]:
    offered = [item for offer in world.hartford.offers for item in offer.items]
    given = [item for _, item in world.hartford.items]
    return [item.text for item in (*offered, *given) if item.kind == "caller"]


def _facts(world: World, kind: type) -> int:
    records = (stored.record for stored in world.journal.read())
    return sum(isinstance(decode_fact(record.payload)[0], kind) for record in records)


def test_parts_out_of_order_are_one_text_and_the_first_is_offered_at_once() -> None:
    world = World()
    peer = world.bind()
    peer.text(udh(9, 2, 2) + b"lp", esm_class=0x40)
    world.settle()
    assert world.hartford.offers[0].card.arriving == "lp ..."
    assert _texts(world) == []
    peer.text(udh(9, 2, 1) + b"he", esm_class=0x40)
    world.settle()
    assert _texts(world) == ["help"]


def test_a_missing_part_leaves_a_visible_gap_after_eight_seconds() -> None:
    world = World()
    peer = world.bind()
    peer.text(udh(9, 2, 1) + b"he", esm_class=0x40)
    world.settle()
    world.wait(7.5)
    assert _texts(world) == []
    world.wait(1.0)
    assert _texts(world) == ["he [part 2 of 2 missing]"]
    peer.text(udh(9, 2, 2) + b"lp", esm_class=0x40)
    world.settle()
    assert _texts(world)[-1] == "lp"


def test_while_the_journal_cannot_write_the_carrier_keeps_its_texts() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    world.journal.store.refuses = "no space"
    peer.text()
    world.settle()
    peer.text()
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.RMSGQFUL, Status.RMSGQFUL]
    world.journal.store.refuses = None
    world.engine.recover()
    world.settle()
    peer.text()
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.ROK]
    assert _texts(world) == ["help"]


def test_while_the_journal_cannot_write_the_carrier_keeps_its_acknowledgements() -> None:
    """Also when the dialogue they are for is out of memory until the journal can be read."""
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    world.journal.store.refuses = "no space"
    peer.text(b"again")
    world.settle()
    peer.read()
    peer.text(b"", esm_class=0x08, tlvs=(number(Tag.user_message_reference, 7),))
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.RMSGQFUL]
    world.journal.store.refuses = None
    world.engine.recover()
    peer.text(b"", esm_class=0x08, tlvs=(number(Tag.user_message_reference, 7),))
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.ROK]
    assert _facts(world, HandsetReported) == 1


def test_a_receipt_for_nobody_is_taken_and_forgotten() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(b"id:1 stat:DELIVRD", esm_class=0x04)
    world.settle()
    assert peer.read()[0][1] == Status.ROK
    assert _facts(world, HandsetReported) == 0


def test_an_old_peer_gets_short_ids_and_no_tlv() -> None:
    world = World()
    peer = world.connect()
    peer.send(BindTransceiver(system_id="one", password="secret", interface_version=0x33))
    world.settle()
    assert peer.read()[0][0].tlvs == ()
    peer.text()
    world.settle()
    assert len(peer.read()[0][0].message_id) == 8


def test_a_carrier_that_is_no_longer_configured_is_unbound() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    world.carriers.replace([])
    world.settle()
    assert isinstance(peer.read()[0][0], Unbind)
    peer.send(UnbindResp(), 1)
    world.settle()
    assert world.carriers.binds == ()


def test_after_a_restart_a_reply_in_flight_is_sent_once_more_and_marked() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    leg = world.hartford.answer()
    world.hartford.write(leg, "where?")
    world.settle()
    peer.read()
    risen = world.restarted()
    risen.resume()
    offer = risen.hartford.offers[0]
    assert (offer.answered_by, offer.leg.dialogue) == ("ann", leg.dialogue)
    again = risen.bind()
    risen.settle()
    ((pdu, at),) = again.delivered()
    assert pdu.short_message == b"where?"
    again.take(at)
    risen.settle()
    assert _deliveries(risen)[-1] is Delivery.CARRIER
