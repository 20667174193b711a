"""WAV files with a telephone's audio: RIFF octets to the samples' octets and back. Pure.

Reads 8,000 samples a second of one channel, as 16-bit linear, mu-law or A-law, which is what
recorders of telephone lines write. Resamples and mixes nothing: a modem that is given something
else than what was on the line finds something else in it, so it says what to do instead.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

RATE = 8000  # samples a second
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_HEADER = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")  # format tag, channels, rate, octets a second, frame, bits
_SUBFORMAT_AT = 24  # of an extensible format: its tag, the first two octets of a GUID
# A recorder that writes into a pipe cannot go back and fill the length in.
_UNKNOWN_LENGTHS = frozenset({0, 0x7FFFFFFF, 0x7FFFFFFF - 36, 0xFFFFFFFF, 0xFFFFFFFF - 36})


class NotUsable(ValueError):
    """Why these octets are no telephone audio, and what to do."""


class Law(Enum):
    """How a sample is written down."""

    PCM16 = _PCM
    MU_LAW = _MU_LAW
    A_LAW = _A_LAW

    @property
    def octets(self) -> int:
        """Of one sample."""
        return 2 if self is Law.PCM16 else 1


@dataclass(frozen=True, slots=True)
class Audio:
    """`octets` of one channel at 8,000 samples a second: two a sample, low one first, or one."""

    law: Law
    octets: bytes

    @property
    def seconds(self) -> float:
        return len(self.octets) / self.law.octets / RATE


def read(octets: bytes) -> Audio:
    """The audio of a WAV file. NotUsable says what is wrong with it.

    A file whose length was never filled in is read to its end; one that is shorter than it says is
    refused, because what is missing may be what was said."""
    if len(octets) < _HEADER.size:
        raise NotUsable(f"{len(octets)} octets are no WAV file, which begins with RIFF")
    riff, _, wave = _HEADER.unpack_from(octets)
    if riff == b"RIFX":
        raise NotUsable("its numbers are written high octet first (RIFX); convert it to RIFF")
    if riff != b"RIFF" or wave != b"WAVE":
        raise NotUsable("it does not begin as a WAV file does, with RIFF and WAVE")
    law: Law | None = None
    for name, at, length in _chunks(octets):
        if name == b"fmt ":
            law = _law(octets[at : at + length])
        elif name == b"data" and law is not None:
            return Audio(law, _data(octets[at:], length, law))
        elif name == b"data":
            raise NotUsable("its samples come before their format (fmt); it is damaged")
    what = "a format (fmt)" if law is None else "samples (data)"
    raise NotUsable(f"it ends without {what}; it is cut off or damaged")


def write(audio: Audio) -> bytes:
    """A whole file."""
    return header(audio.law, len(audio.octets) // audio.law.octets) + audio.octets


def header(law: Law, samples: int) -> bytes:
    """What stands before so many samples; its size depends on the law alone, so that a writer can
    go back and fill the number in."""
    length = samples * law.octets
    form = _FORMAT.pack(law.value, 1, RATE, RATE * law.octets, law.octets, 8 * law.octets)
    if law is Law.PCM16:
        chunks = _CHUNK.pack(b"fmt ", len(form)) + form
    else:
        # Everything but linear PCM says the size of its extension (none) and its samples (fact).
        form += struct.pack("<H", 0)
        fact = _CHUNK.pack(b"fact", 4) + struct.pack("<I", samples)
        chunks = _CHUNK.pack(b"fmt ", len(form)) + form + fact
    whole = len(b"WAVE") + len(chunks) + _CHUNK.size + length
    return _HEADER.pack(b"RIFF", whole, b"WAVE") + chunks + _CHUNK.pack(b"data", length)


def _chunks(octets: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and length as written; the place is even, whatever the length."""
    at = _HEADER.size
    while at + _CHUNK.size <= len(octets):
        name, length = _CHUNK.unpack_from(octets, at)
        at += _CHUNK.size
        yield name, at, length
        at += length + length % 2


def _law(form: bytes) -> Law:
    if len(form) < _FORMAT.size:
        raise NotUsable("its format (fmt) is cut off; it is damaged")
    tag, channels, rate, _, _, bits = _FORMAT.unpack_from(form)
    if tag == _EXTENSIBLE and len(form) >= _SUBFORMAT_AT + 2:
        (tag,) = struct.unpack_from("<H", form, _SUBFORMAT_AT)
    if channels != 1:
        raise NotUsable(
            f"it has {channels} channels, and a line has one; take the caller's apart, for example "
            "with sox IN.wav OUT.wav remix 1"
        )
    if rate != RATE:
        raise NotUsable(
            f"it has {rate} samples a second, and a telephone line has {RATE}; resample it, for "
            f"example with sox IN.wav -r {RATE} OUT.wav"
        )
    match tag, bits:
        case 0x0001, 16:
            return Law.PCM16
        case 0x0007, 8:
            return Law.MU_LAW
        case 0x0006, 8:
            return Law.A_LAW
        case 0x0001 | 0x0003, _:
            what = f"{bits}-bit {'float ' if tag == _FLOAT else ''}samples"
        case _:
            what = f"samples of format {tag:#06x}"
    raise NotUsable(
        f"it has {what}; what is read here is 16-bit, mu-law and A-law, so convert it, for example "
        "with sox IN.wav -b 16 -e signed-integer OUT.wav"
    )


def _data(rest: bytes, length: int, law: Law) -> bytes:
    if length > len(rest) or not length:
        if length not in _UNKNOWN_LENGTHS:
            raise NotUsable(
                f"it is cut off: of {length} octets of samples {len(rest)} are there; get the "
                "whole file, or write its samples anew with what is there"
            )
        length = len(rest)
    return rest[: length - length % law.octets]
