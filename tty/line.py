"""One call's audio: modem, shifts and turns joined. Frames and lost-mask in, frames and events out.

Sans-IO: a shell gives it what was heard and asks it for a frame every 20 ms, with the time. It
conceals nothing, knows no call signalling and never asks for a hang-up.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Protocol, assert_never

import numpy as np
from numpy.typing import NDArray

from . import turns
from .modulator import Frame, Modulator
from .pace import LEAD_IN_MS, Pace, seconds_on_wire
from .receiving import Carrier, Code, Detected, Event, Receiver, Voice
from .shifts import Receiving
from .tokens import Token
from .turn_table import (
    Bridge,
    CallerSpeaks,
    Changed,
    Heard,
    Left,
    State,
    Stop,
    Type,
    Typed,
)
from .typist import Outlet, Typist

LineEvent = Typed | Heard | Changed | Left | Bridge | CallerSpeaks | Detected
_TYPING = frozenset({State.SENDING, State.INTERRUPTING})


class Sender(Protocol):
    """What types for us; it is asked by others how far it is."""

    def type(self, text: str) -> None:
        """Send `text` behind what is still to be sent."""
        ...

    def stop(self) -> None:
        """Forget what has not begun; the character on the wire finishes."""
        ...


class Conversation:
    """Turns that are kept: of each step the next value is remembered, what concerns the sender goes
    to it, and the rest is answered. What all lines have in common, whatever brings the characters.
    """

    def __init__(self, sender: Sender, pace: Pace, policy: turns.Policy, now: float) -> None:
        self._sender = sender
        self._pace = pace
        self.turns = turns.begin(policy, now)
        self.wakes_at = self.turns.wakes_at()
        self._roused: Callable[[], None] = _nobody
        self._roused_before = -inf

    def after(self, step: turns.Step) -> tuple[LineEvent, ...]:
        self.turns, commands = step
        self.wakes_at = self.turns.wakes_at()
        rouses = self.wakes_at is not None and self.wakes_at < self._roused_before
        events: list[LineEvent] = []
        for command in commands:
            match command:
                case Type(_, text):
                    self._sender.type(text)
                    rouses = True
                case Stop():
                    self._sender.stop()
                    rouses = True
                case _:
                    events.append(command)
        if rouses:
            self._roused_before = -inf
            self._roused()
        return tuple(events)

    def rests(self, until: float, roused: Callable[[], None]) -> None:
        """`roused` is called if there is something to do before that; once at least."""
        self._roused, self._roused_before = roused, until

    def is_due(self, now: float) -> bool:
        """Whether `tick` has something to do."""
        return self.wakes_at is not None and self.wakes_at <= now

    def tick(self, now: float) -> tuple[LineEvent, ...]:
        return self.after(self.turns.tick(now)) if self.is_due(now) else ()

    def seconds_left(self, now: float) -> float:
        """On the wire, for all that is held; not what the caller's own turn may take."""
        rest = self.turns.rest
        seconds = seconds_on_wire(rest, self._pace)
        if not rest or self.turns.state not in _TYPING or not self.turns.sent:
            return seconds
        # The lead-in is behind us, and so is some of the character on the wire.
        begun = min(now - self.turns.left_at, float(self._pace.code_ms) / 1000)
        return seconds - LEAD_IN_MS / 1000 - begun


def _nobody() -> None:
    """Nobody rests."""


class Line:
    """A call, from its answering on.

    `policy`: what is said to a silent caller, and whether voices are passed on. `falls_back`: the
    far end is radio teletype, which goes back to letters at a space and says no shift."""

    def __init__(
        self,
        receiver: Receiver,
        modulator: Modulator,
        policy: turns.Policy,
        now: float,
        *,
        falls_back: bool = False,
    ) -> None:
        self.typist = Typist(modulator)
        self._receiver = receiver
        self._talk = Conversation(self.typist, modulator.pace, policy, now)
        self._fresh = Receiving(falls_back=falls_back)
        self._receiving = self._fresh

    @property
    def state(self) -> State:
        return self._talk.turns.state

    @property
    def held(self) -> tuple[turns.Text, ...]:
        """What has not all left; when the call is over now, it never does."""
        return self._talk.turns.held

    def hear(
        self, samples: NDArray[np.int16], lost: NDArray[np.bool_], now: float
    ) -> tuple[LineEvent, ...]:
        """Audio from the caller at 8,000 samples a second, any length. `lost` marks the samples
        that no packet brought; what stands there is not looked at."""
        return self._heard(self._receiver.push(samples, lost), now)

    def over(self, now: float) -> tuple[LineEvent, ...]:
        """The call has ended: what the receiver had not yet decided."""
        return self._heard(self._receiver.finish(), now)

    def frame(self, now: float) -> tuple[Frame, tuple[LineEvent, ...]]:
        """The next 160 samples for a caller who hears them at once; asked every 20 ms, also while
        there is silence. Who sends them over a network says `beat` instead."""
        events = self.tick(now)
        frame = self.typist.frame()
        return frame, events + self._left([frame], now)

    def rests(self, roused: Callable[[], None]) -> float:
        """Until when `beat` will rest and tell nothing, if nothing happens; minus infinity: it does
        not rest now. If something happens before that, `roused` is called."""
        if not self.typist.quiet:
            return -inf
        until = inf if self._talk.wakes_at is None else self._talk.wakes_at
        self._talk.rests(until, roused)
        return until

    def beat(self, outlet: Outlet, now: float) -> tuple[LineEvent, ...]:
        """Every 20 ms: what is due goes to the outlet, and some of what comes after it."""
        if self.typist.quiet:
            if not self._talk.is_due(now):  # as nearly always
                outlet.rest()
                return ()
            events = self.tick(now)
            if self.typist.quiet:
                outlet.rest()
                return events
            events += self._left(self.typist.left(outlet, now), now)
        else:
            events = self._left(self.typist.left(outlet, now), now)
            events += self.tick(now)
        return events + self._left(self.typist.go_on(outlet), now)

    def write(self, key: str, text: str, now: float) -> tuple[LineEvent, ...]:
        """Send `text`, of the repertoire, when it is our turn. ValueError for what cannot be sent.

        `key` comes back with every character that has left (`Left`)."""
        return self._talk.after(self._talk.turns.write(key, text, now))

    def interrupt(self, now: float) -> tuple[LineEvent, ...]:
        """What is held goes out now, whoever's turn it is."""
        return self._talk.after(self._talk.turns.interrupt(now))

    def speak(self, mode: Token | None, now: float) -> tuple[LineEvent, ...]:
        """Token.VCO or HCO, or None: both type."""
        return self._talk.after(self._talk.turns.speak(mode, now))

    def pass_voices(self, on: bool, now: float) -> tuple[LineEvent, ...]:
        """Whether somebody can be given the caller's voice, from now on."""
        return self._talk.after(self._talk.turns.pass_voices(on, now))

    def tick(self, now: float) -> tuple[LineEvent, ...]:
        """Time has passed; `frame` does this too."""
        return self._talk.tick(now)

    def wakes_at(self) -> float | None:
        """When `tick` has something to do, for whoever asks for no frames."""
        return self._talk.turns.wakes_at()

    def seconds_left(self, now: float) -> float:
        """How long what is held takes on the wire, from now."""
        return self._talk.seconds_left(now)

    def _left(self, frames: list[Frame], now: float) -> tuple[LineEvent, ...]:
        events: tuple[LineEvent, ...] = ()
        for frame in frames:
            for _ in range(frame.left):
                events += self._talk.after(self._talk.turns.character_left(now))
            if frame.stopped:
                events += self._talk.after(self._talk.turns.stopped(now))
        return events

    def _heard(self, heard: tuple[Event, ...], now: float) -> tuple[LineEvent, ...]:
        events: tuple[LineEvent, ...] = ()
        for one in heard:
            match one:
                case Detected():
                    events += (one,)
                case Carrier(on):
                    if on:
                        self._receiving = self._fresh  # every carrier begins in letters
                    events += self._talk.after(self._talk.turns.carrier(on, now))
                case Code(code, at, confidence):
                    character, self._receiving = self._receiving.receive(code, confidence, at)
                    events += self._talk.after(self._talk.turns.character(character, now))
                case Voice(on):
                    events += self._talk.after(self._talk.turns.voice(on, now))
                case _:
                    assert_never(one)
        return events
