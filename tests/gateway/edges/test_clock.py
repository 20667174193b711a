"""Deadlines: armed in UTC, kept on the monotonic clock."""

from __future__ import annotations

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
