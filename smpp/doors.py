"""Who may connect, before anything is known but the address: places, counted. Pure.

Places are bounded per address and over all of them, and those who can never bind (`is_known` is
False: no account may come from there) share a few, so that they cannot take a carrier's. What an
address did before is judged elsewhere (`is_barred`). One IPv6 site counts as one address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

SITE_BITS = 64  # of an IPv6 address; whoever has one has 2 ** 64


@dataclass(frozen=True, slots=True)
class Places:
    """How many TCP connections may stand at once."""

    # A carrier opens a handful at once after an outage.
    unbound_per_address: int = 20
    # Bound ones included: two accounts behind one address, each with all its binds.
    per_address: int = 200
    # Over all addresses, bound ones included. Far below the descriptors of a process (65,536 in our
    # unit, 1,024 where nobody has set anything).
    all_together: int = 800
    # For all addresses together that no account may come from: enough to answer a carrier that has
    # moved, too few to be in anybody's way.
    strangers: int = 50


@dataclass(slots=True, eq=False)
class Visit:
    """One connection's place. `as_stranger`: no account could come from its address then."""

    address: str
    site: str
    as_stranger: bool
    is_bound: bool = False


class Doors:
    """`is_known(address)`: an account may come from there. `is_barred(address)`: not now.
    `stranger_left(address)` is told when a connection ends that nothing could come of."""

    def __init__(
        self,
        places: Places | None = None,
        is_known: Callable[[str], bool] = lambda _address: True,
        is_barred: Callable[[str], bool] = lambda _address: False,
        stranger_left: Callable[[str], None] = lambda _address: None,
    ) -> None:
        self._places = places or Places()
        self._is_known = is_known
        self._is_barred = is_barred
        self._stranger_left = stranger_left
        self._unbound: dict[str, int] = {}
        self._here: dict[str, int] = {}
        self._all = 0
        self._strangers = 0

    def __len__(self) -> int:
        """Connections that stand."""
        return self._all

    def come(self, address: str) -> Visit | None:
        """A place for this connection, to be given back by `leave`; None turns it away."""
        site, places = site_of(address), self._places
        stranger = not self._is_known(address)
        if (
            self._all >= places.all_together
            or self._here.get(site, 0) >= places.per_address
            or self._unbound.get(site, 0) >= places.unbound_per_address
            or (stranger and self._strangers >= places.strangers)
            or self._is_barred(address)
        ):
            return None
        self._all += 1
        self._strangers += stranger
        _add(self._here, site)
        _add(self._unbound, site)
        return Visit(address, site, stranger)

    def bound(self, visit: Visit) -> None:
        """It counts no longer among those without a bind."""
        visit.is_bound = True
        _take(self._unbound, visit.site)

    def leave(self, visit: Visit) -> None:
        """The connection is gone."""
        self._all -= 1
        if visit.as_stranger:
            self._strangers -= 1
            self._stranger_left(visit.address)
        _take(self._here, visit.site)
        if not visit.is_bound:
            _take(self._unbound, visit.site)


def site_of(address: str) -> str:
    """What counts as one: an IPv4 address, also one that is written as IPv6; an IPv6 /64."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # not an IP socket: a test's, or a Unix one
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ip_network((ip, SITE_BITS), strict=False))
    return str(ip)


def _add(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def _take(counts: dict[str, int], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
