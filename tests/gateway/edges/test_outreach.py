"""The gateway as ESME: carriers' message centres in memory, the core and the journal real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from text911.gateway.config import Carrier, Reach
from text911.gateway.core.facts import CarrierSilent, SentAgain
from text911.gateway.edges.outreach import Outreach
from text911.gateway.operations.status import ReachStatus
from text911.gateway.secrets import Secret
from text911.smpp.codec import bind_response
from text911.smpp.connecting import (
    AwaitOutbindSettings,
    ConnectSettings,
    OutbindListenSettings,
    OutbindSettings,
)
from text911.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    DataSm,
    DeliverSm,
    Outbind,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from text911.smpp.status import Status

from .world import CARRIER, Peer, World

SITE: dict[str, Any] = {"host": "smsc1", "port": 2775, "retry_first": 1.0, "retry_longest": 4.0}
NUMBER = "18605551234"
HELP = DeliverSm(
    source_addr_ton=1,
    source_addr=NUMBER,
    destination_addr="911",
    registered_delivery=1,
    short_message=b"help",
)
RECEIPT = "id:{} sub:001 dlvrd:001 submit date:2101010000 done date:2101010000 stat:{} err:000"


def site(**more: Any) -> Reach:
    return Reach(ConnectSettings(**{**SITE, **more}), Secret("secret"))


def receipt(message_id: str, state: str = "DELIVRD") -> DeliverSm:
    words = RECEIPT.format(message_id, state).encode()
    return replace_fields(HELP, esm_class=0x04, registered_delivery=0, short_message=words)


def replace_fields(pdu: DeliverSm, **fields: Any) -> DeliverSm:
    values = {name: getattr(pdu, name) for name in pdu.__struct_fields__}
    return DeliverSm(**{**values, **fields})


class Abroad:
    """A world whose gateway binds out; `tries` are its connections that nobody has answered."""

    def __init__(self, *reaches: Reach) -> None:
        self.world = World()
        self.tries: list[tuple[str, Any, Deferred[Any]]] = []
        ids = iter(range(1, 1000))
        self.outreach = Outreach(
            [self.carrier(*reaches)],
            self.world.carriers,
            self.world.server,
            self.world.clock,
            self.connect,
            lambda: 1.0,
            lambda: f"out-{next(ids)}",
            self.world.note,
        )
        self.world.carriers.replace([self.carrier(*reaches)])
        self.outreach.start()

    @staticmethod
    def carrier(*reaches: Reach) -> Carrier:
        return replace(CARRIER, reaches=reaches)

    def connect(self, host: str, _port: int, _within: float) -> Callable[[Any], Deferred[Any]]:
        def opened(factory: Any) -> Deferred[Any]:
            self.tries.append((host, factory, Deferred()))
            return self.tries[-1][2]

        return opened

    def stands(self, host: str = "smsc1") -> Peer:
        """The first try at that host has reached the carrier."""
        at = next(n for n, one in enumerate(self.tries) if one[0] == host)
        _, factory, _ = self.tries.pop(at)
        return self.joined(factory)

    @staticmethod
    def joined(factory: Any, address: str = "127.0.0.1") -> Peer:
        at: Any = IPv4Address("TCP", address, 2775)
        transport: Any = StringTransport(peerAddress=at)  # type: ignore[no-untyped-call]
        protocol: Any = factory.buildProtocol(at)
        protocol.makeConnection(transport)
        return Peer(transport, protocol)

    def bound(self, host: str = "smsc1") -> Peer:
        return self.lets_in(self.stands(host))

    def lets_in(self, peer: Peer) -> Peer:
        ((bind, _, number),) = peer.read()
        peer.protocol.dataReceived(bind_response(bind.COMMAND_ID, number, "smsc", ()))
        self.world.settle()
        return peer

    def asks(self, peer: Peer, pdu: DeliverSm | DataSm = HELP) -> list[tuple[Any, int, int]]:
        peer.send(pdu)
        self.world.settle()
        return peer.read()

    def writes(self, words: str) -> None:
        """The telecommunicator answers, and writes."""
        self.world.hartford.write(self.world.hartford.answer(), words)
        self.world.settle()

    def facts(self, kind: type[Any]) -> list[Any]:
        self.world.settle()
        return self.world.facts(kind)

    def delivery(self) -> str:
        return self.world.hartford.deliveries()[-1].value

    def shown(self) -> list[str]:
        """What the caller wrote, as the first offer shows it."""
        items = self.world.hartford.offers[0].items
        return [item.text for item in items if item.kind == "caller"]


def ends(peer: Peer) -> None:
    peer.protocol.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]


def replies(peer: Peer) -> list[tuple[SubmitSm | DataSm, int]]:
    return [(pdu, n) for pdu, _, n in peer.read() if isinstance(pdu, SubmitSm | DataSm)]


# --- texts and replies ----------------------------------------------------------------------------


def test_a_text_is_answered_when_it_is_durable_and_owes_no_receipt() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    smsc.send(HELP, 7)
    assert smsc.read() == []
    abroad.world.settle()
    ((answer, status, number),) = smsc.read()
    assert (answer.COMMAND_ID, answer.message_id, status, number) == (0x80000005, "", 0, 7)
    assert abroad.shown() == ["help"]
    (held,) = abroad.world.engine
    assert held.state.line.receipts == ()


@pytest.mark.parametrize(("operation", "kind"), [("submit_sm", SubmitSm), ("data_sm", DataSm)])
def test_a_reply_asks_for_a_receipt_and_the_page_shows_what_it_says(
    operation: str, kind: type
) -> None:
    abroad = Abroad(site(replies_as=operation))
    smsc = abroad.bound()
    abroad.asks(smsc)
    abroad.writes("coming")
    ((reply, number),) = replies(smsc)
    assert type(reply) is kind
    assert (reply.source_addr, reply.destination_addr, reply.registered_delivery) == (
        "911",
        NUMBER,
        0x01,
    )
    smsc.send(SubmitSmResp("4711") if kind is SubmitSm else data_resp("4711"), number)
    abroad.world.settle()
    assert abroad.delivery() == "carrier"
    assert abroad.asks(smsc, receipt("4711"))[0][1] == Status.ROK
    assert abroad.delivery() == "handset"


def data_resp(message_id: str) -> Any:
    from text911.smpp.pdu import DataSmResp

    return DataSmResp(message_id)


@pytest.mark.parametrize("early", [True, False])
def test_a_receipt_may_spell_the_id_otherwise_and_come_before_the_response(early: bool) -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    abroad.asks(smsc)
    abroad.writes("coming")
    ((_, number),) = replies(smsc)
    if early:
        abroad.asks(smsc, receipt("1A2B"))
    smsc.send(SubmitSmResp(str(0x1A2B)), number)
    abroad.world.settle()
    if not early:
        abroad.asks(smsc, receipt("1A2B"))
    assert abroad.delivery() == "handset"


def test_a_reply_without_response_is_unknown_and_sent_once_more_after_the_bind_is_lost() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    abroad.asks(smsc)
    abroad.writes("coming")
    ((first, _),) = replies(smsc)
    abroad.world.wait(11.0)
    assert replies(smsc) == []
    assert abroad.delivery() == "unknown"
    assert len(abroad.facts(CarrierSilent)) == 1
    ends(smsc)
    abroad.world.settle()
    assert abroad.delivery() == "sent_again"
    abroad.world.wait(1.0)
    again = abroad.bound()
    ((second, _),) = replies(again)
    assert second == first
    assert len(abroad.facts(SentAgain)) == 1


def test_replies_go_over_any_receiver_of_the_group_and_over_another_when_one_ends() -> None:
    abroad = Abroad(site(), site(host="smsc2"))
    one, two = abroad.bound("smsc1"), abroad.bound("smsc2")
    abroad.asks(one)
    ends(one)
    abroad.writes("coming")
    assert [pdu.short_message for pdu, _ in replies(two)] == [b"coming"]  # type: ignore[union-attr]


def test_a_receipt_that_is_owed_to_a_bind_of_theirs_never_leaves_over_one_of_ours() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    theirs = abroad.world.bind()
    theirs.read()
    theirs.text(registered_delivery=1)
    abroad.world.settle()
    given = theirs.delivered()
    assert [pdu.esm_class for pdu, _ in given] == [0x04]
    ends(theirs)
    abroad.world.settle()
    assert abroad.world.carriers.waiting() == {"one": 1}
    assert replies(smsc) == []


def test_a_text_to_another_number_is_refused_and_a_broken_journal_puts_it_off() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    ((_, status, _),) = abroad.asks(smsc, replace_fields(HELP, destination_addr="112"))
    assert status == Status.RINVDSTADR
    abroad.asks(smsc)
    abroad.world.journal.store.refuses = "no space"
    ((_, status, _),) = abroad.asks(smsc, replace_fields(HELP, short_message=b"more"))
    assert status == Status.RX_T_APPN


# --- lines ----------------------------------------------------------------------------------------


def test_each_site_has_as_many_binds_as_it_says_each_with_its_own_bind() -> None:
    abroad = Abroad(site(binds=2), site(host="smsc2", bind_as="receiver", system_id="other"))
    assert [host for host, _, _ in abroad.tries] == ["smsc1", "smsc1", "smsc2"]
    ((bind, _, _),) = abroad.stands("smsc2").read()
    assert isinstance(bind, BindReceiver)
    assert (bind.system_id, bind.password) == ("other", "secret")
    assert len(abroad.outreach.lines) == 3


def test_a_site_that_is_not_there_is_told_once_and_tried_again() -> None:
    abroad = Abroad(site())
    for pause in (1.0, 2.0, 4.0, 4.0):
        _, _, attempt = abroad.tries.pop()
        attempt.errback(Failure(OSError("nobody listens")))  # type: ignore[no-untyped-call]
        assert abroad.tries == []
        abroad.world.wait(pause)
    assert abroad.world.happened.count("carrier_unreached") == 1


def test_operators_see_what_does_not_stand_why_since_when_and_until_when() -> None:
    abroad = Abroad(site(), site(host="smsc2", binds=2))
    assert abroad.outreach.unreached() == {"one": 3.0}
    abroad.bound("smsc1")
    abroad.world.wait(3.0)
    abroad.tries[0][2].errback(Failure(OSError("nobody listens")))  # type: ignore[no-untyped-call]
    abroad.world.wait(0.5)
    stands, rests, tries = abroad.outreach.seen("one", 1_000.0)
    began = abroad.world.clock.seconds() - 3.5
    assert stands == ReachStatus("smsc1:2775", "connected")
    assert (rests.where, rests.state, rests.reason) == ("smsc2:2775", "resting", "nobody listens")
    assert (rests.since, rests.tries_at) == pytest.approx((began + 1_000, began + 1_004), abs=0.2)
    assert (tries.state, tries.reason, tries.tries_at) == ("connecting", "", 0.0)
    assert abroad.outreach.unreached() == {"one": 2.0}
    assert abroad.outreach.seen("two", 0.0) == ()


def test_one_that_ends_is_down_since_then_and_keeps_its_reason_while_it_is_tried() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    abroad.world.wait(40.0)
    ends(smsc)
    abroad.world.wait(1.5)
    (one,) = abroad.outreach.seen("one", 0.0)
    assert one.state == "connecting"
    assert "closed" in one.reason
    assert one.since == pytest.approx(abroad.world.clock.seconds() - 1.5, abs=0.2)


def test_a_bind_that_is_refused_again_and_again_is_down_since_the_first_try() -> None:
    abroad = Abroad(site())
    began = abroad.world.clock.seconds()
    for pause in (1.0, 2.0, 4.0):
        smsc = abroad.stands()
        ((_, _, number),) = smsc.read()
        smsc.protocol.dataReceived(bytes.fromhex(f"00000010800000090000000d{number:08x}"))
        ends(smsc)
        (one,) = abroad.outreach.seen("one", 0.0)
        assert (one.state, one.since) == ("resting", began)
        assert "RBINDFAIL" in one.reason
        abroad.world.wait(pause)


def test_a_reload_keeps_what_stays_ends_what_goes_and_connects_what_is_new() -> None:
    abroad = Abroad(site(), site(host="smsc2"))
    kept, gone = abroad.bound("smsc1"), abroad.bound("smsc2")
    abroad.outreach.adopt([abroad.carrier(site(), site(host="smsc3"))])
    abroad.world.settle()
    assert [type(pdu) for pdu, _, _ in gone.read()] == [Unbind]
    assert kept.read() == []
    assert [host for host, _, _ in abroad.tries] == ["smsc3"]
    abroad.outreach.stop()
    abroad.world.settle()
    assert [type(pdu) for pdu, _, _ in kept.read()] == [Unbind]


def test_a_carrier_that_is_taken_away_is_said_good_bye_to() -> None:
    abroad = Abroad(site())
    smsc = abroad.bound()
    abroad.world.carriers.replace([])
    abroad.outreach.adopt([])
    abroad.world.settle()
    assert [type(pdu) for pdu, _, _ in smsc.read()] == [Unbind]


# --- outbind --------------------------------------------------------------------------------------

ASKED = AwaitOutbindSettings(asks_as="smsc", asks_with="env:X", bind_as="receiver")
LISTEN = OutbindListenSettings(port=2776)


def test_an_outbind_is_answered_with_the_bind_of_the_carrier_it_comes_from() -> None:
    abroad = Abroad(Reach(ASKED, Secret("secret"), Secret("please")))
    assert abroad.tries == []
    ((table, host, port, factory),) = abroad.outreach.doors(LISTEN)
    assert (table, host, port) == ("outbind", "127.0.0.1", 2776)
    smsc = abroad.joined(factory)
    smsc.send(Outbind("smsc", "please"))
    abroad.lets_in(smsc)
    assert abroad.asks(smsc)[0][1] == Status.ROK
    assert abroad.shown() == ["help"]
    assert abroad.outreach.doors(OutbindListenSettings()) == []


@pytest.mark.parametrize(
    ("system_id", "password"), [("smsc", "wrong"), ("other", "please"), ("", "")]
)
def test_an_outbind_that_nobody_awaits_is_shown_out(system_id: str, password: str) -> None:
    abroad = Abroad(Reach(ASKED, Secret("secret"), Secret("please")), site())
    ((_, _, _, factory),) = abroad.outreach.doors(LISTEN)
    smsc = abroad.joined(factory)
    smsc.send(Outbind(system_id, password))
    abroad.world.settle()
    assert smsc.read() == []
    assert smsc.transport.disconnecting


def test_only_who_is_awaited_from_an_address_has_a_place_there() -> None:
    awaiting = Abroad(Reach(ASKED, Secret("secret"), Secret("please")))
    ((_, _, _, factory),) = awaiting.outreach.doors(LISTEN)
    at: Any = IPv4Address("TCP", "203.0.113.9", 40000)
    assert factory.buildProtocol(at) is None
    nobody = Abroad(site())
    ((_, _, _, factory),) = nobody.outreach.doors(LISTEN)
    at = IPv4Address("TCP", "127.0.0.1", 40000)
    assert factory.buildProtocol(at) is None


def test_without_a_password_of_its_own_any_is_good() -> None:
    settings = AwaitOutbindSettings(asks_as="smsc")
    abroad = Abroad(Reach(settings, Secret("secret")))
    ((_, _, _, factory),) = abroad.outreach.doors(LISTEN)
    smsc = abroad.joined(factory)
    smsc.send(Outbind("smsc", "whatever"))
    ((bind, _, _),) = smsc.read()
    assert isinstance(bind, BindTransceiver)


def test_a_carrier_that_wants_to_be_asked_is_connected_to_and_binds_like_any_other() -> None:
    settings = OutbindSettings(host="esme", port=2775, system_id="gateway")
    abroad = Abroad(Reach(settings, Secret("bindme")))
    esme = abroad.stands("esme")
    ((asked, _, _),) = esme.read()
    assert asked == Outbind("gateway", "bindme")
    esme.send(BindTransceiver("one", "secret"))
    abroad.world.settle()
    assert [pdu.COMMAND_ID for pdu, _, _ in esme.read()] == [0x80000009]
    esme.text()
    abroad.world.settle()
    assert [status for _, status, _ in esme.read()] == [0]
    ends(esme)
    abroad.world.wait(1.0)
    assert [host for host, _, _ in abroad.tries] == ["esme"]
