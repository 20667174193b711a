from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.explaining.captures import Capture, NotACapture, is_capture, read

from .wires import (
    AT,
    PORT,
    SYN,
    block,
    enhanced,
    ethernet,
    frame,
    interface,
    ipv4,
    ipv6,
    pcap,
    pcapng,
    section,
    tcp,
)

PORTS = frozenset({PORT})
START = 2**32 - 10  # so that the numbers of TCP turn over


def octets_of(capture: Capture) -> list[list[tuple[int, bytes]]]:
    """For each stream the octets of its stretches, and how many are missing before each."""
    return [[(one.missing, one.octets) for one in each.stretches()] for each in capture.streams]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("write", [pcap, pcapng])
def test_both_directions_are_read_from_both_formats(write: Any, order: str) -> None:
    octets = write([frame(b"up", 5), frame(b"down", 9, up=False)], order=order)
    assert is_capture(octets)
    capture = read(octets, PORTS)
    assert octets_of(capture) == [[(0, b"up")], [(0, b"down")]]
    up, down = capture.streams
    assert (up.source, up.destination, up.from_server) == (
        "192.0.2.2:40000", "192.0.2.1:2775", False,
    )  # fmt: skip
    assert down.from_server
    (stretch,) = down.stretches()
    assert stretch.packet_of(3).number == 2
    assert stretch.packet_of(0).at == (AT + 1) * 10**9 + 5_000


def test_nanoseconds_are_read() -> None:
    octets = b"\x4d\x3c\xb2\xa1" + pcap([frame(b"up", 5)])[4:]
    ((stretch,),) = (list(one.stretches()) for one in read(octets, PORTS).streams)
    assert stretch.packets[0].at == AT * 10**9 + 5


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4), st.booleans())
def test_order_and_repeats_of_segments_do_not_matter(
    order: list[int], again: list[int], has_syn: bool
) -> None:
    whole = bytes(range(60))
    frames = [
        frame(whole[10 * n : 10 * n + 10 + (n % 2) * 5], START + 1 + 10 * n)
        for n in [*order, *again]
    ]
    syn = [frame(b"", START, flags=SYN)] if has_syn else []
    assert octets_of(read(pcap(syn + frames), PORTS)) == [[(0, whole)]]


def test_what_is_missing_is_said_and_what_follows_is_read() -> None:
    frames = [frame(b"", 0, flags=SYN), frame(b"abc", 3), frame(b"def", 10)]
    assert octets_of(read(pcap(frames), PORTS)) == [[(2, b"abc"), (4, b"def")]]
    first, second = read(pcap(frames), PORTS).streams[0].stretches()
    assert first.is_midway
    assert second.is_midway
    (whole,) = read(pcap([*frames[:1], frame(b"abc", 1)]), PORTS).streams[0].stretches()
    assert not whole.is_midway


def test_a_keepalive_repeats_an_octet_and_changes_nothing() -> None:
    frames = [frame(b"", 0, flags=SYN), frame(b"abc", 1), frame(b"\0", 3), frame(b"def", 4)]
    assert octets_of(read(pcap(frames), PORTS)) == [[(0, b"abcdef")]]


def test_a_connection_from_the_same_port_is_a_stream_of_its_own() -> None:
    syn = frame(b"", 0, flags=SYN)
    frames = [syn, syn, frame(b"abc", 1), syn, frame(b"def", 1)]
    assert octets_of(read(pcap(frames), PORTS)) == [[(0, b"abc")], [(0, b"def")]]


def test_a_connection_without_octets_has_no_stretch() -> None:
    assert octets_of(read(pcap([frame(b"", 0, flags=SYN)]), PORTS)) == [[]]
    before = [frame(b"old", 50), frame(b"", 100, flags=SYN)]
    assert octets_of(read(pcap(before[::-1] + before[:1]), PORTS)) == [[]]


def test_other_ports_are_left_out_and_named() -> None:
    capture = read(pcap([frame(b"abc", 1)]), frozenset({9999}))
    assert capture.streams == []
    assert capture.ports == {2775, 40_000}


def test_what_is_not_read_is_counted() -> None:
    fragment = ethernet(ipv4(tcp(b"x", 1), fragment=0x2000))
    other = ethernet(bytes(28), 0x0806)
    capture = read(pcap([fragment, other, fragment, frame(b"abc", 1)], cut=9), PORTS)
    assert capture.remarks == (
        "2 times a packet is a fragment of IP, which is not put together here",
        "1 time a packet was cut when captured",
    )


def test_ipv6_ends_are_written_in_brackets() -> None:
    (stream,) = read(pcap([ipv6(tcp(b"x", 1))], link=101), PORTS).streams
    assert (stream.source, stream.destination) == ("[::1]:40000", "[::2]:2775")


def resolution(value: int) -> bytes:
    return struct.pack("<HH4sHH4sHH", 2, 3, b"eth", 9, 1, bytes((value, 0, 0, 0)), 0, 0)


@pytest.mark.parametrize(
    ("options", "units"),
    [
        (b"", 10**6),
        (resolution(9), 10**9),
        (resolution(0x8A), 2**10),
        (struct.pack("<HH", 0, 0), 10**6),
    ],
)
def test_the_clock_of_an_interface_is_read(options: bytes, units: int) -> None:
    octets = section() + interface(options=options) + enhanced(frame(b"abc", 1), 7 * units)
    (stretch,) = read(octets, PORTS).streams[0].stretches()
    assert stretch.packets[0].at == 7 * 10**9


def test_simple_packets_and_unknown_blocks_are_read_and_passed_over() -> None:
    one = frame(b"abc", 1)
    simple = block(3, struct.pack("<I", len(one)) + one)
    octets = section() + block(5, bytes(8)) + interface() + simple
    assert octets_of(read(octets, PORTS)) == [[(0, b"abc")]]


WHOLE = pcap([frame(b"abc", 1)])
WHOLE_NG = pcapng([frame(b"abc", 1)])


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (WHOLE[:20], "ends within its header"),
        (WHOLE[:30], "ends within packet 1"),
        (WHOLE[:-1], "ends within packet 1"),
        (WHOLE_NG[:-1], "ends within a block, or is damaged, at octet 48"),
        (WHOLE_NG[:8], "ends within a block, at octet 0"),
        (b"\n\r\r\n" + bytes(24), "has no byte order"),
        (section() + enhanced(b"", 1), "the block at octet 28 is damaged"),
        (section() + block(1, b""), "the block at octet 28 is damaged"),
        (section() + b"\1\0\0\0\4\0\0\0" + bytes(8), "at octet 28"),
    ],
)
def test_what_cannot_be_read_of_a_capture_is_said(octets: bytes, said: str) -> None:
    with pytest.raises(NotACapture, match=said):
        read(octets, PORTS)


@given(st.sampled_from([WHOLE, WHOLE_NG]), st.integers(4, 200), st.binary(max_size=20))
def test_a_damaged_capture_is_read_or_refused(whole: bytes, at: int, put: bytes) -> None:
    with suppress(NotACapture):
        capture = read(whole[:at] + put + whole[at + len(put) :], PORTS)
        assert len(capture.streams) <= 1
