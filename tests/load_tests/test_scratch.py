"""Who is told to stop leaves nothing behind; where something failed, the evidence stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from load_tests.scratch import scratch

ROOT = Path(__file__).resolve().parents[2]
WITHIN = 180.0  # s, on a machine that has much else to do
STOPPED = 128 + signal.SIGTERM

WAITS = """
import sys, time
from pathlib import Path
from load_tests.scratch import scratch, undo_on_sigterm
undo_on_sigterm()
with scratch("waits", Path(sys.argv[1])) as folder:
    try:
        (folder / "begun").touch()
        time.sleep(600)
    finally:
        (folder.parent / "undoing").touch()
        while not (folder.parent / "go").exists():
            time.sleep(0.01)
        (folder.parent / "undone").touch()
"""


@contextmanager
def running(*command: str, temporary: Path) -> Generator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def wait_for(program: subprocess.Popen[str], what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + WITHIN
    while not what():
        assert program.poll() is None, program.communicate()[1]
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_told_to_stop_it_undoes_all_and_once(tmp_path: Path) -> None:
    """Also when it is told so a second time in the midst of it."""
    with running("-c", WAITS, str(tmp_path), temporary=tmp_path) as program:
        wait_for(program, lambda: any(tmp_path.glob("text911-waits-*/begun")))
        program.terminate()
        wait_for(program, (tmp_path / "undoing").exists)
        program.terminate()
        (tmp_path / "go").touch()
        assert program.wait(WITHIN) == STOPPED
    assert sorted(one.name for one in tmp_path.iterdir()) == ["go", "undoing", "undone"]


def test_a_folder_goes_with_its_run(tmp_path: Path) -> None:
    with scratch("gone", tmp_path) as folder:
        assert folder.is_absolute()
        assert (folder.parent, folder.name.startswith("text911-gone-")) == (tmp_path, True)
        (folder / "journal").mkdir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_and_with_one_that_was_stopped(tmp_path: Path, end: type[BaseException]) -> None:
    with pytest.raises(end), scratch("gone", tmp_path):
        raise end
    assert list(tmp_path.iterdir()) == []


def test_where_something_failed_it_stays_and_where_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path) -> None:
        (folder / "gateway.log").touch()
        raise RuntimeError("no word from the gateway")

    with pytest.raises(RuntimeError, match="no word"), scratch("kept", tmp_path) as folder:
        fail(folder)
    assert (folder / "gateway.log").exists()
    assert capsys.readouterr().err == f"kept for a look: {folder}\n"


def made(folder: Path) -> bool:
    """Whether a daemon writes its log in it: then whoever started it knows its process."""
    return any(one.stat().st_size for one in folder.glob("text911-*/**/gateway.log"))


@pytest.mark.parametrize("program", ["tests.crash --only kills", "load_tests --only 1,000/s"])
def test_a_run_with_a_daemon_leaves_neither_folder_nor_daemon(tmp_path: Path, program: str) -> None:
    with running("-m", *program.split(maxsplit=2), temporary=tmp_path) as lab:
        wait_for(lab, lambda: made(tmp_path))
        lab.terminate()
        assert lab.wait(WITHIN) == STOPPED
    assert [one for one in tmp_path.glob("text911-*") if one.is_dir()] == []
    assert started_in(tmp_path) == []


def started_in(folder: Path) -> list[str]:
    """What runs with that folder in its command line."""
    found: list[str] = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = one.read_bytes()
        except OSError:
            continue  # it has just ended
        if os.fsencode(folder) in command:
            found.append(command.decode(errors="replace"))
    return found


def programs() -> list[Path]:
    folders = ("load_tests", "tests/crash", "tests/peers")
    return [
        path.relative_to(ROOT)
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if '__name__ == "__main__"' in path.read_text()
    ]


@pytest.mark.parametrize("path", programs(), ids=str)
def test_every_program_that_makes_a_folder_or_starts_others_undoes_it(path: Path) -> None:
    source = (ROOT / path).read_text()
    makes = ("scratch(", "TemporaryDirectory(", "Gateway(", "Program(", "workshop(")
    if any(one in source for one in makes):
        assert "    undo_on_sigterm()\n" in source
