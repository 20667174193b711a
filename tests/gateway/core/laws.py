"""What no dialogue may do, command by command, whatever facts it hears."""

from __future__ import annotations

from collections import Counter

from text911.gateway.core.commands import (
    AnswerLine,
    Command,
    EndLeg,
    GiveReceipt,
    HangUpLine,
    InterruptCaller,
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
from text911.gateway.core.facts import CarrierRefused, Fact, PsapRefused
from text911.gateway.core.values import MessageId


class Laws:
    """What no sequence of facts, however odd, may break. `restarted`: the legs are offered anew and
    the receipts owed are given again, as after any restart."""

    def __init__(self) -> None:
        self.live: set[tuple[str, int]] = set()
        self.offered: set[tuple[str, int]] = set()
        self.sequence = -1
        self.shown: Counter[tuple[str, int, int]] = Counter()
        self.receipts: dict[MessageId, bool] = {}
        self.sent: Counter[tuple[int, int]] = Counter()
        self.refused: Counter[tuple[int, int]] = Counter()
        self.typed: set[int] = set()
        self.hung_up = False  # by us
        self.joined = 0  # number of the telephone beside the line

    def restarted(self) -> None:
        self.live.clear()

    def fact(self, fact: Fact) -> None:
        match fact:
            case PsapRefused(psap, offer):
                self.live.discard((psap, offer))
            case CarrierRefused(number, part):
                self.refused[number, part] += 1
            case _:
                pass

    def command(self, command: Command) -> None:
        match command:
            case OfferTo(psap, offer):
                assert not self.live, f"{command} while {self.live} is live"
                self.live.add((psap, offer))
                self.offered.add((psap, offer))
            case Withdraw(psap, offer) | EndLeg(psap, offer):
                assert psap, command
                self.live.discard((psap, offer))
            case Show(psap=psap, offer=offer, sequence=sequence):
                assert sequence > self.sequence, f"{command} after {self.sequence}"
                self.sequence = sequence
                assert not psap or (psap, offer) in self.live, command
            case ShowCard() | ShowOwner() | WarnQuiet():
                assert (command.psap, command.offer) in self.live, command
            case ShowDelivery(psap, offer, sequence):
                # Also the last words of a dialogue that is over have a delivery state.
                assert not psap or (psap, offer) in self.offered, command
                assert sequence <= self.sequence
            case ShowTurn(psap, offer):
                assert (psap, offer) in self.live, command
            case ShowTyped(psap, offer, sequence):
                assert not psap or (psap, offer) in self.live, command
                assert 0 <= sequence <= self.sequence, command
            case ShowSending(psap, offer, sequence):
                assert not psap or (psap, offer) in self.offered, command
                assert 0 <= sequence <= self.sequence, command
            case TypeToCaller(number):
                assert number not in self.typed, f"{command} is typed twice"
                assert not self.hung_up, command
                self.typed.add(number)
            case InterruptCaller() | AnswerLine():
                assert not self.hung_up, command
            case PassVoice(number, _, mode):
                assert not self.hung_up or not mode, command
                assert bool(mode) or self.joined == number, f"{command} was never rung"
                self.joined = number if mode else 0
            case HangUpLine():
                assert not self.hung_up, command
                self.hung_up = True
            case GiveReceipt(message, delivered):
                assert message not in self.receipts, f"a second receipt for {message}"
                self.receipts[message] = delivered
            case TellCaller(number, part, again=again):
                if again:
                    assert self.sent[number, part], f"{command} was never sent before"
                else:
                    assert self.sent[number, part] <= self.refused[number, part], command
                self.sent[number, part] += 1
            case _:
                pass
