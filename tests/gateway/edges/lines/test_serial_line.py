"""A TTY on a serial port: first a port and a clock of the test's, then a real one (a pty)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock

from text911.gateway.edges.lines.serial_line import (
    DROP_S,
    LOOK_S,
    OPEN_AGAIN_S,
    RING_AGAIN_S,
    WAITING_MAX,
    SerialLine,
    twisted_port,
)
from text911.gateway.edges.lines.settings import SerialSettings, TtySettings
from text911.tty.shifts import send
from text911.tty.turns import Policy

from .door import Door

QUIET = Policy(probe="")


class Port:
    def __init__(self) -> None:
        self.sent = b""
        self.is_open = True
        self.carrier: bool | OSError = False
        self.dtr: list[int] = []

    def write(self, data: bytes) -> None:
        self.sent += data

    def loseConnection(self) -> None:
        self.is_open = False

    def getCD(self) -> bool:
        if isinstance(self.carrier, OSError):
            raise self.carrier
        return self.carrier

    def setDTR(self, on: int = 1) -> None:
        self.dtr.append(on)


class Stage:
    def __init__(self, accepts: str = "at once", policy: Policy = QUIET, **keys: Any) -> None:
        self.door, self.clock, self.port = Door(accepts), Clock(), Port()
        self.opens: list[Exception] = []
        self.said: list[str] = []
        settings = SerialSettings(device="/dev/ttyUSB0", **keys)
        self.line = SerialLine(
            "desk", settings, TtySettings(), policy, self.door, self.clock, self._open,
            self.said.append,
        )  # fmt: skip
        self.line.start()

    def _open(self, _: SerialLine) -> Port:
        if self.opens:
            raise self.opens.pop(0)
        return self.port

    def run(self, seconds: float) -> None:
        self.clock.pump([0.02] * round(seconds / 0.02))

    def hear(self, octets: bytes) -> None:
        self.line.dataReceived(octets)
        self.run(0.02)


def test_the_first_character_is_a_call_and_part_of_it() -> None:
    stage = Stage(number="+18605550100")
    stage.run(5)
    assert stage.door.calls == []
    stage.hear(b"fire")
    assert stage.door.calls == [("desk", "+18605550100", "tty", None)]
    assert stage.door.shown == "FIRE"


def test_what_is_typed_before_the_call_is_recorded_is_not_lost() -> None:
    stage = Stage("later")
    stage.hear(b"FI")
    stage.hear(b"RE")
    assert len(stage.door.calls) == 1
    stage.door.legs[0].accept()
    stage.hear(b" GA")
    assert stage.door.shown == "FIRE GA"


def test_a_call_that_cannot_be_taken_is_tried_again_with_all_that_was_typed() -> None:
    stage = Stage("not at all")
    stage.hear(b"F")
    stage.hear(b"IRE")
    stage.door.accepts = "later"
    stage.run(RING_AGAIN_S)
    assert len(stage.door.calls) == 2
    stage.door.legs[-1].end("the gateway cannot record the call at the moment")
    stage.door.accepts = "at once"
    stage.run(RING_AGAIN_S + 0.1)
    assert stage.door.shown == "FIRE"


def test_the_last_of_too_much_is_kept() -> None:
    stage = Stage("later")
    stage.hear(b"A" * WAITING_MAX + b"END")
    stage.door.legs[0].accept()
    stage.run(0.1)
    assert len(stage.door.shown) == WAITING_MAX
    assert stage.door.shown.endswith("AEND")


def test_the_answer_is_typed_when_the_caller_has_given_the_turn() -> None:
    stage = Stage()
    stage.hear(b"FIRE GA")
    stage.door.legs[0].write("reply-1", "WHERE GA", False)
    stage.run(0.5)
    assert stage.port.sent == b""
    stage.run(3)
    assert stage.port.sent == b"\r\nWHERE GA"
    assert stage.door.of("left")[-1] == ("reply-1", 8, True)
    assert ("theirs", "GA") in stage.door.of("turn") or ("ours", "GA") in stage.door.of("turn")


def test_the_key_interrupts() -> None:
    stage = Stage()
    stage.hear(b"AND THEN")
    stage.door.legs[0].write("reply-1", "STOP", True)
    stage.run(2)
    assert stage.port.sent == b"\r\nSTOP"


def test_five_bit_codes_go_both_ways() -> None:
    stage = Stage(codes="baudot", data_bits=5)
    stage.hear(bytes(code for one in send("FIRE AT 12 GA") for code in one))
    assert stage.door.shown == "FIRE AT 12 GA"
    stage.door.legs[0].write("reply-1", "OK 5", False)
    stage.run(5)
    assert stage.port.sent == bytes(code for one in send("\r\nOK 5") for code in one)


def test_a_silent_call_is_probed() -> None:
    stage = Stage(carrier_detect=True, policy=Policy(probe="QQ GA"))
    stage.port.carrier = True
    stage.run(6)
    assert stage.port.sent == b"QQ GA\r\n"
    assert stage.door.of("said") == [("QQ GA",)]


def test_when_nobody_types_any_more_the_call_is_over() -> None:
    stage = Stage(quiet_within=20.0)
    stage.hear(b"FIRE GA")
    stage.run(15)
    stage.door.legs[0].write("reply-1", "WHERE GA", False)
    stage.run(19)
    assert stage.door.of("ended") == []
    stage.run(5)
    assert stage.door.of("ended") == [("nobody has typed for 20 s",)]
    stage.hear(b"HELLO")
    assert len(stage.door.calls) == 2


def test_with_carrier_detect_the_modem_says_when_a_call_begins_and_ends() -> None:
    stage = Stage(carrier_detect=True)
    stage.hear(b"RING\r\n")
    stage.run(1)
    assert stage.door.calls == []
    stage.port.carrier = True
    stage.hear(b"FIRE")  # before it was looked at
    assert stage.door.shown == "FIRE"
    stage.run(5)
    stage.port.carrier = False
    stage.run(LOOK_S + 0.1)
    assert stage.door.of("ended") == [("the modem has lost the caller",)]
    stage.port.carrier = True
    stage.run(LOOK_S + 0.1)
    assert len(stage.door.calls) == 2


def test_when_the_gateway_hangs_up_so_does_the_modem() -> None:
    stage = Stage(carrier_detect=True)
    stage.port.carrier = True
    stage.run(LOOK_S + 0.1)
    stage.door.legs[0].answered("csecc")
    stage.door.legs[0].end("closed by the PSAP")
    assert stage.port.dtr == [0]
    stage.port.carrier = False
    stage.run(DROP_S + 0.1)
    assert stage.port.dtr == [0, 1]
    assert stage.door.of("ended") == []


def test_a_wired_tty_that_was_hung_up_may_call_again() -> None:
    stage = Stage()
    stage.hear(b"FIRE")
    stage.door.legs[0].end("closed by the PSAP")
    stage.door.legs[0].interrupt()
    assert stage.port.dtr == []
    stage.run(60)
    stage.hear(b"HELP")
    assert len(stage.door.calls) == 2
    assert stage.door.shown == "FIREHELP"


def test_a_port_without_carrier_detect_is_told_of_once() -> None:
    stage = Stage(carrier_detect=True)
    stage.port.carrier = OSError(25, "Inappropriate ioctl for device")
    stage.run(3)
    assert len(stage.said) == 1
    assert "has no carrier detect" in stage.said[0]


def test_a_port_that_is_lost_ends_the_call_and_comes_back() -> None:
    stage = Stage()
    stage.hear(b"FIRE")
    stage.opens = [FileNotFoundError(2, "No such file"), ValueError("not a valid baudrate")]
    stage.line.connectionLost()
    assert stage.door.of("ended") == [("the serial port was lost",)]
    stage.run(3 * OPEN_AGAIN_S + 0.1)
    stage.hear(b"HELP")
    assert len(stage.door.calls) == 2
    assert [one.partition(" ")[2] for one in stage.said] == [
        "desk: /dev/ttyUSB0 was lost; it is opened again when it is back",
        "desk: /dev/ttyUSB0 cannot be opened: [Errno 2] No such file",
        "desk: /dev/ttyUSB0 cannot be opened: not a valid baudrate",
        "desk: /dev/ttyUSB0 is open again",
    ]


def test_a_lost_port_has_no_carrier_and_its_modem_is_left_alone() -> None:
    stage = Stage(carrier_detect=True)
    stage.port.carrier = True
    stage.run(LOOK_S + 0.1)
    leg = stage.door.legs[0]
    stage.opens = [FileNotFoundError(2, "No such file")]
    leg.end("closed")
    stage.line.connectionLost()
    stage.run(DROP_S + 0.1)
    assert stage.port.dtr == [0]


def test_what_is_asked_while_the_port_is_gone_waits_for_nobody() -> None:
    stage = Stage()
    stage.hear(b"FIRE GA")
    stage.run(2)
    leg = stage.door.legs[0]
    stage.line.connectionLost()
    leg.write("reply-1", "WHERE", False)
    stage.run(2)
    assert stage.port.sent == b""


@pytest.mark.parametrize("typed", [b"", b"FIRE"])
def test_when_the_gateway_stops_the_port_is_closed(typed: bytes) -> None:
    stage = Stage(carrier_detect=not typed)
    if typed:
        stage.hear(typed)
    stage.line.stop()
    stage.line.connectionLost()
    assert not stage.port.is_open
    assert stage.clock.getDelayedCalls() == []
    assert len(stage.door.of("ended")) == bool(typed)


def test_a_wire_has_no_voice() -> None:
    Stage().line.bridge(True)
    with pytest.raises(AssertionError, match="no voice"):
        Stage().line.voice(1, "ansonia", "vco")


def test_without_the_driver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast("dict[str, Any]", sys.modules), "serial", None)
    with pytest.raises(RuntimeError, match="pip install text911"):
        twisted_port(SerialSettings(device="/dev/ttyS0"), None)


# --- a real port -----------------------------------------------------------------------------


class Cable:
    """Both ends of a pty: a terminal of the test's, and a line of ours on the other."""

    def __init__(self, **keys: Any) -> None:
        self.terminal, slave = os.openpty()
        os.set_blocking(self.terminal, False)
        self.slave = slave
        self.reactor = SelectReactor()
        self.door = Door()
        self.said: list[str] = []
        settings = SerialSettings(device=os.ttyname(slave), **keys)
        self.line = SerialLine(
            "desk", settings, TtySettings(), QUIET, self.door, cast(Any, self.reactor),
            twisted_port(settings, self.reactor), self.said.append,
        )  # fmt: skip
        self.line.start()

    def until(self, come: Callable[[], bool]) -> None:
        late = self.reactor.seconds() + 30
        while not come():
            assert self.reactor.seconds() < late
            self.reactor.iterate(0.01)

    def close(self) -> None:
        self.line.stop()
        self.reactor.iterate(0)
        assert self.reactor.getDelayedCalls() == []
        cast(Any, self.reactor).removeAll()
        for end in (self.terminal, self.slave):
            os.close(end)


@pytest.fixture
def cable() -> Iterator[Cable]:
    cable = Cable()
    yield cable
    cable.close()


def test_a_tty_on_a_real_port_talks_with_the_gateway(cable: Cable) -> None:
    os.write(cable.terminal, b"fire GA")
    cable.until(lambda: cable.door.shown == "FIRE GA")
    cable.door.legs[0].write("reply-1", "OK", False)
    cable.until(lambda: ("reply-1", 2, True) in cable.door.of("left"))
    assert os.read(cable.terminal, 100) == b"\r\nOK"
    assert cable.said == []


def test_a_port_belongs_to_one_line(cable: Cable) -> None:
    with pytest.raises(OSError, match="exclusively lock"):
        twisted_port(SerialSettings(device=os.ttyname(cable.slave)), cable.reactor)(cable.line)
