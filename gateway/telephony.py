"""What has sound: the lines on which callers ring, and the PSAPs that have only a TTY.

All of it is loaded when a configuration first asks for it. SIP, modem and receivers are a fifth of
what a start would load, and a gateway for texts alone takes texts the sooner without them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..psap_adapters.port import Psap
from .config import Configuration
from .config import Psap as PsapSettings
from .edges.lines.calls import Calls
from .operations.health_log import Happened, HealthLog
from .operations.line_news import LineNews
from .operations.metrics import Metrics

if TYPE_CHECKING:
    from ..sip.courier import Courier
    from .edges.lines.board import Board, LineSeen


class Telephony:
    """`utc`: UTC seconds. `reactor`: Twisted's, for time, sockets and threads."""

    def __init__(
        self, calls: Calls, reactor: Any, utc: Callable[[], float], log: HealthLog, metrics: Metrics
    ) -> None:
        self._calls = calls
        self._reactor = reactor
        self._utc = utc
        self._log = log
        self._metrics = metrics
        self._courier: Courier | None = None
        self._board: Board | None = None
        self._is_up = False

    @property
    def seen(self) -> tuple[LineSeen, ...]:
        """How each line is now."""
        return () if self._board is None else self._board.seen

    def start(self, configuration: Configuration) -> None:
        """Raises CannotStart; then those lines that were started go on until `stop`."""
        self._is_up = True
        if configuration.lines:
            from .edges.lines.board import telephones

            rung = telephones(configuration.psaps)
            self._begun(configuration).start(configuration.lines, rung)

    def adopt(self, configuration: Configuration) -> None:
        """A reload: see `Board.adopt`."""
        if not self._is_up or (self._board is None and not configuration.lines):
            return
        from .edges.lines.board import telephones

        if self._board is None:
            self._begun(configuration).start(())
        self._begun(configuration).adopt(configuration.lines, telephones(configuration.psaps))

    async def stop(self) -> None:
        """Every call is told as ended and gets its BYE; then nothing listens and nothing sends."""
        self._is_up = False
        if self._board is not None:
            await self._board.stop()

    def hush(self) -> None:
        """Nothing is sent any more: also not to a PSAP's TTY."""
        if self._courier is not None:
            self._courier.stop()

    def psap(self, psap: PsapSettings, known: Psap | None) -> Psap:
        """The adapter of a PSAP that has only a TTY: the one there is, with the settings of now, or
        a new one."""
        from ..psap_adapters.tty_psap.adapter import TtyPsap
        from ..sip.tls import Tls

        assert psap.tty is not None  # the file has seen to it
        if isinstance(known, TtyPsap):
            known.replace(psap.tty)
            return known
        password = "" if psap.password is None else psap.password.reveal()
        chain, key = (b"", b"") if psap.shown is None else (psap.shown.chain, psap.shown.key)
        return TtyPsap(
            psap.name, psap.tty, password, self._reactor, self._utc, self._prepare,
            LineNews(self._log.changed).rejected_at, courier=self._sending(),
            tls=Tls(chain, key, servers=psap.believed),
        )  # fmt: skip

    # --- inside ------------------------------------------------------------------------------

    def _begun(self, configuration: Configuration) -> Board:
        """The board, without a line at first."""
        if self._board is None:
            from .edges.lines.board import Board

            self._board = Board(
                self._calls,
                self._reactor,
                self._utc,
                LineNews(self._log.changed),
                partial(self._log.changed, Happened.FAULT),
                self._metrics.line_beat.observe,
                configuration.directory,
                courier=self._sending(),
            )
        return self._board

    def _sending(self) -> Courier:
        """One thread for all tones."""
        if self._courier is None:
            from ..sip.courier import Courier

            self._courier = Courier()
        return self._courier

    def _prepare(self, ready: Callable[[], None]) -> None:
        """Receivers as machine code for a PSAP's TTY, where there is a compiler."""
        from .edges.lines.preparing import Preparing, can_be_fast

        def failed(words: str) -> None:
            self._reactor.callFromThread(self._log.changed, Happened.FAULT, words)

        if can_be_fast():
            Preparing(partial(self._reactor.callFromThread, ready), failed).start()
        else:
            ready()  # there is no compiler: those there are are the fastest
