"""What a command prints can do nothing to a terminal."""

from __future__ import annotations

import unicodedata

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.terminal import fail, harmless, say, table


@given(st.text())
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    shown = harmless(text)
    assert not any(unicodedata.category(letter)[0] == "C" for letter in shown)
    assert len(shown.splitlines()) <= 1
    assert len(shown) == len(text)


def test_escape_sequences_and_turned_text_become_visible() -> None:
    assert harmless("a\x1b[2Jb\u202ec\n") == "a\ufffd[2Jb\ufffdc\ufffd"


def test_a_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nb")
    assert capsys.readouterr().out == "a\ufffdb\n"


def test_a_failure_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as raised:
        fail("it is not there; make it")
    assert raised.value.exit_code == 2
    assert capsys.readouterr().err == "text911: it is not there; make it\n"


def test_columns_stand_below_each_other() -> None:
    assert table([("a", "bb"), ("ccc", "d\x07")]) == ["a    bb", "ccc  d\ufffd"]
