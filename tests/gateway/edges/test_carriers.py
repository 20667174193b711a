"""The carriers' side: who is bound, and what becomes of a text, octet by octet in memory."""

from __future__ import annotations

import pytest

from text911.gateway.core.facts import CallerRepeated, HandsetReported, RepeatSuspected
from text911.smpp.parts import udh
from text911.smpp.pdu import BindTransceiver, BindTransceiverResp, SubmitSmResp, Unbind, UnbindResp
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, number

from .world import World


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
    assert world.hartford.texts == ["help"]


def test_a_text_to_another_number_is_refused_for_good() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(destination_addr="912")
    world.settle()
    assert peer.read()[0][1] == Status.RINVDSTADR
    assert len(world.engine) == 0


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
    assert world.hartford.texts == ["help"]
    assert len(world.facts(CallerRepeated)) == 1


def test_the_same_words_typed_twice_are_two_messages() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text()
    peer.text()
    world.settle()
    first, second = (pdu.message_id for pdu, _, _ in peer.read())
    assert first != second
    assert world.hartford.texts == ["help", "help"]


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
    assert len(world.facts(RepeatSuspected)) == 0, (
        "the first link lives: the answer was handed over"
    )
    world = World()
    peer, other = world.bind(), world.bind()
    peer.text()
    world.settle()
    peer.lose()
    other.text()
    world.settle()
    assert len(world.facts(RepeatSuspected)) == 1
    shown = [(i.text, i.suspected_repeat) for _, i in world.hartford.items if i.kind == "caller"]
    assert shown == [("help", True)]


def test_parts_out_of_order_are_one_text_and_the_first_is_offered_at_once() -> None:
    world = World()
    peer = world.bind()
    peer.text(udh(9, 2, 2) + b"lp", esm_class=0x40)
    world.settle()
    assert world.hartford.offers[0].card.arriving == "lp ..."
    assert world.hartford.texts == []
    peer.text(udh(9, 2, 1) + b"he", esm_class=0x40)
    world.settle()
    assert world.hartford.texts == ["help"]


def test_a_missing_part_leaves_a_visible_gap_after_eight_seconds() -> None:
    world = World()
    peer = world.bind()
    peer.text(udh(9, 2, 1) + b"he", esm_class=0x40)
    world.settle()
    world.wait(7.5)
    assert world.hartford.texts == []
    world.wait(1.0)
    assert world.hartford.texts == ["he [part 2 of 2 missing]"]
    peer.text(udh(9, 2, 2) + b"lp", esm_class=0x40)
    world.settle()
    assert world.hartford.texts[-1] == "lp"


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
    assert world.hartford.texts == ["help"]


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
    assert len(world.facts(HandsetReported)) == 1


def test_a_receipt_for_nobody_is_taken_and_forgotten() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(b"id:1 stat:DELIVRD", esm_class=0x04)
    world.settle()
    assert peer.read()[0][1] == Status.ROK
    assert world.facts(HandsetReported) == []


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
