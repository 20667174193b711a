"""Blocking at the console: who may, what they are told, and who sees the list."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import ID, PSAP, Browser, Room, heard, item, leg, offer

BLOCK = frames.Block(ID, "k1", 30, "the same words 400 times")
ONE = port.Block("d1", "(203) 555-0142", "boss", 1000.0, 2800.0, "jest")


def room_with() -> tuple[Room, Browser, Browser]:
    room = Room()
    operator, boss = room.enter("op1"), room.enter("boss")
    room.offer(offer(item(0)))
    return room, operator, boss


def lists(browser: Browser) -> list[tuple[port.Block, ...]]:
    return [one.blocks for one in heard(browser, frames.Blocks)]


def not_possible(browser: Browser) -> list[str]:
    return [one.reason for one in heard(browser, frames.NotPossible)]


def test_a_supervisor_blocks_a_ringing_caller_and_the_gateway_decides() -> None:
    room, operator, boss = room_with()
    room.say(boss, BLOCK)
    wish = port.Blocked(leg(), "k1", "boss", 1800.0, "the same words 400 times")
    assert room.told(port.Blocked) == [wish]
    assert operator.closed == {}
    room.close("boss blocked this caller for 30 min: the same words 400 times")
    assert ID in operator.closed
    assert ID in boss.closed


def test_a_telecommunicator_may_not_and_is_told_so() -> None:
    room, operator, _ = room_with()
    room.say(operator, BLOCK)
    assert room.told(port.Blocked) == []
    refused = heard(operator, frames.NotTakenHere)
    assert [(one.key, one.reason) for one in refused] == [
        ("k1", "Only a supervisor may block a caller.")
    ]


def test_when_it_could_not_be_recorded_the_supervisor_hears_it_under_the_key() -> None:
    room, operator, boss = room_with()
    room.say(boss, BLOCK)
    room.update(port.NotTaken("k1", "disk full"))
    assert [one.reason for one in boss.heard if isinstance(one, frames.NotTakenHere)] == [
        "disk full"
    ]
    assert not heard(operator, frames.NotTakenHere)


def test_asked_again_after_the_end_it_is_answered_by_the_end() -> None:
    room, _, boss = room_with()
    room.say(boss, BLOCK)
    room.close("blocked")
    room.say(boss, BLOCK)
    assert len(room.told(port.Blocked)) == 1
    assert heard(boss, frames.Closed)[1:]


def test_the_list_is_for_supervisors_at_hello_and_whenever_it_changes() -> None:
    room, operator, boss = room_with()
    assert lists(boss) == [()]
    room.carry(room.hub.blocks((ONE,), ""))
    assert lists(boss) == [(), (ONE,)]
    assert lists(room.enter("boss", name="boss-2")) == [(ONE,)]
    assert lists(operator) == []


def test_a_block_is_lifted_by_a_supervisor_only_and_only_while_it_is_there() -> None:
    room, operator, boss = room_with()
    room.carry(room.hub.blocks((ONE,), ""))
    room.say(operator, frames.Unblock("d1"))
    assert not_possible(operator) == ["Only a supervisor may lift a block."]
    room.say(boss, frames.Unblock("d2"))
    assert not_possible(boss) == ["This caller is not blocked any more."]
    assert room.told(port.Unblocked) == []
    room.say(boss, frames.Unblock("d1"))
    assert room.told(port.Unblocked) == [port.Unblocked(PSAP, "d1", "boss")]


def test_why_it_could_not_be_lifted_is_said_beside_the_list() -> None:
    trouble = "The block stands."
    room, operator, boss = room_with()
    room.carry(room.hub.blocks((ONE,), trouble))
    assert lists(boss)[-1] == (ONE,)
    assert not_possible(boss) == [trouble]
    assert not_possible(operator) == []
