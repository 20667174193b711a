"""An account's rate at the edge: reading stops, then texts are refused, new callers never; callers'
texts go ahead of everything else that waits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.gateway.edges.test_ingress import Busy, open_dialogue, statuses, written
from tests.gateway.edges.world import CALLER, CARRIER, Peer, World
from text911.smpp.status import Status

OTHER = "18605550143"
ACKNOWLEDGEMENT = 0x08  # esm_class of what a handset says (SMPP v3.4, 5.2.12)


def limited(world: World, **account: Any) -> None:
    settings = CARRIER.account.model_copy(update=account)
    world.carriers.replace([replace(CARRIER, account=settings)])


def is_read(peer: Peer) -> bool:
    return bool(peer.transport.producerState == "producing")


def test_beyond_the_rate_reading_stops_and_then_texts_are_refused() -> None:
    world = World()
    peer = world.bind()
    open_dialogue(world, peer)
    limited(world, rate=1.0, burst=2)
    for _ in range(2):
        peer.text(b"within")
    assert is_read(peer)
    peer.text(b"beyond")
    assert not is_read(peer)
    for _ in range(3):
        peer.text(b"read with it")
    world.settle()
    assert sorted(statuses(peer)) == [0] * 4 + [Status.RTHROTTLED] * 2
    assert world.carriers.throttled() == 2
    world.wait(2.1)
    assert is_read(peer)


def test_the_first_text_of_a_new_caller_is_taken_beyond_any_rate() -> None:
    world = World()
    peer = world.bind()
    open_dialogue(world, peer)
    limited(world, rate=0.01, burst=1)
    for _ in range(3):
        peer.text(b"again")
    peer.text(b"help", source_addr=OTHER)
    world.settle()
    assert sorted(statuses(peer)) == [0, 0, 0, Status.RTHROTTLED]
    assert "help" in written(world)


def test_a_rate_is_that_of_an_account_over_all_its_binds() -> None:
    world = World()
    one, two = world.bind(), world.bind()
    open_dialogue(world, one)
    two.read()
    limited(world, rate=0.01, burst=1)
    for peer in (one, two, one, two):
        peer.text(b"again")
    world.settle()
    assert sorted(statuses(one) + statuses(two)) == [0, 0, Status.RTHROTTLED, Status.RTHROTTLED]


def acknowledge(peer: Peer) -> None:
    peer.text(b"", esm_class=ACKNOWLEDGEMENT, source_addr=CALLER)


def test_what_is_no_text_leaves_half_of_the_burst_to_texts() -> None:
    world = World()
    peer = world.bind()
    open_dialogue(world, peer)
    limited(world, rate=0.01, burst=4)
    for _ in range(3):
        acknowledge(peer)
    peer.text(b"words")
    world.settle()
    assert sorted(statuses(peer)) == [0, 0, 0, Status.RTHROTTLED]
    assert "words" in written(world)


def test_what_waits_and_is_no_text_waits_behind_all_texts_but_not_for_ever() -> None:
    world = Busy()
    peer = world.bind()
    for n in range(40):
        peer.text(b"help", source_addr=f"1860556{n:04}")
    done: list[int] = []
    link = world.carriers.binds[0].link
    ingress = world.carriers._ingress  # pyright: ignore[reportPrivateUsage]
    for n in range(3):
        ingress.later(link, partial(done.append, n))
    assert done == []
    turns = 0
    while len(done) < 3:
        world.turn()
        turns += 1
        assert turns < 60
    assert done == [0, 1, 2], "in their order"
    assert world.carriers.queued() == 0, "the last of them after the last text"
    world.settle()
    assert len(world.engine) == 40


def test_what_waits_of_a_bind_that_is_gone_is_not_done() -> None:
    world = Busy()
    peer = world.bind()
    for _ in range(3):
        peer.text(b"help")
    done: list[str] = []
    ingress = world.carriers._ingress  # pyright: ignore[reportPrivateUsage]
    ingress.later(world.carriers.binds[0].link, lambda: done.append("late"))
    peer.lose()
    world.settle()
    assert done == []


def test_a_fault_of_ours_with_what_is_no_text_ends_its_bind_aloud() -> None:
    world = Busy()
    peer = world.bind()
    for _ in range(3):
        peer.text(b"help")
    ingress = world.carriers._ingress  # pyright: ignore[reportPrivateUsage]

    def fails() -> None:
        raise RuntimeError("ours")

    ingress.later(world.carriers.binds[0].link, fails)
    with pytest.raises(RuntimeError, match="ours"):
        world.settle()
    world.settle()
    assert world.carriers.binds == ()


def test_acknowledgements_of_handsets_still_come_through() -> None:
    world = World()
    peer = world.bind()
    open_dialogue(world, peer)
    acknowledge(peer)
    world.settle()
    assert statuses(peer) == [0]
