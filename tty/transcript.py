"""A whole recording read at once: for files, not for calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .receiving import Carrier, Code, Detected, Receiver
from .shifts import Character, Receiving, text_of
from .wav import RATE

AT_ONCE = RATE  # samples: a recording may be hours long


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recording says. `characters` include shifts; `at` of each is its sample. `bit_ms`:
    how fast the sender types; None when no TTY was found."""

    characters: tuple[Character, ...]
    bit_ms: Fraction | None

    @property
    def text(self) -> str:
        return text_of(self.characters)


def transcript(
    samples: NDArray[np.int16], receiver: Receiver, *, falls_back: bool = False
) -> Transcript:
    """Read `samples` (8 kHz) with a fresh `receiver`. `falls_back`: the sender is radio teletype,
    which goes back to letters at a space and says no shift."""
    fresh = receiving = Receiving(falls_back=falls_back)
    characters: list[Character] = []
    bit_ms: Fraction | None = None
    for event in _events(samples, receiver):
        match event:
            case Code(code, at, confidence):
                character, receiving = receiving.receive(code, confidence, at)
                characters.append(character)
            case Carrier(True):
                receiving = fresh  # every carrier begins in letters
            case Detected():
                bit_ms = event.bit_ms
            case _:
                pass  # that a carrier or a voice ends changes nothing in what was typed
    return Transcript(tuple(characters), bit_ms)


def _events(samples: NDArray[np.int16], receiver: Receiver) -> Iterator[object]:
    for at in range(0, len(samples), AT_ONCE):
        part = samples[at : at + AT_ONCE]
        yield from receiver.push(part, np.zeros(len(part), np.bool_))
    yield from receiver.finish()
