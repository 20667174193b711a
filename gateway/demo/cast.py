"""Everybody who plays in a demonstration beside the gateway: carriers, phones, telecommunicators.
Comes up and goes away as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ..config import Configuration
from ..daemon import Daemon
from ..edges.numbers import readable
from .carriers import SimulatedCarrier
from .phones import Phones
from .stage import PASSWORD, TELECOMMUNICATOR, numbers_by_psap, trunks
from .story import Caller, Script
from .telecommunicators import Telecommunicator
from .tty_phone import Reply, TtyPhone

POLL = 0.1  # seconds between two looks at whether something has come true
BOUND_WITHIN = 10.0  # seconds
LOGGED_IN_WITHIN = 30.0  # seconds; eight slow hashes on a busy machine
CARRIER_ENDS_WITHIN = 3.0  # seconds


class CannotPlay(Exception):
    """The message is a sentence."""


class Cast:
    """`pace`: seconds of the clock per second of the story."""

    def __init__(
        self,
        daemon: Daemon,
        configuration: Configuration,
        pace: float,
        acknowledge_after: float,
        begins: Callable[[Caller], None],
        *,
        keeps: bool,
    ) -> None:
        router = daemon.gateway.answers.router
        self.numbers = numbers_by_psap(configuration, router)
        self.carriers: dict[str, SimulatedCarrier] = {}
        self.phones = Phones(self.carriers, pace, acknowledge_after, begins)
        self.telecommunicators: list[Telecommunicator] = []
        self.calls: list[TtyPhone] = []
        self._scripts: dict[str, Script] = {}  # of those who rang, by how their number is read
        self._reactor = daemon.gateway.reactor
        (self._trunk,) = trunks(configuration)
        self._tasks: list[asyncio.Task[None]] = []
        self._pace = pace
        self._keeps = keeps
        self._base = f"http://{configuration.console.host}:{daemon.gateway.consoles.port_number}"
        self._address = (configuration.smpp.host, daemon.smpp_port)
        self._configured = configuration.carriers

    async def bind(self) -> None:
        """Raises CannotPlay when the gateway does not let a carrier in."""
        for one in self._configured:
            self.carriers[one.name] = SimulatedCarrier(
                one.name,
                self._address,
                one.account.system_id,
                one.passwords[0].reveal(),
                self.phones.heard_on_thread,
            )
            self.carriers[one.name].start()
        if not await until(lambda: self.phones.binds >= self.carriers.keys(), BOUND_WITHIN):
            missing = ", ".join(sorted(self.carriers.keys() - self.phones.binds))
            why = "; ".join(self.phones.losses[-2:]) or "no answer"
            raise CannotPlay(f"{missing} could not bind to the gateway: {why}")

    async def log_in(self, psaps: Iterable[str]) -> None:
        """One telecommunicator at each. Raises CannotPlay when one is not let in."""
        for psap in psaps:
            one = Telecommunicator(
                self._base,
                psap,
                TELECOMMUNICATOR,
                PASSWORD,
                self.script_of,
                self._pace,
                keeps=self._keeps,
            )
            self.telecommunicators.append(one)
            self._tasks.append(asyncio.create_task(one.work()))

        def all_in_or_one_out() -> bool:
            return any(task.done() for task in self._tasks) or all(
                one.ready.is_set() for one in self.telecommunicators
            )

        came = await until(all_in_or_one_out, LOGGED_IN_WITHIN)
        self.raise_failures()
        if not came:
            late = [one.psap for one in self.telecommunicators if not one.ready.is_set()]
            raise CannotPlay(f"nobody could log in at {', '.join(late)}")

    def ring(self, number: str, script: Script, reply: Reply) -> TtyPhone:
        """Somebody with a TTY rings."""
        phone = TtyPhone(self._reactor, self._trunk, number, script.opening[0].words, reply)
        self.calls.append(phone)
        self._scripts[readable(number)] = script
        phone.ring()
        return phone

    def raise_failures(self) -> None:
        """Raises CannotPlay when somebody who plays has stopped working: never in silence."""
        for task in (*self._tasks, *self.phones.speaking()):
            if task.done() and not task.cancelled() and (cause := task.exception()) is not None:
                said = f"{type(cause).__name__}: {cause}"
                raise CannotPlay(f"somebody of the cast failed: {said}") from cause

    def script_of(self, caller: str) -> Script | None:
        for number, phone in self.phones.phones.items():
            if readable(number) == caller:
                return phone.caller.script
        return self._scripts.get(caller)

    def leave(self) -> None:
        """At once; `join` waits for the carriers' threads."""
        self.phones.stop()
        for call in self.calls:
            call.hang_up()
        for task in self._tasks:
            task.cancel()
        for carrier in self.carriers.values():
            carrier.stop()

    def join(self) -> None:
        """After the gateway has stopped. Blocks for some seconds at most."""
        for carrier in self.carriers.values():
            carrier.join(CARRIER_ENDS_WITHIN)


async def until(true: Callable[[], bool], limit: float) -> bool:
    """Whether it came true within `limit` seconds."""
    ends_at = asyncio.get_running_loop().time() + limit
    while not true():
        if asyncio.get_running_loop().time() >= ends_at:
            return False
        await asyncio.sleep(POLL)
    return True
