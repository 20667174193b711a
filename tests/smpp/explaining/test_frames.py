from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.explaining.frames import Segment, segment_of

from .wires import CLIENT, ELSEWHERE, PORT, SERVER, SYN, ethernet, ipv4, ipv6, tcp

TCP = tcp(b"help", 7)
V4, V6 = ipv4(TCP), ipv6(TCP)
SLL, SLL2 = bytes(14), bytes(20)


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, ethernet(V4)),
        (1, ethernet(V4) + bytes(6)),  # padded to the least size of a frame
        (1, bytes(12) + bytes.fromhex("8100 0001 88a8 0002 0800") + V4),
        (0, b"\x02\0\0\0" + V4),
        (108, b"\0\0\0\x02" + V4),
        (101, V4),
        (101, V4[:2] + b"\0\0" + V4[4:]),  # a total that was left to the hardware
        (113, SLL + b"\x08\x00" + V4),
        (276, SLL2 + V4),
    ],
)
def test_a_segment_is_found_in_what_carries_it(link: int, frame: bytes) -> None:
    assert segment_of(frame, link) == Segment(CLIENT, ELSEWHERE, SERVER, PORT, 7, False, b"help")


@pytest.mark.parametrize(
    "packet",
    [
        V6,
        ipv6(TCP, between=b"\x3c\0" + bytes(6) + b"\x06\0" + bytes(6), first=0),
        V6[:4] + b"\0\0" + V6[6:],
    ],
)
def test_a_segment_is_found_in_ipv6(packet: bytes) -> None:
    found = segment_of(ethernet(packet, 0x86DD), 1)
    assert isinstance(found, Segment)
    assert (len(found.source), found.payload) == (16, b"help")


def test_a_syn_is_known() -> None:
    found = segment_of(ipv4(tcp(b"", 1, flags=SYN)), 101)
    assert isinstance(found, Segment)
    assert found.is_syn


@pytest.mark.parametrize(
    ("link", "frame", "why"),
    [
        (1, ethernet(bytes(28), 0x0806), ""),
        (1, b"", ""),
        (101, b"", ""),
        (101, V4[:10], ""),
        (101, ipv4(TCP, protocol=17), ""),
        (101, ipv6(TCP, first=17), ""),
        (101, ipv6(TCP, between=b"", first=0)[:41], ""),
        (101, ipv4(TCP, fragment=0x2000), "fragment"),
        (101, ipv6(TCP, first=44), "fragment"),
        (101, ipv4(TCP[:10]), "TCP header"),
        (101, ipv4(TCP[:12] + b"\x10" + TCP[13:]), "TCP header"),
        (147, V4, "link type 147"),
    ],
)
def test_what_holds_no_segment_says_why(link: int, frame: bytes, why: str) -> None:
    found = segment_of(frame, link)
    assert isinstance(found, str)
    assert why in found
    assert bool(why) == bool(found)


@given(st.binary(max_size=120), st.sampled_from([0, 1, 101, 108, 113, 276, 999]))
def test_any_frame_is_read(frame: bytes, link: int) -> None:
    assert isinstance(segment_of(frame, link), Segment | str)
