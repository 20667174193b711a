"""The same functions as machine code, where numba is installed. Imported only when asked for: numba
takes a second to load and some more to compile, once per installation.

The compiled code is kept beside the source by numba; STAMP makes it forget when a function changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any

from . import framing, layout

Tick = Callable[..., int]


def _words(code: CodeType) -> bytes:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    plain = repr([one for one in code.co_consts if not isinstance(one, CodeType)]).encode()
    return b"".join((code.co_code, plain, repr(code.co_names).encode(), *map(_words, inner)))


def stamp(*modules: Any) -> int:
    """A number that changes with the code or a constant of `modules`."""
    words: list[bytes] = []
    for module in modules:
        for name, held in sorted(vars(module).items()):
            if isinstance(held, int | float | tuple):
                words.append(f"{name}={held!r}".encode())
            elif hasattr(held, "__code__") and held.__module__ == module.__name__:
                words.append(_words(held.__code__))
    return zlib.crc32(b"\0".join(words))


@cache
def kernel() -> Tick | None:
    """`framing.tick`, compiled; None: numba is not installed."""
    try:
        import numba
        from numba.extending import register_jitable
    except ImportError:
        return None
    for name, held in vars(framing).items():
        if hasattr(held, "__code__") and held.__module__ == framing.__name__ and name != "tick":
            register_jitable(held)
    known = stamp(layout, framing)
    inner = register_jitable(framing.tick)

    def tick(sums, paths, whole, parts, blocks, events, sure, bits):  # type: ignore[no-untyped-def]
        if known < 0:  # never: it makes the stamp a part of what numba remembers
            return -1
        return inner(sums, paths, whole, parts, blocks, events, sure, bits)

    try:
        return numba.njit(nogil=True, cache=True)(tick)  # type: ignore[no-any-return]
    except RuntimeError:  # nowhere to keep it
        return numba.njit(nogil=True)(tick)  # type: ignore[no-any-return]
