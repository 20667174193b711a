"""SRTP against the figures of RFC 3711, appendix B, and through loss, overtaking and wraps."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text911.sip import rtp
from text911.sip.grammar import Malformed
from text911.sip.rtp import Packet
from text911.sip.sdes import Master, master
from text911.sip.sdp import Crypto
from text911.sip.srtp import (
    SOURCES_MAX,
    WINDOW,
    Incoming,
    Outgoing,
    Unauthentic,
    derived,
    keystream,
)

# RFC 3711, B.3
MASTER = Master(
    bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139"), bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
)
SUITES = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")


def crypto(suite: str = SUITES[0], tail: str = "", of: Master = MASTER) -> Crypto:
    return Crypto(1, suite, "inline:" + b64encode(of.key + of.salt).decode() + tail)


OTHER = crypto(of=Master(bytes(16), bytes(14)))


def packet(sequence: int, ssrc: int = 0xCAFEBABE) -> bytes:
    return rtp.write(Packet(0, sequence, 160 * sequence, ssrc, sequence.to_bytes(2) * 80))


def test_the_keystream_is_that_of_the_rfc() -> None:
    """RFC 3711, B.2: the first blocks and the last."""
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    octets = keystream(key, int("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000", 16), 16 * 0xFF02)
    assert [octets[16 * at : 16 * at + 16].hex() for at in (0, 1, 2, 0xFEFF, 0xFF00, 0xFF01)] == [
        "e03ead0935c95e80e166b16dd92b4eb4",
        "d23513162b02d0f72a43a2fe4a5f97ab",
        "41e95b3bb0a2e8dd477901e4fca894c0",
        "ec8cdf7398607cb0f2d21675ea9ea1e4",
        "362b7c3c6773516318a077d7fc5073ae",
        "6a2cc3787889374fbeb4c81b17ba6c44",
    ]


def test_keys_are_derived_as_in_the_rfc() -> None:
    keys = derived(MASTER, 0)
    assert keys.cipher.hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert keys.salt.hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert keys.auth.hex() == "cebe321f6ff7716b6fd4ab49af256a156d38baa4"


def test_a_packet_is_protected_to_the_octets_that_libsrtp_writes() -> None:
    """The figures of its own driver, with the key of the RFC."""
    clear = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
    assert Outgoing(crypto()).rtp(clear).hex() == (
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"
    )
    report = bytes.fromhex("81c8000bcafebabe") + b"\xab" * 16
    ours = Outgoing(crypto())
    ours.rtcp(report)
    assert ours.rtcp(report).hex() == (
        "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"
    )


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("tail", ["", "|2^31", "|1048576", "|2^20|1:4", "|7:1"])
@settings(max_examples=20)
@given(
    first=st.integers(0, 65_535),
    steps=st.lists(st.tuples(st.integers(1, 400), st.integers(0, 20)), min_size=1, max_size=40),
)
def test_what_arrives_is_what_was_sent_through_loss_overtaking_and_wraps(
    suite: str, tail: str, first: int, steps: list[tuple[int, int]]
) -> None:
    ours, theirs = Outgoing(crypto(suite, tail)), Incoming(crypto(suite, tail))
    at, order = first, [(0, first)]
    for place, (step, late) in enumerate(steps):
        at += step
        order.append((place + late, at))
    sealed = {at: ours.rtp(packet(at % 65_536)) for _, at in order}
    last = first
    for _, at in sorted(order):
        if last - at < WINDOW:
            assert theirs.rtp(sealed[at]) == packet(at % 65_536)
        with pytest.raises(Unauthentic, match="came before"):
            theirs.rtp(sealed[at])
        last = max(last, at)


def test_the_roll_over_counter_outlives_three_wraps_on_both_sides() -> None:
    ours, theirs = Outgoing(crypto()), Incoming(crypto())
    for at in range(0, 4 * 65_536, 16_000):
        assert theirs.rtp(ours.rtp(packet(at % 65_536))) == packet(at % 65_536)


def test_one_that_was_overtaken_across_the_wrap_is_still_understood() -> None:
    ours, theirs = Outgoing(crypto()), Incoming(crypto())
    sealed = [ours.rtp(packet(at)) for at in (65_534, 65_535, 0)]
    for at, number in ((0, 65_534), (2, 0), (1, 65_535)):
        assert theirs.rtp(sealed[at]) == packet(number)


def test_the_header_extension_stays_in_the_clear_and_signed() -> None:
    clear = rtp.write(Packet(0, 1, 2, 3, b"typed", csrcs=(9,), extension=(1, b"\1\2\3\4")))
    sealed = Outgoing(crypto()).rtp(clear)
    assert sealed[:24] == clear[:24]
    assert sealed[24:29] != clear[24:29]
    assert Incoming(crypto()).rtp(sealed) == clear
    with pytest.raises(Unauthentic):
        Incoming(crypto()).rtp(sealed[:20] + b"\0" + sealed[21:])


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_octet_can_be_changed(place: int, by: int) -> None:
    for sealed, opened in (
        (Outgoing(crypto()).rtp(packet(7)), Incoming(crypto()).rtp),
        (Outgoing(crypto()).rtcp(packet(7)), Incoming(crypto()).rtcp),
    ):
        at = place % len(sealed)
        with pytest.raises(Unauthentic):
            opened(sealed[:at] + bytes([sealed[at] ^ by]) + sealed[at + 1 :])


@given(st.binary(max_size=60))
def test_whatever_octets_come_they_are_refused_in_words(octets: bytes) -> None:
    for opened in (Incoming(crypto()).rtp, Incoming(crypto()).rtcp):
        with pytest.raises(Unauthentic):
            opened(octets)


def test_a_header_that_says_more_than_there_is_has_no_payload() -> None:
    with pytest.raises(Unauthentic, match="before its payload"):
        Incoming(crypto()).rtp(b"\x8f" + bytes(30))


def test_a_packet_under_another_name_of_a_key_is_refused() -> None:
    sealed = Outgoing(crypto(tail="|1:2")).rtp(packet(1))
    with pytest.raises(Unauthentic, match="names another key"):
        Incoming(crypto(tail="|2:2")).rtp(sealed)


def test_reports_are_counted_and_a_repeat_is_refused() -> None:
    ours, theirs = Outgoing(crypto()), Incoming(crypto())
    sealed = [ours.rtcp(packet(at)) for at in range(5)]
    for at in (1, 0, 4):
        assert theirs.rtcp(sealed[at]) == packet(at)
    for at in (0, 4):
        with pytest.raises(Unauthentic, match="came before"):
            theirs.rtcp(sealed[at])


def test_reports_that_are_signed_and_not_encrypted_are_read() -> None:
    """UNENCRYPTED_SRTCP: the E flag is 0. The tag is made as for any other."""
    body = packet(1) + (5).to_bytes(4)
    tag = hmac.digest(derived(MASTER, 3).auth, body, "sha1")[:10]
    assert Incoming(crypto()).rtcp(body + tag) == packet(1)


def test_2_to_31_reports_are_the_end_of_a_key() -> None:
    ours = Outgoing(crypto())
    ours._rtcp_index = 2**31 - 1  # pyright: ignore[reportPrivateUsage]
    ours.rtcp(packet(1))
    with pytest.raises(ValueError, match="one key"):
        ours.rtcp(packet(1))


def test_only_so_many_sources_are_kept() -> None:
    ours, theirs = Outgoing(crypto()), Incoming(crypto())
    first = ours.rtp(packet(1, ssrc=1))
    theirs.rtp(first)
    for ssrc in range(2, SOURCES_MAX + 1):
        theirs.rtp(ours.rtp(packet(1, ssrc=ssrc)))
    with pytest.raises(Unauthentic):
        theirs.rtp(first)
    for ssrc in range(100, 100 + SOURCES_MAX):
        theirs.rtp(ours.rtp(packet(1, ssrc=ssrc)))
    assert theirs.rtp(first) == packet(1, ssrc=1)


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("sent", [[65_000, 300], [9_000]])
def test_after_a_change_of_keys_a_peer_may_count_on_or_anew(anew: bool, sent: list[int]) -> None:
    ours, theirs = Outgoing(crypto()), Incoming(crypto())
    for at in sent:
        theirs.rtp(ours.rtp(packet(at)))
    new_ours, new_theirs = Outgoing(OTHER), Incoming(OTHER)
    new_theirs.continues(theirs)
    if not anew:
        new_ours.continues(ours)
    follow = 20 if anew else sent[-1] + 1
    for at in (follow, follow + 1):
        sealed = new_ours.rtp(packet(at))
        assert new_theirs.rtp(sealed) == packet(at)
        with pytest.raises(Unauthentic, match="came before"):
            new_theirs.rtp(sealed)
    with pytest.raises(Unauthentic, match="agreed key"):
        new_theirs.rtp(ours.rtp(packet(follow + 2)))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("inline:", "no single inline key"),
        ("inline:AAAA|2^31|1", "no single inline key"),
        ("inline:" + "A" * 40 + ";inline:" + "A" * 40, "no single inline key"),
        ("inline:AAAAA", "no base64"),
        ("inline:AAAA", "has 3 octets instead of 30"),
        ("inline:" + "A" * 40 + "|256:1", "no number of 1 octets"),
        ("inline:" + "A" * 40 + "|1:0", "no number of 0 octets"),
        ("inline:" + "A" * 40 + "|1:129", "no number of 129 octets"),
    ],
)
def test_a_key_that_is_none_is_refused_without_repeating_it(key: str, why: str) -> None:
    with pytest.raises(Malformed, match=why) as fault:
        master(replace(crypto(), key=key))
    assert "AAAA" not in str(fault.value)


def test_a_key_is_read_with_its_name_and_never_shown() -> None:
    read = master(crypto(tail="|2^20|258:2"))
    assert read == replace(MASTER, mki=b"\1\2")
    assert read.key.hex() not in repr(read)
    assert "key" not in repr(read)
