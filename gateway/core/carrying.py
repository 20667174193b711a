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
        """Those that wait leave, in order, and what comes meanwhile behind them."""
        self._holds = True
        behind = self._behind
        try:
            while behind:
                dialogue, first, commands = behind.popleft()
                if dialogue in self._affected:  # a later entry was refused before this was told
                    self.uncarried.setdefault(dialogue, first)
                    continue
                for command in commands:
                    self._carry(dialogue, command)
        finally:
            self._holds = False

    def durable(self, dialogue: DialogueId, first: int, commands: list[Command]) -> None:
        """What is asked for by entries that are on the disk, the first of them `first`."""
        self._behind.append((dialogue, first, commands))
        if not self._holds:
            self.let_go()
