"""The key in an a=crypto line (RFC 4568, 6.1): octets into base64 and back. Uses none."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

from .grammar import Malformed
from .sdp import Crypto

KEY_SIZE = 16
SALT_SIZE = 14
MKI_SIZE_MAX = 128  # octets (RFC 4568, 6.1)
# The lifetime is read and not counted: 2**20 packets, the least that is usual, last for six hours.
INLINE = re.compile(
    r"inline:([A-Za-z0-9+/]+={0,2})"
    r"(?:\|(?:2\^[0-9]{1,2}|[0-9]{1,20}))?"
    r"(?:\|([0-9]{1,30}):([0-9]{1,3}))?\Z"
)


@dataclass(frozen=True, slots=True)
class Master:
    """The master key of one direction. `mki`: the octets that name it in each packet; empty where
    none was agreed."""

    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    mki: bytes = b""


def fresh(chance: Callable[[int], bytes]) -> str:
    """A key of ours for AES_CM_128, in base64. `chance`: so many octets that nobody can guess."""
    return b64encode(chance(KEY_SIZE + SALT_SIZE)).decode()


def master(crypto: Crypto) -> Master:
    """The key of AES_CM_128 in `crypto`. Several keys in one line are `Malformed` to us."""
    found = INLINE.match(crypto.key)
    if found is None:
        raise Malformed("a=crypto has no single inline key")  # the key itself is in no message
    try:
        octets = b64decode(found[1], validate=True)
    except binascii.Error as cause:
        raise Malformed("the key of a=crypto is no base64") from cause
    if len(octets) != KEY_SIZE + SALT_SIZE:
        raise Malformed(f"the key of a=crypto has {len(octets)} octets instead of 30")
    mki = b""
    if found[2] is not None:
        size, value = int(found[3]), int(found[2])
        if not 0 < size <= MKI_SIZE_MAX or value >= 1 << 8 * size:
            raise Malformed(f"the MKI of a=crypto is no number of {size} octets")
        mki = value.to_bytes(size)
    return Master(octets[:KEY_SIZE], octets[KEY_SIZE:], mki)
