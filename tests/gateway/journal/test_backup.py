from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from text911.gateway.journal import backup as module
from text911.gateway.journal.backup import backup
from text911.gateway.journal.contract import JournalBroken, Record, Snapshot

from .bench import opened, story
from .conformance import Told, record, stored


def test_a_restored_backup_reads_equal_and_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path / "live") as bench:
        bench.write(story())
        bench.journal.save_snapshot(Snapshot(20, b"state"), Told().of(""))
        bench.settle()
        verdict = backup(bench.path, tmp_path / "kept" / "copy")
        before = list(bench.journal.read())
        bench.write([record("after the backup", 0)])
    assert (verdict.good, verdict.records, verdict.path) == (True, 20, tmp_path / "kept" / "copy")
    shutil.copy(tmp_path / "kept" / "copy", tmp_path / "restored")
    with opened(tmp_path / "restored") as restored:
        assert list(restored.journal.read()) == before
        assert restored.journal.last_snapshot() == Snapshot(20, b"state")
        restored.write([record("dialogue-0", 5)])
        assert stored(restored)[-1] == record("dialogue-0", 5)


def test_a_backup_ends_although_the_daemon_never_stops_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record between any two pages: a copy that looked at each page anew would never end."""
    monkeypatch.setattr(module, "PAGES_AT_ONCE", 1)
    with opened(tmp_path / "live") as bench:
        bench.write(story(10, 20, size=500))
        steps: list[int] = []

        def write_more(done: int, of: int) -> None:
            bench.write([record("busy", len(steps))])
            steps.append(done)

        verdict = backup(bench.path, tmp_path / "copy", write_more)
        assert len(stored(bench)) == 200 + len(steps)
    assert len(steps) > 20
    assert steps == sorted(steps)
    assert (verdict.good, verdict.records) == (True, 200)


def test_a_backup_is_for_its_user_only_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    with opened(tmp_path / "live") as bench:
        bench.write(story())
        backup(bench.path, tmp_path / "kept" / "copy")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["copy"]
    assert stat.S_IMODE((tmp_path / "kept" / "copy").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_a_left_over_of_an_earlier_try_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "copy.part").write_text("half a backup")
    with opened(tmp_path / "live") as bench:
        bench.write(story())
        assert backup(bench.path, tmp_path / "copy").good
    assert not (tmp_path / "copy.part").exists()


def test_a_target_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def somebody_else(done: int, of: int) -> None:
        (tmp_path / "copy").write_text("theirs")

    with opened(tmp_path / "live") as bench:
        bench.write(story())
        with pytest.raises(JournalBroken, match="never overwrites"):
            backup(bench.path, tmp_path / "copy", somebody_else)
    assert (tmp_path / "copy").read_text() == "theirs"


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with opened(tmp_path / "live") as bench:
        bench.write([Record("d", 0, 0.0, 1, b"", b"")])
        with pytest.raises(JournalBroken, match=r"copy\.part cannot be made"):
            backup(bench.path, tmp_path / "file" / "copy")
