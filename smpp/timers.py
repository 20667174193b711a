"""The timers of a session (SMPP v3.4, 7.2) as deadlines. Holds figures, never a clock."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

# Unanswered enquire_links until the link counts as dead: one may fall into a restart of the peer.
ENQUIRIES_MAX = 2


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Seconds, except `window`. The specification names the timers and gives no figures."""

    session_init: float = 5.0  # from the TCP connection to the bind
    enquire_link: float = 30.0  # since the peer's last PDU; many VPNs drop what idles for 60 s
    response: float = 10.0  # for each of our requests
    inactivity: float = 0.0  # since the last PDU but enquire_link; 0 is never
    window: int = 10  # our requests that may be unanswered

    def __post_init__(self) -> None:
        if min(self.session_init, self.enquire_link, self.response) <= 0 or self.inactivity < 0:
            raise ValueError(f"timers must be positive: {self}")
        if self.window < 1:
            raise ValueError(f"a window of {self.window} lets nothing through")


@dataclass(slots=True)
class Heartbeat:
    """When the peer was last alive, and what is to be done about its silence.

    Only a whole valid PDU is a sign of life, never an octet.
    """

    heard_at: float
    active_at: float  # last PDU but enquire_link, in either direction
    enquired_at: float = 0.0
    enquiries: int = 0  # sent since the peer was last heard

    def heard(self, now: float) -> None:
        self.heard_at = now
        self.enquiries = 0

    def was_active(self) -> None:
        """What was heard last was more than a heartbeat."""
        self.active_at = self.heard_at

    def enquired(self, now: float) -> None:
        self.enquired_at = now
        self.enquiries += 1

    def next_enquiry_at(self, limits: SessionLimits) -> float:
        """When the next enquire_link is due, or, after the last one, when the peer is dead."""
        if self.enquiries:
            return self.enquired_at + limits.response
        return self.heard_at + limits.enquire_link

    def inactive_at(self, limits: SessionLimits) -> float:
        """When the link has idled for too long; infinity when it may idle for ever."""
        return self.active_at + limits.inactivity if limits.inactivity else inf

    @property
    def is_exhausted(self) -> bool:
        """Whether the next thing due is to give the peer up."""
        return self.enquiries >= ENQUIRIES_MAX
