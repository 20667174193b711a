"""What a call sends: every frame in its time and by its number, whatever was made before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from text911.sip import rtp
from text911.sip.ahead import AHEAD_MAX, BEHIND, GROWTH, LATE_MAX, Ahead
from text911.sip.clock import BURST_MAX, Cadence, Due
from text911.sip.g711 import SILENCE, Law, encode
from text911.sip.media import AudioStream
from text911.sip.offer import Agreed
from text911.sip.rtp import Packet
from text911.sip.rtp_session import Origin
from text911.sip.sdp import Crypto
from text911.sip.srtp import Incoming

PEER = ("192.0.2.7", 4000)
AUDIO = Agreed("audio", *PEER, 0, "sendrecv", encoding="PCMU")
ORIGIN = Origin(77, 100, 5_000, "line@gateway.example.net")
TONE = np.full(160, 8_000, np.int16)
KEY = Crypto(1, "AES_CM_128_HMAC_SHA1_80", "inline:" + "A" * 40)


class Lane:
    """Sends nothing until the test says what time it is."""

    def __init__(self, sent: list[tuple[float, bytes]]) -> None:
        self.held: list[tuple[float, bytes]] = []
        self._sent = sent

    @property
    def waiting(self) -> int:
        return len(self.held)

    @property
    def first_at(self) -> float | None:
        return self.held[0][0] if self.held else None

    def put(self, at: float, datagram: bytes, address: tuple[str, int]) -> None:
        assert address == PEER
        self.held.append((at, datagram))

    def recall(self) -> int:
        count = len(self.held)
        self.held.clear()
        return count

    def leave(self, now: float) -> None:
        while self.held and self.held[0][0] <= now:
            self._sent.append(self.held.pop(0))


class Call:
    def __init__(self, *, lane: bool = True, agreed: Agreed = AUDIO) -> None:
        self.sent: list[tuple[float, bytes]] = []
        self.now = 0.0
        self.stream = AudioStream(agreed, ORIGIN, frozenset(), 0.0)
        self.lane = Lane(self.sent)
        self.ahead = Ahead(self.stream, self._send, self.lane if lane else None)
        self._cadence = Cadence(0.0)

    def _send(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert address == PEER
        self.sent.append((self.now, datagram))

    def beats(self, seconds: float) -> None:
        """Time goes on, and then the loop is there again."""
        self.now += seconds
        self.lane.leave(self.now)
        self.ahead.passes(self._cadence.due(self.now))

    def puts(self) -> int:
        room = self.ahead.room
        for _ in range(room):
            self.ahead.put(TONE)
        self.ahead.rest()
        return room

    @property
    def packets(self) -> list[Packet]:
        return [rtp.read(octets) for _, octets in self.sent]

    def follow(self) -> bool:
        """Whether number, timestamp and time go on together."""
        return all(
            ((one.timestamp - 5_000) / 8_000) == pytest.approx(at, abs=0.021)
            and one.sequence == 100 + place
            for place, ((at, _), one) in enumerate(zip(self.sent, self.packets, strict=True))
        )


def test_silence_leaves_at_once_and_by_the_beat() -> None:
    call = Call()
    call.beats(0.0)
    for _ in range(10):
        assert call.ahead.owed == 1
        call.ahead.rest()
        call.beats(0.02)
    assert call.follow()
    assert {one.payload for one in call.packets} == {bytes([SILENCE[Law.PCMU]]) * 160}


def test_the_store_grows_by_a_few_a_beat_and_is_bounded() -> None:
    call = Call()
    call.beats(0.0)
    assert call.puts() == 1 + GROWTH
    rooms: list[int] = []
    for _ in range(20):
        call.beats(0.02)
        rooms.append(call.puts())
    assert max(rooms) == GROWTH
    assert rooms[-1] == 1
    assert call.lane.waiting == AHEAD_MAX + 1  # and that of this beat
    assert call.follow()


def test_what_was_made_leaves_while_the_loop_stands() -> None:
    call = Call()
    for _ in range(20):
        call.beats(0.02)
        call.puts()
    call.beats(0.5)
    assert call.ahead.owed == 0
    assert not call.ahead.broke(call.now)
    for _ in range(40):
        call.beats(0.02)
        call.puts()
    assert call.follow()
    assert {round(at * 50 - BEHIND * 50, 6) % 1 for at, _ in call.sent} == {0.0}


def test_what_is_recalled_leaves_its_numbers_to_what_is_sent_instead() -> None:
    call = Call()
    for _ in range(10):
        call.beats(0.02)
        call.puts()
    told = call.ahead.left()
    pending = call.ahead.pending
    assert told + pending == 1 + 10 * GROWTH
    call.ahead.recall()
    assert (call.ahead.pending, call.lane.waiting) == (0, 0)
    call.beats(0.02)
    call.ahead.rest()
    for _ in range(5):
        call.beats(0.02)
        call.ahead.rest()
    assert call.follow()
    assert call.stream.statistics.sent == len(call.sent)


def test_behind_what_has_not_left_silence_waits() -> None:
    call = Call()
    call.beats(0.0)
    call.ahead.put(TONE)
    call.ahead.passes(Due(1, at=0.02))
    call.ahead.rest()
    assert call.sent == []
    call.lane.leave(0.02)
    call.ahead.rest()
    assert [one.sequence for one in call.packets] == [100, 101]


def test_a_frame_that_is_too_late_is_a_hole_and_time_goes_on_behind_it() -> None:
    call = Call()
    call.beats(0.0)
    call.puts()
    call.ahead.passes(Due(5, 20, at=0.5))
    assert call.lane.first_at == BEHIND
    assert not call.ahead.broke(BEHIND + LATE_MAX)
    assert call.ahead.broke(0.5)
    call.ahead.recall()
    call.ahead.go_on()
    assert call.ahead.owed == 1
    call.ahead.rest()
    (packet,) = call.packets
    assert packet.marker
    assert packet.timestamp == 5_000 + 25 * 160
    assert packet.sequence == 100


def test_a_loop_that_stood_longer_than_what_was_made_lasts_leaves_a_hole() -> None:
    call = Call()
    for _ in range(20):
        call.beats(0.02)
        call.puts()
    call.beats(0.6 + LATE_MAX / 2)
    assert not call.ahead.broke(call.now)
    call.beats(0.1)
    assert call.ahead.broke(call.now)


def test_while_nothing_may_be_said_time_passes_and_then_a_carrier_is_broken() -> None:
    call = Call()
    call.beats(0.0)
    call.puts()
    for _ in range(5):
        call.beats(0.02)
        call.ahead.pause()
    assert call.ahead.owed == 0
    call.beats(0.02)
    assert call.ahead.broke(call.now)
    call.ahead.go_on()
    assert not call.ahead.broke(call.now)
    call.puts()
    call.lane.leave(call.now + BEHIND)
    packet = call.packets[-1]
    assert packet.marker
    assert (packet.timestamp - 5_000) // 160 == 6


def test_without_a_lane_every_frame_leaves_at_once() -> None:
    call = Call(lane=False)
    for _ in range(5):
        call.beats(0.02)
        assert call.puts() >= 1
        assert call.ahead.left() >= 1
        assert call.ahead.pending == 0
    call.ahead.recall()
    assert call.follow()


@pytest.mark.parametrize("lane", [True, False])
def test_what_may_not_be_said_is_not_sent(lane: bool) -> None:
    call = Call(lane=lane, agreed=replace(AUDIO, direction="recvonly"))
    call.beats(0.0)
    call.ahead.put(TONE)
    call.beats(0.02)
    call.ahead.rest()
    call.lane.leave(1.0)
    assert call.sent == []
    assert call.ahead.left() == 1


def test_no_number_is_used_twice_with_a_key() -> None:
    call = Call(agreed=replace(AUDIO, crypto=(KEY, KEY)))
    for _ in range(3):
        call.beats(0.02)
        call.puts()
        call.ahead.recall()
    call.puts()
    call.lane.leave(5.0)
    ear = Incoming(KEY)
    opened = [rtp.read(ear.rtp(octets)).sequence for _, octets in call.sent]
    assert opened == list(range(100, 100 + len(opened)))


def test_after_a_stall_in_silence_only_the_last_of_it_is_sent() -> None:
    call = Call()
    call.beats(0.0)
    call.ahead.rest()
    call.beats(1.0)
    call.ahead.rest()
    assert len(call.sent) == 1 + BURST_MAX
    assert [one.marker for one in call.packets] == [True, True, *[False] * (BURST_MAX - 1)]
    assert call.packets[-1].timestamp == 5_000 + 50 * 160


def test_between_tones_a_voice_is_said_where_there_is_one_and_never_over_them() -> None:
    call = Call()
    call.ahead.between = lambda: TONE // 2
    call.beats(0.0)
    call.ahead.rest()
    call.beats(0.02)
    call.puts()
    call.beats(0.02)
    call.ahead.rest()  # behind what has not left
    assert [one.payload for one in call.packets[:1]] == [encode(TONE // 2, Law.PCMU)]
    assert {one.payload for one in call.packets[1:]} == {encode(TONE, Law.PCMU)}
    call.ahead.between = lambda: None
    call.beats(1.0)
    call.ahead.rest()
    assert call.packets[-1].payload == bytes([SILENCE[Law.PCMU]]) * 160


def test_a_call_is_still_when_nothing_is_owed_waits_or_is_spoken() -> None:
    call = Call()
    assert call.ahead.is_still
    call.beats(0.0)
    assert not call.ahead.is_still  # its frame is owed
    call.ahead.rest()
    assert call.ahead.is_still
    call.beats(0.02)
    call.puts()
    assert not call.ahead.is_still  # not all has left
    call.ahead.recall()
    call.beats(0.02)
    call.ahead.rest()
    assert call.ahead.is_still
    call.ahead.between = lambda: TONE
    assert not call.ahead.is_still
