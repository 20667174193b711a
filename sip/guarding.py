"""Who may call, beyond the network they call from: nonces and digests (RFC 7616; RFC 8760).

A nonce says itself when it was made, so that asking costs no memory; only one that was answered
rightly is kept, with the highest count that came with it. Sends nothing.
"""

from __future__ import annotations

import hashlib
import hmac

from .digest import ALGORITHMS, Challenge, Credentials, proves, read_credentials
from .flows import Chance
from .grammar import Malformed
from .message import Headers, Request, values
from .settings import Account

NONCE_LASTS = 300.0  # s: a caller answers in the same second; a trunk uses one for many calls
NONCES_MAX = 10_000  # with a count; the oldest is asked for anew


class Guard:
    """What stands between a peer and a call, when the trunk has accounts."""

    def __init__(self, accounts: tuple[Account, ...], realm: str, chance: Chance) -> None:
        self._passwords = {account.username: account.password for account in accounts}
        self._realm = realm
        self._secret = chance.token(32).encode()
        self._counts: dict[str, int] = {}  # the highest nc of each nonce, the oldest nonce first
        self._forgotten = -1  # ms: no nonce made before it counts, for its count may be forgotten

    def admits(self, request: Request, now: float) -> bool | Headers:
        """True: it proved an account, or none is needed. Otherwise what stands in the 401."""
        if not self._passwords:
            return True
        stale = False
        for value in values(request.headers, "Authorization"):
            try:
                credentials = read_credentials(value)
            except Malformed:
                continue  # another scheme, or an algorithm that was not offered
            if credentials.realm != self._realm or not self._proves(credentials, request.method):
                continue
            if self._is_fresh(credentials, now):
                return True
            stale = True
        nonce = self._nonce(now)
        return tuple(
            ("WWW-Authenticate", str(Challenge(self._realm, nonce, algorithm, None, stale)))
            for algorithm in ALGORITHMS
        )

    def _proves(self, credentials: Credentials, method: str) -> bool:
        """The URI in it is not compared: proxies on the way change a request's, and no answer
        counts twice."""
        password = self._passwords.get(credentials.username)
        return proves(credentials, password or "", method) and password is not None

    def _nonce(self, now: float) -> str:
        made = f"{int(now * 1000):x}"
        return f"{made}.{self._signed(made)}"

    def _signed(self, made: str) -> str:
        return hmac.new(self._secret, made.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _is_fresh(self, credentials: Credentials, now: float) -> bool:
        """Whether the nonce is ours and young, and this answer to it was not heard before."""
        nonce, count = credentials.nonce, int(credentials.count, 16)
        made, _, signed = nonce.partition(".")
        if not hmac.compare_digest(self._signed(made).encode(), signed.encode("utf-8", "replace")):
            return False
        at = int(made, 16)
        if now - at / 1000 > NONCE_LASTS or at <= self._forgotten:
            return False
        if count <= self._counts.get(nonce, 0):
            return False
        if nonce not in self._counts and len(self._counts) >= NONCES_MAX:
            oldest = next(iter(self._counts))
            del self._counts[oldest]
            self._forgotten = max(self._forgotten, int(oldest.partition(".")[0], 16))
        self._counts[nonce] = count
        return True
