"""One call of a SIP trunk with real-time text (T.140, RFC 4103): between its session and the door.

Is the `Leg` of its call. Where text was agreed, text is what both sides type with, whatever else
was agreed (RFC 5194: it stands beside the audio and is never made of it). The audio is listened to
all the same: behind a gateway that offers text for every call there may be a TTY. Once one has been
heard and no text has come, what we type goes out both ways, as text and in tones. Where the PSAP
has a telephone, the audio carries voices both ways beside the text, as beside tones.

What is erased comes as "\\b", a hole that nothing filled as U+FFFD. There are no turns. A caller
who types nothing is probed as on a TTY.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ....sip.clock import Due
from ....sip.t140 import INTERVAL, NEW_LINE, NO_TEXT
from ....sip.ways import AudioWay, TextWay
from ....tty.line import Line, LineEvent
from ....tty.paper import on_paper
from ....tty.receiving import Detected
from ....tty.spelling import spell
from ....tty.turn_table import CallerSpeaks, Typed
from ...core.values import Character, DialogueId
from .beside import Beside
from .circuit import FAULT, Circuit
from .door import LineDoor, VoiceMode, VoiceState
from .ears import Ear, Lost, Samples
from .telephone import Ring
from .tty_call import character_of

# The last text and its two repetitions (RFC 4103, 5.1), and a little for the way.
LINGERS_S = 4 * INTERVAL
MS = 1000


@dataclass(slots=True)
class _Said:
    """A text of ours. `begins`, `ends`: counted in all that we ever said. `key`: of `Leg.write`;
    "" for a text of the line's own."""

    key: str
    text: str
    begins: int
    ends: int
    left: int = 0


class RttCall:
    """`circuit` is this call's alone. `ring`: a PSAP's telephone, for a caller who speaks."""

    def __init__(self, circuit: Circuit, door: LineDoor, ring: Ring) -> None:
        self._circuit = circuit
        self.session = circuit.session
        self._manners = circuit.manners
        self._door = door
        self._beside = Beside(ring, self._manners.telephones, self._voiced)
        self._passes = self._manners.policy.voice_leg  # a voice may be given to somebody
        self._dialogue: DialogueId | None = None
        self._tones: Line | None = None  # who listens to the audio
        self._is_tty = False  # tones of one were heard, and no text
        self._has_typed = False
        self._noticed = False
        self._answered_at: float | None = None
        self._typed_at = 0.0  # when the caller last typed
        self._is_mute = False  # no sound has come for too long
        self._out: list[_Said] = []
        self._length = 0  # of all that was said
        self._probe_at: float | None = None
        self._probes = 0
        self._ending = ""
        self._ends_at = 0.0

    # --- from the trunk --------------------------------------------------------------------

    def ring(self, line: str, ani: str, pidf: bytes | None) -> bool:
        """False: it cannot be taken now."""
        self._beside.ani = ani
        voice = self._passes and self.session.audio is not None
        self._dialogue = self._door.begin(line, ani, "rtt", pidf, self, voice=voice)
        return self._dialogue is not None

    def wrote(self, text: str) -> None:
        """A message within the call."""
        self._has_typed, self._probe_at = True, None
        self._typed_at = self._circuit.now
        self._tell([Character(letter) for letter in text])

    def moved(self, pidf: bytes) -> None:
        """A location object came within the call."""
        found, dialogue = self._circuit.moved(pidf), self._dialogue
        if found is not None and dialogue is not None:
            self._door.moved(dialogue, pidf, found)

    def ended(self, reason: str) -> None:
        """The other side has ended it, or it was lost."""
        self._finish(reason)

    def give_up(self, reason: str) -> None:
        """We end it, and the gateway is told."""
        self._tell_end(reason)
        self.end(reason)

    # --- Leg -------------------------------------------------------------------------------

    def accept(self) -> None:
        now = self._circuit.now
        self._answered_at = now
        policy = self._manners.policy
        self._probe_at = now + policy.probe_after_s if policy.probe else None
        self.session.accept()
        if self._circuit.is_over:
            return
        if self.session.audio is not None:
            self._listen(now)
        if self.session.text is not None:
            self._say(self.session.text, "", NO_TEXT)  # T.140, 8.1: this is UTF-8, and it begins
        self._circuit.join(self)

    def write(self, key: str, text: str, interrupt: bool) -> None:
        way, now = self.session.text, self._circuit.now
        self._probe_at = None
        if way is None or self._ending:
            return
        self._say(way, key, text, NEW_LINE)
        if self._is_tty and self._tones is not None and (spelled := on_paper(spell(text).text)):
            self._heard(self._tones.write(key, spelled, now))
            if interrupt:
                self._heard(self._tones.interrupt(now))

    def interrupt(self) -> None:
        if self._is_tty and self._tones is not None:  # text waits for nobody's turn
            self._heard(self._tones.interrupt(self._circuit.now))

    def answered(self, psap: str) -> None:
        self._beside.psap = psap
        self._passes = self._beside.may_ring

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        if mode:
            self._beside.join(number, psap)  # both may speak in either mode
        else:
            self._beside.let_go("the voice is wanted no more")

    def end(self, reason: str) -> None:
        self._dialogue = None
        self._beside.let_go(reason)
        if self._circuit.is_over or self._ending:
            return
        if self._answered_at is None:
            self.session.refuse(503, reason)
            self._finish("")
            return
        self._ending = reason
        self._ends_at = self._circuit.now + (LINGERS_S if self._out else 0.0)

    # --- Beats -----------------------------------------------------------------------------

    @property
    def ear(self) -> Ear | None:
        return self._circuit.ear

    @property
    def listens(self) -> bool:
        return self._beside.is_open  # a telephone hears what is said

    def gather(self, now: float) -> None:
        audio, text = self.session.audio, self.session.text
        if audio is not None and self.ear is None and self._answered_at is not None:
            self._listen(now)  # added by a later offer
        if audio is not None and self.ear is not None:
            heard = audio.take(now)
            self._is_mute = self._is_mute and not heard
            self.ear.hear(heard, now)
        if text is not None and (typed := text.take(now)):
            self._typed(typed, now)

    def hear(self, samples: Samples, lost: Lost, now: float) -> None:
        if self._tones is not None:
            events = self._tones.hear(samples, lost, now)
            typed = any(isinstance(one, Typed) and not one.echo for one in events)
            self._beside.hear(samples, lost, now, typed=typed)
            self._heard(events)

    def beat(self, due: Due, now: float) -> None:
        self._probe(now)
        text, audio = self.session.text, self.session.audio
        if text is not None:
            text.tend(now)
            self._tell_left(text)
        if audio is None:
            self._beside.give_up("the caller's call has no sound any more")
        else:
            self._sound(audio, due, now)
        if self._ending and now >= self._ends_at:
            self.session.hang_up(self._ending)
            self._finish("")

    def rest(self, now: float) -> None:
        """Its text is said in every beat."""

    def follow(self) -> None:
        """Its sound may be a telephone's, too."""

    def failed(self) -> None:
        self._tell_end(FAULT)
        self.session.hang_up(FAULT)
        self._finish("")

    # --- inside ----------------------------------------------------------------------------

    def _sound(self, audio: AudioWay, due: Due, now: float) -> None:
        """Tones for a TTY, else what the telephone says; no packets where there is neither."""
        self._beside.beat(due, now)
        audio.ahead.between = self._beside.said
        audio.ahead.passes(due)
        tones = self._tones if self._is_tty else None
        if not audio.stream.may_send or (tones is None and not self._beside.is_open):
            audio.ahead.pause()
        elif tones is not None:
            self._heard(tones.beat(audio.ahead, now))
        else:
            audio.ahead.rest()
        if audio.tend(now):
            self._is_mute = True
        lasts = now < self._typed_at + self._circuit.no_packet_within  # who types is there
        if self._is_mute and not lasts and not self._circuit.is_over:
            self.give_up(self._circuit.silence)

    def _voiced(self, number: int, state: VoiceState, reason: str) -> None:
        if self._dialogue is not None:
            self._door.voiced(self._dialogue, number, state, reason)

    def _listen(self, now: float) -> None:
        policy = replace(self._manners.policy, probe="")  # it is probed in text
        self._tones = self._circuit.listen(self._manners.modulator(), policy, now)

    def _typed(self, text: str, now: float) -> None:
        self._has_typed, self._probe_at = True, None
        self._typed_at = now
        assert self._answered_at is not None  # text is taken from the beat, which comes after it
        at_ms = round((now - self._answered_at) * MS)
        self._tell([Character(letter, at_ms=at_ms) for letter in text])

    def _tell(self, characters: list[Character]) -> None:
        if characters and self._dialogue is not None:
            self._door.typed(self._dialogue, tuple(characters))

    def _heard(self, events: Iterable[LineEvent]) -> None:
        """What the audio brought. Its turns are nobody's: there is text."""
        dialogue = self._dialogue
        if dialogue is None:
            return
        typed: list[Character] = []
        for event in events:
            match event:
                case Typed():
                    typed.append(character_of(event.character, echo=event.echo))
                case Detected():
                    self._is_tty, self._probe_at = not self._has_typed, None
                    self._door.detected(dialogue)
                case CallerSpeaks(on):
                    self._door.speaks(dialogue, on)
                    self._notice(on)
                case _:
                    pass
        self._tell(typed)

    def _notice(self, on: bool) -> None:
        way = self.session.text
        if on and not (self._passes or self._noticed) and way is not None:
            self._noticed = True
            self._say(way, "", self._manners.policy.no_voice, NEW_LINE)

    def _probe(self, now: float) -> None:
        way, policy = self.session.text, self._manners.policy
        if self._probe_at is None or now < self._probe_at or way is None or self._ending:
            return
        self._probes += 1
        more = self._probes < policy.probes_max
        self._probe_at = now + policy.probe_again_s if more else None
        self._say(way, "", policy.probe, NEW_LINE)

    def _say(self, way: TextWay, key: str, text: str, after: str = "") -> None:
        way.stream.say(text + after)
        ends = self._length + len(text)
        self._out.append(_Said(key, text, self._length, ends))
        self._length = ends + len(after)

    def _tell_left(self, way: TextWay) -> None:
        gone = self._length - len(way.stream.waiting)
        while self._out:
            one = self._out[0]
            left = max(0, min(gone, one.ends) - one.begins)
            if left > one.left:
                one.left = left
                self._tell_one(one, whole=gone >= one.ends)
            if gone < one.ends:
                return
            self._out.pop(0)

    def _tell_one(self, one: _Said, *, whole: bool) -> None:
        if self._dialogue is None:
            return
        if one.key:
            self._door.left(self._dialogue, one.key, one.left, whole)
        elif whole and one.text != NO_TEXT:
            self._door.said(self._dialogue, one.text)

    def _tell_end(self, reason: str) -> None:
        if self._tones is not None:
            self._heard(self._tones.over(self._circuit.now))
            self._tones = None
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            self._door.ended(dialogue, reason)

    def _finish(self, reason: str) -> None:
        self._beside.let_go("the caller's call is over")
        self._circuit.finish(self, lambda: self._tell_end(reason))
