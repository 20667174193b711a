"""The witness of the pages: what browsers show, what people ask for there, and what they are told.

It knows each leg by its name on the wire, "dialogue/offer"."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from ...psap_adapters.console import frames
from ...psap_adapters.console.frames import ClientFrame, Line, ServerFrame
from ...psap_adapters.console.live import NewTurn
from ...psap_adapters.port import LineState
from .shadow import Shadow
from .stage import Stage


class Pages:
    def __init__(self, stage: Stage, shadow: Shadow) -> None:
        self._stage = stage
        self._shadow = shadow
        self._displayed: dict[str, int] = {}  # dialogue -> the last line before somebody's eyes
        self.owned: set[str] = set()  # dialogues that a page said somebody has
        self._owner: dict[str, str] = {}  # leg -> who has it, as it was last said
        self._passed: dict[str, int] = {}  # leg -> which of its owners that is
        self._foreign: set[tuple[str, str]] = set()  # (leg, key) of who does not have it
        self._given: dict[tuple[str, str], int] = {}  # (link, leg) -> the last line it was given
        # link -> (leg, key) -> whether it ends the dialogue: what nobody has answered yet
        self._asked: dict[str, dict[tuple[str, str], bool]] = defaultdict(dict)

    # --- what a person asks for ------------------------------------------------------------------

    def heard(self, link: str, user: str, frame: ClientFrame) -> None:
        """The console heard it."""
        if not isinstance(frame, frames.Write | frames.End):
            return
        leg, key = frame.leg, frame.key
        self._asked[link][leg, key] = isinstance(frame, frames.End)
        told = self._shadow.dialogues.get(_dialogue(leg))
        recorded = told is not None and any(one.key == key for one in told.lines.values())
        if not recorded and self._owner.get(leg, user) != user:
            self._foreign.add((leg, key))

    def left(self, link: str) -> None:
        """What it had asked for is asked again over the next one."""
        self._asked.pop(link, None)

    def everybody_left(self) -> None:
        self._asked.clear()

    # --- what the console says -------------------------------------------------------------------

    def sent(self, link: str, frame: ServerFrame) -> None:
        match frame:
            case frames.LegState(leg, owner=owner):
                if owner:
                    self._has(leg, owner)
                self._state(link, frame)
            case frames.NewLine(leg, line):
                given = self._given.get((link, leg), line.sequence)
                # One that the link has already is the answer to what was asked for again.
                after = given if given < line.sequence else None
                self._whole(link, leg, after, (line,), 0)
            case frames.Burst(leg, after, folded, lines):
                self._whole(link, leg, after, lines, folded)
            case frames.NewOwner(leg, owner):
                self._has(leg, owner)
            case NewTurn(leg, line):
                self._badge(leg, line)
            case frames.NotTakenHere(leg, key):
                self._asked[link].pop((leg, key), None)
            case frames.Closed(leg):
                asked = self._asked[link]
                for one in [one for one, ends in asked.items() if ends and one[0] == leg]:
                    del asked[one]
            case _:
                pass  # nothing that this is about

    def _badge(self, leg: str, line: LineState) -> None:
        told = self._shadow.dialogues.get(_dialogue(leg))
        said = line.voice, line.mode, line.note
        if any(said) and (told is None or said not in told.badges):
            words = f"{line.voice!r} {line.mode!r} of {leg}"
            raise self._stage.broken(f"a page says of voices only what is recorded: {words}")

    def _state(self, link: str, state: frames.LegState) -> None:
        if not state.readable:
            self._given.pop((link, state.leg), None)
            return
        self._given[link, state.leg] = state.after
        if state.lines:
            folded = sum(one.count for one in state.folds)
            self._whole(link, state.leg, state.after, state.lines, folded)

    def _whole(
        self, link: str, leg: str, after: int | None, lines: Sequence[Line], folded: int
    ) -> None:
        """Behind the line `after` a link is given these, and told that `folded` others are there:
        then no others may be."""
        for line in lines:
            self._line(link, leg, line)
        last = lines[-1].sequence
        if after is not None:
            recorded = list(self._shadow.dialogues[_dialogue(leg)].lines)  # they only grow
            there = bisect_right(recorded, last) - bisect_right(recorded, after)
            if there != len(lines) + folded:
                words = f"{leg} over {link}: {len(lines)} lines and {folded} folded after {after}"
                words += f" up to {last}, and {there} are recorded"
                raise self._stage.broken(f"nothing is left out on a page: {words}")
            self._given[link, leg] = last

    def _line(self, link: str, leg: str, line: Line) -> None:
        self._asked[link].pop((leg, line.key), None)
        if line.key and (leg, line.key) in self._foreign:
            words = f"{line.by} in {leg}, which {self._owner.get(leg)} has"
            raise self._stage.broken(f"only who has a dialogue writes in it: {words}")

    def _has(self, leg: str, owner: str) -> None:
        """The first who answered has it, until a take-over is recorded."""
        self._shadow.catch_up()
        dialogue, _, offer = leg.rpartition("/")
        owners = self._shadow.doubts.owners(dialogue, int(offer))
        passed = self._passed.get(leg, 0)
        now = next((n for n in range(passed, len(owners)) if owners[n] == owner), -1)
        if now < 0:
            words = f"{owner} has {leg}, and of its owners {owners[passed:]} is next"
            raise self._stage.broken(f"one owner, the first who answered or took over: {words}")
        self._passed[leg] = now
        self._owner[leg] = owner
        self.owned.add(dialogue)

    # --- what a browser shows --------------------------------------------------------------------

    def shows(self, leg: str, lines: Sequence[Line]) -> None:
        """They stand on a page, before somebody's eyes, and those before them do too or are folded
        there: `_whole` looks after that."""
        dialogue = _dialogue(leg)
        last = max((line.sequence for line in lines), default=-1)
        self._displayed[dialogue] = max(last, self._displayed.get(dialogue, -1))

    def has_shown(self, line: tuple[str, int] | None) -> bool:
        """`line`: dialogue and sequence."""
        return line is not None and line[1] <= self._displayed.get(line[0], -1)

    # --- when all is over ------------------------------------------------------------------------

    def at_the_end(self) -> None:
        for link, asked in self._asked.items():
            for leg, key in asked:
                words = f"{key} in {leg} over {link}"
                promise = "what a person wrote is taken, or handed back with the reason"
                raise self._stage.broken(f"{promise}: {words}")


def _dialogue(leg: str) -> str:
    return leg.rpartition("/")[0]
