"""`text911 serve DIR` and `text911 tty decode FILE` without the parser of the whole command line,
which takes as long to load as numpy.

Takes only what it understands whole; everything else, help and mistakes too, is for the parser.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypedDict, final


@final
class Asked(TypedDict):
    """The arguments of `decoding.decode`."""

    file: str
    as_objects: bool
    baud: str
    unshift_on_space: bool


@final
class Served(TypedDict):
    """The arguments of `serving.serve`."""

    directory: str
    kept: bool


_FLAGS = ("--json", "--unshift-on-space")
_KEEP = "--keep"
INTERRUPTED = 130  # exit code, as of a shell's command that was ended with Ctrl-C


def understood(arguments: Sequence[str]) -> Asked | Served | None:
    """What is asked for; None: ask the parser."""
    if tuple(arguments[:1]) == ("serve",):
        return _served(arguments[1:])
    if tuple(arguments[:2]) == ("tty", "decode"):
        return _asked(arguments[2:])
    return None


def _served(arguments: Sequence[str]) -> Served | None:
    directories = [one for one in arguments if one != _KEEP]
    if len(directories) != 1 or not directories[0] or directories[0].startswith("-"):
        return None
    return Served(directory=directories[0], kept=_KEEP in arguments)


def _asked(arguments: Sequence[str]) -> Asked | None:
    files: list[str] = []
    flags: set[str] = set()
    baud = ""
    rest = iter(arguments)
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


def run(asked: Asked | Served) -> int:
    """The exit code."""
    return _serve(asked) if "directory" in asked else _decode(asked)


def _serve(asked: Served) -> int:
    from pathlib import Path

    from .serving import serve

    try:
        return serve(Path(asked["directory"]), kept=asked["kept"])
    except KeyboardInterrupt:  # before there was a loop to be told
        return INTERRUPTED


def _decode(asked: Asked) -> int:
    # The arithmetic of linear algebra is not used; its threads would be started all the same.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from ..terminal import BAD, CANNOT, GOOD, complain
    from .decoding import Cannot, decode

    try:
        nothing = decode(**asked)
    except Cannot as why:
        complain(str(why))
        return CANNOT
    if nothing:
        complain(nothing)
        return BAD
    return GOOD
