"""The limits in real time: who waits how long for a person or for a clear no (DESIGN 9.5).

Reckoned by *healthy* seconds: those in which the gateway ran, wrote and did not stand still. A
caller waits no longer than the limit, the time in which it was not healthy, and a little slack.
Looks once a second at what is durable, and never into the gateway's own timers.
"""

from __future__ import annotations

from ..core.hearing import open_partials
from ..core.state import Active, Dialogue, Offered, Over
from .around import Around
from .places import LIMITS
from .shadow import Told
from .witness import caller_of, spacing

# Seconds that a limit may be kept late: looks are a second apart, the wheel ticks ten times in one,
# and from a limit to the wire there are some commits.
SLACK = 4.0
# While it is ahead of UTC the gateway's clock goes a little slower (`gateway/steady.py`).
WHEN_STEPPED = 0.12
EARLY = 0.2  # seconds, for rounding


class Wait:
    """One timer of one dialogue, as it was first seen."""

    def __init__(self, generation: int, ends_at: float) -> None:
        self.generation = generation
        self.ends_at = ends_at  # healthy seconds


class LimitsKept:
    def __init__(self, world: Around) -> None:
        self._world = world
        self._stage = world.stage
        self._healthy = 0.0
        self._looked_at = 0.0
        self._stepped = 0.0  # seconds of UTC, when it was looked last
        self._just_stepped = 0.0  # since then
        self._seen: object = None
        self._waits: dict[tuple[str, str], Wait] = {}
        self._begun: dict[str, tuple[float, float]] = {}  # dialogue -> healthy seconds, seconds
        self._reached: set[str] = set()  # a page showed it, or its caller was told
        self._settled: set[str] = set()  # somebody answered it, or it is over
        self._able_since: dict[str, float] = {}  # group -> since when something can leave to it

    def started(self) -> None:
        """A process has come up. Where UTC was stepped, nobody can say how long it was down, and
        what remained may begin anew: it must not be longer."""
        if self._stage.most_stepped:
            self._waits.clear()
            self._begun = {name: (self._healthy, at) for name, (_, at) in self._begun.items()}

    def look(self) -> None:
        self._count()
        self._look_at_binds()
        for name, told in self._world.shadow.dialogues.items():
            state = told.state
            if state is not None and (state.line.timers or name not in self._settled):
                self._look_at_timers(name, told, state)
                self._look_at(name, told, state)

    # --- what counts -----------------------------------------------------------------------------

    def _count(self) -> None:
        process = self._world.process
        seen = (process, 0 if process is None else process.troubles)
        passed = self._stage.now() - self._looked_at
        self._looked_at = self._stage.now()
        if process is not None and process.is_healthy and seen == self._seen:
            self._healthy += passed
        self._seen = seen
        self._just_stepped = self._stage.most_stepped - self._stepped
        self._stepped = self._stage.most_stepped

    def _look_at_binds(self) -> None:
        """A reply needs a bind that is up, with room in its window and no reply before it."""
        process = self._world.process
        able: set[str] = set()
        if process is not None:
            waiting = process.carriers.words_waiting()
            able = {
                bind.carrier.group
                for bind in process.carriers.binds
                if bind.link.can_receive and bind.link.window_free()
                if not waiting.get(bind.carrier.group)
            }
        for carrier in self._world.carriers:
            if carrier.group not in able:
                self._able_since[carrier.group] = self._healthy

    def _slack(self, limit: float) -> float:
        return SLACK + (WHEN_STEPPED * limit if self._stage.most_stepped else 0.0)

    # --- the promises ----------------------------------------------------------------------------

    def _look_at_timers(self, name: str, told: Told, state: Dialogue) -> None:
        """Every timer rings when it is due, also over a restart."""
        for timer in state.line.timers:
            wait = self._waits.get((name, timer.name))
            if wait is None or wait.generation != timer.generation:
                # The last entry may have come behind a step that the timer's own was before.
                remains = max(0.0, timer.due - told.at) + self._just_stepped
                ends_at = self._healthy + remains + self._slack(remains)
                self._waits[name, timer.name] = Wait(timer.generation, ends_at)
            elif self._healthy > wait.ends_at:
                late = self._healthy - wait.ends_at
                words = f"{timer.name!r} of {name} is late by more than {late:.1f} s"
                raise self._stage.broken(f"timers ring in time, also over a restart: {words}")

    def _look_at(self, name: str, told: Told, state: Dialogue) -> None:
        begun, at = self._begun.setdefault(name, (self._healthy, self._stage.now()))
        if name not in self._reached:
            self._look_whether_reached(name, told, state, begun, at)
        if name in self._settled:
            return
        match state.phase:
            case Active() | Offered(lost=True):
                self._settled.add(name)
            case Over() as over:
                if over.how == "abandoned":
                    self._look_whether_early(name, over.at - state.line.opened_at)
                if name in self._reached:
                    self._settled.add(name)
            case _:
                waited = self._healthy - begun
                if waited > LIMITS.abandon + self._slack(LIMITS.abandon):
                    words = f"{name} after {waited:.1f} s"
                    raise self._stage.broken(f"answered or given up within 120 s: {words}")

    def _look_whether_early(self, name: str, after: float) -> None:
        if not self._stage.most_stepped and after < LIMITS.abandon - EARLY:
            words = f"{name} after {after:.1f} s"
            raise self._stage.broken(f"nobody is given up before 120 s: {words}")

    def _look_whether_reached(
        self, name: str, told: Told, state: Dialogue, begun: float, at: float
    ) -> None:
        """The first text is on a page or its caller told within 10 s, or as soon as a bind can take
        the answer. A short code is no telephone: it is told nothing. Of a long text that waits for
        its parts a page shows the beginning on the card, which is no line."""
        witness, key = self._world.witness, caller_of(state)
        shown = any((name, sequence) in witness.shown for sequence in told.lines)
        match state.phase:
            case Active() | Offered(lost=True):
                on_card = True
            case Offered(reached=reached):  # of a call the card is enough: it may be a silent one
                whole = bool(open_partials(state.line)) or state.call is not None
                on_card = bool(reached) and whole
            case Over() if state.call is not None:
                on_card = bool(told.typing) or bool(state.call.gone)
            case _:
                on_card = False
        last = at - spacing(self._stage)
        caller_told = any(when >= last for when in witness.told.get(key, ()))
        if shown or on_card or caller_told or not state.line.key.is_person:
            self._reached.add(name)
        else:
            since = max(begun + LIMITS.reach, self._able_since.get(key[0], 0.0))
            if self._healthy - since > self._slack(LIMITS.reach):
                words = f"{name} after {self._healthy - begun:.1f} s"
                promise = "a first text reaches a page or its caller is told within 10 s"
                raise self._stage.broken(f"{promise}: {words}")
