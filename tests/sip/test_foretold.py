"""What is foretold of a stream: whoever counts by it, the stream knows in the end what it would
have known of every single packet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from text911.sip import rtp
from text911.sip.foretold import Foretold, Run, Said, Silence
from text911.sip.g711 import Law
from text911.sip.jitter import PATIENCE, Coded, Heard
from text911.sip.media import SILENT_AFTER, AudioStream, Came, Silent
from text911.sip.offer import Agreed
from text911.sip.rtp import Packet
from text911.sip.rtp_session import Origin
from text911.sip.sdp import Crypto
from text911.sip.source import Address

HOST = "192.0.2.7"
CALLER = (HOST, 4000)
ELSEWHERE = (HOST, 6000)
AUDIO = Agreed("audio", HOST, 4000, 0, "sendrecv", event=101, encoding="PCMU")
ORIGIN = Origin(77, 65_530, 2**32 - 800, "line@gateway.example.net")
KEY = Crypto(1, "AES_CM_128_HMAC_SHA1_80", "inline:" + "A" * 40)
BEAT = 0.02


def audio(agreed: Agreed = AUDIO, *, symmetric: bool = False) -> AudioStream:
    return AudioStream(agreed, ORIGIN, frozenset(), 0.0, symmetric=symmetric)


def packet(at: int, **changed: object) -> bytes:
    """The caller's packet `at`: its counts wrap soon after the beginning."""
    payload = bytes((at * 7 + place) % 256 for place in range(160))
    one = Packet(0, (65_530 + at) % 65_536, (2**32 - 800 + 160 * at) % 2**32, 5, payload)
    return rtp.write(structs.replace(one, **changed))


@dataclass
class Counts:
    """Goes by what is foretold, as a sweep does, and tells the stream when something else comes."""

    stream: AudioStream
    foretold: Foretold | None = None
    run: Run = field(default_factory=lambda: Run(0, 0, 0.0, 0.0, 0.0))
    passed: int = 0  # packets that the stream was told of by their number alone

    def foretells(self) -> None:
        if self.foretold is None and (one := self.stream.foretold()) is not None:
            self.foretold, self.run = one, Run(0, 0, one.at, one.transit, one.jitter)

    def settles(self) -> None:
        if self.foretold is not None:
            self.foretold = None
            self.stream.went_on(self.run)

    def comes(self, datagram: bytes, address: Address, now: float) -> list[Heard]:
        one = self.foretold
        is_like_it = (
            one is not None
            and len(datagram) == len(one.head) + one.size
            and datagram.startswith(one.head)
            and address == one.address
        )
        if one is None or not is_like_it:
            self.settles()
            return self.stream.received(datagram, address, now)
        self.passed += 1
        _, kind, sequence, timestamp, ssrc = rtp.HEADER.unpack(one.head)
        transit = now * 8_000 - timestamp
        step = abs(transit - self.run.transit)
        step = abs(step - 2**32) if step > 2**31 else step
        jitter = self.run.jitter + (step - self.run.jitter) / 16
        self.run = Run(self.run.count + 1, self.run.octets + one.size, now, transit, jitter)
        following = (sequence + 1) % 65_536, (timestamp + one.size) % 2**32, ssrc
        self.foretold = structs.replace(one, head=rtp.head(kind, *following))
        return [Coded(datagram[12:], one.law)]


KINDS = st.sampled_from(
    ("next", "next", "next", "next", "skip", "again", "late", "other", "event", "marked", "far",
     "padded", "short", "elsewhere", "settle", "watch", "take"),
)  # fmt: skip


@given(st.lists(KINDS, max_size=60), st.sampled_from((BEAT, 0.7)))
def test_a_stream_that_is_told_of_runs_knows_what_one_does_that_saw_each(
    kinds: list[str], beat: float
) -> None:
    seen, told = audio(), Counts(audio())
    heard: tuple[list[Heard], list[Heard]] = ([], [])
    at, now = 0, 0.0
    for kind in kinds:
        now += beat
        at += {"skip": 2, "again": 0, "late": 0, "far": 200}.get(kind, 1)
        changes: dict[str, dict[str, object]] = {
            "other": {"ssrc": 9},
            "event": {"payload_type": 101},
            "marked": {"marker": True},
            "short": {"payload": b"\x00" * 80},
            "padded": {"csrcs": (1,)},
        }
        changed = changes.get(kind, {})
        number = at - 3 if kind == "late" else at
        address = ELSEWHERE if kind == "elsewhere" else CALLER
        if kind == "watch":
            told.settles()
            assert seen.watch(now) == told.stream.watch(now)
        elif kind == "settle":
            told.settles()
        elif kind != "take":
            datagram = packet(number, **changed)
            heard[0].extend(seen.received(datagram, address, now))
            heard[1].extend(told.comes(datagram, address, now))
        heard[0].extend(seen.take(now))
        heard[1].extend(told.stream.take(now))
        told.foretells()
    told.settles()
    assert [(one.samples.tolist(), one.lost.tolist(), one.fresh) for one in heard[0]] == [
        (one.samples.tolist(), one.lost.tolist(), one.fresh) for one in heard[1]
    ]
    assert seen.statistics == told.stream.statistics
    assert seen.fates == told.stream.fates
    assert seen.wakes_at == told.stream.wakes_at
    assert seen.watch(now + SILENT_AFTER) == told.stream.watch(now + SILENT_AFTER)


def test_a_call_without_faults_is_foretold_from_its_second_packet_on() -> None:
    told = Counts(audio())
    for at in range(50):
        told.comes(packet(at), CALLER, BEAT * at)
        told.foretells()
    assert told.passed == 49


def test_of_what_must_be_opened_or_is_not_known_nothing_is_foretold() -> None:
    assert audio().foretold() is None
    secured = audio(replace(AUDIO, crypto=(KEY, KEY)))
    assert secured.foretold() is None
    for strange in (packet(0, payload_type=101), packet(0, payload=b"")):
        stream = audio()
        stream.received(strange, CALLER, 0.0)
        assert stream.foretold() is None
    waiting = audio()
    waiting.received(packet(0), CALLER, 0.0)
    waiting.received(packet(2), CALLER, 0.02)
    assert waiting.foretold() is None
    waiting.take(0.02 + PATIENCE)
    assert waiting.foretold() is not None
    assert waiting.watch(0.02) == Came(0.0)
    assert waiting.watch(0.02 + SILENT_AFTER) == Silent(SILENT_AFTER)
    assert waiting.foretold() is None  # that it comes again is to be told


def test_another_source_is_foretold_when_both_who_count_believe_in_it() -> None:
    stream = audio()
    stream.received(packet(0), CALLER, 0.0)
    stream.received(packet(0, ssrc=9), CALLER, 0.02)
    assert stream.foretold() is None  # its reports are of the new one, its sound of the old
    stream.received(packet(1, ssrc=9), CALLER, 0.04)
    foretold = stream.foretold()
    assert foretold is not None
    assert rtp.HEADER.unpack(foretold.head)[4] == 9


def test_a_dynamic_payload_type_is_foretold_in_the_law_that_was_agreed() -> None:
    stream = audio(replace(AUDIO, payload_type=96, encoding="PCMA"))
    stream.received(packet(0, payload_type=96), CALLER, 0.0)
    foretold = stream.foretold()
    assert foretold is not None
    assert (foretold.law, foretold.head[1], foretold.address) == (Law.PCMA, 96, CALLER)


# --- silence ------------------------------------------------------------------------------------


@dataclass
class Says:
    """Says silence for a stream until it is asked."""

    stream: AudioStream
    sent: list[bytes] = field(default_factory=list[bytes])
    silence: Silence | None = None
    said: Said = field(default_factory=lambda: Said(0, 0.0))

    def lends(self) -> None:
        self.silence, self.said = self.stream.lend(self.back), Said(0, 0.0)

    def back(self) -> Said:
        self.silence = None
        return self.said

    def beat(self, now: float) -> None:
        if self.silence is None:
            datagram = self.stream.send_silence(now)
            self.sent += [] if datagram is None else [datagram]
            return
        packet = self.silence.packet
        self.sent.append(packet)
        one = rtp.read(packet)
        following = structs.replace(
            one,
            sequence=(one.sequence + 1) % 65_536,
            timestamp=(one.timestamp + self.silence.frame) % 2**32,
        )
        self.silence = structs.replace(self.silence, packet=rtp.write(following))
        self.said = Said(self.said.count + 1, now)


DEEDS = st.sampled_from(
    ("beat", "beat", "beat", "lend", "skip", "report", "statistics", "unsent", "hold", "go on",
     "moves", "bye"),
)  # fmt: skip


@given(st.lists(DEEDS, max_size=60))
def test_silence_that_others_say_is_the_same_on_the_wire_and_in_every_report(
    deeds: list[str],
) -> None:
    own, lent = Says(audio(symmetric=True)), Says(audio(symmetric=True))
    now, moved = 0.0, 0
    for deed in deeds:
        now += BEAT
        told: list[object] = []
        for one in (own, lent):
            match deed:
                case "beat":
                    one.beat(now)
                case "lend":
                    if one is lent:
                        one.lends()
                case "skip":
                    one.stream.skip(2)
                case "report":
                    told.append(one.stream.rtcp(now + 60))
                case "statistics":
                    told.append(one.stream.statistics)
                case "unsent":
                    one.stream.unsent(1)
                case "hold":
                    one.stream.agree(replace(AUDIO, direction="inactive"), now)
                case "go on":
                    one.stream.agree(AUDIO, now)
                case "moves":
                    moved += one is own
                    one.stream.received(packet(moved), ELSEWHERE, now)
                    told.append(one.stream.peer)
                case _:
                    told.append(one.stream.bye(now))
        assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert own.sent == lent.sent
    assert own.stream.statistics == lent.stream.statistics


def test_who_may_not_send_or_seals_what_he_sends_lends_no_silence() -> None:
    fresh = audio()
    assert fresh.lend(lambda: Said(0, 0.0)) is None  # the first packet has a marker
    for agreed in (replace(AUDIO, direction="inactive"), replace(AUDIO, crypto=(KEY, KEY))):
        stream = audio(agreed)
        stream.send_silence(0.0)
        assert stream.lend(lambda: Said(0, 0.0)) is None
