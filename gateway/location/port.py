"""Where a caller is: the one interface that every location source implements.

The profile default, a TLV of the carrier and the simulated source of the demonstration speak it
today; MLP, HELD and LoST-based sources will speak the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ..core.values import CarrierName, Location


@dataclass(frozen=True, slots=True)
class Question:
    """`tlvs`: the optional parameters of the first PDU, tag -> value octets, as they came. `pidf`:
    the location object a call brought; empty if it brought none."""

    dialogue: str
    carrier: CarrierName
    number: str
    tlvs: tuple[tuple[int, bytes], ...] = ()
    pidf: bytes = b""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The source has no answer. `reason` is a sentence for the transcript."""

    reason: str


Answer = Location | Unknown


class LocationSource(Protocol):
    """Asked once per dialogue. Must answer exactly once, at once or later, and never raise; who
    asks has a limit of its own and routes by default when it has passed."""

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None: ...
