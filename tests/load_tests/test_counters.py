"""What a message costs, without a clock: what makes it dearer is seen before it is timed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from load_tests.carrier import RESPONSE, SUBMIT_SM, submit_pdu
from load_tests.counters import World, count
from load_tests.rounds import BINDS
from load_tests.stand_ins import Counted
from load_tests.workload import prelude
from text911.gateway.core.commands import Command, Disarm
from text911.gateway.core.values import DialogueId
from text911.gateway.edges.dispatch import Dispatch

MESSAGES, BATCH, CALLERS = 240, 20, 120
LINKS = 8  # four binds and four consoles


@pytest.fixture(scope="module")
def counted() -> Counted:
    return count(MESSAGES, BATCH, counting=True, callers=CALLERS)


def test_a_message_takes_no_more_calls_than_it_did(counted: Counted) -> None:
    """A fifth above what was counted when this was written. Whoever needs more says why, here."""
    per_message = counted.per_message()
    assert per_message["Python calls"] <= 350
    assert per_message["native calls"] <= 280


def test_a_message_is_a_text_its_acknowledgement_and_a_quarter_of_a_reply(counted: Counted) -> None:
    """Text, shown; and for every fourth: reply, taken by the carrier."""
    per_message = counted.per_message()
    assert per_message["replies"] == pytest.approx(0.25, rel=0.1)
    assert per_message["records"] <= 2.55
    assert per_message["appends"] <= per_message["records"]


def test_each_link_is_written_to_at_most_once_a_turn(counted: Counted) -> None:
    """However many answers, lines and replies become due in it."""
    assert counted.carrier_writes + counted.console_writes <= LINKS * counted.turns
    assert counted.turns < counted.messages


class Onlooker:
    """In the place of the dispatch: how many answers had been written when each command left."""

    def __init__(self, dispatch: Dispatch, counted: Counted) -> None:
        self._dispatch = dispatch
        self._counted = counted
        self.writes: list[int] = []

    def carry(self, dialogue: DialogueId, command: Command) -> None:
        self.writes.append(self._counted.carrier_writes)
        self._dispatch.carry(dialogue, command)


def test_the_answers_of_a_commit_leave_before_anything_that_follows_from_it(tmp_path: Path) -> None:
    """One write for each bind, and then what the texts have set off."""
    counted = Counted()

    async def play() -> list[int]:
        world = World(tmp_path, counted)
        gateway = world.gateway
        onlooker = Onlooker(gateway.dispatch, counted)
        vars(gateway)["dispatch"] = onlooker
        for sequence, (bind, text) in enumerate(zip(world.binds, prelude(BINDS), strict=False), 2):
            bind.dataReceived(submit_pdu(text, 1, sequence))
        counted.carrier_writes = 0

        def told() -> None:
            for sequence, bind in enumerate(world.binds, 2):
                gateway.engine.carrying.durable(DialogueId("d"), 0, [Disarm("quiet")])
                assert bind.link.respond(sequence, SUBMIT_SM | RESPONSE, 0, "id")

        gateway.durable(told)
        await world.stop()
        return onlooker.writes

    assert asyncio.run(play()) == [BINDS] * BINDS
