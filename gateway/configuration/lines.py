"""Finds the line of a key in a TOML text that tomllib has already accepted. Pure.

A reader for people's eyes, not a second parser: it follows table headers and `key =` at the
beginning of a line, and answers with the nearest line above what it cannot see.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")

Place = tuple[str | int, ...]


def line_of(text: str, place: Place) -> int:
    """Line of `place`, counted from 1; of its nearest table when the key itself is nowhere; 0 when
    even that is not there."""
    best = 0
    depth = 0
    for number, at in _places(text):
        common = _common(at, place)
        if common == len(at) and common > depth:
            best, depth = number, common
    return best


def _common(one: Place, other: Place) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _places(text: str) -> list[tuple[int, Place]]:
    table: Place = ()
    counts: dict[Place, int] = {}
    found: list[tuple[int, Place]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            names = _names(header[2])
            table = _inside(names, counts)
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                table = _inside(names, counts)
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, *_names(key[1]))))
    return found


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _inside(names: tuple[str, ...], counts: dict[Place, int]) -> Place:
    """The place of a header's table: below an array of tables it is in the latest element."""
    place: list[str | int] = []
    for end in range(1, len(names) + 1):
        place.append(names[end - 1])
        if names[:end] in counts:
            place.append(counts[names[:end]])
    return tuple(place)
