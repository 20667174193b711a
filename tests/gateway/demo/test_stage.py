"""The stage: a configuration of one's own, ports that are named when taken, numbers per PSAP."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

import pytest

from text911.gateway.composition import Geography
from text911.gateway.config import Configuration
from text911.gateway.demo import attended, headless
from text911.gateway.demo.headless import cast_of
from text911.gateway.demo.scripts import SCRIPTS
from text911.gateway.demo.stage import PortTaken, check_ports, numbers_by_psap, prepare, trunks
from text911.gateway.demo.story import NUMBERS


@pytest.fixture
def configuration() -> Iterator[Configuration]:
    made = prepare(0)
    yield made
    shutil.rmtree(made.directory)


def test_the_copy_is_private_and_holds_no_journal_yet(configuration: Configuration) -> None:
    assert configuration.directory.stat().st_mode & 0o077 == 0
    assert configuration.demonstration
    assert configuration.journal_path.is_relative_to(configuration.directory)
    assert not configuration.journal_path.exists()


def test_a_port_base_gives_four_ports_in_a_row() -> None:
    made = prepare(20_000)
    shutil.rmtree(made.directory)
    ports = (made.smpp.port, made.console.port, made.operations.port)
    assert ports == (20_000, 20_001, 20_002)
    assert trunks(made) == [("127.0.0.1", 20_003)]


def test_a_taken_port_is_named_with_what_to_do(configuration: Configuration) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        console = configuration.console.model_copy(update={"port": taken})
        smpp = configuration.smpp.model_copy(update={"port": 0})
        object.__setattr__(configuration, "console", console)
        object.__setattr__(configuration, "smpp", smpp)
        with pytest.raises(PortTaken, match=rf"port {taken} for the consoles .*--port-base"):
            check_ports(configuration)


def test_every_psap_of_towns_has_callers_and_the_plays_find_theirs(
    configuration: Configuration,
) -> None:
    numbers = numbers_by_psap(configuration, Geography(configuration).router(configuration))
    assert sorted(number for own in numbers.values() for number in own) == sorted(NUMBERS)
    assert {psap for psap, own in numbers.items() if not own} == {"csecc"}
    assert len(numbers[attended.PERSONS_PSAP]) >= 20
    assert numbers[headless.EMPTY_PSAP]
    assert attended.PERSONS_PSAP in configuration.routing.overflow


def test_the_headless_cast_plays_every_script_at_all_psaps() -> None:
    numbers = {f"psap {n}": [f"{n} {k}" for k in range(9)] for n in range(7)}
    everybody = cast_of(911, numbers, ["carrier-a", "carrier-b"])
    assert everybody == cast_of(911, numbers, ["carrier-a", "carrier-b"])
    assert {one.script.title for one in everybody} == {script.title for script in SCRIPTS}
    assert len({one.number for one in everybody}) == len(everybody)
    assert {one.number.split()[0] for one in everybody} == set("0123456")
