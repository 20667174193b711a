"""How cases are written down: the answers that are due, and a case in one line."""

from __future__ import annotations

from .octets import NACK, RESPONSE
from .rules import KEPT, ODD_NUMBER, OWN_CODE, OWN_RESPONSE, Rule
from .values import (
    ANY,
    ERROR,
    ROK,
    Access,
    Body,
    Case,
    Due,
    End,
    Pattern,
    Probe,
    Send,
    Setup,
    Severity,
    Statuses,
    Step,
    Twin,
    status,
)

# The sequence_numbers of cases; the play's own are far from them.
N = 0x21


def answered(
    command_id: int,
    number: int = N,
    statuses: Statuses = ANY,
    body: Body = Body.ANY,
    rule: Rule | None = None,
) -> Due:
    """Its own response, and nothing else will do."""
    return Due((Pattern(command_id | RESPONSE, statuses, (number,), body),), rule=rule)


def taken(command_id: int, number: int = N, body: Body = Body.ANY) -> Due:
    return answered(command_id, number, ROK, body)


def refused(command_id: int, number: int = N) -> Due:
    """Any error under the request's own number. That a broken PDU has a wrong command_length is one
    way to see it, so a generic_nack will do; one under number 0 is no use to the peer."""
    good = (
        Pattern(command_id | RESPONSE, ERROR, (number,)),
        Pattern(NACK, ERROR, (number,)),
    )
    return Due(good, ((Pattern(NACK, ERROR, (0,)), OWN_RESPONSE),))


def refused_with(command_id: int, code: int, number: int = N) -> Due:
    """With this code. Any other error is poor, and so is a generic_nack."""
    own = command_id | RESPONSE
    return Due(
        (Pattern(own, status(code), (number,)),),
        (
            (Pattern(own, ERROR, (number,)), OWN_CODE),
            (Pattern(NACK, ERROR, (number, 0)), OWN_RESPONSE),
        ),
    )


def nacked(code: int, number: int = N, also: tuple[int, ...] = (0,)) -> Due:
    """generic_nack, under the number of what it is for, or 0 where that could not be read."""
    numbers = (number, *also)
    return Due(
        (Pattern(NACK, status(code), numbers),),
        ((Pattern(NACK, ERROR, numbers), OWN_CODE),),
    )


def echoed(command_id: int, number: int) -> Due:
    """Under a number that is none: it is good manners to say it back."""
    own = command_id | RESPONSE
    return Due((Pattern(own, ANY, (number,)),), rule=ODD_NUMBER)


def case(
    name: str,
    does: str,
    setup: Setup,
    sends: bytes | tuple[Step, ...],
    due: Due | tuple[Due, ...] | None,
    rule: Rule,
    *,
    end: End = End.KEPT,
    end_rule: Rule = KEPT,
    severity: Severity = Severity.MAJOR,
    probe: Probe | None = None,
    twin: Twin | None = None,
    needs_to: bool = False,
    is_slow: bool = False,
    may_lock_out: bool = False,
    within: float = 0.0,
) -> Case:
    """`name` is "group.what"; octets are sent in one segment."""
    if probe is None:
        probe = Probe.BIND if setup is Setup.OPEN else Probe.ENQUIRE
    return Case(
        id=name,
        group=name.partition(".")[0],
        does=does,
        setup=setup,
        steps=(Send(sends),) if isinstance(sends, bytes) else sends,
        due=(due,) if isinstance(due, Due) else due,
        rule=rule,
        end=end,
        end_rule=end_rule,
        severity=severity,
        probe=probe,
        twin=twin,
        needs_to=needs_to,
        is_slow=is_slow,
        may_lock_out=may_lock_out,
        within=within,
    )


def sending(access: Access) -> Setup | None:
    """A bind that may send messages; None when the account has none."""
    return next((one for one in access.may_bind if one in (Setup.TRX, Setup.TX)), None)
