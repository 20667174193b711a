"""Several location sources as one: asked in order until one knows; and the chain of a carrier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from ..core.values import Location
from .port import Answer, LocationSource, Question, Unknown
from .profile import ProfileSource
from .settings import CarrierLocationSettings, Source
from .simulated import Later, SimulatedSource
from .tlv import TlvSource


class Chain:
    """When none knows, the answer holds the reasons of all, in the order of asking. An answer that
    a source gives a second time is not passed on."""

    __slots__ = ("_sources",)

    def __init__(self, sources: Sequence[LocationSource]) -> None:
        self._sources = tuple(sources)

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        self._ask(0, question, answer, ())

    def _ask(
        self,
        index: int,
        question: Question,
        answer: Callable[[Answer], None],
        reasons: tuple[str, ...],
    ) -> None:
        if index == len(self._sources):
            answer(Unknown("; ".join(reasons) or "no location source is configured"))
            return
        answered = False

        def heard(said: Answer) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            match said:
                case Location():
                    answer(said)
                case Unknown(reason):
                    self._ask(index + 1, question, answer, (*reasons, reason))
                case _:
                    assert_never(said)

        self._sources[index].locate(question, heard)


def carrier_source(
    settings: CarrierLocationSettings, now: Callable[[], float], later: Later
) -> LocationSource:
    """What a carrier's file asks for, its default place as the last resort. `now`: UTC seconds;
    `later(seconds, what)`: the loop's scheduler."""
    profile = ProfileSource(settings, now)
    match settings.source:
        case Source.PROFILE:
            return profile
        case Source.TLV:
            assert settings.tlv_tag is not None  # the model has seen to it
            return Chain([TlvSource(settings.tlv_tag, settings.tlv_format, now), profile])
        case Source.SIMULATED:
            simulated = SimulatedSource(
                settings.simulated_seed, settings.simulated_delay_s, later, now
            )
            return Chain([simulated, profile])
        case _:
            assert_never(settings.source)


def call_source(settings: CarrierLocationSettings, now: Callable[[], float]) -> LocationSource:
    """For callers on lines: the location object their call brought, then the line's default place.
    `now`: UTC seconds. Loads XML, which a gateway for texts alone does without."""
    from .pidf import PidfSource

    return Chain([PidfSource(now), ProfileSource(settings, now)])
