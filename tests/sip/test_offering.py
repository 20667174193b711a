"""Offers of ours, and what answers to them agree to."""

from __future__ import annotations

import pytest

from text911.sip.offer import Agreed, Answer, Ours, Unusable, answer
from text911.sip.offering import judge, offer
from text911.sip.sdp import Crypto, Session, read, write

OURS = Ours("192.0.2.1", 7, 1, 5000, 5002)
SECURED = Ours("192.0.2.1", 7, 1, 5000, 5002, "A" * 40)
THEIRS = Ours("192.0.2.9", 9, 1, 6000, 6002, "B" * 40)
HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"


def judged(said: str, offered: Session | None = None) -> tuple[Agreed, ...] | Unusable:
    return judge(offered or offer(OURS), read((HEAD + said).encode()))


def test_audio_is_g711_and_nothing_else() -> None:
    assert write(offer(OURS)).decode() == (
        "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 5000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=ptime:20\r\na=silenceSupp:off - - - -\r\na=sendrecv\r\n"
    )


@pytest.mark.parametrize("ours", [OURS, SECURED])
def test_what_we_offer_we_would_take_and_both_sides_agree(ours: Ours) -> None:
    offered = offer(ours, kinds=("audio", "text"))
    assert read(write(offered)) == offered
    found = answer(offered, THEIRS)
    assert isinstance(found, Answer)
    agreed = judge(offered, found.session)
    assert not isinstance(agreed, Unusable)
    audio, text = agreed
    assert (audio.kind, audio.host, audio.port, audio.payload_type) == (
        "audio",
        "192.0.2.9",
        6000,
        0,
    )
    assert (text.kind, text.port, text.payload_type, text.red) == ("text", 6002, 98, 99)
    assert audio.red is audio.event is None
    assert [one.payload_type for one in found.agreed] == [0, 98]
    if ours.key:
        assert audio.crypto is not None
        assert [key.key for key in audio.crypto] == ["inline:" + "B" * 40, "inline:" + "A" * 40]
    else:
        assert audio.crypto is None


def test_both_may_have_the_sixth_version() -> None:
    offered = offer(Ours("2001:db8::1", 7, 1, 5000, 5002))
    found = answer(offered, Ours("2001:db8::9", 9, 1, 6000, 6002))
    assert isinstance(found, Answer)
    agreed = judge(offered, found.session)
    assert not isinstance(agreed, Unusable)
    assert [one.host for one in agreed] == ["2001:db8::9"]


def test_the_keys_are_those_of_the_suite_that_was_taken() -> None:
    said = (
        "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:X\r\n"
        "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:Y\r\n"
    )
    found = judged(said, offer(SECURED))
    assert not isinstance(found, Unusable)
    ours = Crypto(2, "AES_CM_128_HMAC_SHA1_32", "inline:" + "A" * 40)
    assert found[0].crypto == (Crypto(2, "AES_CM_128_HMAC_SHA1_32", "inline:Y"), ours)


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("a=sendonly", "recvonly"),
        ("a=inactive", "inactive"),
        ("c=IN IP4 0.0.0.0", "inactive"),
        ("a=x", "sendrecv"),
    ],
)
def test_how_it_flows_is_said_from_where_we_stand(said: str, direction: str) -> None:
    found = judged(f"m=audio 6000 RTP/AVP 8\r\n{said}\r\n")
    assert not isinstance(found, Unusable)
    assert (found[0].direction, found[0].payload_type) == (direction, 8)


def test_a_medium_that_was_declined_is_left_out() -> None:
    found = judged(
        "m=audio 6000 RTP/AVP 0\r\nm=text 0 RTP/AVP 98\r\n", offer(OURS, kinds=("audio", "text"))
    )
    assert not isinstance(found, Unusable)
    assert [one.kind for one in found] == ["audio"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "0 answered"),
        ("m=audio 0 RTP/AVP 0\r\n", "declined"),
        ("m=video 6000 RTP/AVP 0\r\n", "video"),
        ("m=audio 6000 RTP/SAVP 0\r\n", "SAVP"),
        ("m=audio 6000 RTP/AVP 18\r\n", "none of what"),
        ("m=audio 6000 RTP/AVP 999\r\n", "none of what"),
        ("m=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n", "2001:db8::9; this line has IPv4"),
    ],
)
def test_what_is_no_answer_to_it_is_unusable(said: str, why: str) -> None:
    found = judged(said)
    assert isinstance(found, Unusable)
    assert why in found.why


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:X\r\n",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:X KDR=1\r\n",
    ],
)
def test_srtp_without_a_key_that_fits_is_unusable(key: str) -> None:
    found = judged("m=audio 6000 RTP/SAVP 0\r\n" + key, offer(SECURED))
    assert isinstance(found, Unusable)
    assert "key" in found.why


def test_an_answer_that_says_no_host_is_unusable() -> None:
    found = judge(offer(OURS), read(b"v=0\r\nm=audio 6000 RTP/AVP 0\r\n"))
    assert isinstance(found, Unusable)


KEY = "AES_CM_128_HMAC_SHA1_80 inline:" + "C" * 40


@pytest.mark.parametrize(
    ("offered", "said", "agreed"),
    [
        ("", "", "sendrecv"),
        ("a=sendonly\r\n", "", "recvonly"),  # they hold the call, and we answered that we hear
        ("a=sendonly\r\n", "a=sendonly\r\n", "recvonly"),
        ("a=sendonly\r\n", "a=recvonly\r\n", "inactive"),
        ("a=recvonly\r\n", "", "sendonly"),
        ("a=inactive\r\n", "", "inactive"),
        ("", "a=sendonly\r\n", "recvonly"),
    ],
)
def test_what_we_answered_is_an_offer_when_it_is_said_again(
    offered: str, said: str, agreed: str
) -> None:
    first = answer(read(f"{HEAD}m=audio 6000 RTP/AVP 0\r\n{offered}".encode()), OURS)
    assert isinstance(first, Answer)
    found = judged(f"m=audio 7000 RTP/AVP 0\r\n{said}", read(write(first.session)))
    assert not isinstance(found, Unusable)
    assert [(one.port, one.direction) for one in found] == [(7000, agreed)]


def test_a_medium_that_we_declined_stays_declined_whatever_they_say() -> None:
    first = answer(
        read(f"{HEAD}m=audio 6000 RTP/AVP 0\r\nm=image 6002 udptl t38\r\n".encode()), OURS
    )
    assert isinstance(first, Answer)
    found = judged("m=audio 6000 RTP/AVP 0\r\nm=image 6002 udptl t38\r\n", first.session)
    assert not isinstance(found, Unusable)
    assert [one.kind for one in found] == ["audio"]


def test_a_number_that_they_chose_keeps_its_meaning_in_their_next_answer() -> None:
    said = "m=audio 6000 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000\r\n"
    first = answer(read(f"{HEAD}{said}".encode()), OURS)
    assert isinstance(first, Answer)
    found = judged(said, first.session)
    assert found == first.agreed


def test_feedback_profiles_are_not_heard_in_the_clear_either() -> None:
    said = f"m=audio 6000 RTP/SAVPF 0\r\na=crypto:1 {KEY}\r\n"
    first = answer(read(f"{HEAD}{said}".encode()), Ours("192.0.2.1", 7, 1, 5000, 5002, "A" * 40))
    assert isinstance(first, Answer)
    found = judged("m=audio 6000 RTP/SAVPF 0\r\n", first.session)
    assert isinstance(found, Unusable)
    assert judged(said, first.session) == first.agreed
