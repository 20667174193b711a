"""`text911 tty decode FILE` without the parser of the whole command line, which takes as long to
load as numpy.

Takes only what it understands whole; everything else, help and mistakes too, is for the parser.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TypedDict


class Asked(TypedDict):
    """The arguments of `decoding.decode`."""

    file: str
    as_objects: bool
    baud: str
    unshift_on_space: bool


_FLAGS = ("--json", "--unshift-on-space")


def understood(arguments: Sequence[str]) -> Asked | None:
    """What is asked for; None: ask the parser."""
    if tuple(arguments[:2]) != ("tty", "decode"):
        return None
    files: list[str] = []
    flags: set[str] = set()
    baud = ""
    rest = iter(arguments[2:])
    for one in rest:
        if one in _FLAGS:
            flags.add(one)
        elif one == "--baud":
            baud = next(rest, "")
            if not baud:
                return None
        elif one.startswith("-") and one != "-":
            return None
        else:
            files.append(one)
    if len(files) != 1 or not files[0]:
        return None
    return Asked(
        file=files[0],
        as_objects="--json" in flags,
        baud=baud,
        unshift_on_space="--unshift-on-space" in flags,
    )


def run(asked: Asked) -> int:
    """The exit code."""
    # The arithmetic of linear algebra is not used; its threads would be started all the same.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from ..terminal import BAD, CANNOT, GOOD, harmless
    from .decoding import Cannot, decode

    try:
        nothing = decode(**asked)
    except Cannot as why:
        sys.stderr.write(f"text911: {harmless(str(why))}\n")
        return CANNOT
    if nothing:
        sys.stderr.write(f"text911: {harmless(nothing)}\n")
        return BAD
    return GOOD
