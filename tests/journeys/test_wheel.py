"""What a person gets who installs the wheel: a clean export, a wheel, an empty venv, the command.

Run alone: pytest tests/journeys/test_wheel.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from load_tests.processes import free_ports

ROOT = Path(__file__).resolve().parents[2]
COMMAND_WITHIN = 300.0  # s; installing may have to fetch every dependency
DEMO_FOR = "10s"
# Building and installing leave the processors to the calls that are played beside them.
AT_LEISURE = ("chrt", "--idle", "0") if shutil.which("chrt") else ("nice", "-n", "19")

# One of each kind of file that is no Python and must come along.
DATA = (
    "text911/py.typed",
    "text911/gateway/operations/page/index.html",
    "text911/gateway/operations/page/health.js",
    "text911/psap_adapters/console/pages/index.html",
    "text911/psap_adapters/console/pages/main.js",
    "text911/psap_adapters/console/pages/console.css",
    "text911/gateway/routing/towns.csv",
    "text911/configs/demo/gateway.toml",
    "text911/configs/demo/routing.toml",
    "text911/configs/demo/carriers/carrier-a.toml",
    "text911/configs/demo/psaps/csecc.toml",
    "text911/configs/schema/gateway.json",
)


def run(arguments: Sequence[str | Path], folder: Path) -> str:
    """Standard output; the whole output in the failure when it did not go well."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(
        [str(one) for one in arguments],
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_WITHIN,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work tree's own files and nothing else; links stay links."""
    target = tmp_path_factory.mktemp("export")
    listed = run(["git", "ls-files", "-z"], ROOT)
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if not source.is_symlink() and not source.exists():
            continue  # deleted and not yet committed
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy, follow_symlinks=False)
    return target


@pytest.fixture(scope="module")
def wheel(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(
        [*AT_LEISURE, sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, export],
        export,
    )
    (built,) = out.glob("text911-*.whl")
    return built


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty venv with the wheel and what it depends on. Its folder of programs."""
    folder = tmp_path_factory.mktemp("venv")
    run([*AT_LEISURE, sys.executable, "-m", "venv", "--without-pip", folder], folder)
    programs = folder / "bin"
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", programs / "python"]
    run([*AT_LEISURE, *pip, "install", "-q", "--no-compile", f"{wheel}[demo]"], folder)
    return programs


def test_everything_that_is_no_python_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert [name for name in DATA if name not in names] == []
    assert any(name.endswith(".wav") or "sound" in name for name in names), "the alarm's sound"
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"text911"}
    assert not any("/tests/" in name or "load_tests" in name for name in names)


def test_the_command_and_the_module_are_one_door(venv: Path, tmp_path: Path) -> None:
    said = run([venv / "text911", "--version"], tmp_path)
    assert said.startswith("text911 ")
    assert run([venv / "python", "-m", "text911", "--version"], tmp_path) == said
    assert "serve" in run([venv / "python", "-m", "text911", "--help"], tmp_path)


def test_no_room_is_importable_by_its_bare_name(venv: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('smpp', 'gateway', 'psap_adapters')"
    assert run([venv / "python", "-c", f"{code} if u.find_spec(n)])"], tmp_path) == "[]\n"
    run([venv / "python", "-c", "import pty, tty; tty.setraw"], tmp_path)


def test_the_packaged_demonstration_configuration_is_without_fault(
    venv: Path, tmp_path: Path
) -> None:
    where = "from importlib.resources import files; print(files('text911') / 'configs' / 'demo')"
    directory = run([venv / "python", "-c", where], tmp_path).strip()
    run([venv / "text911", "check", directory], tmp_path)


def test_the_demonstration_plays_and_keeps_every_promise(venv: Path, tmp_path: Path) -> None:
    base = free_ports(4)[0]
    said = run(
        [
            venv / "text911",
            *("demo", "--headless", "--check", "--for", DEMO_FOR, "--port-base", str(base)),
        ],
        tmp_path,
    )
    assert "Every promise held." in said


def test_an_sdist_holds_what_the_wheel_is_built_from(export: Path, tmp_path: Path) -> None:
    run(
        [*AT_LEISURE, sys.executable, "-m", "build", "-q", "--sdist", "--outdir", tmp_path, export],
        export,
    )
    (built,) = tmp_path.glob("text911-*.tar.gz")
    with tarfile.open(built) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    (source,) = (tmp_path / "out").iterdir()
    missing = [name for name in DATA if not (source / name).is_file()]
    assert missing == [], "as files, or as links that lead to them"
    assert (source / "text911" / "smpp" / "pdu.py").is_file()
    assert (source / "pyproject.toml").is_file()
    assert (source / "LICENSE").is_file()
