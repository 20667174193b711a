"""One planted bug as a value: which words of which file say something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEANT = ("gateway/", "smpp/", "psap_adapters/")  # the product: what a mutant may change
NEVER = "gateway/simulation/"  # a referee that is bribed says nothing about the players


@dataclass(frozen=True, slots=True)
class Mutant:
    """`wrong`: one sentence, what goes wrong for whom. `find` stands in `file` exactly once."""

    name: str
    wrong: str
    file: str
    find: str
    put: str

    def planted_in(self, source: str) -> str:
        """`source` with the bug. Raises ValueError when it cannot be planted there (any more)."""
        if not self.file.startswith(MEANT) or self.file.startswith(NEVER):
            raise ValueError(f"{self.name}: {self.file} is no part of the product")
        if (count := source.count(self.find)) != 1:
            raise ValueError(
                f"{self.name}: what it replaces stands {count} times in {self.file}, not once;"
                " say in its `find` how the source reads now"
            )
        if self.put == self.find:
            raise ValueError(f"{self.name}: it changes nothing")
        return source.replace(self.find, self.put)

    def plant(self, root: Path) -> None:
        """In the copy of the package at `root`."""
        path = root / self.file
        path.write_text(self.planted_in(path.read_text(encoding="utf-8")), encoding="utf-8")
