"""`text911 demo`: a whole gateway with everybody around it, on one machine, with nothing to set up.

Says what it does on standard output, and why it cannot in one line on standard error.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from ..config import Configuration, ConfigurationErrors
from ..daemon import Daemon, first_line, run
from ..journal.contract import JournalBroken, JournalDamaged
from ..terminal import BAD, CANNOT, GOOD, complain, say, table
from .checks import Outcome
from .checks import check as check_promises
from .stage import PortTaken, check_ports, prepare

Story = Callable[[Daemon], Awaitable[int]]

BROKEN_SHOWN_MAX = 5  # sentences per promise


def demo(*, headless: bool, seconds: float | None, check: bool, seed: int, port_base: int) -> int:
    """The exit code: 0 good, 1 a promise was broken, 2 it cannot be done."""
    if find_spec("smpplib") is None:
        complain("the simulated carriers need smpplib: pip install 'text911[demo]'")
        return CANNOT
    if check and not headless:
        complain("--check looks at what a script has played; say text911 demo --headless --check")
        return CANNOT
    try:
        configuration = prepare(port_base)
    except (ConfigurationErrors, OSError) as cause:
        complain(f"the demonstration's configuration cannot be set up: {first_line(cause)}")
        return CANNOT
    code = CANNOT
    try:
        check_ports(configuration)
        if headless:
            code = _headless(configuration, seed, seconds, checked=check)
        else:
            code = _attended(configuration, seed, seconds)
    except PortTaken as taken:
        complain(str(taken))
        shutil.rmtree(configuration.directory)
        return CANNOT
    finally:
        _tidy(configuration.directory, code)
    return code


def _attended(configuration: Configuration, seed: int, seconds: float | None) -> int:
    from .attended import Attended

    story = Attended(configuration, seed, seconds)
    code = run(configuration, _while_somebody_looks(story.play))
    if story.cast is not None:
        story.cast.join()
    if code == GOOD:
        with suppress(OSError):  # the terminal may be gone
            say("Stopped. Nothing is left behind.")
    return code


def _while_somebody_looks(play: Story) -> Story:
    """A demonstration ends with its terminal: SIGHUP asks a gateway in service for a reload, and
    here nobody would be left who could end it."""

    async def played(daemon: Daemon) -> int:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, signal.raise_signal, signal.SIGTERM)
        return await play(daemon)

    return played


def _headless(
    configuration: Configuration, seed: int, seconds: float | None, *, checked: bool
) -> int:
    from .headless import SECONDS, Headless

    story = Headless(configuration, seed, SECONDS if seconds is None else seconds)
    code = run(configuration, _while_somebody_looks(story.play))
    if code != GOOD:
        return code
    if not story.finished:
        complain("stopped before the story was over; nothing was checked")
        shutil.rmtree(configuration.directory)
        return CANNOT
    if not checked:
        say("The story was played. Say --check to have every dialogue checked.")
        return GOOD
    try:
        outcomes = check_promises(story.seen(configuration.journal_path))
    except (JournalBroken, JournalDamaged) as cause:
        complain(first_line(cause))
        return BAD
    _tell(outcomes)
    return BAD if any(outcome.broken for outcome in outcomes) else GOOD


def _tell(outcomes: tuple[Outcome, ...]) -> None:
    rows: list[tuple[str, ...]] = [("promise", "looked at", "")]
    rows += [(one.promise, one.looked_at, "BROKEN" if one.broken else "held") for one in outcomes]
    for line in table(rows):
        say(line)
    for one in outcomes:
        for sentence in one.broken[:BROKEN_SHOWN_MAX]:
            say(f"BROKEN: {one.promise}: {sentence}")
        if more := len(one.broken[BROKEN_SHOWN_MAX:]):
            say(f"BROKEN: {one.promise}: {more} more")
    if not any(one.broken for one in outcomes):
        say("Every promise held.")


def _tidy(directory: Path, code: int) -> None:
    if code == GOOD:
        shutil.rmtree(directory)
    elif directory.exists():
        say(f"Kept for a look: {directory} (journal, health log, configuration)")
