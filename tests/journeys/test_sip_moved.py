"""SIPp rings the real daemon from a place and says others during the call: each is shown, none
moves the call, and one that cannot be read harms nothing."""

from __future__ import annotations

from pathlib import Path

from load_tests.console import Console

from .phone import Ears
from .sipp import rings, scenario
from .test_sip_tty import Begin, begin
from .tools import need

__all__ = ["begin"]
HARTFORD = "41.76370, -72.68510 within 850 m (Cell)"
NEAR = "41.76400, -72.67000 within 25 m (GPS)"
NEW_HAVEN = "41.30830, -72.92790 within 40 m (GPS)"


def test_where_a_caller_is_said_to_be_during_the_call_is_shown(
    begin: Begin, tmp_path: Path
) -> None:
    need("sipp")
    house, ears = begin(), Ears()
    process = rings(tmp_path, scenario(tmp_path, "moved", RTP_PORT=ears.port), house.sip)
    leg = house.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
    house.desk.see_mine(leg)

    def events(console: Console) -> list[str]:
        return [one["text"] for one in console.legs[leg.name].lines if one["kind"] == "event"]

    house.desk.see("the last place", lambda c: any(NEW_HAVEN in one for one in events(c)))
    told = [one for one in house.desk.now(events) if "said" in one]
    assert told[0] == f"The caller is said to be at {NEAR}; before, at {HARTFORD}"
    assert told[1].startswith("Where the caller is was said again, and is not known: ")
    assert told[2] == f"The caller is said to be at {NEW_HAVEN}; before, at {NEAR}"
    house.desk.see("the card", lambda c: c.legs[leg.name].card["place"]["latitude"] == 41.3083)
    place = house.desk.now(lambda c: c.legs[leg.name].card["place"])
    assert (place["longitude"], place["radius"], place["method"]) == (-72.9279, 40, "GPS")
    # Another town by now: whoever has the call keeps it, and a person decides.
    assert house.desk.now(lambda c: c.legs[leg.name].card["town"]) == "Hartford"
    assert house.desk.now(lambda c: len(c.legs)) == 1
    house.desk.end(leg, "end")
    assert process.wait(90) == 0, (tmp_path / "sipp.out").read_text()
    ears.close()
