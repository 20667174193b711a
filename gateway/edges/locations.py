"""Between the core's `Locate` and the location sources: asks, and reports what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..core.commands import Locate
from ..core.engine import Engine
from ..core.facts import LocationFailed, LocationFound
from ..core.values import CarrierName, DialogueId, Location
from ..faults import fault
from ..location.port import Answer, LocationSource, Question
from ..operations.metrics import Metrics


class LocationEdge:
    """`sources`: carrier group -> who is asked. `now`: monotonic seconds."""

    def __init__(
        self,
        engine: Engine,
        sources: Mapping[str, LocationSource],
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._now = now
        self.sources = sources

    def carry(self, dialogue: DialogueId, command: Locate) -> None:
        state = self._engine.get(dialogue)
        if state is None:
            return
        key = state.line.key
        source = self.sources.get(key.group)
        if source is None:
            reason = f"no location source is configured for {key.group}"
            self._engine.hear(dialogue, LocationFailed(reason))
            return
        asked = self._now()

        def answered(answer: Answer) -> None:
            fault("before_location_recorded")
            self._metrics.location.observe(self._now() - asked)
            if isinstance(answer, Location):
                self._engine.hear(dialogue, LocationFound(answer))
            else:
                self._engine.hear(dialogue, LocationFailed(answer.reason))

        number = state.caller.number
        source.locate(
            Question(dialogue, CarrierName(key.group), number, command.tlvs, command.pidf), answered
        )
