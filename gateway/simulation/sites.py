"""The connections between the gateway and a carrier's message centres: on some the gateway is the
ESME, whoever has made them; on others it has asked the carrier to bind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from msgspec.structs import astuple, replace

from ...smpp.codec import encode
from ...smpp.pdu import (
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    Outbind,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from ...smpp.receipt import RECEIPT
from .carriers import CarrierLink, SimulatedCarrier, Submission

BINDS: dict[int, type[BindReceiverResp | BindTransmitterResp | BindTransceiverResp]] = {
    BindReceiver.COMMAND_ID: BindReceiverResp,
    BindTransmitter.COMMAND_ID: BindTransmitterResp,
    BindTransceiver.COMMAND_ID: BindTransceiverResp,
}


class Centre(Protocol):
    """What a connection asks of the centre it belongs to."""

    def asked_to_let_in(self, link: CentreLink, command: int, sequence: int) -> None:
        """The gateway wants to bind on it."""
        ...

    def taken_as(self, request: bytes) -> str:
        """The id under which the gateway has taken this PDU."""
        ...

    def ask(self) -> None:
        """Connect to the gateway, and ask it for a bind."""
        ...


@dataclass(slots=True)
class Site:
    """`lines`: how many connections the gateway keeps to it."""

    lines: int = 0
    down_until: float = 0.0
    swallows: bool = False  # while it is down, nobody says so
    links: list[CarrierLink] = field(default_factory=list[CarrierLink])
    tries: list[float] = field(default_factory=list[float])  # of this life of the gateway


class CentreLink(CarrierLink):
    """One connection on which the gateway is the ESME. `awaited`: the centre has made it."""

    is_ours = True

    def __init__(self, carrier: SimulatedCarrier, centre: Centre, *, awaited: bool) -> None:
        super().__init__(carrier, carrier.next_name())
        self.let_in = False
        self.requests: dict[int, bytes] = {}  # what the centre sent, by its number
        self.unanswered: dict[int, float] = {}  # what it was sent, and when
        self._operations: dict[int, int] = {}
        self._centre = centre
        self.awaited = awaited

    def submit(self, one: Submission, sequence: int) -> None:
        pdu = DeliverSm(*astuple(one.pdu))
        if one.report:  # what is a handset's word on the way up to a centre is a receipt from it
            pdu = replace(pdu, esm_class=RECEIPT)
        self.requests[sequence] = octets = encode(pdu, sequence)
        if self.wire is not None and self.up:
            self.wire.send(octets)

    def message_of(self, sequence: int, octets: bytes) -> str:
        """deliver_sm_resp names none: it is known from the record."""
        return self._centre.taken_as(self.requests[sequence])

    def answer(self, sequence: int, status: int, message: str) -> None:
        kind = DataSmResp if self._operations[sequence] == DataSm.COMMAND_ID else SubmitSmResp
        if self.up:
            self.unanswered.pop(sequence, None)
        self.send(kind(message), sequence, status)

    def heard(self, octets: bytes) -> None:
        command, sequence = int.from_bytes(octets[4:8]), int.from_bytes(octets[12:16])
        if command in BINDS:
            self._centre.asked_to_let_in(self, command, sequence)
        elif command == Unbind.COMMAND_ID:
            self._says_good_bye(sequence)
        elif command == UnbindResp.COMMAND_ID:
            self.drop()
        else:
            self._operations[sequence] = command
            self.carrier.heard(self, octets)

    def _says_good_bye(self, sequence: int) -> None:
        """What is on its way to the gateway still counts, and perhaps one text more."""
        if self.carrier.chance.random() < 0.5:
            self.carrier.pump()
        self.bound = False
        self.send(UnbindResp(), sequence)

    def let(self, command: int) -> None:
        self.let_in, self.bound = True, command != BindTransmitter.COMMAND_ID

    def go_out_of_service(self) -> None:
        self.bound = False
        self.send(Unbind(), self.next_number())

    def reopens(self) -> None:
        if self.awaited:
            self.carrier.stage.later(self.carrier.chance.uniform(0.2, 5.0), self._centre.ask)


class AskedLink(CarrierLink):
    """The gateway has made it, and asks the carrier to bind on it: then it is like any other."""

    def heard(self, octets: bytes) -> None:
        if int.from_bytes(octets[4:8]) == Outbind.COMMAND_ID:
            self.carrier.bind(self)
        else:
            super().heard(octets)

    def reopens(self) -> None:
        pass  # it is the gateway that connects
