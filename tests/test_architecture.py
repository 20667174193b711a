"""The house holds: floors, purity, one name for every module. The data is in `floors.py`."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from .floors import (
    FLOORS,
    LINES_MAX,
    MAY_COMPILE,
    OUTSIDE,
    PURE_MAY_IMPORT,
    ROOT,
    pure_modules,
    python_files,
)

pytestmark = pytest.mark.no_cover  # nothing of the package runs here

ROOMS = tuple(FLOORS)
WORLDLY_CALLS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})
CLOCKS = frozenset({"now", "utcnow", "today"})  # of datetime and date


@functools.cache
def nodes(source: str) -> tuple[ast.Import | ast.ImportFrom | ast.Call, ...]:
    """What can bring something in, wherever in `source` it stands."""
    walked = ast.walk(ast.parse(source))
    return tuple(one for one in walked if isinstance(one, ast.Import | ast.ImportFrom | ast.Call))


def imports(module: PurePosixPath, source: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every import in `source`, also inside functions: ("outside", dotted name) as written at level
    0, or ("inside", path below the root) with relative ones resolved as seen from `module`."""
    for node in nodes(source):
        match node:
            case ast.Import(names=names):
                for name in names:
                    yield "outside", tuple(name.name.split("."))
            case ast.ImportFrom(level=0, module=str(name), names=names):
                for alias in names:
                    yield "outside", (*name.split("."), alias.name)
            case ast.ImportFrom(level=level, module=name, names=names):
                assert level < len(module.parts) + 1, f"{module}: import from above the root"
                folder = module.parts[: len(module.parts) - level]
                for alias in names:
                    yield "inside", (*folder, *(name.split(".") if name else ()), alias.name)
            case _:
                pass


def imports_unseen(source: str) -> bool:
    """Whether `source` imports by a name that is not written there, or one of ours by name."""
    for node in nodes(source):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called not in ("import_module", "__import__"):
            continue
        match node.args:
            case [ast.Constant(value=str(name))]:
                if name.partition(".")[0] in ("", "text911", *ROOMS, *OUTSIDE):
                    return True
            case _:
                return True
    return False


def module_of(target: tuple[str, ...]) -> PurePosixPath | None:
    """The file an inside import reaches: `from ..smpp import pdu` reaches smpp/pdu.py, `from
    ..smpp.pdu import X` too. None: no module of ours."""
    for parts in (target, target[:-1]):
        path = PurePosixPath(*parts).with_suffix(".py") if parts else PurePosixPath("__init__.py")
        if (ROOT / path).is_file():
            return path
    return None


def floor_faults(module: PurePosixPath, source: str) -> list[str]:
    """What `source`, standing at `module`, imports against the floors."""
    room = module.parts[0]
    faults: list[str] = []
    if room in ROOMS and imports_unseen(source):
        faults.append(f"{module}: imports at run time, where no test can see it")
    for side, target in imports(module, source):
        name = ".".join(target)
        if side == "outside" and target[0] in ROOMS:
            faults.append(f"{module}: bare '{name}' would be a second copy; say text911.{name}")
        elif room not in ROOMS:
            continue
        elif side == "outside" and target[0] == "text911":
            faults.append(f"{module}: '{name}'; inside the package rooms import relatively")
        elif target[0] in OUTSIDE:
            faults.append(f"{module}: a room may not import '{name}'")
        elif side == "inside" and target[0] != room and target[0] not in FLOORS[room]:
            faults.append(f"{module}: {room} may not import {target[0]} ('{name}')")
    return faults


def purity_faults(module: PurePosixPath, source: str, pure: frozenset[PurePosixPath]) -> list[str]:
    """What `source`, standing at the pure `module`, takes from the world."""
    faults: list[str] = []
    for side, target in imports(module, source):
        name = ".".join(target)
        if side == "outside" and target[0] not in PURE_MAY_IMPORT:
            faults.append(f"{module}: pure, but imports '{name}'")
        elif side == "inside" and module_of(target) not in pure:
            faults.append(f"{module}: pure, but imports '{name}', which is not")
    for node in nodes(source):
        match node:
            case ast.Call(func=ast.Name(id="exec")) if str(module) in MAY_COMPILE:
                pass
            case ast.Call(func=ast.Name(id=called)) if called in WORLDLY_CALLS:
                faults.append(f"{module}:{node.lineno}: pure, but calls {called}()")
            case ast.Call(func=ast.Attribute(attr=called, value=ast.Name(id="datetime" | "date"))):
                if called in CLOCKS:
                    faults.append(f"{module}:{node.lineno}: pure, but reads the clock")
            case _:
                pass
    return faults


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def everything() -> list[Path]:
    root_files = sorted(path.relative_to(ROOT) for path in ROOT.glob("*.py"))
    return root_files + [path for room in (*ROOMS, *OUTSIDE) for path in python_files(room)]


def test_no_room_imports_a_room_above_it() -> None:
    modules = everything()
    assert len(modules) > 10, "found hardly any module: is ROOT right?"
    assert [f for path in modules for f in floor_faults(PurePosixPath(path), read(path))] == []


def test_what_is_pure_touches_nothing_of_the_world() -> None:
    pure = frozenset(PurePosixPath(path) for path in pure_modules())
    assert PurePosixPath("gateway/core/facts.py") in pure
    assert PurePosixPath("psap_adapters/port.py") in pure
    assert [f for path in sorted(pure) for f in purity_faults(path, read(Path(path)), pure)] == []


def test_no_room_has_an_init_file() -> None:
    assert [
        path for room in ROOMS for path in python_files(room) if path.name == "__init__.py"
    ] == []


def test_the_folder_text911_holds_one_relative_link_per_room_and_nothing_else() -> None:
    rooms = {room for room in ROOMS if (ROOT / room).is_dir()}
    links = {link.name: link for link in (ROOT / "text911").iterdir() if link.name != "__pycache__"}
    assert set(links) >= rooms | {"__init__.py", "__main__.py", "py.typed"}
    for name, link in links.items():
        assert link.is_symlink(), f"text911/{name} must be a link"
        assert str(link.readlink()) == f"../{name}"
        assert link.resolve() == (ROOT / name).resolve()


def test_no_module_is_too_long() -> None:
    modules = [path for room in (*ROOMS, "load_tests") for path in python_files(room)]
    long = {
        str(path): lines for path in modules if (lines := len(read(path).splitlines())) > LINES_MAX
    }
    assert long == {}


# --- the rules themselves are tested, on sources that break them --------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("smpp/x.py", "import psap_adapters.port"),
        ("smpp/x.py", "from gateway import engine"),
        ("tests/x.py", "from smpp.pdu import SubmitSm"),
        ("load_tests/x.py", "import gateway"),
        ("__main__.py", "from gateway.cli.app import app"),
        ("smpp/x.py", "from ..gateway.core import facts"),
        ("smpp/x.py", "from .. import gateway"),
        ("smpp/x.py", "def late():\n    from ..psap_adapters.port import Leg"),
        ("psap_adapters/console/x.py", "from ...smpp.text import decode"),
        ("psap_adapters/console/x.py", "from ...gateway.core.facts import Fact"),
        ("gateway/x.py", "from text911.smpp.pdu import SubmitSm"),
        ("gateway/x.py", "from ..tests.journeys import daemon"),
        ("gateway/x.py", "import load_tests.run"),
        ("gateway/x.py", "import importlib\nimportlib.import_module('smpp')"),
        ("gateway/x.py", "import importlib\nimportlib.import_module('.smpp', __package__)"),
        ("gateway/x.py", "def f(name):\n    __import__(name)"),
    ],
)
def test_an_import_against_the_floors_is_found(module: str, source: str) -> None:
    assert len(floor_faults(PurePosixPath(module), source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gateway/core/x.py", "from ...smpp.text import decode"),
        ("gateway/core/x.py", "from .facts import Fact"),
        ("psap_adapters/console/x.py", "from ..port import Leg"),
        ("tests/x.py", "from text911.smpp.pdu import SubmitSm"),
        ("load_tests/x.py", "from .histogram import Histogram"),
        ("__main__.py", "from .gateway.cli.app import app"),
        ("gateway/x.py", "import importlib\nimportlib.import_module('uvloop')"),
    ],
)
def test_an_import_along_the_floors_is_let_through(module: str, source: str) -> None:
    assert floor_faults(PurePosixPath(module), source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from os import path",
        "import asyncio.events",
        "def f():\n    import random",
        "from ..edges.carriers import Carriers",
        "from datetime import datetime\nat = datetime.now()",
        "def f():\n    return open('x')",
    ],
)
def test_what_a_pure_module_may_not_do_is_found(source: str) -> None:
    pure = frozenset({PurePosixPath("gateway/core/facts.py")})
    assert len(purity_faults(PurePosixPath("gateway/core/x.py"), source, pure)) == 1


def test_a_pure_module_may_import_a_pure_one() -> None:
    pure = frozenset({PurePosixPath("gateway/core/facts.py")})
    source = "from .facts import Fact\nfrom ..core import facts\nimport math"
    assert purity_faults(PurePosixPath("gateway/core/x.py"), source, pure) == []
