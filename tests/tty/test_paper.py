"""Lines on the paper of a TTY."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.tty.paper import COLUMNS, on_paper

WORDS = st.lists(st.text("AB5,", max_size=90), max_size=12).map(" ".join)


def test_a_text_ends_its_line_behind_its_turn() -> None:
    assert on_paper("TRUCKS ARE COMING GA") == "TRUCKS ARE COMING GA\r\n"
    assert on_paper("ONE\r\nTWO") == "ONE\r\nTWO\r\n"


def test_what_ends_its_line_already_is_left_alone_and_nothing_stays_nothing() -> None:
    assert on_paper("GA\r\n") == "GA\r\n"
    assert on_paper("") == ""
    assert on_paper("\r\n") == "\r\n"


def test_long_lines_are_broken_at_words_and_long_words_where_the_line_ends() -> None:
    line = "X" * 70
    assert on_paper(f"{line} GA") == f"{line}\r\nGA\r\n"
    assert on_paper(f"{line} A") == f"{line} A\r\n"
    assert on_paper("Y" * 100) == f"{'Y' * COLUMNS}\r\n{'Y' * 28}\r\n"
    assert on_paper(" " + "Y" * 80) == f" {'Y' * 71}\r\n{'Y' * 9}\r\n"


@given(WORDS)
def test_no_line_is_too_long_and_no_mark_is_lost(text: str) -> None:
    paper = on_paper(text)
    assert all(len(line) <= COLUMNS for line in paper.split("\r\n"))
    assert "".join(paper.split()) == "".join(text.split())
    assert on_paper(paper) == paper
