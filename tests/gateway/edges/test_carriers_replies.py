"""Replies and receipts to a carrier: in order, once, again when their link was lost, and told."""

from __future__ import annotations

from text911.gateway.core.state import Line
from text911.psap_adapters.port import Delivery
from text911.smpp.parts import user_data
from text911.smpp.receipt import report_of
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, number, number_of

from .world import CALLER, Peer, World


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
    assert world.hartford.deliveries()[-1] is Delivery.CARRIER
    for umr in (100, 101):
        peer.text(b"", esm_class=0x08, tlvs=(number(Tag.user_message_reference, umr),))
        world.settle()
    assert world.hartford.deliveries()[-1] is Delivery.HANDSET


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
    holder.lose()
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
    peer.lose()
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


def _line(world: World) -> Line:
    (held,) = world.engine
    return held.state.line


def test_a_reply_waits_for_a_bind_and_then_goes_out() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    leg = world.hartford.answer()
    peer.lose()
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
    peer.lose()
    world.settle()
    assert world.hartford.deliveries()[-1] is Delivery.SENT_AGAIN
    for expected in (1, 0):  # the second loss is the last
        peer = world.bind()
        world.settle()
        sent = peer.delivered()
        assert len(sent) == expected
        assert all(pdu == first for pdu, _ in sent)
        peer.lose()
        world.settle()
    assert world.hartford.deliveries()[-1] is Delivery.UNKNOWN


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
    assert world.hartford.deliveries()[-1] is Delivery.UNKNOWN
    assert peer.delivered() == []
    peer.take(at)
    world.settle()
    assert world.hartford.deliveries()[-1] is Delivery.CARRIER


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
    assert Delivery.FAILED in world.hartford.deliveries()
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
    assert risen.hartford.deliveries()[-1] is Delivery.CARRIER
