"""A line whose turns are played: its modulator reports what the test says has left."""

from __future__ import annotations

from text911.tty.shifts import Character, receive, send
from text911.tty.turn_table import Command, State, Typed
from text911.tty.turns import Policy, Step, Turns, begin

QUIET = Policy(probe="")
WITH_VOICE = Policy(probe="", voice_leg=True)


def characters(text: str) -> tuple[Character, ...]:
    return receive([code for codes in send(text) for code in codes])


class Line:
    """A line with a modulator that reports what the test says has left."""

    def __init__(self, policy: Policy = QUIET) -> None:
        self.now = 0.0
        self.turns: Turns = begin(policy, self.now)
        self.done: list[Command] = []

    def after(self, step: Step) -> list[Command]:
        self.turns, done = step
        self.done += done
        return list(done)

    def write(self, text: str, key: str = "a") -> list[Command]:
        return self.after(self.turns.write(key, text, self.now))

    def leave(self, count: int) -> None:
        for _ in range(count):
            self.now += 0.176
            self.after(self.turns.character_left(self.now))

    def hear(self, text: str) -> list[Command]:
        heard: list[Command] = []
        for character in characters(text):
            self.now += 0.176
            heard += self.after(self.turns.character(character, self.now))
        return heard

    def carrier(self, on: bool) -> list[Command]:
        return self.after(self.turns.carrier(on, self.now))

    def voice(self, on: bool) -> list[Command]:
        return self.after(self.turns.voice(on, self.now))

    def stopped(self) -> list[Command]:
        return self.after(self.turns.stopped(self.now))

    def interrupt(self) -> list[Command]:
        return self.after(self.turns.interrupt(self.now))

    def wait(self, seconds: float) -> list[Command]:
        """Time passes, and the line is woken whenever it asked to be."""
        until, done = self.now + seconds, list[Command]()
        while (at := self.turns.wakes_at()) is not None and at <= until:
            self.now = max(at, self.now)
            done += self.after(self.turns.tick(self.now))
        self.now = until
        return done

    def types(self, text: str) -> None:
        self.carrier(True)
        self.hear(text)
        self.carrier(False)

    def state(self) -> State:
        return self.turns.state

    @property
    def shown(self) -> str:
        return "".join(
            one.character.reading for one in self.done if isinstance(one, Typed) and not one.echo
        )

    def of(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.done if isinstance(one, kind)]
