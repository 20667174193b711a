"""An account's contracted rate as a token bucket that may go into debt. Pure.

A text that was read is served: it waits for no token. What is beyond the rate makes a debt, and for
as long as that takes to pay, a bounded while, the account's binds are not read: its octets wait in
its own buffers, and nothing has to be said again. Only who goes on after that is refused
(ESME_RTHROTTLED), and of him only what comes from callers who are in a dialogue already. The first
text of a new caller is taken whatever the debt is (P7): what a carrier may cost us, the fair queue
and the journal limit; a contract is no reason to leave a person without an answer.

Time (monotonic seconds) is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Protocol

from ...smpp.settings import AccountSettings

# Seconds for which reading stops at most, before texts are refused instead: a new caller's first
# text may be among what is not read.
PRESS_MAX = 2.0
# The part of the burst that only texts may use: receipts, queries and the like leave it to them.
KEPT_FOR_TEXTS = 0.5
TINY = 1e-6  # of a token: what adding and taking leaves over


class Kind(IntEnum):
    """What comes, in the order in which it goes ahead."""

    FIRST = 0  # a text of a caller who has no open dialogue
    TEXT = 1
    OTHER = 2  # receipts, acknowledgements, queries: everything that is no text


@dataclass(frozen=True, slots=True)
class Contract:
    """`rate`: per second; 0 is no limit. `burst`: how many may come at once."""

    rate: float = 0.0
    burst: int = 100


class Bucket:
    """One account's. Owns how much it has left."""

    def __init__(self, contract: Contract, now: float) -> None:
        self.contract = contract
        self.refused = 0  # since the start
        self._left = float(contract.burst)
        self._at = now
        self._pressed_until = -inf
        self._was_cut = False  # the last pause was shorter than its debt asked for

    def adopt(self, contract: Contract, now: float) -> None:
        """Another rate from now on; what was used stays used."""
        self._fill(now)
        self.contract = contract
        self._left = min(self._left, float(contract.burst))

    def take(self, kind: Kind, now: float) -> bool:
        """Whether it is to be served; if not, it is refused for the moment."""
        contract = self.contract
        if not contract.rate:
            return True
        self._fill(now)
        if kind is Kind.OTHER:
            served = self._left >= 1 + contract.burst * KEPT_FOR_TEXTS
        elif kind is Kind.TEXT:
            served = self._left >= 1 - contract.burst - TINY
        else:
            served = True
        if served:
            # A debt has a limit, so that first texts do not shut out the others for long.
            self._left = max(self._left - 1, -float(contract.burst))
        self.refused += not served
        return served

    def press(self, now: float) -> float:
        """For how many seconds reading is to stop; 0.0 when it need not, or when it has stopped
        for as long as it may and there is debt still."""
        contract = self.contract
        if not contract.rate:
            return 0.0
        self._fill(now)
        if self._left >= -TINY:
            self._was_cut = False
            return 0.0
        if now >= self._pressed_until and not self._was_cut:
            pause = -self._left / contract.rate
            self._was_cut = pause > PRESS_MAX
            self._pressed_until = now + min(PRESS_MAX, pause)
        return max(0.0, self._pressed_until - now)

    def _fill(self, now: float) -> None:
        contract = self.contract
        left = self._left + max(0.0, now - self._at) * contract.rate
        self._left = min(left, float(contract.burst))
        self._at = now


class Party(Protocol):
    """What is to be known of a carrier here."""

    @property
    def name(self) -> str: ...
    @property
    def account(self) -> AccountSettings: ...


class Contracts:
    """The buckets of all accounts, by the carrier's name. `now`: monotonic seconds."""

    def __init__(self, parties: Iterable[Party], now: Callable[[], float]) -> None:
        self._now = now
        self._buckets: dict[str, Bucket] = {}
        self._refused = 0  # by accounts that are gone
        self.adopt(parties)

    @property
    def refused(self) -> int:
        """What was refused for a rate, since the start."""
        return self._refused + sum(one.refused for one in self._buckets.values())

    def adopt(self, parties: Iterable[Party]) -> None:
        """These accounts and rates hold from now on; what was used stays used."""
        before, self._buckets = self._buckets, {}
        for party in parties:
            contract = Contract(party.account.rate, party.account.burst)
            bucket = before.pop(party.name, None)
            if bucket is None:
                bucket = Bucket(contract, self._now())
            else:
                bucket.adopt(contract, self._now())
            self._buckets[party.name] = bucket
        self._refused += sum(one.refused for one in before.values())

    def take(self, name: str, kind: Kind) -> bool:
        """Whether the account may be served this now. One that is gone has no rate any more."""
        bucket = self._buckets.get(name)
        return bucket is None or not bucket.contract.rate or bucket.take(kind, self._now())

    def press(self, name: str) -> float:
        """For how many seconds its binds are not to be read."""
        bucket = self._buckets.get(name)
        return 0.0 if bucket is None or not bucket.contract.rate else bucket.press(self._now())
