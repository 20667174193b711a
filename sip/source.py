"""Which address a call's media come from. Reads no packet; whoever has checked one says so here."""

from __future__ import annotations

from ipaddress import ip_address

Address = tuple[str, int]  # (host, port) as a socket gives them

# Seconds without a packet after which another port of the caller's hosts is listened to: its
# translator has forgotten it. A gap in speech is no such silence: G.711 is sent all the time.
GONE_AFTER = 2.0


def canonical(host: str) -> str:
    """A literal address in the spelling of a socket; a name as it is."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host


def is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Source:
    """The one address that is heard: where the peer said it is, or the first port of its hosts.

    The hosts are those of its SDP and its signalling: a caller behind a translator speaks from
    another port than it names, a stranger from another host. From the same host, what another
    call still sends to a port that is now ours must not be taken for this caller: as soon as the
    named address speaks, no other is heard.
    """

    def __init__(self, hosts: frozenset[str], named: Address | None = None) -> None:
        self.address: Address | None = None
        self._hosts = frozenset(map(canonical, hosts))
        self._named = named and (canonical(named[0]), named[1])
        self._heard_at = 0.0

    def possible(self, address: Address, now: float) -> bool:
        """Whether a packet from there can be the caller's. Decides nothing."""
        if address in (self.address, self._named):
            return True
        if address[0] not in self._hosts:
            return False
        if self.address is None:
            return True
        return self.address != self._named and now >= self._heard_at + GONE_AFTER

    def admits(self, address: Address, now: float) -> bool:
        """Whether the packet that came from there is heard; if so, it is the caller's address."""
        if address != self.address and not self.possible(address, now):
            return False
        self.address, self._heard_at = address, now
        return True

    def speaks(self, now: float) -> None:
        """The same of one that came from the address that is heard."""
        self._heard_at = now

    def is_of(self, host: str) -> bool:
        """Whether the caller may send from that host, be it from another port."""
        return host in self._hosts

    def moves(self, hosts: frozenset[str], named: Address | None) -> None:
        """The peer says anew where it is. Until it speaks from there it is heard from where it
        was, unless that host is no longer its own."""
        self._hosts = frozenset(map(canonical, hosts))
        self._named = named and (canonical(named[0]), named[1])
        if self.address is not None and self.address[0] not in self._hosts:
            self.address = None
