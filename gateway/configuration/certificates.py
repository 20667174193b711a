"""Our certificates for carriers, read and judged: is it one, is the key its own, until when.

Times are UTC seconds and arguments. A certificate that has run out is no reason not to start: the
binds that stand on other doors must come up. It is a fault to `text911 check`, and to a reload that
would bring it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...smpp.pins import Identity
from .faults import Fault

GATEWAY = "gateway.toml"
DAY = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Certificate:
    """`fingerprint`: SHA-256 of the certificate, for people to compare; times are UTC seconds."""

    identity: Identity
    fingerprint: str
    not_before: float
    not_after: float


@dataclass(frozen=True, slots=True)
class TlsDoor:
    """One place where we listen with TLS, and what its references lead to. `key`: its table, where
    it is none of `[[smpp.tls]]`."""

    host: str
    port: int
    certificate: Certificate
    key: str = ""


class NoCertificate(Exception):
    """Why certificate and key are of no use, in words that repeat neither."""


def authorities_of(pem: bytes) -> bytes:
    """`pem`, where it holds certificates and nothing broken. Raises NoCertificate."""
    from cryptography import x509

    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise NoCertificate("this is no PEM file of certificates") from None
    return pem


def certificate_of(chain: bytes, key: bytes) -> Certificate:
    """Raises NoCertificate."""
    # Here, because a configuration without TLS need not wait for OpenSSL.
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    from ...smpp.tls import Unusable, context_of

    identity = Identity(chain, key)
    try:
        context_of(identity)
    except Unusable as why:
        raise NoCertificate(str(why)) from None
    ours = x509.load_pem_x509_certificates(chain)[0]
    return Certificate(
        identity,
        ours.fingerprint(SHA256()).hex(),
        ours.not_valid_before_utc.timestamp(),
        ours.not_valid_after_utc.timestamp(),
    )


def out_of_date(
    doors: Sequence[TlsDoor], now: float, file: str = GATEWAY
) -> Iterator[tuple[TlsDoor, Fault]]:
    """The certificates that nobody should accept now."""
    for place, door in enumerate(doors, start=1):
        key = door.key or f"smpp.tls[{place}]"
        ours = door.certificate
        if now >= ours.not_after:
            what = f"the certificate has run out on {day(ours.not_after)}; put a new one there."
        elif now < ours.not_before:
            what = (
                f"the certificate is not valid before {day(ours.not_before)}; put one there that "
                "is, or look at the clock of this machine."
            )
        else:
            continue
        yield door, Fault(file, f"{key}.certificate", what)


def day(at: float) -> str:
    """UTC seconds as a date people read."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
