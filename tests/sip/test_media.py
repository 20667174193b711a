"""Audio and text of a call: every octet a peer may send, and not one character of a stranger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from text911.sip import rtp, t140
from text911.sip.g711 import Law, decode, encode
from text911.sip.jitter import PATIENCE, Fate, Heard
from text911.sip.media import SILENT_AFTER, AudioStream, Came, Silent, TextStream, law_of
from text911.sip.offer import Agreed
from text911.sip.rtp import Packet
from text911.sip.rtp_session import REPORT_EVERY, Origin

HOST = "192.0.2.7"
CALLER = (HOST, 4000)
STRANGER = ("203.0.113.9", 4000)
AUDIO = Agreed("audio", HOST, 4000, 0, "sendrecv", event=101, encoding="PCMU")
TEXT = Agreed("text", HOST, 4002, 98, "sendrecv", red=99, encoding="T140")
ORIGIN = Origin(77, 65_534, 2**32 - 200, "line@gateway.example.net", spread=2.0)


def audio(agreed: Agreed = AUDIO) -> AudioStream:
    return AudioStream(agreed, ORIGIN, frozenset(), 0.0)


def text(agreed: Agreed = TEXT) -> TextStream:
    return TextStream(agreed, ORIGIN, frozenset(), 0.0)


def voice(at: int) -> bytes:
    return bytes((at * 7 + place) % 256 for place in range(160))


def packet(at: int, **changed: int) -> bytes:
    """The caller's packet `at`: its counts wrap soon after the beginning."""
    one = Packet(0, (65_530 + at) % 65_536, (2**32 - 800 + 160 * at) % 2**32, 5, voice(at))
    return rtp.write(structs.replace(one, **changed))


def samples(chunks: Iterable[Heard]) -> list[int]:
    return [int(sample) for chunk in chunks for sample in chunk.samples]


def true(*numbers: int) -> list[int]:
    return [int(sample) for at in numbers for sample in decode(voice(at), Law.PCMU)]


def test_reordered_doubled_wrapped_and_strange_packets_leave_the_callers_samples() -> None:
    stream = audio()
    heard: list[Heard] = []
    for now, at in enumerate((0, 2, 1, 1, 4, 3, 5, 5, 7, 6, 8, 9)):
        heard += stream.received(packet(at), CALLER, 0.02 * now)
        heard += stream.received(packet(at, ssrc=9), STRANGER, 0.02 * now)
        heard += stream.received(packet(30 + at), (HOST, 6000), 0.02 * now)
        heard += stream.received(b"\x80", CALLER, 0.02 * now)
    assert samples(heard) == true(*range(10))
    assert not any(chunk.lost.any() for chunk in heard)
    assert stream.fates[Fate.TWICE] == 2
    said = stream.statistics
    assert (said.packets, said.foreign, said.malformed) == (12, 24, 12)


def test_telephone_events_are_passed_over() -> None:
    stream = audio()
    heard = list(stream.received(packet(0), CALLER, 0.0))
    for at in (1, 2):
        heard += stream.received(packet(at, payload_type=101), CALLER, 0.02 * at)
    heard += stream.received(packet(3), CALLER, 0.06)
    assert samples(heard) == true(0) + [0] * 320 + true(3)
    assert [bool(lost) for chunk in heard for lost in chunk.lost] == (
        [False] * 160 + [True] * 320 + [False] * 160
    )


def test_a_hole_is_said_when_its_time_has_come() -> None:
    stream = audio()
    stream.received(packet(0), CALLER, 1.0)
    assert stream.received(packet(2), CALLER, 1.02) == []
    assert stream.wakes_at == 1.02 + PATIENCE
    chunks = stream.take(1.02 + PATIENCE)
    assert samples(chunks) == [0] * 160 + true(2)
    assert stream.take(2.0) == []


def test_another_source_is_heard_as_fresh_and_a_jump_of_time_too() -> None:
    stream = audio()
    stream.received(packet(0), CALLER, 0.0)
    fresh = stream.received(packet(1, timestamp=1 << 30), CALLER, 0.02)
    assert [chunk.fresh for chunk in fresh] == [True]
    assert stream.received(packet(2, ssrc=6), CALLER, 0.04) == []
    chunks = stream.received(packet(3, ssrc=6), CALLER, 0.06)
    assert samples(chunks) == true(2, 3)
    assert chunks[0].fresh


@pytest.mark.parametrize("law", list(Law))
def test_a_dynamic_payload_type_means_what_was_agreed(law: Law) -> None:
    agreed = replace(AUDIO, payload_type=96, encoding=law.name)
    stream = audio(agreed)
    (chunk,) = stream.received(packet(0, payload_type=96), CALLER, 0.0)
    assert samples([chunk]) == [int(sample) for sample in decode(voice(0), law)]
    sent = stream.send(chunk.samples, 0.0)
    assert sent is not None
    assert rtp.read(sent).payload_type == 96
    assert decode(rtp.read(sent).payload, law).tolist() == chunk.samples.tolist()
    assert law_of(replace(AUDIO, payload_type=law, encoding="")) is law


FRAME = np.arange(160, dtype=np.int16) * 100


def test_what_is_sent_counts_on_over_both_wraps() -> None:
    stream = audio()
    octets = [stream.send(FRAME, 0.02 * at) for at in range(4)]
    packets = [rtp.read(one) for one in octets if one is not None]
    assert [one.sequence for one in packets] == [65_534, 65_535, 0, 1]
    assert [one.timestamp for one in packets] == [2**32 - 200, 2**32 - 40, 120, 280]
    assert [one.marker for one in packets] == [True, False, False, False]
    assert {one.payload for one in packets} == {encode(FRAME, Law.PCMU)}
    assert (stream.statistics.sent, stream.statistics.sent_octets) == (4, 640)


def test_on_hold_nothing_is_sent_and_the_time_goes_on() -> None:
    stream = audio()
    stream.send(FRAME, 0.0)
    stream.agree(replace(AUDIO, direction="recvonly"), 0.02)
    assert not stream.may_send
    assert stream.send(FRAME, 0.02) is None
    stream.agree(AUDIO, 0.04)
    stream.skip(0)
    resumed = stream.send(FRAME, 0.04)
    stream.skip(2)
    after = stream.send(FRAME, 0.1)
    assert resumed is not None
    assert after is not None
    packets = [rtp.read(resumed), rtp.read(after)]
    assert [one.sequence for one in packets] == [65_535, 0]
    assert [one.timestamp for one in packets] == [120, 600]
    assert [one.marker for one in packets] == [True, True]


def test_a_stream_that_dies_is_told_of_once_and_its_return_too() -> None:
    stream = audio()
    assert stream.watch(SILENT_AFTER - 0.01) is None
    assert stream.wakes_at == SILENT_AFTER
    assert stream.watch(SILENT_AFTER) == Silent(SILENT_AFTER)
    assert stream.watch(2 * SILENT_AFTER) is None
    stream.received(packet(0), STRANGER, 20.0)
    assert stream.watch(20.0) is None
    stream.received(packet(0), CALLER, 21.0)
    stream.received(packet(1), CALLER, 21.02)
    assert stream.watch(21.5) == Came(21.0)
    assert stream.watch(21.5) is None
    assert stream.watch(21.02 + SILENT_AFTER) == Silent(SILENT_AFTER)


def test_the_silence_of_a_hold_is_none() -> None:
    stream = audio()
    stream.received(packet(0), CALLER, 1.0)
    assert stream.watch(1.0) == Came(1.0)
    stream.agree(replace(AUDIO, direction="inactive"), 2.0)
    assert stream.watch(60.0) is None
    assert stream.wakes_at == ORIGIN.spread * REPORT_EVERY / 2
    stream.agree(AUDIO, 70.0)
    assert stream.watch(70.0 + SILENT_AFTER - 0.01) is None
    assert stream.watch(70.0 + SILENT_AFTER) == Silent(SILENT_AFTER)


def test_audio_of_a_hold_that_outran_its_message_is_heard() -> None:
    stream = audio(replace(AUDIO, direction="inactive"))
    assert samples(stream.received(packet(0), CALLER, 1.0)) == true(0)


def test_two_streams_understand_each_others_reports() -> None:
    for one, other in ((audio(), audio()), (text(), text())):
        assert one.rtcp(0.0) is None
        report = one.rtcp(one.wakes_at + 60)
        assert report is not None
        other.received_rtcp(report, (HOST, 4001), 1.0)
        other.received_rtcp(one.bye(61.0, "over"), (HOST, 4001), 1.1)
        assert other.statistics.reports == 2
        assert other.statistics.said_bye
        assert one.peer == (HOST, 4000 if isinstance(one, AudioStream) else 4002)
        assert one.peer_rtcp == (HOST, 4001 if isinstance(one, AudioStream) else 4003)


# --- text ---------------------------------------------------------------------------------------

TYPIST = (HOST, 4002)


def typed(words: list[str], agreed: Agreed = TEXT) -> list[bytes]:
    """The datagrams of somebody who types `words`, one every 300 ms, until all is repeated."""
    stream = text(agreed)
    sent: list[bytes] = []
    for at in range(len(words) + 3):
        stream.say(words[at] if at < len(words) else "")
        if (octets := stream.send(0.3 * at)) is not None:
            sent.append(octets)
    assert stream.waiting == ""
    return sent


WORDS = ["HELP ", "FIRE ", "AT ", "THE ", "MILL ", "OLD ", "ROAD"]


def test_text_arrives_through_loss_doubles_and_overtaking() -> None:
    sent = typed(WORDS)
    order = [sent[at] for at in (0, 1, 1, 4, 3, 6, 7, 8)]
    stream = text()
    said = "".join(stream.received(one, TYPIST, 0.3 * at) for at, one in enumerate(order))
    assert said + stream.take(60.0) == "".join(WORDS)
    assert stream.lost == 0


def test_no_character_of_a_stranger_is_shown() -> None:
    sent = typed(WORDS)
    stream = text()
    assert stream.received(sent[0], TYPIST, 0.0) == WORDS[0]
    for address in (STRANGER, (HOST, 9_999)):
        assert stream.received(sent[1], address, 0.3) == ""
    assert stream.received(sent[1][:13] + b"\xff", TYPIST, 0.3) == ""
    assert stream.received(b"", TYPIST, 0.3) == ""
    assert (stream.statistics.foreign, stream.statistics.malformed) == (2, 2)
    assert stream.take(0.3) == ""


def test_what_nothing_brings_back_is_marked_once_its_time_has_come() -> None:
    sent = typed(WORDS)
    stream = text()
    assert stream.received(sent[0], TYPIST, 0.0) == WORDS[0]
    assert stream.received(sent[6], TYPIST, 1.8) == ""
    assert stream.wakes_at == 1.8 + t140.PATIENCE
    assert stream.take(stream.wakes_at) == t140.MISSING + "".join(WORDS[4:])
    assert stream.lost == 3


def test_on_hold_text_waits_and_a_new_agreement_sends_it() -> None:
    stream = text(replace(TEXT, direction="inactive"))
    stream.say("WAIT")
    assert stream.send(1.0) is None
    assert stream.waiting == "WAIT"
    assert stream.wakes_at == ORIGIN.spread * REPORT_EVERY / 2
    stream.agree(replace(TEXT, payload_type=102, red=None))
    assert stream.may_send
    assert stream.wakes_at == float("-inf")
    octets = stream.send(2.0)
    assert octets is not None
    assert rtp.read(octets).payload_type == 102
    assert stream.send(2.0) is None
    back = typed(["YES"], replace(TEXT, payload_type=102, red=None))
    assert stream.received(back[0], TYPIST, 3.0) == "YES"


@given(st.lists(st.binary(max_size=40) | st.sampled_from(typed(WORDS)), max_size=20))
def test_whatever_a_peer_sends_is_text_or_a_count(datagrams: list[bytes]) -> None:
    stream, other = text(), audio()
    for at, one in enumerate(datagrams):
        said = stream.received(one, TYPIST, 0.1 * at) + stream.take(0.1 * at)
        assert t140.shown(said) == said
        for chunk in (*other.received(one, CALLER, 0.1 * at), *other.take(0.1 * at)):
            assert len(chunk.samples) == len(chunk.lost)
