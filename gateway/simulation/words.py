"""Whose words stand on a page: a leg has only those of its own caller, and none before the record.

Of lines that grow, and of what the call before said, every reading is held against the shadow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ...psap_adapters.console.frames import Line
from .shadow import Shadow, Told
from .stage import Stage

CALLER = re.compile(r"\b(?:caller\d+|TYPIST[A-Z])\b")  # every text names its writer


class Words:
    """`names`: (carrier group, number) -> the name that the caller's texts bear. `name_of`: the
    name that the caller of a telephone number types."""

    def __init__(
        self,
        stage: Stage,
        shadow: Shadow,
        names: dict[tuple[str, str], str],
        name_of: Callable[[str], str],
    ) -> None:
        self._stage = stage
        self._shadow = shadow
        self._names = names
        self._name_of = name_of

    def only_own(self, leg: str, told: Told, text: str) -> None:
        state = told.state
        assert state is not None
        key = state.line.key
        if state.call is None:
            own = self._names[key.group, key.number.removeprefix("+")]
        else:
            own = self._name_of(state.call.ani)
        if foreign := set(CALLER.findall(text)) - {own}:
            words = f"{leg} of {own} shows {sorted(foreign)}"
            raise self._stage.broken(f"a leg has only its own caller's texts: {words}")

    def typed(self, psap: str, leg: str, sequence: int, text: str) -> None:
        """A line that is on the page reads so from now on."""
        self._shadow.catch_up()
        told = self._shadow.dialogues.get(leg.rpartition("/")[0])
        if told is None or not told.ever_read(sequence, text):
            words = f"line {sequence} of {leg} at {psap} reads {text!r}"
            raise self._stage.broken(f"no letter is shown before its record is durable: {words}")
        if told.lines[sequence].kind == "caller":
            self.only_own(leg, told, text)

    def earlier(self, leg: str, lines: Sequence[Line]) -> None:
        """What the call before said, from the same number."""
        told = self._shadow.dialogues.get(leg.rpartition("/")[0])
        state = None if told is None else told.state
        before = None if state is None else state.line.previous
        for line in lines:
            other = None if before is None else self._shadow.dialogues.get(before.dialogue)
            if told is None or other is None or not other.ever_read(line.sequence, line.text):
                words = f"line {line.sequence} above {leg}"
                raise self._stage.broken(f"of the call before only what is recorded: {words}")
            if line.kind == "caller":
                self.only_own(leg, told, line.text)
