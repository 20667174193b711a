"""All lines of a configuration: what a start, a reload and a stop do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import paper
from tests.sip.net import Net
from text911.gateway.configuration.certificates import Certificate, TlsDoor
from text911.gateway.configuration.configuration import CallLine, Psap
from text911.gateway.edges.lines import board
from text911.gateway.edges.lines.board import Board
from text911.gateway.edges.lines.ears import Bank, Lost, Samples
from text911.gateway.edges.lines.settings import (
    LinePlaceSettings,
    SerialSettings,
    TtySettings,
    TurnSettings,
    WavSettings,
)
from text911.gateway.edges.lines.trunk_settings import TrunkSettings
from text911.gateway.listening import CannotStart
from text911.gateway.secrets import Secret
from text911.psap_adapters.console.settings import ConsoleSettings
from text911.sip.uri import SipUri
from text911.smpp.pins import Identity
from text911.tty.demod.batch import Bank as Receivers
from text911.tty.receiving import Event

from .door import Door
from .exchange import HERE, Caller, News


class Deaf:
    """A bank for calls that say nothing."""

    def add(self) -> int:
        return 1

    def remove(self, one: int, /) -> None:
        pass

    def push(
        self, ids: Sequence[int], samples: Samples, lost: Lost, /
    ) -> Mapping[int, tuple[Event, ...]]:
        return {}


class Machine(Net):
    """A network in memory whose calls have real ports."""

    def addReader(self, reader: Any) -> None:
        pass

    def removeReader(self, reader: Any) -> None:
        pass

    def callFromThread(self, call: Callable[..., object], *given: object) -> None:
        self.callLater(0, call, *given)


DEAF = Deaf()


def trunk(name: str = "north", port: int = 5060, **turns: str) -> CallLine:
    sip = {
        "listen": [{"host": HERE, "port": port}],
        "allowed_networks": [ip_network("192.0.2.0/28")],
        "media_host": "127.0.0.1",
        "rtp_ports": (40_000, 40_799),
    }
    return line(name, TrunkSettings.model_validate(sip), **turns)


def line(name: str, settings: Any, **turns: str) -> CallLine:
    return CallLine(
        name, name.title(), settings, TtySettings(), TurnSettings.model_validate(turns),
        LinePlaceSettings().profile(),
    )  # fmt: skip


class House:
    def __init__(self, folder: Path, bank: Bank | None = DEAF) -> None:
        self.net, self.door, self.news = Machine(), Door(), News()
        self.said: list[str] = []
        self.board = Board(
            self.door, self.net, lambda: 1e9, self.news, self.said.append, lambda _: None, folder,
            bank,
        )  # fmt: skip

    def settle(self) -> None:
        for _ in range(8):
            self.net.advance(0)

    def stop(self) -> None:
        async def stop() -> None:
            stopping = asyncio.ensure_future(self.board.stop())
            while not stopping.done():
                self.net.advance(0.02)
                await asyncio.sleep(0)
            await stopping

        asyncio.run(stop())


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.stop()


def test_every_kind_of_line_is_there_and_can_be_seen(house: House, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no recording")
    lines = [
        trunk(),
        line("port", SerialSettings(device="/dev/there-is-none")),
        line("played", WavSettings(file="a.wav")),
    ]
    house.board.start(lines)
    seen = {one.name: one for one in house.board.seen}
    assert [one.kind for one in seen.values()] == ["sip", "serial", "wav"]
    assert (HERE, 5060) in house.net.udp
    assert seen["north"].down == ""
    assert "played cannot be started" in house.said[-1]
    assert seen["played"].down


def test_a_trunk_that_cannot_listen_is_a_fault_of_the_start_and_names_its_file(
    house: House,
) -> None:
    house.net.listenUDP(5060, None, HERE, 0)
    with pytest.raises(CannotStart, match=r"give another address in lines/north\.toml"):
        house.board.start([trunk()])
    assert house.board.seen == ()


def test_a_reload_brings_a_new_line_and_keeps_nobody_from_it_who_fails(house: House) -> None:
    house.board.start([trunk()])
    house.net.listenUDP(5070, None, HERE, 0)
    house.board.adopt([trunk(), trunk("south", 5070), trunk("west", 5080)])
    assert [one.name for one in house.board.seen] == ["north", "west"]
    assert "south cannot start" in house.said[-1]
    assert (HERE, 5080) in house.net.udp


def test_a_line_that_is_taken_away_lets_its_calls_come_to_their_end(house: House) -> None:
    house.board.start([trunk()])
    caller: Any = Caller(house)  # type: ignore[arg-type]
    assert caller.ring() == 200
    house.board.adopt([])
    assert house.board.seen == ()
    other: Any = Caller(house)  # type: ignore[arg-type]
    assert other.ring() == 503
    house.net.advance(0.5)
    assert (HERE, 5060) in house.net.udp
    caller.say("BYE")
    house.net.advance(0.5)
    house.net.advance(0.5)
    assert (HERE, 5060) not in house.net.udp


def test_how_a_line_types_holds_for_its_new_calls(house: House, tmp_path: Path) -> None:
    lines = [trunk(), line("played", WavSettings(file="none.wav"))]
    house.board.start(lines)
    house.board.adopt(
        [replace(one, display="New", turns=TurnSettings(probe="QQ")) for one in lines]
    )
    assert {one.display for one in house.board.seen} == {"New"}
    made = house.board.trunks["north"]
    assert made.manners.policy.probe == "QQ"


def test_telephones_are_those_of_the_psaps_and_of_lines_with_voices(house: House) -> None:
    both = [trunk(voice="bridge"), trunk("south", 5070)]
    rung = {"ansonia": SipUri("sip", "911", "192.0.2.7")}
    house.board.start(both, rung)
    made = house.board.trunks
    assert made["north"].manners.telephones == rung
    assert made["south"].manners.telephones == {}
    house.board.adopt(both, {})
    assert made["north"].manners.telephones == {}
    psaps = [psap("ansonia", "sip:911@192.0.2.7"), psap("bethel", "")]
    assert board.telephones(psaps) == rung


def psap(name: str, voice_uri: str) -> Psap:
    console = ConsoleSettings.model_validate({"display_name": name})
    return Psap(name, name, "console", console, voice_uri=voice_uri)


def test_a_stop_says_bye_to_every_call_and_closes_what_was_open(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.board.start([trunk()])
    caller: Any = Caller(house)  # type: ignore[arg-type]
    caller.ring()
    house.net.callLater(0.5, lambda: None)
    house.stop()
    house.settle()
    assert any(one.startswith("BYE ") for one in caller.messages)
    assert house.door.of("ended") == [("the gateway is stopping",)]
    assert (HERE, 5060) not in house.net.udp
    house.stop()  # once more is nothing


def secured(chain: bytes, key: bytes) -> CallLine:
    sip = {
        "listen": [
            {"host": HERE, "port": 5061, "transport": "tls", "certificate": "a", "key": "env:A"}
        ],
        "allowed_networks": [ip_network("192.0.2.0/28")],
    }
    one = line("secured", TrunkSettings.model_validate(sip))
    certificate = Certificate(Identity(chain, key), "", 0.0, 1e10)
    door = TlsDoor(HERE, 5061, certificate, "sip.listen[1]")
    return replace(one, tls=(door,), accounts=(("sbc1", Secret("word")),))


def test_a_trunk_with_tls_shows_its_certificate_or_cannot_start(house: House) -> None:
    mine = paper("trunk")
    house.board.start([secured(mine.chain, mine.secret)])
    assert (HERE, 5061) in house.net.tcp
    house.board.adopt([])
    with pytest.raises(CannotStart, match=r"lines/secured\.toml: \[sip\.listen\]"):
        house.board.start([secured(b"nonsense", b"")])


def test_a_stop_ends_calls_of_lines_that_were_taken_away_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.board.start([trunk()])
    caller: Any = Caller(house)  # type: ignore[arg-type]
    caller.ring()
    house.board.adopt([])
    house.stop()
    house.settle()
    assert any(one.startswith("BYE ") for one in caller.messages)
    house.net.advance(1.0)  # the look at what had been left is over
    house.board.adopt([trunk()])
    assert house.board.seen == ()


def test_a_serial_line_is_taken_away_at_once(house: House) -> None:
    house.board.start([line("port", SerialSettings(device="/dev/there-is-none"))])
    house.board.adopt([])
    assert house.board.seen == ()
    assert house.board.skipped == 0


def test_receivers_become_machine_code_while_calls_are_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Prepared:
        def __init__(self, ready: Callable[[], None], failed: Callable[[str], None]) -> None:
            self.ready, self.failed = ready, failed
            self.stopped = 0
            made.append(self)

        def start(self) -> None:
            pass

        def stop(self) -> None:
            self.stopped += 1

    hastened: list[object] = []

    def hasten(bank: Receivers) -> None:
        hastened.append(bank)

    monkeypatch.setattr(board, "Preparing", Prepared)
    monkeypatch.setattr(board, "can_be_fast", lambda: True)
    monkeypatch.setattr(Receivers, "hasten", hasten)
    house = House(tmp_path, bank=None)
    house.board.start([trunk(), trunk("south", 5070)])
    (one,) = made
    one.failed("no compiler")
    one.ready()
    house.settle()
    assert house.said == ["no compiler"]
    assert len(hastened) == 1
    house.stop()
    assert one.stopped


def test_where_receivers_stay_slow_it_is_said_once_and_they_work_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "can_be_fast", lambda: False)
    house = House(tmp_path, bank=None)
    house.board.start([trunk(), trunk("south", 5070)])
    assert house.said == [board.SLOW]
    house.stop()
