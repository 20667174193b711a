"""Callers with a voice in the simulated world: they type in tones, speak, listen and ring off, and
the telephone of the PSAP that is rung beside them answers, refuses, never answers or is dropped.

Inside the gateway's process all is real from the frame of 20 ms on: the call of a trunk, its line
and turns, what it types in tones, the telephone beside it and the bridge between the two.
Signalling and packets are simulated, and a frame of tones says which letter has ended in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ...sip.ahead import Ahead
from ...sip.clock import Cadence, Due
from ...sip.effects import Answered, CallId, Cause, Ended, Refused, Why
from ...sip.jitter import Chunk
from ...sip.uri import SipUri
from ...tty.line import Line
from ...tty.modulator import Modulator
from ...tty.receiving import Carrier, Code, Detected, Event, Voice
from ...tty.turns import Policy
from ..edges.lines.circuit import Circuit, Manners
from ..edges.lines.session import NotTaken, Session
from ..edges.lines.settings import TtySettings
from ..edges.lines.telephone import Ring, Telephone, Told
from ..edges.lines.trunk_call import TrunkCall
from .line_door import CALLER_RINGS_OFF, Door
from .lines import LINE, LineCaller
from .places import PSAPS
from .process import Process
from .sounds import (
    ALL_LOST,
    BEAT,
    FRAME,
    LOUDEST,
    NOTHING_LOST,
    SILENCE,
    SPEECH,
    Frame,
    Samples,
    speech,
    tones,
)
from .stage import Stage

if TYPE_CHECKING:
    from .lines import Lines

SPEAKERS = (1, 2)  # from and to
ACTS = (1, 4)  # of one call
LOSSES = (0.0, 0.0, 0.02, 0.1, 0.3)  # of packets, of one call
BIT_MS = Fraction(22)
POLICY = Policy(probe_after_s=4.0, probes_max=2, voice_leg=True)
# Whom the gateway may ring; "hills" has no telephone for it.
TELEPHONES = {name: SipUri("sip", name, "198.51.100.7") for name in PSAPS if name != "hills"}
REFUSALS = (486, 480, 603, 488, 408)
ENDS = (Why.BYE, Why.TIMEOUT, Why.SESSION_TIMER, Why.LOST)


class _Heard:
    """Is the `Receiver` of a line: gives what it was told that the next frame brings."""

    def __init__(self) -> None:
        self.events: tuple[Event, ...] = ()

    def push(self, samples: Samples, lost: NDArray[np.bool_]) -> tuple[Event, ...]:
        events, self.events = self.events, ()
        return events

    def finish(self) -> tuple[Event, ...]:
        return self.push(SILENCE, NOTHING_LOST)


class _Stream:
    """What is sent on it arrives; `heard` sees each frame."""

    may_send = True
    peer = ("198.51.100.7", 4000)

    def __init__(self, heard: Callable[[Samples], None]) -> None:
        self._heard = heard

    def send(self, samples: Samples, _now: float) -> bytes:
        self._heard(samples)
        return b"frame"

    def send_silence(self, _now: float) -> None:
        """Nothing is sent where nothing is said."""

    def skip(self, frames: int) -> None:
        """Its time passes."""

    def unsent(self, frames: int) -> None:
        """It was not sent."""


class _Audio:
    """As much of an `AudioWay` as a call and a telephone use. `says` gives what the other side has
    said since it was asked before."""

    def __init__(self, heard: Callable[[Samples], None], says: Callable[[float], Samples]) -> None:
        self.stream = _Stream(heard)
        self.ahead = Ahead(cast(Any, self.stream), lambda _octets, _address: None)
        self._says = says

    def take(self, now: float) -> list[Chunk]:
        samples = self._says(now)
        return [Chunk(samples, np.zeros(len(samples), np.bool_))] if len(samples) else []

    def send(self, samples: Samples, now: float) -> None:
        self.stream.send(samples, now)

    def attend(self) -> None:
        """Nothing goes past it."""

    def tend(self, _now: float) -> bool:
        return False


class _Session:
    """As much of a `Session`. `over` is told why it was hung up or refused."""

    def __init__(self, audio: _Audio, over: Callable[[str], None], accepted: Callable[[], None]):
        self.audio: _Audio | None = audio
        self._over = over
        self._accepted = accepted

    def accept(self) -> None:
        self._accepted()

    def refuse(self, _status: int, reason: str) -> None:
        self._over(reason)

    def hang_up(self, reason: str) -> None:
        self._over(reason)
        self.close()

    def settle(self, answer: bytes) -> str:
        return "" if answer else "it offers no sound"

    def close(self) -> None:
        self.audio = None


class _Circuit:
    """As much of a `Circuit`: what one call has."""

    ear = None
    silence = "no packet came"

    def __init__(self, stage: Stage, trunk: Trunk, session: _Session) -> None:
        self.session = session
        self.manners = Manners(TtySettings(), POLICY, TELEPHONES)
        self.heard = _Heard()
        self.is_over = False
        self._stage = stage
        self._trunk = trunk

    @property
    def now(self) -> float:
        return self._stage.now()

    def listen(self, modulator: Modulator, policy: Policy, now: float) -> Line:
        return Line(self.heard, modulator, policy, now)

    def join(self, call: TrunkCall) -> None:
        self._trunk.join(call)

    def finish(self, call: TrunkCall, told: Callable[[], None]) -> None:
        if not self.is_over:
            self.is_over = True
            told()
            self._trunk.leave(call)
            self.session.close()


class Trunk:
    """The beat of all calls in one life of the gateway, and the telephones it rings."""

    def __init__(self, stage: Stage, process: Process) -> None:
        self._stage = stage
        self._process = process
        self._calls: dict[TrunkCall, Callable[[Due, float], None]] = {}
        self._waits: dict[TrunkCall, Callable[[Due, float], None]] = {}
        self._cadence: Cadence | None = None

    def begins(self, call: TrunkCall, beat: Callable[[Due, float], None]) -> None:
        self._waits[call] = beat

    def join(self, call: TrunkCall) -> None:
        self._calls[call] = self._waits.pop(call)
        if self._cadence is None:
            self._cadence = Cadence(self._stage.now())
            self._beat()

    def leave(self, call: TrunkCall) -> None:
        self._calls.pop(call, None)
        self._waits.pop(call, None)

    def _beat(self) -> None:
        cadence, now = self._cadence, self._stage.now()
        if cadence is None or not self._calls:
            self._cadence = None
            return
        due = cadence.due(now)
        for beat in list(self._calls.values()):
            beat(due, now)
        self._process.clock.callLater(max(0.0, cadence.wakes_at - now), self._beat)

    def ring(self, caller: SpeakingCaller, target: SipUri, told: Told) -> Telephone:
        """Is the `Ring` of a call's `Beside`."""
        desk = Desk(self._stage, self._process, caller, target)
        return desk.ring(told)


class Desk:
    """A telephone at a PSAP that is rung, and whoever sits beside it."""

    def __init__(
        self, stage: Stage, process: Process, caller: SpeakingCaller, target: SipUri
    ) -> None:
        self._stage = stage
        self.process = process
        self._caller = caller
        self.name = f"telephone of {target.user}"
        self._chance = stage.draw("telephones")
        self._said_at = stage.now()
        self.is_over = False

    def ring(self, told: Told) -> Telephone:
        """Raises NotTaken where there is no port for it."""
        chance, stage = self._chance, self._stage
        stage.note(self.name, f"rings for {self._caller.name}")
        how = chance.choice(("answers", "answers", "answers", "refuses", "never", "no port"))
        if how == "no port" and not stage.healed:
            raise NotTaken(503, "no port is free for the media")
        session = _Session(_Audio(self.hears, self._says), self._over, lambda: None)
        telephone = Telephone(cast(Session, session), "no sound", "[sip]", told, stage.now())
        telephone.over = lambda: self._over("")
        self._caller.rings.append(self)
        call = CallId(len(self._caller.rings))
        after = chance.uniform(0.5, 9.0)
        if how == "answers":
            sdp = b"" if chance.random() < 0.1 else b"sound"
            self._later(after, telephone, Answered(call, sdp, cast(Any, None)))
            if chance.random() < 0.6:
                ended = Ended(call, Cause(chance.choice(ENDS)))
                self._later(after + chance.uniform(0.5, 15.0), telephone, ended)
        elif how == "refuses":
            refused = Refused(call, chance.choice(REFUSALS), "words of theirs")
            self._later(chance.choice((0.0, after)), telephone, refused)
        return telephone

    def _later(
        self, after: float, telephone: Telephone, effect: Answered | Ended | Refused
    ) -> None:
        def happens() -> None:
            if not self.is_over:
                self._stage.note(self.name, type(effect).__name__)
                telephone.hear(effect)

        self._stage.later(after, lambda: self.process.enter(happens))

    def hears(self, samples: Samples) -> None:
        if int(samples.max()) > LOUDEST:
            words = f"{self.name} hears what {self._caller.name} types"
            raise self._stage.broken(f"muted while tones are there: {words}")

    def _says(self, now: float) -> Samples:
        frames = min(10, int((now - self._said_at) / BEAT))
        self._said_at += frames * BEAT
        return np.tile(SPEECH, frames)

    def _over(self, _reason: str) -> None:
        self.is_over = True


class TrunkWire:
    """One call of a caller with a voice, inside the gateway's process."""

    def __init__(
        self, stage: Stage, process: Process, door: Door, caller: SpeakingCaller, trunk: Trunk
    ) -> None:
        self._caller = caller
        self._frames: Iterator[Frame] = iter(())
        self._at = 0
        self._chance = stage.draw(f"packets of {caller.name}")
        self._loss = self._chance.choice(LOSSES)
        audio = _Audio(lambda _samples: None, lambda _now: SILENCE[:0])
        session = _Session(audio, lambda _reason: caller.cut(self), lambda: caller.answered(self))
        self._circuit = _Circuit(stage, trunk, session)
        ring: Ring = lambda target, _ani, told: trunk.ring(caller, target, told)  # noqa: E731
        self._call = TrunkCall(cast(Circuit, self._circuit), door, ring)
        trunk.begins(self._call, self._beat)

    def ring(self) -> None:
        if not self._call.ring(LINE, self._caller.ani, None):
            self._caller.cut(self)

    def rang_off(self) -> None:
        self._call.ended(CALLER_RINGS_OFF)

    def play(self, frames: Iterator[Frame]) -> None:
        self._frames = frames

    def _beat(self, due: Due, now: float) -> None:
        self._call.beat(due, now)  # all speak before any is heard
        for _ in range(due.skipped + due.frames):
            if self._circuit.is_over:
                return
            samples, kinds, code = next(self._frames, (SILENCE, (), 0))
            self._at += FRAME
            self._circuit.heard.events = tuple(self._event(kind, code) for kind in kinds)
            if not kinds and self._chance.random() < self._loss:
                self._call.hear(SILENCE, ALL_LOST, now)
            else:
                self._call.hear(samples, NOTHING_LOST, now)

    def _event(self, kind: type[Event], code: int) -> Event:
        if kind is Detected:
            return Detected(self._at, BIT_MS)
        if kind is Code:
            return Code(code, self._at - 1, 1.0)
        return (Carrier if kind is Carrier else Voice)(bool(code), self._at)


class SpeakingCaller(LineCaller):
    """A person at a TTY who has a voice as well, or ears. `rings`: telephones rung for him."""

    calls_max = 2  # each of them 50 frames a second

    def __init__(
        self, stage: Stage, name: str, ani: str, connect: Callable[[LineCaller], Any]
    ) -> None:
        super().__init__(stage, name, ani, connect)
        self.rings: deque[Desk] = deque(maxlen=100)

    def answered(self, wire: Any) -> None:
        acts: list[Iterator[Frame]] = []
        frames = 0
        detected = False
        for _ in range(self._chance.randint(*ACTS)):
            pause = self._chance.randint(5, 300)
            act = self._chance.choice(("phrase", "VCO", "HCO", "speaks"))
            if act == "speaks":
                played = list(speech(self._chance.randint(10, 250)))
            else:
                self._phrases += 1
                ending = self._chance.choice((" GA", " GA", "", " SK"))
                words = f"{act} GA " if act != "phrase" else ""
                said = words or f"{self.name} {self._phrases}{ending} "
                played = list(tones(said, detected=not detected))
                detected = True
            acts += [iter([(SILENCE, (), 0)] * pause), iter(played)]
            frames += pause + len(played)
        wire.play(frame for act in acts for frame in act)
        stays = frames * BEAT + self._chance.uniform(1.0, 30.0)
        self._stage.later(stays, lambda: self._ring_off(wire))


def speakers(stage: Stage, lines: Lines) -> list[LineCaller]:
    """Those of this world."""
    if not stage.has("voices"):
        return []
    trunks: dict[Process, Trunk] = {}

    def connect(caller: LineCaller) -> TrunkWire | None:
        found = lines.door()
        if found is None:
            return None
        process, door = found
        trunk = trunks.get(process)
        if trunk is None:
            trunk = trunks[process] = Trunk(stage, process)
        caller.join(process.enter)
        return TrunkWire(stage, process, door, cast(SpeakingCaller, caller), trunk)

    count = stage.draw("voices of callers").randint(*SPEAKERS)
    return [
        SpeakingCaller(stage, f"SPEAKER{chr(ord('A') + n)}", f"+1860777{9000 + n}", connect)
        for n in range(count)
    ]


def still_joined(callers: list[LineCaller]) -> list[Desk]:
    """Telephones that nobody has let go, although the gateway lives that rang them."""
    return [
        desk
        for caller in callers
        if isinstance(caller, SpeakingCaller)
        for desk in caller.rings
        if not desk.is_over and not desk.process.dead
    ]
