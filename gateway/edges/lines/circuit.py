"""What every call of a SIP trunk has, whatever it carries: its session, the ear for its audio, its
place in the beat, and that all of it is given back once.

Knows no dialogue, and decides nothing about one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ....sip.sockets import Clock
from ....sip.uri import SipUri
from ....tty.line import Line
from ....tty.modulator import Modulator
from ....tty.turns import Policy
from ...location.port import Answer
from .ears import Ear
from .rhythm import Beats, Rhythm
from .session import Session
from .settings import TtySettings

FAULT = "a fault of the gateway"


@dataclass(frozen=True, slots=True)
class Manners:
    """How a line types: the same for all of its calls. `telephones`: PSAP -> who is rung where a
    caller speaks or hears; none where `policy` has no voices."""

    tty: TtySettings
    policy: Policy
    telephones: Mapping[str, SipUri] = field(default_factory=dict[str, SipUri])

    def modulator(self) -> Modulator:
        tty = self.tty
        return Modulator(tty.pace(), tty.level, careful=tty.careful)


class Circuit:
    """`over` is called once, when nothing is left of the call.
    `place`: the location object that the call came with; `reads` says what is in another."""

    def __init__(
        self,
        session: Session,
        manners: Manners,
        clock: Clock,
        rhythm: Rhythm,
        no_packet_within: float,
        over: Callable[[], None],
        place: bytes | None,
        reads: Callable[[bytes], Answer],
    ) -> None:
        self.session = session
        self.manners = manners
        self.ear: Ear | None = None
        self.is_over = False
        self.no_packet_within = no_packet_within  # seconds
        self.silence = f"no packet came for {no_packet_within:g} s"  # why such a call ends
        self._clock = clock
        self._rhythm = rhythm
        self._over = over
        self._place = place
        self._reads = reads

    def moved(self, place: bytes) -> Answer | None:
        """What is in a location object that came within the call. None: it is no news, for a
        request that refreshes a call brings the same one again."""
        known, self._place = self._place, place
        return None if place == known else self._reads(place)

    @property
    def now(self) -> float:
        return self._clock.seconds()

    def listen(self, modulator: Modulator, policy: Policy, now: float) -> Line:
        """Opens the ear, and gives the conversation in tones that hears with it."""
        self.ear = self._rhythm.ear()
        falls_back = self.manners.tty.falls_back
        return Line(self.ear, modulator, policy, now, falls_back=falls_back)

    def join(self, call: Beats) -> None:
        """From the next beat on."""
        self._rhythm.join(call)

    def finish(self, call: Beats, told: Callable[[], None]) -> None:
        """Nothing is left of it. `told` tells the gateway so, before anything is closed. Said
        twice, it is done once."""
        if self.is_over:
            return
        self.is_over = True
        told()
        self._rhythm.leave(call)
        self.session.close()
        if self.ear is not None:
            self.ear.close()
            self.ear = None
        self._over()
