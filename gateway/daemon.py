"""The daemon: one process, one loop. Builds the gateway, runs it, drains it, ends it.

Order of a start: configuration, journal and memory, consoles, carriers, readiness. A fault on the
way is one sentence and an exit code; nothing listens before the journal was read.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .cli.terminal import CANNOT, GOOD
from .composition import Gateway, Geography
from .config import Configuration, ConfigurationErrors, changes, load
from .journal.contract import JournalBroken, JournalDamaged
from .journal.sqlite import SqliteJournal
from .operations import pages
from .operations.health_log import Happened, HealthLog, LineWriter
from .operations.metrics import Metrics
from .operations.sd_notify import Notifier
from .operations.status import Status
from .overview import Overview
from .routing.polygons import BoundariesRefused
from .watch import Watch

DRAIN_FOR = 5.0  # seconds for carriers to answer unbind and for the last answers to leave
RESUME_STEP = 200  # dialogues taken up again per turn of the loop, so that it stays awake
LOG_CLOSES_WITHIN = 2.0  # seconds


def utc() -> float:
    return datetime.now(UTC).timestamp()


class Daemon:
    """`reactor`: Twisted's, on the asyncio loop that also runs aiohttp."""

    def __init__(self, configuration: Configuration, reactor: Any) -> None:
        self._configuration = configuration
        self._reactor = reactor
        self._loop = asyncio.get_event_loop()
        self._metrics = Metrics()
        self._sink = LineWriter(_log_file(configuration), self._count_lost)
        self.log = HealthLog(self._sink, utc)
        self._notifier = Notifier(os.environ)
        self._port: Any = None  # Twisted's listening port for carriers
        self._pages: Any = None
        self._is_stopping = False
        self.failure = ""

    async def start(self) -> None:
        """Raises what `sentence_of` can say: a start that cannot be is not tried halfway."""
        configuration, loop = self._configuration, self._loop
        self.log.changed(Happened.STARTED, version=version("text911"))
        geography = await loop.run_in_executor(None, Geography, configuration)
        journal = SqliteJournal(
            configuration.journal_path,
            self._on_loop,
            committed=self._metrics.journal_commit.observe,
        )
        self.gateway = Gateway(
            configuration, geography, journal, self._reactor, utc, self.log, self._metrics
        )
        self.overview = Overview(self.gateway, version("text911"), utc())
        self.watch = Watch(self.gateway, self.overview, self._notifier, self._reactor)
        snapshot = journal.last_snapshot()
        after = 0 if snapshot is None else snapshot.up_to
        self.gateway.engine.restore(snapshot, journal.read(after))
        self.gateway.engine.start(version("text911"))
        gc.collect()
        gc.freeze()  # what was recovered is never garbage; collections need not walk it again
        await self._open(after)

    async def _open(self, snapshot_at: int) -> None:
        configuration, gateway = self._configuration, self.gateway
        operations = configuration.operations
        app = pages.build(operations, self.status, self._metrics)
        self._loop.set_exception_handler(self._fault)
        self._pages = await pages.start(app, operations.host, operations.port)
        await gateway.consoles.start()
        gateway.psaps.start()
        gateway.clock.start()
        self._port = self._reactor.listenTCP(
            configuration.smpp.port, gateway.smpp, interface=configuration.smpp.host
        )
        self.watch.listening = ""
        self.watch.start(snapshot_at)
        self._notifier.ready()
        self.log.changed(Happened.READY, f"{configuration.name} takes texts")
        for count, _ in enumerate(gateway.engine.resume(), start=1):
            if count % RESUME_STEP == 0:
                await asyncio.sleep(0)

    def status(self) -> Status:
        return self.overview.status(self.watch.alarms(), self.watch.reasons())

    @property
    def smpp_port(self) -> int:
        return int(self._port.getHost().port)

    async def stop(self) -> None:
        """Drain: no new binds, unbind those there are, answer what is owed, then close."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self._notifier.stopping()
        self.log.changed(Happened.STOPPING, "The gateway is stopping")
        self.watch.listening = "the gateway is stopping"
        await _deferred(self._port.stopListening())
        for bind in self.gateway.carriers.binds:
            bind.link.unbind()
        await self._until(lambda: not self.gateway.carriers.binds, DRAIN_FOR)
        self.watch.stop()
        self.gateway.clock.stop()
        await self.gateway.consoles.stop()
        await self._pages.cleanup()
        self.gateway.journal.close()
        self.log.changed(Happened.STOPPED, "The gateway has stopped")
        self._sink.close(LOG_CLOSES_WITHIN)

    def reload(self) -> None:
        """On SIGHUP: the whole new configuration, or none of it."""
        self._loop.create_task(self._reload())

    async def _reload(self) -> None:
        try:
            new = await self._loop.run_in_executor(None, load, self._configuration.directory)
            geography = await self._loop.run_in_executor(None, Geography, new)
        except (ConfigurationErrors, BoundariesRefused) as refused:
            words = f"The changed configuration was refused: {first_line(refused)}"
            self.log.changed(Happened.CONFIGURATION_REFUSED, words)
            return
        for difference in changes(self._configuration, new):
            self.log.changed(Happened.CONFIGURATION_LOADED, str(difference))
        self._configuration = new
        self.gateway.adopt(new, geography)

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
    loop = _install_loop()
    from twisted.internet import reactor as installed

    reactor: Any = installed
    ended = asyncio.Event()
    daemon = Daemon(configuration, reactor)

    async def live() -> int:
        try:
            await daemon.start()
        except (JournalBroken, JournalDamaged, BoundariesRefused, OSError) as cause:
            complain(first_line(cause))
            return CANNOT
        told = asyncio.ensure_future(story(daemon))
        wait = asyncio.ensure_future(ended.wait())
        await asyncio.wait({told, wait}, return_when=asyncio.FIRST_COMPLETED)
        wait.cancel()
        code = told.result() if told.done() else GOOD
        told.cancel()
        await asyncio.gather(told, return_exceptions=True)
        await daemon.stop()
        return code

    codes: list[int] = []

    def begin() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, daemon.reload)
        task = loop.create_task(live())
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[int]) -> None:
        if not task.cancelled() and task.exception() is None:
            codes.append(task.result())
        reactor.stop()
        if not codes:
            task.result()

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    return codes[0] if codes else CANNOT


def _install_loop() -> asyncio.AbstractEventLoop:
    """One loop for Twisted and aiohttp; uvloop's when it is there."""
    from twisted.internet import asyncioreactor

    try:
        uvloop: Any = import_module("uvloop")
    except ImportError:
        uvloop = asyncio
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    return loop


def complain(line: str) -> None:
    sys.stderr.write(f"text911: {line}\n")


def first_line(cause: BaseException) -> str:
    return next(iter(str(cause).splitlines()), type(cause).__name__)


def _log_file(configuration: Configuration) -> Any:
    where = configuration.operations.health_log
    if where == "stderr":
        return sys.stderr
    return (configuration.directory / where).open("a", encoding="utf-8")


async def _deferred(maybe: Any) -> None:
    """Twisted's `stopListening` gives a Deferred or nothing."""
    if maybe is not None:
        await maybe.asFuture(asyncio.get_running_loop())
