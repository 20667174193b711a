"""Composition: the parts of the gateway built from a configuration and joined to one another.

Everything that is configured is made here and nowhere else; the kinds of PSAP are told apart by one
`match`. Nothing runs yet when a `Gateway` is made: `start` and `stop` are the daemon's business.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from time import perf_counter
from traceback import print_exception
from typing import Any

from ..psap_adapters.console.server import ConsoleServer
from ..psap_adapters.console.sessions import FileSessions
from ..psap_adapters.console.settings import ConsoleSettings
from ..psap_adapters.port import Chart, Measure, Psap
from ..smpp.national import NUMBERS
from .config import Configuration
from .config import Psap as PsapSettings
from .core.commands import BlockCaller, Command, Show
from .core.engine import Engine
from .core.facts import GATEWAY
from .core.policy import Policy
from .core.replaying import policies_in, replay
from .core.values import DialogueId, Location
from .edges.admission import Admission
from .edges.answers import Answers
from .edges.awake import Awake
from .edges.carriers import CarrierEdge
from .edges.clock import DialogueClock
from .edges.dispatch import Dispatch
from .edges.lines.calls import Calls
from .edges.locations import LocationEdge
from .edges.lockout import LockLimits
from .edges.outreach import Outreach, by_endpoint
from .edges.psaps import PsapEdge
from .edges.transcripts import Transcripts
from .edges.welcome import Welcome
from .journal.contract import Journal, JournalBroken
from .location.chain import call_source, carrier_source
from .location.port import LocationSource
from .looking_on import LookingOn
from .operations.health_log import Happened, HealthLog
from .operations.metrics import Metrics
from .routing.chart import chart
from .routing.grid import Grid
from .routing.polygons import Boundaries
from .routing.router import Router, routing_table
from .routing.source import boundaries
from .steady import SteadyClock
from .telephony import Telephony
from .wording import Group, together

ENDED = frozenset({"closing", "closed", "bounced", "abandoned"})
CHARTS_MAX = 1_000  # maps kept for the next caller at the same place: at most some 30 MB
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without mistakes


class Geography:
    """Boundaries, grid and map of one configuration. Building one takes about a third of a second,
    most of it for the grid, which works before it is filled."""

    def __init__(self, configuration: Configuration, *, fill: bool = True) -> None:
        self.boundaries: Boundaries = boundaries(configuration.routing, configuration.directory)
        self.grid = Grid(self.boundaries, fill=fill)
        # A map of half the state takes 20 ms, and all callers without a fix of their own share the
        # place that is configured for their carrier.
        self._chart = lru_cache(CHARTS_MAX)(self._drawn)

    def router(self, configuration: Configuration) -> Router:
        defaults = {one.group: one.location.default_psap for one in configuration.carriers}
        defaults |= {line.name: line.place.default_psap for line in configuration.lines}
        titles = {psap.name: psap.display for psap in configuration.psaps}
        return Router(self.grid, routing_table(configuration.routing, defaults, titles))

    def draw(self, location: Location) -> Chart | None:
        return self._chart(location.latitude, location.longitude, location.radius)

    def _drawn(self, latitude: float, longitude: float, radius: float) -> Chart | None:
        drawn = chart(self.boundaries, latitude, longitude, radius)
        return drawn if drawn.outlines else None


class Gateway:
    """`utc`: UTC seconds. `reactor` gives monotonic seconds and runs things later. `stopwatch`:
    seconds that pass within a turn of the loop too."""

    def __init__(
        self,
        configuration: Configuration,
        geography: Geography,
        journal: Journal,
        reactor: Any,
        utc: Callable[[], float],
        log: HealthLog,
        metrics: Metrics,
        stopwatch: Callable[[], float] = perf_counter,
    ) -> None:
        self.configuration = configuration
        self.geography = geography
        self.journal = journal
        self.metrics = metrics
        self.log = log
        self.reactor = reactor
        self.utc = utc
        self.steady = SteadyClock(utc, reactor.seconds)  # what limits are reckoned by
        self._policies = _Policies(journal)
        self.answers = Answers(geography.router(configuration), metrics, _tests(configuration))
        self.dispatch = Dispatch(self._failed)
        self.engine = Engine(
            journal=journal,
            now=self.steady,
            answer=self.answers.answer,
            carry=self._carry,
            fresh_id=fresh_dialogue,
            reference=lambda: secrets.randbelow(1 << 16),
            policy=configuration.policy,
            moved=self._moved,
        )
        self.transcripts = Transcripts(self._commands_of)
        self.consoles = ConsoleServer(
            _consoles(configuration), configuration.console, self._measure, utc, self._log_ins()
        )
        self._made: dict[str, tuple[str, Psap]] = {}  # PSAP -> its kind and adapter
        self.calls = Calls(self.engine, lambda: secrets.token_hex(8))
        self.telephony = Telephony(self.calls, reactor, utc, log, metrics)
        self.psaps = self._psap_edge()
        self.looking_on = LookingOn(self)
        self.admission = Admission(
            configuration.carriers, secrets.token_bytes(32), _locks(configuration)
        )
        awake = Awake()
        self.carriers = self._carrier_edge(stopwatch, awake)
        self.clock = DialogueClock(self.engine, reactor, self.steady, awake.tick)
        self.locations = LocationEdge(
            self.engine, self._sources(configuration), metrics, self.reactor.seconds
        )
        self.dispatch.psaps = self.psaps
        self.dispatch.carriers = self.carriers
        self.dispatch.clock = self.clock
        self.dispatch.locations = self.locations
        self.dispatch.lines = self.calls
        names = _names()
        self.welcome = Welcome(
            configuration, self.carriers, self.admission, reactor, names, log.changed
        )
        self.smpp = self.welcome.smpp
        self.outreach = self._outreach(names)

    def adopt(self, configuration: Configuration, geography: Geography) -> None:
        """A reload, all or nothing: `configuration` was checked as a whole before. What needs a
        restart (ports, journal) stays as it is; `config.changes` has said so."""
        router = geography.router(configuration)
        sources = self._sources(configuration)
        welcome = self.welcome.prepare(configuration)
        # From here on nothing can fail: what could has been made.
        self.configuration, self.geography = configuration, geography
        self.answers.router, self.answers.tests = router, _tests(configuration)
        self.consoles.replace(_consoles(configuration))
        self.psaps.carriers = _groups(configuration)
        self.psaps.draw = geography.draw
        self.psaps.replace(self._adapters(configuration))
        self.locations.sources = sources
        with suppress(JournalBroken):  # it is in force; recovery writes it down before all else
            self.engine.adopt(configuration.policy)
        welcome()
        self.admission.limit(_locks(configuration))
        self.carriers.replace(configuration.carriers, configuration.flood.limits())
        self.outreach.adopt(configuration.carriers)
        self.telephony.adopt(configuration)
        self.log.changed(Happened.CONFIGURATION_LOADED, "A changed configuration is in force")

    # --- inside ------------------------------------------------------------------------------

    def _psap_edge(self) -> PsapEdge:
        return PsapEdge(
            engine=self.engine,
            adapters=self._adapters(self.configuration),
            transcripts=self.transcripts,
            carriers=_groups(self.configuration),
            draw=self.geography.draw,
            now=self.steady,
            shown_after=self.metrics.text_shown.observe,
            happened=self.log.changed,
        )

    def _carrier_edge(self, stopwatch: Callable[[], float], awake: Awake) -> CarrierEdge:
        return CarrierEdge(
            engine=self.engine,
            carriers=self.configuration.carriers,
            metrics=self.metrics,
            now=self.reactor.seconds,
            utc=self.utc,
            soon=self._soon,
            happened=self.looking_on.happened,
            floods=self.configuration.flood.limits(),
            stopwatch=stopwatch,
            admission=self.admission,
            awake=awake,
        )

    def _outreach(self, names: Callable[[], str]) -> Outreach:
        return Outreach(
            self.configuration.carriers,
            self.carriers,
            self.smpp,
            self.reactor,
            by_endpoint(self.reactor),
            secrets.SystemRandom().random,
            names,
            self.log.changed,
        )

    def _failed(self, dialogue: DialogueId, command: Command, fault: Exception) -> None:
        """A fault of ours on the way out: to the operators by name, whole to standard error."""
        name = type(command).__name__
        words = f"{type(fault).__name__} while {name} was carried; the trace is on standard error"
        self.log.changed(Happened.FAULT, words, dialogue=dialogue, kind="carry")
        print_exception(fault)

    def _log_ins(self) -> FileSessions:
        """Where the consoles' log-ins outlive a restart; trouble may be told from a thread."""

        def trouble(words: str) -> None:
            self.reactor.callFromThread(self.log.changed, Happened.FAULT, words)

        journal = self.configuration.journal_path
        return FileSessions(journal.with_name("console-sessions.json"), trouble)

    def _carry(self, dialogue: DialogueId, command: Command) -> None:
        if isinstance(command, Show) and command.kind == "automatic" and command.reply >= 0:
            self.metrics.automatic_out += 1
        self.metrics.callers_blocked += isinstance(command, BlockCaller)
        self.dispatch.carry(dialogue, command)

    def _moved(self, dialogue: DialogueId, before: str, after: str) -> None:
        """One line per change of phase, without a word or a number of the caller."""
        metrics = self.metrics
        metrics.dialogues_opened += before == "new"
        metrics.dialogues_closed += after in ENDED and before not in ENDED
        metrics.bounces += after == "bounced"
        if before == "new":
            self.transcripts.begin(dialogue)
            what = Happened.DIALOGUE_OPENED
        elif after in ENDED:
            what = Happened.DIALOGUE_CLOSED
        else:
            what = Happened.DIALOGUE_STATE
        self.log.changed(what, dialogue=dialogue, previous=before, state=after)

    def _adapters(self, configuration: Configuration) -> Mapping[str, Psap]:
        adapters: dict[str, Psap] = {}
        for psap in configuration.psaps:
            kind, adapter = self._made.get(psap.name, (psap.kind, None))
            if adapter is None or kind == psap.kind:  # another kind needs a restart
                adapter = self._adapter(psap)
            self._made[psap.name] = kind, adapter
            adapters[psap.name] = adapter
        return adapters

    def _adapter(self, psap: PsapSettings) -> Psap:
        """The one there is, with the settings of now, or a new one."""
        match psap.kind:
            case "console":
                return self.consoles.psap(psap.name)
            case "tty":
                _, known = self._made.get(psap.name, ("", None))
                return self.telephony.psap(psap, known)
            case kind:
                raise AssertionError(f"{psap.name}: no adapter speaks {kind!r}")

    def _sources(self, configuration: Configuration) -> Mapping[str, LocationSource]:
        texts = {
            carrier.group: carrier_source(carrier.location, self.utc, self._later)
            for carrier in configuration.carriers
        }
        return texts | {
            line.name: call_source(line.place, self.utc) for line in configuration.lines
        }

    def _later(self, seconds: float, what: Callable[[], None]) -> object:
        later: Callable[..., object] = self.reactor.callLater
        return later(seconds, what)

    def _soon(self, what: Callable[[], None]) -> None:
        self._later(0.0, what)

    def _measure(self, text: str, dialogue: str) -> Measure:
        return self.psaps.measure(text, dialogue)

    def _commands_of(self, dialogue: DialogueId) -> list[Command]:
        """Everything the rules ever asked for in this dialogue, worked out from the record."""
        records = [stored.record for stored in self.journal.read_dialogue(dialogue)]
        return [command for step in replay(records, self._policies) for command in step.commands]


class _Policies(dict[str, Policy]):
    """The policies there were, by hash. The journal is asked only for one that is not known yet:
    the gateway's own stream is read once, not once for every transcript."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def __missing__(self, name: str) -> Policy:
        own = (stored.record for stored in self._journal.read_dialogue(GATEWAY))
        self.update(policies_in(own))
        if name not in self:
            raise KeyError(name)
        return self[name]


def fresh_dialogue() -> DialogueId:
    """Ten letters that can be read aloud, 50 random bits: 7Q4K-2FD3-0X."""
    bits = secrets.randbits(50)  # at once: asking the kernel is what this costs
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(0, 50, 5))
    return DialogueId(f"{letters[:4]}-{letters[4:8]}-{letters[8:]}")


def _names() -> Callable[[], str]:
    """Gives links their names; none comes again, nor after a restart."""
    prefix = secrets.token_hex(3)
    numbers = iter(range(1, 1 << 62))
    return lambda: f"{prefix}-{next(numbers)}"


def _locks(configuration: Configuration) -> LockLimits:
    smpp = configuration.smpp
    return LockLimits(smpp.failures_in_a_row, smpp.failure_forgiven_after)


def _consoles(configuration: Configuration) -> dict[str, ConsoleSettings]:
    return {psap.name: psap.console for psap in configuration.psaps if psap.kind == "console"}


def _groups(configuration: Configuration) -> dict[str, Group]:
    accounts: dict[str, list[Group]] = {}
    for carrier in configuration.carriers:
        account = carrier.account
        shifts = tuple([NUMBERS[language] for language in account.outgoing_shifts])
        one = Group(carrier.display, account.default_alphabet, shifts)
        accounts.setdefault(carrier.group, []).append(one)
        if carrier.tests is not None:
            test = replace(one, display=f"{carrier.display}, TEST")
            accounts.setdefault(carrier.tests.group, []).append(test)
    lines = {line.name: Group(line.display) for line in configuration.lines}
    return lines | {group: together(some) for group, some in accounts.items()}


def _tests(configuration: Configuration) -> dict[str, str]:
    """Group of tests -> the PSAP that is shown them, "" for none."""
    return {
        carrier.tests.group: carrier.certification.psap
        for carrier in configuration.carriers
        if carrier.tests is not None
    }
