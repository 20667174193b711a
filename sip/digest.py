"""Digest authentication (RFC 7616; RFC 8760 for SIP), of both sides, with qop=auth.

Chance comes from whoever calls, and whether a nonce is ours, fresh and unused is for the caller to
know. Without qop an answer could be sent again by who heard it: that old form (RFC 2069) is never
asked for and never taken, and only answered where a peer asks so, for the call matters more.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from .grammar import Malformed, parameter, parameters, quoted, split

ALGORITHMS = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}  # the better first (RFC 8760, 2.2)
COUNT = re.compile(r"[0-9a-f]{8}\Z")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate value that we understand. `counts`: it has
    qop=auth, so that its answers have a count."""

    realm: str
    nonce: str
    algorithm: str = "SHA-256"
    opaque: str | None = None
    stale: bool = False
    counts: bool = True

    def __str__(self) -> str:
        opaque = "" if self.opaque is None else f", opaque={quoted(self.opaque)}"
        stale = ", stale=true" if self.stale else ""
        qop = ', qop="auth"' if self.counts else ""
        return (
            f"Digest realm={quoted(self.realm)}, nonce={quoted(self.nonce)}, "
            f"algorithm={self.algorithm}{qop}{opaque}{stale}"
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """One Authorization or Proxy-Authorization value. `count` is nc: eight hexadecimal digits, ""
    with an empty `cnonce` where the challenge had no qop."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    cnonce: str
    count: str
    algorithm: str = "MD5"
    opaque: str | None = None

    def __str__(self) -> str:
        opaque = "" if self.opaque is None else f", opaque={quoted(self.opaque)}"
        qop = f", cnonce={quoted(self.cnonce)}, qop=auth, nc={self.count}" if self.count else ""
        return (
            f"Digest username={quoted(self.username)}, realm={quoted(self.realm)}, "
            f"nonce={quoted(self.nonce)}, uri={quoted(self.uri)}, "
            f'response="{self.response}", algorithm={self.algorithm}{qop}{opaque}'
        )


def read_challenge(text: str) -> Challenge:
    found = _Fields(text)
    qop = found.may("qop")
    if qop is not None and "auth" not in [one.strip().lower() for one in qop.split(",")]:
        raise Malformed("the challenge has no qop=auth")
    return Challenge(
        found.must("realm"),
        found.must("nonce"),
        found.algorithm(),
        found.may("opaque"),
        (found.may("stale") or "").lower() == "true",
        qop is not None,
    )


def read_credentials(text: str) -> Credentials:
    found = _Fields(text)
    count = found.must("nc").lower()
    if found.must("qop").lower() != "auth" or COUNT.match(count) is None:
        raise Malformed("the credentials have no qop=auth with its count")
    return Credentials(
        found.must("username"),
        found.must("realm"),
        found.must("nonce"),
        found.must("uri"),
        found.must("response").lower(),
        found.must("cnonce"),
        count,
        found.algorithm(),
        found.may("opaque"),
    )


def respond(
    challenge: Challenge,
    username: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str,
    count: int,
) -> Credentials:
    """What answers a challenge; `count` is 1 for the first request with its nonce."""
    nc, cnonce = (f"{count:08x}", cnonce) if challenge.counts else ("", "")
    response = _response(
        challenge.algorithm,
        (username, challenge.realm, password),
        (method, uri),
        (challenge.nonce, nc, cnonce) if challenge.counts else (challenge.nonce,),
    )
    return Credentials(
        username,
        challenge.realm,
        challenge.nonce,
        uri,
        response,
        cnonce,
        nc,
        challenge.algorithm,
        challenge.opaque,
    )


def proves(credentials: Credentials, password: str, method: str) -> bool:
    """Whether who made these credentials knows the password. Takes the same time for any answer."""
    right = _response(
        credentials.algorithm,
        (credentials.username, credentials.realm, password),
        (method, credentials.uri),
        (credentials.nonce, credentials.count, credentials.cnonce),
    )
    return hmac.compare_digest(right.encode(), _octets(credentials.response))


def _response(
    algorithm: str, who: tuple[str, str, str], what: tuple[str, str], when: tuple[str, ...]
) -> str:
    """RFC 7616, 3.4.1: the hash over the hashes of who asks and what is asked. `when`: the nonce,
    and with qop the count and what we drew."""
    qop = ("auth",) if len(when) > 1 else ()
    asked = (_hash(algorithm, *who), *when, *qop, _hash(algorithm, *what))
    return _hash(algorithm, *asked)


def _hash(algorithm: str, *parts: str) -> str:
    return ALGORITHMS[algorithm](_octets(":".join(parts))).hexdigest()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class _Fields:
    """The parameters behind the word Digest."""

    def __init__(self, text: str) -> None:
        scheme, _, rest = text.strip().partition(" ")
        if scheme.lower() != "digest":
            raise Malformed(f"the scheme is {scheme[:20]!r}, Digest is spoken here")
        self._found = parameters(split(rest, ","))
        names = [name for name, _ in self._found]
        if len(set(names)) != len(names):
            raise Malformed("a parameter of Digest stands twice")

    def may(self, name: str) -> str | None:
        return parameter(self._found, name)

    def must(self, name: str) -> str:
        value = self.may(name)
        if value is None:
            raise Malformed(f"Digest has no {name}")
        return value

    def algorithm(self) -> str:
        algorithm = (self.may("algorithm") or "MD5").upper()
        if algorithm not in ALGORITHMS:
            raise Malformed(f"the algorithm {algorithm[:20]} is not spoken here")
        return algorithm
