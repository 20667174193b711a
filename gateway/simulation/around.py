"""What those who watch a simulated world, or call into it, may see of it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .carriers import SimulatedCarrier
from .process import Process
from .shadow import Shadow
from .stage import Stage
from .witness import Witness


class Around(Protocol):
    """One world; all of it outlives the gateway's process, which comes and goes."""

    @property
    def stage(self) -> Stage: ...

    @property
    def shadow(self) -> Shadow: ...

    @property
    def process(self) -> Process | None:
        """None between two lives."""
        ...

    @property
    def carriers(self) -> Sequence[SimulatedCarrier]: ...

    @property
    def witness(self) -> Witness: ...
