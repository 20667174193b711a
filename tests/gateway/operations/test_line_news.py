"""What operators read of calls that were turned away and of peers that come and go."""

from __future__ import annotations

from typing import Any

from text911.gateway.operations.health_log import Happened
from text911.gateway.operations.line_news import WHY_MAX, LineNews


def news() -> tuple[LineNews, list[tuple[Happened, str, dict[str, Any]]]]:
    lines: list[tuple[Happened, str, dict[str, Any]]] = []

    def log(what: Happened, words: str = "", **fields: Any) -> None:
        lines.append((what, words, fields))

    return LineNews(log), lines


def test_a_call_that_was_turned_away_is_one_line_and_says_how_many_it_stands_for() -> None:
    told, lines = news()
    told.rejected("trunk", "192.0.2.9", "no peer of ours", 0)
    told.rejected("trunk", "192.0.2.9", "x" * 500, 41)
    assert lines[0] == (
        Happened.CALL_REJECTED,
        "Line trunk turned 192.0.2.9 away: no peer of ours",
        {"line": "trunk", "peer": "192.0.2.9", "count": 1},
    )
    assert lines[1][1].endswith("x; 41 more were not told")
    assert len(lines[1][1]) < WHY_MAX + 80
    assert lines[1][2]["count"] == 42


def test_a_peer_that_goes_and_comes() -> None:
    told, lines = news()
    told.reached("trunk", "192.0.2.5", "no answer to OPTIONS", up=False)
    told.reached("trunk", "192.0.2.5", "", up=False)
    told.reached("trunk", "192.0.2.5", "", up=True)
    assert [(what, words) for what, words, _ in lines] == [
        (
            Happened.LINE_UNREACHED,
            "Line trunk does not hear 192.0.2.5 any more: no answer to OPTIONS",
        ),
        (Happened.LINE_UNREACHED, "Line trunk does not hear 192.0.2.5 any more"),
        (Happened.LINE_REACHED, "Line trunk hears 192.0.2.5"),
    ]
