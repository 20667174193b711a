"""What a user agent asks of the world and tells it: everything `calls.Endpoint` gives back.

Every call that was told of (`Incoming`) or begun (`invite`) ends in exactly one `Ended` or
`Refused`; after it no effect names that call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from .flows import Address, Flow
from .message import Request, Response

CallId = NewType("CallId", int)  # ours, never used twice by one endpoint; not the header Call-ID


class Why(StrEnum):
    """What ended a call that no status ended."""

    BYE = "BYE"  # the other side hung up
    CANCEL = "CANCEL"  # the caller gave up before there was an answer, them or us
    HUNG_UP = "hung up"  # we hung up
    TIMEOUT = "timeout"  # the other side does not answer any more
    SESSION_TIMER = "session timer"  # RFC 4028: nobody said in time that the session lives
    LOST = "lost"  # what there was to say could not be sent


@dataclass(frozen=True, slots=True)
class Cause:
    """`what`: a status (ours or theirs) or one of `Why`. `text` is for people; may be ""."""

    what: int | Why
    text: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """Octets that go out as they are: one datagram, or one message on a stream."""

    octets: bytes
    flow: Flow


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call rings here. It may be refused, rung, accepted; 100 has gone out. `sdp`: the offer, of
    which at least one medium can be used, or b"" when ours is asked for."""

    call: CallId
    request: Request
    flow: Flow
    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ACK for what we accepted came. `sdp`: the answer to our offer, when the offer was ours;
    b"" otherwise."""

    call: CallId
    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional answer to our call. `sdp` b"" when it has none."""

    call: CallId
    status: int
    sdp: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """Our call was taken; the ACK has gone out. `sdp` is the answer to our offer."""

    call: CallId
    sdp: bytes
    response: Response


class Unproven(StrEnum):
    """Why 401 or 407 was the last word."""

    NO_LOGIN = "no login"  # we have no name and password for this peer
    NOT_TAKEN = "not taken"  # it knows no such name, or the password is another
    NOT_SPOKEN = "not spoken"  # it asks in no way that we can answer


@dataclass(frozen=True, slots=True)
class Refused:
    """Our call was not taken. 408 too when nobody answered, 503 when it could not be sent.
    `unproven`: with 401 and 407 only."""

    call: CallId
    status: int
    text: str
    unproven: Unproven | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """The other side wants another session in a call that stands: `answer_offer` or `refuse`.
    `sdp` b"": it asks for an offer of ours, whose answer comes with `Confirmed`."""

    call: CallId
    sdp: bytes


@dataclass(frozen=True, slots=True)
class Reanswered:
    """The other side answered the offer of `reinvite`, or what was said again to keep the call
    alive: its media may have moved, changed or stopped. `sdp` b"": it said nothing of them."""

    call: CallId
    sdp: bytes


@dataclass(frozen=True, slots=True)
class Declined:
    """The other side did not take the offer of `reinvite`, or what was said again to keep the call
    alive; the session stays as it was, until its timer says that it is over."""

    call: CallId
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """MESSAGE or INFO within a call; it was answered 200."""

    call: CallId
    request: Request


@dataclass(frozen=True, slots=True)
class Located:
    """Of a call that rang here: a request within it brought a location object, `pidf` as it came.
    It was not refused for that, and what else it wants is told besides."""

    call: CallId
    pidf: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    call: CallId
    cause: Cause


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A peer that is watched does not answer OPTIONS any more; said once until `Reachable`."""

    flow: Flow
    text: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """A peer that is watched answered, for the first time or again."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Rejected:
    """For one line in the log. `unsaid`: how many more there were since the line before, kept
    back so that nobody can flood the log."""

    remote: Address
    why: str
    unsaid: int = 0


Effect = (
    Send
    | Incoming
    | Confirmed
    | Progress
    | Answered
    | Refused
    | Offered
    | Reanswered
    | Declined
    | Message
    | Located
    | Ended
    | Unreachable
    | Reachable
    | Rejected
)
Effects = tuple[Effect, ...]
