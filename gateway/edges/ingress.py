"""How callers' texts come in: through the fair queue, a few milliseconds of work at a time.

While there is time in this turn of the loop a text goes straight through to the engine. What comes
beyond that waits in the queue, and the loop gets its turn in between: consoles acknowledge, binds
are answered, timers ring. A text is answered when it is durable (P1), or refused at once for the
moment; one whose link goes while it still waits was never accepted, and its carrier has it still.

Nothing is decided here about a dialogue; which text goes first and which is too much, `fairness`
says. What is a repeat, the engine says when the text is heard: copies of one text are of one
source, so they are heard in the order in which they came, however long they waited.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ...smpp.events import Submitted
from ...smpp.link import Link
from ...smpp.status import Status
from ..config import Carrier
from ..core.encoding import Held
from ..core.engine import Engine
from ..core.state import Over
from ..core.values import CallerKey, Mark, MessageId
from ..faults import fault
from ..journal.contract import JournalBroken
from ..operations.metrics import Metrics
from . import reading
from .answered import Answered
from .apart import aloud
from .fairness import FairQueue, FloodLimits, Loud, Place, Rank
from .rate import Kind

# Seconds of work in one turn of the loop: consoles and enquire_links wait no longer than that. When
# the rest of the turn takes long, because much is read and refused, the texts that were let in get
# half as much time as the rest had, up to the second figure: their turn must not shrink to nothing.
TURN = 0.003
TURN_MAX = 0.015
# Texts that wait for the disk at once: what one commit takes. More would wait there, in the order
# of their arrival, and a newcomer behind them.
COMMITTING_MAX = 2_000
# Receipts and the like wait behind all texts, but one of them goes after so many texts.
PASSED_MAX = 16
# Lines of a noisy source that no page has acknowledged, and receipts its carrier has not taken. The
# rules look at all of them with every text.
BURDEN_MAX = 256
# Entries of one dialogue: some 25 MB in memory. A noisy source goes on at the pace of a quiet one.
ENTRIES_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Text:
    link: Link
    carrier: Carrier
    event: Submitted
    key: CallerKey


class Ingress:
    """`now`: monotonic seconds. `stopwatch`: seconds that pass within a turn of the loop too.
    `soon` runs something in the next turn. `alive(link)`: that link, if it still stands.
    `message_for` draws a message id that the link's peer can read. `within(carrier, kind)`: whether
    the account's contract has room for it. `awake`: see `answered`."""

    def __init__(
        self,
        engine: Engine,
        metrics: Metrics,
        limits: FloodLimits,
        now: Callable[[], float],
        stopwatch: Callable[[], float],
        soon: Callable[[Callable[[], None]], None],
        alive: Callable[[str], Link | None],
        message_for: Callable[[Link], MessageId],
        within: Callable[[str, Kind], bool],
        awake: Callable[[float], float] | None = None,
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._queue: FairQueue[CallerKey, Text] = FairQueue(limits)
        self._now = now
        self._stopwatch = stopwatch
        self._soon = soon
        self._alive = alive
        self._message_for = message_for
        self._within = within
        self._others: deque[tuple[Link, Callable[[], None]]] = deque()  # behind all texts
        self._passed = 0  # texts taken since one of them was
        self._answered = Answered(awake)
        self._committing = 0
        self._pump_is_due = False
        self._spent = 0.0  # seconds of work that the rest of the loop has not had in return
        self._rested_from = 0.0  # on the stopwatch

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def refused(self) -> int:
        """Texts that were refused for the moment, since the start."""
        return sum(self._queue.refused.values())

    @property
    def first_refused(self) -> int:
        """Those among them that were the first of a new caller."""
        return self._queue.refused[Rank.FIRST]

    def load(self) -> int:
        """How full we are, in percent: the texts that wait for the disk, of those that may."""
        if self._engine.broken is not None:
            return 100
        return min(100, 100 * self._committing // COMMITTING_MAX)

    def loud(self) -> tuple[Loud[CallerKey], ...]:
        return self._queue.loud(self._now())

    def adopt(self, limits: FloodLimits) -> None:
        self._queue.limits = limits

    def come(self, text: Text) -> None:
        """A text from a carrier. It is answered now, or when it is durable."""
        held = self._engine.latest(text.key)
        is_first = held is None or isinstance(held.state.phase, Over)
        if not self._within(text.carrier.name, Kind.FIRST if is_first else Kind.TEXT):
            text.link.answer(text.event, Status.RTHROTTLED)
            return
        place = self._queue.arrive(
            text.key,
            text.link.id,
            text.carrier.account.in_flight_max,
            text,
            self._now(),
            is_first=is_first,
            is_burdened=held is not None and _is_burdened(held),
        )
        if place is None:
            text.link.answer(text.event, Status.RTHROTTLED)
        elif not self._pump_is_due:
            self._go_straight()

    def later(self, link: Link, what: Callable[[], None]) -> None:
        """What came over `link` and is no caller's text: at once when no text waits, else behind
        those that do. It is not called when the link has ended before its turn."""
        if not self._pump_is_due and not len(self._queue) and not self._others:
            what()
            return
        self._others.append((link, what))
        self._go_on()

    def closed(self, link: Link) -> None:
        """The link has ended: what of it waits goes with it, what is with the journal is heard."""
        if self._others:
            self._others = deque(one for one in self._others if one[0] is not link)
        self._metrics.texts_dropped += self._queue.leave(link.id)
        self._answered.link_closed(link.id, link.last_heard_at, link.reading_since)

    # --- turn by turn ------------------------------------------------------------------------

    def _go_straight(self) -> None:
        """Work that was done is made up for by as much time in which this did nothing."""
        began = self._stopwatch()
        self._spent = max(0.0, self._spent - (began - self._rested_from))
        if self._spent < TURN:
            self._work(began, TURN)
            self._rested_from = self._stopwatch()
            self._spent += self._rested_from - began
        else:
            self._rested_from = began
        self._go_on()

    def _go_on(self) -> None:
        waits = len(self._queue) or len(self._others)
        if waits and not self._pump_is_due and self._committing < COMMITTING_MAX:
            self._pump_is_due = True
            self._soon(self._pump)

    def _pump(self) -> None:
        self._pump_is_due = False
        began = self._stopwatch()
        self._work(began, min(TURN_MAX, max(TURN, (began - self._rested_from) / 2)))
        self._rested_from = self._stopwatch()
        self._spent = self._rested_from - began
        self._go_on()

    def _work(self, began: float, seconds: float) -> None:
        queue, now = self._queue, self._now()
        while self._committing < COMMITTING_MAX:
            if self._others and (not len(queue) or self._passed >= PASSED_MAX):
                self._do_other()
                if self._stopwatch() - began >= seconds:
                    return
                continue
            place = queue.take(now)
            if place is None:
                return
            self._passed += 1
            try:
                self._hear(place)
            except Exception as ours:  # with this one: its carrier keeps it
                queue.answered(place)
                place.item.link.drop("a fault of the gateway")
                aloud(ours, self._soon)
            if self._stopwatch() - began >= seconds:
                return

    def _do_other(self) -> None:
        self._passed = 0
        link, what = self._others.popleft()
        try:
            what()
        except Exception as ours:
            link.drop("a fault of the gateway")
            aloud(ours, self._soon)

    def _hear(self, place: Place[CallerKey, Text]) -> None:
        text = place.item
        link, pdu = text.link, text.event.pdu
        origin = reading.Origin(
            link.id,
            text.event.sequence_number,
            self._message_for(link),
            text.carrier.account.default_alphabet,
            not link.is_ours,
        )
        fact = reading.text_of(pdu, origin)
        self._committing += 1
        try:
            self._engine.hear_caller(
                text.key,
                fact,
                reading.locating_tlvs(pdu),
                text.event.octets,
                self._proven,
                partial(self._accepted, place, origin.message),
            )
        except Exception:
            if not place.is_done:
                self._committing -= 1
            raise

    def _accepted(
        self,
        place: Place[CallerKey, Text],
        given: MessageId,
        message: MessageId,
        broken: JournalBroken | None,
    ) -> None:
        """`given` is the id of this PDU, `message` that of the text it turned out to be."""
        self._committing -= 1
        self._queue.answered(place)
        link, event = place.item.link, place.item.event
        if broken is not None:
            link.answer(event, Status.RMSGQFUL)
        else:
            now = self._now()
            self._metrics.texts_in += 1
            self._metrics.repeats += message != given
            self._metrics.text_synced.observe(now - place.at)
            if link.answer(event, Status.ROK, message):
                self._answered.note(link.id, event.sequence_number, now)
            fault("after_ack_before_commands")
        self._go_on()

    # --- what is known -----------------------------------------------------------------------

    def _proven(self, mark: Mark) -> bool:
        """Whether the response to that earlier text was handed to a socket that was alive: it still
        is, or the peer was heard again after the response (DESIGN 9.1 d)."""
        link = self._alive(mark.link)
        if link is None:
            return self._answered.proven(mark.link, mark.sequence_number, alive_at=None)
        return self._answered.proven(
            mark.link,
            mark.sequence_number,
            alive_at=self._now(),
            reading_since=link.reading_since,
        )


def _is_burdened(held: Held) -> bool:
    line = held.state.line
    owed = len(line.unshown) + len(line.receipts)
    return owed >= BURDEN_MAX or held.number >= ENTRIES_MAX
