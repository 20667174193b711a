"""Wrong binds, remembered by the address they came from and never by system_id. Pure.

By system_id anybody could lock a carrier out. By address there are two kinds:

- Nobody may bind from there. After too many tries the address is turned away at the door for a
  while that doubles with every further try.
- Some account may bind from there, and behind that address may stand a good system of the carrier
  beside one that was forgotten when the password changed. Such an address is never turned away and
  a correct bind from it never waits; its wrong ones are answered late, later with every further
  one. With the places an address has (`smpp/doors.py`) that leaves a guesser some five tries a
  second, and one carrier's mistake costs nobody a text.

The table is bounded; what was not heard of for longest is forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from ...smpp.doors import site_of

ADDRESSES_MAX = 10_000  # some 200 octets each
BARRED_FIRST, BARRED_MAX = 10.0, 3_600.0  # seconds
LATE_FIRST, LATE_MAX = 0.5, 4.0  # seconds; below the 5 s that a connection has for its bind
LEVEL_MAX = 16  # both have reached their limit long before


@dataclass(frozen=True, slots=True)
class LockLimits:
    """`failures` in a row are one too many; one is forgiven after `forgiven_after` seconds."""

    failures: int = 10
    forgiven_after: float = 15.0


@dataclass(frozen=True, slots=True)
class Locked:
    """For people. `until`: when it is let in again; 0.0 when it is only answered late."""

    address: str
    until: float
    failures: int


@dataclass(slots=True)
class _Record:
    address: str
    at: float  # from when on it is forgiven
    count: float = 0.0
    level: int = 0
    total: int = 0
    until: float = 0.0


class LockOut:
    """Time (monotonic seconds) is an argument."""

    def __init__(self, limits: LockLimits | None = None) -> None:
        self.limits = limits or LockLimits()
        self._records: OrderedDict[str, _Record] = OrderedDict()  # last failed last

    def __len__(self) -> int:
        return len(self._records)

    def failed(self, address: str, now: float, *, is_home: bool) -> float:
        """A wrong bind, or a stranger's connection that came to nothing. How many seconds its
        answer is to wait. `is_home`: an account may come from there."""
        site = site_of(address)
        record = self._records.get(site)
        if record is None:
            record = self._records[site] = _Record(address, now)
            if len(self._records) > ADDRESSES_MAX:
                self._records.popitem(last=False)
        self._records.move_to_end(site)
        self._forgive(record, now)
        record.count += 1
        record.total += 1
        record.address = address
        if ceil(record.count) < self.limits.failures:  # half forgiven is not forgiven
            return 0.0
        level = record.level
        record.level = min(LEVEL_MAX, level + 1)
        record.count = float(self.limits.failures)
        if is_home:
            return min(LATE_MAX, LATE_FIRST * 2.0**level)
        record.until = now + min(BARRED_MAX, BARRED_FIRST * 2.0**level)
        record.at = record.until  # waiting outside makes nothing good
        return 0.0

    def is_barred(self, address: str, now: float) -> bool:
        """Whether a stranger is turned away now."""
        record = self._records.get(site_of(address))
        return record is not None and now < record.until

    def standing(self, now: float) -> tuple[Locked, ...]:
        """Who is locked out or answered late, whoever failed most first. Forgets the forgiven."""
        found: list[Locked] = []
        for site, record in list(self._records.items()):
            self._forgive(record, now)
            if record.count <= 0 and now >= record.until:
                del self._records[site]
            elif record.level:
                until = record.until if now < record.until else 0.0
                found.append(Locked(record.address, until, record.total))
        return tuple(sorted(found, key=lambda one: -one.failures))

    def _forgive(self, record: _Record, now: float) -> None:
        if now <= record.at:
            return
        record.count = max(0.0, record.count - (now - record.at) / self.limits.forgiven_after)
        record.at = now
        if not record.count:
            record.level = record.total = 0
