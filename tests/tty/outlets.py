"""Ways out of a call that need no network."""

from __future__ import annotations

import numpy as np

from text911.tty.modulator import FRAME, Samples

SILENCE = np.zeros(FRAME, np.int16)


class AtOnce:
    """What is said is heard at once, a frame for every beat."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self._untold = 0
        self._owed = 0

    def beat(self) -> None:
        self._owed += 1

    @property
    def room(self) -> int:
        return self._owed

    def put(self, samples: Samples) -> None:
        self.heard.append(samples)
        self._owed -= 1
        self._untold += 1

    def rest(self) -> None:
        self.heard += [SILENCE] * self._owed
        self._owed = 0

    def left(self) -> int:
        untold, self._untold = self._untold, 0
        return untold

    @property
    def pending(self) -> int:
        return 0

    def recall(self) -> None:
        """There is nothing that has not left."""

    def broke(self, now: float) -> bool:
        return False

    def go_on(self) -> None:
        raise AssertionError("nothing broke")
