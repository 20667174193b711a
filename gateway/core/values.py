"""The core's vocabulary: names, places, the marks by which a repeat is known. Imports nothing."""

from __future__ import annotations

from typing import NewType

from msgspec import Struct

DialogueId = NewType("DialogueId", str)
MessageId = NewType("MessageId", str)
PsapName = NewType("PsapName", str)
CarrierName = NewType("CarrierName", str)


class CallerKey(Struct, frozen=True, gc=False):
    """Who is texting, for finding the one dialogue they have (DESIGN 3).

    `group` is the carrier's account group; `number` is E.164 with "+", or a short code or an
    alphanumeric sender verbatim. Of a call `group` is the line's name and `number` a fresh id of
    this one leg: the telephone number it came from is an attribute (`Opened.ani`).
    """

    channel: str  # "sms"; "tty" and "rtt" for calls, of which each is a caller of its own
    group: CarrierName
    number: str

    @property
    def is_call(self) -> bool:
        return self.channel != "sms"

    @property
    def is_person(self) -> bool:
        """A short code or an alphanumeric sender is a machine: it gets no automatic message."""
        return self.is_call or (self.number.startswith("+") and len(self.number) > 8)


class Location(Struct, frozen=True, gc=False):
    latitude: float  # degrees north, WGS 84
    longitude: float  # degrees east
    radius: float  # metres of uncertainty
    confidence: int  # percent
    method: str  # PIDF-LO method token: "Cell", "GPS", "Default", ...
    source: str  # who said so, in words
    at: float  # UTC seconds of the fix


class Segment(Struct, frozen=True, gc=False, omit_defaults=True):
    """One SMS of a reply, as user data without any header: `octets` in `data_coding`; where that is
    0, septets with one in each octet. `single`: the national language identifier of the single
    shift table they are read with, 0 for the extension of the default alphabet."""

    data_coding: int
    octets: bytes
    single: int = 0


class Mark(Struct, frozen=True, gc=False):
    """By what a retransmitted PDU is recognised (DESIGN 9.1).

    `octets` is a digest of source and user data; `link` names one TCP session; `umr` is
    user_message_reference or -1; `part` is "kind:reference:total:number" of a concatenated part
    or "".
    """

    octets: bytes
    link: str
    sequence_number: int
    umr: int = -1
    part: str = ""


class Character(Struct, frozen=True, gc=False, array_like=True):
    """What a caller on a line typed, as it was received. Of real-time text only `text` is known.

    `text`: what it says; a backspace takes back the one before; "" for a shift. `letters` and
    `figures`: what the code means in either case. A field added later stands last, with a default.
    """

    text: str
    code: int = -1  # 0 to 31
    letters: str = ""
    figures: str = ""
    confidence: float = 1.0  # 0 to 1: the probability that it is this code
    at_ms: int = 0  # since the call was answered; of the last sample of its stop bit
    echo: bool = False  # our own character come back: for the record, not for the page


class Block(Struct, frozen=True, gc=False):
    """A PSAP does not take one caller until `until`; the caller is told so (see `blocking`)."""

    dialogue: DialogueId  # in which it was decided; with the PSAP it names the block
    psap: PsapName
    by: str
    since: float  # UTC seconds
    until: float  # UTC seconds
    reason: str


class Previous(Struct, frozen=True, gc=False):
    """The dialogue the same caller had just before."""

    dialogue: DialogueId
    psap: PsapName  # "" when nobody had answered it
    closed_at: float
    last_automatic: str = ""  # as the rules had it before `automatic`; no longer written
    last_automatic_at: float = 0.0
    # Of each kind of automatic message the last one this caller got, and its UTC seconds.
    automatic: tuple[tuple[str, float], ...] = ()
