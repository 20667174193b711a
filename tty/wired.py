"""A call without audio: a TTY, or a modem that makes characters of tones, at the end of a wire.

Octets in, octets and events out, with turns as on a telephone line; sans-IO, time is an argument.
What we type is paced as on a telephone, so that a collision stops within one character and nobody
is told that a text has left which still lies in a modem. Opens no port.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from . import turns
from .code import WRITTEN, Case, reading
from .line import Conversation, LineEvent
from .pace import HOLD_MS, Pace
from .shifts import Character, Receiving, Sending
from .tokens import Token
from .turn_table import State

SAMPLES_PER_S = 8000  # `Character.at` counts in samples on every line
QUIET_S = 0.5  # without a character: what a carrier that has gone is on a telephone line
DELETE = 0x7F  # of ASCII: takes one character back, as a backspace does
NO_CODE = -1  # of a character that only ASCII has


class Codes(Enum):
    """What one octet is."""

    ASCII = "ascii"
    BAUDOT = "baudot"


class _Typist:
    """What is still to be typed. Is the `Sender` of the conversation."""

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        self.stopping = False

    def type(self, text: str) -> None:
        self.waiting.extend(text)

    def stop(self) -> None:
        self.waiting.clear()
        self.stopping = True


class WiredLine:
    """A call, from its first character or its carrier detect on. `tick` whenever `wakes_at` says;
    what is to be written to the port is taken with `octets_to_send`."""

    def __init__(self, codes: Codes, pace: Pace, policy: turns.Policy, now: float) -> None:
        self._codes = codes
        self._pace = pace
        self._began = now
        self._typist = _Typist()
        self._talk = Conversation(self._typist, pace, policy, now)
        self._receiving = Receiving()
        self._sending = Sending()
        self._left_at = now  # our last character
        self._heard_at: float | None = None  # the caller's last, while he seems to type
        self._leaves_at: float | None = None  # the character on the wire
        self._outgoing = bytearray()

    @property
    def state(self) -> State:
        return self._talk.turns.state

    @property
    def held(self) -> tuple[turns.Text, ...]:
        """What has not all left; when the call is over now, it never does."""
        return self._talk.turns.held

    def hear(self, octets: bytes, now: float) -> tuple[LineEvent, ...]:
        """Octets from the port, as they come. A control character that says nothing is dropped."""
        events = self.tick(now)
        for octet in octets:
            character = self._character(octet, now)
            if character is None:
                continue
            if self._heard_at is None:
                events += self._talk.after(self._talk.turns.carrier(True, now))
            self._heard_at = now
            events += self._talk.after(self._talk.turns.character(character, now))
        return events + self.tick(now)

    def write(self, key: str, text: str, now: float) -> tuple[LineEvent, ...]:
        """Send `text`, of the repertoire, when it is our turn. ValueError for what cannot be sent.

        `key` comes back with every character that has left (`Left`)."""
        return self._talk.after(self._talk.turns.write(key, text, now)) + self.tick(now)

    def interrupt(self, now: float) -> tuple[LineEvent, ...]:
        """What is held goes out now, whoever's turn it is."""
        return self._talk.after(self._talk.turns.interrupt(now)) + self.tick(now)

    def speak(self, mode: Token | None, now: float) -> tuple[LineEvent, ...]:
        """Token.VCO or HCO, or None: both type. A wire carries no voice; the record says it."""
        return self._talk.after(self._talk.turns.speak(mode, now)) + self.tick(now)

    def over(self, now: float) -> tuple[LineEvent, ...]:
        """The call has ended; a wire has nothing undecided but whose turn it was."""
        return self.tick(now)

    def octets_to_send(self) -> bytes:
        """What goes to the port now, once."""
        octets = bytes(self._outgoing)
        self._outgoing.clear()
        return octets

    def seconds_left(self, now: float) -> float:
        """How long what is held takes, from now."""
        return self._talk.seconds_left(now)

    def wakes_at(self) -> float | None:
        """When `tick` has something to do if nothing else happens."""
        times = [self._talk.turns.wakes_at(), self._leaves_at]
        times.append(self._heard_at + QUIET_S if self._heard_at is not None else None)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> tuple[LineEvent, ...]:
        """Time has passed: characters leave, the caller's pause counts, turns pass."""
        events: tuple[LineEvent, ...] = ()
        if self._heard_at is not None and now >= self._heard_at + QUIET_S:
            self._heard_at = None
            self._receiving = Receiving()
            events += self._talk.after(self._talk.turns.carrier(False, now))
        events += self._talk.tick(now)
        while self._leaves_at is not None and now >= self._leaves_at:
            self._left_at, self._leaves_at = self._leaves_at, None
            events += self._talk.after(self._talk.turns.character_left(self._left_at))
            # Whoever asks a little late types none the slower. After a stall the next begins now:
            # what would have been typed meanwhile lies in no modem, and nobody is told it has left.
            late = now - self._left_at >= float(self._pace.code_ms) / 1000
            self._begin(now if late else self._left_at)
        if self._typist.stopping and self._leaves_at is None:
            self._typist.stopping = False
            events += self._talk.after(self._talk.turns.stopped(now))
        if self._leaves_at is None:
            self._begin(now)
        return events

    def _begin(self, at: float) -> None:
        """Put the next character on the wire, if there is one."""
        if not self._typist.waiting:
            return
        if at - self._left_at >= HOLD_MS / 1000:
            self._sending = Sending()  # as after a carrier that has gone
        character = self._typist.waiting.popleft()
        codes, self._sending = self._sending.send(character)
        ascii_octets = character.encode("ascii")
        self._outgoing += ascii_octets if self._codes is Codes.ASCII else bytes(codes)
        # A modem of ASCII says the shifts on the telephone line, which takes as long.
        self._leaves_at = at + len(codes) * float(self._pace.code_ms) / 1000

    def _character(self, octet: int, now: float) -> Character | None:
        at = round((now - self._began) * SAMPLES_PER_S)
        if self._codes is Codes.BAUDOT:
            character, self._receiving = self._receiving.receive(octet & 0x1F, 1.0, at)
            return character
        seven = octet & 0x7F  # the eighth may be parity
        read = "\b" if seven == DELETE else chr(seven).upper()
        how = WRITTEN.get(read)
        if how is not None:
            case = how.case or Case.LETTERS
            return Character(how.code, case, read, reading(how.code, case.other), 1.0, at)
        # What a TTY has not, but the far end's keyboard had: it says itself, in either case.
        return Character(NO_CODE, Case.LETTERS, read, read, 1.0, at) if read > " " else None
