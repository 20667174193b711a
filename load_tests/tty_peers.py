"""The receivers of others: minimodem as a process, spandsp 0.0.6 through ctypes. Both print text;
their codes are what would have been typed for it."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import wave
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from text911.tty.code import REPERTOIRE

from .tty_signals import codes_of

_PUT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int)
V18_45, V18_50 = 1, 2  # spandsp 0.0.6: V18_MODE_5BIT_45, V18_MODE_5BIT_50
_US_TELETYPE = str.maketrans("&#", "+=")
FAST = 47.5  # baud; a sender above it has 50. Both must be told


def _codes(text: str) -> list[int]:
    return codes_of("".join(one for one in text.upper() if one in REPERTOIRE))


def minimodem(samples: NDArray[np.int16], baud: float) -> list[int]:
    """With one stop bit, which is the best it can do. What others print as + and = is & and # in
    its table, that of the US teletype: the same codes, which are not held against it."""
    kind = ["tdd"] if baud < FAST else ["-5", "-M", "1400", "-S", "1800", "50"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heard.wav"
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(samples.tobytes())
        done = subprocess.run(
            ["minimodem", "--rx", "-q", "-R", "8000", "--stopbits", "1", "-f", str(path), *kind],
            capture_output=True,
            check=False,
        )
    return _codes(done.stdout.decode("latin-1").strip().translate(_US_TELETYPE))


def spandsp(samples: NDArray[np.int16], baud: float) -> list[int]:
    """V.18 in 5-bit mode."""
    name = find_library("spandsp")
    if name is None:
        raise FileNotFoundError("libspandsp is not installed: apt-get install libspandsp2")
    library = ctypes.CDLL(name)
    library.v18_init.restype = ctypes.c_void_p
    heard: list[str] = []

    def put(_: int | None, message: Any, count: int) -> None:
        heard.append(bytes(message[:count]).decode("latin-1"))

    callback = _PUT(put)
    mode = V18_45 if baud < FAST else V18_50
    state = ctypes.c_void_p(library.v18_init(None, 0, mode, callback, None))
    silence = np.zeros(8000, dtype=np.int16)
    everything = np.concatenate([samples, silence])
    for at in range(0, len(everything), 160):
        piece = np.ascontiguousarray(everything[at : at + 160])
        pointer = piece.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        library.v18_rx(state, pointer, len(piece))
    library.v18_free(state)
    return _codes("".join(heard))


PEERS: dict[str, Callable[[NDArray[np.int16], float], list[int]]] = {
    "minimodem": minimodem,
    "spandsp": spandsp,
}
