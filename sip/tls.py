"""TLS 1.2 and 1.3 under SIP (RFC 3261, 26.3; RFC 5922): our certificate, and whom we believe.

A server that asks for certificates of clients takes only those that `clients` have signed; a server
that we call must show one for the name we called it by, signed by `servers`.
"""

# Twisted's types do not reach as far as its TLS.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL
from twisted.internet import ssl

options_of: Any = ssl.CertificateOptions
platform_trust: Any = ssl.platformTrust
trust_root: Any = ssl.trustRootFromCertificates
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\r?\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tls:
    """`chain`: our certificate and those above it, PEM; `key`: its private key, PEM without a pass
    phrase. `clients`: authorities whose clients may connect, PEM; empty: any client may. `servers`:
    authorities that we believe of servers, PEM; empty: those this machine believes."""

    chain: bytes = b""
    key: bytes = field(default=b"", repr=False)
    clients: bytes = b""
    servers: bytes = b""


class Unusable(Exception):
    """Why there can be no TLS with these certificates and this key, in words without either."""


def listening(tls: Tls) -> Any:
    """What a server shows and asks for: Twisted's context factory. Raises Unusable."""
    trusted = _authorities(tls.clients, "clients") if tls.clients else None
    options = options_of(**_own(tls), trustRoot=trusted, raiseMinimumTo=ssl.TLSVersion.TLSv1_2)
    _built(options)
    return options


def calling(tls: Tls, name: str) -> Any:
    """What a client shows and believes when it calls `name`, a host name or an address. Raises
    Unusable; ValueError for what is neither."""
    own = _own(tls) if tls.chain else {}
    trusted = _authorities(tls.servers, "servers") if tls.servers else platform_trust()
    extra = {**own, "raiseMinimumTo": ssl.TLSVersion.TLSv1_2}
    _built(options_of(**extra))
    return ssl.optionsForClientTLS(name, trustRoot=trusted, extraCertificateOptions=extra)


def _own(tls: Tls) -> dict[str, Any]:
    try:
        chain = x509.load_pem_x509_certificates(tls.chain)
        key = load_pem_private_key(tls.key, password=None)
    except (ValueError, TypeError) as cause:  # TypeError: it has a pass phrase
        raise Unusable("a certificate or the key cannot be read as PEM") from cause
    return {"privateKey": key, "certificate": chain[0], "extraCertChain": chain[1:]}


def _built(options: Any) -> None:
    try:
        options.getContext()
    except (SSL.Error, ValueError, TypeError) as cause:
        raise Unusable("certificate and key do not belong together, or are too weak") from cause


def _authorities(pem: bytes, whose: str) -> Any:
    found = PEM.findall(pem)
    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError as cause:
        raise Unusable(f"the authorities of {whose} cannot be read as PEM") from cause
    return trust_root([ssl.Certificate.loadPEM(one) for one in found])
