"""What a receiver of TTY tones says, and what every receiver promises. Values only.

`demod` keeps the promise; `line` and the commands use it. Nothing here touches a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# For who brings sound in packets. Where time went by of which nothing came, so many samples are
# given as lost: longer than a character, so that none is put together from both sides.
GAP = 1600  # 200 ms
# Without a packet for so long, what is undecided is decided: a sender that is silent between words
# (it should not be), and ends its tone with the last letter, would keep that letter back. What
# comes later all the same is spoilt by the gap before it; so longer than a network, or the machine
# at either end, stands still, and shorter than the silence that ends a turn (3 s).
STARVED_AFTER = 2.5  # seconds


@dataclass(frozen=True, slots=True)
class Carrier:
    """Mark was found on the line (`on`), or no tone of a TTY is left. `at`: sample number, counted
    from the first sample pushed, where it was found out. A carrier alone is no TTY yet."""

    on: bool
    at: int


@dataclass(frozen=True, slots=True)
class Code:
    """One 5-bit code. `at`: the last sample of its stop bit (of one bit). `confidence`: 0 to 1, the
    probability that `code` is what was sent."""

    code: int
    at: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Detected:
    """The first character of the call has been accepted: it is a TTY, and its bits last `bit_ms`.
    Comes once, before that character's `Code`."""

    at: int
    bit_ms: Fraction


@dataclass(frozen=True, slots=True)
class Voice:
    """Speech-like energy that is no TTY began, or ended. `at`: where it was found out."""

    on: bool
    at: int


Event = Carrier | Code | Detected | Voice


class Receiver(Protocol):
    """One call's ear. Never waits, keeps no more than a second of audio.

    How the stream is cut into pushes does not change what is heard: only when it is said, because
    decisions are made every 160 samples. Within one call `at` of codes only ever grows."""

    def push(self, samples: NDArray[np.int16], lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        """The next samples (8 kHz, any number) and which of them never arrived; those are not
        looked at. Events in the order in which they were decided."""
        ...

    def finish(self) -> tuple[Event, ...]:
        """The audio is over: whatever was still undecided. Nothing may be pushed afterwards."""
        ...
