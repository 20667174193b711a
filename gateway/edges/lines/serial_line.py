"""A TTY, or a modem that makes characters of its tones, on a serial port: octets to a conversation.

A thin shell around `tty.wired`. A port that goes away is opened again for ever; what is typed while
no call can be taken waits, and begins one as soon as it can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, cast

from twisted.internet import protocol

from ....sip.sockets import Alarm, Clock, Timer
from ....tty.turns import Policy
from ....tty.wired import Codes, WiredLine
from .door import LineDoor, VoiceMode
from .settings import SerialSettings, TtySettings
from .tty_call import TtyCall

OPEN_AGAIN_S = 5.0  # a port that is not there; a modem that is being plugged in again
RING_AGAIN_S = 1.0  # when the gateway cannot take the call
LOOK_S = 0.2  # how often carrier detect is looked at
DROP_S = 1.0  # without DTR a modem hangs up
WAITING_MAX = 4096  # octets typed while no call can be taken: ten minutes of a fast typist


class Port(Protocol):
    """What is used of Twisted's serial port."""

    def write(self, data: bytes, /) -> object: ...
    def loseConnection(self) -> object: ...
    def getCD(self) -> bool: ...
    def setDTR(self, on: int = 1, /) -> object: ...


class SerialLine(protocol.Protocol):
    """One port, one call at a time. Is the `Wire` of its call. `open_port` raises OSError or
    ValueError; `told` is given sentences for the log."""

    def __init__(
        self,
        name: str,
        settings: SerialSettings,
        tty: TtySettings,
        policy: Policy,
        door: LineDoor,
        clock: Clock,
        open_port: Callable[[SerialLine], Port],
        told: Callable[[str], None],
    ) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._open_port = open_port
        self._told = told
        self._tty = tty
        self._policy = policy
        self._call: TtyCall[WiredLine] = TtyCall(
            door, self, lambda: self._policy, self._line, clock.seconds
        )
        self._alarm = Alarm(clock, self._tend)
        self._timers: dict[str, Timer] = {}
        self._port: Port | None = None
        self._fault = ""  # said last
        self._waiting = b""  # heard, and not yet part of a call
        self._is_ringing = False
        self._carrier = False
        self._active_at = 0.0  # the last octet, either way

    def start(self) -> None:
        self._open()

    def stop(self) -> None:
        """The gateway stops: a call that is up has ended."""
        port, self._port = self._port, None
        self._end("the gateway was stopped")
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if port is not None:
            port.loseConnection()

    def adopt(self, tty: TtySettings, policy: Policy) -> None:
        """For the next call."""
        self._tty, self._policy = tty, policy

    def _line(self, policy: Policy, now: float) -> WiredLine:
        return WiredLine(Codes(self._settings.codes), self._tty.pace(), policy, now)

    # --- the port ------------------------------------------------------------------------------

    def dataReceived(self, data: bytes) -> None:
        if self._settings.carrier_detect and not self._carrier:
            self._see()
            if not self._carrier:
                return  # the modem speaks for itself: RING, OK
        self._waiting = (self._waiting + data)[-WAITING_MAX:]
        if self._call.talk is not None:
            self._tend()
        elif not self._is_ringing and "ring" not in self._timers:
            self._ring()

    def connectionLost(self, reason: object = None) -> None:
        if self._port is None:
            return  # we have closed it
        self._port = None
        self._say(f"{self._settings.device} was lost; it is opened again when it is back")
        self._end("the serial port was lost")
        self._later("open", OPEN_AGAIN_S, self._open)

    def _open(self) -> None:
        try:
            self._port = self._open_port(self)
        except (OSError, ValueError) as cause:
            self._say(f"{self._settings.device} cannot be opened: {cause}")
            self._later("open", OPEN_AGAIN_S, self._open)
            return
        if self._fault:
            self._say(f"{self._settings.device} is open again")
            self._fault = ""
        if self._settings.carrier_detect and "look" not in self._timers:
            self._look()

    def _look(self) -> None:
        """Carrier detect is no event of a port: it is asked for."""
        self._later("look", LOOK_S, self._look)
        self._see()

    def _see(self) -> None:
        if self._port is None:
            return
        try:
            carrier = bool(self._port.getCD())
        except OSError as cause:
            self._say(f"{self._settings.device} has no carrier detect: {cause}")
            return
        before, self._carrier = self._carrier, carrier
        if carrier and not before:
            self._ring()
        elif before and not carrier:
            self._end("the modem has lost the caller")

    # --- Wire ----------------------------------------------------------------------------------

    def answer(self) -> None:
        self._is_ringing = False
        self._active_at = self._clock.seconds()
        # In the next turn of the loop: the door has not yet said which dialogue this is.
        self._alarm.set(self._active_at)

    def hang_up(self, reason: str) -> None:
        self._alarm.stop()
        if self._is_ringing:
            self._is_ringing = False
            self._later("ring", RING_AGAIN_S, self._ring_again)
            return
        self._waiting = b""  # it belonged to the call that is over
        if self._settings.carrier_detect and self._port is not None:
            self._port.setDTR(0)
            self._later("drop", DROP_S, self._take)

    def answered(self, psap: str) -> None:
        pass  # there is no voice here that somebody could be given

    def bridge(self, on: bool) -> None:
        pass  # the same

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        raise AssertionError("a serial line has said that it has no voice, and is asked for one")

    def asked(self) -> None:
        self._flush()

    # --- the call ------------------------------------------------------------------------------

    def _ring(self) -> None:
        self._is_ringing = True
        if not self._call.ring(self._name, self._settings.number):
            self._is_ringing = False
            self._later("ring", RING_AGAIN_S, self._ring_again)

    def _ring_again(self) -> None:
        if self._waiting or self._carrier:
            self._ring()

    def _take(self) -> None:
        """The modem may take calls again."""
        if self._port is not None:
            self._port.setDTR(1)

    def _tend(self) -> None:
        """What has come is heard, what is due goes out, and so does a call that is over."""
        talk = self._call.talk
        if talk is None:
            return
        now = self._clock.seconds()
        octets, self._waiting = self._waiting, b""
        if octets:
            self._active_at = now
        self._call.tell(talk.hear(octets, now))
        self._flush()

    def _flush(self) -> None:
        talk = self._call.talk
        if talk is None:
            return
        now = self._clock.seconds()
        octets = talk.octets_to_send()
        if octets and self._port is not None:
            self._active_at = now
            self._port.write(octets)
        quiet_at = self._active_at + self._settings.quiet_within
        if not self._settings.carrier_detect and now >= quiet_at:
            self._end(f"nobody has typed for {self._settings.quiet_within:g} s")
            return
        at = talk.wakes_at()
        if not self._settings.carrier_detect:
            at = quiet_at if at is None else min(at, quiet_at)
        self._alarm.set(at)

    def _end(self, reason: str) -> None:
        self._alarm.stop()
        self._call.over(reason)
        self._is_ringing = False
        self._carrier = False
        self._waiting = b""

    def _later(self, name: str, seconds: float, what: Callable[[], None]) -> None:
        def out() -> None:
            del self._timers[name]
            what()

        self._timers[name] = self._clock.callLater(seconds, out)

    def _say(self, sentence: str) -> None:
        if sentence != self._fault:
            self._told(f"line {self._name}: {sentence}")
        self._fault = sentence


def twisted_port(settings: SerialSettings, reactor: Any) -> Callable[[SerialLine], Port]:
    """Opens the port as the settings say. Nobody else may open it meanwhile: a log-in prompt on the
    same port would take every second character. Raises RuntimeError without pyserial."""
    try:
        import serial
        from twisted.internet.serialport import SerialPort
    except ImportError:
        raise RuntimeError(
            "serial lines need pyserial, which is not installed: pip install text911[serial]"
        ) from None

    class Exclusive(serial.Serial):
        def __init__(self, *where: Any, **how: Any) -> None:
            options: Any = {**how, "exclusive": True}
            super().__init__(*where, **options)

    class OwnPort(SerialPort):
        _serialFactory = Exclusive

    parity = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}
    opened = cast("Callable[..., Port]", OwnPort)

    def open_port(line: SerialLine) -> Port:
        return opened(
            line,
            settings.device,
            reactor,
            baudrate=round(settings.baud),
            bytesize=settings.data_bits,
            parity=parity[settings.parity],
            stopbits=settings.stop_bits,
            xonxoff=settings.flow_control == "xonxoff",
            rtscts=settings.flow_control == "rtscts",
        )

    return open_port
