"""The composed gateway reckons its limits by the steady clock."""

from __future__ import annotations

from pathlib import Path

from text911.gateway.core.state import Over

from .house import House


def test_a_clock_set_back_by_an_hour_delays_no_end_of_ringing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.log_in()
    house.step = -3600.0
    peer = house.bind()
    for console in house.consoles.values():
        console.shows = False
    held = house.text(peer)
    house.wait(10.5)
    state = house.gateway.engine.get(held.dialogue)
    assert state is not None
    assert isinstance(state.phase, Over)
    assert state.phase.how == "bounced"
