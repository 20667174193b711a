"""The story with a person: callers come one by one to the PSAP where the person sits, and to the
others, where scripted telecommunicators work. It goes on until it is stopped.

Nobody texts the person's PSAP before somebody has logged in there: a PSAP without people refuses,
and the person would find an empty page.
"""

from __future__ import annotations

import asyncio
from functools import partial

from ..config import Configuration
from ..core.state import Active, Offered
from ..daemon import Daemon
from ..edges.numbers import readable
from ..terminal import CANNOT, GOOD, complain, say
from .cast import CannotPlay, Cast, until
from .scripts import ON_A_TTY, SCRIPTS, THANKS
from .stage import PASSWORD, SUPERVISOR, TELECOMMUNICATOR
from .story import Caller, answers, callers, chance, natural
from .tty_phone import TtyPhone

PERSONS_PSAP = "hartford-region"
ACKNOWLEDGE_AFTER = 1.2  # seconds: long enough to see "with carrier" turn into "on the handset"
FIRST_CALLER_AFTER = 3.0  # seconds after the log-in
NEXT_CALLER_AFTER = (14, 26)  # seconds, while the person has room
OPEN_MAX = 3  # dialogues at the person's PSAP before nobody new texts there
FIRST_CALL_AFTER = 20.0  # seconds after the log-in: somebody with a TTY
NEXT_CALL_AFTER = (90, 150)  # seconds after the end of one
ELSEWHERE_EVERY = (20, 40)  # seconds between callers of all other PSAPs
ELSEWHERE_OPEN_MAX = 5
WATCH_EVERY = 1.0  # seconds between two looks at whether everybody still plays
FOREVER = 10.0**9  # seconds


class Attended:
    def __init__(self, configuration: Configuration, seed: int, seconds: float | None) -> None:
        self._configuration = configuration
        self._seed = seed
        self._seconds = seconds
        self._titles = {one.name: one.display for one in configuration.psaps}
        self._here: set[str] = set()  # numbers that text the person's PSAP
        self.cast: Cast | None = None

    async def play(self, daemon: Daemon) -> int:
        cast = self.cast = Cast(
            daemon, self._configuration, 1.0, ACKNOWLEDGE_AFTER, self._tell, keeps=False
        )
        self._here = set(cast.numbers[PERSONS_PSAP])
        streams: list[asyncio.Task[None]] = []
        try:
            await cast.bind()
            others = [one.name for one in self._configuration.psaps if one.name != PERSONS_PSAP]
            await cast.log_in(others)
            self._welcome(daemon)
            lives = (
                self._to_the_person(daemon, cast),
                self._by_telephone(daemon, cast),
                self._elsewhere(daemon, cast),
                _watch(cast),
            )
            streams = [asyncio.create_task(one) for one in lives]
            async with asyncio.timeout(self._seconds):
                await asyncio.gather(*streams)
        except TimeoutError:
            say("The time is over.")
        except CannotPlay as cause:
            complain(str(cause))
            return CANNOT
        finally:
            for stream in streams:
                stream.cancel()
            cast.leave()
        return GOOD

    # --- the two streams of callers --------------------------------------------------------

    async def _to_the_person(self, daemon: Daemon, cast: Cast) -> None:
        carriers = list(cast.carriers)
        story = callers(self._seed, "person", SCRIPTS, cast.numbers[PERSONS_PSAP], carriers)
        title = self._titles[PERSONS_PSAP]
        while True:
            if not _people(daemon):
                say(f"Waiting for you to log in at {title}.")
                await until(lambda: _people(daemon) > 0, FOREVER)
                say("You are logged in. The first caller is about to text.")
                await asyncio.sleep(FIRST_CALLER_AFTER)
                continue
            caller = next(story)
            cast.phones.begin(natural(self._seed, caller))
            await asyncio.sleep(_between(NEXT_CALLER_AFTER, self._seed, "person", caller.number))
            await until(
                lambda: not _people(daemon) or _open(daemon, {PERSONS_PSAP}) < OPEN_MAX, FOREVER
            )

    async def _by_telephone(self, daemon: Daemon, cast: Cast) -> None:
        """The person's own: the line lies in a town of that PSAP."""
        numbers = callers(self._seed, "telephone", SCRIPTS, cast.numbers[PERSONS_PSAP], ["-"])
        pause = FIRST_CALL_AFTER
        while True:
            await until(lambda: _people(daemon) > 0, FOREVER)
            await asyncio.sleep(pause)
            await until(lambda: _open(daemon, {PERSONS_PSAP}) <= OPEN_MAX, FOREVER)
            number = next(numbers).number
            say(f"  {readable(number)} rings 911: {ON_A_TTY.title}")
            call = cast.ring(number, ON_A_TTY, answers(ON_A_TTY, THANKS))
            await until(partial(_is_over, call), FOREVER)
            pause = _between(NEXT_CALL_AFTER, self._seed, "telephone", number)

    async def _elsewhere(self, daemon: Daemon, cast: Cast) -> None:
        others = {psap for psap in cast.numbers if psap != PERSONS_PSAP}
        numbers = [number for psap in sorted(others) for number in cast.numbers[psap]]
        for caller in callers(self._seed, "elsewhere", SCRIPTS, numbers, list(cast.carriers)):
            pause = _between(ELSEWHERE_EVERY, self._seed, "elsewhere", caller.number)
            await asyncio.sleep(pause)
            await until(lambda: _open(daemon, others) < ELSEWHERE_OPEN_MAX, FOREVER)
            cast.phones.begin(natural(self._seed, caller))

    # --- what the terminal says ------------------------------------------------------------

    def _tell(self, caller: Caller) -> None:
        where = f"to {self._titles[PERSONS_PSAP]}" if caller.number in self._here else "elsewhere"
        carrier = next(
            one.display for one in self._configuration.carriers if one.name == caller.carrier
        )
        say(f"  {readable(caller.number)} texts 911 ({where}, {carrier}): {caller.script.title}")

    def _welcome(self, daemon: Daemon) -> None:
        configuration = self._configuration
        console = f"http://{configuration.console.host}:{daemon.gateway.consoles.port_number}"
        page = f"http://{configuration.operations.host}:{configuration.operations.port}"
        title = self._titles[PERSONS_PSAP]
        overflow = configuration.routing.overflow[PERSONS_PSAP][0]
        ring = configuration.policy.limits.ring
        for line in (
            "",
            "text911 demonstration. Everybody in it is invented, and it listens on this machine "
            "only.",
            "",
            f"  Telecommunicator  {console}/{PERSONS_PSAP}/",
            f"                    user {TELECOMMUNICATOR}, password {PASSWORD}",
            f"  Supervisor        {console}/{PERSONS_PSAP}/   (in a private window)",
            f"                    user {SUPERVISOR}, password {PASSWORD}",
            f"  Operators         {page}/",
            f"  Metrics           {page}/metrics",
            "",
            f"You sit at {title}. Log in as telecommunicator: people text 911 one by one, you",
            'answer, they react to what you write, and each reply turns from "with carrier" to',
            f'"on the handset". A call that nobody answers for {ring:g} seconds rings at '
            f"{self._titles[overflow]}.",
            "Scripted telecommunicators work at the other PSAPs. Ctrl-C stops it all and leaves",
            "nothing behind.",
            "",
        ):
            say(line)


def _is_over(call: TtyPhone) -> bool:
    return bool(call.over)


async def _watch(cast: Cast) -> None:
    while True:
        cast.raise_failures()
        await asyncio.sleep(WATCH_EVERY)


def _people(daemon: Daemon) -> int:
    seen = daemon.gateway.psaps.availability.get(PERSONS_PSAP)
    return 0 if seen is None else seen.people


def _open(daemon: Daemon, psaps: set[str]) -> int:
    """Dialogues that ring or are answered there."""
    return sum(
        isinstance(one.state.phase, Offered | Active) and one.state.phase.psap in psaps
        for one in daemon.gateway.engine
    )


def _between(limits: tuple[int, int], seed: int, *what: object) -> float:
    low, high = limits
    return float(low + chance(high - low + 1, seed, *what))
