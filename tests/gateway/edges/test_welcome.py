"""The doors of a gateway: which there are, what a reload does to them, what handshakes leave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from tests.certificates import paper
from tests.gateway.directories import append, copy_of_demo
from text911.gateway.config import Configuration, load
from text911.gateway.edges import welcome
from text911.gateway.edges.admission import Admission
from text911.gateway.edges.welcome import Welcome
from text911.smpp.pins import Identity
from text911.smpp.tls import Unusable

from ...smpp.desk import Desk, Wire

OURS, OTHER = paper("ours"), paper("other")
DOORS = """
[[smpp.tls]]
port = 3551
certificate = "tls/ours.pem"
key = "file:tls/ours.key"
[[smpp.tls]]
port = 3552
certificate = "tls/ours.pem"
key = "file:tls/ours.key"
"""


class House:
    def __init__(self, configuration: Configuration) -> None:
        self.clock = Clock()
        self.said: list[tuple[str, str]] = []
        self.admission = Admission(configuration.carriers, b"k" * 32)
        names = iter(f"link-{n}" for n in range(1_000))
        self.welcome = Welcome(
            configuration, Desk(), self.admission, self.clock, lambda: next(names), self.note
        )
        self.doors = self.welcome.doors(configuration.smpp)

    def note(self, _what: object, words: str, peer: str) -> None:
        self.said.append((peer, words))

    def shakes(self, address: str) -> None:
        """Somebody who asks for TLS and speaks none."""
        at: Any = IPv4Address("TCP", address, 40000)
        protocol: Any = self.doors[1][3].buildProtocol(at)
        protocol.makeConnection(Wire(at))
        protocol.dataReceived(b"GET / HTTP/1.0\r\n\r\n")
        done: Any = Failure
        protocol.connectionLost(done(ConnectionDone()))


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    directory = copy_of_demo(tmp_path)
    (directory / "tls").mkdir()
    OURS.write(directory / "tls", "ours")
    append(directory / "gateway.toml", DOORS)
    return load(directory, {})


def test_there_is_a_plain_door_and_those_for_tls(configuration: Configuration) -> None:
    house = House(configuration)
    assert [door[:3] for door in house.doors] == [
        ("smpp", "127.0.0.1", 2775),
        ("smpp.tls[1]", "127.0.0.1", 3551),
        ("smpp.tls[2]", "127.0.0.1", 3552),
    ]
    closed = configuration.smpp.model_copy(update={"plain": False})
    assert [door[0] for door in house.welcome.doors(closed)] == ["smpp.tls[1]", "smpp.tls[2]"]


def test_a_reload_is_prepared_before_it_is_in_force(configuration: Configuration) -> None:
    house = House(configuration)
    one, two = configuration.tls
    other = replace(one.certificate, identity=Identity(OTHER.chain, OTHER.secret))
    before = context_of_door(house, 1), context_of_door(house, 2)
    moved = replace(two, port=9999, certificate=other)
    adopt = house.welcome.prepare(
        replace(configuration, tls=(replace(one, certificate=other), moved))
    )
    assert (context_of_door(house, 1), context_of_door(house, 2)) == before
    adopt()
    assert context_of_door(house, 1) is not before[0]
    assert context_of_door(house, 2) is before[1], "a door that is moved stays until a restart"
    broken = replace(one.certificate, identity=Identity(OTHER.chain, OURS.secret))
    with pytest.raises(Unusable):
        house.welcome.prepare(replace(configuration, tls=(replace(one, certificate=broken),)))


def context_of_door(house: House, door: int) -> object:
    factory: Any = house.doors[door][3]
    return factory._creator.context


def test_a_handshake_that_came_to_nothing_is_a_line_now_and_then(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(welcome, "TOLD_MAX", 2)
    house = House(configuration)
    for _ in range(3):
        house.shakes("127.0.0.1")
    ((peer, words),) = house.said
    assert peer == "127.0.0.1"
    assert "may come came to nothing: http request" in words
    house.clock.advance(61.0)
    house.shakes("127.0.0.1")
    house.shakes("203.0.113.77")
    assert len(house.said) == 3
    assert "from where" not in house.said[-1][1], "a stranger's"
    house.shakes("203.0.113.78")
    house.shakes("203.0.113.77")
    assert len(house.said) == 5, "what was forgotten may be said again"


def test_the_time_for_a_bind_is_that_of_the_accounts_at_an_address(
    configuration: Configuration,
) -> None:
    house = House(configuration)
    assert house.welcome.smpp.limits_for("198.51.100.1").session_init == 5.0
