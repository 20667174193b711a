"""The disk is asked, and a disk that cannot be asked is an alarm by itself."""

from __future__ import annotations

from pathlib import Path

from text911.gateway.operations.alarms import Observed, Severity, findings
from text911.gateway.operations.watch import sample_disk


def test_a_disk_says_how_much_room_it_has(tmp_path: Path) -> None:
    disk = sample_disk(tmp_path, 500)
    assert disk.problem == ""
    assert disk.free_mb > 0
    assert (disk.path, disk.free_min_mb) == (str(tmp_path), 500)


def test_a_path_that_is_not_there_is_an_alarm_and_not_an_exception(tmp_path: Path) -> None:
    disk = sample_disk(tmp_path / "gone", 500)
    assert disk.problem == "No such file or directory"
    (finding,) = findings(Observed(disks=(disk,)))
    assert finding.severity is Severity.CRITICAL
