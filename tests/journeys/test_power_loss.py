"""The power is cut: what was accepted is on every disk that may be left, and the lab can tell."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.crash.altered import ALTERATIONS
from tests.crash.images import Kind
from tests.crash.power import Trial, found_out, try_all, workshop
from tests.crash.story import Recording, Story, record

from .tools import need

IMAGES = 12  # each of them is served by the real daemon
IMAGES_FOUND_OUT = 60
TEXTS = 150  # over all lives


@pytest.fixture
def shop() -> Generator[tuple[Path, Path]]:
    need("gcc")
    with workshop() as shop:
        yield shop


def failed_syncs(recording: Recording) -> int:
    return sum(one.error != 0 for one in recording.records if one.kind is Kind.SYNC_ENDED)


def test_whatever_a_power_cut_leaves_all_that_was_accepted_is_there(
    shop: tuple[Path, Path],
) -> None:
    folder, library = shop
    recording = record(folder / "story", library, Story(TEXTS))
    assert failed_syncs(recording) == 1
    assert len(recording.ledger.accepted()) >= TEXTS
    trial = Trial(images=IMAGES, served=1, cut_again=6)
    verdict = try_all(recording, folder / "images", library, trial)
    assert verdict.bad == 0, verdict.in_words()
    assert (verdict.images, verdict.served, verdict.cut_again) == (IMAGES, IMAGES, 2)


def test_a_gateway_that_does_not_sync_is_found_out_by_the_images_and_not_by_kills() -> None:
    need("gcc")
    (alteration,) = (one for one in ALTERATIONS if one.name == "nothing is synced")
    verdict, by_kill = found_out(alteration, IMAGES_FOUND_OUT, seed=1, texts=TEXTS)
    assert verdict.bad > IMAGES_FOUND_OUT // 10, verdict.in_words()
    assert verdict.defects["lost"] + verdict.defects["there is no journal any more"]
    assert by_kill == []
