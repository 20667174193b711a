"""One step of one dialogue while it is being thought through.

`Turn` collects what the rules decide: the line as it becomes, and the commands in order. It lives
for one call of `advance` and touches nothing outside itself, so `advance` stays a pure function.
"""

from __future__ import annotations

from msgspec.structs import replace

from .commands import Arm, Command, Disarm, EndLeg, Question, Show, ShowCard, Withdraw
from .facts import Entry
from .policy import Policy
from .state import Active, Call, Dialogue, Line, Offered, Over, Phase, Timer, Voice
from .values import PsapName

LINES_PER_ENTRY = 8  # a sequence is entry number x 8 + n: room for the lines one fact may cause

NO_LEG = (PsapName(""), 0)


def leg_of(phase: Phase | None) -> tuple[PsapName, int]:
    """The leg that lines of the transcript go to, if there is one."""
    if isinstance(phase, Active):
        return phase.psap, phase.offer
    if isinstance(phase, Offered):
        return phase.psap, phase.offer
    return NO_LEG


class Turn:
    __slots__ = (
        "_gone",
        "_sequence",
        "at",
        "call",
        "commands",
        "id",
        "line",
        "phase",
        "policy",
        "questions",
        "voice",
    )

    def __init__(self, dialogue: Dialogue, entry: Entry, policy: Policy) -> None:
        self.line: Line = dialogue.line
        self.phase: Phase = dialogue.phase
        self.call: Call | None = dialogue.call
        self.voice: Voice | None = dialogue.voice
        self.id = entry.dialogue
        self.at = entry.at
        self.policy = policy
        self.commands: list[Command] = []
        self.questions: list[Question] = []
        self._sequence = entry.number * LINES_PER_ENTRY
        self._gone = NO_LEG

    def leg(self) -> tuple[PsapName, int]:
        """The leg that can still be told something. One that was withdrawn, ended or lost in this
        turn cannot: nothing is given to it any more."""
        leg = leg_of(self.phase)
        return NO_LEG if leg == self._gone else leg

    def title(self, psap: PsapName) -> str:
        """What people call this PSAP."""
        return dict(self.policy.titles).get(psap, psap)

    def leave_leg(self) -> None:
        self._gone = leg_of(self.phase)

    def last_line(self) -> int:
        """No line of the transcript had a higher sequence than this when the turn began."""
        return self._sequence - 1

    def do(self, command: Command) -> None:
        self.commands.append(command)

    def show(
        self,
        kind: str,
        text: str,
        *,
        by: str = "",
        key: str = "",
        notes: tuple[str, ...] = (),
        suspected_repeat: bool = False,
        reply: int = -1,
    ) -> int:
        """A new line of the transcript; gives its sequence."""
        sequence = self._sequence
        self._sequence += 1
        psap, offer = self.leg()
        self.commands.append(
            Show(
                psap,
                offer,
                sequence,
                self.at,
                kind,  # type: ignore[arg-type]
                text,
                by,
                key,
                notes,
                suspected_repeat,
                reply,
            )
        )
        return sequence

    def tell(self, text: str) -> None:
        """An event in words, for whoever reads the transcript now or later."""
        self.show("event", text)

    def redraw(self) -> None:
        psap, offer = self.leg()
        if psap:
            self.do(ShowCard(psap, offer))

    def withdraw(self, reason: str) -> None:
        self.do(Withdraw(*self.leg(), reason))
        self.leave_leg()

    def end_leg(self, reason: str) -> None:
        self.do(EndLeg(*self.leg(), reason))
        self.leave_leg()

    def arm(self, name: str, due: float) -> None:
        generation = self.line.generation + 1
        timer = Timer(name, generation, due)
        others = tuple(one for one in self.line.timers if one.name != name)
        self.line = replace(self.line, generation=generation, timers=(*others, timer))
        self.do(Arm(name, generation, due))

    def disarm(self, *names: str) -> None:
        for timer in self.line.timers:
            if timer.name in names:
                self.do(Disarm(timer.name))
        self._drop_timers(names)

    def ran_out(self, name: str, generation: int) -> bool:
        """Whether this time-out is the one that is waited for; if so it is spent."""
        if not any(t.name == name and t.generation == generation for t in self.line.timers):
            return False
        self._drop_timers((name,))
        return True

    def _drop_timers(self, names: tuple[str, ...]) -> None:
        kept = tuple(one for one in self.line.timers if one.name not in names)
        if len(kept) != len(self.line.timers):
            self.line = replace(self.line, timers=kept)

    def is_over(self) -> bool:
        return isinstance(self.phase, Over)

    def result(self) -> Dialogue:
        return Dialogue(self.line, self.phase, self.call, self.voice)
