"""Who may log in, and who tried too often. Opens no socket and renders no page.

Passwords are checked off the loop: one argon2 verification takes tens of milliseconds and 64 MiB on
purpose, and the loop is carrying other people's emergencies meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from .sessions import Account, digest
from .settings import ConsoleListenSettings, ConsoleSettings

PASSWORD_MAX = 256  # characters; nobody types more, and hashing is costly
PASSWORD_MIN = 8  # characters, for new passwords (NIST SP 800-63B 5.1.1)
CHECKS_AT_ONCE = 2  # threads; each check holds 64 MiB
CHECKS_WAITING = 32  # more log-ins than this at one moment are told to come again
ADDRESSES_MAX = 10_000  # source addresses remembered; the longest quiet one is forgotten first

_hasher = PasswordHasher()
# What the password of an unknown user is compared with: of a random password that was thrown away.
# Written down, because making one costs a start as much as a log-in.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$t3Tg8pizO451np/BQJVtFA"
    "$bHW6ta5yfzVkSmx9xllV9UTjQxb/BnZ2UNdsArsYOaA"
)


def hash_password(password: str) -> str:
    """The `password_hash` of a new user. Raises ValueError when it is too short or too long."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise ValueError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    return _hasher.hash(password)


class TooBusy(Exception):
    """Too many log-ins are being checked at this moment."""


class Accounts:
    """Checks passwords. An unknown user costs the same work and gets the same answer."""

    def __init__(self, consoles: Mapping[str, ConsoleSettings]) -> None:
        self._threads = ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._hashes: dict[Account, str] = {}
        self.replace(consoles)

    def replace(self, consoles: Mapping[str, ConsoleSettings]) -> None:
        self._hashes = {
            Account(psap, user.name): user.password_hash
            for psap, settings in consoles.items()
            for user in settings.users
        }

    def find(self, psap: str, user: str) -> Account | None:
        """The account of that name at this PSAP; with `psap` empty, wherever the name is unique."""
        found = [one for one in self._hashes if one.user == user and psap in ("", one.psap)]
        return found[0] if len(found) == 1 else None

    def proof(self, account: Account) -> str | None:
        """What changes when this account's password does; None when there is no such account."""
        hashed = self._hashes.get(account)
        return None if hashed is None else digest(hashed)

    async def check(self, psap: str, user: str, password: str) -> Account | None:
        """The account, or None when user and password do not belong together."""
        if self._waiting >= CHECKS_WAITING:
            raise TooBusy
        account = self.find(psap, user)
        expected = self._hashes[account] if account else NOBODY
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            right = await loop.run_in_executor(
                self._threads, _matches, expected, password[:PASSWORD_MAX]
            )
        finally:
            self._waiting -= 1
        if account is None or self._hashes.get(account) != expected:
            return None  # unknown, or changed while the password was being checked
        return account if right and len(password) <= PASSWORD_MAX else None

    def close(self) -> None:
        self._threads.shutdown()


def _matches(expected: str, password: str) -> bool:
    try:
        return _hasher.verify(expected, password)
    except (Argon2Error, InvalidHashError):
        return False


class Attempts:
    """Wrong passwords per source address, as a bucket that leaks: nobody is locked out for long,
    because at the other end of a mistyped password a person in danger may be waiting."""

    def __init__(self, listen: ConsoleListenSettings) -> None:
        self._limit = listen.failures_in_a_row
        self._forgiven_after = listen.failure_forgiven_after
        self._clear_at: dict[str, float] = {}  # address -> UTC seconds when all is forgiven

    def wait(self, address: str, now: float) -> float:
        """Seconds this address must wait before it may try again; 0.0 for none."""
        owed = self._clear_at.get(address, now) - now
        return max(0.0, owed - (self._limit - 1) * self._forgiven_after)

    def failed(self, address: str, now: float) -> None:
        clear_at = max(now, self._clear_at.pop(address, now)) + self._forgiven_after
        self._clear_at[address] = clear_at  # last in order: the most recently active
        if len(self._clear_at) > ADDRESSES_MAX:
            del self._clear_at[next(iter(self._clear_at))]
