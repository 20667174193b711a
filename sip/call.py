"""One call as its user agent remembers it, and what was asked of others. Data; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto

from .call_table import ENDED, NEXT, Input, Phase
from .dialogs import Dialog
from .digest import Challenge
from .effects import CallId, Send
from .flows import Flow
from .keyring import Challenges, Place
from .message import Request, Response
from .session_timer import Session
from .transactions import ClientKey, ServerKey


class Timer(StrEnum):
    """What may be due for one call."""

    RESEND = auto()  # the 2xx again
    NO_ACK = auto()
    RESEND_RINGING = auto()  # the reliable 180 again
    NO_PRACK = auto()
    RINGING = auto()  # a 180 once a minute, so that no proxy gives up (13.3.1.1)
    CANCEL = auto()  # nobody has honoured our CANCEL
    REFRESH = auto()
    EXPIRY = auto()
    RETRY = auto()  # a re-INVITE that met one of theirs


class Purpose(StrEnum):
    """What a request of ours is for."""

    INVITE = auto()
    REINVITE = auto()
    UPDATE = auto()
    PRACK = auto()
    BYE = auto()
    STRAY_BYE = auto()  # for a fork that lost: no call depends on it
    CANCEL = auto()
    PING = auto()


@dataclass(slots=True, eq=False)
class Asked:
    """`acks`: what was sent for each 2xx, by its To tag; a repetition of it gets the same.
    `challenges`: what its credentials answer; `proofs`: how often each was answered because this
    very request was refused, and not beforehand."""

    purpose: Purpose
    request: Request
    flow: Flow
    call: CallId | None = None
    fork: Fork | None = None  # that PRACK is within
    watch: int = 0
    challenges: Challenges = field(default_factory=dict[Place, Challenge])
    proofs: Mapping[Place, int] = field(default_factory=dict[Place, int])
    acks: dict[str, Send] = field(default_factory=dict[str, Send])


@dataclass(slots=True, eq=False)
class Fork:
    """An early dialog of a call of ours. `sdp`: the last description that came in it; `agreed`:
    it came reliably, so the offer has been answered. `rseq`: of the last reliable answer."""

    dialog: Dialog
    sdp: bytes = b""
    agreed: bool = False
    rseq: int | None = None


@dataclass(slots=True, eq=False)
class Resent:
    """An answer that we send until it is acknowledged."""

    key: ServerKey
    response: Response
    interval: float
    cseq: int
    rseq: int = 0
    ours: bool = False  # it holds an offer of ours, and the acknowledgement its answer


@dataclass(slots=True, eq=False)
class TheirOffer:
    """A re-INVITE or UPDATE that waits for us."""

    key: ServerKey
    request: Request
    sdp: bytes


@dataclass(slots=True, eq=False)
class Call:
    id: CallId
    ours: bool  # we began it
    phase: Phase
    flow: Flow
    invite: Request  # that began it; ours as it was sent last
    key: ServerKey  # of its transaction; a ClientKey where the call is ours
    sdp: bytes = b""  # what we described last
    dialog: Dialog | None = None
    allows: frozenset[str] = frozenset()  # methods the peer serves
    forks: dict[str, Fork] = field(default_factory=dict[str, Fork])
    unacked: Resent | None = None
    unpracked: Resent | None = None
    session: Session | None = None
    least: int = 0  # Min-SE that a peer demanded
    # That were answered: the next request answers them too.
    challenges: Challenges = field(default_factory=dict[Place, Challenge])
    asking: ClientKey | None = None  # our re-INVITE or UPDATE that has no answer
    theirs: TheirOffer | None = None
    offer: bytes = b""  # of the re-INVITE that was sent last
    wanted: bytes | None = None  # the next re-INVITE's, while it cannot be sent
    waiting: bool = False  # for Timer.RETRY
    collisions: int = 0
    provisional: bool = False  # something came back: CANCEL may go (9.1)

    @property
    def told_ended(self) -> bool:
        return self.phase in ENDED

    def enter(self, happened: Input) -> bool:
        """The next phase; False where nothing follows."""
        after = NEXT.get((self.phase, happened))
        if after is None:
            return False
        self.phase = after
        return True
