"""How long things take on the wire of a TTY. Arithmetic only: exact until the last step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .code import BITS
from .shifts import Sending, send

LEAD_IN_MS = 150  # of mark before the first start bit: the far modem finds the carrier (TIA-825)
HOLD_MS = 300  # of mark after the last stop bit: the last character is not cut off (TIA-825)

BIT_MS_45 = 22  # 45.45 baud, TTYs of North America
BIT_MS_50 = 20  # 50 baud, the rest of the world
BAUD_45, BAUD_50 = 45.45, 50.0  # as people write them
STOP_BITS = (Fraction(1), Fraction("1.42"), Fraction("1.5"), Fraction(2))  # seen in the field
_STOPS = {float(bits): bits for bits in STOP_BITS}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a sender types. `bit_ms` in ms; `stop_bits` one of STOP_BITS."""

    bit_ms: int = BIT_MS_45
    stop_bits: Fraction = Fraction(2)

    def __post_init__(self) -> None:
        if self.bit_ms not in (BIT_MS_45, BIT_MS_50):
            raise ValueError(f"a bit lasts {BIT_MS_45} or {BIT_MS_50} ms, not {self.bit_ms}")
        if self.stop_bits not in STOP_BITS:
            raise ValueError(f"stop bits are 1, 1.42, 1.5 or 2, not {float(self.stop_bits):g}")

    @property
    def code_ms(self) -> Fraction:
        """One code: start bit, data bits, stop bits; in ms."""
        return self.bit_ms * (1 + BITS + self.stop_bits)


def seconds_on_wire(text: str, pace: Pace, sending: Sending | None = None) -> float:
    """From the first lead-in to the end of the hold, shifts counted as they are sent; in s.

    `text` is of the repertoire. Nothing takes no time."""
    if not text:
        return 0.0
    codes = sum(len(codes) for codes in send(text, sending))
    return float((LEAD_IN_MS + codes * pace.code_ms + HOLD_MS) / 1000)


def speed(baud: float) -> float:
    """`baud` as it was written, 45 for 45.45 too; ValueError where no TTY has it."""
    if baud not in (BAUD_45, 45.0, BAUD_50):
        raise ValueError("must be 45.45 or 50")
    return baud


def stops(bits: float) -> float:
    """`bits` as they were written; ValueError where no TTY has them."""
    if bits not in _STOPS:
        raise ValueError("must be 1, 1.42, 1.5 or 2")
    return bits


def pace_of(baud: float, stop_bits: float) -> Pace:
    """What was written as `speed` and `stops` take it."""
    return Pace(BIT_MS_50 if baud == BAUD_50 else BIT_MS_45, _STOPS[stop_bits])
