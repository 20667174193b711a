"""submit_multi, query_sm and congestion_state over the real edge."""

from __future__ import annotations

from text911.gateway.core.encoding import decode_fact
from text911.smpp.destinations import DistributionList, SmeAddress, UnsuccessSme
from text911.smpp.pdu import BindTransceiver, QuerySm, SubmitMulti, SubmitMultiResp
from text911.smpp.status import Status
from text911.smpp.tlv import Tag

from .world import CALLER, Peer, World

OURS, OTHER = SmeAddress(3, 1, "911"), SmeAddress(1, 1, "112")


def many(*destinations: SmeAddress | DistributionList, words: bytes = b"to many") -> SubmitMulti:
    return SubmitMulti(
        source_addr_ton=1, source_addr=CALLER, dest_address=destinations, short_message=words
    )


def asks(world: World, peer: Peer, message_id: str, source: str = CALLER) -> tuple[object, int]:
    peer.read()
    peer.send(QuerySm(message_id, 1, 0, source))
    world.settle()
    ((answer, status, _),) = peer.read()
    return answer, status


def written(world: World) -> list[str]:
    shown = [*world.hartford.offers[0].items, *(item for _, item in world.hartford.items)]
    return [item.text for item in shown if item.kind == "caller"]


def recorded(world: World, words: bytes) -> list[bytes]:
    """The PDUs in the record that hold these words, octet for octet."""
    causes = (decode_fact(one.record.payload)[1] for one in world.journal.read())
    return [cause for cause in causes if words in cause]


def test_a_text_to_many_is_one_text_for_us_and_the_record_holds_it_whole() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.send(many(OURS, OTHER, OURS, words=b"fire"), 9)
    assert peer.read() == []
    world.settle()
    ((answer, status, number),) = peer.read()
    assert (status, number) == (0, 9)
    assert isinstance(answer, SubmitMultiResp)
    assert len(answer.message_id) == 16
    assert answer.unsuccess_sme == (UnsuccessSme(1, 1, "112", Status.RINVDSTADR),)
    assert written(world) == ["fire"]
    causes = recorded(world, b"fire")
    assert [cause[4:8] for cause in causes] == [b"\0\0\0\x21"]


def test_parameters_that_nobody_knows_stand_in_the_record_and_reach_the_locators() -> None:
    world = World()
    peer = world.bind()
    tlvs = ((0x1401, b"\0\xff"), (0x3FFF, b""), (0x1401, b"again"))
    peer.text(tlvs=tlvs)
    world.settle()
    (octets,) = recorded(world, b"help")
    assert octets.endswith(bytes.fromhex("1401000200ff 3fff0000 14010005") + b"again")
    assert world.source.asked[0][0].tlvs == tlvs


def test_a_text_to_nobody_here_is_refused_for_good() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.send(many(OTHER, DistributionList("all")))
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.RINVDSTADR]
    assert world.hartford.offers == []


def test_while_the_journal_cannot_write_a_text_to_many_stays_with_its_carrier() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    world.journal.store.refuses = "no space"
    peer.send(many(OURS))
    world.settle()
    assert [status for _, status, _ in peer.read()] == [Status.RMSGQFUL]
    assert asks(world, peer, "0") == (None, Status.RQUERYFAIL)


def test_what_became_of_a_text_is_told_to_who_names_it_and_its_sender() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    world.hartford.shows = False
    peer.text()
    world.settle()
    ((taken, _, _),) = peer.read()
    on_its_way, _ = asks(world, peer, taken.message_id)
    assert on_its_way.message_state == 1  # type: ignore[attr-defined]
    assert asks(world, peer, taken.message_id, "18605550000") == (None, Status.RINVMSGID)
    assert asks(world, peer, "ffff") == (None, Status.RINVMSGID)


def test_a_text_of_the_dialogue_before_is_still_known() -> None:
    world = World()
    peer = world.bind()
    peer.read()
    peer.text(b"first")
    world.settle()
    ((taken, _, _),) = peer.read()
    world.hartford.end_it(world.hartford.answer())
    world.settle()
    peer.read()
    peer.text(b"second")
    world.settle()
    shown, status = asks(world, peer, taken.message_id)
    assert status == 0
    assert shown.message_state == 2  # type: ignore[attr-defined]


def test_a_peer_of_5_0_is_told_how_full_we_are() -> None:
    world = World()
    peer = world.connect()
    peer.send(BindTransceiver("one", "secret", interface_version=0x50))
    world.settle()
    peer.read()
    peer.text()
    world.settle()
    ((answer, _, _),) = peer.read()
    ((tag, value),) = answer.tlvs
    assert tag == Tag.congestion_state
    assert 0 <= value[0] <= 100
    assert world.carriers.load() == 0
    world.journal.store.refuses = "no space"
    peer.text(b"more")
    world.settle()
    assert world.carriers.load() == 100
