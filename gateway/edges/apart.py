"""Each for itself: a fault of ours with one dialogue must not keep the others from their turn.

Nothing is swallowed: the fault is raised again in a turn of the loop of its own, where the loop's
exception handler says it out loud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

T = TypeVar("T")

Soon = Callable[[Callable[[], None]], None]


def each(items: Iterable[T], do: Callable[[T], None], soon: Soon) -> None:
    """`do` every one of `items`, whatever comes of those before it."""
    for item in items:
        try:
            do(item)
        except Exception as fault:
            aloud(fault, soon)


def aloud(fault: Exception, soon: Soon) -> None:
    soon(partial(_again, fault))


def _again(fault: Exception) -> None:
    raise fault
