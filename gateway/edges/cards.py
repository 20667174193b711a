"""The card of a dialogue: what a PSAP is told of it apart from its words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from ...psap_adapters.port import Card, Chart, Place
from ...smpp.alphabets import decode
from ..core.state import Dialogue, Partial
from ..core.values import Location
from .numbers import readable

WITHHELD = "Number withheld"


def card_of(state: Dialogue, carrier: str, draw: Callable[[Location], Chart | None]) -> Card:
    """`carrier`: what people call the carrier, or the line, that brought it."""
    line = state.line
    arriving = next((one for one in line.partials if not one.joined), None)
    return Card(
        caller=caller_of(state),
        carrier=carrier,
        channel=cast(Literal["sms", "tty", "rtt"], line.key.channel),
        opened_at=line.opened_at,
        town=line.town,
        routed_because=line.because,
        place=None if line.location is None else _place(line.location),
        chart=None if line.location is None else draw(line.location),
        previous="" if line.previous is None else line.previous.dialogue,
        arriving="" if arriving is None else _first_words(arriving),
    )


def caller_of(state: Dialogue) -> str:
    """Who it is, as a telecommunicator reads it. The key of a call names no telephone."""
    if state.call is not None and not state.call.ani:
        return WITHHELD
    return readable(state.caller.number)


def number_of(state: Dialogue) -> str:
    """As E.164 with "+"; "" where it is withheld, or a sender that no telephone has."""
    number = state.caller.number if state.call is None else state.call.ani
    return number if number.startswith("+") else ""


def _first_words(partial: Partial) -> str:
    """The first part that is there, read on its own: enough to see what it is about."""
    first = min(partial.parts, key=lambda part: part.number)
    return decode(first.octets, first.alphabet or partial.alphabet).text + " ..."


def _place(location: Location) -> Place:
    return Place(
        location.latitude,
        location.longitude,
        location.radius,
        location.confidence,
        location.method,
        location.source,
        location.at,
    )
