"""Lines of a transcript, and what is told of a caller on a telephone line: lines that grow, replies
that leave letter by letter, whose turn it is.

Frames as values, like those of `frames`, which has all the others. Nothing here decides anything.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..port import Delivery, Item, LineState

GROWN_MAX = 20  # lines: of those that a returning browser holds, the last that may have changed


class ToClient(Struct, frozen=True, tag_field="type", gc=False):
    """What every server frame is. New fields and new frames may come without a new version."""


class Live(Struct, frozen=True, gc=False):
    """Of one line of a transcript, where there is anything to say: the fields of `port.Item`."""

    unsure: tuple[int, ...] = ()
    open: bool = False
    typed: str = ""
    left: int = -1


def live(item: Item) -> Live | None:
    """None for nearly every line: what came by SMS is whole."""
    if item.open or item.unsure or item.left >= 0:
        return Live(item.unsure, item.open, item.typed, item.left)
    return None


class Line(Struct, frozen=True, gc=False):
    """One line of a transcript: `port.Item` with its present delivery state and its words."""

    sequence: int
    at: float
    kind: Literal["caller", "psap", "automatic", "event"]
    text: str
    by: str = ""
    key: str = ""
    notes: tuple[str, ...] = ()
    suspected_repeat: bool = False
    delivery: Delivery | None = None
    delivery_note: str = ""
    live: Live | None = None


def line(item: Item) -> Line:
    return Line(
        item.sequence,
        item.at,
        item.kind,
        item.text,
        item.by,
        item.key,
        item.notes,
        item.suspected_repeat,
        item.delivery,
        live=live(item),
    )


class NewTyped(ToClient, frozen=True, tag="typed", gc=False):
    """The caller's line at `sequence` reads `text` by now: all of it, not what is new."""

    leg: str
    sequence: int
    text: str
    unsure: tuple[int, ...]
    open: bool


class NewSending(ToClient, frozen=True, tag="sending", gc=False):
    """Of the reply at `sequence` so many characters of `typed` have left; the others take `seconds`
    more."""

    leg: str
    sequence: int
    typed: str
    left: int
    seconds: float


class NewTurn(ToClient, frozen=True, tag="turn", gc=False):
    """The line's badge."""

    leg: str
    line: LineState
