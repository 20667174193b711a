"""The doors of a trunk: who is let in or turned away, over which transport, who is watched."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest

from tests.certificates import authority, paper
from text911.gateway.edges.lines.trunk import Identity
from text911.sip.calls import Endpoint
from text911.sip.settings import Account, Settings
from text911.sip.tls import Tls, Unusable
from text911.sip.transport import Wires
from text911.sip.uri import SipUri

from .door import Door
from .exchange import HERE, Caller, Chance, Exchange


def test_no_more_calls_than_there_are_lines() -> None:
    house = Exchange(Door(), calls_max=1)
    assert Caller(house).ring() == 200
    busy = Caller(house)
    assert busy.ring() == 503
    assert house.news.turned_away[0][1] == "503: all lines of the trunk are in use"


def test_strangers_and_offers_of_no_use_are_turned_away_with_a_line_each() -> None:
    house = Exchange(door := Door())
    assert Caller(house, "198.51.100.1").ring() == 403
    assert Caller(house).ring("v=0\r\n") == 488
    assert door.calls == []
    assert [peer for peer, _ in house.news.turned_away] == ["198.51.100.1", "192.0.2.9"]
    assert house.trunk.tally.rejected == 2
    assert "refused" in house.trunk.tally.fault


def test_encryption_may_be_insisted_on() -> None:
    house = Exchange(Door(), srtp_required=True)
    caller = Caller(house)
    assert caller.ring() == 488
    assert "RTP/AVP" in house.news.turned_away[0][1]
    key = "inline:" + "A" * 40
    secured = f"m=audio {caller.rtp} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n"
    other = Caller(house)
    assert other.ring(other.sdp(secured)) == 200
    assert "a=crypto:1" in other.messages[-1]


def test_no_free_port_is_503() -> None:
    house = Exchange(Door())
    house.ports.free = [30_000]
    caller = Caller(house)
    assert caller.ring(caller.sdp(f"m=audio {caller.rtp} RTP/AVP 0\r\n", caller.text())) == 503
    assert "no port is free" in caller.messages[-1]
    assert (house.ports.free, house.ports.open_now) == ([30_000], 0)


def test_a_peer_that_is_watched_is_told_of_when_it_goes_and_when_it_comes() -> None:
    house = Exchange(Door(), options_to=["sip:192.0.2.5"], options_interval=5)
    house.run(40.0)
    assert house.news.peers == [("192.0.2.5", False)]
    assert "does not answer" in house.trunk.tally.fault

    class Answers:
        def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
            rows = datagram.decode().split("\r\n")
            kept = [one for one in rows if re.match("(Via|From|To|Call-ID|CSeq):", one)]
            answer = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
            house.net.deliver(answer.encode(), ("192.0.2.5", 5060), addr)

    house.net.listenUDP(5060, Answers(), "192.0.2.5", 0)
    house.run(10.0)
    assert house.news.peers[-1] == ("192.0.2.5", True)


def test_transports_of_one_address_share_a_user_agent_and_others_have_their_own() -> None:
    listen = [
        {"host": HERE, "port": 5060},
        {"host": HERE, "port": 5060, "transport": "tcp"},
        {"host": HERE, "port": 5070},
        {"host": "127.0.0.1", "port": 0},
        {"host": "127.0.0.1", "port": 0, "transport": "tcp"},
    ]
    house = Exchange(Door(), listen=listen)
    first, second, third, fourth = house.trunk.ports
    assert (first, second) == (5060, 5070)
    assert 0 not in (third, fourth)
    assert set(house.net.udp) == {(HERE, 5060), (HERE, 5070), ("127.0.0.1", third)}
    assert set(house.net.tcp) == {(HERE, 5060), ("127.0.0.1", fourth)}


def test_a_door_with_tls_shows_its_certificate() -> None:
    mine = paper("trunk")
    listen = [{"host": HERE, "port": 5061, "transport": "tls", "certificate": "a", "key": "env:A"}]
    house = Exchange(Door(), Identity(tls={0: Tls(mine.chain, mine.secret)}), listen=listen)
    assert (HERE, 5061) in house.net.tcp
    with pytest.raises(Unusable):
        Exchange(Door(), Identity(tls={0: Tls(b"nonsense", b"")}), listen=listen)


@pytest.mark.parametrize("is_ours", [True, False])
def test_who_is_asked_over_tls_must_be_signed_by_whom_the_trunk_believes(is_ours: bool) -> None:
    believed = authority()
    shows = paper("exchange", by=believed if is_ours else authority())
    there = Settings(SipUri("sip", "", "127.0.0.1", 5061), peers=(ip_network("192.0.2.0/24"),))
    house = Exchange(
        Door(),
        Identity(believed=believed.chain),
        options_to=["sip:127.0.0.1:5061;transport=tls"],
    )
    tls = Tls(shows.chain, shows.secret)
    wires = Wires(Endpoint(there, Chance()), there, lambda _: None, house.net, tls=tls)
    wires.listen_tls("127.0.0.1", 5061)
    house.run(1.0)
    assert house.news.peers == [("127.0.0.1", is_ours)]


def test_a_trunk_may_have_to_show_who_it_is() -> None:
    house = Exchange(door := Door(), Identity((Account("sbc1", "secret"),)))
    assert Caller(house).ring() == 401
    assert door.calls == []
