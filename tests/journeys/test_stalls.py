"""A loop that stands still while we type: modems that are not ours read every letter.

The machine may stand still too, which no sender helps: each journey may be tried three times. With
tones that leave from the loop none of them would succeed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from text911.gateway.edges.lines.laws import audio_of
from text911.tty.modulator import Samples
from text911.tty.wav import Law, write

from .spandsp import Modem
from .stalled import FarEnd, Gateway, computing, holding
from .test_tty_peers import minimodem
from .tools import need

TEXT = "TRUCKS ARE COMING TO 12 ELM ST GA"
BUFFERS_S = (0.06, 0.1)  # jitter buffers as telephones have them
TRIES = 3


@pytest.fixture(autouse=True)
def _the_programs() -> None:
    need("minimodem", "spandsp")


def read_by_minimodem(sound: Samples, folder: Path) -> str:
    path = folder / "played.wav"
    path.write_bytes(write(audio_of(sound, Law.PCM16)))
    return minimodem("--rx", path, "45.45", "1")


def read_by_spandsp(sound: Samples, _: Path) -> str:
    modem = Modem("45.45", calling=False)
    try:
        return modem.hear(sound).strip("\r\n\0 ")
    finally:
        modem.close()


def once(read: Callable[[Samples, Path], str], folder: Path) -> list[str]:
    """The text as a far end reads it behind each buffer; the loop stood still for half a second in
    the middle of it, twice, and shortly before its end."""
    holds = [(at, computing(0.5)) for at in (1.5, 3.1, 5.3)]
    with FarEnd() as far:
        gateway = Gateway(far.port, holds)
        gateway.types(TEXT)
    assert [one.characters for one in gateway.left] == list(range(1, len(TEXT) + 1))
    return [read(far.played(buffer), folder) for buffer in BUFFERS_S]


@pytest.mark.parametrize("read", [read_by_minimodem, read_by_spandsp])
def test_half_a_second_without_a_loop_spoils_no_letter(
    read: Callable[[Samples, Path], str], tmp_path: Path
) -> None:
    tries = [once(read, tmp_path)]
    while len(tries) < TRIES and tries[-1] != [TEXT] * len(BUFFERS_S):
        tries.append(once(read, tmp_path))
    assert tries[-1] == [TEXT] * len(BUFFERS_S), tries


def is_within(text: str, read: str) -> bool:
    """Whether all of `text` is there in order, with something else between."""
    rest = iter(read)
    return all(letter in rest for letter in text)


def test_after_a_hole_that_nobody_could_fill_the_letter_is_typed_again(tmp_path: Path) -> None:
    tries: list[str] = []
    while len(tries) < TRIES:
        with FarEnd() as far:
            Gateway(far.port, [(2.0, holding(0.7))]).types(TEXT)
        tries.append(read_by_minimodem(far.played(BUFFERS_S[0]), tmp_path))
        if is_within(TEXT, tries[-1]):
            break
    assert is_within(TEXT, tries[-1]), tries
