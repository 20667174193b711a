"""Who is logged in, and where that is kept while the gateway restarts. Checks no password.

What is kept names people and bears digests only: neither a token nor a password can be read off it,
and a changed password ends the sessions that were begun with the old one.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from ..whole_file import replace_whole

OVERDUE_KEPT = 3600.0  # seconds; who has an open dialogue stays beyond a session's lifetime, and
# whether somebody has one is not known before the gateway has offered it again
VERSION = 1  # of the file


@dataclass(frozen=True, slots=True)
class Account:
    psap: str
    user: str


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One log-in. `begun_at` in UTC seconds."""

    token: str  # SHA-256 of the token in the cookie, hexadecimal
    psap: str
    user: str
    begun_at: float
    proof: str  # `digest` of the account's password_hash at the log-in

    @property
    def account(self) -> Account:
        return Account(self.psap, self.user)


class SessionStore(Protocol):
    """Where sessions outlive the process. Both verbs may wait for a disk, and neither raises for
    what a disk did: whoever made the store is told, and nobody is kept from answering a call."""

    def load(self) -> tuple[Session, ...]: ...

    def save(self, sessions: tuple[Session, ...]) -> bool:
        """These and no others. Whether it is done; if not, it is asked for again later."""
        ...


def digest(secret: str) -> str:
    """SHA-256, hexadecimal. Enough for what is long and random; passwords are argon2id already."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """Who is logged in, by the random token in their cookie. `keep` is told of every change."""

    def __init__(self, lifetime: float, keep: Callable[[tuple[Session, ...]], None]) -> None:
        self._lifetime = lifetime
        self._keep = keep
        self._sessions: dict[str, Session] = {}  # by the digest of the token

    def restore(
        self, kept: Iterable[Session], proof: Callable[[Account], str | None], now: float
    ) -> None:
        """Take up what was kept, without what is over: time, password or account."""
        over_before = now - self._lifetime - OVERDUE_KEPT
        self._sessions = {
            one.token: one
            for one in kept
            if one.begun_at > over_before and one.proof == proof(one.account)
        }

    def begin(self, account: Account, proof: str, now: float) -> str:
        token = secrets.token_urlsafe(32)
        name = digest(token)
        self._sessions[name] = Session(name, account.psap, account.user, now, proof)
        self._changed()
        return token

    def find(self, token: str, psap: str) -> Session | None:
        """The session of that token at that PSAP. Whether it is over is decided by `expired`."""
        session = self._sessions.get(digest(token))
        return session if session and session.psap == psap else None

    def users(self, psap: str) -> set[str]:
        """Who is logged in there."""
        return {one.user for one in self._sessions.values() if one.psap == psap}

    def expired(self, now: float) -> list[Session]:
        return [one for one in self._sessions.values() if one.begun_at + self._lifetime <= now]

    def end(self, session: Session) -> None:
        if self._sessions.pop(session.token, None) is not None:
            self._changed()

    def end_all(self, psap: str, users: Iterable[str]) -> None:
        gone = {Account(psap, user) for user in users}
        left = {name: one for name, one in self._sessions.items() if one.account not in gone}
        if len(left) < len(self._sessions):
            self._sessions = left
            self._changed()

    def _changed(self) -> None:
        self._keep(tuple(self._sessions.values()))


class Keeper:
    """Has a store save off the loop, one write at a time; what changes meanwhile goes together."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sessions")
        self._lock = threading.Lock()
        self._next: tuple[Session, ...] | None = None  # to be saved, by a write that is queued
        self._owed: tuple[Session, ...] | None = None  # what the last write could not save

    def load(self) -> tuple[Session, ...]:
        return self._store.load()

    def keep(self, sessions: tuple[Session, ...]) -> None:
        with self._lock:
            queued = self._next is not None
            self._next, self._owed = sessions, None
        if not queued:
            self._thread.submit(self._write)

    def again(self) -> None:
        """Try once more what could not be saved."""
        with self._lock:
            owed = self._owed
        if owed is not None:
            self.keep(owed)

    def _write(self) -> None:
        with self._lock:
            sessions, self._next = self._next, None
        assert sessions is not None
        if not self._store.save(sessions):
            with self._lock:
                if self._next is None:  # else what is queued says more, and is tried anyway
                    self._owed = sessions

    def close(self) -> None:
        """Returns when everything was written, or could not be."""
        self._thread.shutdown()


class MemorySessions:
    """Keeps them as long as the process lives: after a restart everybody logs in again."""

    def __init__(self) -> None:
        self._sessions: tuple[Session, ...] = ()

    def load(self) -> tuple[Session, ...]:
        return self._sessions

    def save(self, sessions: tuple[Session, ...]) -> bool:
        self._sessions = sessions
        return True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    sessions: tuple[Session, ...]


class FileSessions:
    """One JSON file that only our own account may read, replaced as a whole and synced.

    `trouble` is told in a sentence what is wrong with the file, perhaps from another thread.
    """

    def __init__(self, path: Path, trouble: Callable[[str], None]) -> None:
        self._path = path
        self._trouble = trouble
        self._told = ""

    def load(self) -> tuple[Session, ...]:
        """Empty when there is no file yet, and when it cannot be used: then people log in again."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_File)
            if found.version != VERSION:
                raise ValueError(f"it is of version {found.version}")
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as cause:  # msgspec's faults are ValueErrors
            self._tell(f"cannot be used ({cause}): everybody has to log in again")
            return ()
        return found.sessions

    def save(self, sessions: tuple[Session, ...]) -> bool:
        octets = msgspec.json.format(msgspec.json.encode(_File(VERSION, sessions)), indent=1)
        try:
            replace_whole(self._path, octets)
        except OSError as cause:
            self._tell(f"cannot be written ({cause}): after a restart people have to log in again")
            return False
        self._told = ""
        return True

    def _tell(self, words: str) -> None:
        """Once for each trouble, however often it is met."""
        if words != self._told:
            self._told = words
            self._trouble(f"The log-ins kept in {self._path} {words}.")
