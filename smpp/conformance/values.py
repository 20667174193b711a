"""A case, what is heard in answer, and what is found: values only.

A case is data: octets to send, the answers that are due, what becomes of the connection, and the
rule that says so. Nothing here knows a socket or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from .rules import KEPT, Rule


@dataclass(frozen=True, slots=True)
class Access:
    """How the server is entered. `nobody`: an address that cannot exist, for all that need not be
    accepted. `to`: a destination that the user has named; None leaves out what would be delivered.
    `may_bind`: the binds that the account allows, the first is the usual one."""

    system_id: str
    password: str = field(repr=False)
    source: str = "+15555550142"  # 555-01xx is kept free of subscribers
    nobody: str = "+012345678901234"  # no country code begins with 0 (E.164, 6.2.1)
    to: str | None = None
    may_bind: tuple[Setup, ...] = ()

    @property
    def target(self) -> str:
        """Where broken messages go. To an address that exists it is seen who takes them all the
        same; one that does not is refused for its own sake, which proves less."""
        return self.nobody if self.to is None else self.to


class Setup(Enum):
    """What is done before the octets of a case."""

    OPEN = "open"  # nothing: connected only
    TX = "tx"
    RX = "rx"
    TRX = "trx"


BOUND = (Setup.TRX, Setup.TX, Setup.RX)


class End(Enum):
    """What becomes of the connection."""

    KEPT = "kept"
    CLOSED = "closed"
    EITHER = "either"  # both are right
    SILENT = "silent"  # open, and nothing is answered any more; never right


class Severity(IntEnum):
    """What a failure costs in the field."""

    MINOR = 1  # an engineer is puzzled
    MAJOR = 2  # messages wait, links go up and down
    CRITICAL = 3  # a text is lost, mangled, or taken from nobody knows whom; or the server hangs


@dataclass(frozen=True, slots=True)
class Send:
    """`each`: octets per segment, 0 is all in one. `every`: s between two segments."""

    octets: bytes
    each: int = 0
    every: float = 0.0

    def pieces(self) -> tuple[bytes, ...]:
        size = self.each or len(self.octets) or 1
        return tuple(self.octets[at : at + size] for at in range(0, len(self.octets), size))


@dataclass(frozen=True, slots=True)
class Await:
    """Go on when a response with this sequence_number is there."""

    number: int


Step = Send | Await


@dataclass(frozen=True, slots=True)
class Statuses:
    """Those of `only`, or all when that is None; never one of `but`."""

    only: frozenset[int] | None = None
    but: frozenset[int] = frozenset()

    def has(self, status: int) -> bool:
        return (self.only is None or status in self.only) and status not in self.but


ANY = Statuses()
ERROR = Statuses(but=frozenset({0}))
ROK = Statuses(only=frozenset({0}))


def status(*codes: int) -> Statuses:
    return Statuses(only=frozenset(codes))


class Body(Enum):
    """What is demanded of the body of a response."""

    ANY = "any"
    MESSAGE_ID = "message_id"
    NO_TLV = "no optional parameter"
    VERSION = "sc_interface_version"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One response. `numbers`: the sequence_numbers that are right."""

    command_id: int
    statuses: Statuses
    numbers: tuple[int, ...]
    body: Body = Body.ANY


@dataclass(frozen=True, slots=True)
class Due:
    """One answer that is to come. What fits none of `good` and one of `poor` breaks the rule that
    stands beside it, and no other. `rule`: None is that of the case. `or_closed`: a connection
    that is closed is an answer too."""

    good: tuple[Pattern, ...]
    poor: tuple[tuple[Pattern, Rule], ...] = ()
    rule: Rule | None = None
    or_closed: bool = False


class Probe(Enum):
    """What proves that the session lives, and that nothing else was said before."""

    ENQUIRE = "enquire_link"
    BIND = "bind_transceiver"  # where an enquire_link need not be answered yet


class Same(Enum):
    """In what a twin must not differ."""

    OCTETS = "octets"  # and in what becomes of the connection
    STATUS = "command_status"


@dataclass(frozen=True, slots=True)
class Twin:
    """The same case with other octets, and in what the two are to be answered alike."""

    steps: tuple[Step, ...]
    same: Same
    rule: Rule


@dataclass(frozen=True, slots=True)
class Case:
    """`does`: in words, what is sent. `due`: None tolerates any answers and none. `needs_to`: a
    text may be delivered to the destination that the user named. `within`: s, where the usual
    patience is not enough."""

    id: str
    group: str
    does: str
    setup: Setup
    steps: tuple[Step, ...]
    due: tuple[Due, ...] | None
    rule: Rule
    end: End = End.KEPT
    end_rule: Rule = KEPT
    severity: Severity = Severity.MAJOR
    probe: Probe = Probe.ENQUIRE
    twin: Twin | None = None
    needs_to: bool = False
    is_slow: bool = False
    may_lock_out: bool = False  # counts against the address it comes from: played last
    within: float = 0.0

    @property
    def octets(self) -> bytes:
        """All that is sent, joined."""
        return b"".join(step.octets for step in self.steps if isinstance(step, Send))


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the server, whole."""

    command_id: int
    status: int
    number: int
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one play. `replies` are those to the case's own octets. `hindrance`: in words,
    why the octets could not even be sent. `unreadable`: octets that are no PDU. `refused`: the
    status of the bind before the case, when that is the hindrance."""

    replies: tuple[Reply, ...]
    end: End
    hindrance: str = ""
    unreadable: bytes = b""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    expected: str
    got: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case is passed when nothing was found. `hindrance`: it was not played, and is not
    passed."""

    case: Case
    findings: tuple[Finding, ...] = ()
    hindrance: str = ""

    @property
    def is_passed(self) -> bool:
        return not self.findings and not self.hindrance
