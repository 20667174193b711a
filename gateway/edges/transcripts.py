"""Transcripts: the fold of the core's `Show` and `ShowDelivery` commands, as the PSAPs read them.

The core keeps no words; the journal does. What is in memory here is a view that can be rebuilt at
any time by running the rules over the record again, and is rebuilt that way, dialogue by dialogue,
when somebody asks after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from ...psap_adapters.port import Delivery, Item
from ..core.commands import Command, Show, ShowDelivery, ShowSending, ShowTyped
from ..core.values import DialogueId

WAITING = Delivery.WAITING
Load = Callable[[DialogueId], Iterable[Command]]  # every command of the dialogue, from the record


class Transcripts:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._items: dict[DialogueId, dict[int, Item]] = {}

    def begin(self, dialogue: DialogueId) -> None:
        """A dialogue that was opened just now has no past to load."""
        self._items[dialogue] = {}

    def items(self, dialogue: DialogueId) -> tuple[Item, ...]:
        items = self._of(dialogue)
        return tuple(items[sequence] for sequence in sorted(items))

    def glance(self, dialogue: DialogueId) -> tuple[Item, ...]:
        """The same, and nothing is kept of a dialogue that may be forgotten already."""
        items = self._items.get(dialogue)
        if items is None:
            items = fold(self._load(dialogue))
        return tuple(items[sequence] for sequence in sorted(items))

    def show(self, dialogue: DialogueId, command: Show) -> Item:
        """The line as the PSAP reads it. A line that is there already is not added again."""
        items = self._items.get(dialogue)
        if items is None:
            items = self._of(dialogue)
        item = items.get(command.sequence)
        if item is None:
            item = items[command.sequence] = item_of(command)
        return item

    def deliver(self, dialogue: DialogueId, command: ShowDelivery) -> None:
        _deliver(self._of(dialogue), command)

    def type(self, dialogue: DialogueId, command: ShowTyped) -> None:
        _type(self._of(dialogue), command)

    def send(self, dialogue: DialogueId, command: ShowSending) -> None:
        _send(self._of(dialogue), command)

    def forget(self, dialogue: DialogueId) -> None:
        self._items.pop(dialogue, None)

    def __len__(self) -> int:
        return len(self._items)

    def _of(self, dialogue: DialogueId) -> dict[int, Item]:
        items = self._items.get(dialogue)
        if items is None:
            items = self._items[dialogue] = fold(self._load(dialogue))
        return items


def fold(commands: Iterable[Command]) -> dict[int, Item]:
    """Sequence -> line, from all the commands of one dialogue in order."""
    items: dict[int, Item] = {}
    for command in commands:
        match command:
            case Show():
                items[command.sequence] = item_of(command)
            case ShowDelivery():
                _deliver(items, command)
            case ShowTyped():
                _type(items, command)
            case ShowSending():
                _send(items, command)
            case _:
                pass  # commands that leave no trace in a transcript
    return items


def item_of(command: Show) -> Item:
    return Item(
        command.sequence,
        command.at,
        command.kind,
        command.text,
        command.by,
        command.key,
        command.notes,
        command.suspected_repeat,
        WAITING if command.reply >= 0 else None,
    )


def _deliver(items: dict[int, Item], command: ShowDelivery) -> None:
    item = items.get(command.sequence)
    if item is not None:
        notes = (command.note,) if command.note else ()
        delivery = Delivery(command.delivery)
        items[command.sequence] = replace(item, delivery=delivery, notes=notes)


def _type(items: dict[int, Item], command: ShowTyped) -> None:
    item = items.get(command.sequence)
    if item is not None:
        now = command
        items[now.sequence] = replace(item, text=now.text, unsure=now.unsure, open=now.open)


def _send(items: dict[int, Item], command: ShowSending) -> None:
    item = items.get(command.sequence)
    if item is not None:
        typed = command.typed or item.typed
        items[command.sequence] = replace(item, typed=typed, left=command.left)
