"""What a user agent is set to: who may call, who it says it is, how long it waits. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from .flows import Address
from .grammar import Malformed
from .uri import SipUri, read_uri

Network = IPv4Network | IPv6Network

SESSION_MIN = 90  # s: RFC 4028, 4: nobody may ask for less


def session_timer(seconds: int) -> int:
    """`seconds` as they were written, 0 for none; ValueError for what nobody may ask for."""
    if 0 < seconds < SESSION_MIN:
        raise ValueError(f"a session timer below {SESSION_MIN} s is not allowed")
    return seconds


def telephone(value: str) -> SipUri:
    """Whom we call, as a person wrote it. Raises ValueError for what cannot be called."""
    try:
        found = read_uri(value)
    except Malformed as cause:
        raise ValueError(f"this is no SIP address ({cause}); write sip:NUMBER@HOST") from None
    if not isinstance(found, SipUri):
        raise ValueError("this is no SIP address; write sip:NUMBER@HOST")
    return found


def both(username: str, password: str) -> None:
    """ValueError where there is one without the other."""
    if bool(username) != bool(password):
        raise ValueError("username and password belong together: give both or none")


def enough_ports(first: int, last: int, media: int, what: str) -> None:
    """ValueError where `first` to `last` has no room for so many media, of which each takes an even
    port and the odd one above it. `what` needs them, in words."""
    room = len(range(first + first % 2, last, 2))
    if room < media:
        raise ValueError(
            f"rtp_ports has {2 * room} ports in pairs, and {what} needs {2 * media}; widen the one "
            "or lower the other"
        )


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds (RFC 3261, table 4)."""

    t1: float = 0.5  # a round trip
    t2: float = 4.0  # the longest between two sendings of a request but INVITE, or of an answer
    t4: float = 5.0  # how long a datagram may be under way

    def __post_init__(self) -> None:
        if not 0 < self.t1 <= self.t2 or self.t4 <= 0:
            raise ValueError(f"0 < T1 <= T2 and 0 < T4 are needed: {self}")

    @property
    def patience(self) -> float:
        """64 * T1: after it nobody answers any more."""
        return 64 * self.t1


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """One trunk or one PSAP.

    `contact`: where we are reached; its host and port stand in Via too.
    `peers`: networks whose requests are heard; from anywhere else all is 403.
    `accounts`: a call must prove one of these; empty: the network is enough.
    `login`: what we answer when we are asked to prove ourselves.
    `proxy`: where all that begins a dialog goes, as a loose route; None: where its URI points.
    `session`: seconds a session lives without a refresh (RFC 4028), 0: we do not ask for one.
    `ping`: seconds between two OPTIONS to a watched peer.
    """

    contact: SipUri
    peers: tuple[Network, ...] = ()
    accounts: tuple[Account, ...] = ()
    realm: str = "text911"
    login: Account | None = None
    proxy: SipUri | None = None
    product: str = "text911"  # Server and User-Agent; "" says nothing
    session: int = 1800
    ping: float = 30.0
    calls_max: int = 1_000
    transactions_max: int = 8_000  # of requests that others began; each may live for 64 * T1
    retry_after: int = 10  # s: what a peer hears with 503 when there are more
    timing: Timing = Timing()

    def __post_init__(self) -> None:
        if self.session and self.session < SESSION_MIN:
            raise ValueError(f"session is {self.session} s; 0 or at least {SESSION_MIN} is needed")
        if self.ping <= 0:
            raise ValueError(f"ping is {self.ping} s; it must be positive")
        if min(self.calls_max, self.transactions_max) < 1:
            raise ValueError("calls_max and transactions_max must let something through")

    def hears(self, remote: Address) -> bool:
        """Whether a request from there is heard."""
        try:
            address = ip_address(remote[0].partition("%")[0])
        except ValueError:
            return False  # the shell says addresses; a name is nobody's
        mapped = getattr(address, "ipv4_mapped", None)  # as a socket for both versions shows it
        return any((mapped or address) in network for network in self.peers)
