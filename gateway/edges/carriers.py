"""Between the core and the carriers' binds: PDUs become facts, commands become PDUs.

Decides nothing about a dialogue. It knows which bind belongs to which carrier, and answers a text
only when the core says that it is durable (P1). What leaves, `sending` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from secrets import token_bytes
from time import perf_counter

from ...smpp.events import (
    BindRequested,
    Gone,
    Queried,
    Responded,
    Silent,
    Submitted,
    SubmittedToMany,
)
from ...smpp.link import Accepted, Link, Refused
from ...smpp.multi import for_us
from ...smpp.pdu import RESPONSE, DataSm, DeliverSm, QuerySmResp, SubmitSm
from ...smpp.receipt import Report, report_of
from ...smpp.status import Status
from ..config import Carrier
from ..core.commands import GiveReceipt, TellCaller
from ..core.engine import Engine
from ..core.values import CallerKey, CarrierName, DialogueId, MessageId
from ..journal.contract import JournalBroken
from ..operations.health_log import Happened
from ..operations.metrics import Metrics
from . import reading, spellings, standing
from .admission import Admission, Asked, Denied
from .awake import Awake
from .binds import Bind, Operation
from .fairness import FloodLimits, Loud
from .ingress import Ingress, Text
from .numbers import normalised
from .rate import Contracts, Kind
from .sending import Sending

VERSION_3_4 = 0x34  # interface_version; older peers take message ids of 8 hex digits only
# Message ids count up from the start's UTC seconds shifted by this: unique over restarts as long as
# fewer than a million texts a second came in.
MESSAGES_PER_SECOND_BITS = 20


class CarrierEdge:
    """`now`: monotonic seconds. `utc`: UTC seconds. `soon` runs something in the next turn of the
    loop. `happened` is told when a bind comes or goes. `floods`: when a source is noisy.
    `stopwatch`: seconds that pass within a turn of the loop too. `awake` is told of ticks by
    whoever has a clock (`DialogueClock`)."""

    def __init__(
        self,
        engine: Engine,
        carriers: Iterable[Carrier],
        metrics: Metrics,
        now: Callable[[], float],
        utc: Callable[[], float],
        soon: Callable[[Callable[[], None]], None],
        happened: Callable[..., None],
        floods: FloodLimits | None = None,
        stopwatch: Callable[[], float] = perf_counter,
        admission: Admission[Carrier] | None = None,
        awake: Awake | None = None,
    ) -> None:
        self._engine = engine
        self._carriers = {one.name: one for one in carriers}
        self.admission = admission or Admission(self._carriers.values(), token_bytes(32))
        self._contracts = Contracts(self._carriers.values(), now)
        self._metrics = metrics
        self._now = now
        self._utc = utc
        self._soon = soon
        self._happened = happened
        self._messages = 0  # the last id given
        self._binds: dict[str, Bind] = {}
        self.sending = Sending(engine, metrics, self._binds, now, soon)
        self._throttled = 0  # over links that are closed
        self._ingress = Ingress(
            engine,
            metrics,
            floods or FloodLimits(),
            now,
            stopwatch,
            soon,
            self._alive,
            self._message_for,
            self._contracts.take,
            awake,
        )

    @property
    def binds(self) -> tuple[Bind, ...]:
        return tuple(self._binds.values())

    def waiting(self) -> dict[str, int]:
        """Carrier group -> what waits for a bind that can take it."""
        return self.sending.waiting()

    def words_waiting(self) -> dict[str, int]:
        """What among it is for a caller; receipts are not."""
        return self.sending.words_waiting()

    def throttled(self) -> int:
        """Texts refused for the moment because too many were in flight, since the start."""
        by_links = self._throttled + sum(b.link.faults.get("throttled", 0) for b in self.binds)
        return by_links + self._ingress.refused + self._contracts.refused

    def first_throttled(self) -> int:
        """Those among them that were the first of a new caller, if the link did not refuse all."""
        return self._ingress.first_refused

    def queued(self) -> int:
        """Texts that came and are not with the journal yet."""
        return len(self._ingress)

    def loud(self) -> tuple[Loud[CallerKey], ...]:
        """The sources that are noisy now, the loudest first."""
        return self._ingress.loud()

    def replace(self, carriers: Iterable[Carrier], floods: FloodLimits | None = None) -> None:
        """`carriers` hold from now on. A bind that would not be let in any more is unbound: what it
        brought is still answered. All others stay, under the limits of now."""
        if floods is not None:
            self._ingress.adopt(floods)
        self._carriers = {one.name: one for one in carriers}
        self.admission.adopt(self._carriers.values())
        self._contracts.adopt(self._carriers.values())
        for bind in self.binds:
            objection = self._objection(bind)
            if objection:
                words = f"A bind of {bind.carrier.display} is ended in good order: {objection}"
                self._happened(Happened.BIND_DISMISSED, words, carrier=bind.carrier.name)
                bind.link.unbind()
                continue
            bind.carrier = self._carriers[bind.carrier.name]
            account = bind.carrier.account
            bind.link.adopt(account.limits(), account.in_flight_max)

    def carry(self, dialogue: DialogueId, command: TellCaller | GiveReceipt) -> None:
        self.sending.carry(dialogue, command)

    def joined(self, link: Link, carrier: Carrier, sends: Operation) -> None:
        """We have bound to a carrier, whose replies leave as `sends`. From now on its link is like
        any other."""
        self._binds[link.id] = Bind(link, carrier, self._utc(), sends=sends)
        words = f"{carrier.display} has let us in"
        self._happened(Happened.BIND_UP, words, carrier=carrier.name, peer=link.peer_address)
        self._soon(lambda: self.sending.drain_for(carrier))

    def _objection(self, bind: Bind) -> str:
        """Why a bind that is up would not come about any more; "" when it would."""
        if bind.shown is not None:
            return self.admission.objection(bind.carrier.name, bind.shown)
        return "" if bind.carrier.name in self._carriers else "the carrier was taken away"

    # --- smpp.server.Handler ---------------------------------------------------------------

    def bind(self, link: Link, request: BindRequested, peer_address: str) -> Accepted | Refused:
        """Unknown system_id and wrong password get the same answer after the same work."""
        asked = Asked(request.system_id, request.password, peer_address, link.proof)
        decision = self.admission.judge(asked, self._up, self._now())
        if isinstance(decision, Denied):
            name, words = decision.carrier, decision.words
            self._happened(Happened.BIND_REFUSED, words, carrier=name, peer=peer_address)
            return Refused(decision.status, decision.after)
        carrier = decision.carrier
        self._binds[link.id] = Bind(link, carrier, self._utc(), decision.shown)
        over = "" if link.proof is None else f" over {link.proof.version}"
        words = f"{carrier.display} has bound{over}"
        self._happened(Happened.BIND_UP, words, carrier=carrier.name, peer=peer_address)
        self._soon(lambda: self.sending.drain_for(carrier))
        account = carrier.account
        return Accepted(account.limits(), account.in_flight_max, account.system_id)

    def _up(self, carrier: str) -> int:
        """Binds that the carrier asked for."""
        mine = (bind for bind in self._binds.values() if bind.carrier.name == carrier)
        return sum(bind.shown is not None for bind in mine)

    def submitted(self, link: Link, event: Submitted) -> None:
        pdu = event.pdu
        carrier = self._binds[link.id].carrier.addressed(pdu.destination_addr)
        self._metrics.pdus_in += 1
        self._metrics.pdus_lenient += bool(event.faults)
        if carrier is None:
            self._metrics.pdus_refused += 1
            link.answer(event, Status.RINVDSTADR)
            return
        report = report_of(pdu, carrier.account.default_alphabet)
        if report is None:
            self._ingress.come(Text(link, carrier, event, self._key(carrier, pdu)))
        elif not self._contracts.take(carrier.name, Kind.OTHER):
            link.answer(event, Status.RTHROTTLED)
        else:
            # Callers' words go ahead of what is only about ours.
            self._ingress.later(link, lambda: self._report(link, carrier, event, report))
        if pressed := self._contracts.press(carrier.name):
            link.hold(pressed)

    def submitted_to_many(self, link: Link, event: SubmittedToMany) -> None:
        """Taken like a submit_sm when one of its destinations is ours."""
        carrier = self._binds[link.id].carrier
        one, others = for_us(event.pdu, lambda address: carrier.addressed(address) is not None)
        if one is None:
            self._metrics.pdus_in += 1
            self._metrics.pdus_refused += 1
            multi, number = event.pdu.COMMAND_ID | RESPONSE, event.sequence_number
            link.respond(number, multi, Status.RINVDSTADR, "", others)
            return
        self.submitted(
            link, Submitted(event.sequence_number, one, event.octets, event.faults, others)
        )

    def queried(self, link: Link, event: Queried) -> QuerySmResp | Status:
        """What the caller's dialogue, or the one before it, knows of that text."""
        if self._engine.broken is not None:
            return Status.RQUERYFAIL  # what is in memory may not have happened
        pdu, carrier = event.pdu, self._binds[link.id].carrier
        for one in (carrier, carrier.tests):
            if one is None:
                continue
            dialogue = self._engine.find(self._key_of(one, pdu.source_addr, pdu.source_addr_ton))
            while dialogue is not None and (state := self._engine.get(dialogue)) is not None:
                answer = standing.of(state, MessageId(pdu.message_id))
                if answer is not None:
                    return answer
                before = state.line.previous
                dialogue = None if before is None else before.dialogue
        return Status.RINVMSGID

    def load(self) -> int:
        """How full the gateway is, 0 to 100: of the texts that may wait, as many do."""
        return self._ingress.load()

    def responded(self, link: Link, event: Responded) -> None:
        self.sending.responded(link, event)

    def silent(self, link: Link, event: Silent) -> None:
        self.sending.silent(link, event)

    def gone(self, link: Link, events: list[Gone]) -> None:
        self.sending.gone(link, events)

    def closed(self, link: Link, reason: str) -> None:
        bind = self._binds.pop(link.id, None)
        self._throttled += link.faults.get("throttled", 0)
        self._ingress.closed(link)
        if bind is not None:
            words = f"A bind of {bind.carrier.display} has ended: {reason}"
            self._happened(Happened.BIND_DOWN, words, carrier=bind.carrier.name)

    def window_opened(self, link: Link) -> None:
        bind = self._binds.get(link.id)
        if bind is not None:
            self.sending.drain_for(bind.carrier)

    # --- receipts for what was sent ----------------------------------------------------------

    def _report(self, link: Link, carrier: Carrier, event: Submitted, report: Report) -> None:
        self._metrics.receipts_in += 1
        fact = reading.reported(report)
        dialogue = self._engine.find(self._key(carrier, event.pdu))
        state = None if dialogue is None else self._engine.get(dialogue)
        if fact is not None and state is not None:
            fact = spellings.reported(state.line, fact, carrier.account.receipt_ids)
        message = self._message_for(link)
        if fact is not None and self._engine.broken is not None:
            # Nor is it known now whose it is: a dialogue may be out of memory until the journal
            # can be read. The carrier brings it again.
            link.answer(event, Status.RMSGQFUL)
            return
        if fact is None or dialogue is None:
            # Still on its way, or for a dialogue long forgotten: there is nothing to record.
            link.answer(event, Status.ROK, message)
            return

        def done(broken: JournalBroken | None) -> None:
            status = Status.ROK if broken is None else Status.RMSGQFUL
            link.answer(event, status, message)

        self._engine.hear(dialogue, fact, event.octets, done)

    def _key(self, carrier: Carrier, pdu: SubmitSm | DeliverSm | DataSm) -> CallerKey:
        return self._key_of(carrier, pdu.source_addr, pdu.source_addr_ton)

    def _key_of(self, carrier: Carrier, address: str, ton: int) -> CallerKey:
        number = normalised(address, ton)
        return CallerKey("sms", CarrierName(carrier.group), number)

    def _alive(self, link: str) -> Link | None:
        bind = self._binds.get(link)
        return None if bind is None or not bind.link.is_live else bind.link

    def _message_for(self, link: Link) -> MessageId:
        """A message id never given before: 16 hex digits. A peer of version 3.3 gets the lower 8:
        after a restart they may be those of a text of some multiple of 68 minutes ago."""
        if not self._messages:  # not before the record is read: UTC may have been set back since
            first = int(max(self._utc(), self._engine.at))
            self._messages = first << MESSAGES_PER_SECOND_BITS
        self._messages += 1
        wide = f"{self._messages:016x}"
        return MessageId(wide if link.interface_version >= VERSION_3_4 else wide[-8:])
