"""Text as it is typed, in RTP, with its redundancy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import Malformed
from text911.sip.rtp import Packet
from text911.sip.t140 import (
    CHARACTERS_MAX,
    ERASE,
    GENERATIONS,
    INTERVAL,
    MISSING,
    NEW_LINE,
    OFFSET_MAX,
    PATIENCE,
    WINDOW,
    Blocks,
    Listener,
    Speaker,
    read_red,
    shown,
    write_red,
)

TEXT, RED = 98, 99


def speaker(red: int | None = RED) -> Speaker:
    return Speaker(7, 65_534, 2**32 - 400, TEXT, red)


def packets(*texts: str, red: int | None = RED) -> list[Packet]:
    """One packet for each text, and those that repeat the last."""
    speaking = speaker(red)
    found: list[Packet] = []
    now = 0.0
    for text in (*texts, *[""] * GENERATIONS):
        speaking.say(text)
        packet = speaking.take(now)
        if packet is not None:
            found.append(packet)
        now += INTERVAL
    return found


def hear(*heard: Packet) -> str:
    listener = Listener(TEXT, RED)
    text = "".join(listener.put(packet, 0.1 * at) for at, packet in enumerate(heard))
    return text + listener.take(1e6)


def test_text_goes_out_every_300_ms_and_twice_more() -> None:
    found = packets("HE", "LP")
    assert [read_red(packet.payload) for packet in found] == [
        Blocks((), b"HE"),
        Blocks((b"HE",), b"LP"),
        Blocks((b"HE", b"LP"), b""),
        Blocks((b"LP", b""), b""),
    ]
    assert [packet.marker for packet in found] == [True, False, False, False]
    assert [packet.sequence for packet in found] == [65_534, 65_535, 0, 1]
    assert found[0].timestamp == 2**32 - 400
    assert found[2].timestamp == 200
    assert hear(*found) == "HELP"


@given(st.sets(st.integers(1, 9)), st.data())
def test_what_redundancy_reaches_comes_back_and_each_longer_hole_is_said_once(
    lost: set[int], data: st.DataObject
) -> None:
    texts = [chr(ord("a") + at) for at in range(10)]
    sent = packets(*texts)
    expected, hole = "", list[str]()
    for at, text in enumerate([*texts, "", ""]):
        if at in lost:
            hole.append(text)
            continue
        recovered = hole[-GENERATIONS:]
        expected += MISSING * (len(hole) > GENERATIONS) + "".join(recovered) + text
        hole = []
    came = [packet for at, packet in enumerate(sent) if at not in lost]
    repeated = [again for packet in came for again in [packet] * data.draw(st.integers(1, 2))]
    assert hear(*repeated) == expected


def test_a_packet_that_was_overtaken_is_waited_for() -> None:
    one, two, three = packets("a", "b", "c", red=None)
    listener = Listener(TEXT)
    assert listener.put(one, 0.0) == "a"
    assert listener.wakes_at() is None
    assert listener.put(three, 0.1) == ""
    assert listener.wakes_at() == 0.1 + PATIENCE
    assert listener.put(two, 0.2) == "bc"
    assert listener.put(two, 0.3) == ""
    assert listener.lost == 0


def test_what_never_comes_is_marked_when_patience_ends() -> None:
    one, _, three = packets("a", "b", "c", red=None)
    listener = Listener(TEXT)
    listener.put(one, 0.0)
    listener.put(three, 0.1)
    assert listener.take(0.1 + PATIENCE) == MISSING + "c"
    assert listener.lost == 1


def test_a_far_hole_with_nothing_to_wait_for_ends_with_the_source() -> None:
    listener = Listener(TEXT, RED)
    assert listener.put(Packet(TEXT, 0, 0, 7, b"a"), 0.0) == "a"
    assert listener.put(Packet(TEXT, 0, 0, 7, b"a"), 0.0) == ""


def test_another_source_begins_anew_with_a_mark_and_loses_nothing_that_came() -> None:
    one, _, three = packets("a", "b", "c", red=None)
    listener = Listener(TEXT)
    listener.put(one, 0.0)
    listener.put(three, 0.1)
    other = Packet(TEXT, 5, 0, 8, b"x")
    assert listener.put(other, 0.2) == MISSING + "c" + MISSING + "x"
    assert listener.put(Packet(TEXT, 5_000, 0, 8, b"y"), 0.3) == MISSING + "y"
    assert listener.put(Packet(0, 5_001, 0, 8, b"audio"), 0.3) == ""


def test_new_lines_erasures_and_what_is_never_shown() -> None:
    assert shown("\ufeffa\r\nb\rc\nd\u2028\b\x07\x1b\x9c\u00e9") == (
        f"a{NEW_LINE}b{NEW_LINE}c{NEW_LINE}d{NEW_LINE}{ERASE}\u00e9"
    )


@given(st.binary(max_size=60))
def test_any_payload_is_text_or_malformed(payload: bytes) -> None:
    try:
        found = read_red(payload)
    except Malformed:
        return
    assert len(found.primary) + sum(map(len, found.redundant)) <= len(payload)


@pytest.mark.parametrize("payload", [b"", b"\xe2\0\0", b"\xe2\0\0\5\x62abc"])
def test_redundancy_that_says_more_than_there_is_is_malformed(payload: bytes) -> None:
    with pytest.raises(Malformed, match="redundancy"):
        read_red(payload)


@pytest.mark.parametrize("block", [(OFFSET_MAX + 1, b""), (-1, b""), (0, bytes(1024))])
def test_no_block_is_written_that_its_header_cannot_say(block: tuple[int, bytes]) -> None:
    with pytest.raises(ValueError, match="no redundant block"):
        write_red((block,), b"", TEXT)


def test_a_long_text_stays_within_what_a_receiver_must_take() -> None:
    speaking = speaker()
    speaking.say("x" * (CHARACTERS_MAX + 10))
    sent: list[tuple[float, int]] = []
    while (wakes := speaking.wakes_at()) is not None:
        now = max(0.0, wakes)
        assert not sent or speaking.take(now - 0.001) is None
        packet = speaking.take(now)
        assert packet is not None
        sent.append((now, len(read_red(packet.payload).primary)))
    assert sum(size for _, size in sent) == CHARACTERS_MAX + 10
    assert len(sent) < 30
    assert speaking.waiting == ""
    assert speaking.take(1e9) is None
    for start, _ in sent:
        within = [size for at, size in sent if start <= at < start + WINDOW]
        assert sum(within) <= CHARACTERS_MAX


def test_after_a_pause_old_text_is_no_redundancy_any_more() -> None:
    speaking = speaker()
    speaking.say("a")
    first = speaking.take(0.0)
    assert first is not None
    late = speaking.take(60.0)
    assert late is not None
    assert read_red(late.payload) == Blocks((), b"")
