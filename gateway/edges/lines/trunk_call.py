"""One call of a SIP trunk with tones: between the session's audio and a `TtyCall`.

Is the `Wire` of its call. Answers when the call is recorded, hears every sample that came and marks
those that did not, and hangs up when the character that is on the wire has left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ....sip.clock import Due
from ....sip.sockets import Clock
from ....tty.line import Line
from ....tty.modulator import Modulator
from ....tty.turns import Policy
from .door import LineDoor
from .ears import Ear, Lost, Samples
from .rhythm import Rhythm
from .session import NotTaken, Session
from .settings import TtySettings
from .tty_call import TtyCall

# After the last tone: what is under way and in the far end's jitter buffer is heard before BYE.
LINGERS_S = 0.3
ENDS_WITHIN_S = 2.0  # from being asked to hang up: a character and its carrier take 0.5


@dataclass(frozen=True, slots=True)
class Manners:
    """How a line types: the same for all of its calls."""

    tty: TtySettings
    policy: Policy

    def modulator(self) -> Modulator:
        tty = self.tty
        return Modulator(tty.pace(), tty.level, careful=tty.careful)


class TrunkCall:
    """`over` is called once, when nothing is left of the call; `no_packet_within` is for words."""

    def __init__(
        self,
        session: Session,
        manners: Manners,
        door: LineDoor,
        clock: Clock,
        rhythm: Rhythm,
        no_packet_within: float,
        over: Callable[[], None],
    ) -> None:
        self.session = session
        self.ear: Ear | None = None
        self._manners = manners
        self._clock = clock
        self._rhythm = rhythm
        self._no_packet_within = no_packet_within
        self._over = over
        self._call: TtyCall[Line] = TtyCall(
            door, self, lambda: manners.policy, self._line, clock.seconds
        )
        self._modulator = manners.modulator()
        self._answered = False
        self._ending = ""  # why we hang up, as soon as the tones have ended
        self._ends_at = 0.0
        self._is_over = False

    # --- from the trunk --------------------------------------------------------------------

    def ring(self, line: str, ani: str, pidf: bytes | None) -> bool:
        """False: it cannot be taken now."""
        return self._call.ring(line, ani, pidf)

    def settled(self, answer: bytes) -> None:
        """The peer has answered our offer."""
        try:
            self.session.settle(answer)
        except NotTaken as refused:
            self.end(f"the answer of the trunk is of no use: {refused}")

    def offered(self, offer: bytes) -> None:
        self.session.offered(offer)

    def wrote(self, text: str) -> None:
        """A message within the call."""
        self._call.wrote(text)

    def ended(self, reason: str) -> None:
        """The other side has ended it, or it was lost."""
        self._finish(reason)

    def end(self, reason: str) -> None:
        """We end it, and the gateway is told."""
        self._call.over(reason)
        self.hang_up(reason)

    # --- Wire ------------------------------------------------------------------------------

    def answer(self) -> None:
        self._answered = True
        self.session.accept()
        if not self._is_over:
            self._rhythm.join(self)

    def hang_up(self, reason: str) -> None:
        if self._is_over or self._ending:
            return
        if not self._answered:
            self.session.refuse(503, reason)
            self._finish("")
            return
        now = self._clock.seconds()
        self._ending = reason
        self._ends_at = now + ENDS_WITHIN_S
        if self._modulator.idle or self.session.audio is None:
            self._hang_up()
        else:
            self._modulator.stop()

    def answered(self, psap: str) -> None:
        pass  # there is no second leg that a voice could go over

    def bridge(self, on: bool) -> None:
        pass  # the same

    def asked(self) -> None:
        pass  # the next frame is due within 20 ms anyway

    # --- Beats -----------------------------------------------------------------------------

    def gather(self, now: float) -> None:
        audio, ear = self.session.audio, self.ear
        if audio is not None and ear is not None:
            ear.hear(audio.take(now), now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        line = self._call.talk
        if line is not None:
            self._call.tell(line.hear(samples, lost, now))

    def beat(self, due: Due, now: float) -> None:
        audio = self.session.audio
        if audio is None:
            return  # the peer has not yet answered our offer
        audio.stream.skip(due.skipped)
        for _ in range(due.frames):
            if self._is_over:
                return
            self._frame(now)
        if not self._is_over and audio.tend(now):
            self.end(f"no packet came for {self._no_packet_within:g} s")

    def failed(self) -> None:
        self._call.over("a fault of the gateway")
        self._ending = "a fault of the gateway"
        self._hang_up()

    # --- inside ----------------------------------------------------------------------------

    def _line(self, policy: Policy, now: float) -> Line:
        self.ear = self._rhythm.ear()
        falls_back = self._manners.tty.falls_back
        return Line(self.ear, self._modulator, policy, now, falls_back=falls_back)

    def _frame(self, now: float) -> None:
        audio, line = self.session.audio, self._call.talk
        if audio is None:
            return
        if not audio.stream.may_send:
            audio.stream.skip(1)  # on hold: what there is to type waits
            if self._ending:
                self._hang_up()
        elif line is not None:
            frame, events = line.frame(now)
            audio.send(frame.samples, now)
            self._call.tell(events)
        else:
            self._last_frame(now)

    def _last_frame(self, now: float) -> None:
        """Of a call that we end: the tones that have begun, and a silence behind them."""
        audio = self.session.audio
        assert audio is not None
        was_idle = self._modulator.idle
        audio.send(self._modulator.frame().samples, now)
        if self._modulator.idle and not was_idle:
            self._ends_at = min(self._ends_at, now + LINGERS_S)
        if now >= self._ends_at:
            self._hang_up()

    def _hang_up(self) -> None:
        if not self._is_over:
            self.session.hang_up(self._ending)
            self._finish(self._ending)

    def _finish(self, reason: str) -> None:
        """Nothing is left of it. Said twice, it is told once."""
        if self._is_over:
            return
        self._is_over = True
        self._call.over(reason)
        self._rhythm.leave(self)
        self.session.close()
        if self.ear is not None:
            self.ear.close()
            self.ear = None
        self._over()
