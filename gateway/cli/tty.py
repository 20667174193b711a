"""`text911 tty`: text as a TTY's tones in a WAV file, and what such a file says.

Talks to nobody and needs no gateway. Exit codes: 0 good, 1 nothing that could be read is in the
file, 2 it cannot be done.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...smpp.counting import counted
from ..terminal import BAD, fail, harmless
from . import decoding

if TYPE_CHECKING:
    from ...tty.spelling import Spelling

TEXT_MAX = 100_000  # characters: five hours on the wire
CHANGES_TOLD = 20
STANDARD = decoding.STANDARD


def add_to(app: typer.Typer) -> None:
    """Register the group on the command line's `app`."""
    tty = typer.Typer(no_args_is_help=True, help="TTY tones in WAV files.")
    tty.callback()(lambda: None)  # stays a group even with one command in it
    tty.command("encode", short_help="Type TEXT as a TTY does, into a WAV file.")(encode)
    tty.command("decode", short_help="Print what a TTY typed in a WAV file.")(decode)
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
    told = f"{counted(len(spelled.text), 'character')}, {audio.seconds:.1f} s"
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
    try:
        nothing = decoding.decode(
            file=file, as_objects=as_objects, baud=baud, unshift_on_space=unshift_on_space
        )
    except decoding.Cannot as why:
        fail(f"{why}")
    if nothing:
        fail(nothing, BAD)


# --- what goes in --------------------------------------------------------------------------------


def _pace(baud: str, stop_bits: str) -> Any:
    from ...tty.pace import STOP_BITS, Pace

    bits = {f"{float(one):g}": one for one in STOP_BITS}
    if stop_bits not in bits:
        fail(f"{stop_bits} are no stop bits of a TTY; there are {', '.join(bits)}")
    try:
        return Pace(int(decoding.bit_of(baud)), bits[stop_bits])
    except decoding.Cannot as why:
        fail(f"{why}")


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
