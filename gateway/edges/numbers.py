"""Telephone numbers as carriers write them, as we keep them, as a person reads them. Pure.

Kept: E.164 with "+" for a telephone, short codes and alphanumeric senders verbatim (DESIGN 3, Key).
Numbers without a country code are taken to be North American, because that is where we serve.
"""

from __future__ import annotations

TON_INTERNATIONAL = 1  # SMPP v3.4, 5.2.5
TON_ALPHANUMERIC = 5
TON_UNKNOWN = 0
NPI_ISDN = 1  # SMPP v3.4, 5.2.6
NPI_UNKNOWN = 0

NATIONAL_DIGITS = 10  # of a North American number
SHORT_CODE_MAX = 8  # digits; what is longer is a telephone number


def normalised(address: str, ton: int) -> str:
    """`address` with its type of number (SMPP `source_addr_ton`) as the gateway keeps it."""
    plain = address.strip()
    digits = plain.removeprefix("+")
    if ton == TON_ALPHANUMERIC or not digits.isdecimal() or not digits.isascii():
        return plain
    if len(digits) <= SHORT_CODE_MAX and not plain.startswith("+"):
        return plain
    if plain.startswith("+") or ton == TON_INTERNATIONAL:
        return f"+{digits}"
    if len(digits) == NATIONAL_DIGITS:
        return f"+1{digits}"
    return f"+{digits}"


def on_the_wire(number: str) -> tuple[str, int, int]:
    """(address, type of number, numbering plan) for a `destination_addr`."""
    if number.startswith("+"):
        return number[1:], TON_INTERNATIONAL, NPI_ISDN
    if number.isdecimal():
        return number, TON_UNKNOWN, NPI_UNKNOWN
    return number, TON_ALPHANUMERIC, NPI_UNKNOWN


def readable(number: str) -> str:
    """(860) 555-0142 for a North American number, anything else as it is kept."""
    digits = number.removeprefix("+1")
    if number.startswith("+1") and len(digits) == NATIONAL_DIGITS:
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return number
