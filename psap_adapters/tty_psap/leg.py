"""One dialogue on one call to a PSAP's TTY: rung, announced, typed to, read from, taken leave of.

Sans-IO: sound, calls' fates, the gateway's verbs and time (s, monotonic) go in; reports and the
wish to hang up come out, in order. Knows no SIP and opens nothing. A line counts as shown when its
last character has left the wire (DESIGN 9.4); SKSK hangs nothing up by itself.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ...tty.line import Line, LineEvent
from ...tty.pace import seconds_on_wire
from ...tty.receiving import Detected
from ...tty.tokens import Token
from ...tty.turn_table import Bridge, CallerSpeaks, Changed, Heard, Left, State, Typed
from ...tty.typist import Outlet
from .. import port
from . import words
from .outputs import LISTENS, HangUp, Output, Phase, Tell
from .quotes import Quotes
from .said import Said
from .terms import Terms
from .waiting import LINES_MAX, Waiting

TONES_SURE = 2  # letters that are no echo of ours; one may be a noise
TOLD_AGAIN = 60.0  # s between two words about how much waits
AGAIN = 2.0  # s until what could not be recorded is said again
HANGS_UP_AFTER = 1.0  # s after the last character: the hold of the carrier, and the eye
CLOSES_WITHIN = 60.0  # s; after it the farewell is cut off
STILL = 5.0  # s without a letter; then what a caller has begun to type is typed as it stands
_LIVE = ("tty", "rtt")  # channels on which a caller's lines grow
_OURS_AGAIN = frozenset({State.OURS, State.SENDING, State.INTERRUPTING})
_TALKING = frozenset({State.HEARING, State.SENDING, State.STOPPING})


class TtyLeg:
    """`name`: a prefix for keys that no leg has had, also over restarts."""

    def __init__(self, offer: port.Offer, terms: Terms, name: str, now: float) -> None:
        self.leg = offer.leg
        self.phase = Phase.RINGING
        self._offer = offer
        self._terms = terms
        self._card = offer.card
        self._place = offer.card.place
        self._owned = bool(offer.answered_by)
        self._waiting = Waiting(offer.card.channel, offer.shown_up_to)
        self._remarks: list[str] = []
        self._said = Said(plainly=offer.card.channel != "tty")
        self._quotes = Quotes(name)
        self._line: Line | None = None
        self._typed = 0  # letters of theirs
        self._voice = False
        self._until = now + terms.rings_within  # of ringing, or of waiting for tones
        self._announce_at: float | None = None
        self._answer_at: float | None = None
        self._parting: Token | None = None
        self._ends_at: float | None = None
        self._end_key = ""
        self._told_at: float | None = None
        self._grew_at = now  # the last letter of the caller's
        self._hang_at = self._cut_at = 0.0  # of a farewell: when it has been read, and at last
        self._owes_turn = False  # our last words did not hand the line over
        self._caller_gone = offer.line is not None and bool(offer.line.gone)
        self._out: list[Output] = []
        for item in offer.items:
            self._take_in(item)

    # --- the call ----------------------------------------------------------------------------

    def rings(self, now: float) -> list[Output]:
        """Its telephone rings."""
        if self.phase is Phase.RINGING and not self._owned:
            self._tell(port.Reached(self.leg, 0.0, "its telephone rings"))
        return self._done()

    def picked_up(self, line: Line, now: float) -> list[Output]:
        """The call was answered; `line` is its sound. What is said first is ours to say."""
        self._line = line
        self.phase = Phase.ANNOUNCING
        text = words.announcement(self._terms.announcement, self._offer)
        needs = seconds_on_wire(text, self._terms.pace) + self._terms.tones_within
        self._until = now + needs
        self._follow(line.write("announcement", text, now), now)
        if not self._owned:
            note = "its telephone was picked up, and a TTY is listened for"
            self._tell(port.Reached(self.leg, needs + AGAIN, note))
        return self._done()

    def failed(self, reason: str) -> list[Output]:
        """It could not be called, or nobody took the call."""
        self._refuse(reason)
        return self._done()

    def hung_up(self, reason: str, now: float) -> list[Output]:
        """The call is over, and not by our wish."""
        if self._line is not None:
            self._follow(self._line.over(now), now)
            self._line = None
        match self.phase:
            case Phase.RINGING:
                self._refuse(reason)
            case Phase.ANNOUNCING:
                self._refuse(f"{self._who()}, and then {reason}")
            case Phase.TYPING if self._parting is not None:
                self._flush()
                self.phase = Phase.GONE
                self._end(now)
            case Phase.TYPING:
                self._flush()
                self._refuse(reason)
            case Phase.CLOSING:
                self._flush()
                self.phase = Phase.OVER
            case Phase.GONE | Phase.OVER:
                pass
            case _:
                assert_never(self.phase)
        return self._done()

    # --- sound -------------------------------------------------------------------------------

    def hear(self, samples: NDArray[np.int16], lost: NDArray[np.bool_], now: float) -> list[Output]:
        """As `tty.line.Line.hear`."""
        if self._line is not None:
            self._follow(self._line.hear(samples, lost, now), now)
        return self._settle(now)

    def beat(self, outlet: Outlet, now: float) -> list[Output]:
        """As `tty.line.Line.beat`."""
        if self._line is not None:
            self._follow(self._line.beat(outlet, now), now)
        return self.tick(now)

    def tick(self, now: float) -> list[Output]:
        """Time has passed."""
        if self._answer_at is not None and now >= self._answer_at:
            self._answer_at = None
            self._tell(port.Answered(self.leg, self._terms.by))
        if self._ends_at is not None and now >= self._ends_at:
            self._end(now)
        match self.phase:
            case Phase.RINGING if now >= self._until:
                self._refuse(f"no answer within {self._terms.rings_within:g} s")
                self._hang_up("no answer")
            case Phase.ANNOUNCING if now >= self._until:
                self._refuse(f"{self._who()}, no TTY within {self._terms.tones_within:g} s")
                self._hang_up("no TTY")
            case Phase.ANNOUNCING if self._announce_at is not None and now >= self._announce_at:
                self._announce_at = None
                text = words.announcement(self._terms.announcement, self._offer)
                if now + seconds_on_wire(text, self._terms.pace) < self._until and self._line:
                    self._follow(self._line.write("announcement", text, now), now)
            case Phase.CLOSING if now >= self._cut_at or self._is_read(now):
                self._hang_up("the dialogue is over")
            case _:
                pass
        return self._settle(now)

    @property
    def wakes_at(self) -> float | None:
        """When `tick` has something to do where no frames are asked for."""
        times = [self._answer_at, self._ends_at]
        if self.phase is Phase.RINGING:
            times.append(self._until)
        return min((at for at in times if at is not None), default=None)

    # --- the gateway -------------------------------------------------------------------------

    def give(self, item: port.Item, now: float) -> list[Output]:
        if self.phase in LISTENS:
            if item.kind == "caller" and self._card.channel in _LIVE:
                self._grew_at = now
                item = replace(item, open=True)  # what follows it at once says whether it is whole
            self._take_in(item)
            if len(self._waiting) > LINES_MAX:
                self._refuse("more is written than a TTY can be typed")
                self._hang_up("more is written than can be typed")
        return self._settle(now)

    def update(self, change: port.Change, now: float) -> list[Output]:
        match change:
            case port.CardChanged(card):
                self._moved(card)
            case port.DeliveryChanged(sequence=sequence):
                self._remark(words.delivery(change, self._quotes.at(sequence)))
            case port.AnsweredBy():
                self._owned, self._answer_at = True, None
            case port.NotTaken(key, reason):
                self._not_taken(key, reason, now)
            case port.Quiet():
                self._remark("(NOBODY HAS WRITTEN FOR LONG, THIS WILL END SOON)")
            case port.Typed():
                self._grew_at = now
                self._waiting.grow(change)
            case port.LineChanged(line):
                if line.gone and not self._caller_gone:
                    self._remark(words.bracketed(f"THE CALLER'S LINE IS GONE: {line.gone}"))
                self._caller_gone = bool(line.gone)
            case port.Sending():
                pass  # how far a reply is with a caller on a line is too much for this wire
            case _:
                assert_never(change)
        return self._settle(now)

    def close(self, reason: str, now: float) -> list[Output]:
        """The dialogue is over, or not this PSAP's any more. Who has a TTY on is told."""
        self._ends_at = self._answer_at = None
        match self.phase:
            case Phase.RINGING | Phase.ANNOUNCING:
                self._hang_up(reason)
            case Phase.TYPING if self._line is not None:
                self.phase = Phase.CLOSING
                self._waiting.clear()
                farewell = self._terms.closing
                if self._parting is None:
                    farewell = f"{words.bracketed(reason)} {farewell}" if reason else farewell
                self._remarks = [*self._remarks, farewell]
                self._cut_at = self._hang_at = now + CLOSES_WITHIN
            case Phase.CLOSING:
                pass
            case _:
                self.phase = Phase.OVER
        return self._settle(now)

    # --- inside ------------------------------------------------------------------------------

    def _take_in(self, item: port.Item) -> None:
        if item.kind == "psap":
            self._quotes.record(item.sequence, item.text)
            if item.by == self._terms.by:  # they have typed it themselves
                item = port.Item(item.sequence, item.at, "event", item.text)
        self._waiting.add(item)

    def _moved(self, card: port.Card) -> None:
        moved = words.has_moved(self._place, card.place)
        self._card = card
        if moved:
            self._place = card.place
            if self.phase is Phase.TYPING:
                self._remark(words.where(card))

    def _not_taken(self, key: str, reason: str, now: float) -> None:
        if key == self._end_key and key:
            self._ends_at = now + AGAIN
        elif key:
            self._remark(words.not_taken(self._quotes.refused(key), reason))
        elif not self._owned:
            self._answer_at = now + AGAIN

    def _follow(self, events: tuple[LineEvent, ...], now: float) -> None:
        for event in events:
            match event:
                case Typed(character, echo):
                    if not echo:
                        self._said.add(character)
                        self._heard_letter(character.reading)
                case Heard(token):
                    if token in (Token.SK, Token.SKSK):
                        self._parting = token
                case Changed(state):
                    if state in _OURS_AGAIN:
                        self._flush()
                case Left(key, _, whole):
                    if whole:
                        self._has_left(key, now)
                case CallerSpeaks(speaks):
                    self._voice |= speaks
                case Detected() | Bridge():
                    pass  # an echo of ours is detected too; letters that are none tell
                case _:
                    assert_never(event)

    def _heard_letter(self, reading: str) -> None:
        self._typed += bool(reading)
        if reading.strip():
            self._parting = self._ends_at = None
        if self.phase is Phase.ANNOUNCING and self._typed >= TONES_SURE:
            self.phase = Phase.TYPING
            self._announce_at = None
            if not self._owned:
                self._tell(port.Answered(self.leg, self._terms.by))
            self._remark(words.where(self._card))
        if self._said.is_long:
            self._flush()

    def _has_left(self, key: str, now: float) -> None:
        if key == "announcement":
            self._announce_at = now + self._terms.announced_again
        elif key == "line":
            self._waiting.left()
            self._shown()
        if self.phase is Phase.CLOSING and not self._remarks:
            self._hang_at = now + HANGS_UP_AFTER

    def _shown(self) -> None:
        up_to = self._waiting.settled()
        if up_to >= 0:
            self._tell(port.Shown(self.leg, up_to))

    def _flush(self) -> None:
        """Their turn, or a good piece of it, goes to the caller."""
        if self.phase is Phase.ANNOUNCING:
            return  # a letter or two: it is kept until there is a TTY
        turn = self._said.take()
        if turn is None or not turn.text:
            return
        key = self._quotes.report(turn.text)
        self._tell(port.Wrote(self.leg, key, turn.text, self._terms.by), turn.raw)

    def _end(self, now: float) -> None:
        """They said goodbye, and nobody had anything to add."""
        self._end_key = self._end_key or self._quotes.key()
        self._ends_at = now + AGAIN  # until the gateway has recorded it
        self._tell(port.Ended(self.leg, self._end_key, self._terms.by))

    def _settle(self, now: float) -> list[Output]:
        """What is next, when the line is ours."""
        line = self._line
        if line is None or self.phase not in (Phase.TYPING, Phase.CLOSING):
            return self._done()
        if line.state is State.OURS and not line.held:
            self._type_next(line, now)
        if self.phase is Phase.TYPING:
            self._shown()
            if self._parting is not None and self._ends_at is None and self._is_idle(line, now):
                after_sk = self._parting is Token.SK
                self._ends_at = now + (self._terms.after_sk if after_sk else self._terms.after_sksk)
        return self._done()

    def _is_idle(self, line: Line, now: float) -> bool:
        is_given = self._waiting.rests(self._is_still(now))
        return line.state is State.OURS and not line.held and is_given

    def _is_still(self, now: float) -> bool:
        """Whether the caller has typed nothing for a while."""
        return now >= self._grew_at + STILL

    def _is_read(self, now: float) -> bool:
        """Whether the farewell has left, and they are not answering it."""
        line = self._line
        return now >= self._hang_at and (line is None or line.state not in _TALKING)

    def _type_next(self, line: Line, now: float) -> None:
        key, text = "remark", self._told(now)
        is_still = self._is_still(now)
        if not text and self._remarks:
            text = words.NEW_LINE + self._remarks.pop(0)
        elif not text and self.phase is Phase.TYPING:
            key, text = "line", self._waiting.next(is_still=is_still)
            if not text and self._owes_turn and not self._waiting.awaits_more(is_still):
                text = " GA"
        if not text:
            return
        self._owes_turn = bool(self._remarks) or self._waiting.awaits_more(is_still)
        if self.phase is Phase.TYPING and not self._owes_turn:
            text = words.handing_over(text)
        if key == "line":
            self._ends_at = None
        self._follow(line.write(key, text, now), now)

    def _told(self, now: float) -> str:
        """Words about how much is still to come, where it is much and was not just said."""
        count = self._waiting.behind
        if not count or (self._told_at is not None and now < self._told_at + TOLD_AGAIN):
            return ""
        seconds = seconds_on_wire(self._waiting.text, self._terms.pace)
        if self.phase is not Phase.TYPING or seconds < self._terms.told_from:
            return ""
        self._told_at = now
        return words.NEW_LINE + words.waiting(count, seconds)

    def _remark(self, text: str) -> None:
        if text and self.phase in (Phase.TYPING, Phase.CLOSING):
            self._remarks.append(text)

    def _who(self) -> str:
        return "a voice answered" if self._voice else "somebody picked up and typed nothing"

    def _refuse(self, reason: str) -> None:
        if self.phase not in (Phase.CLOSING, Phase.GONE, Phase.OVER):
            self._tell(port.Refused(self.leg, reason))
        self.phase = Phase.OVER

    def _hang_up(self, reason: str) -> None:
        self.phase = Phase.OVER
        self._line = None
        self._out.append(HangUp(reason))

    def _tell(self, report: port.Report, raw: bytes = b"") -> None:
        self._out.append(Tell(report, raw))

    def _done(self) -> list[Output]:
        out, self._out = self._out, []
        return out
