"""The line of a key is found in what people write."""

from __future__ import annotations

import tomllib

import pytest

from text911.gateway.configuration.lines import Place, line_of

TEXT = """\
# a comment
top = 1
"quoted key" = 2
dotted.inner = 3

[table]
key = [
    "not = a key",
]
[table.below] # with a comment
deep = 4

[[list]]
name = "first"
[[list]]
name = "second"
[list.more]
x = 1
[[list.inner]]
y = 2
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("top",), 2),
        (("quoted key",), 3),
        (("dotted", "inner"), 4),
        (("table",), 6),
        (("table", "key"), 7),
        (("table", "key", 0), 7),
        (("table", "missing"), 6),
        (("table", "below", "deep"), 11),
        (("list", 0, "name"), 14),
        (("list", 1), 15),
        (("list", 1, "name"), 16),
        (("list", 1, "more", "x"), 18),
        (("list", 1, "inner", 0, "y"), 20),
        (("nowhere",), 0),
        ((), 0),
    ],
)
def test_a_place_has_its_line_or_that_of_what_holds_it(place: Place, line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, place) == line
