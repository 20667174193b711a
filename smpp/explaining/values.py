"""What is said about octets: fields, faults and the PDU they are in. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

UNREAD = "(unread)"  # octets of a PDU that no field could be made of
NO_PDU = "(no PDU)"  # octets of a stream that no PDU could be made of
GAP = "(gap)"  # octets of a stream that a capture does not hold


@dataclass(frozen=True, slots=True)
class Field:
    """`offset` counts octets from where the reading began. `value` is None for what is only
    octets, and for what is `secret`: a password, or what may hold one, is never shown."""

    name: str
    offset: int
    octets: bytes = field(repr=False)
    value: int | str | None = None
    words: str = ""
    tag: int | None = None  # of an optional parameter
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `status` is the command_status for what makes a PDU unreadable from
    there on, None for what can be read all the same. The sentences never hold a peer's words."""

    offset: int
    name: str
    what: str
    expected: str
    advice: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message carries: its text, and the user data header in words."""

    alphabet: str
    text: str
    header: tuple[str, ...] = ()
    part: str = ""  # "part 1 of 3, reference 7 (udh8)"
    remarks: tuple[str, ...] = ()  # on how the text was read


@dataclass(frozen=True, slots=True)
class Explained:
    """A PDU, or octets that are none. The octets of `fields`, joined, are exactly `octets`."""

    name: str
    offset: int
    octets: bytes = field(repr=False)
    fields: tuple[Field, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()  # worth knowing, not wrong
    content: Content | None = None
    answer: str = ""  # what our server would say, "" where it would say nothing
    command_id: int | None = None
    sequence_number: int | None = None

    @property
    def is_good(self) -> bool:
        return not self.faults
