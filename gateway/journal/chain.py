"""The hash chain: what binds every record to all that came before it (DESIGN 9.9).

Pure. A record's hash is SHA-256(0x00, previous hash, length-prefixed header, payload); the header
is the msgpack array (epoch, sequence, dialogue, number, at, version, digest). The payload is opaque
octets, so that ciphertext fits. A snapshot is bound to the chain the same way, with 0x01 in front.

What a chain alone can never show: a tail that was cut off, or a whole file rolled back to an
earlier state. Both leave a shorter chain that is sound. Only checkpoints kept elsewhere can.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from msgspec import Struct, msgpack

from .contract import Record

GENESIS = bytes(32)  # the hash "before" the first record

_RECORD = b"\x00"  # keeps a record's hash from ever being a snapshot's
_SNAPSHOT = b"\x01"

_encode = msgpack.Encoder().encode


@cache
def _length(length: int) -> bytes:
    """Headers have a few dozen lengths."""
    return length.to_bytes(4, "big")


class Position(Struct, frozen=True, gc=False):
    """A place in the chain: the record `sequence` has `hash`."""

    sequence: int = 0
    hash: bytes = GENESIS


def hash_of(previous: bytes, epoch: int, sequence: int, record: Record) -> bytes:
    """The hash of `record`, stored as (epoch, sequence) after a record with the hash `previous`.

    `at` is hashed as the float that the store gives back: an int becomes one, -0.0 becomes 0.0.
    """
    header = _encode(
        (
            epoch,
            sequence,
            record.dialogue,
            record.number,
            record.at + 0.0,
            record.version,
            record.digest,
        )
    )
    octets = b"".join((_RECORD, previous, _length(len(header)), header, record.payload))
    return sha256(octets).digest()


def snapshot_prefix(up_to: Position, size: int) -> bytes:
    """What is hashed before the `size` octets of a snapshot: it binds them to the record they go
    up to."""
    header = _encode((up_to.sequence, up_to.hash, size))
    return _SNAPSHOT + len(header).to_bytes(4, "big") + header


def hash_of_snapshot(up_to: Position, state: bytes) -> bytes:
    digest = sha256(snapshot_prefix(up_to, len(state)))
    digest.update(state)
    return digest.digest()
