"""What a page holds back while it opens what was folded: its person reads every line, in its order.

A console leaves out lines of a noisy caller and says between which (docs/console-protocol.md, 10).
A page asks for what is below the first line behind the fold, then below the first it got, until it
has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...psap_adapters.console.frames import Burst, LegState, Line

Gap = tuple[int, int]  # lines above the first sequence and below the second were left out


class Unfolding:
    """Of one leg, on one link."""

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._gaps: list[Gap] = []

    def come(self, lines: Sequence[Line], gaps: Iterable[Gap]) -> bool:
        """What the console sent. Whether the first of `gaps` is to be asked for now."""
        self._lines.update((one.sequence, one) for one in lines)
        was_whole = not self._gaps
        self._gaps += gaps
        return was_whole and bool(self._gaps)

    @property
    def below(self) -> int | None:
        """Lines below this are missing; None when all is there."""
        return self._gaps[0][1] if self._gaps else None

    def fetched(self, before: int, lines: Sequence[Line]) -> None:
        """An answer; one that was asked for over an earlier link means nothing."""
        if before != self.below:
            return
        after = self._gaps[0][0]
        missing = [one for one in lines if one.sequence > after]
        self._lines.update((one.sequence, one) for one in missing)
        if missing and len(missing) == len(lines):
            self._gaps[0] = after, lines[0].sequence  # there may be more of them
        else:
            del self._gaps[0]

    def take(self) -> tuple[Line, ...]:
        """All that was held back, in order; nothing as long as something is missing."""
        if self._gaps:
            return ()
        lines = tuple(self._lines[sequence] for sequence in sorted(self._lines))
        self._lines.clear()
        return lines


def gaps_of(frame: LegState | Burst) -> list[Gap]:
    """Where the frame leaves lines out."""
    if isinstance(frame, LegState):
        return [(fold.after, fold.last + 1) for fold in frame.folds]
    return [(frame.after, frame.lines[0].sequence)] if frame.folded else []
