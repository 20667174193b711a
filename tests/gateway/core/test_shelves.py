"""Shelves are a dictionary, and a view of them is a copy of it that nobody had to make."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from text911.gateway.core.encoding import Held
from text911.gateway.core.shelves import SHELVES, Shelves, View
from text911.gateway.core.state import Dialogue, Line, Routing
from text911.gateway.core.values import DialogueId

from .stage import KEY, T0

NAMES = st.integers(0, 9).map(lambda number: DialogueId(f"d-{number}"))
STATE = Dialogue(Line(KEY, "hash", T0, T0, 0), Routing())


class Shelved(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.shelves = Shelves()
        self.model: dict[DialogueId, Held] = {}
        self.views: list[tuple[View, dict[DialogueId, Held]]] = []

    @rule(name=NAMES, number=st.integers(0, 3))
    def put(self, name: DialogueId, number: int) -> None:
        held = self.model[name] = Held(name, number, STATE)
        self.shelves.put(held)

    @rule(name=NAMES)
    def take_away(self, name: DialogueId) -> None:
        assert self.shelves.take_away(name) is self.model.pop(name, None)

    @rule()
    def look(self) -> None:
        self.views.append((self.shelves.view(), dict(self.model)))

    @invariant()
    def they_are_as_the_dictionary_is(self) -> None:
        assert len(self.shelves) == len(self.model)
        for number in range(10):
            name = DialogueId(f"d-{number}")
            assert self.shelves.get(name) is self.model.get(name)
            assert (name in self.shelves) == (name in self.model)

    @invariant()
    def no_view_has_changed(self) -> None:
        for view, model in self.views:
            assert len(view) == len(model)
            assert {held.dialogue: held for held in view} == model


Shelved.TestCase.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
test_shelves = pytest.mark.no_cover(Shelved.TestCase)  # every line has its own test


def test_names_are_spread_over_all_shelves() -> None:
    shelves = Shelves()
    for number in range(4 * SHELVES):
        shelves.put(Held(DialogueId(f"d-{number}"), 0, STATE))
    sizes = [len(shelf) for shelf in shelves._shelves]  # pyright: ignore[reportPrivateUsage]
    assert max(sizes) < 20
