"""What a handset and its carrier do with words: texts cut into user data, replies put together.

Written for the demonstration from smpplib's tables and on purpose without our own codec, so that
the two check one another. Knows no socket.
"""

# smpplib has no types: its values are Any here, and go no further than this module.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from smpplib import consts, gsm

from .story import Text

UDHI = 0x40  # esm_class: a header comes before the words (SMPP v3.4, 5.2.12)
ESCAPE = 0x1B  # of the GSM alphabet's extension (3GPP TS 23.038, 6.2.1)
HEADER_SIZE = 6  # octets, of a part with an 8-bit reference
GSM7, LATIN1, UCS2 = 0x00, 0x03, 0x08  # data_coding (5.2.19)


@dataclass(frozen=True, slots=True)
class UserData:
    octets: bytes
    data_coding: int
    esm_class: int = 0


def cut(text: Text, reference: int) -> list[UserData]:
    """The text as the PDUs it is sent in, in the order in which they are sent."""
    coding = GSM7
    try:
        encoded: bytes = gsm.gsm_encode(text.words)
    except UnicodeError:
        coding, encoded = UCS2, text.words.encode("utf-16-be")
    single, size = (
        (consts.SEVENBIT_LENGTH, consts.SEVENBIT_PART_SIZE)
        if coding == GSM7
        else (consts.UCS2_LENGTH, consts.UCS2_PART_SIZE)
    )
    if len(encoded) <= single:
        return [UserData(encoded, coding)]
    pieces: list[bytes] = gsm.split_sequence(encoded, size)
    parts = [
        UserData(bytes((5, 0, 3, reference & 0xFF, len(pieces), number)) + piece, coding, UDHI)
        for number, piece in enumerate(pieces, start=1)
    ]
    return parts if text.way == "plain" else [*parts[::2], *parts[1::2]]


def read(octets: bytes, data_coding: int) -> str:
    match data_coding:
        case 0x00:
            return "".join(_letters(octets))
        case 0x08:
            return octets.decode("utf-16-be", "replace")
        case _:
            return octets.decode("latin-1")


def _letters(octets: bytes) -> Iterator[str]:
    table: Any = gsm.GSM_CHARACTER_TABLE
    shift = 0
    for octet in octets:
        if octet == ESCAPE:
            shift = 0x80
            continue
        yield str(table[(octet & 0x7F) + shift])
        shift = 0


@dataclass(slots=True)
class Inbox:
    """The parts of replies that have come, until a reply is whole."""

    _parts: dict[tuple[str, int, int], dict[int, bytes]] = field(
        default_factory=dict[tuple[str, int, int], dict[int, bytes]]
    )

    def take(self, number: str, data: UserData) -> str | None:
        """The whole reply, once its last part is here."""
        if not data.esm_class & UDHI:
            return read(data.octets, data.data_coding)
        reference, total, part = data.octets[3], data.octets[4], data.octets[5]
        parts = self._parts.setdefault((number, reference, total), {})
        parts[part] = data.octets[HEADER_SIZE:]
        if len(parts) < total:
            return None
        del self._parts[number, reference, total]
        return read(b"".join(parts[n] for n in sorted(parts)), data.data_coding)
