"""Every command_status a carrier can get from us, when, and what it should do then: one table.

`tests/gateway/onboarding/test_codes.py` holds it against what the session, the codec and the edge
really answer. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ...smpp.status import Status


class Retry(Enum):
    """What to do with the very same octets."""

    NONE = "nothing more to do"
    LATER = "send the same octets again, after 1 s, then 2 s, 4 s ... 30 s; never give up a text"
    NEVER = "mend it: the same octets will never be taken"
    RECONNECT = "the connection ends: again after 5 s, then 10 s ... 60 s"


@dataclass(frozen=True, slots=True)
class Code:
    """`statuses` are answered for one reason; `when` and `do` are for the carrier's engineer."""

    statuses: tuple[Status, ...]
    retry: Retry
    when: str
    do: str = ""  # beside what `retry` says


CODES: tuple[Code, ...] = (
    Code((Status.ROK,), Retry.NONE, "the text is recorded and synced to disk, not before"),
    Code(
        (Status.RTHROTTLED,),
        Retry.LATER,
        "too much at once: your rate, too many unanswered, or one noisy number",
    ),
    Code(
        (Status.RMSGQFUL,),
        Retry.LATER,
        "our record cannot be written just now; what it kept is recognised",
    ),
    Code(
        (Status.RINVBNDSTS,),
        Retry.LATER,
        "not possible on this bind: a text before the bind, or on a receiver",
        "bind first",
    ),
    Code(
        (Status.RINVDSTADR,),
        Retry.NEVER,
        "destination_addr is none of our addresses, or too long",
        "correct your routing",
    ),
    Code(
        (Status.RINVCMDLEN,),
        Retry.NEVER,
        "fields do not fit command_length",
        "text911 smpp decode shows where",
    ),
    Code(
        (Status.RINVOPTPARSTREAM,),
        Retry.NEVER,
        "octets at the end are no parameter, or one runs past the end",
        "look at its length and sm_length",
    ),
    Code(
        (Status.RINVSERTYP, Status.RINVSRCADR, Status.RINVSCHED, Status.RINVEXPIRY),
        Retry.NEVER,
        "the field that it names is too long, or has no NUL",
    ),
    Code(
        (Status.RINVCMDID,),
        Retry.NEVER,
        "no operation of SMPP, or one that 3.4 lacks",
    ),
    Code(
        (Status.RCANCELFAIL, Status.RREPLACEFAIL, Status.RPROHIBITED),
        Retry.NEVER,
        "cancel_sm, replace_sm or broadcast: a text to 911 is never taken back",
    ),
    Code(
        (Status.RINVMSGID, Status.RQUERYFAIL),
        Retry.NEVER,
        "query_sm: no such text of that source, or not known just now",
    ),
    Code(
        (Status.RINVNUMDESTS, Status.RINVDESTFLAG, Status.RINVDLNAME),
        Retry.NEVER,
        "submit_multi: the destinations cannot be read",
    ),
    Code(
        (Status.RBINDFAIL,),
        Retry.RECONNECT,
        "system_id, password, address or TLS is wrong, never said which",
        "ask us",
    ),
    Code(
        (Status.RALYBND,),
        Retry.RECONNECT,
        "one bind too many; beside a bind that stands, it stays",
        "unbind the old one",
    ),
    Code(
        (Status.RINVSYSID, Status.RINVPASWD, Status.RINVSYSTYP),
        Retry.RECONNECT,
        "the field of the bind that it names is too long",
    ),
)


def code_of(status: int) -> Code | None:
    """The row for a status; None for one that we never give."""
    return next((one for one in CODES if status in one.statuses), None)
