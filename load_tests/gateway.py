"""The real gateway as a child process: `text911 serve DIR` on a directory made for the purpose.

PSAPs and routing are those of configs/demo; carriers and ports are written anew. Carriers place
their callers by an optional parameter, so that a text says itself where it is from.
"""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .carrier import LOCATION_TAG
from .precise import cpu_ns
from .processes import Program, free_ports

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 30.0  # s from the start to /readyz
HTTP_TIMEOUT = 5.0  # s
PERSON, PASSWORD = "position-1", "demo-only-911"  # of every PSAP in configs/demo

# A point inside a town of each of four PSAPs of configs/demo/routing.toml.
PLACES: Mapping[str, str] = {
    "hartford-region": "41.7627,-72.6743,300",
    "elm-harbor": "41.3083,-72.9279,300",
    "southwest-shore": "41.0534,-73.5387,300",
    "thames-quinebaug": "41.5243,-72.0759,300",
}


@dataclass(frozen=True, slots=True)
class Carrier:
    """`name` is its system_id. `location`: its [location] table; else the texts say it."""

    name: str
    password: str
    max_binds: int = 4
    window: int = 10
    location: Mapping[str, object] = field(
        default_factory=lambda: {"source": "tlv", "tlv_tag": LOCATION_TAG}
    )


@dataclass(frozen=True, slots=True)
class Ports:
    smpp: int
    console: int
    operations: int


def toml(tables: Mapping[str, object]) -> str:
    """What we write as TOML: scalars and lists first, then tables. JSON's notation of strings,
    numbers and lists is TOML's too."""
    scalars = {k: v for k, v in tables.items() if not isinstance(v, Mapping)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in scalars.items()]
    for key, table in tables.items():
        if isinstance(table, Mapping):
            inside: Mapping[str, object] = table  # pyright: ignore[reportUnknownVariableType]
            lines += ["", f"[{key}]", toml(inside).rstrip("\n")]
    return "\n".join(lines) + "\n"


def write_directory(
    folder: Path,
    carriers: Sequence[Carrier],
    ports: Ports,
    changes: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """A configuration directory at `folder`. `changes`: table of gateway.toml -> keys to add."""
    demo = ROOT / "configs" / "demo"
    shutil.copytree(demo / "psaps", folder / "psaps")
    shutil.copy(demo / "routing.toml", folder)
    main: dict[str, dict[str, object]] = {
        "gateway": {"name": "test", "demonstration": True},
        "smpp": {"host": "127.0.0.1", "port": ports.smpp},
        "console": {"host": "127.0.0.1", "port": ports.console, "secure_cookie": False},
        "operations": {"host": "127.0.0.1", "port": ports.operations},
    }
    for table, keys in (changes or {}).items():
        main.setdefault(table, {}).update(keys)
    (folder / "gateway.toml").write_text(toml(main))
    (folder / "carriers").mkdir()
    for carrier in carriers:
        account: dict[str, object] = {
            "system_id": carrier.name,
            "passwords": [f"plain:{carrier.password}"],
            "allowed_networks": ["127.0.0.0/8"],
            "max_binds": carrier.max_binds,
            "window": carrier.window,
        }
        tables = {
            "display": carrier.name.title(), "account": account, "location": carrier.location,
        }  # fmt: skip
        text = toml(tables)
        (folder / "carriers" / f"{carrier.name}.toml").write_text(text)


class Gateway:
    """One directory and the daemon that serves it. A context: the daemon always stops. `root`: the
    folder above the package; a test may serve an altered copy of it."""

    def __init__(
        self,
        folder: Path,
        carriers: Sequence[Carrier],
        changes: Mapping[str, Mapping[str, object]] | None = None,
        root: Path = ROOT,
    ) -> None:
        self.folder = folder.resolve()  # the daemon has a working directory of its own
        self._root = root
        self.ports = Ports(*free_ports(3))
        self.directory = self.folder / "config"
        self.directory.mkdir(parents=True)
        write_directory(self.directory, carriers, self.ports, changes)
        self.log = self.folder / "gateway.log"
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        if self._program is None:
            raise RuntimeError("the gateway has not been started")
        return self._program

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Ready for texts when this returns."""
        self.launch(environment)
        self.wait_ready()

    def launch(
        self, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
    ) -> None:
        """`options` of the command serve."""
        command = [sys.executable, "-m", "text911", "serve", *options, str(self.directory)]
        self._program = Program(command, self.log, environment, self._root)

    def wait_ready(self, within: float = READY_WITHIN) -> None:
        self.program.until("the gateway is ready", lambda: self.ready, within)

    @property
    def ready(self) -> bool:
        return self._get("/readyz")[0] == 200

    def _get(self, path: str) -> tuple[int, bytes]:
        """Status and body; status 0 while nobody listens, or when it died over its answer."""
        url = f"http://127.0.0.1:{self.ports.operations}{path}"
        try:
            with urllib.request.urlopen(url, timeout=HTTP_TIMEOUT) as answer:
                return int(answer.status), bytes(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except (OSError, http.client.HTTPException):
            return 0, b""

    def status(self) -> dict[str, Any]:
        """/status.json."""
        found: dict[str, Any] = json.loads(self._page("/status.json"))
        return found

    def metrics(self) -> str:
        """/metrics."""
        return self._page("/metrics").decode()

    def _page(self, path: str) -> bytes:
        """Asked again while it does not answer: a machine may have other work for some seconds.
        Raises TimeoutError, or RuntimeError when the gateway has ended."""

        def answered() -> bytes:
            code, body = self._get(path)
            return body if code == 200 else b""

        return self.program.until(f"{path} answers", answered, READY_WITHIN)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`text911 ARGUMENTS...` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "text911", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def cpu_ns(self) -> int:
        return cpu_ns(self.program.pid)

    def kill(self) -> None:
        """kill -9."""
        self.program.kill()

    def reload(self) -> None:
        self.program.signal(signal.SIGHUP)

    def stop(self) -> int:
        """SIGTERM. Returns the exit code."""
        return self.program.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._program is not None:
            self._program.stop()
