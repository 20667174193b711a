"""`text911 smpp decode`: what was sent, in words, and what is wrong with it. Beside it in the group
is `conform`, which has its own module.

Reads hexadecimal, raw octets or a capture; talks to nobody. Passwords are never shown. Exit codes:
0 all is good, 1 something is wrong in a PDU, 2 it cannot be read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from ...smpp.alphabets import Alphabet
from ...smpp.explaining import captures, frames, hexadecimal
from ...smpp.explaining.conversations import Heard, conversation
from ...smpp.explaining.lines import as_json, lines
from ...smpp.explaining.streams import explain
from ...smpp.explaining.values import Explained
from ..terminal import BAD, fail, say
from .conform import conform

PORT = 2775  # registered for SMPP
SIZE_MAX = 512_000_000  # octets of a file; a larger capture does not fit into memory as it is read
_YEAR_10000 = 253_402_300_800  # s since 1970, which no calendar of ours writes
_TEXT = frozenset(b"\t\n\r\f") | frozenset(range(0x20, 0x7F))


def add_to(app: typer.Typer) -> None:
    """Register the group on the command line's `app`."""
    smpp = typer.Typer(no_args_is_help=True, help="SMPP as carriers send it.")
    smpp.command("decode", short_help="PDUs by field, in words, and what is wrong.")(decode)
    smpp.command("conform", short_help="Try a server with PDUs right and wrong.")(conform)
    app.add_typer(smpp, name="smpp")


def decode(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|-|HEX",
            help="A file (hexadecimal, raw, pcap, pcapng), - for standard input, or hexadecimal.",
        ),
    ] = None,
    port: Annotated[
        list[int] | None,
        typer.Option(min=1, max=65_535, help="The SMPP port in a capture; may be repeated."),
    ] = None,
    alphabet: Annotated[
        str, typer.Option(help="What data_coding 0 means here, as default_alphabet of an account.")
    ] = "gsm7",
    as_objects: Annotated[
        bool, typer.Option("--json", help="One JSON object a PDU, each on its line.")
    ] = False,
) -> None:
    """Every PDU by field, in words; what is wrong with it, and what our server would answer.

    Exit code 0: all is good. 1: something is wrong. 2: it cannot be read.
    """
    if alphabet not in get_args(Alphabet):
        fail(f"no alphabet is called {alphabet}; there are {', '.join(get_args(Alphabet))}")
    octets, is_typed = _octets(what or ["-"])
    ports = frozenset(port or [PORT])
    if not octets:
        fail("there are no octets; name a file, give hexadecimal, or pipe either in")
    if captures.is_capture(octets) and not is_typed:
        told = _capture(octets, ports, alphabet)
    else:
        told = _run(octets, is_typed, ports, alphabet)
    good = True
    for number, (where, one) in enumerate(told, 1):
        good &= one.is_good
        if as_objects:
            typer.echo(json.dumps({"number": number, **where, **as_json(one)}))
            continue
        if number > 1:
            say("")
        if where:
            say(
                f"#{number}  {where['from']} -> {where['to']}, packet {where['packet']}"
                + (f", {where['at']}" if where["at"] else "")
            )
        for line in lines(one):
            say(line)
    if not good:
        raise typer.Exit(BAD)


# --- where the octets come from ------------------------------------------------------------------


def _octets(what: list[str]) -> tuple[bytes, bool]:
    """The octets, and whether they were typed as arguments and so are hexadecimal."""
    if what == ["-"]:
        return _limited(sys.stdin.buffer.read(SIZE_MAX + 1), "standard input"), False
    if len(what) == 1 and (path := Path(what[0])).is_file():
        try:
            with path.open("rb") as file:
                return _limited(file.read(SIZE_MAX + 1), str(path)), False
        except OSError as error:
            fail(f"{path} cannot be read: {error.strerror}")
    return " ".join(what).encode("utf-8", "surrogateescape"), True


def _limited(octets: bytes, name: str) -> bytes:
    if len(octets) > SIZE_MAX:
        fail(f"{name} has more than {SIZE_MAX // 1_000_000} MB; cut it with editcap")
    return octets


def _run(
    octets: bytes, is_typed: bool, ports: frozenset[int], alphabet: Any
) -> Iterable[tuple[dict[str, Any], Explained]]:
    """Octets of nobody knows whom."""
    if is_typed or _TEXT.issuperset(octets):
        octets = _from_hexadecimal(octets.decode("ascii", "replace"), ports, is_typed=is_typed)
    if not octets:
        fail("there are no octets in that; a PDU begins with its command_length")
    return (({}, one) for one in explain(octets, default=alphabet))


def _from_hexadecimal(text: str, ports: frozenset[int], *, is_typed: bool) -> bytes:
    try:
        runs = hexadecimal.parse(text)
    except hexadecimal.NotHexadecimal as error:
        hint = "there is no such file, and as hexadecimal " if is_typed else ""
        fail(f"{hint}{error}; name a file that is there, or give the octets in hexadecimal")
    return b"".join(_payload(run, ports) for run in runs)


def _payload(octets: bytes, ports: frozenset[int]) -> bytes:
    """The dump of a whole frame is as likely as that of its payload."""
    segment = frames.segment_of(octets, frames.ETHERNET)
    if isinstance(segment, str) or not ports & {segment.source_port, segment.destination_port}:
        return octets
    return segment.payload


def _capture(
    octets: bytes, ports: frozenset[int], alphabet: Any
) -> Iterable[tuple[dict[str, Any], Explained]]:
    try:
        capture = captures.read(octets, ports)
    except captures.NotACapture as error:
        fail(f"{error}; write it again with tcpdump -w or editcap")
    for remark in capture.remarks:
        typer.echo(f"text911: {remark}", err=True)
    heard = conversation(capture, alphabet)
    if not heard:
        names = " and ".join(map(str, sorted(ports)))
        seen = ", ".join(map(str, sorted(capture.ports)[:20])) or "none"
        fail(f"no TCP octets on port {names} in this capture; --port names one of: {seen}")
    return [(_where(one), one.told) for one in heard]


def _where(heard: Heard) -> dict[str, Any]:
    return {
        "from": heard.stream.source,
        "to": heard.stream.destination,
        "packet": heard.packet.number,
        "at": _utc(heard.packet.at),
    }


def _utc(at: int) -> str | None:
    """None for a time that is not known, or that is none: a damaged capture has any."""
    seconds, rest = divmod(at, 1_000_000_000)
    if not 0 < seconds < _YEAR_10000:
        return None
    written = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{written}.{rest // 1000:06d}Z"
