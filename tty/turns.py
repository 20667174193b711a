"""Whose turn it is on a half-duplex line: what was written waits, and neither side loses a word.

A value with verbs; each takes the time (s, monotonic) and returns the next value and what is to be
done. The transitions are the table NEXT in `turn_table`. Knows no modem and no gateway.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from .code import written
from .paper import on_paper
from .shifts import Character
from .spelling import NEW_LINE
from .tokens import Token, token, turn_end
from .turn_table import (
    NEXT,
    Bridge,
    CallerSpeaks,
    Changed,
    Command,
    Heard,
    Input,
    Left,
    State,
    Stop,
    Type,
    Typed,
)

MUTE_S = 0.3  # after our last character its echo still arrives (TIA-825)
HANDED_S = 0.4  # carrier gone after GA: 300 ms to be sure, 400 before we may send (V.18 A)
SILENCE_S = 3.0  # no carrier and no GA: the line is free
STUCK_S = 10.0  # a carrier without characters does not hold the line for ever
ECHO_SURE = 3  # our own characters in a row, new lines apart, are an echo; fewer may be chance
ECHO_COMPARED = 6  # the last of them are looked for in what we sent
ECHO_MEMORY = 12  # characters; no echo comes later
ECHO_LATE_S = 1.0  # after our last character, with all that holds its echo up
NOTICE = "no-voice"  # the key of the notice; a probe's is "probe-" and its number

_TYPING = frozenset({State.SENDING, State.INTERRUPTING})
_ECHOING = _TYPING | {State.MUTED}
_QUIET = frozenset({State.OURS, State.THEIRS, State.SPEAKING})  # no tones on the line
_ENDS_WORD = " \r\n"
_LINE_ENDS = (NEW_LINE, NEW_LINE[::-1])
_NEW_LINE = frozenset(written(one).code for one in NEW_LINE)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is configured. Times in s. Texts are of the repertoire."""

    probe: str = "911 WHAT IS YOUR EMERGENCY QQ GA"  # to a call that brings no text; "": none
    probe_after_s: float = 3.0
    probe_again_s: float = 15.0  # from the start of one to the start of the next
    probes_max: int = 3
    voice_leg: bool = False  # whether the PSAP can be given the caller's voice
    no_voice: str = "YOUR VOICE CANNOT BE HEARD HERE PLEASE TYPE GA"


class Text(Struct, frozen=True):
    """Written for the caller; `left` characters of it have left the wire. `lead`: what goes before
    the rest of it, is none of it and is not told of."""

    key: str
    text: str
    left: int = 0
    lead: str = ""

    @property
    def rest(self) -> str:
        """What is still to leave."""
        return self.lead + self.text[self.left :]


class Turns(Struct, frozen=True):
    """One line from its answering on. `begin` makes it. A struct, because each character makes some
    of them, and two hundred callers may type one in the same beat."""

    policy: Policy
    state: State = State.OURS
    until: float | None = None  # when the state ends by itself
    held: tuple[Text, ...] = ()  # has not all left; the first is the one on the wire
    said: str = ""  # by the caller in this turn
    begun_line: bool = False  # the caller typed last, and has ended no line since
    heard_at: float = 0.0  # the caller's last character
    carrier_on: bool = False
    given: bool = False  # our last text handed the line over
    sent: bytes = b""  # the codes that left last, for knowing their echo
    left_at: float = 0.0  # the last of them
    echo: tuple[Character, ...] = ()  # a run of them that came back
    mode: Token | None = None  # VCO or HCO
    noticed: bool = False  # the caller has been told that nobody hears him
    bridged: bool = False
    probe_at: float | None = None
    probes: int = 0

    @property
    def rest(self) -> str:
        """All that is held, as it will leave."""
        begins = bool(self.held) and self.begun_line and self.state not in _TYPING
        return (NEW_LINE if begins else "") + "".join(one.rest for one in self.held)

    def write(self, key: str, text: str, now: float) -> Step:
        """Send `text`, of the repertoire and not empty, as soon as it is our turn."""
        for character in text:
            written(character)
        if not text:
            raise ValueError(f"text {key!r} for a TTY is empty; nothing would ever leave")
        return replace(self, probe_at=None)._hold(key, text, now)

    def interrupt(self, now: float) -> Step:
        """The key of the console: what is held goes out now. With nothing held it does nothing."""
        return self._go(Input.INTERRUPT, now) if self.held else (self, ())

    def character_left(self, now: float) -> Step:
        """One more character of the text on the wire has left it."""
        if self.state not in _TYPING | {State.STOPPING} or not self.held:
            raise ValueError("a character left the wire, and no text was on it")
        text = self.held[0]
        code = written(text.rest[0]).code
        sent = (self.sent + bytes((code,)))[-ECHO_MEMORY - ECHO_COMPARED :]
        if text.lead:
            text = replace(text, lead=text.lead[1:])
            return replace(self, sent=sent, left_at=now, held=(text, *self.held[1:])), ()
        text = replace(text, left=text.left + 1)
        whole = text.left == len(text.text)
        done: Commands = (Left(text.key, text.left, whole),)
        line = replace(self, sent=sent, left_at=now, held=(text, *self.held[1:]))
        if not whole:
            return line, done
        line = replace(line, held=self.held[1:], given=turn_end(text.text) is not None)
        if line.held and line.state in _TYPING:
            return line, (*done, Type(line.held[0].key, line.held[0].text))
        return _after(done, line._go(Input.SENT, now))

    def stopped(self, now: float) -> Step:
        """The modulator is quiet, as `Stop` asked."""
        line, done = self._go(Input.STOPPED, now)
        return (line, done) if line.carrier_on else _after(done, line._go(Input.CARRIER_OFF, now))

    def carrier(self, on: bool, now: float) -> Step:
        """The receiver found a carrier, or lost it."""
        line = replace(self, carrier_on=on)
        return line._go(Input.CARRIER_ON if on else Input.CARRIER_OFF, now)

    def character(self, character: Character, now: float) -> Step:
        """The receiver accepted a character: the caller's, or ours come back."""
        sure = _telling(self._came_back) >= ECHO_SURE
        if self.state not in _ECHOING and not (sure and now < self.left_at + ECHO_LATE_S):
            return self._typed((), character, now)
        if not character.reading:
            return self, (Typed(character, echo=True),)
        run = (*self.echo, character)[-ECHO_COMPARED:]
        if bytes(one.code & 0xFF for one in run) in self.sent:
            return replace(self, echo=run), (Typed(character, echo=True),)
        # So few may have been the caller's by chance: nothing of his may be lost.
        released = () if sure else self.echo
        return replace(self, echo=())._typed(released, character, now)

    def voice(self, on: bool, now: float) -> Step:
        """Somebody is heard speaking, or no more."""
        done: Commands = (CallerSpeaks(on),)
        turns = self.mode is Token.VCO and self.policy.voice_leg
        if turns or self.state is State.SPEAKING:
            return _after(done, self._go(Input.VOICE_ON if on else Input.VOICE_OFF, now))
        if on and not (self.policy.voice_leg or self.noticed):
            line = replace(self, noticed=True)
            return _after(done, line._hold(NOTICE, on_paper(self.policy.no_voice), now))
        return self, done

    def speak(self, mode: Token | None, now: float) -> Step:
        """VCO or HCO chosen at the console; None: both type. The caller chooses by typing it."""
        if mode not in (Token.VCO, Token.HCO, None):
            raise ValueError(f"a call is VCO, HCO or typed, not {mode}")
        return replace(self, mode=mode)._settled(now)

    def pass_voices(self, on: bool, now: float) -> Step:
        """Whether somebody can be given the caller's voice, from now on: `Policy.voice_leg`."""
        policy = dataclasses.replace(self.policy, voice_leg=on)
        return replace(self, policy=policy)._settled(now)

    def wakes_at(self) -> float | None:
        """When `tick` has something to do if nothing else happens."""
        times = [at for at in (self.until, self._probes_at()) if at is not None]
        return min(times, default=None)

    def tick(self, now: float) -> Step:
        """Time has passed."""
        if self.until is not None and now >= self.until:
            muted = self.state is State.MUTED
            return self._unmuted(now) if muted else self._go(Input.PASSED, now)
        probes_at = self._probes_at()
        if probes_at is not None and now >= probes_at:
            number = self.probes + 1
            again = now + self.policy.probe_again_s if number < self.policy.probes_max else None
            line = replace(self, probes=number, probe_at=again)
            return line._hold(f"probe-{number}", on_paper(self.policy.probe), now)
        return self, ()

    def _unmuted(self, now: float) -> Step:
        """Our echo is over, and whoever is heard now is the caller."""
        if self._doubted:
            *before, last = self._doubted
            line, done = replace(self, echo=())._typed(tuple(before), last, now)
            return (
                (line, done) if line.carrier_on else _after(done, line._go(Input.CARRIER_OFF, now))
            )
        line, done = self._go(Input.GIVEN if self.given else Input.FREE, now)
        still = line.carrier_on and line.state is not State.SENDING
        return _after(done, line._go(Input.CARRIER_ON, now)) if still else (line, done)

    @property
    def _doubted(self) -> tuple[Character, ...]:
        """What was taken for our echo, and is too little of it for that: the caller's."""
        few = _telling(self._came_back) < min(ECHO_SURE, _telling(self.sent))
        return self.echo if few else ()

    @property
    def _came_back(self) -> bytes:
        return bytes(one.code & 0xFF for one in self.echo)

    def _probes_at(self) -> float | None:
        # A voice, which may be noise, puts no probe off: behind it may be somebody who types.
        return self.probe_at if self.state is State.OURS else None

    def _hold(self, key: str, text: str, now: float) -> Step:
        return replace(self, held=(*self.held, Text(key, text)))._settled(now)

    def _typed(self, released: tuple[Character, ...], character: Character, now: float) -> Step:
        """The caller's characters, which end the probing and may end words."""
        line = self
        done: Commands = ()
        for one in (*released, character):
            line, done = _after(done, line._spelled(one))
        if not character.reading:
            return line, done
        line = replace(line, heard_at=now, probe_at=None)
        return _after(done, line._go(Input.TYPED, now))

    def _spelled(self, character: Character) -> Step:
        said, read = self.said, character.reading
        if read == "\b":
            return replace(self, said=said[:-1]), (Typed(character),)
        line = replace(self, said=said + read)
        if read:
            ended = line.said.endswith(_LINE_ENDS)
            line = replace(line, begun_line=not ended)
        done: Commands = (Typed(character),)
        return _after(done, line._word(said)) if read and read in _ENDS_WORD else (line, done)

    def _word(self, said: str) -> Step:
        """The word that has just ended, if it is about turns; GA and SK wait for the turn's end."""
        last = said.split()[-1:] if said and said[-1] not in _ENDS_WORD else []
        match token(last[0]) if last else None:
            case Token.VCO | Token.HCO as mode:
                return replace(self, mode=mode), (Heard(mode),)
            case Token.QQ | Token.HD | Token.XXX as heard:
                return self, (Heard(heard),)
            case _:
                return self, ()

    def _go(self, what: Input, now: float) -> Step:
        """One step of the table, and what it takes to be in the next state."""
        state = NEXT[self.state][what]
        line = replace(self, state=state)
        done: Commands = ()
        if what is Input.PASSED:
            line, done = line._passed()
        if state is not self.state or what in (Input.TYPED, Input.PASSED):
            line = replace(line, until=self._ends(state, now))
        if state is not self.state:
            done = (*done, Changed(state))
            if state in _TYPING and self.state not in _TYPING:
                for one in self._doubted:
                    line, done = _after(done, line._spelled(one))
                line = replace(line, given=False, echo=(), sent=b"")._on_a_line_of_its_own()
                done = (*done, Type(line.held[0].key, line.held[0].rest))
            elif state is State.STOPPING:
                done = (*done, Stop())
        return _after(done, line._settled(now))

    def _on_a_line_of_its_own(self) -> Turns:
        """Our turn begins: behind what the caller typed, which his paper shows too. Without it his
        line would go on with ours, and print over itself where a line of the paper ends."""
        first, *behind = self.held
        first = replace(first, lead=NEW_LINE if self.begun_line else "")
        return replace(self, begun_line=False, held=(first, *behind))

    def _ends(self, state: State, now: float) -> float | None:
        match state:
            case State.MUTED:
                return now + MUTE_S
            case State.HEARING:
                return now + STUCK_S
            case State.THEIRS if self.state is State.HEARING and turn_end(self.said):
                return now + HANDED_S
            case State.THEIRS if self.state is State.HEARING:
                return max(self.heard_at + SILENCE_S, now + HANDED_S)
            case State.THEIRS:
                return now + SILENCE_S
            case _:
                return None

    def _passed(self) -> Step:
        """The caller's turn is over: its last word, and what ended it."""
        line, done = self._word(self.said)
        ended = turn_end(self.said)
        return replace(line, said=""), (*done, Heard(ended)) if ended else done

    def _settled(self, now: float) -> Step:
        """What is held leaves as soon as the line is ours; voice passes where no tones are."""
        if self.state is State.OURS and self.held:
            return self._go(Input.WRITTEN, now)
        bridged = self.policy.voice_leg and self.mode is not None and self.state in _QUIET
        if bridged == self.bridged:
            return self, ()
        return replace(self, bridged=bridged), (Bridge(bridged),)


def _telling(codes: bytes) -> int:
    """How many of them tell whose they are: new lines are everybody's."""
    return sum(code not in _NEW_LINE for code in codes)


Commands = tuple[Command, ...]
Step = tuple[Turns, Commands]


def _after(done: Commands, step: Step) -> Step:
    line, more = step
    return line, (*done, *more)


def begin(policy: Policy, now: float) -> Turns:
    """A call has been answered: the answering side types first, and a silent caller is probed."""
    return Turns(policy, probe_at=now + policy.probe_after_s if policy.probe else None)
