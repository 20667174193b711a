"""One TTY call between a line and the door: what the conversation says is told, what is asked of
the leg reaches the conversation. The same for a trunk, a serial port and a recording.

Decides nothing and knows neither audio nor octets; a `Wire` does what only its kind of line can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Literal, Protocol, TypeVar, assert_never, cast

from ....tty import shifts
from ....tty.code import Case
from ....tty.line import LineEvent
from ....tty.receiving import Detected
from ....tty.turn_table import Bridge, CallerSpeaks, Changed, Heard, Left, State, Typed
from ....tty.turns import NOTICE, Policy
from ...core.values import Character, DialogueId
from ...location.port import Answer
from .door import LineDoor, Turn, VoiceMode, VoiceState

SAMPLES_PER_MS = 8
PROBE = "probe-"  # and its number: the key of what the line types by itself


class Talk(Protocol):
    """What conversations of every kind can do: `tty.line.Line`, `tty.wired.WiredLine`."""

    def write(self, key: str, text: str, now: float) -> tuple[LineEvent, ...]: ...
    def interrupt(self, now: float) -> tuple[LineEvent, ...]: ...
    def over(self, now: float) -> tuple[LineEvent, ...]: ...


class Wire(Protocol):
    """What the call came on."""

    def answer(self) -> None:
        """The call is recorded: take it. `TtyCall.talk` is there now."""
        ...

    def hang_up(self, reason: str) -> None:
        """End it, or refuse what was not answered yet."""
        ...

    def answered(self, psap: str) -> None:
        """A person at `psap` has it."""
        ...

    def bridge(self, on: bool) -> None:
        """Voice may pass now, or may not."""
        ...

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        """As `Leg.voice`; the call's `voiced` is told what becomes of it."""
        ...

    def asked(self) -> None:
        """The conversation was asked for something: there may be more to send, or sooner."""
        ...


Single = Heard | Changed | Left | Bridge | CallerSpeaks | Detected  # but characters, told together

T = TypeVar("T", bound=Talk)


class TtyCall(Generic[T]):
    """Is the `Leg`. `talk` makes the conversation when the call is answered, by the `policy` that
    holds then; `now`: monotonic seconds. Before that and after its end there is none."""

    def __init__(
        self,
        door: LineDoor,
        wire: Wire,
        policy: Callable[[], Policy],
        talk: Callable[[Policy, float], T],
        now: Callable[[], float],
    ) -> None:
        self._door = door
        self._wire = wire
        self._policy_now = policy
        self._policy = policy()
        self._make = talk
        self._now = now
        self._dialogue: DialogueId | None = None
        self._state = State.OURS  # as every conversation begins
        self.talk: T | None = None

    # --- from the line ---------------------------------------------------------------------

    def ring(self, line: str, ani: str, pidf: bytes | None = None) -> bool:
        """A call has come. False: it cannot be taken now; otherwise `Wire.answer` follows, or
        `Wire.hang_up`, perhaps within this very call."""
        self._dialogue = self._door.begin(
            line, ani, "tty", pidf, self, voice=self._policy.voice_leg
        )
        return self._dialogue is not None

    def tell(self, events: Iterable[LineEvent]) -> None:
        """What the conversation has said, in order."""
        typed: list[Character] = []
        for event in events:
            if isinstance(event, Typed):
                typed.append(character_of(event.character, echo=event.echo))
                continue
            self._tell_typed(typed)
            self._tell(event)
        self._tell_typed(typed)

    def wrote(self, text: str) -> None:
        """The caller has written this beside the tones."""
        self._tell_typed([Character(letter) for letter in text])

    def moved(self, pidf: bytes, found: Answer) -> None:
        """The network has said again where the caller is."""
        if self._dialogue is not None:
            self._door.moved(self._dialogue, pidf, found)

    def voiced(self, number: int, state: VoiceState, reason: str) -> None:
        """What became of the telephone beside it."""
        if self._dialogue is not None:
            self._door.voiced(self._dialogue, number, state, reason)

    def over(self, reason: str) -> None:
        """The call has ended: what was undecided is told, then the end."""
        if self.talk is not None:
            self.tell(self.talk.over(self._now()))
        self.talk = None
        if self._dialogue is not None:
            self._door.ended(self._dialogue, reason)
            self._dialogue = None

    # --- from the gateway ------------------------------------------------------------------

    def accept(self) -> None:
        self._policy = self._policy_now()
        self._state = State.OURS
        self.talk = self._make(self._policy, self._now())
        self._wire.answer()

    def write(self, key: str, text: str, interrupt: bool) -> None:
        if self.talk is None:
            return  # it has just ended, and the gateway is told so
        now = self._now()
        events = self.talk.write(key, text, now)
        self.tell(events + self.talk.interrupt(now) if interrupt else events)
        self._wire.asked()

    def interrupt(self) -> None:
        if self.talk is not None:
            self.tell(self.talk.interrupt(self._now()))
            self._wire.asked()

    def answered(self, psap: str) -> None:
        self._wire.answered(psap)

    def voice(self, number: int, psap: str, mode: VoiceMode | Literal[""]) -> None:
        if self.talk is not None:
            self._wire.voice(number, psap, mode)

    def end(self, reason: str) -> None:
        self.talk = self._dialogue = None
        self._wire.hang_up(reason)

    # --- inside ----------------------------------------------------------------------------

    def _tell_typed(self, typed: list[Character]) -> None:
        if typed and self._dialogue is not None:
            self._door.typed(self._dialogue, tuple(typed))
        typed.clear()

    def _tell(self, event: Single) -> None:
        dialogue = self._dialogue
        if dialogue is None:
            return  # the gateway has hung up while this was on its way
        match event:
            case Detected():
                self._door.detected(dialogue)
            case Changed(state):
                self._state = state
                self._door.turn(dialogue, _turn(state))
            case Heard(token):
                self._door.turn(dialogue, _turn(self._state), token.name)
            case Left(key, characters, whole):
                own = self._own(key)
                if own is None:
                    self._door.left(dialogue, key, characters, whole)
                elif whole:
                    self._door.said(dialogue, own)
            case CallerSpeaks(speaks):
                self._door.speaks(dialogue, speaks)
            case Bridge(is_open):
                self._wire.bridge(is_open)
            case _:
                assert_never(event)

    def _own(self, key: str) -> str | None:
        """The text that the line types by itself under this key."""
        if key == NOTICE:
            return self._policy.no_voice
        return self._policy.probe if key.startswith(PROBE) else None


def character_of(heard: shifts.Character, *, echo: bool = False) -> Character:
    """As it is recorded: both readings, and when."""
    letters, figures = heard.reading, heard.other
    if heard.case is Case.FIGURES:
        letters, figures = figures, letters
    return Character(
        heard.reading,
        heard.code,
        letters,
        figures,
        heard.confidence,
        heard.at // SAMPLES_PER_MS,
        echo,
    )


def _turn(state: State) -> Turn:
    return cast("Turn", state.name.lower())
