"""UTC that is set forwards and backwards for one process, while it runs (`clock.c`)."""

from __future__ import annotations

import mmap
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

SOURCE = Path(__file__).with_name("clock.c")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
NANO = 1_000_000_000


class WallClock:
    """A context. Start the process with `environment`; `folder` gets library and offset."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        library, offset = folder / "clock.so", folder / "offset"
        subprocess.run(
            ["gcc", "-std=c11", "-O2", *WARNINGS, "-shared", "-fPIC", "-o", library, SOURCE],
            check=True,
        )
        offset.write_bytes(bytes(8))
        with offset.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library.resolve()),
            "TEXT911_CLOCK": str(offset.resolve()),
        }

    def set(self, seconds: float) -> None:
        """UTC is now off by so much, forwards of what the machine says."""
        self._map[:8] = int(seconds * NANO).to_bytes(8, "little", signed=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._map.close()
