"""Which version two ends speak."""

from __future__ import annotations

import pytest

from text911.smpp.versions import answered, spoken


@pytest.mark.parametrize(
    ("theirs", "version"),
    [(0x00, 0x33), (0x33, 0x33), (0x34, 0x34), (0x35, 0x34), (0x4F, 0x34), (0x50, 0x50),
     (0xFF, 0x50)],
)  # fmt: skip
def test_a_message_centre_speaks_what_its_peer_can(theirs: int, version: int) -> None:
    assert spoken(theirs) == version


def test_we_speak_no_more_than_we_were_told_to() -> None:
    assert spoken(0x50, ours=0x34) == 0x34


@pytest.mark.parametrize(
    ("named", "ours", "version"),
    [(None, 0x34, 0x34), (0, 0x50, 0x50), (0x33, 0x50, 0x33), (0x34, 0x50, 0x34),
     (0x50, 0x34, 0x34)],
)  # fmt: skip
def test_an_esme_believes_the_file_when_the_answer_names_no_version(
    named: int | None, ours: int, version: int
) -> None:
    assert answered(named, ours) == version
