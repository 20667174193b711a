"""Callers ring the real daemon over SIP: TTY tones and real-time text, live at the console and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from load_tests.console import Console, Leg
from load_tests.gateway import Gateway
from load_tests.processes import free_ports
from text911.tty import wav

from .daemon import Telecommunicator, said
from .phone import Ears
from .sipp import rings, scenario
from .tools import need

PSAP = "hartford-region"
CALLED = "FIRE AT 12 ELM ST HARTFORD GA"
ANSWER = "TRUCKS ARE COMING GA"
RTP = 21_000


@pytest.fixture(autouse=True)
def _the_programs() -> None:
    need("sipp", "tshark")


def trunk_file(port: int, *, allowed: str = "127.0.0.0/8", more: str = "") -> str:
    return f"""
display = "Test trunk"
kind = "sip"
[sip]
allowed_networks = ["{allowed}"]
rtp_ports = [{RTP}, {RTP + 399}]
calls_max = 100
{more}
[[sip.listen]]
transport = "udp"
host = "127.0.0.1"
port = {port}
[location]
town = "Hartford"
"""


class Exchange:
    """The gateway with one trunk, and a person at its PSAP."""

    def __init__(self, folder: Path, **trunk: str) -> None:
        self.folder = folder
        self.gateway = Gateway(folder / "gateway", [])
        (self.sip,) = free_ports(1)
        lines = self.gateway.directory / "lines"
        lines.mkdir()
        (lines / "trunk.toml").write_text(trunk_file(self.sip, **trunk))
        self.gateway.start()
        self.desk = Telecommunicator(self.gateway, PSAP)

    def tones(self, words: str) -> bytes:
        """What a TTY makes of them, as mu-law, by our own command."""
        path = self.folder / "tones.wav"
        done = self.gateway.command("tty", "encode", "--out", str(path), "--law", "mulaw", words)
        assert done.returncode == 0, done.stderr
        return wav.read(path.read_bytes()).octets

    def read(self, octets: bytes) -> str:
        """What a TTY prints of what we sent, by our own command."""
        path = self.folder / "answer.wav"
        path.write_bytes(wav.write(wav.Audio(wav.Law.MU_LAW, octets)))
        done = self.gateway.command("tty", "decode", str(path))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self) -> list[str]:
        return self.gateway.log.read_text().splitlines()


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Exchange]]:
    made: list[Exchange] = []

    def begin(**trunk: str) -> Exchange:
        made.append(Exchange(tmp_path, **trunk))
        made[-1].desk.__enter__()
        return made[-1]

    yield begin
    for one in made:
        one.desk.__exit__(None, None, None)
        one.gateway.stop()


Begin = Callable[..., Exchange]


def starts(console: Console, words: str) -> Leg | None:
    return next(
        (leg for leg in console.legs.values() if "".join(said(leg)).startswith(words)), None
    )


def test_a_tty_call_is_read_live_and_answered_in_tones(begin: Begin, tmp_path: Path) -> None:
    house, ears = begin(), Ears()
    recording = tmp_path / "fire.ulaw"
    recording.write_bytes(house.tones(CALLED))
    plan = scenario(
        tmp_path, "hung_up", RTP_PORT=ears.port, FORMATS="0 101", RECORDING=recording
    )  # fmt: skip
    process = rings(tmp_path, plan, house.sip)
    leg = house.desk.see("the first letters", lambda c: starts(c, "FIRE"))
    assert said(leg)[0] != CALLED  # while it is being typed
    house.desk.see_mine(leg)
    house.desk.see_text(CALLED)
    assert house.desk.now(lambda c: c.legs[leg.name].grew) > 5
    assert leg.card["caller"] == "(860) 555-0142"
    assert leg.card["town"] == "Hartford"
    house.desk.write(leg, "one", "Trucks are coming ga")
    house.desk.see_delivery(leg, "one", "typed")
    house.desk.end(leg, "end")
    assert process.wait(40) == 0, (tmp_path / "sipp.out").read_text()
    ears.close()
    assert house.read(ears.payloads()).splitlines()[-1].startswith(ANSWER)
