"""One call of a SIP trunk with tones: between the session's audio and a `TtyCall`.

Is the `Wire` of its call. Answers when the call is recorded, hears every sample that came and marks
those that did not, and hangs up when the character that is on the wire has left.
"""

from __future__ import annotations

from typing import Literal

from ....sip.ahead import silence
from ....sip.clock import Due
from ....sip.sweeping import Swept
from ....sip.ways import AudioWay
from ....tty.line import Line
from ....tty.tokens import Token
from ....tty.turn_table import Typed
from ....tty.turns import Policy
from ....tty.typist import Typist
from .beside import Beside
from .circuit import FAULT, Circuit
from .door import LineDoor, VoiceMode, VoiceState
from .ears import Ear, Lost, Samples
from .telephone import Ring
from .tty_call import TtyCall

# After the last tone: what is under way and in the far end's jitter buffer is heard before BYE.
LINGERS_S = 0.3
ENDS_WITHIN_S = 2.0  # from being asked to hang up: a character and its carrier take 0.5


class TrunkCall:
    """`circuit` is this call's alone. `ring`: a PSAP's telephone, for a caller who speaks."""

    def __init__(self, circuit: Circuit, door: LineDoor, ring: Ring) -> None:
        manners = circuit.manners
        self._circuit = circuit
        self.session = circuit.session
        self._call: TtyCall[Line] = TtyCall(
            door, self, lambda: manners.policy, self._line, lambda: circuit.now
        )
        self._typist: Typist | None = None  # from being answered on
        self._beside = Beside(ring, manners.telephones, self._voiced)
        self._mode = Token.VCO  # in which its telephone is rung
        self._answered = False
        self._ending = ""  # why we hang up, as soon as the tones have ended
        self._ends_at = 0.0

    # --- from the trunk --------------------------------------------------------------------

    def ring(self, line: str, ani: str, pidf: bytes | None) -> bool:
        """False: it cannot be taken now."""
        self._beside.ani = ani
        return self._call.ring(line, ani, pidf)

    def wrote(self, text: str) -> None:
        """A message within the call."""
        self._call.wrote(text)

    def moved(self, pidf: bytes) -> None:
        """A location object came within the call."""
        if (found := self._circuit.moved(pidf)) is not None:
            self._call.moved(pidf, found)

    def ended(self, reason: str) -> None:
        """The other side has ended it, or it was lost."""
        self._finish(reason)

    def give_up(self, reason: str) -> None:
        """We end it, and the gateway is told."""
        self._call.over(reason)
        self.hang_up(reason)

    # --- Wire ------------------------------------------------------------------------------

    def answer(self) -> None:
        self._answered = True
        self.session.accept()
        if not self._circuit.is_over:
            self._circuit.join(self)

    def hang_up(self, reason: str) -> None:
        if self._circuit.is_over or self._ending:
            return
        self._beside.let_go(reason)
        self._attend()
        if not self._answered:
            self.session.refuse(503, reason)
            self._finish("")
            return
        now = self._circuit.now
        self._ending = reason
        self._ends_at = now + ENDS_WITHIN_S
        if self._typist is None or self._typist.idle or self.session.audio is None:
            self._hang_up()
        else:
            self._typist.stop()

    def answered(self, psap: str) -> None:
        self._beside.psap = psap
        self._pass_voices(self._beside.may_ring)

    def bridge(self, on: bool) -> None:
        pass  # what a voice must not be heard with is found in each frame (`bridge.Bridge`)

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        if not mode:
            self._beside.let_go("the voice is wanted no more")
            self._pass_voices(self._beside.may_ring)
            self._speak(None)
            return
        self._mode = Token[mode.upper()]
        self._attend()
        if number == self._beside.number:
            self._speak(self._mode if self._beside.is_open else None)
        else:
            self._beside.join(number, psap)

    def asked(self) -> None:
        pass  # the next frame is due within 20 ms anyway

    # --- Beats -----------------------------------------------------------------------------

    @property
    def ear(self) -> Ear | None:
        return self._circuit.ear

    @property
    def listens(self) -> bool:
        return self._beside.is_open  # a telephone hears what is said

    def gather(self, now: float) -> None:
        audio, ear = self.session.audio, self.ear
        if audio is not None and ear is not None:
            ear.hear(audio.take(now), now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        line = self._call.talk
        if line is not None:
            events = line.hear(samples, lost, now)
            typed = any(isinstance(one, Typed) and not one.echo for one in events)
            self._beside.hear(samples, lost, now, typed=typed)
            self._call.tell(events)

    def beat(self, due: Due, now: float) -> None:
        audio = self.session.audio
        if audio is None:
            return  # the peer has not yet answered our offer
        self._beside.beat(due, now)
        audio.ahead.between = self._beside.said if self._is_joined else silence
        audio.ahead.passes(due)
        self._say(audio, now)
        if not self._circuit.is_over and audio.tend(now):
            self.give_up(self._circuit.silence)

    def rest(self, now: float) -> Swept | None:
        audio, line = self.session.audio, self._call.talk
        if audio is None or line is None or self._is_joined or self._circuit.is_over:
            return None
        return audio.rest(line.rests(audio.wake))

    def follow(self) -> Swept | None:
        audio, ear = self.session.audio, self.ear
        if audio is None or ear is None or self._is_joined or not ear.follows:
            return None
        return audio.follow(ear.went_on)

    def failed(self) -> None:
        self._call.over(FAULT)
        self._ending = FAULT
        self._hang_up()

    # --- inside ----------------------------------------------------------------------------

    @property
    def _is_joined(self) -> bool:
        """Whether there is a telephone: then each frame is said and heard."""
        return self._beside.number != 0

    def _attend(self) -> None:
        if (audio := self.session.audio) is not None:
            audio.attend()

    def _line(self, policy: Policy, now: float) -> Line:
        line = self._circuit.listen(self._circuit.manners.modulator(), policy, now)
        self._typist = line.typist
        return line

    def _say(self, audio: AudioWay, now: float) -> None:
        line = self._call.talk
        if not audio.stream.may_send:
            audio.ahead.pause()  # on hold: what there is to type waits
            if self._ending:
                self._hang_up()
        elif line is not None:
            if said := line.beat(audio.ahead, now):
                self._call.tell(said)
        else:
            self._say_last(audio, now)

    def _say_last(self, audio: AudioWay, now: float) -> None:
        """Of a call that we end: the tones that have begun, and a silence behind them."""
        typist = self._typist
        assert typist is not None  # it was answered
        was_idle = typist.idle
        typist.left(audio.ahead, now)
        typist.go_on(audio.ahead)
        if typist.idle and not was_idle:
            self._ends_at = min(self._ends_at, now + LINGERS_S)
        if now >= self._ends_at:
            self._hang_up()

    def _hang_up(self) -> None:
        if not self._circuit.is_over:
            self.session.hang_up(self._ending)
            self._finish(self._ending)

    def _finish(self, reason: str) -> None:
        self._beside.let_go("the caller's call is over")
        self._circuit.finish(self, lambda: self._call.over(reason))

    def _voiced(self, number: int, state: VoiceState, reason: str) -> None:
        """What became of the telephone. Where it is none, a caller who speaks is told so."""
        self._pass_voices(state == "open")
        self._speak(self._mode if state == "open" else None)
        self._call.voiced(number, state, reason)

    def _pass_voices(self, on: bool) -> None:
        if (line := self._call.talk) is not None:
            self._call.tell(line.pass_voices(on, self._circuit.now))

    def _speak(self, mode: Token | None) -> None:
        if (line := self._call.talk) is not None:
            self._call.tell(line.speak(mode, self._circuit.now))
