"""What is typed to the PSAP's TTY for what it is told: values of the door into the repertoire.

Pure. Says everything in words; whose turn it is, is not said here.
"""

from __future__ import annotations

from math import cos, hypot, radians
from typing import assert_never

from ...tty.paper import on_paper
from ...tty.spelling import spell
from ...tty.tokens import turn_end
from ..port import Card, Delivery, DeliveryChanged, Item, Offer, Place
from .said import plain

METRES_A_DEGREE = 111_320.0  # of latitude
MOVED_MIN = 100.0  # metres; less is no news to whoever sends help
QUOTED_MAX = 30  # characters of a text that is named by its beginning
NEW_LINE = "\r\n"


def spoken(number: str, caller: str) -> str:
    """A number as people say it: +18605550142 -> 860-555-0142. `caller`: what the card says."""
    digits = number.removeprefix("+1")
    if number.startswith("+1") and len(digits) == 10 and digits.isdecimal():
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return number.removeprefix("+") or caller


def announcement(template: str, offer: Offer) -> str:
    """The first words of a call."""
    card = offer.card
    place = card.town or (degrees(card.place) if card.place else "UNKNOWN PLACE")
    number = spoken(offer.number, card.caller)
    return on_paper(spell(template.format(number=number, place=place), ends_turns=True).text)


def degrees(place: Place) -> str:
    return f"{place.latitude:.5f} {place.longitude:.5f}"


def where(card: Card) -> str:
    """Where the caller is, in full; "" when nobody knows."""
    place = card.place
    if place is None:
        return ""
    town = f", {card.town}" if card.town else ""
    return bracketed(f"LOCATION {degrees(place)} WITHIN {place.radius:.0f} METERS{town}")


def has_moved(old: Place | None, new: Place | None) -> bool:
    """Whether it is news: known at last, known much better, or somewhere else."""
    if new is None or old is None:
        return new is not None
    east = (new.longitude - old.longitude) * cos(radians(old.latitude))
    metres = hypot(new.latitude - old.latitude, east) * METRES_A_DEGREE
    return metres > max(MOVED_MIN, new.radius / 2) or new.radius < old.radius / 2


def of(item: Item, channel: str) -> str:
    """A line of the transcript. What nobody needs to be typed is "": what happened, as opposed to
    what was said, is on the announcement and in the record."""
    match item.kind:
        case "caller":
            again = "(PERHAPS SENT TWICE) " if item.suspected_repeat else ""
            text = spell(again + item.text, ends_turns=channel == "tty").text
        case "psap":
            text = bracketed(f"{item.by or 'CALL-TAKER'} WROTE: {quoted(item.text)}")
        case "automatic":
            text = bracketed(f"THE CALLER WAS SENT: {quoted(item.text)}")
        case "event":
            return ""
        case _:
            assert_never(item.kind)
    notes = " ".join(bracketed(note) for note in item.notes if item.kind == "caller")
    return f"{text} {notes}".strip(" ")


def bracketed(text: str) -> str:
    """A remark of the gateway's."""
    return f"({spell(text).text.strip()})"


def quoted(text: str) -> str:
    """Words to a caller, in a remark, which hands nothing over: a GA there would be the state."""
    end = turn_end(text.upper())
    return plain(text) or (text if end is None else end.value)


def beginning(text: str) -> str:
    """A text named by its first words."""
    text = quoted(text)
    if len(text) <= QUOTED_MAX:
        return f"'{text}'"
    return f"'{text[:QUOTED_MAX].rsplit(' ', 1)[0]}...'"


def not_taken(text: str, reason: str) -> str:
    what = beginning(text) if text else "IT"
    return bracketed(f"{what} WAS NOT SENT: {reason.removeprefix('not sent: ')}")


def delivery(change: DeliveryChanged, text: str) -> str:
    """What went wrong with a reply; "" for what goes as it should."""
    match change.delivery:
        case Delivery.FAILED | Delivery.LOST:
            note = f": {change.note}" if change.note else ""
            what = beginning(text) if text else "A REPLY"
            return bracketed(f"{what} DID NOT REACH THE CALLER{note}")
        case _:
            return ""


def waiting(texts: int, seconds: float) -> str:
    """How much is still to come, so that nobody waits for a GA that is far away."""
    more = "1 MORE TEXT WAITS" if texts == 1 else f"{texts} MORE TEXTS WAIT"
    return bracketed(f"{more}, {round(seconds)} SECONDS")


def handing_over(text: str) -> str:
    """`text` with a GA behind it, unless it hands the line over itself; what they type then is on a
    line of its own."""
    return on_paper(text if turn_end(text) is not None else f"{text} GA")
