"""Where each command goes. The one table between the core and everything that touches the world."""

from __future__ import annotations

from typing import assert_never

from ..core.commands import (
    Arm,
    Command,
    Decline,
    Disarm,
    EndLeg,
    Forget,
    GiveReceipt,
    Locate,
    OfferTo,
    Show,
    ShowCard,
    ShowDelivery,
    ShowOwner,
    TellCaller,
    WarnQuiet,
    Withdraw,
)
from ..core.values import DialogueId
from .carriers import CarrierEdge
from .clock import DialogueClock
from .locations import LocationEdge
from .psaps import PsapEdge


class Dispatch:
    """Set up in two steps, because the edges need the engine and the engine needs `carry`."""

    carriers: CarrierEdge
    psaps: PsapEdge
    clock: DialogueClock
    locations: LocationEdge

    def carry(self, dialogue: DialogueId, command: Command) -> None:
        match command:
            case (
                Show()
                | OfferTo()
                | Withdraw()
                | EndLeg()
                | ShowCard()
                | ShowOwner()
                | ShowDelivery()
                | Decline()
                | WarnQuiet()
            ):
                self.psaps.carry(dialogue, command)
            case TellCaller() | GiveReceipt():
                self.carriers.carry(dialogue, command)
            case Arm() | Disarm():
                self.clock.carry(dialogue, command)
            case Locate():
                self.locations.carry(dialogue, command)
            case Forget():
                self.psaps.forget(dialogue)
            case _:
                assert_never(command)
