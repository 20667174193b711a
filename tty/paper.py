"""What a text looks like on the paper of a TTY: no line longer than it prints, and whatever is
typed next, by either side, on a line of its own. Knows no code and no time.
"""

from __future__ import annotations

from collections.abc import Iterator

from .spelling import NEW_LINE

COLUMNS = 72  # of the printing TTYs; a display breaks narrower lines itself


def on_paper(text: str) -> str:
    """`text`, of the repertoire, in lines, the last one ended too. Nothing stays nothing.

    The new line is the end and not the beginning: the first letter of an answer does not wait for
    it, and a GA stands before it. Only behind words of the other side, who seldom end a line, does
    a turn begin with one (`turns`)."""
    if not text:
        return ""
    lines = text.removesuffix(NEW_LINE).split(NEW_LINE)
    return "".join(f"{part}{NEW_LINE}" for line in lines for part in _broken(line))


def _broken(line: str) -> Iterator[str]:
    """At spaces; a word that is longer than a line, where the line ends."""
    while len(line) > COLUMNS:
        space = line.rfind(" ", 1, COLUMNS + 1)
        yield line[:space] if space > 0 else line[:COLUMNS]
        line = line[space + 1 :] if space > 0 else line[COLUMNS:]
    yield line
