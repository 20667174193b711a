"""Where each command goes. The one table between the core and everything that touches the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from ..core.commands import (
    AnswerLine,
    Arm,
    BlockCaller,
    Command,
    Decline,
    Disarm,
    EndLeg,
    Forget,
    GiveReceipt,
    HangUpLine,
    InterruptCaller,
    Locate,
    OfferTo,
    PassVoice,
    Show,
    ShowCard,
    ShowDelivery,
    ShowOwner,
    ShowSending,
    ShowTurn,
    ShowTyped,
    TellCaller,
    TypeToCaller,
    WarnQuiet,
    Withdraw,
)
from ..core.values import DialogueId
from ..faults import fault
from .carriers import CarrierEdge
from .clock import DialogueClock
from .lines.calls import Calls
from .locations import LocationEdge
from .psaps import PsapEdge


class Dispatch:
    """Set up in two steps, because the edges need the engine and the engine needs `carry`.

    A fault of ours in one edge must not keep the commands of other dialogues from leaving: it is
    caught here, once, and `failed` says it out loud. The command stays owed and is carried again at
    the next restart.
    """

    carriers: CarrierEdge
    psaps: PsapEdge
    clock: DialogueClock
    locations: LocationEdge
    lines: Calls

    def __init__(self, failed: Callable[[DialogueId, Command, Exception], None]) -> None:
        self._failed = failed

    def carry(self, dialogue: DialogueId, command: Command) -> None:
        try:
            fault("before_command")
            self._carry(dialogue, command)
        except Exception as ours:
            self._failed(dialogue, command, ours)

    def _carry(self, dialogue: DialogueId, command: Command) -> None:
        match command:  # a kind is looked for in this order: what is most often comes first
            case Show():
                self.psaps.carry(dialogue, command)
            case Arm() | Disarm():
                self.clock.carry(dialogue, command)
            case ShowDelivery() | ShowOwner() | OfferTo() | ShowCard() | EndLeg() | Withdraw():
                self.psaps.carry(dialogue, command)
            case TellCaller() | GiveReceipt():
                self.carriers.carry(dialogue, command)
            case Locate():
                self.locations.carry(dialogue, command)
            case Forget():
                self.psaps.forget(dialogue)
            case TypeToCaller() | InterruptCaller() | AnswerLine() | PassVoice() | HangUpLine():
                self.lines.carry(dialogue, command)
            case Decline() | WarnQuiet() | BlockCaller() | ShowTyped() | ShowSending() | ShowTurn():
                self.psaps.carry(dialogue, command)
            case _:
                assert_never(command)
