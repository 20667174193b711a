"""PDUs that are nearly right, without end, from a seed: the octets of the conformance suite and of
good operations, with a few octets changed, put in or taken out."""

from __future__ import annotations

import random

from text911.smpp.conformance import octets as wire
from text911.smpp.conformance.suite import suite
from text911.smpp.conformance.values import BOUND, Access

SIZE_MAX = 2_000  # octets of what is changed: more is only longer
EDITS_MAX = 4
KEEPS_LENGTH = 0.005  # share whose command_length is left as it came out, mostly wrong
VALUES = (b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0", b"\xff\xff", b"\0\0\0\0", b"911\0")

TEXT = wire.pdu(wire.SUBMIT, 1, wire.join(wire.text("+15555550142", "+012345678901234")))


def corpus(access: Access) -> tuple[bytes, ...]:
    """Nothing in it goes to an address that exists. A case of many PDUs gives its first."""
    found = {first(case.octets) for case in suite(access, slow=True)}
    return tuple(sorted(octets for octets in found if 0 < len(octets) <= SIZE_MAX))


def first(octets: bytes) -> bytes:
    length = int.from_bytes(octets[:4])
    return octets[:length] if 16 <= length <= len(octets) else octets


class Mutations:
    """The same seed gives the same octets. `is_right`: one good text again and again instead, for
    comparison."""

    def __init__(self, seed: int, system_id: str, password: str, *, is_right: bool = False) -> None:
        self._is_right = is_right
        self._random = random.Random(seed)
        self._corpus = corpus(Access(system_id, password, may_bind=BOUND))
        self._number = 0

    def next(self) -> tuple[bytes, bool]:
        """One PDU under a number of its own, so that its answer can be told from others; and
        whether its command_length is right."""
        chance = self._random
        octets = chance.choice(self._corpus)
        for _ in range(chance.randrange(EDITS_MAX)):
            octets = self._edited(octets)
        if self._is_right:
            octets = TEXT  # after the same work
        elif chance.random() < KEEPS_LENGTH:
            return octets, False
        octets = octets.ljust(16, b"\0")
        self._number = self._number % 0x40000000 + 1
        whole = len(octets).to_bytes(4) + octets[4:12] + self._number.to_bytes(4) + octets[16:]
        return whole, True

    def _edited(self, octets: bytes) -> bytes:
        chance = self._random
        at = chance.randrange(len(octets) + 1)
        if chance.random() < 0.5:
            value = chance.choice(VALUES)
        else:
            value = chance.randbytes(chance.randrange(1, 5))
        match chance.randrange(5):
            case 0:
                return octets[:at] + value + octets[at:]
            case 1:
                return octets[:at] + octets[at + len(value) :]
            case 2:
                return octets[:at]
            case _:
                return octets[:at] + value + octets[at + len(value) :]

    def cuts(self, octets: bytes) -> list[bytes]:
        """The same octets in one to three segments."""
        edges = sorted(self._random.randrange(len(octets) + 1) for _ in range(2))
        begin, end = edges if self._random.random() < 0.3 else (0, len(octets))
        return [piece for piece in (octets[:begin], octets[begin:end], octets[end:]) if piece]
