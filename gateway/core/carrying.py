"""The way of commands out of the engine: in the order in which their entries became durable.

Several entries become durable with one commit. Those who wait for an answer hear all of it first;
what follows from it (lines onto pages, replies, timers) leaves behind the last answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container

from .commands import Command
from .outside import Carry
from .values import DialogueId


class Carrying:
    """`affected`: dialogues of which a later entry was refused, so that their commands wait until
    the journal can be read; somebody else changes it. `uncarried`: from which entry on they do."""

    def __init__(self, carry: Carry, affected: Container[DialogueId]) -> None:
        self.uncarried: dict[DialogueId, int] = {}
        self._carry = carry
        self._affected = affected
        self._behind: deque[tuple[DialogueId, int, list[Command]]] = deque()
        self._holds = False

    def hold(self) -> None:
        """From now on commands wait."""
        self._holds = True

    def let_go(self) -> None:
        """Those that wait leave, and what comes from now on leaves at once."""
        self._holds = False
        while self._behind:
            self._out(*self._behind.popleft())

    def durable(self, dialogue: DialogueId, first: int, commands: list[Command]) -> None:
        """What is asked for by entries that are on the disk, the first of them `first`."""
        if self._holds or self._behind:
            self._behind.append((dialogue, first, commands))
        else:
            self._out(dialogue, first, commands)

    def _out(self, dialogue: DialogueId, first: int, commands: list[Command]) -> None:
        if dialogue in self._affected:  # a later entry was refused before this was told
            self.uncarried.setdefault(dialogue, first)
            return
        for command in commands:
            self._carry(dialogue, command)
