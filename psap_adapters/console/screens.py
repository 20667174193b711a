"""What each console sees of each leg: whole, folded, in a group, or only that it is there. Pure.

Holds back nothing that a person could look at: a flood changes order and grouping, never whether
something is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .. import port
from . import frames, sayings
from .bursts import Bursts, burst
from .frames import ServerFrame
from .groups import Groups
from .legs import Client, Held, Ledger, bare, without_place
from .live import NewSending, NewTurn, NewTyped
from .presence import Presence

LINES_MAX = 200  # lines that one `lines` brings
MEMBERS_MAX = 50  # legs that one `members` brings

NOT_YOURS = "Only its owner and supervisors read it."


class Screens:
    """`send` and `tell` take what goes to consoles and to the gateway, in order."""

    def __init__(
        self,
        here: Presence,
        legs: Ledger,
        send: Callable[[tuple[str, ...], ServerFrame], None],
        tell: Callable[[port.Report, bytes], None],
    ) -> None:
        self._here = here
        self._legs = legs
        self._send = send
        self._tell = tell
        self._bursts = Bursts()
        self._groups = Groups()

    # --- legs begin, go on, end ----------------------------------------------------------------

    def ring(self, held: Held, before: int, now: float) -> None:
        """A leg is here, or here again; `before`: the last line that everybody had been sent."""
        for client in self._here:
            client.stopped_at.setdefault(held.id, before)
        if held.owner:
            self._groups.leave(held)
            held.group = ""
        else:
            self._groups.ring(held)
        if not held.group:
            for client in self._here:
                self.show(client, held)
        self._regroup(now)

    def line(self, held: Held, line: frames.Line, now: float) -> None:
        """The newest line of `held`."""
        if self._groups.is_in(held):
            self._groups.wrote(held, caller=line.kind == "caller")
            self._send_groups(now)
        if line.kind != "caller":
            self.flush(held, now, len(held.lines) - 1)  # what was said before comes before
        elif self._bursts.comes(held.id, len(held.lines) - 1, now):
            return
        self._send(self.readers(held), frames.NewLine(held.id, line))

    def typed(self, held: Held, change: port.Typed) -> None:
        """A line of `held` has grown. One that waits leaves as it is by then."""
        place = held.retype(change)
        first = self._bursts.first_waiting(held.id)
        if place is not None and (first is None or place < first):
            text, unsure = change.text, change.unsure
            said = NewTyped(held.id, change.sequence, text, unsure, change.open)
            self._send(self.readers(held), said)

    def sending(self, held: Held, change: port.Sending) -> None:
        now = held.send(change)
        if now is not None:
            said = NewSending(held.id, change.sequence, now.typed, now.left, change.seconds)
            self._send(self.readers(held), said)

    def turn(self, held: Held, line: port.LineState) -> None:
        held.line = line
        self._send(self.readers(held), NewTurn(held.id, line))

    def card(self, held: Held, card: port.Card) -> None:
        others_see_it = without_place(bare(card)) != without_place(held.card)
        held.draw(card)
        readers = self.readers(held)
        self._send(readers, frames.NewCard(held.id, held.card))
        if others_see_it and not self._groups.is_in(held):
            others = tuple(one for one in self._here.ids() if one not in readers)
            self._send(others, frames.NewCard(held.id, without_place(held.card)))

    def answered(self, held: Held, by: str, at: float, now: float) -> None:
        """Somebody has it now. From consoles that may not read it the lines that come are kept."""
        self.flush(held, now)
        grouped = self._groups.is_in(held)
        hidden = {one.id for one in self._here if grouped and held.id in one.stopped_at}
        before = {one.id for one in self._here if held.readable_by(one)} - hidden
        self._groups.leave(held)
        held.group = ""
        self._legs.own(held, by, at)
        for client in self._here:
            readable = held.readable_by(client)
            if client.id in hidden or (readable and client.id not in before):
                self.show(client, held)
            elif not readable and client.id in before:
                client.stopped_at[held.id] = held.last
        self._send(self._here.ids(), frames.NewOwner(held.id, by, at))
        self._shown(held, self._here, b"")
        self._regroup(now)

    def close(self, held: Held, reason: str, now: float) -> None:
        """One that rang in a group is over only for those who have seen it."""
        self.flush(held, now)
        knowing = self.readers(held) if self._groups.is_in(held) else self._here.ids()
        self._groups.leave(held)
        forgotten = self._legs.close(held, reason)
        self._send(knowing, frames.Closed(held.id, held.closed))
        self._bursts.forget(held.id)
        for client in self._here:
            client.acknowledged.pop(forgotten, None)
            client.stopped_at.pop(forgotten, None)
        self._regroup(now)

    # --- who sees what -------------------------------------------------------------------------

    def greet(self, client: Client, resume: dict[str, int]) -> None:
        """A link is new and has the lines it names: now it gets everything else."""
        for held in self._legs:
            grouped = held.group and not held.owner
            if held.id in resume or not (grouped or (held.closed and held.owner)):
                self.show(client, held)
            else:
                client.stopped_at[held.id] = -1
        for leg in resume:
            if self._legs.get(leg) is None:
                self._send((client.id,), frames.Closed(leg, sayings.UNKNOWN))
        for group in self._groups:
            self._send((client.id,), group.frame())

    def readers(self, held: Held) -> tuple[str, ...]:
        if held.owner:
            return tuple([one.id for one in self._here if held.readable_by(one)])
        if held.group:
            return tuple([one.id for one in self._here if held.id not in one.stopped_at])
        return self._here.ids()

    def show(self, client: Client, held: Held) -> None:
        """Everything this client may know and does not know yet."""
        after = client.stopped_at.get(held.id, -1)
        if held.readable_by(client):
            client.stopped_at.pop(held.id, None)
        else:
            client.stopped_at[held.id] = after
        self._send((client.id,), held.view(client, after))
        if held.closed:
            self._send((client.id,), frames.Closed(held.id, held.closed))

    def lines(self, client: Client, frame: frames.Lines) -> None:
        held = self._readable(client, "lines", frame.leg)
        if held is not None:
            found = held.before(frame.before, max(0, min(frame.count, LINES_MAX)))
            self._send((client.id,), frames.Fetched(held.id, frame.before, found))

    def chart(self, client: Client, frame: frames.ChartOf) -> None:
        held = self._readable(client, "chart", frame.leg)
        if held is not None:
            self._send((client.id,), frames.NewChart(held.id, held.chart))

    def members(self, client: Client, frame: frames.Members, now: float) -> None:
        skip, count = max(0, frame.skip), max(0, min(frame.count, MEMBERS_MAX))
        found = self._groups.members(frame.group, skip, count)
        for held in found:
            self.flush(held, now)
            if held.id in client.stopped_at:
                self.show(client, held)
        left = max(0, self._groups.size(frame.group) - skip - len(found))
        legs = tuple(held.id for held in found)
        self._send((client.id,), frames.Page(frame.group, skip, legs, left))

    def _readable(self, client: Client, what: str, leg: str) -> Held | None:
        held = self._legs.get(leg)
        if held is not None and held.readable_by(client):
            return held
        reason = sayings.UNKNOWN if held is None else NOT_YOURS
        self._send((client.id,), frames.NotPossible(what, leg, reason))
        return None

    # --- what is on the screens ----------------------------------------------------------------

    def seen(self, client: Client, frame: frames.Seen, raw: bytes) -> None:
        """Of a frame that speaks of many legs each keeps what it says of that leg: else the record
        would grow with the square of their number, and dialogues would tell of one another."""
        alone = len(frame.up_to) + len(frame.groups) == 1
        for leg, sequence in frame.up_to.items():
            held = self._legs.get(leg)
            if held is not None:  # else forgotten since; nobody waits for it any more
                said = raw if alone else frames.encode(frames.Seen({leg: sequence}))
                self._seen(client, held, sequence, said)
        for group, version in frame.groups.items():
            said = raw if alone else frames.encode(frames.Seen({}, {group: version}))
            for held, up_to in self._groups.seen(group, version):
                self._report(held, up_to, said)

    def _seen(self, client: Client, held: Held, sequence: int, raw: bytes) -> None:
        first = self._bursts.first_waiting(held.id)
        sent = held.last if first is None else held.lines[first].sequence - 1
        sequence = min(sequence, client.stopped_at.get(held.id, sent), sent)
        if sequence > client.acknowledged.get(held.id, -1):
            client.acknowledged[held.id] = sequence
            self._shown(held, (client,), raw)

    def _shown(self, held: Held, clients: Iterable[Client], raw: bytes) -> None:
        counting = [one.acknowledged.get(held.id, -1) for one in clients if held.counts(one)]
        self._report(held, max(counting, default=-1), raw)

    def _report(self, held: Held, up_to: int, raw: bytes) -> None:
        """Said when it says something: that the leg is on a screen at all, or the caller's words.
        Their own words, and what the gateway told them, are on the page of who acknowledges."""
        if up_to > held.shown and (held.shown < 0 or held.has_of_caller(held.shown, up_to)):
            held.shown = up_to
            self._tell(port.Shown(held.leg, up_to), raw)

    # --- what waits ----------------------------------------------------------------------------

    def flush(self, held: Held, now: float, up_to: int | None = None) -> None:
        """What waits of a noisy caller's lines leaves: all, or those before index `up_to`."""
        first = self._bursts.leaves(held.id, now)
        if first is not None:
            self._send(self.readers(held), burst(held.id, held.lines[:up_to], first))

    def flush_all(self, now: float) -> None:
        for leg in self._bursts.waiting():
            self._flush(leg, now)

    def due_at(self) -> float | None:
        bursts, groups = self._bursts.due_at(), self._groups.due_at()
        if bursts is None or groups is None:
            return groups if bursts is None else bursts
        return min(bursts, groups)

    def tick(self, now: float) -> None:
        for leg in self._bursts.due(now):
            self._flush(leg, now)
        self._send_groups(now)

    def _flush(self, leg: str, now: float) -> None:
        held = self._legs.get(leg)
        assert held is not None, f"{leg} is forgotten with lines that wait"
        self.flush(held, now)

    def _regroup(self, now: float) -> None:
        for held in self._groups.promoted():
            for client in self._here:
                self.show(client, held)
        self._send_groups(now)

    def _send_groups(self, now: float) -> None:
        for frame in self._groups.due(now):
            self._send(self._here.ids(), frame)
