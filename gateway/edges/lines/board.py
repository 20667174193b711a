"""All lines of a configuration: made, started, changed by a reload, drained, stopped.

A reload starts lines that are new, lets the calls of those that were taken away come to their end,
and lets how a line types hold for its new calls. What else changes of a line (its doors, accounts,
ports, its serial port) needs a restart of the gateway: a call that is up is worth more.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, assert_never

from ....sip.courier import Courier
from ....sip.ports import PortRange
from ....sip.settings import Account, telephone
from ....sip.sockets import SystemChance
from ....sip.tls import Tls, Unusable
from ....sip.uri import SipUri
from ....tty.demod.batch import Bank as Receivers
from ....tty.demod.choosing import receiver
from ....tty.wav import NotUsable
from ...configuration.configuration import CallLine, Psap
from ...listening import CannotStart, listening_on
from .circuit import Manners
from .door import LineDoor
from .ears import Bank
from .preparing import Preparing, can_be_fast
from .rhythm import ASIDE_FROM, Done, Rhythm
from .serial_line import SerialLine, twisted_port
from .session import Terms
from .settings import SerialSettings, WavSettings
from .trunk import STOPPING, Identity, Told, Trunk
from .trunk_settings import TrunkSettings
from .wav_line import WavLine

DRAIN_FOR = 3.0  # seconds for the tones and the BYE of every call to leave
LOOK_EVERY = 0.1  # seconds, while something is awaited

# What keeps machine code away is not there, or not allowed (docs/lines.md).
SLOW = (
    "the receivers of TTY calls are not machine code here, and one core hears 60 to 150 calls:"
    " install text911[fast], and let the service run code it has made (MemoryDenyWriteExecute=no)"
)

Line = Trunk | SerialLine | WavLine


@dataclass(frozen=True, slots=True)
class LineSeen:
    """How a line is now. `fault`: the last one, in words, "" without. `down`: why no call can come
    on it, "" where it can."""

    name: str
    display: str
    kind: str  # "sip", "serial", "wav"
    calls: int
    taken: int
    rejected: int
    fault: str
    down: str


class Board:
    """`utc`: UTC seconds. `took` is told how long each beat of all calls has worked. `say` is given
    sentences about lines for the log. `directory`: where the names of files begin.
    `courier`: sends tones while the loop stands; None: they are sent from the loop."""

    def __init__(
        self,
        door: LineDoor,
        reactor: Any,
        utc: Callable[[], float],
        told: Told,
        say: Callable[[str], None],
        took: Callable[[float], None],
        directory: Path,
        bank: Bank | None = None,
        courier: Courier | None = None,
    ) -> None:
        self._door = door
        self._reactor = reactor
        self._utc = utc
        self._told = told
        self._say = say
        self._directory = directory
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="receivers")
        self._slow = Receivers(fast=False) if bank is None else None
        held = self._slow or bank
        assert held is not None
        self._rhythm = Rhythm(reactor, held, took, perf_counter, self._do)
        self._courier = courier
        self._is_up = False
        self._is_hearing = False  # there is, or was, a line with tones
        self._preparing: Preparing | None = None
        self._lines: dict[str, tuple[CallLine, Line]] = {}
        self._leaving: list[Trunk] = []  # taken away by a reload, with calls that are still up
        self._faults: dict[str, str] = {}
        self._telephones: Mapping[str, SipUri] = {}  # for calls that begin

    def start(
        self, lines: Iterable[CallLine], telephones: Mapping[str, SipUri] | None = None
    ) -> None:
        """`telephones`: PSAP -> who is rung there for the voices of callers. Raises CannotStart;
        then those that were started go on until `stop`."""
        self._is_up = True
        self._telephones = telephones or {}
        for line in lines:
            self._begin(line)

    def adopt(
        self, lines: Iterable[CallLine], telephones: Mapping[str, SipUri] | None = None
    ) -> None:
        """A reload. A new line that cannot start is told of; the others are not held up by it.
        Before `start` and after `stop` there is nothing to change."""
        if not self._is_up:
            return
        self._telephones = telephones or {}
        wanted = {line.name: line for line in lines}
        for name in [name for name in self._lines if name not in wanted]:
            self._take_away(name)
        for name, line in wanted.items():
            known = self._lines.get(name)
            if known is not None:
                self._change(known[0], known[1], line)
                continue
            try:
                self._begin(line)
            except CannotStart as cause:
                self._faults[name] = str(cause)
                self._say(f"line {name} cannot start: {cause}")

    @property
    def seen(self) -> tuple[LineSeen, ...]:
        return tuple(self._seen(line, made) for line, made in self._lines.values())

    @property
    def trunks(self) -> dict[str, Trunk]:
        """Those there are, by name."""
        found = {name: made for name, (_, made) in self._lines.items()}
        return {name: made for name, made in found.items() if isinstance(made, Trunk)}

    @property
    def skipped(self) -> int:
        """Frames of 20 ms whose time passed while the loop stood."""
        return self._rhythm.skipped

    async def stop(self) -> None:
        """Every call is told as ended and gets its BYE; then nothing listens."""
        self._is_up = False
        trunks = [*self.trunks.values(), *self._leaving]
        for trunk in trunks:
            trunk.drain(STOPPING)
        for _, made in self._lines.values():
            if not isinstance(made, Trunk):
                made.stop()
        ends_at = self._reactor.seconds() + DRAIN_FOR
        while any(len(one) for one in trunks) and self._reactor.seconds() < ends_at:
            await asyncio.sleep(LOOK_EVERY)
        self._lines.clear()
        self._leaving.clear()
        if self._preparing is not None:
            self._preparing.stop()
        self._worker.shutdown()
        loop = asyncio.get_running_loop()
        for trunk in trunks:
            for stopped in trunk.stop():
                await stopped.asFuture(loop)

    # --- inside ------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Until it is ready, calls are heard without machine code, each at the cost of twenty and
        beside the loop; where it never will be, that stays so and is said."""
        self._rhythm.aside_from = 1
        if not can_be_fast():
            self._say(SLOW)
            return

        def ready() -> None:
            self._reactor.callFromThread(self._hasten)

        def failed(why: str) -> None:
            self._reactor.callFromThread(self._say, why)

        self._preparing = Preparing(ready, failed)
        self._preparing.start()

    def _hasten(self) -> None:
        """Calls that are up are faster too."""
        assert self._slow is not None
        self._rhythm.settle()
        self._slow.hasten()
        self._rhythm.sweep.hasten()
        self._rhythm.aside_from = ASIDE_FROM

    def _do(self, work: Callable[[], Done], then: Callable[[], None]) -> Future[Done]:
        future = self._worker.submit(work)
        future.add_done_callback(lambda _: self._reactor.callFromThread(then))
        return future

    def _begin(self, line: CallLine) -> None:
        """Raises CannotStart."""
        made = self._made(line)
        if isinstance(made, Trunk) and self._slow is not None and not self._is_hearing:
            self._is_hearing = True
            self._prepare()
        self._lines[line.name] = line, made
        self._faults.pop(line.name, None)
        if isinstance(made, Trunk):
            self._open(line, made)
            return
        try:
            made.start()
        except (OSError, RuntimeError, NotUsable) as cause:
            self._faults[line.name] = str(cause)
            self._say(f"line {line.name} cannot be started, no call comes on it: {cause}")

    def _open(self, line: CallLine, trunk: Trunk) -> None:
        assert isinstance(line.settings, TrunkSettings)
        table = line.settings.listen[0]
        file = f"lines/{line.name}.toml"
        try:
            with listening_on("sip.listen", table.host, table.port, file):
                trunk.start()
        except Unusable as cause:
            self._close(line.name, trunk)
            raise CannotStart(f"{file}: [sip.listen]: {cause}") from cause
        except CannotStart:
            self._close(line.name, trunk)
            raise

    def _close(self, name: str, trunk: Trunk) -> None:
        del self._lines[name]
        trunk.stop()

    def _made(self, line: CallLine) -> Line:
        policy = line.turns.policy()
        match line.settings:
            case TrunkSettings() as sip:
                return self._trunk(line, sip)
            case SerialSettings() as serial:
                return SerialLine(
                    line.name, serial, line.tty, policy, self._door, self._reactor,
                    lambda made: twisted_port(serial, self._reactor)(made), self._say,
                )  # fmt: skip
            case WavSettings() as wav:
                return WavLine(
                    line.name, wav, line.tty, policy, self._door, self._reactor,
                    self._directory, receiver,
                )  # fmt: skip
            case _:
                assert_never(line.settings)

    def _trunk(self, line: CallLine, settings: TrunkSettings) -> Trunk:
        terms = Terms(
            clock=self._reactor,
            ports=PortRange(self._reactor, *settings.rtp_ports, sweep=self._rhythm.sweep),
            chance=secrets.token_bytes,
            epoch=self._utc() - self._reactor.seconds(),
            text=settings.text,
            srtp_required=settings.srtp_required,
            no_packet_within=settings.no_packet_within,
            courier=self._courier,
        )
        return Trunk(
            line.name, settings, _identity(line, settings), self._manners(line), terms, self._door,
            self._rhythm, self._reactor, SystemChance(), self._told,
        )  # fmt: skip

    def _manners(self, line: CallLine) -> Manners:
        policy = line.turns.policy()
        return Manners(line.tty, policy, self._telephones if policy.voice_leg else {})

    def _change(self, before: CallLine, made: Line, line: CallLine) -> None:
        """Of its doors that is in force which it was started with."""
        if isinstance(made, Trunk):
            made.manners = self._manners(line)
        else:
            made.adopt(line.tty, line.turns.policy())
        self._lines[line.name] = replace(before, display=line.display), made

    def _take_away(self, name: str) -> None:
        _, made = self._lines.pop(name)
        self._faults.pop(name, None)
        if not isinstance(made, Trunk):
            made.stop()
            return
        made.refuse_new("the line was taken away")
        self._leaving.append(made)
        self._look(made)

    def _look(self, trunk: Trunk) -> None:
        """A line that was taken away is closed when its last call has ended."""
        if trunk not in self._leaving:
            return
        if len(trunk):
            self._reactor.callLater(LOOK_EVERY, partial(self._look, trunk))
            return
        self._leaving.remove(trunk)
        trunk.stop()

    def _seen(self, line: CallLine, made: Line) -> LineSeen:
        fault = self._faults.get(line.name, "")
        if isinstance(made, Trunk):
            tally = made.tally
            return LineSeen(
                line.name, line.display, "sip", len(made), tally.taken, tally.rejected,
                fault or tally.fault, fault or made.unreachable,
            )  # fmt: skip
        kind = "serial" if isinstance(made, SerialLine) else "wav"
        return LineSeen(line.name, line.display, kind, 0, 0, 0, fault, fault)


def telephones(psaps: Iterable[Psap]) -> dict[str, SipUri]:
    """PSAP -> who is rung there for the voices of callers."""
    return {psap.name: telephone(psap.voice_uri) for psap in psaps if psap.voice_uri}


def _identity(line: CallLine, settings: TrunkSettings) -> Identity:
    accounts = tuple(Account(name, secret.reveal()) for name, secret in line.accounts)
    tls: dict[int, Tls] = {}
    for door in line.tls:
        for place in range(len(settings.listen)):
            if door.key == f"sip.listen[{place + 1}]":
                identity = door.certificate.identity
                tls[place] = Tls(identity.chain, identity.key)
    login = None
    if line.login is not None:
        login = Account(settings.username, line.login.reveal())
    return Identity(accounts, login, tls, line.believed)
