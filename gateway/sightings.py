"""What was seen of each carrier (`onboarding.dialect`), kept over a restart in a small file beside
the journal, saved once a minute and at the end.

Counts, no words and no numbers. They are observations and no promises: what came in the last minute
before a crash may be missing, and a file that is of no use is passed over and said so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct

from ..psap_adapters.whole_file import replace_whole
from .onboarding.dialect import Figures

NAME = "carriers-seen.json"
VERSION = 1
EVERY = 60.0  # seconds between two saves


class _File(Struct, frozen=True):
    version: int
    carriers: dict[str, Figures]


class Sightings:
    """`seen` gives what is known now. `background` runs a call in another thread, `trouble` is told
    a sentence, perhaps in that thread."""

    def __init__(
        self,
        path: Path,
        seen: Callable[[], Mapping[str, Figures]],
        clock: Any,
        background: Callable[[Callable[[], None]], object],
        trouble: Callable[[str], None],
    ) -> None:
        self._path = path
        self._seen = seen
        self._clock = clock
        self._background = background
        self._trouble = trouble
        self._told = ""
        self._saved: dict[str, Figures] = {}
        self._call: Any = None
        self._lock = Lock()  # one save at a time: a slow one may still be at work at the end

    def load(self) -> dict[str, Figures]:
        """Empty when there is no file yet, and when it is of no use."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_File)
            if found.version != VERSION:
                raise ValueError(f"it is of version {found.version}")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as cause:  # msgspec's faults are ValueErrors
            self._tell(f"cannot be used ({cause}): how carriers write is counted anew")
            return {}
        self._saved = found.carriers
        return dict(found.carriers)

    def start(self) -> None:
        self._call = self._clock.callLater(EVERY, self._go_on)

    def stop(self) -> None:
        """Save what is known now."""
        if self._call is not None:
            self._call.cancel()
            self._call = None
        self._save(dict(self._seen()))

    def _go_on(self) -> None:
        self.start()
        if not self._lock.locked():
            seen = dict(self._seen())
            self._background(lambda: self._save(seen))

    def _save(self, seen: dict[str, Figures]) -> None:
        with self._lock:
            if seen == self._saved:
                return
            try:
                replace_whole(self._path, msgspec.json.encode(_File(VERSION, seen)))
            except OSError as cause:
                self._tell(f"cannot be written ({cause}): a restart forgets how carriers write")
                return
            self._saved, self._told = seen, ""

    def _tell(self, words: str) -> None:
        """Once for each trouble, however often it is met."""
        if words != self._told:
            self._told = words
            self._trouble(f"{self._path} {words}.")
