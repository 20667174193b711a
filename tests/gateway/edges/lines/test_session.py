"""A session that we refresh: what the peer answers to it counts; what it refuses ends nothing."""

from __future__ import annotations

import re

import pytest

from .door import Door
from .exchange import HERE, PORT, Caller, Exchange, silence, tones

TIMED = ["Supported: timer", "Session-Expires: 120;refresher=uas"]
MOVED = 49_000  # the port where the peer's media are from now on; callers count up from 30,000


class Refreshed(Caller):
    """A caller whose calls we keep alive. What comes to `MOVED` is kept as well."""

    def __init__(self, house: Exchange) -> None:
        super().__init__(house)
        self.packets[MOVED] = []
        house.net.listenUDP(MOVED, _Keeps(self.packets[MOVED]), self.host, 0)

    def until_refresh(self, within: float = 70.0) -> str:
        """Our re-INVITE; the caller is silent until then."""
        count = len(self.messages)
        for _ in range(round(within / 0.5)):
            self.house.run(0.5)
            found = [one for one in self.messages[count:] if one.startswith("INVITE ")]
            if found:
                return found[-1]
        raise AssertionError(f"no refresh: {self.messages[count:]}")

    def answers(self, request: str, status: int, body: str = "") -> None:
        rows = [
            f"SIP/2.0 {status} So",
            *re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*", request, re.M),
        ]
        rows = [one.rstrip("\r") for one in rows]
        rows += [f"Contact: <sip:caller@{self.here[0]}:{self.here[1]}>"]
        if status == 200:
            rows += ["Require: timer", "Session-Expires: 120;refresher=uac"]
        if body:
            rows.append("Content-Type: application/sdp")
        octets = "\r\n".join([*rows, f"Content-Length: {len(body)}", "", body]).encode()
        self.house.net.callLater(0, lambda: self.house.net.deliver(octets, self.here, (HERE, PORT)))
        self.house.settle()

    def moved(self, more: str = "", formats: str = "0") -> str:
        return self.sdp(f"m=audio {MOVED} RTP/AVP {formats}\r\n{more}")


class _Keeps:
    def __init__(self, kept: list[bytes]) -> None:
        self._kept = kept

    def datagramReceived(self, datagram: bytes, addr: object) -> None:
        self._kept.append(datagram)


def refreshed(house: Exchange, *media: str) -> tuple[Refreshed, str]:
    caller = Refreshed(house)
    assert caller.ring(caller.sdp(*media) if media else "", TIMED) == 200
    return caller, caller.until_refresh()


def test_our_sound_goes_to_where_the_peer_says_it_is_when_it_answers_a_refresh() -> None:
    house = Exchange(door := Door(), no_packet_within=3600)
    caller, refresh = refreshed(house)
    said = next(one for one in caller.messages if one.startswith("SIP/2.0 200"))
    assert refresh.partition("\r\n\r\n")[2] == said.partition("\r\n\r\n")[2], "said as it was"
    caller.packets[caller.rtp].clear()
    caller.answers(refresh, 200, caller.moved())
    assert caller.messages[-1].startswith("ACK ")
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.rtp = MOVED
    caller.plays(silence(3.0))
    assert caller.reads == "WE COME"
    assert len(caller.packets[MOVED]) == 150
    assert not caller.packets[min(caller.packets)]
    caller.plays(tones("OK GA") + silence(0.4))
    assert door.shown == "OK GA"


def test_codec_and_direction_may_change_in_the_answer_too() -> None:
    house = Exchange(door := Door(), no_packet_within=3600)
    caller, refresh = refreshed(house)
    caller.answers(refresh, 200, caller.moved("a=inactive\r\n"))
    house.run(2.0)
    assert caller.packets[MOVED] == []
    caller.answers(caller.until_refresh(), 200, caller.moved(formats="8"))
    house.run(1.0)
    assert {one[1] & 0x7F for one in caller.packets[MOVED]} == {8}
    assert door.of("ended") == []


@pytest.mark.no_cover  # every line of it has its own test
@pytest.mark.parametrize("status", [408, 488, 500, 503, 603])
def test_a_refresh_that_is_declined_ends_nothing_and_the_session_timer_does(status: int) -> None:
    house = Exchange(door := Door(), no_packet_within=3600)
    caller, refresh = refreshed(house)
    caller.answers(refresh, status)
    assert house.trunk.tally.fault == f"a call was not refreshed: {status} So"
    caller.packets[caller.rtp].clear()
    caller.plays(tones("HELP GA") + silence(0.4))
    assert door.shown == "HELP GA"
    assert caller.packets[caller.rtp], "it is still spoken to"
    assert door.of("ended") == []
    house.run(120.0)
    assert door.of("ended") == [("the trunk has not refreshed the call in time",)]


@pytest.mark.parametrize(
    "answer",
    [
        "nonsense",
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
        "m=audio 0 RTP/AVP 0\r\n",
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n",
    ],
)
def test_an_answer_of_no_use_to_a_refresh_changes_nothing(answer: str) -> None:
    house = Exchange(door := Door(), no_packet_within=3600)
    caller, refresh = refreshed(house)
    caller.answers(refresh, 200, answer)
    assert house.trunk.tally.fault.startswith("an answer that changes nothing: ")
    caller.packets[caller.rtp].clear()
    caller.plays(tones("HELP GA") + silence(0.4))
    assert (door.shown, door.of("ended")) == ("HELP GA", [])
    assert caller.packets[caller.rtp]


def test_an_answer_without_a_description_changes_nothing() -> None:
    house = Exchange(door := Door(), no_packet_within=3600)
    caller, refresh = refreshed(house)
    caller.answers(refresh, 200)
    caller.plays(tones("HELP GA") + silence(0.4))
    assert (door.shown, house.trunk.tally.fault) == ("HELP GA", "")


def test_text_goes_where_the_answer_says_and_what_it_declines_beside_it_is_silent() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = Refreshed(house)
    both = caller.sdp(f"m=audio {caller.rtp} RTP/AVP 0\r\n", caller.text())
    assert caller.ring(both, TIMED) == 200
    for _ in range(70):
        caller.plays(silence(1.0))
        if caller.messages[-1].startswith("INVITE "):
            break
    text = caller.text().replace(f"{caller.rtp + 2}", f"{MOVED}")
    caller.answers(caller.messages[-1], 200, caller.sdp("m=audio 0 RTP/AVP 0\r\n", text))
    house.run(6.0)
    assert door.of("ended") == [], "nobody is to send sound any more"
    door.legs[-1].write("reply-1", "we come", interrupt=False)
    house.run(0.5)
    assert b"we come" in caller.packets[MOVED][0]
    again = caller.until_refresh()
    assert f"m=audio {caller.remote['audio'][1]} " in again, "the ports are those of before"
    caller.answers(again, 200, both)
    caller.plays(tones("HI") + silence(0.4))
    assert door.shown == "HI"


def test_what_was_encrypted_is_not_offered_in_the_clear() -> None:
    house = Exchange(Door())
    caller = Caller(house)
    key = "inline:" + "A" * 40
    secured = f"m=audio {caller.rtp} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n"
    assert caller.ring(caller.sdp(secured)) == 200
    caller.say("INVITE")
    assert f"m=audio {caller.remote['audio'][1]} RTP/SAVP 0 8" in caller.messages[-1]
    caller.say("ACK", caller.sdp(secured))
    plain = Caller(house)
    assert plain.ring() == 200
    plain.say("INVITE")
    assert "RTP/AVP 0 8" in plain.messages[-1]
