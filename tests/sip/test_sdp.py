"""Session descriptions, and what of an offer is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.sip.grammar import Malformed
from text911.sip.offer import Agreed, Answer, Ours, Unusable, answer
from text911.sip.sdp import MEDIA_MAX, Crypto, Session, read, write

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
AUDIO = (
    "m=audio 4000 RTP/AVP 96 8 0 101 13\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
)
TEXT = (
    "m=text 4002 RTP/AVP 98 99\r\na=rtpmap:98 t140/1000\r\n"
    "a=rtpmap:99 red/1000\r\na=fmtp:99 98/98/98\r\n"
)
KEY = "A" * 40
OURS = Ours("192.0.2.1", 7, 1, 5000, 5002)


def answered(offer: str, ours: Ours = OURS) -> Answer:
    found = answer(read(offer.encode()), ours)
    assert isinstance(found, Answer), found
    again = read(write(found.session))
    assert again == found.session
    assert len(again.media) == offer.count("m=")
    return found


def test_an_offer_of_audio_and_text_is_answered_with_g711_and_redundant_t140() -> None:
    found = answered(HEAD + AUDIO + TEXT + "m=video 4004 RTP/AVP 97\r\n")
    assert found.agreed == (
        Agreed("audio", "192.0.2.7", 4000, 8, "sendrecv", event=101, encoding="PCMA"),
        Agreed("text", "192.0.2.7", 4002, 98, "sendrecv", red=99, encoding="T140"),
    )
    assert write(found.session).decode() == (
        "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
        "a=silenceSupp:off - - - -\r\na=sendrecv\r\n"
        "m=text 5002 RTP/AVP 99 98\r\na=rtpmap:99 red/1000\r\na=rtpmap:98 t140/1000\r\n"
        "a=fmtp:99 98/98/98\r\na=sendrecv\r\n"
        "m=video 0 RTP/AVP 97\r\n"
    )


def test_our_address_may_be_of_the_sixth_version() -> None:
    ours = Ours("2001:db8::1", 7, 1, 5000, 5002)
    theirs = HEAD.replace("IP4 192.0.2.7", "IP6 2001:db8::7")
    assert ("c", "IN IP6 2001:db8::1") in answered(theirs + AUDIO, ours).session.lines


@pytest.mark.parametrize(
    ("theirs", "ours", "version"),
    [("2001:db8::7", "192.0.2.1", "IPv4"), ("192.0.2.7", "2001:db8::1", "IPv6")],
)
def test_what_we_could_not_send_to_is_not_taken(theirs: str, ours: str, version: str) -> None:
    """Else a caller waits for words of which the console says that they were typed."""
    offer = HEAD.replace("192.0.2.7", theirs) + AUDIO + TEXT
    words = f"what we say is to go to {theirs}; this line has {version} only"
    assert answer(read(offer.encode()), Ours(ours, 7, 1, 5000, 5002)) == Unusable(words)


def test_a_medium_that_goes_where_we_can_send_is_taken_without_the_other() -> None:
    found = answered(HEAD + AUDIO + "c=IN IP6 2001:db8::7\r\n" + TEXT)
    assert [one.kind for one in found.agreed] == ["text"]
    assert [one.port for one in found.session.media] == [0, 5002]


@pytest.mark.parametrize("host", ["::", "phone.example"])
def test_a_hold_and_a_name_may_be_of_any_version(host: str) -> None:
    found = answered(HEAD + AUDIO + f"c=IN IP6 {host}\r\n")
    assert [one.kind for one in found.agreed] == ["audio"]


@pytest.mark.parametrize(
    ("lines", "direction"),
    [
        ("a=sendonly\r\n", "recvonly"),
        ("a=recvonly\r\n", "sendonly"),
        ("a=inactive\r\n", "inactive"),
        ("c=IN IP4 0.0.0.0\r\n", "inactive"),
        ("c=IN IP4 192.0.2.9/127\r\n", "sendrecv"),
    ],
)
def test_hold_is_mirrored(lines: str, direction: str) -> None:
    assert answered(HEAD + AUDIO + lines).agreed[0].direction == direction


def test_the_direction_of_the_session_counts_where_a_medium_has_none() -> None:
    assert answered(HEAD + "a=sendonly\r\n" + AUDIO).agreed[0].direction == "recvonly"


@pytest.mark.parametrize(
    "offer",
    [
        HEAD,
        HEAD + "m=audio 0 RTP/AVP 0\r\n",
        HEAD + "m=audio 4000 RTP/AVP 18 x 500\r\na=rtpmap:nonsense\r\n",
        HEAD + "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000\r\n",
        HEAD + "m=text 4000 RTP/AVP 128\r\na=rtpmap:128 t140/1000\r\n",
        HEAD + "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n",
        HEAD + "m=audio 4000 RTP/SAVP 0\r\n",
        HEAD + "m=image 4000 udptl t38\r\n",
        HEAD + "m=video 4000 RTP/AVP 97\r\n",
        HEAD + "m=audio 4000 RTP/AVP\r\n",
        "v=0\r\nm=audio 4000 RTP/AVP 0\r\n",
    ],
)
def test_an_offer_that_can_carry_no_call_is_unusable(offer: str) -> None:
    found = answer(read(offer.encode()), OURS)
    assert isinstance(found, Unusable)
    assert "G.711" in found.why


def test_a_second_audio_is_declined() -> None:
    found = answered(HEAD + AUDIO + AUDIO + "m=audio 9 RTP/AVP\r\n")
    assert [media.port for media in found.session.media] == [5000, 0, 0]
    assert len(found.agreed) == 1


SECURE = (
    HEAD + "m=audio 4000 RTP/SAVP 0\r\na=crypto:nonsense\r\n"
    f"a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}\r\n"
    f"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP\r\n"
    f"a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:{KEY}AAAA\r\n"
    f"a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^31\r\n"
)


def test_the_first_key_that_we_can_use_is_answered_with_ours() -> None:
    found = answered(SECURE, Ours("192.0.2.1", 7, 1, 5000, 5002, "B" * 40))
    theirs = Crypto(3, "AES_CM_128_HMAC_SHA1_32", f"inline:{KEY}|2^31")
    mine = Crypto(3, "AES_CM_128_HMAC_SHA1_32", "inline:" + "B" * 40)
    assert found.agreed[0].crypto == (theirs, mine)
    assert found.session.media[0].cryptos() == (mine,)
    assert isinstance(answer(read(SECURE.encode()), OURS), Unusable)
    second = read(SECURE.encode()).media[0].cryptos()[1]
    assert second.params == ("UNENCRYPTED_SRTP",)


def test_parameters_of_a_format_are_found() -> None:
    media = read((HEAD + AUDIO).encode()).media[0]
    assert media.parameters("101") == "0-15"
    assert media.parameters("0") == ""


def test_bare_line_feeds_are_read() -> None:
    offer = HEAD + AUDIO
    assert read(offer.replace("\r\n", " \n\n").encode()) == read(offer.encode())


@pytest.mark.parametrize(
    "text",
    [
        "", "v=1\r\n", "o=x\r\n", HEAD + "nonsense", HEAD + "m=audio 9 RTP/\0 0\r\n",
        HEAD + "m=audio x RTP/AVP 0\r\n",
        HEAD + "m=audio 65536 RTP/AVP 0\r\n", HEAD + "c=IN IP4\r\n",
        HEAD + "m=audio 9 RTP/AVP 0\r\n" * (MEDIA_MAX + 1), HEAD + "a=" + "x" * 20_000,
    ],
)  # fmt: skip
def test_what_is_no_description_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read(text.encode())


def test_no_line_break_gets_into_a_description() -> None:
    with pytest.raises(ValueError, match="line break"):
        write(Session((("s", "a\r\nm=x"),)))


@given(st.lists(st.sampled_from([*HEAD.split("\r\n"), *AUDIO.split("\r\n"), "a=x", "m=", "q=\0"])))
def test_any_lines_are_answered_or_refused(lines: list[str]) -> None:
    try:
        offer = read("\r\n".join(["v=0", *lines]).encode())
    except Malformed:
        return
    found = answer(offer, OURS)
    assert isinstance(found, Unusable) or read(write(found.session)) == found.session
