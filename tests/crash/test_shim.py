"""The shim records all that a real program does to its files, and does to it what it is told."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.images import Disk, Found, Kind, Record, parse
from tests.crash.shim import Call, Fault, Shim, build
from tests.journeys.tools import need

ROOT = Path(__file__).parents[2]

# Everything that the log must be able to tell, done once.
ALL = """
import os, sys
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "sub").mkdir()
os.chdir(folder / "sub")
file = os.open("one", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.write(file, b"0123456789")
os.pwrite(file, b"AB", 4)
os.writev(file, [b"x", b"", b"yz"])
os.pwritev(file, [b"p", b"q"], 20)
os.fsync(file)
os.ftruncate(file, 15)
os.fdatasync(file)
os.close(file)
with open("two", "ab") as more:
    more.write(b"first")
with open("two", "ab") as more:
    more.write(b" and last")
with open("three", "w") as text:
    text.write("gone")
with open("three", "w") as text:
    text.write("back")
os.rename("two", "deux")
os.rename("deux", folder / "sub" / "zwei")
os.link("one", "eins")
os.unlink("one")
(folder / "empty").mkdir()
(folder / "empty").rmdir()
above = os.open(folder, os.O_RDONLY)
os.fsync(above)
open("/dev/null", "wb").write(b"elsewhere")
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("gcc")
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture
def shim(tmp_path: Path, library: Path) -> Iterator[Shim]:
    (tmp_path / "tracked").mkdir()
    with Shim(tmp_path / "shim", tmp_path / "tracked", library, recording=True) as shim:
        yield shim


def run(shim: Shim, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(shim.directory)],
        env={**os.environ, **shim.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def done(shim: Shim, code: str) -> list[str]:
    """The lines it printed; it must end well."""
    ended = run(shim, code)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def records(shim: Shim) -> list[Record]:
    return list(parse(shim.log()))


def disk(shim: Shim) -> Disk:
    root = str(shim.directory)
    disk = Disk(root, [Found(root, shim.directory.stat().st_ino)])
    for record in records(shim):
        disk.apply(record)
    return disk


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_log_explains_every_octet_of_the_directory(shim: Shim) -> None:
    done(shim, ALL)
    now = disk(shim).now()
    assert now.files == content(shim.directory)
    assert now.files["sub/zwei"] == b"first and last"
    assert now.folders == {"sub"}


def test_records_are_numbered_in_order_and_name_what_was_done(shim: Shim) -> None:
    done(shim, ALL)
    there = records(shim)
    assert [one.sequence for one in there] == list(range(1, len(there) + 1))
    assert shim.sequence == len(there)
    kinds = Counter(one.kind for one in there)
    assert kinds[Kind.SYNC_BEGUN] == kinds[Kind.SYNC_ENDED] == 3
    assert kinds[Kind.MKDIR] == 2
    assert (kinds[Kind.RENAME], kinds[Kind.LINK]) == (2, 1)
    assert (kinds[Kind.RMDIR], kinds[Kind.UNLINK]) == (1, 1)
    assert kinds[Kind.UNKNOWN] == 0


def test_what_is_not_recorded_octet_by_octet_is_said(shim: Shim) -> None:
    done(
        shim,
        "import mmap, os, sys\n"
        "file = os.open(sys.argv[1] + '/mapped', os.O_RDWR | os.O_CREAT)\n"
        "os.ftruncate(file, 4096)\n"
        "mmap.mmap(file, 4096)[0:1] = b'x'\n"
        "os.posix_fallocate(file, 0, 8192)\n",
    )
    assert [one.other for one in records(shim) if one.kind is Kind.UNKNOWN] == [
        "mmap",
        "fallocate",
    ]


def test_sqlite_in_the_journals_mode_leaves_nothing_unexplained(shim: Shim) -> None:
    """Its index beside the log is mapped; it is no part of what is durable."""
    done(
        shim,
        "import sys\n"
        "from pathlib import Path\n"
        "from threading import Event\n"
        "from text911.gateway.journal.contract import Record\n"
        "from text911.gateway.journal.sqlite import SqliteJournal\n"
        "journal = SqliteJournal(Path(sys.argv[1]) / 'j' / 'x.journal', lambda call: call())\n"
        "for number in range(50):\n"
        "    told = Event()\n"
        "    record = Record('d', number, 1.0, 1, b'', bytes(3000))\n"
        "    journal.append([record], lambda broken: told.set())\n"
        "    assert told.wait(10)\n"
        "journal.close()\n",
    )
    assert disk(shim).now().files == content(shim.directory)
    synced = [one.path for one in records(shim) if one.kind is Kind.SYNC_ENDED]
    assert sum(path.endswith("x.journal-wal") for path in synced) >= 50


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_strace_sees_no_call_that_the_log_does_not_have(shim: Shim, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2"
    subprocess.run(
        [
            "strace", "-f", "-y", "-o", trace, "-e", f"trace={calls}",
            *(f"-E{name}={value}" for name, value in shim.environment.items()),
            sys.executable, "-c", ALL, str(shim.directory),
        ],
        check=True,
    )  # fmt: skip
    seen = [line for line in trace.read_text().splitlines() if str(shim.directory) in line]
    told = [one for one in records(shim) if one.kind in TRACED]
    assert len(seen) == len(told) > 10


TRACED = {Kind.WRITE, Kind.SYNC_ENDED, Kind.RENAME}


def test_the_log_survives_a_kill_and_the_next_process_goes_on_with_it(shim: Shim) -> None:
    forever = (
        "import os, sys\n"
        "file = os.open(sys.argv[1] + '/x', os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "while True:\n"
        "    os.write(file, b'0123456789' * 1000)\n"
    )
    for life in (1, 2):
        with subprocess.Popen(
            [sys.executable, "-c", forever, str(shim.directory)],
            env={**os.environ, **shim.environment},
        ) as process:
            while shim.sequence < 300 * life:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
    there = records(shim)
    assert [one.sequence for one in there] == list(range(1, len(there) + 1))
    assert len({one.who[0] for one in there}) == 2


WRITES = (
    "import os, sys\n"
    "file = os.open(sys.argv[1] + '/x-wal', os.O_RDWR | os.O_CREAT)\n"
    "for _ in range(4):\n"
    "    try:\n"
    "        print(os.pwrite(file, b'0123456789', 0))\n"
    "    except OSError as error:\n"
    "        print(error.errno)\n"
    "try:\n"
    "    os.fsync(file)\n"
    "    print('synced')\n"
    "except OSError as error:\n"
    "    print(error.errno)\n"
)


def test_a_write_fails_as_often_as_it_was_told_and_where(shim: Shim) -> None:
    other = shim.arm(Fault(Call.WRITE, error=errno.EIO, suffix=".journal"))
    slot = shim.arm(Fault(Call.WRITE, error=errno.ENOSPC, skip=1, count=2, suffix="-wal"))
    assert done(shim, WRITES) == ["10", "28", "28", "10", "synced"]
    assert (shim.hits(slot), shim.hits(other)) == (2, 0)


def test_a_write_may_be_short(shim: Shim) -> None:
    shim.arm(Fault(Call.WRITE, octets=3, count=1))
    assert done(shim, WRITES) == ["3", "10", "10", "10", "synced"]
    assert next(one.data for one in records(shim) if one.kind is Kind.WRITE) == b"012"


def test_a_sync_that_fails_is_in_the_log_as_failed(shim: Shim) -> None:
    slot = shim.arm(Fault(Call.SYNC, error=errno.EIO))
    assert done(shim, WRITES)[-1] == "5"
    assert [one.error for one in records(shim) if one.kind is Kind.SYNC_ENDED] == [errno.EIO]
    shim.disarm(slot)
    assert done(shim, WRITES)[-1] == "synced"


def test_a_fault_ends_with_its_time(shim: Shim) -> None:
    slot = shim.arm(Fault(Call.SYNC, error=errno.EIO, seconds=0.0))
    assert done(shim, WRITES)[-1] == "synced"
    assert shim.hits(slot) == 0


def test_a_sync_is_slow_and_writes_of_other_threads_go_on_meanwhile(shim: Shim) -> None:
    slot = shim.arm(Fault(Call.SYNC, delay_ms=150, count=1))
    took, between = done(
        shim,
        "import os, sys, threading, time\n"
        "one = os.open(sys.argv[1] + '/one', os.O_RDWR | os.O_CREAT)\n"
        "two = os.open(sys.argv[1] + '/two', os.O_RDWR | os.O_CREAT)\n"
        "began = time.monotonic()\n"
        "syncing = threading.Thread(target=os.fsync, args=(one,))\n"
        "syncing.start()\n"
        "writes = 0\n"
        "while syncing.is_alive():\n"
        "    os.write(two, b'x')\n"
        "    writes += 1\n"
        "print(time.monotonic() - began)\n"
        "print(writes)\n",
    )
    assert shim.hits(slot) == 1
    assert float(took) >= 0.15
    assert int(between) > 1
    begun, ended = (
        next(one.sequence for one in records(shim) if one.kind is kind)
        for kind in (Kind.SYNC_BEGUN, Kind.SYNC_ENDED)
    )
    assert ended > begun + 1


def test_only_so_many_faults_at_a_time(shim: Shim) -> None:
    for _ in range(8):
        shim.arm(Fault(Call.WRITE))
    with pytest.raises(ValueError, match="disarm one"):
        shim.arm(Fault(Call.WRITE))


def test_nothing_is_recorded_until_it_is_wanted(shim: Shim) -> None:
    shim.record(False)
    done(shim, WRITES)
    assert records(shim) == []
    shim.record(True)
    done(shim, WRITES)
    assert records(shim)
