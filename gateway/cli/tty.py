"""`text911 tty`: text as a TTY's tones in a WAV file, and what such a file says.

Talks to nobody and needs no gateway. Exit codes: 0 good, 1 nothing that could be read is in the
file, 2 it cannot be done.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..terminal import BAD, fail, harmless

if TYPE_CHECKING:
    from ...tty.recording import Transcript
    from ...tty.shifts import Character
    from ...tty.spelling import Spelling
    from ...tty.wav import Audio

SIZE_MAX = 512_000_000  # octets of a file: nine hours
# Seconds of sound. A minute of it takes some three seconds without machine code, which takes one to
# load and, once in an installation, a minute or two to be made.
FAST_FROM = 900.0
TEXT_MAX = 100_000  # characters: five hours on the wire
CHANGES_TOLD = 20
STANDARD = "-"  # in the place of a file: standard input or output


def add_to(app: typer.Typer) -> None:
    """Register the group on the command line's `app`."""
    tty = typer.Typer(no_args_is_help=True, help="TTY tones in WAV files.")
    tty.callback()(lambda: None)  # stays a group even with one command in it
    tty.command("encode")(encode)
    tty.command("decode")(decode)
    app.add_typer(tty, name="tty")


def encode(
    text: Annotated[list[str], typer.Argument(metavar="TEXT|-", help="- for standard input.")],
    out: Annotated[str, typer.Option(metavar="FILE.wav", help="- for standard output.")],
    baud: Annotated[str, typer.Option(help="45.45, or 50 outside North America.")] = "45.45",
    stop_bits: Annotated[str, typer.Option(help="1, 1.42, 1.5 or 2.")] = "2",
    level: Annotated[
        float, typer.Option(min=-60, max=3.17, help="Of the tones, in dBm0.", show_default=True)
    ] = -10.0,
    law: Annotated[str, typer.Option(help="pcm16, mulaw or alaw.")] = "pcm16",
) -> None:
    """Type TEXT as a TTY does, into a WAV file of 8,000 samples a second.

    What no TTY can print is spelled out, and said on standard error. Exit code 0: done. 2: it
    cannot be done.
    """
    from ...tty import recording, spelling, wav
    from ..edges.lines.laws import audio_of

    pace = _pace(baud, stop_bits)
    laws = {"pcm16": wav.Law.PCM16, "mulaw": wav.Law.MU_LAW, "alaw": wav.Law.A_LAW}
    if law not in laws:
        fail(f"no law is called {law}; there are {', '.join(laws)}")
    given = _typed(text)
    spelled = spelling.spell(given, ends_turns=True)
    if not spelled.text:
        fail("there is no text to type; name one, or pipe one in with -")
    _tell_changes(spelled)
    samples = recording.recording(spelled.text, pace, level)
    audio = audio_of(samples, laws[law])
    _write(out, wav.write(audio))
    told = f"{len(spelled.text)} characters, {audio.seconds:.1f} s"
    typer.echo(f"text911: wrote {harmless(out)}: {told}", err=True)


def decode(
    file: Annotated[str, typer.Argument(metavar="FILE.wav|-", help="- for standard input.")],
    as_objects: Annotated[
        bool, typer.Option("--json", help="One JSON object a character, then one of the whole.")
    ] = False,
    baud: Annotated[
        str, typer.Option(help="45.45 or 50; without it, it is found out.", show_default=False)
    ] = "",
    unshift_on_space: Annotated[
        bool,
        typer.Option(help="The sender is radio teletype: letters again after every space."),
    ] = False,
) -> None:
    """Print the text that a TTY typed in a WAV file (8 kHz; 16-bit, mu-law or A-law), and no more.

    Exit code 0: here it is. 1: no character is in it. 2: it cannot be read.
    """
    from ...tty.demod.choosing import receiver
    from ...tty.recording import transcript
    from ...tty.wav import NotUsable, read
    from ..edges.lines.laws import samples_of

    bit_ms = _bit_ms(baud) if baud else None
    try:
        audio = read(_read(file))
    except NotUsable as why:
        fail(f"{_named(file)} cannot be decoded: {why}")
    ear = receiver(bit_ms=bit_ms, fast=audio.seconds >= FAST_FROM)
    heard = transcript(samples_of(audio), ear, falls_back=unshift_on_space)
    if as_objects:
        _print_objects(heard, audio)
    else:
        _print_text(heard.text)
    if not heard.text:
        typer.echo(
            f"text911: no TTY types in {_named(file)} ({audio.seconds:.1f} s of sound)", err=True
        )
        raise typer.Exit(BAD)


# --- what goes in --------------------------------------------------------------------------------


def _pace(baud: str, stop_bits: str) -> Any:
    from ...tty.pace import STOP_BITS, Pace

    bits = {f"{float(one):g}": one for one in STOP_BITS}
    if stop_bits not in bits:
        fail(f"{stop_bits} are no stop bits of a TTY; there are {', '.join(bits)}")
    return Pace(int(_bit_ms(baud)), bits[stop_bits])


def _bit_ms(baud: str) -> Fraction:
    speeds = {"45.45": Fraction(22), "45": Fraction(22), "50": Fraction(20)}
    if baud not in speeds:
        fail(f"{baud} is no speed of a TTY; there are 45.45 and 50")
    return speeds[baud]


def _typed(words: list[str]) -> str:
    if words == [STANDARD]:
        octets = sys.stdin.buffer.read(4 * TEXT_MAX + 1)
        try:
            text = octets.decode().removesuffix("\n")
        except UnicodeDecodeError as cause:
            fail(f"standard input is not UTF-8 text at octet {cause.start}")
    else:
        text = " ".join(words)
    if len(text) > TEXT_MAX:
        fail(f"the text is longer than {TEXT_MAX} characters; type it in parts")
    return text


def _tell_changes(spelled: Spelling) -> None:
    changed = spelled.changed
    for piece in changed[:CHANGES_TOLD]:
        what = json.dumps(piece.spelled) if piece.spelled else "nothing"
        original = json.dumps(piece.original, ensure_ascii=False)
        typer.echo(f"text911: {harmless(original)} is typed as {what}", err=True)
    if len(changed) > CHANGES_TOLD:
        typer.echo(f"text911: and {len(changed) - CHANGES_TOLD} more", err=True)


def _read(file: str) -> bytes:
    try:
        if file == STANDARD:
            octets = sys.stdin.buffer.read(SIZE_MAX + 1)
        else:
            with Path(file).open("rb") as opened:
                octets = opened.read(SIZE_MAX + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    if len(octets) > SIZE_MAX:
        fail(f"{_named(file)} has more than {SIZE_MAX // 1_000_000} MB; cut it into parts")
    return octets


def _named(file: str) -> str:
    return "standard input" if file == STANDARD else file


# --- what comes out ------------------------------------------------------------------------------


def _write(out: str, octets: bytes) -> None:
    if out == STANDARD:
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
        return
    try:
        Path(out).write_bytes(octets)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}")


def _print_text(text: str) -> None:
    """Exactly what was typed; a terminal is left at the beginning of a line."""
    sys.stdout.buffer.write(text.encode())
    if text and sys.stdout.isatty() and not text.endswith("\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _print_objects(heard: Transcript, audio: Audio) -> None:
    for character in heard.characters:
        typer.echo(json.dumps(_object(character)))
    speed = {Fraction(22): 45.45, Fraction(20): 50.0}
    whole = {
        "text": heard.text,
        "characters": len(heard.text),
        "baud": None if heard.bit_ms is None else speed.get(heard.bit_ms, 1000 / heard.bit_ms),
        "confidence": min((round(one.confidence, 6) for one in heard.characters), default=None),
        "seconds": round(audio.seconds, 3),
    }
    typer.echo(json.dumps(whole))


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
