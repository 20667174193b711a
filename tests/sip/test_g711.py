"""G.711 by arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from text911.sip.g711 import SILENCE, Law, decode, decode_all, encode

CODES = bytes(range(256))


@pytest.mark.parametrize(
    ("law", "code", "sample"),
    [
        (Law.PCMU, 0x00, -32124),
        (Law.PCMU, 0x80, 32124),
        (Law.PCMU, 0xFF, 0),
        (Law.PCMU, 0x7F, 0),
        (Law.PCMU, 0xFE, 8),
        (Law.PCMU, 0xEF, 132),
        (Law.PCMA, 0x2A, -32256),
        (Law.PCMA, 0xAA, 32256),
        (Law.PCMA, 0xD5, 8),
        (Law.PCMA, 0x55, -8),
        (Law.PCMA, 0xC5, 264),
        (Law.PCMA, 0xF5, 528),
    ],
)
def test_the_values_of_the_recommendation(law: Law, code: int, sample: int) -> None:
    assert decode(bytes([code]), law).tolist() == [sample]


@pytest.mark.parametrize("law", Law)
def test_every_code_comes_back_but_the_negative_zero(law: Law) -> None:
    again = bytearray(encode(decode(CODES, law), law))
    if law is Law.PCMU:
        assert again[0x7F] == 0xFF
        again[0x7F] = 0x7F
    assert bytes(again) == CODES


@pytest.mark.parametrize("law", Law)
def test_a_louder_sample_is_never_a_quieter_code_and_none_is_far_off(law: Law) -> None:
    samples = np.arange(-32_768, 32_768).astype(np.int16)
    heard = decode(encode(samples, law), law).astype(np.int64)
    assert (np.diff(heard) >= 0).all()
    error = np.abs(heard - samples)
    # Half a step: at most 1/32 of the magnitude with its bias; in the lowest segment 8.
    assert (error <= np.maximum((np.abs(samples.astype(np.int64)) + 133) / 32, 8)).all()


def test_silence_is_the_smallest_positive_sample() -> None:
    for law in Law:
        assert encode(np.zeros(1, np.int16), law) == bytes([SILENCE[law]])
    assert encode(np.array([-1], np.int16), Law.PCMU) == b"\x7f"


@pytest.mark.parametrize("law", list(Law))
def test_octets_of_many_calls_are_decoded_as_those_of_each(law: Law) -> None:
    octets = np.arange(256, dtype=np.uint8).reshape(4, 64)
    for row, one in zip(decode_all(octets, law), octets, strict=True):
        assert row.tolist() == decode(one.tobytes(), law).tolist()
