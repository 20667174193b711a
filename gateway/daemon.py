"""The daemon: one process, one loop. Builds the gateway, runs it, drains it, ends it.

Order of a start: configuration, journal and memory, consoles, carriers, readiness. A fault on the
way is one sentence and an exit code; nothing listens before the journal was read.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from . import collecting, faults
from .composition import Gateway, Geography
from .config import Configuration, ConfigurationErrors, changes, load
from .configuration.certificates import out_of_date
from .core.values import DialogueId
from .journal.contract import JournalBroken, JournalDamaged
from .journal.sqlite import SqliteJournal
from .lateness import Lateness
from .listening import CannotStart, listening_on, stopped
from .loop import SWITCH, install
from .operations import door_key, pages
from .operations.carrier_door import CarrierDoor
from .operations.health_log import Happened, HealthLog, LineWriter
from .operations.metrics import Metrics
from .operations.sd_notify import Notifier
from .operations.status import Status
from .overview import Overview
from .routing.polygons import BoundariesRefused
from .terminal import CANNOT, GOOD, complain
from .watch import Watch

DRAIN_FOR = 5.0  # seconds for carriers to answer unbind and for the last answers to leave
TURN_FOR = 0.005  # seconds per turn of the loop for what is long; texts go between
LOG_CLOSES_WITHIN = 2.0  # seconds


utc = time.time  # noqa: TID251 - the one place where the world's time comes in


class Daemon:
    """`reactor`: Twisted's, on the asyncio loop that also runs aiohttp.

    Raises OSError when the health log cannot be opened."""

    def __init__(self, configuration: Configuration, reactor: Any) -> None:
        self._configuration = configuration
        self._reactor = reactor
        self._loop = asyncio.get_event_loop()
        self._metrics = Metrics()
        self._file = _log_file(configuration)
        self._sink = LineWriter(self._file, self._count_lost)
        self.log = HealthLog(self._sink, utc)
        self._notifier = Notifier(os.environ)
        self._undo = AsyncExitStack()  # what was begun, undone in the opposite order
        self._ports: list[Any] = []  # Twisted's listening ports for carriers, the plain one first
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_up = False
        self._is_stopping = False
        self._reload_is_wanted = False
        self._is_reloading = False

    async def start(self) -> None:
        """Raises CannotStart; then nothing listens, and what was begun has been undone."""
        self._undo.callback(self._close_log)
        try:
            await self._begin()
        except (JournalBroken, JournalDamaged, BoundariesRefused, CannotStart) as cause:
            words = first_line(cause)
            self.log.changed(Happened.STOPPED, f"The gateway cannot start: {words}")
            await self._undo.aclose()
            raise CannotStart(words) from cause
        except BaseException:
            await self._undo.aclose()
            raise

    async def _begin(self) -> None:
        configuration, loop = self._configuration, self._loop
        ours = version("text911")
        self.log.changed(Happened.STARTED, version=ours)
        # Shapes are made in C, which leaves the interpreter to the reading of the journal.
        shapes = loop.run_in_executor(None, partial(Geography, configuration, fill=False))
        self._undo.callback(shapes.cancel)  # for a journal that is worse than they are
        journal = SqliteJournal(
            configuration.journal_path,
            self._on_loop,
            committed=self._metrics.journal_commit.observe,
            loop=self._loop,
        )
        self._undo.callback(journal.close)
        self.gateway = Gateway(
            configuration, await shapes, journal, self._reactor, utc, self.log, self._metrics
        )
        self.overview = Overview(self.gateway, ours, utc())
        self.watch = Watch(self.gateway, self.overview, self._notifier, self._reactor)
        after = self._remember(journal, ours)
        self.overview.take_stock()
        collecting.settle()
        sys.setswitchinterval(SWITCH)
        await self._open(after)

    def _remember(self, journal: SqliteJournal, version: str) -> int:
        """All that the journal knows, into memory. Gives the position of the snapshot used."""
        try:
            snapshot = journal.last_snapshot()
            after = 0 if snapshot is None else snapshot.up_to
            self.gateway.engine.restore(snapshot, journal.read(after))
        except msgspec.MsgspecError as cause:
            raise CannotStart(
                f"{self._configuration.journal_path} holds what this version cannot read ({cause}):"
                " start the version that wrote it"
            ) from cause
        faults.fault("after_restore_before_doors")
        self.gateway.steady.at_least(self.gateway.engine.at)
        self.gateway.engine.start(version)
        return after

    async def _open(self, snapshot_at: int) -> None:
        configuration, gateway, undo = self._configuration, self.gateway, self._undo
        self._loop.set_exception_handler(self._fault)
        operations, console = configuration.operations, configuration.console
        app = pages.build(operations, self.status, self._metrics)
        self._carrier_door().add_to(app)
        with listening_on("operations", operations.host, operations.port):
            runner = await pages.start(app, operations.host, operations.port)
        undo.push_async_callback(runner.cleanup)
        undo.push_async_callback(gateway.consoles.stop)
        with listening_on("console", console.host, console.port):
            await gateway.consoles.start()
        gateway.psaps.start()
        gateway.clock.start()
        undo.callback(gateway.clock.stop)
        resuming = gateway.engine.resume()
        next(resuming, None)  # sorts all of them: while no carrier waits
        gateway.looking_on.start()
        undo.callback(gateway.looking_on.stop)
        self._listen()
        undo.callback(gateway.telephony.hush)
        undo.push_async_callback(gateway.telephony.stop)
        gateway.telephony.start(configuration)
        gateway.outreach.start()
        self.overview.start()
        undo.callback(self.overview.stop)
        self.watch.listening = ""
        self.watch.start(snapshot_at)
        late = Lateness(self._reactor, self._metrics.loop_late.observe)
        late.start()
        undo.callback(late.stop)
        undo.callback(self.watch.stop)
        self._notifier.ready()
        self.log.changed(Happened.READY, f"{configuration.name} takes texts")
        self._is_up = True
        self._run(self._breathing(map(_taken_up, resuming)))
        self._run(self._breathing(gateway.geography.grid.filling()))
        if self._reload_is_wanted:
            self.reload()

    def _carrier_door(self) -> CarrierDoor:
        """Without a key, which is better than no gateway, it lets nobody in."""
        path, key = door_key.path_beside(self._configuration.journal_path), ""
        try:
            key = door_key.renew(path)
        except OSError as cause:
            words = f"{path} cannot be written ({cause.strerror}): no carrier can be watched"
            self.log.changed(Happened.FAULT, words)
        looking_on = self.gateway.looking_on
        return CarrierDoor(key, looking_on, looking_on.lookout, self.log.changed, utc)

    def _listen(self) -> None:
        gateway, configuration = self.gateway, self._configuration
        doors = gateway.welcome.doors(configuration.smpp)
        for table, host, port, factory in (*doors, *gateway.outreach.doors(configuration.outbind)):
            with listening_on(table, host, port):
                listening = self._reactor.listenTCP(port, factory, interface=host)
            self._ports.append(listening)
            self._undo.push_async_callback(stopped, listening)

    async def _breathing(self, steps: Iterator[object]) -> None:
        """Take up what is owed, or fill the map, a few milliseconds at a time: new texts do not
        wait for it."""
        ends_at = self._reactor.seconds() + TURN_FOR
        for _ in steps:
            if self._reactor.seconds() >= ends_at:
                await asyncio.sleep(0)
                if self._is_stopping:
                    return  # what is owed stays so, for the next start
                ends_at = self._reactor.seconds() + TURN_FOR

    def status(self) -> Status:
        return self.overview.status(self.watch.alarms(), self.watch.reasons())

    @property
    def smpp_port(self) -> int:
        """Of the first door; the plain one if there is one."""
        return int(self._ports[0].getHost().port)

    async def stop(self) -> None:
        """Drain: no new binds, unbind those there are, answer what is owed, then close."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self._notifier.stopping()
        self.log.changed(Happened.STOPPING, "The gateway is stopping")
        self.watch.listening = "the gateway is stopping"
        self.gateway.outreach.stop()
        lines = self._loop.create_task(self.gateway.telephony.stop())  # beside the carriers
        for port in self._ports:
            await stopped(port)
        for bind in self.gateway.carriers.binds:
            bind.link.unbind()
        await self._until(lambda: not self.gateway.carriers.binds, DRAIN_FOR)
        await lines
        await asyncio.gather(*self._tasks, return_exceptions=True)  # `_ran` says what went wrong
        await self._undo.aclose()

    def reload(self) -> None:
        """On SIGHUP: the whole new configuration, or none of it. One after the other: what is on
        the disk when the last signal comes is what is in force in the end."""
        self._reload_is_wanted = True
        if self._is_up and not self._is_reloading and not self._is_stopping:
            self._is_reloading = True
            self._run(self._reload_while_wanted())

    async def _reload_while_wanted(self) -> None:
        try:
            while self._reload_is_wanted and not self._is_stopping:
                self._reload_is_wanted = False
                await self._reload()
        finally:
            self._is_reloading = False

    async def _reload(self) -> None:
        old = self._configuration
        try:
            new, geography = await self._loop.run_in_executor(None, _loaded, old.directory)
        except (ConfigurationErrors, BoundariesRefused) as refused:
            self._refuse(str(refused).splitlines())
            return
        # One that runs out while it is in force is an alarm; nobody brings in one that has.
        bad = [str(why) for door, why in out_of_date(new.tls, utc()) if door not in old.tls]
        if bad:
            self._refuse(bad)
        if bad or self._is_stopping:
            return
        self.gateway.adopt(new, geography)
        self._configuration = new
        for difference in changes(old, new):
            self.log.changed(Happened.CONFIGURATION_LOADED, str(difference))

    def _refuse(self, faults: list[str]) -> None:
        for one in faults:
            words = f"The changed configuration was refused: {one}"
            self.log.changed(Happened.CONFIGURATION_REFUSED, words)

    def _run(self, work: Any) -> None:
        """A task of our own; a fault in it reaches the loop's exception handler at once."""
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()

    async def _until(self, true: Callable[[], bool], limit: float) -> None:
        ends_at = self._reactor.seconds() + limit
        while not true() and self._reactor.seconds() < ends_at:
            await asyncio.sleep(0.02)

    def _fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault of ours that reached the loop: to the operators by name, whole to stderr."""
        fault = context.get("exception")
        name = type(fault).__name__ if fault else "A fault"
        self.log.changed(Happened.FAULT, f"{name} in the loop; the trace is on standard error")
        loop.default_exception_handler(context)

    def _on_loop(self, what: Callable[[], None]) -> None:
        """From the journal's thread."""
        self._loop.call_soon_threadsafe(what)

    def _count_lost(self, lines: int) -> None:
        self._metrics.log_lines_lost += lines

    def _close_log(self) -> None:
        """The very last step, whichever way it ends."""
        if self._is_stopping:
            self.log.changed(Happened.STOPPED, "The gateway has stopped")
        if self._sink.close(LOG_CLOSES_WITHIN) and self._file is not sys.stderr:
            self._file.close()


def _taken_up(_dialogue: DialogueId) -> None:
    faults.fault("while_resuming")


def serve(directory: Path) -> int:
    """Run until SIGTERM or SIGINT. The exit code of the process."""
    try:
        configuration = load(directory)
    except ConfigurationErrors as errors:
        for line in str(errors).splitlines():
            complain(line)
        return 1
    return run(configuration, _nothing)


async def _nothing(_daemon: Daemon) -> int:
    """`serve` has no story of its own: it runs until somebody ends it."""
    await asyncio.Event().wait()
    return GOOD


def run(configuration: Configuration, story: Callable[[Daemon], Awaitable[int]]) -> int:
    """Install the loop, start the gateway, run `story` beside it; its answer is the exit code."""
    try:
        faults.arm(os.environ.get("TEXT911_FAULTS", ""))
    except ValueError as cause:
        complain(first_line(cause))
        return CANNOT
    loop = install()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    ended = asyncio.Event()
    try:
        daemon = Daemon(configuration, reactor)
    except OSError as cause:
        complain(f"the health log cannot be written: {cause}; see [operations] health_log")
        return CANNOT

    async def live() -> int:
        try:
            await daemon.start()
        except CannotStart as cause:
            complain(str(cause))
            return CANNOT
        told = asyncio.ensure_future(story(daemon))
        wait = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({told, wait}, return_when=asyncio.FIRST_COMPLETED)
            return told.result() if told.done() else GOOD
        finally:
            told.cancel()
            wait.cancel()
            await asyncio.gather(told, wait, return_exceptions=True)
            await daemon.stop()

    codes: list[int] = []

    def begin() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, daemon.reload)
        task = loop.create_task(live())
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[int]) -> None:
        reactor.stop()
        codes.append(task.result())  # a fault of ours goes to the loop's handler, whole

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    return codes[0] if codes else CANNOT


def first_line(cause: BaseException) -> str:
    return next(iter(str(cause).splitlines()), type(cause).__name__)


def _log_file(configuration: Configuration) -> Any:
    where = configuration.operations.health_log
    if where == "stderr":
        return sys.stderr
    return (configuration.directory / where).open("a", encoding="utf-8")


def _loaded(directory: Path) -> tuple[Configuration, Geography]:
    """A second or so of work, for a thread."""
    configuration = load(directory)
    return configuration, Geography(configuration)
