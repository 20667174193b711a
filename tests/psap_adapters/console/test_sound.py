"""The sounds: what they are, and that a browser's decoder would take them."""

from __future__ import annotations

import io
import wave
from itertools import pairwise

from text911.psap_adapters.console.sound import RATE, alarm, chime


def samples(octets: bytes) -> list[int]:
    with wave.open(io.BytesIO(octets)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE)
        data = sound.readframes(sound.getnframes())
    return [
        int.from_bytes(data[at : at + 2], "little", signed=True) for at in range(0, len(data), 2)
    ]


def test_the_alarm_is_loud_lasts_1_6_s_and_loops_without_a_click() -> None:
    heard = samples(alarm())
    assert len(heard) == round(1.6 * RATE)
    assert 12_000 < max(heard) < 32_767
    assert heard[0] == heard[-1] == 0
    assert max(abs(one - two) for one, two in pairwise(heard)) < 16_000


def test_the_chime_is_softer_and_fades() -> None:
    heard = samples(chime())
    assert max(heard) < max(samples(alarm()))
    assert max(map(abs, heard[-100:])) < 200


def test_the_same_sound_comes_out_every_time() -> None:
    assert alarm() == alarm()
