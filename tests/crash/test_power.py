"""Where the power is cut, which images come of it, and how a verdict on them reads."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from load_tests.gateway import ROOT
from tests.crash.altered import ALTERATIONS, Alteration, altered
from tests.crash.images import Found, Kind, Record
from tests.crash.ledger import Ledger
from tests.crash.power import Verdict, cuts, drawn, lay_out
from tests.crash.story import Recording, found_in

FOLDER = "/root"


def recorded(commits: int = 40) -> Recording:
    """A journal that is made, and written and synced so many times; a call each second."""
    records: list[Record] = []

    def call(kind: Kind, inode: int, name: str, data: bytes = b"", offset: int = 0) -> None:
        number = len(records) + 1
        path = f"{FOLDER}/{name}"
        one = Record(kind, number, inode, path, offset, data, who=(1, 1), at=float(number))
        records.append(one)

    call(Kind.CREATE, 2, "journal")
    for commit in range(commits):
        call(Kind.WRITE, 2, "journal", b"%04d" % commit, commit * 4)
        call(Kind.SYNC_BEGUN, 2, "journal")
        call(Kind.SYNC_ENDED, 2, "journal")
    return Recording(FOLDER, (Found(FOLDER, 1),), tuple(records), Ledger(), 5.0, {}, (50,))


def test_cuts_come_everywhere_and_most_of_them_beside_syncs_and_names() -> None:
    recording = recorded()
    found = cuts(recording, 2_000, random.Random(1))
    assert found == sorted(found)
    assert set(found) == set(range(len(recording.records) + 1))
    first = sum(place <= 5 for place in found)
    assert first > 2_000 / 5, "the first moments are cut more often than any others"


def test_the_same_seed_and_recording_give_the_same_images() -> None:
    one, again, other = (list(drawn(recorded(), 30, seed)) for seed in (1, 1, 2))
    assert one == again
    assert [cut.image for cut in one] != [cut.image for cut in other]


def test_every_image_holds_what_was_synced_before_its_cut() -> None:
    for cut in drawn(recorded(), 200, seed=3):
        synced = max(0, (cut.calls - 1) // 3)
        if (octets := cut.image.files.get("journal")) is not None:
            assert octets[: synced * 4] == b"".join(b"%04d" % n for n in range(synced))


def test_what_was_seen_belongs_to_the_calls_before_it() -> None:
    recording = recorded()
    assert not recording.expected(4).ready, "it was ready when the fifth call was made, not before"
    assert not recording.expected(4).accepted
    assert recording.expected(5).ready
    assert recording.expected(len(recording.records)).ready


def test_an_image_is_laid_out_as_it_was_drawn(tmp_path: Path) -> None:
    disk = recorded().disk()
    for one in recorded().records:
        disk.apply(one)
    lay_out(disk.now(), tmp_path / "image")
    (_, journal) = found_in(tmp_path / "image")
    assert journal.path == str(tmp_path / "image" / "journal")
    assert journal.content == b"".join(b"%04d" % n for n in range(40))


def test_a_verdict_counts_images_and_keeps_the_first_example_of_each_kind() -> None:
    verdict = Verdict()
    verdict.take("image 0", [])
    verdict.take("image 1", ["lost: one", "lost: two", "snapshot: bad"])
    verdict.take("image 2", ["lost: three"])
    assert (verdict.images, verdict.bad) == (3, 2)
    assert verdict.defects == {"lost": 2, "snapshot": 1}
    assert verdict.in_words().splitlines()[1:3] == ["2 x lost", "1 x snapshot"]
    assert "image 1: lost: one" in verdict.in_words()
    assert "three" not in verdict.in_words()


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=lambda one: one.name)
def test_each_alteration_finds_its_place(alteration: Alteration) -> None:
    source = (ROOT / "text911" / alteration.file).read_text()
    assert source.count(alteration.old) == 1
    compile(source.replace(alteration.old, alteration.new), alteration.file, "exec")


def test_an_alteration_without_a_place_is_refused_and_ours_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not exactly once"):
        altered(tmp_path, Alteration("?", "gateway/journal/folders.py", "no such words", ""))
    before = (ROOT / "gateway/journal/opening.py").read_text()
    copy = altered(tmp_path / "copy", ALTERATIONS[0])
    assert "= NORMAL" in (copy / "text911/gateway/journal/opening.py").read_text()
    assert (ROOT / "gateway/journal/opening.py").read_text() == before
