"""The telephone of a PSAP beside a caller's letters (VCO, HCO): a call of ours through the trunk's
own door, joined to the caller's.

`Switchboard` rings and knows which telephone an effect is about; `Telephone` is one of them; what
one caller's call knows of it is in `beside`. Whatever happens to a telephone is told in words, and
never ends the caller's call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, assert_never

from ....sip import asked
from ....sip.clock import Due
from ....sip.effects import (
    Answered,
    CallId,
    Cause,
    Confirmed,
    Declined,
    Effect,
    Ended,
    Offered,
    Progress,
    Reanswered,
    Refused,
    Unproven,
    Why,
)
from ....sip.message import Headers
from ....sip.shown import shown
from ....sip.uri import NameAddr, SipUri
from .bridge import Bridge
from .door import VoiceState
from .session import Session, Signalling, Terms

RINGS_FOR = 45.0  # seconds; who sits beside it takes it in ten
NOBODY = CallId(-1)  # before it is rung
# Words of ours: what the other side writes into its answers is not for people's screens.
STATUSES = {
    403: "calls of ours are not let through",
    404: "its number is not known there",
    408: "it does not answer",
    410: "its number is not known there",
    480: "nobody took it",
    486: "it is busy",
    487: "nobody took it",
    488: "it takes no G.711 sound",
    503: "it cannot be reached",
    600: "it is busy",
    603: "the call was declined",
    606: "it takes no G.711 sound",
}
WHYS = {
    Why.BYE: "the telephone was hung up",
    Why.CANCEL: "the call was given up",
    Why.HUNG_UP: "the call was given up",
    Why.TIMEOUT: "the telephone does not answer any more",
    Why.SESSION_TIMER: "nobody said in time that its call still stands",
    Why.LOST: "the telephone cannot be reached any more",
}

OfCall = Progress | Answered | Confirmed | Offered | Reanswered | Declined | Refused | Ended
Told = Callable[[VoiceState, str], None]


class Exchange(Signalling, Protocol):
    """A door of the trunk."""

    @property
    def contact(self) -> SipUri: ...
    def invite(
        self,
        target: SipUri,
        caller: NameAddr,
        description: bytes,
        headers: Headers,
        begun: Callable[[CallId], None],
    ) -> None:
        """Rings. `begun` hears the number of the call before anything is told of it."""
        ...


class Telephone:
    """From its ringing on. `told` hears how it goes: "open" once at most, then "failed" or "ended"
    once, unless it was let go. `over` is called when nothing is left of it. `logs_in`: where our
    name and password for its exchange stand."""

    def __init__(
        self, session: Session, silence: str, logs_in: str, told: Told, now: float
    ) -> None:
        self.session = session
        self.bridge = Bridge()
        self.is_open = False
        self.over: Callable[[], None] = _nothing
        self._silence = silence
        self._logs_in = logs_in
        self._told = told
        self._until = now + RINGS_FOR
        self._is_over = False

    # --- from the user agent ---------------------------------------------------------------

    def hear(self, effect: OfCall) -> None:
        match effect:
            case Answered(sdp=description):
                self._answered(description)
            case Confirmed(sdp=description):
                if description:
                    self._settle(description)
            case Offered(sdp=description):
                self.session.offered(description)
            case Reanswered(sdp=description):
                if description:
                    self.session.reanswered(description)  # of no use: all stays as it was
            case Progress() | Declined():
                pass  # it rings, which was told; the session timer says when it is enough
            case Refused(status=status, unproven=Unproven() as why):
                self._finish(f"{asked.words(why, self._logs_in)} ({status})")
            case Refused(status=status):
                words = STATUSES.get(status, "the call failed")
                self._finish(f"{words} ({status})")
            case Ended(cause=cause):
                self._finish(_words(cause))
            case _:
                assert_never(effect)

    def _answered(self, description: bytes) -> None:
        if self._settle(description):
            self.is_open = True
            self._told("open", "")

    def _settle(self, answer: bytes) -> bool:
        """What they answered to our offer."""
        if why := self.session.settle(answer):
            self.give_up(f"no sound could be agreed: {why}")
        return not why

    # --- from the call beside it -----------------------------------------------------------

    def let_go(self, reason: str) -> None:
        """We end it, and nothing is told."""
        if not self._is_over:
            self._close()
            self.session.hang_up(reason)

    def give_up(self, reason: str) -> None:
        """We end it, and it is told why."""
        was_open = self.is_open
        self.let_go(reason)
        self._told("ended" if was_open else "failed", reason)

    def beat(self, due: Due, now: float) -> None:
        """What it says is taken, and what it is to hear is sent."""
        if not self.is_open:
            if now >= self._until:
                self.give_up(f"nobody took it within {RINGS_FOR:g} s")
            return
        audio = self.session.audio
        if audio is None:
            return
        for chunk in audio.take(now):
            self.bridge.telephone(chunk.samples)
        audio.stream.skip(due.skipped)
        for _ in range(due.frames):
            audio.send(self.bridge.to_telephone(), now)
        if audio.tend(now):
            self.give_up(self._silence)

    # --- inside ----------------------------------------------------------------------------

    def _finish(self, reason: str) -> None:
        """The other side has ended it."""
        if self._is_over:
            return  # the answer to our own hanging up
        was_open = self.is_open
        self._close()
        self.session.close()
        self._told("ended" if was_open else "failed", reason)

    def _close(self) -> None:
        self._is_over, self.is_open = True, False
        self.over()


Ring = Callable[[SipUri, str, Told], Telephone]  # (whom, the caller's number, who is told)


class Switchboard:
    """The telephones of one trunk. `trunk`: its name."""

    def __init__(self, trunk: str, terms: Terms) -> None:
        self._terms = terms
        self._logs_in = f"[sip] of lines/{trunk}.toml"
        self._silence = f"no sound came from it for {terms.no_packet_within:g} s"
        self._telephones: dict[tuple[Exchange, CallId], Telephone] = {}

    def __len__(self) -> int:
        return len(self._telephones)

    def ring(self, door: Exchange, host: str, target: SipUri, ani: str, told: Told) -> Telephone:
        """`host`: our address for its sound. Raises NotTaken where there is no port for it."""
        session = Session(NOBODY, self._terms, door, host, target.host.strip("[]"))
        description = session.offer()
        now = self._terms.clock.seconds()
        telephone = Telephone(session, self._silence, self._logs_in, told, now)

        def begun(call: CallId) -> None:
            session.call = call
            self._telephones[door, call] = telephone
            telephone.over = partial(self._forget, door, call)

        caller, headers = shown(ani, door.contact.host)
        door.invite(target, caller, description, headers, begun)
        return telephone

    def _forget(self, door: Exchange, call: CallId) -> None:
        del self._telephones[door, call]

    def hear(self, door: Exchange, effect: Effect) -> bool:
        """Whether it was about a telephone; then that has heard it."""
        match effect:
            case (
                Progress(call=call)
                | Answered(call=call)
                | Confirmed(call=call)
                | Offered(call=call)
                | Reanswered(call=call)
                | Declined(call=call)
                | Refused(call=call)
                | Ended(call=call)
            ):
                found = self._telephones.get((door, call))
                if found is not None:
                    found.hear(effect)
                return found is not None
            case _:
                return False


def _words(cause: Cause) -> str:
    if isinstance(cause.what, Why):
        return WHYS[cause.what]
    return f"its call failed ({cause.what})"


def _nothing() -> None:
    """It was never rung, so nobody keeps it."""
