"""The simulated world of one seed: carriers, callers, PSAPs, a machine, and what befalls it.

What is decided here is only who is there and how they are joined; when what happens is `storm`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...smpp.client import Connect
from ..config import Carrier
from ..faults import ON_DISK
from ..journal.contract import JournalBroken
from ..journal.memory import MemoryStore
from .bounds import Bounds
from .callers import Callers
from .carriers import CarrierLink, SimulatedCarrier, Submission
from .centres import Centres
from .consoles import Browser
from .limits import LimitsKept
from .lines import Lines
from .places import ABROAD, BINDS_MAX, PSAPS, abroad, carriers, policy, router, sources
from .points import Points, ProcessDied
from .process import Process
from .rooms import Room
from .scenario import WHOLE, Cut
from .shadow import Shadow
from .stage import TOLD_MAX, Stage
from .voices import speakers
from .wires import Wire
from .witness import Witness


class World:
    """`points.act` is to be put in the place of the gateway's faults while this world runs."""

    def __init__(self, seed: int, cut: Cut = WHOLE, told_max: int = TOLD_MAX) -> None:
        self.stage = stage = Stage(seed, cut, told_max)
        self.store = MemoryStore()
        self.process: Process | None = None
        self.rooms: dict[str, Room] = {}
        self._wires: dict[str, Wire] = {}
        self._configured = carriers(stage)
        chance = stage.draw("carriers")
        self.carriers = [
            SimulatedCarrier(stage, one.group, chance.randint(1, BINDS_MAX), self._connect)
            for one in self._configured
        ]
        self.points = Points(stage, self._die_at, self._stand_still)
        self.shadow = Shadow(stage, self.store)
        self._group_of: dict[str, str] = {}
        self.centres = self._centres()
        self.callers = Callers(stage, self.carriers)
        self.lines = Lines(self)
        self.lines.callers += speakers(stage, self.lines)
        self.witness = Witness(
            stage,
            self.shadow,
            self.callers.names(),
            lambda link: not self._wires[link].gateway_up,
            lambda link, sequence: any((link, sequence) in one.reports for one in self.carriers),
            self._group_of.__getitem__,
            self.lines.name_of,
        )
        self.limits = LimitsKept(self)
        self.bounds = Bounds(self)
        self.browsers = {psap: self._people_of(psap) for psap in PSAPS}

    def begin(self) -> None:
        """The gateway starts, then everybody who uses it."""
        self.boot()
        for browser in self.everybody():
            browser.connect()
        for carrier in self.carriers:
            carrier.start()
        if self.centres is not None:
            self.centres.start()
        self._look()

    # --- the machine ---------------------------------------------------------------------------

    def boot(self) -> None:
        """Start a process; while the disk takes nothing, try again, as a supervisor would."""
        stage = self.stage
        try:
            self.process = process = Process(
                stage,
                self.store,
                self._configured,
                policy(stage),
                lambda process: sources(stage, process, self._configured),
                router(),
                self.shadow.catch_up,
                self._dial,
            )
        except JournalBroken:
            stage.note("gateway", "cannot start: the disk takes nothing")
            stage.later(1.0, self.boot)
            return
        self.rooms = {psap: self._room(process, psap) for psap in PSAPS}
        try:
            process.start(self.rooms)
        except ProcessDied:
            return  # the next start is on its way
        self.limits.started()

    def _room(self, process: Process, psap: str) -> Room:
        return Room(
            self.stage,
            psap,
            process.enter,
            process.measure,
            self.browsers[psap],
            self.witness,
            lambda: process.dead,
        )

    def crash(self, landed: int | None = None) -> None:
        """`landed`: units of what was volatile that reach the disk; None: chance decides."""
        process = self.process
        if process is None:
            return
        self.process, self.rooms = None, {}
        process.die(landed)
        self.witness.gateway_died()
        self.lines.gateway_died()
        for browser in self.everybody():
            browser.gateway_died()
        self.stage.later(self.stage.draw("restarts").uniform(0.5, 6.0), self.boot)

    def _die_at(self, point: str) -> None:
        self.crash(0 if point in ON_DISK else None)

    def _stand_still(self, seconds: float) -> None:
        if self.process is not None:
            self.process.stand_still(seconds)

    def _look(self) -> None:
        """Once a second: what holds all the time, whoever does what."""
        self.shadow.catch_up()
        self.limits.look()
        self.bounds.look()
        if self.centres is not None:
            self.centres.look()
        self.stage.later(1.0, self._look)

    # --- who uses it ---------------------------------------------------------------------------

    @property
    def submissions(self) -> list[Submission]:
        """Every text and report of every carrier."""
        return [one for carrier in self.carriers for one in carrier.submissions]

    def everybody(self) -> list[Browser]:
        return [one for browsers in self.browsers.values() for one in browsers]

    def _people_of(self, psap: str) -> list[Browser]:
        room, seen_by = self._finder(psap), self.witness
        return [
            Browser(self.stage, psap, f"{psap}-ann", "telecommunicator", room, seen_by),
            Browser(self.stage, psap, f"{psap}-sue", "supervisor", room, seen_by),
        ]

    def _finder(self, psap: str) -> Callable[[], Room | None]:
        return lambda: self.rooms.get(psap)

    def _connect(self, link: CarrierLink) -> bool:
        process = self.process
        return process is not None and process.connect(self._wire(link, process))

    def _wire(self, link: CarrierLink, process: Process) -> Wire:
        def wrote(octets: bytes) -> None:
            self.witness.wrote(link.name, octets)
            if self.centres is not None:
                self.centres.wrote(link.name, octets)

        wire = Wire(self.stage, link, process.enter, wrote)
        link.wire = self._wires[link.name] = wire
        self._group_of[link.name] = link.group
        return wire

    # --- where we bind ---------------------------------------------------------------------------

    def _centres(self) -> Centres | None:
        """One carrier more, to which we bind."""
        stage, configured = self.stage, abroad(self.stage)
        if configured is None:
            return None
        binds = stage.draw("abroad binds").choice((0, 0, 1, 2))  # of its own
        carrier = SimulatedCarrier(stage, ABROAD, binds, self._connect)
        self.carriers.append(carrier)
        self._configured.append(configured)
        return Centres(stage, self.shadow, carrier, configured, self._wire, lambda: self.process)

    def _dial(self, process: Process) -> Callable[[str, int, float], Connect]:
        return nobody_is_called if self.centres is None else self.centres.dial(process)

    def lose_site(self, seconds: float) -> None:
        """It is taken out of the configuration, and comes back into it."""
        if self.centres is not None:
            self.stage.note("gateway", f"its configuration loses a site for {seconds:.1f} s")
            self._reload(self.centres.with_one_less())
            self.stage.later(seconds, self.regain_sites)

    def regain_sites(self) -> None:
        if self.centres is not None and self._configured[-1] is not self.centres.configured:
            self._reload(self.centres.whole())

    def _reload(self, configured: Carrier) -> None:
        self._configured[-1] = configured
        if (process := self.process) is not None:
            process.enter(lambda: process.reload(self._configured))

    def links(self) -> Iterator[CarrierLink]:
        for carrier in self.carriers:
            yield from carrier.links

    def wires(self) -> list[Wire]:
        return [link.wire for link in self.links() if link.wire is not None]


def nobody_is_called(host: str, _port: int, _within: float) -> Connect:
    """Where there are no message centres."""
    raise AssertionError(f"nobody has said that we bind at {host}")
