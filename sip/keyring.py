"""What peers ask us to prove before they take a request, and our answers (RFC 3261, 22.1 to 22.3;
RFC 8760): as the client, with one name and password for all who ask.

A nonce is answered for as long as its peer likes it, each time with the next count, because an
answer that was heard before is none. Sends nothing; which request is worth another answer is for
`proving` to judge.
"""

from __future__ import annotations

from collections.abc import Mapping

from .digest import ALGORITHMS, Challenge, read_challenge, respond
from .flows import Chance
from .grammar import Malformed
from .message import Header, Headers, Response, values
from .settings import Account

CNONCE_OCTETS = 16
NONCES_MAX = 4_000  # whose counts are known: of the calls of a large trunk, two for each
# Who asks where is answered where. A proxy that has forked may say both in one answer (16.7).
ANSWERS = {"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"}

Place = tuple[str, str]  # the header of the answer, and the realm
Challenges = Mapping[Place, Challenge]
NOTHING_ASKED: Challenges = {}


def challenges_of(response: Response) -> Challenges:
    """What is asked, of each realm in the better algorithm; schemes and algorithms that we do not
    speak are left out."""
    found: dict[Place, Challenge] = {}
    order = list(ALGORITHMS)
    for asks, says in ANSWERS.items():
        for value in values(response.headers, asks):
            try:
                one = read_challenge(value)
            except Malformed:
                continue  # there may be one of ours beside it
            known = found.get((says, one.realm))
            if known is None or order.index(one.algorithm) < order.index(known.algorithm):
                found[says, one.realm] = one
    return found


class Keyring:
    """`login`: None where we have nothing to prove; then every answer is empty."""

    def __init__(self, login: Account | None, chance: Chance) -> None:
        self._login = login
        self._chance = chance
        self._counts: dict[str, int] = {}  # nonce -> how often it was answered, the oldest first

    @property
    def is_empty(self) -> bool:
        return self._login is None

    def proofs(self, challenges: Challenges, method: str, uri: str) -> Headers:
        """The headers that answer all of them for one request with that Request-URI."""
        return tuple(self._proof(says, one, method, uri) for (says, _), one in challenges.items())

    def _proof(self, says: str, challenge: Challenge, method: str, uri: str) -> Header:
        login = self._login
        assert login is not None, "nobody keeps a challenge that cannot be answered"
        count = self._counted(challenge.nonce)
        cnonce = self._chance.token(CNONCE_OCTETS)
        answer = respond(challenge, login.username, login.password, method, uri, cnonce, count)
        return says, str(answer)

    def _counted(self, nonce: str) -> int:
        """How often it is answered with this answer. Of one that was forgotten the count begins
        again; then its peer says that it is stale."""
        count = self._counts.pop(nonce, 0) + 1
        self._counts[nonce] = count
        if len(self._counts) > NONCES_MAX:
            del self._counts[next(iter(self._counts))]
        return count
