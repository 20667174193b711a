"""Fingerprints as people paste them."""

from __future__ import annotations

import pytest

from text911.smpp.pins import fingerprint_of

DIGITS = "0123456789abcdef" * 4
COLONS = ":".join(DIGITS[at : at + 2].upper() for at in range(0, 64, 2))


@pytest.mark.parametrize(
    "written",
    [
        DIGITS,
        DIGITS.upper(),
        COLONS,
        f"  {COLONS}\n",
        f"sha256 Fingerprint={COLONS}",
        f"SHA-256: {DIGITS}",
        " ".join(DIGITS[at : at + 8] for at in range(0, 64, 8)),
    ],
)
def test_what_openssl_and_people_write_is_one_fingerprint(written: str) -> None:
    assert fingerprint_of(written) == DIGITS


@pytest.mark.parametrize(
    "written", ["", "sha256", DIGITS[:-1], DIGITS + "0", "g" + DIGITS[1:], COLONS[:59], "ab" * 20]
)
def test_anything_else_is_refused_with_what_to_do(written: str) -> None:
    with pytest.raises(ValueError, match="openssl x509"):
        fingerprint_of(written)
