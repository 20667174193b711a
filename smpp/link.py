"""What the owner of sessions sees of them: links, and the verbs it has to offer itself.

No socket here: a `Link` asks its session, and tells its connection that there is something to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from .conversation import Conversation
from .destinations import UnsuccessSme
from .events import (
    BindRequested,
    Gone,
    Notified,
    OutbindRequested,
    Queried,
    Responded,
    Silent,
    Submitted,
    SubmittedToMany,
)
from .pdu import RESPONSE, Bind, DataSm, DeliverSm, QuerySmResp, SubmitSm
from .pins import Proof
from .status import Status
from .table import ESME, State
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

    def load(self) -> int:
        """How full we are, 0 to 100, for a peer that is told so (congestion_state)."""
        ...


class CentreHandler(Handler, Protocol):
    """Where carriers bind to us."""

    def bind(self, link: Link, request: BindRequested, peer_address: str) -> Accepted | Refused:
        """Decide on a bind, in the same time for an unknown id and a wrong password."""
        ...

    def submitted_to_many(self, link: Link, event: SubmittedToMany) -> None:
        """submit_multi. `link.respond` is to be called once, as for `submitted`."""
        ...

    def queried(self, link: Link, event: Queried) -> QuerySmResp | Status:
        """What became of a text that was accepted, or why that cannot be said."""
        ...


class EsmeHandler(Handler, Protocol):
    """Where we bind to a carrier."""

    def bound(self, link: Link) -> None:
        """The carrier's message centre has let us in."""
        ...

    def outbound(self, link: Link, event: OutbindRequested, peer_address: str) -> Bind | None:
        """A message centre asks us to bind: with what, or None to show it out."""
        ...

    def notified(self, link: Link, event: Notified) -> None:
        """alert_notification."""
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
        self, link_id: str, peer_address: str, session: Conversation, shell: Shell
    ) -> None:
        self.id = link_id
        self.peer_address = peer_address
        self.bound_as: BoundAs | None = None  # None until a bind is accepted
        self.system_id = ""  # of the peer, as it bound
        self.proof: Proof | None = None  # over TLS, from its bind on
        self.last_heard_at = 0.0  # the clock's seconds at the last octets
        self.reading_since = 0.0  # likewise when reading last went on; inf while it is paused
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
    def is_ours(self) -> bool:
        """Whether we have bound to the carrier: we are the ESME, and it is the message centre."""
        return self._session.role is ESME

    @property
    def interface_version(self) -> int:
        """Spoken with the peer. Below 0x34 it is sent no TLV, and a message_id is 8 hex digits at
        most."""
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
        self,
        sequence_number: int,
        command_id: int,
        status: int,
        message_id: str = "",
        unsuccessful: tuple[UnsuccessSme, ...] | None = None,
    ) -> bool:
        """Answer a text; `unsuccessful` when it came by submit_multi. False when the link is down:
        the peer was provably not told."""
        given = self._session.respond(sequence_number, command_id, status, message_id, unsuccessful)
        if given:
            self._shell.answered()
        return given

    def answer(self, event: Submitted, status: int, message_id: str = "") -> bool:
        """The same, for a text as it was handed over."""
        return self.respond(
            event.sequence_number,
            event.pdu.COMMAND_ID | RESPONSE,
            status,
            message_id,
            event.unsuccessful,
        )

    def send(self, pdu: SubmitSm | DeliverSm | DataSm, tag: object) -> bool:
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
