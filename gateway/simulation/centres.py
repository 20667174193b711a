"""The message centres of a simulated carrier: where the gateway binds as an ESME, where it asks for
a bind by outbind, and what asks it for one.

They go out of service in three ways, refuse, and do not answer. What they bring and take is the
carrier's (`carriers.py`). Here is also held against the record what only these binds promise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from ...smpp.client import Connect
from ...smpp.codec import decode
from ...smpp.connecting import AwaitOutbindSettings, ConnectSettings
from ...smpp.conversation import PARTS_WITHIN
from ...smpp.pdu import (
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    Outbind,
    SubmitSm,
    Unbind,
)
from ...smpp.status import Status
from ...smpp.tlv import Tag, number
from ..config import Carrier
from .carriers import PATIENCE, TYPE_MASK, CarrierLink, SimulatedCarrier
from .places import ASKED, RETRY_FIRST, RETRY_LONGEST
from .process import Process
from .shadow import Shadow
from .sites import BINDS, AskedLink, CentreLink, Site
from .stage import Stage
from .wires import QUICK, Wire

DOWN = (1.0, 40.0)  # seconds, from and to
LATE = (4.0, 14.0)  # seconds of a late answer to a bind; we wait for ten
LOOKED_BACK = 30.0  # seconds over which tries are counted
# Of one line in that time: pauses are at least half of 1, 2, 4, 8, 8, ... seconds, and once in it
# they may begin anew.
TRIES_MAX = 14
BOUND_WITHIN = 180.0  # seconds after the healing: a half-open bind is to be found out first
EPSILON = 1e-6
AGAIN = 0.05  # seconds from an answer to the same once more
REFUSALS = (Status.RBINDFAIL, Status.RINVPASWD, Status.RALYBND)


class Centres:
    """Of one carrier. `wire(link, process)` gives its wire; `process()`: the gateway's, if any."""

    def __init__(
        self,
        stage: Stage,
        shadow: Shadow,
        carrier: SimulatedCarrier,
        configured: Carrier,
        wire: Callable[[CarrierLink, Process], Wire],
        process: Callable[[], Process | None],
    ) -> None:
        self.stage = stage
        self.shadow = shadow
        self.carrier = carrier
        self.configured = configured
        self._wire = wire
        self._process = process
        self._chance = stage.draw("message centres")
        self._sites: dict[str, Site] = {}
        self._healed_at: float | None = None
        self._awaits = False
        self._taken: Counter[bytes] = Counter()  # requests that got ESME_ROK
        self._links: dict[str, CentreLink] = {}
        for reach in configured.reaches:
            if isinstance(reach.settings, AwaitOutbindSettings):
                self._awaits = True
                continue
            binds = reach.settings.binds if isinstance(reach.settings, ConnectSettings) else 1
            self._sites.setdefault(reach.settings.host, Site()).lines += binds

    def start(self) -> None:
        if self._awaits:
            self.ask()

    # --- connections ---------------------------------------------------------------------------

    def dial(self, process: Process) -> Callable[[str, int, float], Connect]:
        """How this life of the gateway connects."""
        self._forget_tries()

        def connect(host: str, _port: int, within: float) -> Connect:
            return partial(self._connect, process, host, within)

        return connect

    def _connect(
        self, process: Process, host: str, within: float, factory: Factory
    ) -> Deferred[Any]:
        site = self._sites[host]
        self._count(host, site)
        found: Deferred[Any] = Deferred()
        slow = self._chance.uniform(0.0, 2.0) if "delay" in self.stage.faults else QUICK
        stands = site.down_until <= self.stage.now()
        after = within if not stands and site.swallows else slow

        def arrives() -> None:
            if found.called:
                return  # given up meanwhile
            if stands and self._join(process, host, site, factory):
                found.callback(None)
            elif not found.called:
                why: Any = error.TimeoutError if site.swallows else error.ConnectionRefusedError
                found.errback(why())

        self.stage.later(after, lambda: process.enter(arrives))
        return found

    def _join(self, process: Process, host: str, site: Site, factory: Factory) -> bool:
        if site.down_until > self.stage.now():
            return False
        link: CarrierLink
        if host == ASKED:
            link = AskedLink(self.carrier, self.carrier.next_name())
        else:
            link = self._link(awaited=False)
        site.links = [one for one in site.links if one.up]
        site.links.append(link)
        self.carrier.links.append(link)
        if not process.join(self._wire(link, process), factory):
            self._not_joined(link)
            return False
        return True

    def _not_joined(self, link: CarrierLink) -> None:
        link.up = False
        self.carrier.links.remove(link)

    def _link(self, *, awaited: bool) -> CentreLink:
        link = CentreLink(self.carrier, self, awaited=awaited)
        self._links[link.name] = link
        limit = PATIENCE / 2
        self.stage.later(limit, lambda: None if link.let_in else link.drop())
        return link

    def ask(self) -> None:
        """Connect to the gateway, and ask it for a bind."""
        process = self._process()
        link = self._link(awaited=True)
        self.carrier.links.append(link)
        joined = process is not None and process.join(self._wire(link, process), process.awaiting)
        if not joined:
            self._not_joined(link)
            self.stage.later(1.0, self.ask)
            return
        link.send(Outbind(system_id=self.configured.group), link.next_number())

    def asked_to_let_in(self, link: CentreLink, command: int, sequence: int) -> None:
        stage, chance = self.stage, self._chance
        response: Any = BINDS[command]
        late = QUICK
        if stage.has("bind_refused", 0.4):
            how = chance.choice(("refused", "refused", "late", "never"))
            stage.note(link.name, f"our bind: {how}")
            if how == "never":
                return
            if how == "refused":
                link.send(response(), sequence, chance.choice(REFUSALS))
                return
            late = chance.uniform(*LATE)
        version = number(Tag.sc_interface_version, 0x50)

        def lets_in() -> None:
            if link.up:
                link.send(response("centre", (version,)), sequence)
                if not link.let_in:
                    stage.note(link.name, "lets us in")
                    link.let(command)
                    self.carrier.pump()

        stage.later(late, lets_in)
        if stage.has("answers_twice", 0.3):
            stage.later(late + AGAIN, lets_in)

    def taken_as(self, request: bytes) -> str:
        """From the record: deliver_sm_resp names none."""
        return (self.shadow.recorded.get(request) or [""])[-1]

    # --- faults --------------------------------------------------------------------------------

    def go_down(self) -> None:
        """One of the sites, in one of three ways."""
        stage, chance = self.stage, self._chance
        host = chance.choice(sorted(self._sites))
        site = self._sites[host]
        how = chance.choice(("restarts", "goes out of service", "vanishes"))
        site.down_until = stage.now() + chance.uniform(*DOWN)
        site.swallows = how == "vanishes"
        stage.note(self.carrier.group, f"{host} {how} until {site.down_until:.1f}")
        for link in [one for one in site.links if one.up]:
            if how == "goes out of service" and isinstance(link, CentreLink):
                link.go_out_of_service()
                continue
            if how == "vanishes" and link.wire is not None:
                link.wire.go_silent()
            link.drop()
        site.links = [one for one in site.links if one.up]

    def with_one_less(self) -> Carrier:
        """As it is configured when a message centre was taken out of its file."""
        reaches = list(self.configured.reaches)
        reaches.remove(self._chance.choice(reaches))
        self._forget_tries()
        return replace(self.configured, reaches=tuple(reaches))

    def whole(self) -> Carrier:
        self._forget_tries()
        return self.configured

    def heal(self) -> None:
        self._healed_at = self.stage.now()
        for site in self._sites.values():
            site.down_until = 0.0

    # --- what is promised of such binds --------------------------------------------------------

    def missing(self) -> list[str]:
        """The binds that we are to bring about, and do not stand."""
        process = self._process()
        if process is None:
            return []
        awaited = [one for one in self._links.values() if one.awaited and one.up and one.let_in]
        found = ["the one it asks for"] if self._awaits and not awaited else []
        return found + [
            f"{wanted.reach.settings.system_id or wanted.system_id} {number}: {line.state}"
            for number, (wanted, line) in enumerate(process.outreach.lines)
            if line.connection is None or not line.connection.link.is_live
        ]

    def look(self) -> None:
        """Once a second."""
        healed_at = self._healed_at
        if healed_at is not None and self.stage.now() > healed_at + BOUND_WITHIN:
            for one in self.missing():
                raise self.stage.broken(f"where we are let in we bind again: {one}")

    def wrote(self, name: str, octets: bytes) -> None:
        """The gateway writes whole PDUs, several at once."""
        link = self._links.get(name)
        if link is None:
            return
        for pdu in _cut(octets):
            command, status = int.from_bytes(pdu[4:8]), int.from_bytes(pdu[8:12])
            sequence = int.from_bytes(pdu[12:16])
            if command in (SubmitSm.COMMAND_ID, DataSm.COMMAND_ID):
                self._no_receipt(link, pdu)
                link.unanswered[sequence] = self.stage.now()
            elif command == DeliverSm.COMMAND_ID:
                raise self.stage.broken(f"an ESME sends no deliver_sm: {pdu.hex()} on {name}")
            elif command in (DeliverSmResp.COMMAND_ID, DataSmResp.COMMAND_ID) and not status:
                self._recorded(link, sequence)
            elif command == Unbind.COMMAND_ID:
                self._drained(link)

    def _no_receipt(self, link: CentreLink, octets: bytes) -> None:
        pdu, _ = decode(octets)
        assert isinstance(pdu, SubmitSm | DataSm)
        if pdu.esm_class & TYPE_MASK:
            words = f"{pdu.esm_class:#x} to {pdu.destination_addr} on {link.name}"
            raise self.stage.broken(f"a message centre is given no receipt: {words}")

    def _recorded(self, link: CentreLink, sequence: int) -> None:
        request = link.requests[sequence]
        if (link.name, sequence) in self.carrier.reports:
            return
        self.shadow.catch_up()
        self._taken[request] += 1
        if self._taken[request] > len(self.shadow.recorded.get(request, ())):
            words = f"number {sequence} on {link.name}"
            raise self.stage.broken(f"no ESME_ROK before the text is durable: {words}")

    def _drained(self, link: CentreLink) -> None:
        for sequence, at in link.unanswered.items():
            if self.stage.now() - at < PARTS_WITHIN - EPSILON:
                words = f"number {sequence} on {link.name}"
                raise self.stage.broken(f"we wait for responses before we unbind: {words}")

    def _count(self, host: str, site: Site) -> None:
        now, tries = self.stage.now(), site.tries
        tries.append(now)
        most = TRIES_MAX * site.lines
        if len(tries) > site.lines and now - tries[-1 - site.lines] < RETRY_FIRST / 2 - EPSILON:
            raise self.stage.broken(f"who was not let in waits before the next try: {host}")
        if len(tries) > most and now - tries[-1 - most] < LOOKED_BACK:
            words = f"{host} in {LOOKED_BACK:g} s more than {most} times"
            raise self.stage.broken(f"tries grow rarer, to one in {RETRY_LONGEST:g} s: {words}")

    def _forget_tries(self) -> None:
        for site in self._sites.values():
            site.tries.clear()


def _cut(octets: bytes) -> Iterator[bytes]:
    while octets:
        size = int.from_bytes(octets[:4])
        yield octets[:size]
        octets = octets[size:]
