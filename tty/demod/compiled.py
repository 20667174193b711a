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
    foreseeing,
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
from .layout import MARK_RE, SPACE_RE
from .looking import CUTS

Kernel = Callable[..., int]
_HEARD = (layout, tuning, hearing, voicing)
_MODULES = (*_HEARD, foreseeing, framing, looking, drifting, weighing, believing, judging)
# Where they are called: handing over all that they need takes as long as what they do.
_WITHIN = ("attend", "decide", "extend", "first_look", "listen", "propose", "settle", "soften")
_NOT_COMPILED = ("lanes", "begin_call", "Lanes", "fetch")


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
    for module in _MODULES:
        for name, held in vars(module).items():
            ours = hasattr(held, "__code__") and held.__module__ == module.__name__
            if ours and name not in _NOT_COMPILED:
                extending.register_jitable(forceinline=name in _WITHIN)(held)
    for fast, plain in vectors.TWINS:
        extending.overload(fast, strict=False)(_always(plain))
    order = _fetching(numba, extending)

    def fetch(row: Any, place: Any) -> None:
        order(row, place)

    extending.overload(foreseeing.fetch, strict=False)(_always(fetch))


def _always(plain: Callable[..., Any]) -> Callable[..., Any]:
    def choose(*_: Any) -> Callable[..., Any]:
        return plain

    return choose


def _fetching(numba: Any, extending: Any) -> Any:
    """The order to a processor that `foreseeing.fetch` is."""
    ir = numba.core.cgutils.ir

    def fetch(typing: Any, row: Any, place: Any) -> Any:
        del typing

        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            held = context.make_array(signature.args[0])(context, builder, arguments[0])
            octet, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            there = builder.bitcast(builder.gep(held.data, [arguments[1]]), octet)
            order = builder.module.declare_intrinsic(
                "llvm.prefetch", (octet,), ir.FunctionType(ir.VoidType(), [octet, *[number] * 3])
            )
            # It will be written to, is needed again and again, and is no code.
            builder.call(order, [there, number(1), number(3), number(1)])
            return context.get_dummy_value()

        return numba.types.void(row, place), write

    return extending.intrinsic(fetch)


@cache
def kernel() -> Kernel | None:
    """All calls of a bank, one frame each; None: numba is not installed.

    (sums, paths, whole, parts: as in Lanes; rows: the calls; samples [n, 160]; lost [n, 160];
    references; fixed; events [.., 4]: which of `rows`, kind, at, what; sure [..]; mine, likely,
    heard, turned, blocks, scratch: room) -> how many events there were"""
    try:
        import numba
        from numba import extending
    except ImportError:
        return None
    _make_known(numba, extending)
    known = stamp((*_MODULES, vectors))
    take, sleeps, blocks_of = hearing.take, hearing.sleeps, hearing.blocks_of
    listen, first_look, attend = judging.listen, judging.first_look, judging.attend
    decide, rest = judging.decide, judging.rest
    foresee_state, foresee_samples = foreseeing.foresee_state, foreseeing.foresee_samples
    foresee_tone, foresee_softness = foreseeing.foresee_tone, foreseeing.foresee_softness
    foresee_open, foresee_places = foreseeing.foresee_open, foreseeing.foresee_places
    foresee_cadence = foreseeing.foresee_cadence

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
        turned: Any,
        blocks: Any,
        scratch: Any,
    ) -> int:
        if known < 0:  # never: it makes the number a part of the function
            return 0
        total = 0
        for one in range(len(rows)):
            row = rows[one]
            beside = min(one + 1, len(rows) - 1)
            after = rows[beside]
            energy = take(samples[one], lost[one], heard)
            foresee_tone(sums[after], whole[after], MARK_RE)
            if sleeps(sums[row], paths[row], whole[row], energy):
                rest(paths[row], whole[row], fixed)
                foresee_tone(sums[after], whole[after], SPACE_RE)
                foresee_softness(sums[after], paths[after], whole[after])
                foresee_open(paths[after], whole[after])
                foresee_places(paths[after], whole[after])
                foresee_cadence(paths[after], whole[after], parts[after])
                foresee_samples(samples[beside], lost[beside])
                foresee_state(whole[rows[min(one + 2, len(rows) - 1)]])
                continue
            blocks_of(heard, lost[one], references, turned, blocks)
            foresee_tone(sums[after], whole[after], SPACE_RE)
            listen(sums[row], paths[row], whole[row], blocks)
            foresee_softness(sums[after], paths[after], whole[after])
            first_look(sums[row], paths[row], whole[row])
            foresee_open(paths[after], whole[after])
            count = attend(sums[row], paths[row], whole[row], blocks, mine, likely, scratch[CUTS])
            foresee_places(paths[after], whole[after])
            count = decide(
                sums[row], paths[row], whole[row], parts[row], mine, likely, count, scratch
            )
            foresee_cadence(paths[after], whole[after], parts[after])
            rest(paths[row], whole[row], fixed)
            foresee_samples(samples[beside], lost[beside])
            foresee_state(whole[rows[min(one + 2, len(rows) - 1)]])
            for event in range(count):
                events[total, 0] = one
                for what in range(3):
                    events[total, what + 1] = mine[event, what]
                sure[total] = likely[event]
                total += 1
        return total

    # Nothing is made in there that has to be given back, and who divides knows by what.
    njit: Any = numba.njit
    options = {"nogil": True, "error_model": "numpy", "_nrt": False}
    kernel: Kernel
    try:
        kernel = njit(cache=True, **options)(frames)
    except RuntimeError:  # nowhere to keep it
        kernel = njit(**options)(frames)
    return kernel
