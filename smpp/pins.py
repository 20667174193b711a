"""What a peer has proven over TLS, what we prove, and what a peer may be pinned to. Pure.

A pin is the SHA-256 of a whole certificate or of its public key (SubjectPublicKeyInfo), both over
DER. A public key's outlives the renewal of its certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PIN_DIGITS = 64  # of SHA-256 in hexadecimal
PINS_MAX = 4  # of one account: two parties' keys, each of them twice during a change
_HEX = re.compile(rf"[0-9a-f]{{{PIN_DIGITS}}}")
_PREFIX = re.compile(r"sha-?256[ :=]*(fingerprint *=)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proof:
    """A connection over TLS. `fingerprints`: of the peer's certificate and of its public key, as
    `fingerprint_of` writes them; empty when it showed none. That the peer has the key of what it
    showed was proven by the handshake."""

    version: str  # "TLSv1.3"
    fingerprints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """PEM: our certificate, then its chain; its private key without a pass phrase. Neither shows in
    a repr: people put the key into the wrong file."""

    chain: bytes = field(repr=False)
    key: bytes = field(repr=False)


def fingerprint_of(written: str) -> str:
    """64 lower-case hexadecimal digits, from what people paste: with or without colons, blanks or
    the words that `openssl x509 -fingerprint -sha256` puts before it. ValueError: it is none."""
    digits = re.sub(r"[:\s-]", "", _PREFIX.sub("", written.strip(), count=1)).lower()
    if not _HEX.fullmatch(digits):
        raise ValueError(
            f"a fingerprint is the SHA-256 of a certificate or of its public key, {PIN_DIGITS} "
            "hexadecimal digits; openssl x509 -noout -fingerprint -sha256 -in FILE prints one"
        )
    return digits
