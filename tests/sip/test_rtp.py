"""RTP packets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import Malformed
from text911.sip.rtp import Packet, ahead, is_rtcp, read, write

WORD = st.integers(0, 2**32 - 1)
PACKETS = st.builds(
    Packet,
    st.integers(0, 127),
    st.integers(0, 65_535),
    WORD,
    WORD,
    st.binary(max_size=200),
    st.booleans(),
    st.lists(WORD, max_size=15).map(tuple),
    st.none() | st.tuples(st.integers(0, 65_535), st.binary(max_size=5).map(lambda b: b * 4)),
)


@given(PACKETS, st.integers(0, 255))
def test_what_is_written_is_read_back_with_padding_or_without(packet: Packet, padding: int) -> None:
    octets = write(packet)
    assert read(octets) == packet
    if padding:
        padded = bytes([octets[0] | 0x20]) + octets[1:] + bytes(padding - 1) + bytes([padding])
        assert read(padded) == packet


@given(st.binary(max_size=80))
def test_any_octets_are_a_packet_or_malformed(octets: bytes) -> None:
    try:
        found = read(octets)
    except Malformed:
        return
    assert len(found.payload) <= len(octets) - 12
    assert read(write(found)) == found


HEAD = bytes([0x80, 0]) + bytes(10)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (HEAD[:11], "12 to"),
        (HEAD + bytes(2048), "12 to"),
        (b"\x40" + HEAD[1:], "version"),
        (b"\x90" + HEAD[1:] + bytes(3), "extension"),
        (b"\x90" + HEAD[1:] + b"\0\0\0\x01", "before its payload"),
        (b"\x81" + HEAD[1:], "before its payload"),
        (b"\xa0" + HEAD[1:] + b"\0", "padding is 0"),
        (b"\xa0" + HEAD[1:] + b"\2", "before its payload"),
    ],
)
def test_what_is_no_packet_says_why(octets: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read(octets)


def test_an_extension_comes_in_fours_and_rtcp_is_told_by_its_type() -> None:
    with pytest.raises(ValueError, match="fours"):
        write(Packet(0, 0, 0, 0, extension=(0, b"abc")))
    assert [is_rtcp(bytes([0x80, kind])) for kind in (0, 128, 200, 223, 224)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert not is_rtcp(b"\x80")


@given(st.integers(0, 65_535), st.integers(-32_768, 32_767))
def test_the_distance_on_a_circle(of: int, step: int) -> None:
    assert ahead((of + step) % 65_536, of, 16) == step
