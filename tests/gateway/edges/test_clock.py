"""Deadlines: armed in UTC, kept on the monotonic clock."""

from __future__ import annotations

from text911.gateway.edges.clock import PATIENT_AT_ONCE

from .world import T0, World


def offers(world: World) -> int:
    return len(world.csecc.offers)


def test_a_step_of_the_wall_clock_rings_no_timer() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    world.step = 3600.0
    world.wait(15.0)
    assert offers(world) == 0
    world.wait(6.0)
    assert offers(world) == 1


def test_after_a_restart_a_timer_has_the_time_that_remained() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    world.wait(15.0)
    risen = world.restarted()
    risen.step = 15.0  # the new process' monotonic clock begins anew; UTC goes on
    risen.resume()
    assert len(risen.hartford.offers) == 1
    risen.wait(4.5)
    assert offers(risen) == 0
    risen.wait(1.0)
    assert offers(risen) == 1


def test_a_deadline_that_passed_while_nobody_ran_rings_at_once() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    risen = world.restarted()
    risen.step = 60.0
    risen.resume()
    risen.wait(0.3)
    assert offers(risen) == 1


def test_entries_never_go_back_in_time() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    world.step = -500.0
    peer.text(b"again")
    world.settle()
    times = [stored.record.at for stored in world.journal.read()]
    assert times == sorted(times)
    assert times[-1] >= T0


def test_a_clock_that_was_stopped_rings_no_more() -> None:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    assert len(world.timers) > 0
    world.timers.stop()
    world.timers.stop()
    world.wait(30.0)
    assert offers(world) == 0


class Turns(World):
    """A world whose loop takes its turns when the test says so."""

    def turn(self) -> None:
        """One turn: what is due now, and not what that makes due."""
        for call in [one for one in self.clock.calls if one.getTime() <= self.clock.seconds()]:
            self.clock.calls.remove(call)
            call.called = 1
            call.func(*call.args, **call.kw)

    def sync(self) -> None:
        while self.journal.pending:
            self.journal.sync()


def ringing(count: int) -> Turns:
    """So many callers, all of whom ring at the first PSAP and have just run out of time there."""
    world = Turns()
    peer = world.bind()
    for n in range(count):
        peer.text(b"help", source_addr=f"1860555{n:04}")
        world.settle()
    world.wait(19.5)
    assert offers(world) == 0
    world.clock.rightNow += 1.0
    return world


def test_when_many_run_out_at_once_the_loop_has_its_turn_in_between() -> None:
    world = ringing(3 * PATIENT_AT_ONCE)
    seen: list[int] = []
    for _ in range(4):
        world.turn()
        world.sync()
        seen.append(offers(world))
    assert seen == [PATIENT_AT_ONCE, 2 * PATIENT_AT_ONCE, 3 * PATIENT_AT_ONCE, 3 * PATIENT_AT_ONCE]


def test_what_was_answered_while_its_time_out_waited_is_left_alone() -> None:
    world = ringing(2 * PATIENT_AT_ONCE)
    world.turn()
    world.sync()
    waiting = len(world.timers)
    answered = world.hartford.answer()
    world.sync()
    assert len(world.timers) < waiting
    for _ in range(3):
        world.turn()
        world.sync()
    assert offers(world) == 2 * PATIENT_AT_ONCE - 1
    assert answered.dialogue not in [offer.leg.dialogue for offer in world.csecc.offers]


def test_a_clock_that_is_stopped_between_two_turns_rings_no_more() -> None:
    world = ringing(2 * PATIENT_AT_ONCE)
    world.turn()
    world.timers.stop()
    for _ in range(3):
        world.turn()
        world.sync()
    assert offers(world) == PATIENT_AT_ONCE
