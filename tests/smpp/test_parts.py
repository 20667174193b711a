"""User data taken apart, and texts in several parts joined."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp import gsm7
from text911.smpp.alphabets import Alphabet, Decoded
from text911.smpp.parts import Concatenation, UserData, compose, join, udh, user_data
from text911.smpp.pdu import DataSm, DeliverSm, SubmitSm
from text911.smpp.septets import fill_bits, pack
from text911.smpp.tlv import Tag, Tlvs

SAR: Tlvs = (
    (Tag.sar_msg_ref_num, b"\x01\x02"),
    (Tag.sar_total_segments, b"\x03"),
    (Tag.sar_segment_seqnum, b"\x02"),
)


def headed(header: bytes, tlvs: Tlvs = ()) -> UserData:
    return user_data(SubmitSm(esm_class=0x40, short_message=header + b"hi", tlvs=tlvs), "gsm7")


def test_a_plain_text_is_its_octets() -> None:
    data = user_data(SubmitSm(short_message=b"hi", data_coding=1), "gsm7")
    assert data == UserData(b"hi", "ascii")
    assert data.read().text == "hi"
    assert data.is_text
    assert not user_data(SubmitSm(short_message=b"hi", data_coding=4), "gsm7").is_text


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"\x05\x00\x03\x2a\x02\x01", Concatenation("udh8", 42, 2, 1)),
        (b"\x06\x08\x04\x01\x02\x03\x02", Concatenation("udh16", 258, 3, 2)),
        (b"\x09\x05\x02\x23\xf4\x00\x03\x2a\x02\x01", Concatenation("udh8", 42, 2, 1)),
        (b"\x0c\x08\x04\x00\x09\x03\x02\x00\x03\x2a\x02\x01\x00", Concatenation("udh8", 42, 2, 1)),
        (b"\x05\x00\x03\x2a\x00\x01", None),  # of no parts
        (b"\x05\x00\x03\x2a\x02\x00", None),  # number 0
        (b"\x05\x00\x03\x2a\x02\x03", None),  # number 3 of 2
        (b"\x05\x00\x02\x2a\x02\x01", None),  # an element of the wrong length
        (b"\x03\x00\x03\x2a", None),  # an element that runs out
        (b"\x05\x08\x03\x2a\x02\x01", None),
        (b"\x00", None),
    ],
)
def test_the_header_says_which_part_it_is(header: bytes, found: Concatenation | None) -> None:
    data = headed(header)
    assert data.concatenation == found
    assert (data.octets, data.udh) == (b"hi", header)


def test_sar_says_it_too_when_all_three_are_there_and_the_header_wins() -> None:
    for missing in range(3):
        tlvs = SAR[:missing] + SAR[missing + 1 :]
        assert user_data(SubmitSm(tlvs=tlvs), "gsm7").concatenation is None
    found = Concatenation("sar", 258, 3, 2)
    assert user_data(SubmitSm(tlvs=SAR), "gsm7").concatenation == found
    assert headed(b"\x00", SAR).concatenation == found
    assert headed(b"\x05\x00\x03\x2a\x02\x01", SAR).concatenation == Concatenation("udh8", 42, 2, 1)


@pytest.mark.parametrize("short_message", [b"\xffhi", b"\x03hi", b""])
def test_a_header_longer_than_the_message_is_shown_as_text(short_message: bytes) -> None:
    data = user_data(SubmitSm(esm_class=0x40, short_message=short_message), "latin1")
    assert data.octets == short_message
    assert "header" in data.remarks[0]
    assert data.read().remarks == data.remarks


def test_a_payload_wins_over_a_short_message_and_may_have_a_header() -> None:
    payload: Tlvs = ((Tag.message_payload, b"\x05\x00\x03\x01\x02\x01pay"),)
    data = user_data(DeliverSm(esm_class=0x40, short_message=b"short", tlvs=payload), "gsm7")
    assert (data.octets, data.concatenation) == (b"pay", Concatenation("udh8", 1, 2, 1))
    assert "both" in data.remarks[0]
    alone = user_data(DataSm(tlvs=((Tag.message_payload, b"pay"),)), "gsm7")
    assert (alone.octets, alone.remarks) == (b"pay", ())
    assert user_data(DataSm(), "gsm7").octets == b""
    assert user_data(DataSm(esm_class=0x40), "gsm7").remarks


@given(st.text(min_size=1, max_size=600), st.randoms())
def test_what_we_cut_is_joined_to_the_same_in_any_order(text: str, random: Random) -> None:
    sent = compose(text)
    numbers = list(range(1, len(sent.segments) + 1))
    random.shuffle(numbers)
    parts = {number: sent.segments[number - 1] for number in numbers}
    alphabet: Alphabet = "gsm7" if sent.alphabet == "GSM-7" else "ucs2"
    assert join(parts, len(parts), alphabet) == (sent.as_sent, (), ())


def test_a_character_cut_in_two_is_whole_again() -> None:
    octets = "a🚑b".encode("utf-16-be")
    assert join({2: octets[4:], 1: octets[:4]}, 2, "ucs2").text == "a🚑b"
    assert join({1: b"\x1b", 2: b"\x65"}, 2, "gsm7").text == "€"


BE, LE = b"\xfe\xff", b"\xff\xfe"


@pytest.mark.parametrize(
    ("parts", "text", "remarks"),
    [
        ([BE + b"\0a", BE + b"\0b"], "ab", 0),
        ([LE + b"a\0", LE + b"b\0"], "ab", 1),
        ([LE + b"a\0", b"b\0"], "ab", 1),
        ([b"\0a", BE + b"\0b"], "ab", 0),
        ([b"\0a", LE + b"b\0"], "ab", 1),
        ([LE + b"a\0", BE + b"\0b", LE + b"c\0\0"], "abc\ufffd", 2),
        ([b"\0a\xfe", b"\xff\0b"], "a\ufeffb", 0),  # cut within a character
    ],
)
def test_a_byte_order_mark_before_a_part_is_no_character(
    parts: list[bytes], text: str, remarks: int
) -> None:
    joined = join(dict(enumerate(parts, 1)), len(parts), "ucs2")
    assert (joined.text, len(joined.remarks)) == (text, remarks)


def test_a_pair_cut_between_two_tables_is_read_with_its_second() -> None:
    parts = {1: b"a\x1b", 2: b"S", 3: b"\x1b\x1b", 4: b"S"}
    tables = {2: "gsm7/0.1", 4: "gsm7/0.1"}
    assert join(parts, 4, "gsm7", tables) == ("aŞ S", (), ())
    assert join({1: b"a\x1b", 2: b"\0b"}, 2, "gsm7", {2: "ucs2"}).text == "a b"


@pytest.mark.parametrize(
    ("there", "text", "missing"),
    [
        ({1, 3}, "1 [part 2 of 3 missing] 3", (2,)),
        ({2, 3}, "[part 1 of 3 missing] 23", (1,)),
        ({1}, "1 [parts 2 to 3 of 3 missing]", (2, 3)),
        (set[int](), "[parts 1 to 3 of 3 missing]", (1, 2, 3)),
    ],
)
def test_a_gap_is_marked_where_it_is(there: set[int], text: str, missing: tuple[int, ...]) -> None:
    parts = {number: str(number).encode() for number in there}
    assert join(parts, 3, "gsm7") == (text, missing, ())


def test_a_remark_is_made_once() -> None:
    parts = {1: b"\xe9", 3: b"\xe9"}
    assert len(join(parts, 3, "gsm7").remarks) == 1


@pytest.mark.parametrize(
    ("header", "octets", "text", "remark"),
    [
        (b"\x03\x24\x01\x01", b"\x1bS", "Ş", ""),
        (b"\x03\x25\x01\x01", b"\x1c\x1bS", "ŞS", ""),
        (b"\x06\x24\x01\x01\x25\x01\x03", b"{\x1bS", "ãŞ", ""),
        (b"\x06\x24\x01\x01\x24\x01\x02", b"\x1bU", "Ú", ""),
        (b"\x03\x24\x01\x4d", b"\x1b\x65", "€", "number 77"),
        (b"\x04\x24\x02\x01\x01", b"\x1b\x53", "S", ""),  # an element of the wrong length
        (b"\x04\x25\x02\x01\x01", b"\x1c", "Æ", ""),
    ],
)
def test_the_header_names_national_tables(
    header: bytes, octets: bytes, text: str, remark: str
) -> None:
    data = user_data(SubmitSm(esm_class=0x40, short_message=header + octets), "gsm7")
    read = data.read()
    assert read.text == text
    assert remark in "; ".join(read.remarks)
    assert bool(read.remarks) is bool(remark)


def test_tables_mean_nothing_to_another_alphabet() -> None:
    message = b"\x03\x25\x01\x01\x00h"
    data = user_data(SubmitSm(esm_class=0x40, data_coding=8, short_message=message), "gsm7")
    assert (data.written, data.read().text) == ("ucs2", "h")


def test_every_part_is_read_with_its_own_tables() -> None:
    parts = {1: b"\x1bS", 2: b"\x1bS", 3: "\u041f".encode("utf-16-be"), 4: b"\x1b", 5: b"\x65"}
    joined = join(parts, 5, "gsm7", {1: "gsm7/0.1", 3: "ucs2"})
    assert joined == ("ŞS\u041f€", (), ())
    with_gap = join({2: b"\x00", 3: b"\x1bS"}, 3, "gsm7/0.99", {3: "gsm7/0.1"})
    assert with_gap.text == "[part 1 of 3 missing] @Ş"
    assert len(with_gap.remarks) == 1


def test_packed_septets_are_unpacked_behind_their_header() -> None:
    def data(octets: bytes, header: bytes = b"", data_coding: int = 0) -> UserData:
        esm_class = 0x40 if header else 0
        pdu = SubmitSm(esm_class=esm_class, data_coding=data_coding, short_message=header + octets)
        return user_data(pdu, "packed")

    hello = gsm7.encode("hello")
    assert data(pack(hello)).read().text == "hello"
    assert data(pack(hello), data_coding=0xF1).read().text == "hello"
    assert data(b"\x00h", data_coding=8).read().text == "h"
    for header in (udh(1, 2, 1), b"\x06\x08\x04\x00\x01\x02\x01", b"\x03\x24\x01\x01"):
        found = data(pack(hello, fill_bits(len(header))), header)
        assert (found.octets, found.alphabet, found.read().text) == (hello, "gsm7", "hello")
    turkish = data(pack(b"\x1bS", 3), b"\x03\x24\x01\x01")
    assert turkish.read() == Decoded("Ş")
    whole = pack(b"1234567\x00")
    assert data(whole).octets == b"1234567"
    ours = pack(b"1234567\x00"[:7] + b"\x00", 1)
    assert data(ours, udh(1, 2, 1)).octets.startswith(b"1234567\x00")


def test_a_reserved_coding_is_read_and_its_octets_are_written_out() -> None:
    read = user_data(SubmitSm(data_coding=0x8A, short_message=b"help"), "gsm7").read()
    assert read.text == "help"
    assert "8A is reserved" in read.remarks[0]
    assert read.remarks[1] == "its octets: 68 65 6C 70"


def test_a_message_waiting_indication_keeps_its_text() -> None:
    read = user_data(SubmitSm(data_coding=0xC8, short_message=b"call back"), "gsm7").read()
    assert read == Decoded("call back", ("message waiting indication: voicemail, active",))


def test_our_header_is_read_as_it_was_meant() -> None:
    assert udh(7, 1, 1) == b""
    alone, one_of_two = headed(udh(7, 1, 1, 2)), headed(udh(7, 2, 1, 2))
    assert (alone.concatenation, alone.single, len(alone.udh)) == (None, 2, 4)
    assert one_of_two.concatenation == Concatenation("udh8", 7, 2, 1)
    assert (one_of_two.single, len(one_of_two.udh)) == (2, 9)
    assert headed(udh(300, 3, 2)).concatenation == Concatenation("udh8", 44, 3, 2)
