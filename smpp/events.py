"""What a session tells its owner. Plain values; a union, no common parent."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from .pdu import DataSm, SubmitSm


@dataclass(frozen=True, slots=True)
class BindRequested:
    """Answer with `accept` or `refuse`; until then the session reads nothing further."""

    sequence_number: int
    command_id: int  # which of the three binds
    system_id: str
    password: str = field(repr=False)
    system_type: str
    interface_version: int
    address_range: str


class Submitted(Struct, frozen=True, gc=False):
    """A text to us, not answered yet: the owner calls `respond` exactly once.

    `octets` is the whole raw PDU, `faults` names what was forgiven in it.
    """

    sequence_number: int
    pdu: SubmitSm | DataSm
    octets: bytes
    faults: tuple[str, ...] = ()


class Responded(Struct, frozen=True, gc=False):
    """The response to what was sent with `tag`. `late`: `Silent` was said about it before."""

    tag: object
    status: int
    message_id: str
    octets: bytes
    late: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """No response in time: the outcome is unknown, and the link still stands (DESIGN 9.2)."""

    tag: object


@dataclass(frozen=True, slots=True)
class Gone:
    """The link ended without a response to this, whether `Silent` was said about it or not."""

    tag: object


@dataclass(frozen=True, slots=True)
class Unbound:
    """One side said unbind. `Closed` follows once what is unanswered has been answered."""

    by_peer: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """The end, always the last event: send what is left to send, then close the connection."""

    reason: str


Event = BindRequested | Submitted | Responded | Silent | Gone | Unbound | Closed
