"""WAV: what recorders write is read, and what cannot be used says why."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.tty.wav import Audio, Law, NotUsable, header, read, write

PCM = Audio(Law.PCM16, bytes(range(200)))


def chunk(name: bytes, octets: bytes) -> bytes:
    return name + struct.pack("<I", len(octets)) + octets + b"\0" * (len(octets) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits))


@given(st.sampled_from(Law), st.binary(max_size=400))
def test_what_is_written_is_read(law: Law, octets: bytes) -> None:
    audio = Audio(law, octets[: len(octets) // 2 * 2])
    assert read(write(audio)) == audio


def test_the_standard_library_reads_what_is_written() -> None:
    with wave.open(io.BytesIO(write(PCM))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.readframes(1000) == PCM.octets


@pytest.mark.parametrize("law", Law)
def test_the_length_can_be_filled_in_later(law: Law) -> None:
    assert len(header(law, 0)) == len(header(law, 480_000))
    octets = bytes(480)
    assert header(law, 480 // law.octets) + octets == write(Audio(law, octets))


def test_a_second_is_8000_samples() -> None:
    assert Audio(Law.PCM16, bytes(16_000)).seconds == 1.0
    assert Audio(Law.MU_LAW, bytes(4_000)).seconds == 0.5


def test_chunks_that_are_none_of_ours_are_passed_over() -> None:
    noise = chunk(b"LIST", b"odd length here")
    assert read(riff(noise, form(), noise, chunk(b"data", PCM.octets), noise)) == PCM


def test_an_extensible_format_says_what_it_is_further_on() -> None:
    guid = struct.pack("<H", 7) + b"\0" * 14
    extended = form(0xFFFE, bits=8)[8:] + struct.pack("<HHI", 22, 8, 4) + guid
    file = riff(chunk(b"fmt ", extended), chunk(b"data", b"\xff\x7f"))
    assert read(file) == Audio(Law.MU_LAW, b"\xff\x7f")


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_was_never_filled_in_is_to_the_end(length: int) -> None:
    data = b"data" + struct.pack("<I", length) + PCM.octets + b"\1"
    assert read(riff(form(), data)) == PCM


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "0 octets are no WAV"),
        (b"ID3\x04" + bytes(40), "does not begin as a WAV"),
        (b"RIFX" + bytes(40), "high octet first"),
        (riff(form(rate=44_100), chunk(b"data", b"")), "44100 samples a second.* resample it"),
        (riff(form(channels=2), chunk(b"data", b"")), "2 channels"),
        (riff(form(bits=8), chunk(b"data", b"")), "8-bit samples"),
        (riff(form(3, bits=32), chunk(b"data", b"")), "32-bit float samples"),
        (riff(form(0x31, bits=0), chunk(b"data", b"")), "format 0x0031"),
        (riff(form(0xFFFE), chunk(b"data", b"")), "format 0xfffe"),
        (riff(form(), b"data" + struct.pack("<I", 9_000) + b"ab"), "cut off: of 9000 .* 2 are"),
        (riff(chunk(b"fmt ", b"\1\0")), "format .fmt. is cut off"),
        (riff(chunk(b"data", b"ab"), form()), "before their format"),
        (riff(form()), "without samples"),
        (riff(), "without a format"),
    ],
)
def test_what_cannot_be_used_says_why(octets: bytes, why: str) -> None:
    with pytest.raises(NotUsable, match=why):
        read(octets)


@given(st.binary(max_size=100))
def test_no_octets_bring_anything_else_than_a_reason(octets: bytes) -> None:
    with pytest.raises(NotUsable):
        read(riff(octets)[:60])
