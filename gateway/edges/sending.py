"""What leaves for the carriers: the core's commands as PDUs, and their fate as facts.

Holds what waits for a bind that can take it. Any receiving bind of the group may carry a reply:
when one ends, the others go on. Decides nothing: what is sent again, and whether, the core says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...smpp.events import Gone, Responded, Silent
from ...smpp.link import Link
from ...smpp.pdu import DataSm, DeliverSm, SubmitSm
from ...smpp.settings import AccountSettings
from ...smpp.status import TEMPORARY, Status
from ..config import Carrier
from ..core.commands import GiveReceipt, TellCaller
from ..core.engine import Engine
from ..core.facts import (
    CarrierLost,
    CarrierRefused,
    CarrierSilent,
    CarrierTook,
    ReceiptTaken,
    SentAgain,
)
from ..core.values import CarrierName, DialogueId
from ..faults import fault
from ..onboarding.settings import served_by
from ..operations.metrics import Metrics
from . import spellings, writing
from .apart import aloud, each
from .binds import Bind
from .outgoing import Outgoing, Waiting


class Sending:
    """`binds`: those that are up, by the id of their link; owned and changed by others. `now`:
    monotonic seconds. `soon` runs something in the next turn of the loop."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        binds: Mapping[str, Bind],
        now: Callable[[], float],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._binds = binds
        self._now = now
        self._soon = soon
        self._waiting: dict[CarrierName, Waiting] = {}

    def waiting(self) -> dict[str, int]:
        """Carrier group -> what waits for a bind that can take it."""
        return {group: len(queue) for group, queue in self._waiting.items()}

    def words_waiting(self) -> dict[str, int]:
        """What among it is for a caller; receipts are not."""
        return {group: queue.words for group, queue in self._waiting.items()}

    # --- what became of it -------------------------------------------------------------------

    def responded(self, link: Link, event: Responded) -> None:
        out = _outgoing(event.tag)
        fault("before_response_recorded")
        if isinstance(out.command, GiveReceipt):
            self._receipt_answered(out, event.status)
            return
        reply, part = out.command.reply, out.command.part
        if event.status == Status.ROK:
            state = self._engine.get(out.dialogue)
            carrier_id = event.message_id
            if state is not None:
                written_as = self._account(link, out).receipt_ids
                carrier_id = spellings.taken(state.line, carrier_id, written_as)
            fact = CarrierTook(reply, part, carrier_id)
            self._engine.hear(out.dialogue, fact, event.octets)
        else:
            permanent = event.status not in TEMPORARY
            self._metrics.replies_failed += permanent
            refused = CarrierRefused(reply, part, event.status, permanent)
            self._engine.hear(out.dialogue, refused, event.octets)

    def silent(self, link: Link, event: Silent) -> None:
        out = _outgoing(event.tag)
        if isinstance(out.command, TellCaller):
            fact = CarrierSilent(out.command.reply, out.command.part)
            self._engine.hear(out.dialogue, fact)

    def gone(self, link: Link, events: list[Gone]) -> None:
        """The link took these with it. A receipt is simply given again; what happens to a reply is
        for the core to say."""
        each(events, self._gone, self._soon)

    def _gone(self, event: Gone) -> None:
        out = _outgoing(event.tag)
        if isinstance(out.command, GiveReceipt):
            self._wait(out)
        else:
            why = "the connection to the carrier was lost"
            lost = CarrierLost(out.command.reply, out.command.part, why)
            self._engine.hear(out.dialogue, lost)

    # --- from the core ---------------------------------------------------------------------

    def carry(self, dialogue: DialogueId, command: TellCaller | GiveReceipt) -> None:
        """Send at once if a bind can take it; else it waits for one, in order, words first."""
        state = self._engine.get(dialogue)
        if state is None:
            return  # forgotten meanwhile: the core has given it up
        self._wait(Outgoing(dialogue, command, self._now(), state.line.key))

    def _wait(self, out: Outgoing) -> None:
        group = out.key.group
        queue = self._waiting.setdefault(group, Waiting())
        queue.append(out)
        queue.drop_while(self._engine.is_forgotten)
        self.drain(group)

    def drain_for(self, carrier: Carrier) -> None:
        """A bind of that carrier has room."""
        self.drain(CarrierName(carrier.group))
        if carrier.tests is not None:
            self.drain(CarrierName(carrier.tests.group))

    def drain(self, group: CarrierName) -> None:
        """Let go what can, in order."""
        queue = self._waiting.get(group)
        while queue:
            link = self._roomiest(group, only_receipts=not queue.words)
            if link is None:
                return  # the next bind goes on
            out = queue.popleft()
            try:
                if not self._send(link, out):
                    queue.appendleft(out)
                    return  # `window_opened` goes on
            except Exception as fault:  # ours, with this one: those behind it must leave
                aloud(fault, self._soon)

    def _roomiest(self, group: CarrierName, *, only_receipts: bool) -> Link | None:
        """The receiving bind of the group with the most room; any receiver may carry a reply. Only
        a message centre gives receipts."""
        server = served_by(group)
        links = [
            bind.link
            for bind in self._binds.values()
            if bind.carrier.group == server and bind.link.can_receive
            if not (only_receipts and bind.link.is_ours)
        ]
        return max(links, key=lambda one: one.window_free(), default=None)

    def _send(self, link: Link, out: Outgoing) -> bool:
        pdu = self._pdu(link, out)
        if pdu is None:
            return True  # forgotten while it waited
        fault("before_reply_written")
        if not link.send(pdu, out):
            return False
        fault("after_reply_written")
        command = out.command
        if isinstance(command, TellCaller) and command.again:
            self._engine.hear(out.dialogue, SentAgain(command.reply, command.part))
        if isinstance(command, TellCaller):
            self._metrics.replies_out += 1
            self._metrics.reply_sent.observe(self._now() - out.since)
        else:
            self._metrics.receipts_out += 1
        return True

    def _pdu(self, link: Link, out: Outgoing) -> DeliverSm | SubmitSm | DataSm | None:
        if self._engine.is_forgotten(out.dialogue):
            return None
        bind, account = self._binds[link.id], self._account(link, out)
        caller, short_code = out.key.number, account.short_codes[0]
        if isinstance(out.command, GiveReceipt):
            return writing.receipt(out.command, caller, short_code, account.default_alphabet)
        reply = writing.reply(out.command, caller, short_code, account.default_alphabet)
        return writing.as_esme(reply, bind.sends) if link.is_ours else reply

    def _account(self, link: Link, out: Outgoing) -> AccountSettings:
        return self._binds[link.id].carrier.of(out.key.group).account

    def _receipt_answered(self, out: Outgoing, status: int) -> None:
        assert isinstance(out.command, GiveReceipt)
        message = out.command.message
        if status == Status.ROK:
            self._engine.hear(out.dialogue, ReceiptTaken(message))
        elif status not in TEMPORARY:
            self._engine.hear(out.dialogue, ReceiptTaken(message, taken=False))
        # A temporary refusal leaves it owed: it is given again when the gateway next resumes it.


def _outgoing(tag: object) -> Outgoing:
    assert isinstance(tag, Outgoing)
    return tag
