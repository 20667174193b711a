"""`text911 tty`: text becomes tones and tones the same text, and what cannot be done says why."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from tests.tty.tones import tones
from text911.gateway.cli.app import app
from text911.gateway.cli.decoding import SIZE_MAX
from text911.gateway.cli.tty import CHANGES_TOLD, TEXT_MAX
from text911.tty.code import FIGS, written
from text911.tty.wav import Audio, Law, read, write

TEXT = "FIRE AT 12 MAIN ST, APT 5 (2ND FLOOR) QQ GA"


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["tty", *arguments], input=given)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "a.wav")


def encoded(file: str, text: str = TEXT, *options: str) -> str:
    done = run("encode", "--out", file, *options, text)
    assert done.exit_code == 0, done.output
    return file


# --- encode --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "kind"), [("pcm16", Law.PCM16), ("mulaw", Law.MU_LAW), ("alaw", Law.A_LAW)]
)
def test_a_file_has_the_law_that_was_asked_for(file: str, law: str, kind: Law) -> None:
    audio = read(Path(encoded(file, TEXT, "--law", law)).read_bytes())
    assert audio.law is kind
    assert 8 < audio.seconds < 12


def test_what_is_spelled_out_is_said_on_standard_error_only(file: str) -> None:
    done = run("encode", "--out", file, "Fire at #5 caf\u00e9\u200d")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines()[:3] == [
        'text911: "#" is typed as "NUMBER "',
        'text911: "\u00e9" is typed as "E"',
        'text911: "\N{REPLACEMENT CHARACTER}" is typed as nothing',
    ]
    assert done.stderr.splitlines()[3].endswith("a.wav: 21 characters, 5.2 s")


def test_so_many_changes_are_told_and_no_more(file: str) -> None:
    done = run("encode", "--out", file, "# " * (CHANGES_TOLD + 3))
    assert "and 3 more" in done.stderr


def test_words_need_no_quotes_and_standard_input_serves(file: str) -> None:
    run("encode", "--out", file, "HELLO", "THERE")
    spoken = Path(file).read_bytes()
    done = run("encode", "--out", "-", "-", given="hello there\n")
    assert done.stdout_bytes == spoken


def test_speed_and_stop_bits_change_how_long_it_takes(file: str) -> None:
    standard, faster, shorter, shortest = (
        read(Path(encoded(file, TEXT, *options)).read_bytes()).seconds
        for options in ([], ["--baud", "50"], ["--stop-bits", "1.5"], ["--stop-bits", "1"])
    )
    assert faster < standard
    assert shortest < shorter < standard


def test_the_level_is_that_of_the_tones(file: str) -> None:
    loud = np.frombuffer(
        read(Path(encoded(file, "E", "--level", "3.17")).read_bytes()).octets, "<i2"
    )
    quiet = np.frombuffer(
        read(Path(encoded(file, "E", "--level", "-16.83")).read_bytes()).octets, "<i2"
    )
    assert loud.max() == 32_767
    assert quiet.max() == pytest.approx(3_277, abs=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--law", "gsm", "A"], "no law is called gsm"),
        (["--baud", "47", "A"], "47 is no speed"),
        (["--stop-bits", "3", "A"], "3 are no stop bits"),
        ([""], "there is no text"),
        (["A" * (TEXT_MAX + 1)], "longer than"),
    ],
)
def test_what_cannot_be_typed_says_why(file: str, arguments: list[str], words: str) -> None:
    done = run("encode", "--out", file, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not Path(file).exists()


def test_what_is_no_text_and_where_nothing_can_be_written_say_so(tmp_path: Path) -> None:
    assert "not UTF-8" in run("encode", "--out", "-", "-", given=b"\xff").stderr
    done = run("encode", "--out", str(tmp_path), "A")
    assert (done.exit_code, done.stderr.count("cannot be written")) == (2, 1)


# --- decode --------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["pcm16", "mulaw", "alaw"])
def test_what_was_encoded_is_decoded_exactly(file: str, law: str) -> None:
    done = run("decode", encoded(file, TEXT, "--law", law))
    assert (done.exit_code, done.stdout, done.stderr) == (0, TEXT, "")


@pytest.mark.parametrize("stop_bits", ["1", "1.42", "1.5", "2"])
@pytest.mark.parametrize("baud", ["45.45", "50"])
def test_every_speed_is_found_out(file: str, baud: str, stop_bits: str) -> None:
    encoded(file, TEXT, "--baud", baud, "--stop-bits", stop_bits)
    assert run("decode", file).stdout == TEXT
    assert run("decode", "--baud", baud, file).stdout == TEXT


def test_a_file_may_come_through_a_pipe(file: str) -> None:
    octets = Path(encoded(file)).read_bytes()
    assert run("decode", "-", given=octets).stdout == TEXT


def test_as_objects_every_character_says_what_else_it_could_be(file: str) -> None:
    lines = run("decode", "--json", encoded(file, "A5")).stdout.splitlines()
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]
    *characters, whole = told
    assert [one["text"] for one in characters] == ["", "A", "", "5"]
    assert [one.get("shift") for one in characters] == ["letters", None, "figures", None]
    assert [(one["letters"], one["figures"]) for one in characters[1::2]] == [
        ("A", "-"),
        ("T", "5"),
    ]
    times = [one["time"] for one in characters]
    assert times[0] == pytest.approx(0.304, abs=0.02), "of the first it is not so well known"
    assert times[1:] == pytest.approx([0.48, 0.656, 0.832], abs=0.01)
    assert all(0.9 < one["confidence"] <= 1 for one in characters)
    assert (whole["text"], whole["characters"], whole["baud"]) == ("A5", 2, 45.45)
    assert whole["seconds"] > 1
    assert 0.9 < whole["confidence"] <= 1


def test_radio_teletype_is_read_as_it_is_meant(file: str) -> None:
    codes = [FIGS, *(written(one).code for one in "12 AB")]  # and no LTRS before the A
    octets = tones(codes).astype("<i2").tobytes()
    Path(file).write_bytes(write(Audio(Law.PCM16, octets)))
    assert run("decode", file).stdout == "12 -?"
    assert run("decode", "--unshift-on-space", file).stdout == "12 AB"


@pytest.mark.parametrize("as_objects", [False, True])
def test_a_file_in_which_nobody_types_is_not_good(file: str, as_objects: bool) -> None:
    Path(file).write_bytes(write(Audio(Law.PCM16, bytes(32_000))))
    done = run("decode", *(["--json"] if as_objects else []), file)
    assert done.exit_code == 1
    assert "no TTY types in" in done.stderr
    if as_objects:
        assert json.loads(done.stdout)["characters"] == 0
    else:
        assert done.stdout == ""


@pytest.mark.parametrize(
    ("octets", "words"),
    [(b"", "no WAV file"), (write(Audio(Law.PCM16, bytes(400)))[:100], "is cut off")],
)
def test_what_is_no_recording_says_why(file: str, octets: bytes, words: str) -> None:
    Path(file).write_bytes(octets)
    done = run("decode", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_file_that_is_not_there_or_far_too_large_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in run("decode", str(tmp_path / "none.wav")).stderr
    large = tmp_path / "large.wav"
    with large.open("wb") as opened:
        opened.truncate(SIZE_MAX + 1)  # a hole, not half a gigabyte
    assert "more than 512 MB" in run("decode", str(large)).stderr
    assert run("decode", "--baud", "300", str(large)).exit_code == 2


@pytest.mark.parametrize(
    ("command", "brings", "spares"),
    [
        (["encode", "--out", "{}", "HELLO GA"], "text911.tty.recording", set[str]()),
        (["decode", "{}"], "text911.tty.transcript", {"typer", "text911.tty.modulator"}),
    ],
)
def test_it_brings_neither_twisted_nor_a_compiler(
    file: str, command: list[str], brings: str, spares: set[str]
) -> None:
    encoded(file, "HELLO GA")
    arguments = ["text911", "tty", *(part.format(file) for part in command)]
    script = (
        f"import sys; sys.argv = {arguments!r}\n"
        "from text911.__main__ import main\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write(' '.join(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=60
    )
    modules = set(done.stderr.decode().split())
    assert brings in modules
    assert not modules & {"twisted", "numba", "llvmlite", "aiohttp", "asyncio", *spares}
