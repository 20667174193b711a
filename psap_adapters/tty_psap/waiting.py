"""What waits to be typed to one PSAP: the lines of the transcript in order, each until it has left.

Nothing is dropped. Under a flood a caller's same words that wait already are typed once, with how
often; every line counts as shown when its words have left the wire, and none before those above it.
Pure; knows neither turns nor seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from ...tty.spelling import spell
from ..port import Item, Typed
from . import words

GROUPED_FROM = 3  # lines that wait; fewer are typed one by one, also the same words twice
LINES_MAX = 1_000  # that wait for one TTY; it would type for an hour or more


@dataclass(slots=True, eq=False)
class Line:
    """`begun`: what of `said` was given out, of a line that still grows. `times`: how often these
    words were sent; `sequences`: all of those lines."""

    sequences: list[int]
    text: str  # as it is typed
    said: str  # as it was written; of a caller alone it may be grouped or grow
    is_open: bool = False
    begun: str = ""
    times: int = 1


class Waiting:
    """`shown_up_to`: what was shown before, as `port.Offer` has it."""

    def __init__(self, channel: str, shown_up_to: int = -1) -> None:
        self._channel = channel
        self._lines: deque[Line] = deque()
        self._out: Line | None = None  # on the wire, or as much of it as there is
        self._pending: set[int] = set()  # sequences that have not left
        self._seen: list[int] = []  # all sequences from the first pending on, in order
        self._shown = shown_up_to

    def __len__(self) -> int:
        """Lines that wait, with the one that is on the wire."""
        return len(self._lines) + (self._out is not None)

    def rests(self, is_still: bool) -> bool:
        """Whether all there is has been given out; `is_still` as in `next`."""
        out = self._out
        return not self._lines and (
            out is None or (is_still and out.is_open and out.begun == out.said)
        )

    @property
    def behind(self) -> int:
        """Lines that were not given out yet."""
        return len(self._lines)

    def awaits_more(self, is_still: bool = False) -> bool:
        """Whether there is more to come behind what was given out last; of a line that grows there
        is none for now when its caller `is_still`."""
        growing = self._out is not None and self._out.is_open
        return bool(self._lines) or (growing and not is_still)

    @property
    def text(self) -> str:
        """All that waits, for reckoning how long it takes."""
        return "".join(line.text for line in self._lines)

    def add(self, item: Item) -> None:
        """One more line; one that is known already is not added again."""
        if item.sequence <= (self._seen[-1] if self._seen else self._shown):
            return
        self._seen.append(item.sequence)
        text = words.of(item, self._channel)
        if not text and not item.open:
            return  # nothing to type: it counts as shown with what stands before it
        self._pending.add(item.sequence)
        said = item.text if item.kind == "caller" else ""
        if said and not item.open and (alike := self._alike(said)) is not None:
            alike.times += 1
            alike.sequences.append(item.sequence)
            return
        self._lines.append(Line([item.sequence], text, said, item.open))

    def _alike(self, said: str) -> Line | None:
        if len(self._lines) < GROUPED_FROM:
            return None
        whole = (line for line in self._lines if line.said == said and not line.is_open)
        return next((line for line in whole if not line.begun), None)

    def grow(self, change: Typed) -> None:
        """The caller types on, or has come to the end of the line."""
        line = self._growing(change.sequence)
        if line is not None:
            line.said, line.is_open = change.text, change.open
            line.text = spell(change.text, ends_turns=self._channel == "tty").text

    def _growing(self, sequence: int) -> Line | None:
        lines = (*([self._out] if self._out else []), *self._lines)
        return next((one for one in lines if one.is_open and one.sequences[0] == sequence), None)

    def next(self, *, is_still: bool = False) -> str:
        """What is to be typed now, "" while nothing is. `left` is to be called when it has, and
        `settled` in any case: a line may turn out to be empty. `is_still`: the caller has typed
        nothing for a while, so that a word that has no end yet is typed as well."""
        while self._out is not None or self._lines:
            if self._out is None:
                self._out = self._lines.popleft()
            line = self._out
            grows = line.is_open or line.begun
            text = self._more(line, is_still) if grows else self._whole(line)
            if text or line.is_open:
                return text
            self._drop(line)
        return ""

    def _whole(self, line: Line) -> str:
        line.begun = line.said or line.text
        times = f" ({line.times} TIMES)" if line.times > 1 else ""
        return f"{words.NEW_LINE}{line.text}{times}" if line.text else ""

    def _drop(self, line: Line) -> None:
        self._pending.difference_update(line.sequences)
        self._out = None

    def _more(self, line: Line, is_still: bool) -> str:
        """The next whole words of a line that grows. What was typed and is not true any more is
        taken back as people do it, with XXX; a word that goes on after all is typed anew."""
        is_whole = is_still or not line.is_open
        end = len(line.said) if is_whole else line.said.rfind(" ") + 1
        said = line.said[:end]
        if said == line.begun or (line.is_open and line.begun.startswith(said)):
            return ""
        before, line.begun = line.begun, said
        if said.startswith(before):
            lead = "" if before else words.NEW_LINE
            goes_on = not said[len(before)].isspace()
            at = before.rfind(" ") + 1 if goes_on else len(before)
            more = spell(said[at:], ends_turns=self._channel == "tty").text
            return f"{lead}{more}" if more.strip() else ""
        same = 0
        while same < len(said) and same < len(before) and said[same] == before[same]:
            same += 1
        word = said.rfind(" ", 0, same) + 1
        lead = "" if before.endswith(" ") else " "
        return f"{lead}XXX {spell(said[word:]).text}"

    def left(self) -> None:
        """What was given out last has left the wire."""
        line = self._out
        if line is not None and not line.is_open and line.begun == (line.said or line.text):
            self._drop(line)

    def settled(self) -> int:
        """Up to which line all is shown now; -1 when that is no further than before."""
        first = min(self._pending, default=None)
        done = [one for one in self._seen if first is None or one < first]
        if not done or done[-1] <= self._shown:
            return -1
        self._shown = done[-1]
        self._seen = self._seen[len(done) - 1 :]
        return self._shown

    def clear(self) -> None:
        """The rest is not typed any more."""
        self._lines.clear()
        self._out = None
