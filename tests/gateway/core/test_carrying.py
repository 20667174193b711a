"""Commands leave in the order of the record, behind the answers of the same commit."""

from __future__ import annotations

import pytest

from text911.gateway.core.carrying import Carrying
from text911.gateway.core.commands import Command, Disarm
from text911.gateway.core.values import DialogueId

A, B = DialogueId("A"), DialogueId("B")
ONE, TWO, THREE = Disarm("one"), Disarm("two"), Disarm("three")


class Way:
    """Where commands go, and the dialogues of which a later entry was refused."""

    def __init__(self) -> None:
        self.gone: list[tuple[DialogueId, Command]] = []
        self.affected: set[DialogueId] = set()
        self.carrying = Carrying(self._carry, self.affected)

    def _carry(self, dialogue: DialogueId, command: Command) -> None:
        self.gone.append((dialogue, command))


def test_what_is_durable_leaves_at_once() -> None:
    way = Way()
    way.carrying.durable(A, 0, [ONE, TWO])
    assert way.gone == [(A, ONE), (A, TWO)]


def test_while_others_are_answered_it_waits_and_then_leaves_in_order() -> None:
    way = Way()
    way.carrying.hold()
    way.carrying.durable(A, 0, [ONE])
    way.carrying.durable(B, 4, [TWO])
    assert way.gone == []
    way.carrying.let_go()
    way.carrying.durable(A, 1, [THREE])
    assert way.gone == [(A, ONE), (B, TWO), (A, THREE)]


def test_what_becomes_durable_while_the_waiting_ones_leave_comes_behind_them() -> None:
    gone: list[tuple[DialogueId, Command]] = []

    def carry(dialogue: DialogueId, command: Command) -> None:
        gone.append((dialogue, command))
        if command is ONE:
            carrying.durable(A, 1, [THREE])

    carrying = Carrying(carry, ())
    carrying.hold()
    carrying.durable(A, 0, [ONE])
    carrying.durable(B, 0, [TWO])
    carrying.let_go()
    assert gone == [(A, ONE), (B, TWO), (A, THREE)]


@pytest.mark.parametrize("held", [False, True])
def test_a_dialogue_whose_later_entry_was_refused_carries_from_its_first_on_after_recovery(
    held: bool,
) -> None:
    way = Way()
    if held:
        way.carrying.hold()
    else:
        way.affected.add(A)
    way.carrying.durable(A, 3, [ONE])
    way.carrying.durable(B, 0, [TWO])
    way.carrying.durable(A, 5, [THREE])
    way.affected.add(A)  # refused in the same commit, behind them
    way.carrying.let_go()
    assert way.gone == [(B, TWO)]
    assert way.carrying.uncarried == {A: 3}
