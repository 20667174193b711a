"""How often the log hears of those who were turned away."""

from __future__ import annotations

from text911.sip.complaints import EACH, LINES_MAX, Complaints
from text911.sip.effects import Rejected


def test_one_line_a_minute_for_what_one_host_does() -> None:
    said = Complaints()
    one = ("192.0.2.9", 5060)
    assert said.about(one, 403, "a stranger", 0) == (Rejected(one, "403: a stranger"),)
    assert said.about(("192.0.2.9", 7), 403, "a stranger", 1) == ()
    assert said.about(one, 488, "no use", 2) == (Rejected(one, "488: no use"),)
    assert said.about(one, 403, "again", EACH) == (Rejected(one, "403: again", 1),)


def test_a_scan_from_many_hosts_is_bounded_and_hides_nothing_else() -> None:
    said = Complaints()
    lines = [said.about((f"192.0.2.{at}", 5060), 403, "a stranger", 0) for at in range(200)]
    assert sum(map(len, lines)) == LINES_MAX
    assert said.about(("192.0.2.1", 5060), 488, "no use", 0) != ()
    (line,) = said.about(("192.0.2.250", 5060), 403, "a stranger", EACH)
    assert line.unsaid == 200 - LINES_MAX
