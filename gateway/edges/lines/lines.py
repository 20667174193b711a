"""All lines of a configuration: made, started, stopped, and given what a reload has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, assert_never

from ....tty.receiving import Receiver
from ....tty.turns import Policy
from ....tty.wav import NotUsable
from ...config import CallLine
from .door import LineDoor
from .serial_line import SerialLine, twisted_port
from .settings import SerialSettings, TtySettings, WavSettings
from .trunk_settings import TrunkSettings
from .wav_line import WavLine


class Line(Protocol):
    """What calls come on. `start` raises OSError, RuntimeError or NotUsable when it never can."""

    def start(self) -> None: ...
    def stop(self) -> None:
        """Calls that are up have ended."""
        ...

    def adopt(self, tty: TtySettings, policy: Policy) -> None:
        """For new calls."""
        ...


class Lines:
    """`door`: the gateway. `directory`: where relative names of files begin. `receiver` makes the
    ear of one call, `trunk` a line of SIP. `told` is given sentences for the log."""

    def __init__(
        self,
        configured: Iterable[CallLine],
        door: LineDoor,
        reactor: Any,
        directory: Path,
        receiver: Callable[[], Receiver],
        trunk: Callable[[CallLine, TrunkSettings], Line],
        told: Callable[[str], None],
    ) -> None:
        self._door = door
        self._reactor = reactor
        self._directory = directory
        self._receiver = receiver
        self._trunk = trunk
        self._told = told
        self._lines = {one.name: self._made(one) for one in configured}
        self._started: list[Line] = []

    def start(self) -> None:
        """A line that cannot be started is told of and left out: the others, and texts, come in."""
        for name, line in self._lines.items():
            try:
                line.start()
            except (OSError, RuntimeError, NotUsable) as cause:
                self._told(f"line {name} cannot be started, no call comes on it: {cause}")
            else:
                self._started.append(line)

    def stop(self) -> None:
        while self._started:
            self._started.pop().stop()

    def adopt(self, configured: Iterable[CallLine]) -> None:
        """What a reload changes of lines that are there; others come and go with a restart."""
        for one in configured:
            if one.name in self._lines:
                self._lines[one.name].adopt(one.tty, one.turns.policy())

    def _made(self, one: CallLine) -> Line:
        policy = one.turns.policy()
        match one.settings:
            case TrunkSettings() as trunk:
                return self._trunk(one, trunk)
            case SerialSettings() as serial:
                return SerialLine(
                    one.name,
                    serial,
                    one.tty,
                    policy,
                    self._door,
                    self._reactor,
                    lambda line: twisted_port(serial, self._reactor)(line),
                    self._told,
                )
            case WavSettings() as wav:
                return WavLine(
                    one.name,
                    wav,
                    one.tty,
                    policy,
                    self._door,
                    self._reactor,
                    self._directory,
                    self._receiver,
                )
            case _:
                assert_never(one.settings)
