"""One bind that is up, whichever side asked for it. A value that moves along with a reload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...smpp.link import Link
from ..config import Carrier
from .admission import Shown

Operation = Literal["submit_sm", "data_sm"]


@dataclass(slots=True)
class Bind:
    """`shown`: what the carrier was let in by; None where we have bound to it. `sends`: the
    operation that carries our replies there."""

    link: Link
    carrier: Carrier
    bound_at: float  # UTC seconds
    shown: Shown | None = None
    sends: Operation = "submit_sm"
