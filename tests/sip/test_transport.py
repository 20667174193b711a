"""The sockets of a user agent, on a network in memory: two real endpoints call each other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.error import MessageLengthError
from twisted.internet.protocol import Protocol

from tests.certificates import Paper, authority, paper
from text911.sip.calls import Answered, Effect, Ended, Endpoint, Incoming, Refused, Rejected
from text911.sip.effects import Send, Unreachable
from text911.sip.flows import Flow
from text911.sip.settings import Settings
from text911.sip.streams import Limits
from text911.sip.tls import Tls, Unusable, calling, listening
from text911.sip.transport import NAME_HOLDS, NAMES_MAX, SWEEP, Wires
from text911.sip.uri import SipUri, read_uri

from .net import Net
from .wire import ANSWER, CALLER, OFFER, Dice

OURS, THEIRS = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
PEERS = (ip_network("192.0.2.0/24"),)
PAPERS = paper("ours"), paper("theirs")


def tls_of(mine: Paper, other: Paper, clients: bool = False) -> Tls:
    return Tls(mine.chain, mine.secret, other.chain if clients else b"", other.chain)


class House:
    """One user agent with its sockets. It takes every call with `ANSWER`."""

    def __init__(self, net: Net, host: str, **changes: Any) -> None:
        wires = {name: changes.pop(name) for name in ("tls", "limits") if name in changes}
        self.settings = replace(
            Settings(SipUri("sip", "", host, 5060), peers=PEERS, session=0), **changes
        )
        self.net = net
        self.agent = Endpoint(self.settings, Dice(hash(host) & 0xFF))
        self.told: list[Effect] = []
        self.wires = Wires(self.agent, self.settings, self.hear, net, **wires)

    def hear(self, effect: Effect) -> None:
        self.told.append(effect)
        if isinstance(effect, Incoming):
            self.wires.carry(self.agent.ring(effect.call, self.now))
            self.wires.carry(self.agent.accept(effect.call, ANSWER, self.now))

    @property
    def now(self) -> float:
        return float(self.net.seconds())

    def calls(self, uri: str) -> Any:
        target = read_uri(uri)
        assert isinstance(target, SipUri)
        call, effects = self.agent.invite(target, CALLER, OFFER, self.now)
        self.wires.carry(effects)
        return call

    def of(self, kind: type[Effect]) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]


def pair(net: Net, **changes: Any) -> tuple[House, House]:
    return House(net, OURS[0], **changes), House(net, THEIRS[0], **changes)


def talk(net: Net, called: House, caller: House, uri: str) -> None:
    """A call and its end, from either side."""
    call = caller.calls(uri)
    net.run()
    assert [type(one) for one in caller.told[-1:]] == [Answered]
    (incoming,) = called.of(Incoming)
    assert incoming.sdp == OFFER
    caller.wires.carry(caller.agent.hang_up(call, "", caller.now))
    net.run()
    assert len(called.of(Ended)) == len(caller.of(Ended)) == 1


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_call_over_datagrams(host: str) -> None:
    net = Net()
    peers = (*PEERS, ip_network("2001:db8::/32"))
    ours, theirs = House(net, host, peers=peers), House(net, THEIRS[0], peers=peers)
    assert ours.wires.listen_udp(host, 5060) == (host, 5060)
    theirs.wires.listen_udp("2001:db8::2" if ":" in host else THEIRS[0], 5060)
    talk(net, ours, theirs, f"sip:911@{f'[{host}]' if ':' in host else host}")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_call_over_one_connection(transport: str) -> None:
    net = Net()
    papers = (PAPERS, (PAPERS[1], PAPERS[0]))
    one, two = (tls_of(mine, other, clients=True) for mine, other in papers)
    at_home = SipUri("sip", "", "127.0.0.1", 5061)
    ours, theirs = House(net, OURS[0], tls=one, contact=at_home), House(net, THEIRS[0], tls=two)
    listen = ours.wires.listen_tcp if transport == "tcp" else ours.wires.listen_tls
    assert listen("127.0.0.1", 5061) == ("127.0.0.1", 5061)
    talk(net, ours, theirs, f"sip:911@127.0.0.1:5061;transport={transport}")
    assert net.dialled == [("127.0.0.1", 5061)]  # BYE and ACK went the same way
    assert b"INVITE" not in net.pipes[0].sent or transport == "tcp"


def test_a_server_with_another_certificate_is_not_called() -> None:
    net = Net()
    ours = House(net, OURS[0], tls=tls_of(*PAPERS))
    theirs = House(net, THEIRS[0], tls=Tls(servers=paper("stranger").chain))
    ours.wires.listen_tls("127.0.0.1", 5061)
    theirs.calls("sips:911@127.0.0.1:5061")
    net.run(0.2)
    assert theirs.of(Refused)[0].status == 503
    assert ours.told == []


def test_a_client_without_the_certificate_that_is_asked_for_is_not_heard() -> None:
    net = Net()
    ours = House(net, OURS[0], tls=tls_of(*PAPERS, clients=True))
    theirs = House(net, THEIRS[0], tls=Tls(servers=PAPERS[0].chain))
    ours.wires.listen_tls("127.0.0.1", 5061)
    theirs.calls("sips:911@127.0.0.1:5061")
    net.run(0.2)
    assert theirs.of(Refused)[0].status == 503
    assert ours.told == []


def test_certificates_that_are_none_are_said_in_words() -> None:
    good, other = PAPERS
    for tls, words in (
        (Tls(b"nonsense", good.secret), "cannot be read"),
        (Tls(good.chain, good.locked), "cannot be read"),
        (Tls(good.chain, b"nonsense"), "cannot be read"),
        (Tls(good.chain, other.secret), "do not belong together"),
        (Tls(good.chain, good.secret, clients=b"x"), "authorities of clients"),
        (Tls(good.chain + good.chain[:60] + b"x\n-----END CERTIFICATE-----", good.secret), "read"),
    ):
        with pytest.raises(Unusable, match=words):
            listening(tls)
    with pytest.raises(Unusable, match="authorities of servers"):
        calling(Tls(servers=b"x"), "127.0.0.1")
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(Unusable, match="authorities of servers"):
        calling(Tls(servers=broken), "127.0.0.1")
    assert listening(Tls(good.chain + other.chain, good.secret)) is not None
    assert calling(Tls(), "psap.example.net") is not None
    assert good.secret.decode() not in repr(Tls(good.chain, good.secret))


@pytest.mark.parametrize("is_ours", [True, False])
def test_who_an_authority_of_ours_has_signed_is_believed_and_nobody_else(is_ours: bool) -> None:
    net = Net()
    believed, stranger = authority(), authority()  # of the same name
    shows = paper("exchange", by=believed if is_ours else stranger)
    theirs = House(net, THEIRS[0], tls=Tls(shows.chain, shows.secret))
    theirs.wires.listen_tls("127.0.0.1", 5061)
    ours = House(net, OURS[0], tls=Tls(servers=believed.chain))
    ours.calls("sip:911@127.0.0.1:5061;transport=tls")
    net.run(0.2)
    assert len(ours.of(Answered)) == int(is_ours)
    assert [one.status for one in ours.of(Refused)] == ([] if is_ours else [503])


def test_nobody_speaks_tls_without_certificates() -> None:
    net = Net()
    ours = House(net, OURS[0])
    with pytest.raises(ValueError, match="no TLS"):
        ours.wires.listen_tls(*OURS)
    ours.calls("sips:psap.example.net")
    net.run()
    assert ours.of(Refused)[0].status == 503
    assert net.dialled == []


# --- names --------------------------------------------------------------------------------------


def test_a_name_is_looked_up_once_and_again_after_a_while() -> None:
    net = Net(psap="192.0.2.1 192.0.2.9")
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    for _ in range(2):
        theirs.calls("sip:911@psap.example.net")
        net.run()
    assert len(theirs.of(Answered)) == 2
    assert net.looked_up == ["psap.example.net"]
    net.advance(NAME_HOLDS)
    theirs.calls("sip:911@psap.example.net")
    net.run()
    assert net.looked_up == ["psap.example.net"] * 2


@pytest.mark.parametrize(
    "uri",
    [
        "sip:911@nowhere.example.net",
        "sip:911@nowhere.example.net;transport=tcp",
        f"sip:911@{'a' * 64}.net",
    ],
)
def test_a_name_without_an_address_is_a_way_that_is_lost(uri: str) -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    ours.calls(uri)
    net.run()
    assert ours.of(Refused)[0].status == 503


def test_only_so_many_names_are_asked_for_and_remembered() -> None:
    net = Net(**{f"n{at}": "192.0.2.1" for at in range(200)})
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    for at in range(NAMES_MAX + 5):
        ours.calls(f"sip:911@n{at}.net")
    assert len(ours.of(Refused)) == 5
    net.run()
    assert len(net.looked_up) == NAMES_MAX
    ours.calls("sip:911@n100.net")
    net.run()
    ours.calls("sip:911@n0.net")  # made room for the one before
    net.run()
    assert net.looked_up[-2:] == ["n100.net", "n0.net"]


# --- datagrams that go nowhere ------------------------------------------------------------------


@pytest.mark.parametrize("fault", [OSError(101, "no route"), MessageLengthError("too long")])
def test_a_datagram_that_cannot_be_sent_is_lost_at_once(fault: Exception) -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    net.udp[OURS].fails = fault
    ours.calls("sip:911@192.0.2.2")
    assert ours.of(Refused)[0].status == 503
    assert ours.wires.unsent == 1


def test_there_is_no_way_to_another_family() -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    ours.calls("sip:911@[2001:db8::2]")
    assert ours.of(Refused)[0].status == 503


def test_a_message_for_a_connection_that_has_ended_has_no_way() -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.carry((Send(b"x", Flow("TCP", OURS, THEIRS, 7)),))
    assert (ours.wires.unsent, net.calls) == (1, [])


# --- connections of others ----------------------------------------------------------------------


class Peer(Protocol):
    """Somebody at the other end of a connection."""

    def __init__(self) -> None:
        self.got = b""
        self.lost = False

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True


def dials(net: Net, here: str = "192.0.2.2") -> tuple[Peer, Any]:
    peer = Peer()
    return peer, net.connect(OURS, lambda: peer, here)


def options(host: str = "192.0.2.2", tail: str = "Content-Length: 0\r\n\r\n") -> bytes:
    return (
        f"OPTIONS sip:{OURS[0]} SIP/2.0\r\nVia: SIP/2.0/TCP {host};branch=z9hG4bKx\r\n"
        f"From: <sip:a@{host}>;tag=1\r\nTo: <sip:{OURS[0]}>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
        f"{tail}"
    ).encode()


def listens(**limits: Any) -> tuple[Net, House]:
    net = Net()
    ours = House(net, OURS[0], limits=Limits(**limits))
    ours.wires.listen_tcp(*OURS)
    return net, ours


def test_messages_may_come_in_pieces_and_keep_alives_between_them() -> None:
    net, _ = listens()
    peer, pipe = dials(net)
    for octet in b"\r\n\r\n" + options() + b"\r\n\r\n":
        pipe.write(bytes([octet]))
    net.run()
    assert peer.got.startswith(b"\r\nSIP/2.0 200 OK\r\n")
    assert peer.got.endswith(b"\r\n\r\n\r\n")
    assert not peer.lost


@pytest.mark.parametrize("tail", ["\r\n", "Content-Length: x\r\n\r\n"])
def test_what_breaks_the_stream_is_answered_and_then_nothing_more_is_heard(tail: str) -> None:
    net, ours = listens()
    peer, pipe = dials(net)
    pipe.write(options(tail=tail) + options())
    pipe.write(options())
    net.run()
    assert peer.got.startswith(b"SIP/2.0 400")
    assert peer.got.count(b"SIP/2.0 400") == 1
    assert peer.lost
    assert len(ours.of(Rejected)) == 1


def test_a_stranger_hears_403_and_is_hung_up_on() -> None:
    net, ours = listens()
    peer, pipe = dials(net, "203.0.113.9")
    pipe.write(options("203.0.113.9"))
    net.run()
    assert peer.got.startswith(b"SIP/2.0 403")
    assert len(ours.of(Rejected)) == 1
    net.run(Limits().stranger_after + SWEEP)
    assert peer.lost


def test_strangers_never_take_a_peers_place_and_no_host_takes_all() -> None:
    net, ours = listens(streams_max=3, strangers_max=2, per_host_max=2)
    for host, taken in (
        ("203.0.113.1", True), ("203.0.113.2", True), ("203.0.113.3", False),
        ("192.0.2.2", True), ("192.0.2.2", True), ("192.0.2.2", False),
        ("192.0.2.3", True), ("192.0.2.4", False),
    ):  # fmt: skip
        peer, _ = dials(net, host)
        assert peer.lost is not taken
    assert ours.wires.turned_away == 3


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        (b"", "idle_after"),
        (options(), "idle_after"),
        (b"OPTIONS", "incomplete_after"),
        (options() + b"OPTIONS", "incomplete_after"),
    ],
)
def test_a_connection_of_no_use_is_ended(said: bytes, limit: str) -> None:
    net, ours = listens()
    peer, pipe = dials(net)
    pipe.write(said)
    seconds = getattr(Limits(), limit)
    net.run(0.01)
    for _ in range(int((seconds - 1) / SWEEP)):
        net.advance(SWEEP)
    assert not peer.lost
    for _ in range(3):
        net.advance(SWEEP)
    assert peer.lost
    ours.wires.stop()


def test_a_message_that_goes_on_is_not_called_incomplete() -> None:
    net, _ = listens()
    peer, pipe = dials(net)
    pipe.write(options()[:20])
    net.run(Limits().incomplete_after - 1)
    pipe.write(options()[20:] + options()[:20])
    net.run(Limits().incomplete_after - 1)
    assert not peer.lost


def test_a_peer_that_does_not_read_is_not_heard_and_then_hung_up_on() -> None:
    net, ours = listens(unread_max=2_000, stuck_after=10.0)
    peer, pipe = dials(net)
    pipe.deaf = True
    pipe.write(options())
    net.run()
    for _ in range(20):
        pipe.write(b"\r\n\r\n")
    net.run()
    assert pipe.other.paused
    answered = pipe.other.sent
    pipe.hears_again()
    net.run()
    assert not pipe.other.paused
    assert len(pipe.other.sent) == len(answered) + 20 * 2
    pipe.deaf = True
    pipe.write(options().replace(b"bKx", b"bKy"))
    net.run()
    for _ in range(8):
        net.advance(SWEEP)
    assert peer.lost
    assert ours.told == []


def test_what_a_peer_does_not_read_is_bounded() -> None:
    net, ours = listens(unread_max=2_000)
    peer, pipe = dials(net)
    pipe.deaf = True
    pipe.write(options())
    net.run()
    flow = Flow("TCP", OURS, pipe.here, 1)
    ours.wires.carry((Send(b"x" * 1_500, flow),))
    net.run()
    assert not peer.lost
    ours.wires.carry((Send(b"x" * 1_500, flow), Send(b"y", flow)))
    net.run()
    assert peer.lost


# --- connections of ours ------------------------------------------------------------------------


def test_a_connection_is_used_again_and_made_anew_when_it_has_ended() -> None:
    net = Net()
    ours, theirs = pair(net)
    ours.wires.listen_tcp(*OURS)
    for _ in range(2):
        theirs.calls("sip:911@192.0.2.1;transport=tcp")
        net.run()
    assert net.dialled == [OURS]
    net.pipes[0].abortConnection()
    net.run()
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    assert net.dialled == [OURS] * 2
    assert len(theirs.of(Answered)) == 3


def test_a_connection_that_is_refused_or_never_stands_is_lost() -> None:
    net = Net()
    ours, theirs = pair(net, limits=Limits(connect_within=5.0), tls=tls_of(*PAPERS))
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    assert theirs.of(Refused)[0].status == 503
    net.tcp["192.0.2.7", 5061] = Silence()
    theirs.calls("sips:911@192.0.2.7")
    net.run(4.0)
    assert len(theirs.of(Refused)) == 1
    net.run(4.0)
    assert [one.status for one in theirs.of(Refused)] == [503, 503]
    assert ours.told == []


class Silence:
    """Takes every connection and says nothing."""

    def buildProtocol(self, _address: Any) -> Any:
        return Peer()


def test_a_connection_that_comes_after_it_was_given_up_is_ended() -> None:
    net = Net(slow="192.0.2.7")
    net.tcp["192.0.2.7", 5060] = Silence()
    ours = House(net, OURS[0], limits=Limits(connect_within=0.0))
    held: list[Any] = []
    net.connectTCP = lambda host, port, factory, timeout: held.append(  # type: ignore[method-assign]
        factory
    )
    ours.calls("sip:911@slow.example.net;transport=tcp")
    ours.calls("sip:911@192.0.2.7;transport=tcp")
    for _ in range(2):
        net.advance(SWEEP)
    assert [one.status for one in ours.of(Refused)] == [503, 503]
    for factory in held:
        pipe = net.connect(("192.0.2.7", 5060), partial(factory.buildProtocol, None))
        assert pipe is not None
        net.run()
        assert pipe.over


def test_a_name_that_is_found_after_its_connection_was_given_up_is_not_dialled() -> None:
    net = Net(slow="192.0.2.7")
    ours = House(net, OURS[0])
    ours.calls("sip:911@slow.example.net;transport=tcp")
    ours.wires.stop()
    for stream in list(ours.wires._streams.values()):  # pyright: ignore[reportPrivateUsage]
        ours.wires.ended(stream, "given up")
        ours.wires.ended(stream, "twice")
    net.run()
    assert net.dialled == []


@pytest.mark.parametrize("host", ["a..b", "-"])
def test_a_name_that_no_certificate_can_have_is_not_called(host: str) -> None:
    net = Net(**{"a": "192.0.2.7", "-": "192.0.2.7"})
    ours = House(net, OURS[0], tls=Tls())
    flow = Flow("TLS", OURS, (host, 5061))
    ours.wires.carry((Send(b"x", flow),))
    net.run()
    assert net.dialled in ([], [("192.0.2.7", 5061)])


def test_effects_are_done_in_order_even_when_they_bring_new_ones() -> None:
    net, ours = listens()
    seen: list[str] = []

    def told(effect: Effect) -> None:
        assert isinstance(effect, Rejected)
        seen.append(effect.why)
        if effect.why == "first":
            ours.wires.carry((Rejected(THEIRS, "third"),))

    ours.wires = Wires(ours.agent, ours.settings, told, net)
    ours.wires.carry((Rejected(THEIRS, "first"), Rejected(THEIRS, "second")))
    assert seen == ["first", "second", "third"]


def test_a_mistake_of_who_is_told_reaches_the_top_and_costs_nothing_else() -> None:
    net, ours = listens()
    seen: list[str] = []

    def told(effect: Effect) -> None:
        assert isinstance(effect, Rejected)
        seen.append(effect.why)
        if effect.why == "first":
            raise ValueError("a mistake of ours")

    ours.wires = Wires(ours.agent, ours.settings, told, net)
    with pytest.raises(ValueError, match="mistake"):
        ours.wires.carry((Rejected(THEIRS, "first"), Rejected(THEIRS, "second")))
    assert seen == ["first"]
    net.run()
    assert seen == ["first", "second"]


def test_a_watched_peer_that_is_silent_is_told_of_by_the_one_timer() -> None:
    net = Net()
    ours = House(net, OURS[0], ping=20.0)
    ours.wires.listen_udp(*OURS)
    ours.wires.carry(ours.agent.watch(SipUri("sip", "", THEIRS[0], 5060), 0.0))
    for _ in range(200):
        net.advance(0.5)
    assert len(ours.of(Unreachable)) == 1
    assert len(net.getDelayedCalls()) == 1


def test_after_the_stop_ports_are_free_and_nothing_is_sent() -> None:
    net = Net()
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    ours.wires.listen_tcp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    theirs.calls("sip:911@192.0.2.1")
    theirs.calls("sip:911@192.0.2.1;transport=tcp")
    net.run()
    free: list[Any] = []
    ours.wires.stop().addCallback(free.append)
    assert free
    net.run()
    assert set(net.udp) == {THEIRS}
    assert net.tcp == {}
    assert all(pipe.over for pipe in net.pipes)
    before = len(net.datagrams)
    ours.calls("sip:911@192.0.2.2")
    ours.wires._heard(options(), Flow("UDP", OURS, THEIRS))  # pyright: ignore[reportPrivateUsage]
    ours.wires._lost(Flow("UDP", OURS, THEIRS))  # pyright: ignore[reportPrivateUsage]
    assert len(net.datagrams) == before


def test_two_calls_to_a_name_are_one_look_up() -> None:
    net = Net(psap="192.0.2.1")
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    for _ in range(2):
        theirs.calls("sip:911@psap.example.net")
    net.run()
    assert len(theirs.of(Answered)) == 2
    assert net.looked_up == ["psap.example.net"]
