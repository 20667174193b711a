"""A gateway without a process: real core, edges and SMPP sessions; clock, disk and page are ours.

Carriers speak octets over in-memory transports, the PSAP is a small honest adapter behind the door.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from text911.gateway.config import Carrier
from text911.gateway.core.commands import Command, Join, Question
from text911.gateway.core.encoding import decode_fact
from text911.gateway.core.engine import Engine
from text911.gateway.core.facts import PartsJoined, RouteChosen
from text911.gateway.core.policy import Automatic, Limits, Policy
from text911.gateway.core.replaying import policies_in, replay
from text911.gateway.core.state import Line
from text911.gateway.core.values import DialogueId, Location, PsapName, Segment
from text911.gateway.edges.answers import Answers
from text911.gateway.edges.awake import Awake
from text911.gateway.edges.carriers import CarrierEdge
from text911.gateway.edges.clock import DialogueClock
from text911.gateway.edges.dispatch import Dispatch
from text911.gateway.edges.fairness import FloodLimits
from text911.gateway.edges.lines.calls import Calls
from text911.gateway.edges.locations import LocationEdge
from text911.gateway.edges.psaps import PsapEdge
from text911.gateway.edges.transcripts import Transcripts
from text911.gateway.journal.memory import MemoryJournal
from text911.gateway.location.port import Answer, LocationSource
from text911.gateway.location.port import Question as Where
from text911.gateway.location.settings import CarrierLocationSettings
from text911.gateway.operations.metrics import Metrics
from text911.gateway.routing.router import Router
from text911.gateway.secrets import Secret
from text911.gateway.wording import Group
from text911.psap_adapters.port import (
    Answered,
    Block,
    Change,
    Delivery,
    DeliveryChanged,
    Ended,
    Item,
    Leg,
    Offer,
    Refused,
    Report,
    Shown,
    Wrote,
)
from text911.smpp.codec import decode, encode
from text911.smpp.pdu import BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm
from text911.smpp.server import SmppServer
from text911.smpp.settings import AccountSettings
from text911.smpp.timers import SessionLimits

T0 = 1_800_000_000.0  # UTC seconds at the start
HARTFORD = PsapName("hartford")
CSECC = PsapName("csecc")
PLACE = Location(41.76, -72.67, 300.0, 90, "Cell", "test", T0)
CALLER = "18605550142"

Some = TypeVar("Some")


def message(text: str) -> Automatic:
    return Automatic(text, (Segment(0, text.encode()),), text.upper(), 3.0)


POLICY = Policy(Limits(), message("no text-to-911"), message("lost"), message("undelivered"))
CARRIER = Carrier(
    name="one",
    display="Carrier One",
    group="one",
    account=AccountSettings.model_validate(
        {
            "system_id": "one",
            "passwords": ["plain:secret"],
            "allowed_networks": ["127.0.0.0/8"],
            "max_binds": 2,
            "window": 2,
        }
    ),
    passwords=(Secret("secret"),),
    location=CarrierLocationSettings(),
)


class Console:
    """A PSAP that has somebody at the desk when `people` is set, and shows what it is given."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.people = True
        self.shows = True
        self.offers: list[Offer] = []
        self.items: list[tuple[Leg, Item]] = []
        self.changes: list[tuple[Leg, Change]] = []
        self.gone: list[tuple[Leg, str]] = []
        self.blocked: list[tuple[tuple[Block, ...], str]] = []
        self.stopped = False
        self._report: Callable[[Report, bytes], None] = lambda _report, _frame: None

    def start(self, report: Callable[[Report, bytes], None]) -> None:
        self._report = report

    def stop(self) -> None:
        self.stopped = True

    def offer(self, offer: Offer) -> None:
        if not self.people:
            self.say(Refused(offer.leg, "nobody is logged in"))
            return
        self.offers.append(offer)
        if self.shows:
            self.say(Shown(offer.leg, max((item.sequence for item in offer.items), default=-1)))

    def give(self, leg: Leg, item: Item) -> None:
        self.items.append((leg, item))
        if self.shows:
            self.say(Shown(leg, item.sequence))

    def update(self, leg: Leg, change: Change) -> None:
        self.changes.append((leg, change))

    def withdraw(self, leg: Leg, reason: str) -> None:
        self.gone.append((leg, reason))

    def blocks(self, active: tuple[Block, ...], trouble: str = "") -> None:
        self.blocked.append((active, trouble))

    def end(self, leg: Leg, reason: str) -> None:
        self.gone.append((leg, reason))

    @property
    def texts(self) -> list[str]:
        """What callers wrote, as offered and then given."""
        offered = [item for offer in self.offers for item in offer.items]
        given = [item for _, item in self.items]
        return [item.text for item in (*offered, *given) if item.kind == "caller"]

    def deliveries(self) -> list[Delivery]:
        changes = (change for _, change in self.changes)
        return [change.delivery for change in changes if isinstance(change, DeliveryChanged)]

    # what a person does

    def say(self, report: Report) -> None:
        self._report(report, b"frame")

    def answer(self, by: str = "ann") -> Leg:
        leg = self.offers[-1].leg
        self.say(Answered(leg, by))
        return leg

    def write(self, leg: Leg, text: str, key: str = "k1") -> None:
        self.say(Wrote(leg, key, text, "ann"))

    def end_it(self, leg: Leg, text: str = "") -> None:
        self.say(Ended(leg, "end", "ann", text))


@dataclass
class Peer:
    """A carrier's end of one TCP connection."""

    transport: Any
    protocol: Any
    sequence: int = 0
    left: bytes = b""
    received: list[tuple[Any, int, int]] = field(default_factory=list[tuple[Any, int, int]])

    def send(self, pdu: Any, sequence_number: int | None = None, status: int = 0) -> int:
        if sequence_number is None:
            self.sequence += 1
            sequence_number = self.sequence
        self.protocol.dataReceived(encode(pdu, sequence_number, status))
        return sequence_number

    def text(self, words: bytes = b"help", **fields: Any) -> int:
        number = fields.pop("sequence_number", None)
        whole: dict[str, Any] = {
            "source_addr_ton": 1,
            "source_addr": CALLER,
            "destination_addr": "911",
            "short_message": words,
        }
        return self.send(SubmitSm(**{**whole, **fields}), number)

    def read(self) -> list[tuple[Any, int, int]]:
        """(pdu, status, sequence_number) of everything new from the gateway."""
        self.left += self.transport.value()
        self.transport.clear()
        fresh: list[tuple[Any, int, int]] = []
        while len(self.left) >= 4 and len(self.left) >= int.from_bytes(self.left[:4]):
            size = int.from_bytes(self.left[:4])
            octets, self.left = self.left[:size], self.left[size:]
            status, number = int.from_bytes(octets[8:12]), int.from_bytes(octets[12:16])
            fresh.append((None if status else decode(octets)[0], status, number))
        self.received += fresh
        return fresh

    def delivered(self) -> list[tuple[DeliverSm, int]]:
        """The deliver_sm among what is new, with their sequence numbers."""
        return [(pdu, number) for pdu, _, number in self.read() if isinstance(pdu, DeliverSm)]

    def lose(self) -> None:
        self.protocol.connectionLost(Failure(ConnectionLost()))  # type: ignore[no-untyped-call]

    def take(self, sequence_number: int, status: int = 0, message_id: str = "") -> None:
        self.send(DeliverSmResp(message_id), sequence_number, status)


class Slow(LocationSource):
    """Answers when the test says so; with `place` at once."""

    def __init__(self, place: Location | None = PLACE) -> None:
        self.place = place
        self.asked: list[tuple[Where, Callable[[Answer], None]]] = []

    def locate(self, question: Where, answer: Callable[[Answer], None]) -> None:
        self.asked.append((question, answer))
        if self.place is not None:
            answer(self.place)


class World:
    def __init__(
        self,
        journal: MemoryJournal | None = None,
        policy: Policy = POLICY,
        floods: FloodLimits | None = None,
        stopwatch: Callable[[], float] | None = None,  # of its own, no work takes any time
    ) -> None:
        self.clock = Clock()
        self.step = 0.0  # how far UTC has jumped against the monotonic clock
        self.journal = journal or MemoryJournal()
        self.metrics = Metrics()
        self.happened: list[str] = []
        self.faults: list[Exception] = []
        self.hartford, self.csecc = Console("hartford"), Console("csecc")
        self.source = Slow()
        self.ids = iter(range(1, 1_000_000))
        self.dispatch = Dispatch(lambda _dialogue, _command, fault: self.faults.append(fault))
        self.engine = Engine(
            self.journal,
            self.utc,
            self.answer,
            self.dispatch.carry,
            lambda: DialogueId(f"d{self.journal.store.epoch}-{next(self.ids)}"),
            lambda: 100,
            policy,
        )
        self.transcripts = Transcripts(self.commands_of)
        self.psaps = PsapEdge(
            self.engine,
            {"hartford": self.hartford, "csecc": self.csecc},
            self.transcripts,
            {"one": Group("Carrier One")},
            lambda _location: None,
            self.utc,
            self.metrics.text_shown.observe,
        )
        self.awake = Awake()
        self.carriers = CarrierEdge(
            self.engine,
            [CARRIER],
            self.metrics,
            self.clock.seconds,
            self.utc,
            self.soon,
            self.note,
            floods,
            stopwatch or self.clock.seconds,
            awake=self.awake,
        )
        self.timers = DialogueClock(self.engine, self.clock, self.utc, self.awake.tick)
        legs = iter(range(1, 1_000_000))
        self.calls = Calls(self.engine, lambda: f"leg-{next(legs)}", calls_max=3)
        epoch = self.journal.store.epoch
        links = iter(range(1, 1000))
        self.server = SmppServer(
            self.carriers, SessionLimits(), self.clock, lambda: f"{epoch}-{next(links)}"
        )
        self._begin()

    def _begin(self) -> None:
        """Everything knows everything, and the journal is read."""
        self.dispatch.psaps = self.psaps
        self.dispatch.carriers = self.carriers
        self.dispatch.clock = self.timers
        self.dispatch.locations = LocationEdge(
            self.engine,
            {"one": self.source, "north": self.source},
            self.metrics,
            self.clock.seconds,
        )
        self.dispatch.lines = self.calls
        self.psaps.start()
        self.timers.start()
        self.engine.restore(self.journal.last_snapshot(), self.journal.read())
        self.engine.start("test")
        self.settle()

    def facts(self, kind: type[Some], dialogue: str | None = None) -> list[Some]:
        """Those in the journal, in order; of one dialogue where it is named."""
        read = self.journal.read() if dialogue is None else self.journal.read_dialogue(dialogue)
        found = (decode_fact(stored.record.payload)[0] for stored in read)
        return [fact for fact in found if isinstance(fact, kind)]

    def commands_of(self, dialogue: DialogueId) -> list[Command]:
        own = (one.record for one in self.journal.read_dialogue("gateway"))
        records = [one.record for one in self.journal.read_dialogue(dialogue)]
        return [c for one in replay(records, policies_in(own)) for c in one.commands]

    def soon(self, what: Callable[[], None]) -> None:
        self.clock.callLater(0, what)

    def note(self, what: object, *_words: object, **_fields: object) -> None:
        self.happened.append(str(what))

    def utc(self) -> float:
        return T0 + self.clock.seconds() + self.step

    def answer(self, line: Line, question: Question) -> RouteChosen | PartsJoined:
        if isinstance(question, Join):
            return Answers(cast(Router, None), self.metrics).answer(line, question)
        return RouteChosen((HARTFORD, CSECC), f"test: {question.because}", "Hartford")

    def settle(self) -> None:
        """Let the disk and the loop come to rest."""
        while self.journal.pending:
            self.journal.sync()
        self.clock.advance(0)

    def wait(self, seconds: float) -> None:
        """Time passes in steps as small as the loop's own."""
        ends_at = self.clock.seconds() + seconds
        while self.clock.seconds() < ends_at:
            self.clock.advance(min(0.1, ends_at - self.clock.seconds()))
            self.settle()

    def connect(self, address: str = "127.0.0.1") -> Peer:
        at: Any = IPv4Address("TCP", address, 40000)
        protocol: Any = self.server.buildProtocol(at)
        transport: Any = StringTransport(peerAddress=at)  # type: ignore[no-untyped-call]
        protocol.makeConnection(transport)
        return Peer(transport, protocol)

    def bind(
        self, password: str = "secret", system_id: str = "one", address: str = "127.0.0.1"
    ) -> Peer:
        peer = self.connect(address)
        peer.send(BindTransceiver(system_id=system_id, password=password))
        self.settle()
        return peer

    def restarted(self) -> World:
        """The process died and another one opened the same journal."""
        return World(self.journal.lose_power())

    def resume(self) -> None:
        for _ in self.engine.resume():
            self.settle()
