"""The console of one PSAP as a machine: it hears browsers and the gateway, and says what follows.

Sans-IO and pure: no socket, no clock, no log. `now` (UTC seconds) is an argument, and every method
returns what is to be done, in order. It answers no dialogue by itself: a click is reported, and who
has the dialogue is what the gateway recorded and said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from .. import port
from . import frames, sayings
from .barred import Barred
from .frames import BAD_FRAME, NO_SESSION, ClientFrame, FrameError, ServerFrame
from .legs import Client, Held, Ledger, leg_id
from .outputs import Close, EndSessions, Output, Send, Tell
from .presence import HandOvers, Presence
from .screens import Screens
from .terms import Terms, User

LEFT = "the last person here has left the console"


class Hub:
    def __init__(self, psap: str, terms: Terms, measure: port.MeasureText) -> None:
        self._psap = psap
        self._measure = measure
        self._terms = terms
        self._users: dict[str, User] = {user.name: user for user in terms.users}
        self._legs = Ledger()
        self._here = Presence()
        self._barred = Barred(self._here, self._send)
        self._hand_overs = HandOvers(self._here, self._legs, self._send)
        self._screens = Screens(self._here, self._legs, self._send, self._tell)
        self._said: port.Availability | None = None
        self._out: list[Output] = []

    # --- the gateway's verbs -------------------------------------------------------------------

    def start(self, now: float, logged_in: Iterable[str]) -> list[Output]:
        """The gateway starts, perhaps again: the browsers of who is logged in are on their way."""
        self._said = None
        people = [user for user in logged_in if user in self._users]
        self._here.begin(people, now, now + self._terms.back_within)
        return self._done()

    def offer(self, offer: port.Offer, now: float) -> list[Output]:
        """A ringing leg is refused here and now when nobody can hear it, and kept unseen while
        somebody is on the way back. One that was answered before the gateway restarted is kept."""
        if not offer.answered_by and (refusal := self._refusal()):
            self._tell(port.Refused(offer.leg, refusal))
            return self._done()
        known = self._legs.get(leg_id(offer.leg))
        if known:
            self._screens.flush(known, now)
        before = known.last if known else -1
        held = self._legs.take(offer)
        if held.owner:
            self._here.missing(held.owner)
        self._screens.ring(held, before, now)
        return self._done()

    def give(self, leg: port.Leg, item: port.Item, now: float) -> list[Output]:
        held = self._legs.open(leg)
        asked = "" if held is None else held.asked.get(item.key, "")
        if held is None or (line := held.add(item)) is None:
            return []  # refused or ended while the gateway was saying it, or said before
        self._screens.line(held, line, now)
        for client in self._here.of(asked):
            one = self._here.get(client)
            if one is not None and not held.readable_by(one):  # its write crossed a take-over
                self._send((client,), sayings.crossed(held, item.key))
        if item.kind in ("caller", "psap"):
            self._awake(held)
        return self._take()

    def update(self, leg: port.Leg, change: port.Change, now: float) -> list[Output]:
        held = self._legs.get(leg_id(leg))
        if held is None:
            return []  # refused while the gateway was saying it
        if isinstance(change, port.AnsweredBy):
            self._answered(held, change.by, change.at, now)
            return self._done()
        match change:
            case port.CardChanged(card):
                self._screens.card(held, card)
            case port.DeliveryChanged(sequence, delivery, note):
                if held.deliver(sequence, delivery, note):
                    said = frames.NewDelivery(held.id, sequence, delivery, note)
                    self._send(self._screens.readers(held), said)
            case port.NotTaken(key, reason):
                asked = held.asked.pop(key, "")
                self._send(self._here.of(asked), frames.NotTakenHere(held.id, key, reason))
            case port.Typed():
                self._screens.typed(held, change)
                self._awake(held)
            case port.Sending():
                self._screens.sending(held, change)
            case port.LineChanged(line):
                self._screens.turn(held, line)
            case port.Quiet(closes_at):
                held.closes_at = closes_at
                self._send(self._screens.readers(held), frames.Quiet(held.id, closes_at))
            case _:
                assert_never(change)
        return self._take()  # none of these changes who can be reached

    def close(self, leg: port.Leg, reason: str, now: float) -> list[Output]:
        """Both `withdraw` and `end`: the leg is over, whoever wanted it so."""
        held = self._legs.open(leg)
        if held is not None:
            self._screens.close(held, reason, now)
        return self._done()

    def blocks(self, active: tuple[port.Block, ...], trouble: str) -> list[Output]:
        self._barred.replace(active, trouble)
        return self._take()

    def replace(self, terms: Terms, now: float) -> list[Output]:
        """New settings. People whose account changed must log in again."""
        old = self._users
        self._terms = terms
        self._users = {user.name: user for user in terms.users}
        changed = tuple(name for name, user in old.items() if self._users.get(name) != user)
        if changed:
            self._out.append(EndSessions(changed))
        for name in changed:
            self._dismiss(name, "Your account was changed. Log in again.", now)
        self._send(self._here.ids(), sayings.words(self._terms))
        return self._done()

    # --- browsers ------------------------------------------------------------------------------

    def greet(self, client: str, user: str, hello: frames.Hello, now: float) -> list[Output]:
        """A link said hello. Raises `FrameError` when it speaks another protocol."""
        if hello.version != frames.VERSION:
            raise FrameError(
                BAD_FRAME, f"protocol version {hello.version}; this gateway speaks {frames.VERSION}"
            )
        if self._here.get(client) is not None:
            raise FrameError(BAD_FRAME, "a second hello")
        account = self._users.get(user)
        if account is None:
            raise FrameError(NO_SESSION, "Your account was removed.")
        self._screens.flush_all(now)  # to those who are here; who is new gets it with the legs
        new = Client(client, user, account.role, stopped_at=dict(hello.resume))
        if self._here.add(new):
            self._set_stalled(user, stalled=False)
        self._send((client,), sayings.welcome(self._psap, self._terms, account, now))
        self._send((client,), sayings.words(self._terms))
        self._send(self._here.ids(), sayings.people(self._here, self._users))
        self._screens.greet(new, hello.resume)
        self._hand_overs.remind(new)
        self._barred.remind(new)
        return self._done()

    def hear(self, client: str, frame: ClientFrame, raw: bytes, now: float) -> list[Output]:
        """A frame from a link. Raises `FrameError` when it has not said hello, or says it twice."""
        one = self._here.get(client)
        if one is None:
            raise FrameError(BAD_FRAME, "the first frame must be hello")
        if isinstance(frame, frames.Seen):
            self._screens.seen(one, frame, raw)
            return self._take()
        match frame:
            case frames.Hello():
                raise FrameError(BAD_FRAME, "a second hello")
            case frames.Answer():
                self._click(one, frame, raw)
            case frames.Write() | frames.End() | frames.Block():
                self._ask(one, frame, raw)
            case frames.Interrupt():
                self._interrupt(one, frame, raw)
            case frames.Voice():
                self._voice(one, frame, raw)
            case frames.Unblock(block):
                if self._barred.may_lift(one, block):
                    self._tell(port.Unblocked(self._psap, block, one.user), raw)
            case frames.Lines():
                self._screens.lines(one, frame)
            case frames.Members():
                self._screens.members(one, frame, now)
            case frames.ChartOf():
                self._screens.chart(one, frame)
            case frames.MeasureThis():
                self._send((client,), sayings.measured(self._measure, frame))
            case frames.Ping(sent):
                self._send((client,), frames.Pong(sent, now))
            case frames.HandOver(to):
                self._hand_overs.ask(one, to)
            case frames.AcceptHandOver(from_user, accepted):
                for held in self._hand_overs.answer(one, from_user, accepted):
                    held.clicked.add(client)
                    self._tell(port.Answered(held.leg, one.user, takeover=True), raw)
            case frames.LogOut():
                self._log_out(one, now)
            case _:
                assert_never(frame)
        return self._done()

    def leave(self, client: str, now: float, *, logged_in: bool) -> list[Output]:
        """A link is gone. For one that never said hello, or was ended by us, nothing is to do.
        Whoever is still `logged_in` is awaited for a moment."""
        if (one := self._here.get(client)) is not None:
            self._leave(one, now, now + self._terms.back_within if logged_in else 0.0)
            self._refuse_unheard(LEFT, now)
        return self._done()

    def holds(self, user: str) -> bool:
        """Whether this person has an open dialogue."""
        return bool(self._legs.of(user))

    def wakes_at(self) -> float | None:
        """When `tick` has something to do (UTC seconds), or None."""
        due_at = self._screens.due_at()
        if self._here.is_settled:
            return due_at
        times = [
            since + self._terms.stalled_after
            for user, since in self._here.gone.items()
            if any(not held.stalled for held in self._legs.of(user))
        ]
        if due_at is not None:
            times.append(due_at)
        if (awaited_until := self._here.awaited_until()) is not None:
            times.append(awaited_until)
        if self._here.nobody_since is not None and self._legs.owned():
            times.append(self._here.nobody_since + self._terms.nobody_after)
        return min(times, default=None)

    def tick(self, now: float) -> list[Output]:
        self._screens.tick(now)
        for user, since in self._here.gone.items():
            if now >= since + self._terms.stalled_after:
                self._set_stalled(user, stalled=True)
        nobody = self._here.nobody_since
        if nobody is not None and now >= nobody + self._terms.nobody_after:
            for held in self._legs.owned():
                self._refuse(held, "nobody is left at the console", now)
        if self._here.give_up(now):
            self._refuse_unheard("nobody has come back to the console", now)
        return self._done()

    def _click(self, client: Client, frame: frames.Answer, raw: bytes) -> None:
        held = self._legs.get(frame.leg)
        if held is None or held.closed:
            reason = held.closed if held else sayings.UNKNOWN
            self._send((client.id,), frames.NotPossible("answer", frame.leg, reason))
            return
        takeover = frame.takeover and held.owner not in ("", client.user)
        if takeover and not held.may_be_taken_by(client):
            reason = f"{held.owner} has this dialogue and is connected. Ask a supervisor."
            self._send((client.id,), frames.NotPossible("answer", frame.leg, reason))
            return
        held.clicked.add(client.id)
        self._tell(port.Answered(held.leg, client.user, takeover), raw)

    def _ask(
        self, client: Client, frame: frames.Write | frames.End | frames.Block, raw: bytes
    ) -> None:
        held = self._legs.get(frame.leg)
        if held is None:
            self._send((client.id,), frames.NotTakenHere(frame.leg, frame.key, sayings.UNKNOWN))
        elif (line := held.with_key(frame.key)) is not None:
            # Recorded already, and the browser may not know. It knows the line by its sequence. Who
            # may not read the leg any more gets no line: there would be a hole before it.
            readable = held.readable_by(client)
            new = frames.NewLine(held.id, line)
            self._send((client.id,), new if readable else sayings.crossed(held, frame.key))
        elif held.closed and not isinstance(frame, frames.Write):
            self._send((client.id,), frames.Closed(held.id, held.closed))
        elif objection := sayings.objection(held, client, frame, self._terms):
            self._send((client.id,), frames.NotTakenHere(frame.leg, frame.key, objection))
        else:
            held.asked[frame.key] = client.user
            self._tell(sayings.report_of(held.leg, client.user, frame), raw)

    def _interrupt(self, client: Client, frame: frames.Interrupt, raw: bytes) -> None:
        held = self._legs.get(frame.leg)
        if held is None or held.closed or held.owner != client.user:
            reason = sayings.UNKNOWN if held is None else "Only who has this dialogue interrupts."
            self._send((client.id,), frames.NotPossible("interrupt", frame.leg, reason))
        else:
            self._tell(port.Interrupted(held.leg, client.user), raw)

    def _voice(self, client: Client, frame: frames.Voice, raw: bytes) -> None:
        held = self._legs.get(frame.leg)
        if held is not None and (refusal := sayings.no_voice(held, client)):
            self._send((client.id,), frames.NotPossible("voice", frame.leg, refusal))
        elif held is None:
            self._send((client.id,), frames.NotPossible("voice", frame.leg, sayings.UNKNOWN))
        else:
            self._tell(port.VoiceAsked(held.leg, client.user, frame.mode), raw)

    def _log_out(self, client: Client, now: float) -> None:
        if count := len(self._legs.of(client.user)):
            what = "1 open dialogue" if count == 1 else f"{count} open dialogues"
            reason = f"You have {what}. Hand over to a colleague or end first."
            self._send((client.id,), frames.NotPossible("log_out", "", reason))
            return
        self._send(self._here.of(client.user), frames.LoggedOut())
        self._out.append(EndSessions((client.user,)))
        self._dismiss(client.user, "Logged out.", now)

    # --- people coming and going ---------------------------------------------------------------

    def _dismiss(self, user: str, reason: str, now: float) -> None:
        for client in self._here.of(user):
            self._out.append(Close(client, NO_SESSION, reason))
            one = self._here.get(client)
            assert one is not None
            self._leave(one, now, 0.0)
        self._here.await_no_more(user)
        self._refuse_unheard(LEFT, now)

    def _leave(self, client: Client, now: float, back_until: float) -> None:
        if self._here.remove(client, now, back_until):
            self._send(self._here.ids(), sayings.people(self._here, self._users))
            self._hand_overs.leave(client.user)

    def _set_stalled(self, user: str, *, stalled: bool) -> None:
        for held in self._legs.of(user):
            if held.stalled is not stalled:
                held.stalled = stalled
                self._send(self._here.ids(), frames.Stalled(held.id, stalled))

    # --- legs ----------------------------------------------------------------------------------

    def _awake(self, held: Held) -> None:
        """Somebody has written: it does not close by itself."""
        if held.closes_at:
            held.closes_at = 0.0
            self._send(self._screens.readers(held), frames.Quiet(held.id, 0.0))

    def _answered(self, held: Held, by: str, at: float, now: float) -> None:
        if by == held.owner:
            waiting = tuple(one for one in sorted(held.clicked) if self._here.get(one))
            self._send(waiting, frames.NewOwner(held.id, by, held.answered_at))
            held.clicked.clear()
        elif not held.closed:  # else given back or withdrawn before the answer was written down
            self._here.missing(by)
            self._screens.answered(held, by, at, now)

    def _refuse_unheard(self, reason: str, now: float) -> None:
        """When nobody is here and nobody is awaited, nobody will hear what rings."""
        if not self._here.reachable:
            for held in [one for one in self._legs if not one.closed and not one.owner]:
                self._refuse(held, reason, now)

    def _refuse(self, held: Held, reason: str, now: float) -> None:
        self._tell(port.Refused(held.leg, reason))
        self._screens.close(held, f"Passed on: {reason}.", now)

    def _refusal(self) -> str:
        if self._terms.suspended:
            return f"suspended: {self._terms.suspended}"
        return "" if self._here.reachable else "nobody is logged in at the console"

    def _send(self, clients: tuple[str, ...], frame: ServerFrame) -> None:
        if clients:
            self._out.append(Send(clients, frame))

    def _tell(self, report: port.Report, cause: bytes = b"") -> None:
        self._out.append(Tell(report, cause))

    def _take(self) -> list[Output]:
        out, self._out = self._out, []
        return out

    def _done(self) -> list[Output]:
        """What this call came to, with the availability when it changed."""
        refusal = self._refusal()
        people = sum(1 for _ in self._here.users())
        stalled = sum(held.stalled for user in self._here.gone for held in self._legs.of(user))
        words = refusal or ("" if people else "everybody is on the way back")
        now = port.Availability(self._psap, not refusal, people, stalled, words)
        if now != self._said:
            self._said = now
            self._tell(now)
        return self._take()
