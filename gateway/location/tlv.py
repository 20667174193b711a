"""A location that the carrier puts into an optional parameter of the first message.

Format "decimal": ASCII `latitude,longitude,radius[,confidence]`, for example
`41.5951,-72.5851,620,90`: degrees north, degrees east, metres, percent (90 when it is left out).
Only plain decimal numbers; blanks around a number and NULs at the end are allowed. The octets are
a peer's: whatever they hold, the answer is a Location or an Unknown that says why not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never

from ..core.values import Location
from ..routing.plane import is_on_earth
from .port import Answer, Question, Unknown
from .settings import TlvFormat

OCTETS_MAX = 64  # four numbers of full double precision need fewer
RADIUS_MAX = 500_000.0  # metres; a circle larger than New England says nothing
CONFIDENCE_UNSTATED = 90  # percent; what carriers aim for with a cell location

# Plain decimal only: float() alone would take "nan", "1e5" and "1_0".
NUMBER = re.compile(r" *([+-]?[0-9]{1,9}(?:\.[0-9]{0,20})?) *", re.ASCII)


class TlvSource:
    """Answers at once. `now`: UTC seconds; a TLV bears no time of its own, so the fix is as old as
    the message."""

    __slots__ = ("_format", "_now", "_tag")

    def __init__(self, tag: int, tlv_format: TlvFormat, now: Callable[[], float]) -> None:
        self._tag = tag
        self._format = tlv_format
        self._now = now

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        values = {octets for tag, octets in question.tlvs if tag == self._tag}
        if not values:
            answer(Unknown(f"the message has no parameter 0x{self._tag:04X} with a location"))
        elif len(values) > 1:
            answer(Unknown(f"the message has parameter 0x{self._tag:04X} twice and differently"))
        else:
            match self._format:
                case TlvFormat.DECIMAL:
                    answer(decimal(values.pop(), self._tag, self._now()))
                case _:
                    assert_never(self._format)


def decimal(octets: bytes, tag: int, at: float) -> Answer:
    """Reads format "decimal"."""
    where = f"parameter 0x{tag:04X}"
    if len(octets) > OCTETS_MAX:
        return Unknown(f"{where} has {len(octets)} octets; a location has at most {OCTETS_MAX}")
    try:
        text = octets.rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        return Unknown(f"{where} is not ASCII")
    fields = text.split(",")
    if len(fields) not in (3, 4):
        return Unknown(f"{where} has {len(fields)} fields, not latitude,longitude,radius")
    numbers: list[float] = []
    for name, field in zip(("latitude", "longitude", "radius", "confidence"), fields, strict=False):
        matched = NUMBER.fullmatch(field)
        if matched is None:
            return Unknown(f"{where}: {name} is not a plain decimal number")
        numbers.append(float(matched.group(1)))
    latitude, longitude, radius = numbers[:3]
    confidence = numbers[3] if len(numbers) == 4 else CONFIDENCE_UNSTATED
    if not is_on_earth(latitude, longitude):
        return Unknown(f"{where}: {latitude:g}, {longitude:g} is no place on earth")
    if latitude == 0 and longitude == 0:
        return Unknown(f"{where}: 0, 0 is what a location server says when it knows nothing")
    if not 0 <= radius <= RADIUS_MAX:
        return Unknown(f"{where}: a radius of {radius:g} m is not within 0 and {RADIUS_MAX:g}")
    if not 0 <= confidence <= 100:
        return Unknown(f"{where}: a confidence of {confidence:g} is not within 0 and 100 percent")
    return Location(
        latitude, longitude, radius, round(confidence), "Cell", "the carrier, in the message", at
    )
