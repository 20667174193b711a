"""What was seen of carriers outlives the process; a file of no use does no harm."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from text911.gateway.onboarding.dialect import Dialect, Figures
from text911.gateway.onboarding.lookout import Lookout
from text911.gateway.sightings import EVERY, NAME, Sightings
from text911.smpp.codec import encode
from text911.smpp.pdu import SubmitSm

TEXT = encode(SubmitSm(short_message=b"me@example.org"), 1)


class Life:
    """One life of the gateway, as far as it looks at carriers."""

    def __init__(self, folder: Path, at: float = 0.0) -> None:
        self.clock = Clock()
        self.lookout = Lookout(lambda: at)
        self.troubles: list[str] = []
        self.later: list[Callable[[], None]] = []  # what another thread was given
        self.kept = Sightings(
            folder / NAME, self.lookout.seen, self.clock, self.later.append, self.troubles.append
        )
        self.lookout.remember(self.kept.load())
        self.kept.start()

    def hears(self, texts: int, carrier: str = "one") -> None:
        for number in range(texts):
            self.lookout.dialect(carrier).heard(float(number), "x-1", [TEXT], 0, 0x34)

    def minute(self) -> None:
        self.clock.advance(EVERY)
        for call in self.later:
            call()
        self.later.clear()

    @property
    def figures(self) -> Figures:
        return self.lookout.dialect("one").figures()


def test_counts_go_on_over_a_restart_since_when_they_began(tmp_path: Path) -> None:
    first = Life(tmp_path, at=100.0)
    first.hears(3)
    first.kept.stop()
    second = Life(tmp_path, at=500.0)
    assert second.figures == first.figures
    second.hears(2)
    assert second.figures.of("coding_0", "ascii") == 5
    assert (second.figures.looked_at, second.figures.since) == (5, 100.0)
    assert second.lookout.dialect("two").figures().since == 500.0


def test_after_a_crash_only_the_last_minute_is_missing(tmp_path: Path) -> None:
    first = Life(tmp_path)
    first.hears(3)
    first.minute()
    first.hears(2)
    assert Life(tmp_path).figures.looked_at == 3
    first.minute()
    assert Life(tmp_path).figures.looked_at == 5
    assert first.troubles == []


def test_the_file_is_for_our_account_only_and_holds_no_words(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.hears(1)
    life.kept.stop()
    path = tmp_path / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"example" not in path.read_bytes()


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.hears(1)
    life.minute()
    (tmp_path / NAME).unlink()
    life.minute()
    assert not (tmp_path / NAME).exists()


def test_a_save_that_is_still_at_work_is_waited_for(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.hears(1)
    with life.kept._lock:  # pyright: ignore[reportPrivateUsage]
        life.clock.advance(EVERY)
        assert life.later == []
    life.minute()
    assert Life(tmp_path).figures.looked_at == 1


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "Input data was truncated"),
        (b'{"version": 1, "carriers": {"one": 7}}', "Expected `object`"),
        (b'{"version": 2, "carriers": {}}', "it is of version 2"),
    ],
)
def test_a_file_of_no_use_is_said_so_and_counting_begins_anew(
    tmp_path: Path, octets: bytes, why: str
) -> None:
    (tmp_path / NAME).write_bytes(octets)
    life = Life(tmp_path)
    assert why in life.troubles[0]
    assert "counted anew" in life.troubles[0]
    life.hears(1)
    life.kept.stop()
    assert Life(tmp_path).figures.looked_at == 1


def test_a_file_that_cannot_be_written_is_told_once_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "not yet there"
    life = Life(folder)
    for _ in range(2):
        life.hears(1)
        life.minute()
    assert len(life.troubles) == 1
    assert "a restart forgets" in life.troubles[0]
    folder.mkdir()
    life.minute()
    assert Life(folder).figures == Dialect(0.0, life.figures).figures()
    life.kept.stop()
    life.kept.stop()
