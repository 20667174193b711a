"""Certificates for tests, made in memory: right ones, and wrong in one thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Paper:
    """A certificate for 127.0.0.1 and its key, both PEM."""

    certificate: x509.Certificate
    key: Key

    @property
    def chain(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def locked(self) -> bytes:
        lock = BestAvailableEncryption(b"phrase")
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    @property
    def fingerprint(self) -> str:
        return sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()

    @property
    def key_fingerprint(self) -> str:
        form = PublicFormat.SubjectPublicKeyInfo
        return sha256(self.key.public_key().public_bytes(Encoding.DER, form)).hexdigest()

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """NAME.pem and NAME.key, the second for its owner only."""
        chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
        chain.write_bytes(self.chain)
        secret.touch(mode=0o600)
        secret.write_bytes(self.secret)
        return chain, secret


def paper(
    name: str = "text911",
    key: Key | None = None,
    start: datetime = START,
    end: datetime = END,
    by: Paper | None = None,
) -> Paper:
    """Signed by itself, or by an `authority`."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = who if by is None else by.certificate.subject
    at = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(signer, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(at, critical=False)
        .sign(key if by is None else by.key, hashes.SHA256())
    )
    return Paper(signed, key)


def authority(name: str = "an authority") -> Paper:
    """Who may sign the papers of others, and is no server itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Paper(signed, key)


def in_days(days: float) -> datetime:
    """From the moment of the test."""
    return datetime.now(UTC) + timedelta(days=days)
