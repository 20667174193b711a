"""A line's side of calls: what the gateway asks of it, and a call that rings or is answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from text911.gateway.core.values import Character, DialogueId
from text911.gateway.wording import typed

from ..world import World

ANI = "+18605550142"


@dataclass
class Handset:
    """A line's side of one call: what it was asked, in order."""

    asked: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def accept(self) -> None:
        self.asked.append(("accept",))

    def write(self, key: str, text: str, interrupt: bool) -> None:
        self.asked.append(("write", key, text, interrupt))

    def interrupt(self) -> None:
        self.asked.append(("interrupt",))

    def answered(self, psap: str) -> None:
        self.asked.append(("answered", psap))

    def voice(self, number: int, psap: str, mode: str) -> None:
        self.asked.append(("voice", number, psap, mode))

    def end(self, reason: str) -> None:
        self.asked.append(("end", reason))


def letters(text: str) -> tuple[Character, ...]:
    return tuple(Character(one) for one in text)


def spelled(text: str) -> str:
    return typed(text, "tty").spelled


def ring(world: World, ani: str = ANI, pidf: bytes | None = None) -> tuple[Handset, DialogueId]:
    leg = Handset()
    dialogue = world.calls.begin("north", ani, "tty", pidf, leg)
    assert dialogue is not None
    return leg, dialogue


def answered(world: World) -> tuple[Handset, DialogueId]:
    leg, dialogue = ring(world)
    world.settle()
    world.hartford.answer()
    world.settle()
    return leg, dialogue
