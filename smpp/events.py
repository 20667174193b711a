"""What a session tells its owner. Plain values; a union, no common parent."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from .destinations import UnsuccessSme
from .pdu import AlertNotification, DataSm, DeliverSm, Outbind, QuerySm, SubmitMulti, SubmitSm


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

    `octets` is the whole raw PDU, `faults` names what was forgiven in it. `unsuccessful`: it came
    by submit_multi, and these of its destinations are not ours.
    """

    sequence_number: int
    pdu: SubmitSm | DataSm | DeliverSm
    octets: bytes
    faults: tuple[str, ...] = ()
    unsuccessful: tuple[UnsuccessSme, ...] | None = None


class SubmittedToMany(Struct, frozen=True, gc=False):
    """submit_multi: as `Submitted`, once it is known who of its destinations is ours."""

    sequence_number: int
    pdu: SubmitMulti
    octets: bytes
    faults: tuple[str, ...] = ()


class Queried(Struct, frozen=True, gc=False):
    """query_sm: the message centre answers with `answer_query`, once."""

    sequence_number: int
    pdu: QuerySm


class Bound(Struct, frozen=True, gc=False):
    """The carrier's message centre has let us in. `system_id` is its own name for itself."""

    system_id: str
    interface_version: int


class OutbindRequested(Struct, frozen=True, gc=False):
    """A carrier's message centre asks us to bind: call `bind`, or close the connection."""

    pdu: Outbind


class Notified(Struct, frozen=True, gc=False):
    """alert_notification: a handset can be reached again. It has no response."""

    pdu: AlertNotification
    octets: bytes


class Responded(Struct, frozen=True, gc=False):
    """The response to what was sent with `tag`. `late`: `Silent` was said about it before."""

    tag: object
    status: int
    message_id: str
    octets: bytes
    late: bool = False


class Silent(Struct, frozen=True, gc=False):
    """No response in time: the outcome is unknown, and the link still stands (DESIGN 9.2)."""

    tag: object


class Gone(Struct, frozen=True, gc=False):
    """The link ended without a response to this, whether `Silent` was said about it or not."""

    tag: object


class Unbound(Struct, frozen=True, gc=False):
    """One side said unbind. `Closed` follows once what is unanswered has been answered."""

    by_peer: bool


class Closed(Struct, frozen=True, gc=False):
    """The end, always the last event: send what is left to send, then close the connection."""

    reason: str


Event = (
    BindRequested
    | Submitted
    | SubmittedToMany
    | Queried
    | Bound
    | OutbindRequested
    | Notified
    | Responded
    | Silent
    | Gone
    | Unbound
    | Closed
)
