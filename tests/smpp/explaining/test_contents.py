from __future__ import annotations

from typing import Any

import pytest

from text911.smpp.codec import encode
from text911.smpp.explaining.values import Content
from text911.smpp.parts import udh
from text911.smpp.pdu import DataSm, SubmitSm
from text911.smpp.tlv import Tag

from .samples import faults, only, pdu


def content(octets: bytes) -> Content:
    found = only(octets).content
    assert found is not None
    return found


def submit(**fields: Any) -> bytes:
    return encode(SubmitSm(**fields), 1)


def test_a_pdu_without_a_message_has_no_content() -> None:
    assert only(pdu(0x15)).content is None


def test_the_text_is_read_in_its_alphabet() -> None:
    assert content(submit(short_message=b"\x1b\x65 5")).text == "€ 5"
    told = content(submit(data_coding=8, short_message="🚑".encode("utf-16-be")))
    assert (told.alphabet, told.text) == ("ucs2", "🚑")


def test_the_payload_is_read_where_the_message_is_there() -> None:
    octets = encode(DataSm(data_coding=3, tlvs=((Tag.message_payload, b"h\xe9lp"),)), 1)
    assert content(octets).text == "hélp"
    assert only(octets).is_good


def test_octets_that_are_data_are_not_wrong() -> None:
    told = only(submit(data_coding=4, short_message=b"\x01\x02"))
    assert told.is_good
    assert told.content is not None
    assert told.content.remarks


def test_a_part_says_which_it_is_and_of_what() -> None:
    told = content(submit(esm_class=0x40, short_message=udh(7, 3, 1) + b"help"))
    assert told.part == "part 1 of 3, reference 7 (udh8)"
    assert told.header == ("00 concatenation, 8-bit reference: 07 03 01",)
    assert told.text == "help"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("06 08 04 0102 02 01", "08 concatenation, 16-bit reference: 01 02 02 01"),
        ("02 7f 00", "7F unknown element: empty"),
        ("06 05 04 0b84 23f0", "05 ports, 16 bits: 0b 84 23 f0"),
    ],
)
def test_elements_of_the_header_are_named(header: str, words: str) -> None:
    octets = submit(esm_class=0x40, data_coding=4, short_message=bytes.fromhex(header) + b"x")
    told = only(octets)
    assert told.is_good
    assert content(octets).header == (words,)


SAR_REF, SAR_TOTAL, SAR_NUMBER = (
    (Tag.sar_msg_ref_num, b"\0\x07"),
    (Tag.sar_total_segments, b"\x02"),
    (Tag.sar_segment_seqnum, b"\x01"),
)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"esm_class": 0x40}, "udh_overrun"),
        ({"esm_class": 0x40, "short_message": b"\x05help"}, "udh_overrun"),
        ({"esm_class": 0x40, "short_message": b"\x03\x00\x03\x01help"}, "udh_element"),
        ({"esm_class": 0x40, "short_message": b"\x01\x00help"}, "udh_element"),
        ({"esm_class": 0x40, "short_message": b"\x04\x00\x02\x01\x01x"}, "concatenation"),
        ({"esm_class": 0x40, "short_message": udh(7, 2, 3)}, "concatenation"),
        ({"esm_class": 0x40, "short_message": udh(7, 2, 0)}, "concatenation"),
        ({"tlvs": (SAR_REF, SAR_TOTAL)}, "sar_incomplete"),
        ({"tlvs": (SAR_REF, SAR_TOTAL, (Tag.sar_segment_seqnum, b"\x03"))}, "concatenation"),
        (
            {
                "esm_class": 0x40,
                "short_message": udh(7, 2, 1),
                "tlvs": (SAR_REF, SAR_TOTAL, SAR_NUMBER),
            },
            "udh_and_sar",
        ),
        (
            {"short_message": b"a", "tlvs": ((Tag.message_payload, b"b"),)},
            "payload_and_short_message",
        ),
        ({"short_message": b"\xe9"}, "text"),
        ({"data_coding": 8, "short_message": b"\0a\0"}, "text"),
        ({"data_coding": 8, "short_message": b"\xd8\0"}, "text"),
    ],
)
def test_what_is_wrong_with_a_message_is_named(fields: dict[str, Any], name: str) -> None:
    octets = submit(**fields)
    assert faults(octets) == [name]
    assert 16 <= only(octets).faults[0].offset <= len(octets)


def test_a_sar_parameter_of_another_size_is_wrong_by_itself_only() -> None:
    tlvs = (SAR_REF, SAR_TOTAL, (Tag.sar_segment_seqnum, b"\0\x01"))
    assert faults(submit(tlvs=tlvs)) == ["tlv_size"]


def test_sar_parameters_that_fit_are_good() -> None:
    octets = submit(tlvs=(SAR_REF, SAR_TOTAL, SAR_NUMBER))
    assert only(octets).is_good
    assert content(octets).part == "part 1 of 2, reference 7 (sar)"
