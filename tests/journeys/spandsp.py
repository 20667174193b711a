"""The V.18 modem of libspandsp2 through ctypes: text to samples and samples to text."""

from __future__ import annotations

import ctypes
from collections import deque

import numpy as np
from numpy.typing import NDArray

from text911.tty.shifts import send

from .tools import LIBRARIES

MODES = {"45.45": 1, "50": 2}  # V18_MODE_5BIT_45 and V18_MODE_5BIT_50 of 0.0.6
RATE = 8000
FRAME = 160  # samples
AHEAD_MAX = 60  # codes given to it and not yet sent; its queue holds 128 and loses a shift silently
CODE_S = {"45.45": 8 * 0.022, "50": 8 * 0.020}  # seconds of one code
QUIET_FRAMES = 25
FRAMES_MAX = 50 * 600  # ten minutes

Samples = NDArray[np.int16]

_TOLD = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int)


class Modem:
    """One end of a call."""

    def __init__(self, baud: str, calling: bool) -> None:
        self._baud = baud
        self._library = ctypes.CDLL(LIBRARIES["spandsp"])
        self._library.v18_init.restype = ctypes.c_void_p
        self._library.v18_init.argtypes = [
            ctypes.c_void_p, ctypes.c_int, ctypes.c_int, _TOLD, ctypes.c_void_p,
        ]  # fmt: skip
        for name in ("v18_rx", "v18_tx"):
            getattr(self._library, name).argtypes = [
                ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int,
            ]  # fmt: skip
        self._library.v18_put.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
        self._library.v18_free.argtypes = [ctypes.c_void_p]
        self._told: list[bytes] = []
        self._tell = _TOLD(self._hear)  # kept: the library holds no reference to it
        self._state = self._library.v18_init(None, int(calling), MODES[baud], self._tell, None)
        assert self._state

    def _hear(self, _: int | None, octets: ctypes.Array[ctypes.c_uint8], length: int) -> None:
        self._told.append(bytes(octets[:length]))

    def hear(self, samples: Samples) -> str:
        """What it reads; it says a message only when the carrier has gone."""
        whole = np.concatenate([samples, np.zeros(FRAME * QUIET_FRAMES, np.int16)])
        for at in range(0, len(whole) - FRAME + 1, FRAME):
            frame = np.ascontiguousarray(whole[at : at + FRAME])
            self._library.v18_rx(self._state, frame.ctypes.data, FRAME)
        return b"".join(self._told).decode("ascii")

    def type(self, text: str) -> Samples:
        """`text` as tones, with silence behind them."""
        waiting = deque(
            (one.encode("ascii"), len(codes)) for one, codes in zip(text, send(text), strict=True)
        )
        frames: list[Samples] = []
        given = quiet = 0
        while quiet < QUIET_FRAMES:
            assert len(frames) < FRAMES_MAX
            sent_codes = len(frames) * FRAME / RATE / CODE_S[self._baud]
            while waiting and given - sent_codes < AHEAD_MAX:
                octet, codes = waiting.popleft()
                assert self._library.v18_put(self._state, octet, 1) == 1
                given += codes
            frame = np.zeros(FRAME, np.int16)
            sent = self._library.v18_tx(self._state, frame.ctypes.data, FRAME)
            quiet = quiet + 1 if sent == 0 and not waiting else 0
            frames.append(frame)
        return np.concatenate(frames)

    def close(self) -> None:
        self._library.v18_free(self._state)
