"""Tones: exact, continuous, and read without error by a modem that is not ours."""

from __future__ import annotations

import shutil
import subprocess
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from text911.tty.modulator import FRAME, RATE, Frame, Modulator
from text911.tty.pace import BIT_MS_50, STOP_BITS, Pace, seconds_on_wire

TEXT = "HELP AT 964-1828 KNIFE, CRASH. 12 34 A5 (B) $7 Q?\r\n" * 4


def sent(text: str, pace: Pace) -> tuple[NDArray[np.int16], int]:
    """All samples until the carrier has ended, and how many characters left."""
    modulator = Modulator(pace)
    modulator.type(text)
    frames: list[Frame] = []
    while not modulator.idle:
        frames.append(modulator.frame())
    return np.concatenate([one.samples for one in frames]), sum(one.left for one in frames)


@pytest.mark.parametrize("stop_bits", STOP_BITS)
@pytest.mark.parametrize("bit_ms", [22, 20])
def test_it_lasts_as_long_as_estimated_and_every_character_leaves(
    bit_ms: int, stop_bits: Fraction
) -> None:
    pace = Pace(bit_ms, stop_bits)
    samples, left = sent(TEXT, pace)
    assert left == len(TEXT)
    lasted = np.flatnonzero(samples)[-1] + 1
    assert abs(int(lasted) - seconds_on_wire(TEXT, pace) * RATE) <= 3


def test_the_phase_never_jumps() -> None:
    samples, _ = sent(TEXT, Pace(stop_bits=Fraction("1.42")))
    carrier = samples[: int(np.flatnonzero(samples)[-1]) + 1].astype(float)
    steepest = 2 * np.pi * 1800 / RATE * carrier.max()
    assert np.abs(np.diff(carrier)).max() <= steepest + 2


def test_the_lead_in_is_mark_alone() -> None:
    samples, _ = sent("E", Pace())
    mark = np.sin(2 * np.pi * 1400 * np.arange(1, 1201) / RATE)
    assert np.corrcoef(samples[:1200], mark)[0, 1] > 0.9999


def test_the_level_is_what_was_asked() -> None:
    modulator = Modulator(Pace(), level_dbm0=3.17)
    modulator.type("E")
    assert modulator.frame().samples.max() == 32767


def test_with_nothing_to_send_there_is_silence() -> None:
    frame = Modulator(Pace()).frame()
    assert frame.samples.shape == (FRAME,)
    assert (bool(frame.samples.any()), frame.left, frame.stopped) == (False, 0, False)


def test_it_stops_at_the_end_of_the_character_on_the_wire() -> None:
    modulator = Modulator(Pace())
    modulator.type("HELLO")
    frames = [modulator.frame() for _ in range(30)]  # 600 ms: within E, which ends at 678
    assert sum(one.left for one in frames) == 1
    modulator.stop()
    rest = [modulator.frame() for _ in range(10)]
    assert [one.left for one in rest] == [0, 0, 0, 1, *[0] * 6]
    assert [one.stopped for one in rest].index(True) == 3
    assert modulator.idle
    assert not rest[5].samples.any()


def test_what_comes_within_the_hold_goes_on_without_a_lead_in() -> None:
    modulator = Modulator(Pace())
    modulator.type("E")
    for _ in range(30):
        modulator.frame()
    modulator.type("T")
    frames = [modulator.frame() for _ in range(9)]
    assert sum(one.left for one in frames) == 1


def test_a_new_carrier_has_its_lead_in_and_its_shift() -> None:
    modulator = Modulator(Pace())
    for _ in range(2):
        modulator.type("5")
        frames = [modulator.frame() for _ in range(60)]
        assert [one.left for one in frames].index(1) == 25  # 150 + 2 x 176 ms
        assert modulator.idle


@pytest.mark.skipif(shutil.which("minimodem") is None, reason="minimodem is not installed")
@pytest.mark.parametrize(
    ("pace", "mode"),
    [(Pace(stop_bits=stop), ["--stopbits", "1", "tdd"]) for stop in STOP_BITS]
    + [(Pace(BIT_MS_50), ["-5", "--stopbits", "1", "-M", "1400", "-S", "1800", "50"])],
)
def test_minimodem_reads_it_without_error(pace: Pace, mode: list[str], tmp_path: Path) -> None:
    samples, _ = sent(TEXT, pace)
    path = tmp_path / "sent.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.concatenate([samples, np.zeros(RATE, np.int16)]).tobytes())
    done = subprocess.run(
        ["minimodem", "--rx", "-q", "-R", str(RATE), "-f", str(path), *mode],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.decode("ascii").replace("\r", "").strip() == TEXT.replace("\r", "").strip()
