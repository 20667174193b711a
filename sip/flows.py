"""Between whom octets go, and where chance comes from: what the signalling is handed from outside.

Knows no message and opens nothing. A `Flow` is a value; the shell that holds the sockets knows what
stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from .grammar import parameter
from .uri import SipUri

Transport = Literal["UDP", "TCP", "TLS"]
Address = tuple[str, int]  # (host, port); an IPv6 address without brackets


@dataclass(frozen=True, slots=True)
class Flow:
    """One way to a peer and back. `remote` may hold a name where a peer's URI says one: the shell
    looks it up. `connection` is the shell's number for a stream that stands; 0: datagrams, or any
    stream to `remote`, opened if there is none."""

    transport: Transport
    local: Address
    remote: Address
    connection: int = 0

    @property
    def reliable(self) -> bool:
        """Whether the transport itself sends again what was lost (RFC 3261, 17)."""
        return self.transport != "UDP"

    def same_way(self, other: Flow) -> bool:
        """Whether what befalls one befalls the other. A stream that is not numbered yet is any."""
        if (self.transport, self.remote) != (other.transport, other.remote):
            return False
        return self.connection == other.connection or 0 in (self.connection, other.connection)

    def __str__(self) -> str:
        return f"{self.transport} {self.remote[0]}:{self.remote[1]}"


class Chance(Protocol):
    """Where branches, tags, Call-IDs and nonces come from. Must not be guessable: who guesses a
    tag can end a call."""

    def token(self, octets: int) -> str:
        """Hexadecimal digits of that many octets of chance, two for each."""
        ...


def fraction(chance: Chance) -> float:
    """Somewhere from 0 to below 1, in steps of 1/65,536."""
    return int(chance.token(2), 16) / 65_536


def flow_to(uri: SipUri, local: Address, usual: Transport = "UDP") -> Flow:
    """The way to a URI (RFC 3263 without its look-ups: the transport and port that are said, or
    the usual ones; maddr is passed over: nobody may aim us at a third)."""
    said = (parameter(uri.params, "transport") or usual).upper()
    transport: Transport = "UDP"
    if uri.scheme == "sips" or said == "TLS":
        transport = "TLS"
    elif said == "TCP":
        transport = "TCP"
    port = uri.port or (5061 if transport == "TLS" else 5060)
    return Flow(transport, local, (uri.host.strip("[]"), port))
