"""The same functions as machine code, where numba is installed. Imported only when asked for: numba
takes a second to load and some more to compile, once per installation.

The compiled code is kept beside the source by numba. It looks only at the file of the outermost
function, so a number made from all the others is made a part of what it remembers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from types import CodeType, ModuleType
from typing import Any, cast

import numpy as np

from . import (
    believing,
    drifting,
    framing,
    hearing,
    judging,
    layout,
    looking,
    tuning,
    vectors,
    voicing,
    weighing,
)

Kernel = Callable[..., int]
_HEARD = (layout, tuning, hearing, voicing)
_MODULES = (*_HEARD, framing, looking, drifting, weighing, believing, judging)
_NOT_COMPILED = ("lanes", "begin_call", "Lanes")


def _words(code: CodeType) -> bytes:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    plain = repr([one for one in code.co_consts if not isinstance(one, CodeType)]).encode()
    return b"".join((code.co_code, plain, repr(code.co_names).encode(), *map(_words, inner)))


def _is_plain(held: object) -> bool:
    """A constant that is written alike in every process; a function has an address in it."""
    if isinstance(held, tuple):
        return all(map(_is_plain, cast("tuple[object, ...]", held)))
    return isinstance(held, int | float | str)


def stamp(modules: tuple[ModuleType, ...]) -> int:
    """A number that changes with the code or a constant of `modules`."""
    words: list[bytes] = []
    for module in modules:
        for name, held in sorted(vars(module).items()):
            if _is_plain(held):
                words.append(f"{name}={held!r}".encode())
            elif isinstance(held, np.ndarray):
                words.append(name.encode() + held.tobytes())
            elif hasattr(held, "__code__") and held.__module__ == module.__name__:
                words.append(_words(held.__code__))
    return zlib.crc32(b"\0".join(words))


def _make_known(numba: Any, extending: Any) -> None:
    """Tell numba of every function a kernel calls; what numpy does faster has its plain twin."""
    del numba
    for module in _MODULES:
        for name, held in vars(module).items():
            ours = hasattr(held, "__code__") and held.__module__ == module.__name__
            if ours and name not in _NOT_COMPILED:
                extending.register_jitable(held)
    for fast, plain in vectors.TWINS:
        extending.overload(fast, strict=False)(_always(plain))


def _always(plain: Callable[..., Any]) -> Callable[..., Any]:
    def choose(*_: Any) -> Callable[..., Any]:
        return plain

    return choose


@cache
def kernel() -> Kernel | None:
    """All calls of a bank, one frame each; None: numba is not installed.

    (sums, paths, whole, parts: as in Lanes; rows: the calls; samples [n, 160]; lost [n, 160];
    references; fixed; events [.., 4]: which of `rows`, kind, at, what; sure [..]; mine, likely,
    heard, blocks, scratch: room) -> how many events there were"""
    try:
        import numba
        from numba import extending
    except ImportError:
        return None
    _make_known(numba, extending)
    known = stamp((*_MODULES, vectors))
    tick, rest = judging.tick, judging.rest
    take, sleeps, blocks_of = hearing.take, hearing.sleeps, hearing.blocks_of

    def frames(
        sums: Any,
        paths: Any,
        whole: Any,
        parts: Any,
        rows: Any,
        samples: Any,
        lost: Any,
        references: Any,
        fixed: Any,
        events: Any,
        sure: Any,
        mine: Any,
        likely: Any,
        heard: Any,
        blocks: Any,
        scratch: Any,
    ) -> int:
        if known < 0:  # never: it makes the number a part of the function
            return 0
        total = 0
        for one in range(len(rows)):
            row = rows[one]
            energy = take(samples[one], lost[one], heard)
            if sleeps(sums[row], paths[row], whole[row], energy):
                rest(paths[row], whole[row], fixed)
                continue
            blocks_of(heard, lost[one], references, blocks)
            count = tick(
                sums[row], paths[row], whole[row], parts[row], blocks, mine, likely, fixed, scratch
            )
            for event in range(count):
                events[total, 0] = one
                for what in range(3):
                    events[total, what + 1] = mine[event, what]
                sure[total] = likely[event]
                total += 1
        return total

    try:
        return numba.njit(nogil=True, cache=True)(frames)
    except RuntimeError:  # nowhere to keep it
        return numba.njit(nogil=True)(frames)
