"""The carrier's default place: where its callers are taken to be when nothing better is known."""

from __future__ import annotations

from collections.abc import Callable

from ..core.values import CarrierName, Location
from .port import Answer, Question, Unknown
from .settings import CarrierLocationSettings

# Percent. A default is no measurement; the radius is chosen so wide that it nearly always holds.
DEFAULT_CONFIDENCE = 95


class ProfileSource:
    """Answers at once. `now`: UTC seconds."""

    __slots__ = ("_now", "_settings")

    def __init__(self, settings: CarrierLocationSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        answer(default_place(self._settings, question.carrier, self._now()))


def default_place(settings: CarrierLocationSettings, carrier: CarrierName, at: float) -> Answer:
    latitude, longitude = settings.default_latitude, settings.default_longitude
    if latitude is None or longitude is None:
        return Unknown(f"carrier {carrier} has no default place")
    return Location(
        latitude,
        longitude,
        settings.default_radius,
        DEFAULT_CONFIDENCE,
        "Default",
        f"default place of carrier {carrier}",
        at,
    )
