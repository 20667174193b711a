"""Who may bind: the account, its passwords, its networks, its certificates, its number of binds.
Pure.

Every bind costs the same work, whatever is wrong with it or right: the same comparisons, in the
same order, for a system_id that nobody has as for a wrong password. All refusals but one are the
same answer; that the account has too many binds is told only to who has shown all the rest.

Passwords are kept as keyed digests only; what a bind was let in by is remembered, so that a reload
can tell which binds it concerns.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

from ...smpp.pins import PIN_DIGITS, PINS_MAX, Proof
from ...smpp.settings import AccountSettings
from ...smpp.status import Status
from .lockout import Locked, LockLimits, LockOut

PASSWORDS_MAX = 2  # of one account (smpp/settings.py)
NO_DIGEST = b"\0" * 32  # compared where there is no password: no digest is all zeros
NO_PIN = "-" * PIN_DIGITS  # compared where there is none
FINGERPRINTS = 2  # of one certificate: its own and its key's
SESSION_INIT = 5.0  # seconds; for addresses that no account may come from
HOMES_MAX = 1_000  # addresses whose accounts are remembered
UNKNOWN = "nobody has that system_id"


class Password(Protocol):
    """A secret that says its value when asked."""

    def reveal(self) -> str: ...


class Party(Protocol):
    """What is to be known of a carrier here."""

    @property
    def name(self) -> str: ...
    @property
    def display(self) -> str: ...
    @property
    def account(self) -> AccountSettings: ...
    @property
    def passwords(self) -> Sequence[Password]: ...


P = TypeVar("P", bound=Party)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a bind shows. `proof`: of its TLS connection; None when it is plain."""

    system_id: str
    password: str = field(repr=False)
    address: str
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a bind was let in by."""

    address: str
    digest: bytes = field(repr=False)
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Admitted(Generic[P]):
    carrier: P
    shown: Shown


@dataclass(frozen=True, slots=True)
class Denied:
    """`words`: for operators, made of configured names only. `carrier`: its name, or "".
    `after`: seconds the answer is to wait."""

    status: Status
    words: str
    carrier: str = ""
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class _Account(Generic[P]):
    """A carrier as it is compared with. Tuples are filled up, so that all have one length."""

    carrier: P | None
    digests: tuple[bytes, ...]
    pins: tuple[str, ...]
    takes_any: bool  # there is no pin to match
    needs_tls: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """One of each is found out for every bind."""

    password: bool
    network: bool
    tls: bool
    pin: bool

    @property
    def is_good(self) -> bool:
        return self.password & self.network & self.tls & self.pin

    def words(self) -> str:
        """The first thing that is wrong, for operators."""
        if not self.network:
            return "it may not come from that address"
        if not self.tls:
            return "it came without TLS"
        if not self.pin:
            return "it showed no certificate that is pinned"
        return "its password is wrong"


class Admission(Generic[P]):
    """`key`: 16 to 64 random octets of this process. Times are monotonic seconds."""

    def __init__(self, carriers: Iterable[P], key: bytes, limits: LockLimits | None = None) -> None:
        self._key = key
        self._lockout = LockOut(limits)
        self._carriers: tuple[P, ...] = ()
        self._accounts: dict[str, _Account[P]] = {}
        self._homes: dict[str, frozenset[str]] = {}
        self._nobody: _Account[P] = _Account(
            None, _filled_digests([]), _filled_pins([]), True, False
        )
        self.adopt(carriers)

    def limit(self, limits: LockLimits) -> None:
        """How many wrong binds are too many, from now on."""
        self._lockout.limits = limits

    def adopt(self, carriers: Iterable[P]) -> None:
        """From now on these are the accounts."""
        self._carriers = tuple(carriers)
        self._homes = {}
        self._accounts = {
            one.account.system_id: _Account(
                one,
                _filled_digests([self._digest(word.reveal()) for word in one.passwords]),
                _filled_pins(one.account.tls_pins),
                not one.account.tls_pins,
                one.account.needs_tls,
            )
            for one in self._carriers
        }

    # --- before the bind ---------------------------------------------------------------------

    def is_known(self, address: str) -> bool:
        """Whether any account may come from this address."""
        return bool(self._home(address))

    def is_barred(self, address: str, now: float) -> bool:
        """Whether the address is turned away: never one that an account may come from."""
        return not self.is_known(address) and self._lockout.is_barred(address, now)

    def session_init(self, address: str) -> float:
        """Seconds that a connection from this address has for its bind."""
        home = self._home(address)
        own = (one.account.session_init for one in self._carriers if one.name in home)
        return max(own, default=SESSION_INIT)

    def stranger_left(self, address: str, now: float) -> None:
        """A connection of somebody who can never bind has ended."""
        self._lockout.failed(address, now, is_home=False)

    def locked(self, now: float) -> tuple[Locked, ...]:
        """Who is turned away or answered late, whoever failed most first."""
        return self._lockout.standing(now)

    def carriers_at(self, address: str) -> tuple[P, ...]:
        """The carriers that may come from this address."""
        home = self._home(address)
        return tuple(one for one in self._carriers if one.name in home)

    # --- the bind ----------------------------------------------------------------------------

    def judge(self, asked: Asked, up: Callable[[str], int], now: float) -> Admitted[P] | Denied:
        """`up(carrier)`: how many binds of it stand."""
        account = self._accounts.get(asked.system_id, self._nobody)
        shown = Shown(asked.address, self._digest(asked.password), asked.proof)
        judged = self._judged(account, shown)
        is_good = judged.is_good
        carrier = account.carrier
        if carrier is None or not is_good:
            at_home = self.is_known(asked.address)
            # A stranger's connection counts when it ends, whatever it tried.
            late = self._lockout.failed(asked.address, now, is_home=True) if at_home else 0.0
            if carrier is None:
                return Denied(Status.RBINDFAIL, f"A bind was refused: {UNKNOWN}", after=late)
            words = f"A bind as {carrier.display} was refused: {judged.words()}"
            return Denied(Status.RBINDFAIL, words, carrier.name, late)
        most = carrier.account.max_binds
        if up(carrier.name) >= most:
            words = f"{carrier.display} asked for one bind more than its limit of {most}"
            return Denied(Status.RALYBND, words, carrier.name)
        return Admitted(carrier, shown)

    def objection(self, carrier: str, shown: Shown) -> str:
        """Why a bind that is up would not be let in any more, in words; "" when it would."""
        account = next(
            (one for one in self._accounts.values() if one.carrier and one.carrier.name == carrier),
            None,
        )
        if account is None:
            return "it is no longer configured"
        judged = self._judged(account, shown)
        return "" if judged.is_good else judged.words().replace("is wrong", "was taken away")

    # --- inside ------------------------------------------------------------------------------

    def _judged(self, account: _Account[P], shown: Shown) -> _Judged:
        """No short cut anywhere: `&` and `|` look at both sides."""
        password = False
        for digest in account.digests:
            password |= hmac.compare_digest(digest, shown.digest)
        proof = shown.proof
        fingerprints = _filled_fingerprints(frozenset() if proof is None else proof.fingerprints)
        pin = account.takes_any
        for pinned in account.pins:
            for fingerprint in fingerprints:
                pin |= hmac.compare_digest(pinned, fingerprint)
        name = "" if account.carrier is None else account.carrier.name
        network = name in self._home(shown.address)
        return _Judged(password, network, (proof is not None) | (not account.needs_tls), pin)

    def _home(self, address: str) -> frozenset[str]:
        """The accounts that may come from there: all of them are asked, whoever binds."""
        known = self._homes.get(address)
        if known is None:
            known = frozenset(one.name for one in self._carriers if one.account.allows(address))
            if len(self._homes) >= HOMES_MAX:
                self._homes = {}
            self._homes[address] = known
        return known

    def _digest(self, password: str) -> bytes:
        octets = password.encode("latin-1", "replace")
        return blake2b(octets, key=self._key, digest_size=len(NO_DIGEST)).digest()


def _filled_digests(digests: Sequence[bytes]) -> tuple[bytes, ...]:
    return (*digests, *(NO_DIGEST,) * (PASSWORDS_MAX - len(digests)))


def _filled_pins(pins: Sequence[str]) -> tuple[str, ...]:
    return (*pins, *(NO_PIN,) * (PINS_MAX - len(pins)))


def _filled_fingerprints(fingerprints: frozenset[str]) -> tuple[str, ...]:
    """ "" matches no pin, nor the lack of one."""
    return (*fingerprints, *("",) * (FINGERPRINTS - len(fingerprints)))
