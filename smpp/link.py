"""What the owner of a message centre sees of it: links, and the verbs it has to offer itself.

No socket here: a `Link` asks its session, and tells its connection that there is something to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from .events import BindRequested, Gone, Responded, Silent, Submitted
from .pdu import DataSm, DeliverSm
from .pins import Proof
from .session import ServerSession
from .status import Status
from .table import State
from .tap import Tap
from .timers import SessionLimits

IN_FLIGHT_MAX = 500  # unanswered texts of one bind, unless its account says otherwise

BoundAs = Literal["tx", "rx", "trx"]
BOUND_AS: dict[State, BoundAs] = {
    State.BOUND_TX: "tx",
    State.BOUND_RX: "rx",
    State.BOUND_TRX: "trx",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """`system_id` is ours, for the response."""

    limits: SessionLimits
    in_flight_max: int = IN_FLIGHT_MAX
    system_id: str = "text911"


@dataclass(frozen=True, slots=True)
class Refused:
    """The response goes out with this status, `after` so many seconds, then the connection is
    closed."""

    status: Status
    after: float = 0.0


class Handler(Protocol):
    """Who owns the links. Every method returns at once; nothing is handed over twice.

    An exception out of a method is our own fault: it is logged with its trace and ends that one
    connection, the events that came with it are still handed over.
    """

    def bind(self, link: Link, request: BindRequested, peer_address: str) -> Accepted | Refused:
        """Decide on a bind, in the same time for an unknown id and a wrong password."""
        ...

    def submitted(self, link: Link, event: Submitted) -> None:
        """A text. `link.respond` is to be called once, when the text is safe."""
        ...

    def responded(self, link: Link, event: Responded) -> None:
        """The carrier answered what was sent."""
        ...

    def silent(self, link: Link, event: Silent) -> None:
        """It did not answer in time; `responded` or `gone` follows some day."""
        ...

    def gone(self, link: Link, events: list[Gone]) -> None:
        """The link ended without an answer to these; `closed` follows."""
        ...

    def closed(self, link: Link, reason: str) -> None:
        """The last word about a link that was bound."""
        ...

    def window_opened(self, link: Link) -> None:
        """There is room again after a `send` that returned False."""
        ...


class Shell(Protocol):
    """What a link needs of its connection."""

    def now(self) -> float:
        """Seconds of the clock that the session lives by."""
        ...

    def answered(self) -> None:
        """One text less is owed, and its answer waits to be written."""
        ...

    def flush_soon(self) -> None:
        """Something waits to be written: within this loop turn, all of it at once."""
        ...

    def hold(self, seconds: float) -> None:
        """Read nothing for so long."""
        ...

    def adopt(self, limits: SessionLimits, in_flight_max: int) -> None:
        """Other limits from now on."""
        ...

    def drop(self, reason: str) -> None:
        """End the session within this loop turn."""
        ...


class Link:
    """One TCP session, as its handler sees it. `id` is never used again."""

    def __init__(
        self, link_id: str, peer_address: str, session: ServerSession, shell: Shell
    ) -> None:
        self.id = link_id
        self.peer_address = peer_address
        self.bound_as: BoundAs | None = None  # None until a bind is accepted
        self.system_id = ""  # of the peer, as it bound
        self.proof: Proof | None = None  # over TLS, from its bind on
        self.last_heard_at = 0.0  # the clock's seconds at the last octets
        self.wants_window = False  # a `send` found no room since `window_opened`
        self._session = session
        self._shell = shell

    def __repr__(self) -> str:
        return f"<link {self.id} {self.bound_as or 'unbound'} from {self.peer_address}>"

    @property
    def is_live(self) -> bool:
        """Bound, and nobody has said unbind yet."""
        return self._session.state in BOUND_AS

    @property
    def can_receive(self) -> bool:
        """Whether `send` is possible at all now."""
        return self._session.can_receive

    @property
    def interface_version(self) -> int:
        """Of the peer. Below 0x34 it is sent no TLV, and a message_id is 8 hex digits at most."""
        return self._session.interface_version

    @property
    def received(self) -> int:
        """PDUs from the peer."""
        return self._session.received

    @property
    def sent(self) -> int:
        """PDUs to the peer."""
        return self._session.sent

    @property
    def owed(self) -> int:
        """Texts of the peer that are not answered yet."""
        return self._session.owed

    @property
    def faults(self) -> dict[str, int]:
        """How often the peer did what wrong."""
        return self._session.faults

    def tap(self, tap: Tap) -> None:
        """From now on `tap` sees every PDU; `smpp.tap.NOBODY` ends that."""
        self._session.tap = tap

    def window_free(self) -> int:
        """How many messages `send` takes now."""
        return self._session.window_free()

    def respond(
        self, sequence_number: int, command_id: int, status: int, message_id: str = ""
    ) -> bool:
        """Answer a text. False when the link is down: the peer was provably not told."""
        given = self._session.respond(sequence_number, command_id, status, message_id)
        if given:
            self._shell.answered()
        return given

    def send(self, pdu: DeliverSm | DataSm, tag: object) -> bool:
        """Send a message under `tag`. False when the window is full (`window_opened` follows) or
        the link takes no messages."""
        if not self._session.window_free():
            self.wants_window = True
            return False
        self._session.send(pdu, tag, self._shell.now())
        self._shell.flush_soon()
        return True

    def unbind(self) -> None:
        """Say good-bye in good order; `closed` follows."""
        self._session.unbind(self._shell.now())
        self._shell.flush_soon()

    def hold(self, seconds: float) -> None:
        """Read nothing from the peer for so long: it has sent more than was agreed. No effect while
        it is held already."""
        self._shell.hold(seconds)

    def adopt(self, limits: SessionLimits, in_flight_max: int) -> None:
        """Its account has changed: these hold from now on, also for what is in flight."""
        self._shell.adopt(limits, in_flight_max)

    def drop(self, reason: str) -> None:
        """End it; `gone` and `closed` follow."""
        self._shell.drop(reason)
