"""What `text911 tty decode` does: a WAV file in, its text out. Loads no parser of command lines.

Talks to nobody and needs no gateway. What cannot be done is a `Cannot`; how that is told, and the
exit code, are for the callers.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...tty.shifts import Character
    from ...tty.transcript import Transcript
    from ...tty.wav import Audio

SIZE_MAX = 512_000_000  # octets of a file: nine hours
# Seconds of sound. A minute of it takes some three seconds without machine code, which takes one to
# load and, once in an installation, a minute or two to be made.
FAST_FROM = 900.0
STANDARD = "-"  # in the place of a file: standard input
SPEEDS = {"45.45": Fraction(22), "45": Fraction(22), "50": Fraction(20)}  # baud -> ms of a bit


class Cannot(Exception):
    """Why nothing can be decoded, in one sentence without a full stop."""


def decode(*, file: str, as_objects: bool, baud: str, unshift_on_space: bool) -> str:
    """Prints what was typed; where that is nothing, returns what to say of it, else "". Raises
    Cannot."""
    from ...tty.demod.choosing import receiver
    from ...tty.transcript import transcript
    from ...tty.wav import NotUsable, read
    from ..edges.lines.laws import samples_of

    bit_ms = bit_of(baud) if baud else None
    try:
        audio = read(_read(file))
    except NotUsable as why:
        raise Cannot(f"{_named(file)} cannot be decoded: {why}") from None
    ear = receiver(bit_ms=bit_ms, fast=audio.seconds >= FAST_FROM)
    heard = transcript(samples_of(audio), ear, falls_back=unshift_on_space)
    if as_objects:
        _print_objects(heard, audio)
    else:
        _print_text(heard.text)
    if heard.text:
        return ""
    return f"no TTY types in {_named(file)} ({audio.seconds:.1f} s of sound)"


def bit_of(baud: str) -> Fraction:
    """ms of a bit. Raises Cannot."""
    if baud not in SPEEDS:
        raise Cannot(f"{baud} is no speed of a TTY; there are 45.45 and 50")
    return SPEEDS[baud]


def _read(file: str) -> bytes:
    try:
        if file == STANDARD:
            octets = sys.stdin.buffer.read(SIZE_MAX + 1)
        else:
            with Path(file).open("rb") as opened:
                octets = opened.read(SIZE_MAX + 1)
    except OSError as error:
        raise Cannot(f"{file} cannot be read: {error.strerror}") from None
    if len(octets) > SIZE_MAX:
        raise Cannot(f"{_named(file)} has more than {SIZE_MAX // 1_000_000} MB; cut it into parts")
    return octets


def _named(file: str) -> str:
    return "standard input" if file == STANDARD else file


def _print_text(text: str) -> None:
    """Exactly what was typed; a terminal is left at the beginning of a line."""
    sys.stdout.buffer.write(text.encode())
    if text and sys.stdout.isatty() and not text.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _print_objects(heard: Transcript, audio: Audio) -> None:
    for character in heard.characters:
        sys.stdout.write(f"{json.dumps(_object(character))}\n")
    speed = {Fraction(22): 45.45, Fraction(20): 50.0}
    whole = {
        "text": heard.text,
        "characters": len(heard.text),
        "baud": None if heard.bit_ms is None else speed.get(heard.bit_ms, 1000 / heard.bit_ms),
        "confidence": min((round(one.confidence, 6) for one in heard.characters), default=None),
        "seconds": round(audio.seconds, 3),
    }
    sys.stdout.write(f"{json.dumps(whole)}\n")
    sys.stdout.flush()


def _object(one: Character) -> dict[str, Any]:
    """`time`: s from the beginning of the file, of the end of its stop bit. A shift has no text."""
    from ...tty.code import FIGS, LTRS, Case
    from ...tty.wav import RATE

    letters, figures = one.reading, one.other
    if one.case is Case.FIGURES:
        letters, figures = figures, letters
    told: dict[str, Any] = {
        "time": round(one.at / RATE, 4),
        "code": one.code,
        "text": one.reading,
        "letters": letters,
        "figures": figures,
        "confidence": round(one.confidence, 6),
    }
    shift = {LTRS: "letters", FIGS: "figures"}.get(one.code)
    return {**told, "shift": shift} if shift else told
