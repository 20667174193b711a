"""What became of a text is read off what a gateway has written."""

from __future__ import annotations

from pathlib import Path

import pytest

from load_tests.fates import fates
from tests.gateway.house import House

ROUND = 3


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def found(house: House, *wanted: int) -> dict[str, int]:
    records = [one.record for one in house.journal.read()]
    return {name: count for name, count in fates(records, wanted, ROUND).items() if count}


def test_what_a_page_acknowledged_is_shown(house: House) -> None:
    house.log_in()
    house.text(house.bind(), words=f"{ROUND} 7 help")
    assert found(house, 7) == {"shown": 1}


def test_what_was_offered_and_not_acknowledged_yet_is_open(house: House) -> None:
    house.log_in()
    for console in house.consoles.values():
        console.shows = False
    house.text(house.bind(), words=f"{ROUND} 7 help")
    assert found(house, 7) == {"open": 1}


def test_whose_sender_got_the_bounce_was_told(house: House) -> None:
    for console in house.consoles.values():
        console.people = False
    house.text(house.bind(), words=f"{ROUND} 7 help")
    house.wait(20.0)
    assert found(house, 7) == {"told": 1}


def test_what_is_in_no_record_is_named(house: House) -> None:
    house.text(house.bind(), words=f"{ROUND + 1} 8 of another round")
    assert found(house, 7, 8) == {"not recorded": 2}
