"""How texts come in: at once when there is time, in turns when there is not, refused before they
are accepted when they are too much, and never accepted when their bind went first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from text911.gateway.core.facts import CallerRepeated, CallerWrote, RepeatSuspected
from text911.gateway.core.values import CallerKey, CarrierName
from text911.gateway.edges import ingress
from text911.gateway.edges.fairness import FloodLimits
from text911.gateway.journal.contract import JournalBroken, Record
from text911.gateway.journal.memory import MemoryJournal
from text911.smpp.status import Status

from .world import CALLER, CARRIER, Peer, World

LIMITS = FloodLimits(texts=3, within=10.0, one_share=0.004, all_share=0.006)  # 2 and 3 of 500
OTHER = "18605550199"


class Stopwatch:
    """Time within a turn passes when the test says so, and `step` seconds with every look."""

    def __init__(self, step: float = 0.0) -> None:
        self.at = 0.0
        self.step = step

    def __call__(self) -> float:
        self.at += self.step
        return self.at


class Busy(World):
    """A look at the stopwatch costs `step` seconds; at first so many that every text takes the
    whole of a turn. What is to run in the next turn of the loop waits for `turn`."""

    def __init__(self, step: float = ingress.TURN_MAX) -> None:
        self.watch = Stopwatch(step)
        self.later: list[Callable[[], None]] = []
        super().__init__(stopwatch=self.watch)

    def soon(self, what: Callable[[], None]) -> None:
        self.later.append(what)

    def turn(self) -> None:
        due, self.later = self.later, []
        for what in due:
            what()

    def settle(self) -> None:
        super().settle()
        while self.later:
            self.turn()
            super().settle()

    def rest(self) -> None:
        """A while in which no text came."""
        self.watch.at += 1.0


def written(world: World) -> list[str]:
    """The words of all texts that the journal has, in order."""
    return [fact.text for fact in world.facts(CallerWrote)]


def statuses(peer: Peer) -> list[int]:
    return [status for _, status, _ in peer.read()]


def open_dialogue(world: World, peer: Peer, caller: str = CALLER) -> None:
    peer.text(b"hello", source_addr=caller)
    world.settle()
    world.hartford.answer()
    world.settle()
    peer.read()


# --- turns -------------------------------------------------------------------------------------


def test_a_text_that_meets_an_idle_gateway_is_with_the_journal_before_the_turn_is_over() -> None:
    world = World(stopwatch=Stopwatch())
    peer = world.bind()
    before = world.journal.pending
    for n in range(20):
        peer.text(b"help", source_addr=f"1860555{n:04}")
        assert world.journal.pending == before + n + 1
    assert world.carriers.queued() == 0


def test_what_a_turn_has_no_time_for_waits_for_the_next() -> None:
    world = Busy()
    peer = world.bind()
    for n in range(3):
        peer.text(b"help", source_addr=f"1860555{n:04}")
    for left in (2, 1, 0):
        assert world.carriers.queued() == left
        world.turn()
    world.settle()
    assert len(world.engine) == 3


def test_a_rest_makes_up_for_the_work_before_it() -> None:
    world = Busy()
    peer = world.bind()
    peer.text()
    world.rest()
    peer.text(source_addr=OTHER)
    assert world.carriers.queued() == 0


def test_a_long_turn_of_the_loop_gives_the_texts_a_longer_one() -> None:
    def taken_after(pause: float) -> int:
        world = Busy(ingress.TURN / 2)
        peer = world.bind()
        for n in range(30):
            peer.text(b"help", source_addr=f"1860555{n:04}")
        before = world.carriers.queued()
        world.watch.at += pause
        world.turn()
        return before - world.carriers.queued()

    assert taken_after(0.0) < taken_after(ingress.TURN * 6) < taken_after(60.0)
    assert taken_after(60.0) == round(2 * ingress.TURN_MAX / ingress.TURN)


def test_a_new_caller_overtakes_what_waits_and_nobody_overtakes_himself() -> None:
    world = Busy()
    peer = world.bind()
    open_dialogue(world, peer)
    world.rest()
    for n in range(4):
        peer.text(f"noise {n}".encode())
    peer.text(b"fire", source_addr=OTHER)
    for _ in range(6):
        world.settle()
    assert written(world) == ["hello", "noise 0", "fire", "noise 1", "noise 2", "noise 3"]


def test_no_more_texts_wait_for_the_disk_than_one_commit_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingress, "COMMITTING_MAX", 2)
    world = World(stopwatch=Stopwatch())
    peer = world.bind()
    for n in range(3):
        peer.text(b"help", source_addr=f"1860555{n:04}")
    assert world.carriers.queued() == 1
    world.clock.advance(0)
    assert world.carriers.queued() == 1, "the disk has not said anything"
    world.settle()
    world.settle()
    assert world.carriers.queued() == 0
    assert len(world.engine) == 3


# --- links and repeats ---------------------------------------------------------------------------


def test_what_waits_when_its_bind_is_lost_was_never_accepted_and_comes_again_as_a_text() -> None:
    world = Busy()
    peer, other = world.bind(), world.bind()
    open_dialogue(world, peer)
    world.rest()
    peer.text(b"one")
    peer.text(b"two")
    assert world.carriers.queued() == 1
    peer.lose()
    assert world.carriers.queued() == 0
    assert world.metrics.texts_dropped == 1
    other.text(b"two")
    world.settle()
    world.settle()
    assert written(world) == ["hello", "one", "two"]
    assert len(world.facts(RepeatSuspected)) == 0
    assert statuses(other)[-1] == Status.ROK


def test_a_copy_that_comes_while_the_first_still_waits_is_its_repeat() -> None:
    world = Busy()
    peer = world.bind()
    open_dialogue(world, peer)
    world.rest()
    peer.text(b"before")
    peer.text(b"help", sequence_number=77)
    peer.text(b"help", sequence_number=77)
    assert world.carriers.queued() == 2
    for _ in range(4):
        world.settle()
    answers = [(pdu.message_id, number) for pdu, _, number in peer.read() if number == 77]
    assert len(answers) == 2
    assert len({message for message, _ in answers}) == 1
    assert written(world) == ["hello", "before", "help"]
    assert len(world.facts(CallerRepeated)) == 1
    assert world.metrics.repeats == 1


def test_a_copy_on_another_bind_while_the_first_still_waits_is_suspected() -> None:
    world = Busy()
    peer, other = world.bind(), world.bind()
    open_dialogue(world, peer)
    world.rest()
    peer.text(b"before")
    peer.text(b"help")
    other.text(b"help")
    for _ in range(4):
        world.turn()
    world.settle()
    assert len(world.facts(RepeatSuspected)) == 1


# --- too much ------------------------------------------------------------------------------------


def noisy_world() -> tuple[World, Peer]:
    """A caller who has just written as much as a caller may, and all of it is answered."""
    world = World(floods=LIMITS, stopwatch=Stopwatch())
    peer = world.bind()
    open_dialogue(world, peer)
    for _ in range(LIMITS.texts - 1):
        peer.text(b"noise")
    world.settle()
    peer.read()
    return world, peer


def test_a_noisy_source_is_refused_at_once_beyond_its_places_and_nothing_of_it_is_recorded() -> (
    None
):
    world, peer = noisy_world()
    before = len(written(world))
    numbers = [peer.text(f"more {n}".encode()) for n in range(5)]
    world.clock.advance(0)
    refused = [(status, number) for _, status, number in peer.read()]
    assert refused == [(Status.RTHROTTLED, number) for number in numbers[2:]]
    world.settle()
    assert written(world)[before:] == ["more 0", "more 1"]
    assert world.carriers.throttled() == 3
    assert world.carriers.first_throttled() == 0
    assert statuses(peer) == [Status.ROK, Status.ROK]
    peer.text(b"more 2")
    world.settle()
    assert statuses(peer) == [Status.ROK], "brought again it is taken, as a text of its own"
    assert len(world.facts(CallerRepeated)) == len(world.facts(RepeatSuspected)) == 0


def test_a_newcomer_finds_room_beside_a_noisy_source() -> None:
    world, peer = noisy_world()
    for n in range(5):
        peer.text(f"more {n}".encode())
    peer.text(b"fire", source_addr=OTHER)
    world.settle()
    assert written(world)[-1] == "fire"


def test_the_loud_are_named_for_the_operators() -> None:
    world, peer = noisy_world()
    for n in range(5):
        peer.text(f"more {n}".encode())
    (loud,) = world.carriers.loud()
    assert loud.source == CallerKey("sms", CarrierName("one"), f"+{CALLER}")
    assert loud.throttled


def test_other_limits_are_in_force_at_once() -> None:
    world, peer = noisy_world()
    world.carriers.replace([CARRIER], FloodLimits())
    for n in range(10):
        peer.text(f"more {n}".encode())
    world.settle()
    assert world.carriers.throttled() == 0


@pytest.mark.parametrize(("name", "shows"), [("BURDEN_MAX", False), ("ENTRIES_MAX", True)])
def test_a_noisy_source_is_held_back_while_too_much_of_it_is_behind_us(
    name: str, shows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that no page has acknowledged, or a dialogue that has become enormous."""
    world, peer = noisy_world()
    world.hartford.shows = shows
    peer.text(b"unseen", registered_delivery=1)
    world.settle()
    assert Status.RTHROTTLED not in statuses(peer)
    monkeypatch.setattr(ingress, name, 1)
    peer.text(b"more", registered_delivery=1)
    world.settle()
    assert Status.RTHROTTLED in statuses(peer)


# --- faults of ours ------------------------------------------------------------------------------


class Clumsy(MemoryJournal):
    """Makes a mistake of its own with the records that hold the word "fault"."""

    def append(
        self, records: Sequence[Record], done: Callable[[JournalBroken | None], None]
    ) -> None:
        if any(b"fault" in record.payload for record in records):
            raise ValueError("a mistake")
        super().append(records, done)


def test_a_fault_of_ours_with_one_text_ends_its_bind_and_holds_up_no_other() -> None:
    world = World(journal=Clumsy(), stopwatch=Stopwatch())
    peer, other = world.bind(), world.bind()
    peer.text(b"fault")
    other.text(b"help", source_addr=OTHER)
    with pytest.raises(ValueError, match="a mistake"):
        world.clock.advance(0)
    world.settle()
    world.settle()
    assert written(world) == ["help"]
    assert [bind.link.id for bind in world.carriers.binds] == [other.protocol.link.id]
    assert statuses(other)[-1] == Status.ROK
