"""SIP over TLS and SRTP with telephones and a proxy of others: baresip, Kamailio."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from load_tests.gateway import Gateway, toml
from load_tests.processes import free_ports, until
from tests.certificates import Paper, authority, paper

from .baresip import Baresip
from .daemon import Telecommunicator
from .kamailio import Kamailio
from .sipp import HOST
from .smpp_phone import ONE, Phone
from .tools import need
from .tty_desk import is_ready, make_receivers

PSAP = "hartford-region"
CALLED = "FIRE GA"
ANSWER = "OK GA"
RTP = 22_000
TRUNK = """
display = "Secured trunk"
kind = "sip"
[sip]
allowed_networks = ["127.0.0.0/8"]
rtp_ports = [{rtp}, {last}]
calls_max = 20
srtp_required = true
[[sip.listen]]
transport = "tls"
host = "127.0.0.1"
port = {port}
certificate = "ours.pem"
key = "file:ours.key"
[location]
town = "Hartford"
"""


READY_WITHIN = 180.0  # s


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    """Of the receivers: while it is made or loaded the loop stands, and letters are cut."""
    make_receivers()


class House:
    """The gateway behind a TLS door, and a person at its PSAP. A context is made of its parts."""

    def __init__(self, folder: Path, mine: Paper) -> None:
        self.gateway = Gateway(folder / "gateway", [])
        (self.sip,) = free_ports(1)
        lines = self.gateway.directory / "lines"
        lines.mkdir()
        mine.write(self.gateway.directory, "ours")
        (lines / "trunk.toml").write_text(TRUNK.format(rtp=RTP, last=RTP + 99, port=self.sip))
        self.gateway.start()
        self.desk = Telecommunicator(self.gateway, PSAP)


@pytest.fixture
def mine() -> Paper:
    return paper("gateway")


@pytest.fixture
def house(tmp_path: Path, mine: Paper) -> Iterator[House]:
    need("baresip", "kamailio")
    one = House(tmp_path, mine)
    with one.desk:
        yield one
    one.gateway.stop()


def talks(house: House, phone: Baresip) -> None:
    """What the telephone types is read, it is answered in tones, and hung up on."""
    leg = house.desk.see_text(CALLED)
    house.desk.see_mine(leg)
    assert leg.card["caller"] == "(860) 555-0142"
    house.desk.write(leg, "one", "ok ga")
    house.desk.see_delivery(leg, "one", "typed")
    house.desk.end(leg, "end")
    phone.sees("terminated (duration")
    assert phone.reads().strip() == ANSWER
    assert "SRTP is Enabled" in phone.printed


def test_a_tty_call_over_tls_and_srtp(house: House, mine: Paper, tmp_path: Path) -> None:
    here, rtp = free_ports(1)[0], RTP + 200
    with Baresip(tmp_path / "phone", here, rtp, CALLED, mine=paper("phone"), theirs=mine) as phone:
        phone.starts(f"/dial sip:911@{HOST}:{house.sip}")
        talks(house, phone)


def test_a_proxy_between_udp_and_tls(house: House, mine: Paper, tmp_path: Path) -> None:
    here, udp, tls = free_ports(3)
    with (
        Kamailio(
            tmp_path / "proxy", udp, tls, house.sip, mine=paper("proxy"), believes=mine
        ) as proxy,
        Baresip(
            tmp_path / "phone", here, RTP + 200, CALLED, mine=paper("phone"), theirs=mine,
            transport="udp",
        ) as phone,
    ):  # fmt: skip
        phone.starts(f"/dial sip:911@{HOST}:{udp}")
        talks(house, phone)
        assert proxy.passed("INVITE") == ["udp"]
        assert proxy.passed("ACK") == ["udp"]
        assert proxy.passed("BYE") == ["tls"], "ours goes back the way of the call"


def test_a_psap_is_rung_over_tls_and_srtp_and_again_without_the_place(tmp_path: Path) -> None:
    """baresip reads no multipart body and answers 500; it is rung once more without a location. An
    authority that only this PSAP's file believes has signed what it shows."""
    need("baresip")
    here, ours = free_ports(2)
    gateway = Gateway(tmp_path / "gateway", [ONE])
    signer = authority()
    shows = paper("exchange", by=signer)
    table = {
        # baresip's TLS is one port above the others.
        "uri": f"sip:8605550199@{HOST}:{here + 1};transport=tls", "host": HOST, "port": ours,
        "rtp_ports": [RTP, RTP + 99], "srtp": True, "location": True, "options_interval": 0,
        "announcement": "911 GA", "tls_authorities": "exchanges.pem",
    }  # fmt: skip
    words = toml({"display": "Elm Harbor", "kind": "tty", "tty": table})
    (gateway.directory / "psaps" / "elm-harbor.toml").write_text(words)
    (gateway.directory / "exchanges.pem").write_bytes(signer.chain)
    with (
        gateway,
        Baresip(
            tmp_path / "phone", here, RTP + 200, "GO ON GA", mine=shows, theirs=shows, after=3.5,
            number="8605550199", answers=True,
        ) as phone,
    ):  # fmt: skip
        phone.starts()
        phone.sees("baresip is ready")
        gateway.start()
        until("its receivers are fast", lambda: is_ready(gateway, "elm-harbor"), READY_WITHIN)
        with Phone(gateway.ports.smpp) as texts:
            texts.text("fire")
            assert texts.awaits(1) == ["GO ON"]
        assert phone.reads().startswith("911 GA")
    assert "SRTP is Enabled" in phone.printed
    assert phone.printed.count("call: alloc") == 2
