from __future__ import annotations

import pytest

from text911.gateway.simulation.stage import FAULTS, T0, Broken, Clock, Stage


def test_no_fault_strikes_once_the_stage_has_healed() -> None:
    stage = Stage(3)
    assert any(stage.has(fault) for fault in FAULTS)
    stage.healed = True
    assert not any(stage.has(fault) for fault in FAULTS)


def test_what_is_drawn_for_one_concern_does_not_depend_on_what_is_drawn_for_another() -> None:
    one, other = Stage(7), Stage(7)
    assert other.draw("people").random() != other.draw("network").random()
    other.draw("network").random()
    assert one.draw("people").random() == Stage(7).draw("people").random()
    assert one.draw("people").random() == other.draw("people").random()
    assert Stage(8).draw("people").random() != Stage(7).draw("people").random()


def test_what_is_due_happens_in_order_and_nothing_that_is_not() -> None:
    stage, heard = Stage(1), list[float]()
    for seconds in (3.0, 1.0, 9.0):
        stage.later(seconds, lambda: heard.append(stage.now()))
    stage.run(5.0)
    assert heard == [1.0, 3.0]
    assert stage.now() == 5.0


def test_calls_for_the_same_moment_ring_in_the_order_in_which_they_were_made() -> None:
    clock, heard = Clock(), list[str]()
    for name in "abc":
        clock.callLater(1.0, heard.append, name)
    clock.callLater(0.5, lambda: clock.callLater(0.5, heard.append, "last"))
    while clock.next_at() is not None:
        clock.ring()
    assert heard == ["a", "b", "c", "last"]
    assert clock.seconds() == 1.0


def test_utc_may_step_while_the_clock_only_goes_on() -> None:
    stage = Stage(1)
    stage.run(2.0)
    stage.step(-5.0)
    assert (stage.now(), stage.utc()) == (2.0, T0 - 3.0)


def test_a_broken_promise_ends_the_run_even_if_it_is_swallowed_where_it_was_raised() -> None:
    stage = Stage(1)

    def breaks() -> None:
        with pytest.raises(Broken):
            raise stage.broken("a promise")

    stage.later(1.0, breaks)
    with pytest.raises(Broken, match="a promise"):
        stage.run(2.0)


def test_the_trace_hash_tells_two_orders_apart() -> None:
    one, other = Stage(1), Stage(1)
    for stage, order in ((one, "ab"), (other, "ba")):
        for who in order:
            stage.note(who, "was here")
    assert one.trace.hash != other.trace.hash
