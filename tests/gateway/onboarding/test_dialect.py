"""How a carrier writes: counted, bounded, and nothing of it kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from text911.gateway.onboarding import dialect as module
from text911.gateway.onboarding.dialect import (
    OTHER,
    Dialect,
    Figures,
    form_of,
    reading_of,
    ucs2_of,
)
from text911.smpp import gsm7
from text911.smpp.codec import encode
from text911.smpp.parts import udh
from text911.smpp.pdu import DeliverSmResp, EnquireLink, SubmitSm, Unbind
from text911.smpp.septets import pack
from text911.smpp.tlv import Tag, c_string


class Carrier:
    """Says one PDU a second."""

    def __init__(self) -> None:
        self.dialect = Dialect(0.0)
        self.at = 0.0

    def says(self, *pdus: Any, link: str = "x-1", owed: int = 0) -> Carrier:
        for one in pdus:
            octets = one if isinstance(one, bytes) else encode(one, 1)
            self.dialect.heard(self.at, link, [octets], owed, 0x34)
            self.at += 1.0
        return self

    def text(self, words: bytes, coding: int = 0, **fields: Any) -> Carrier:
        return self.says(SubmitSm(short_message=words, data_coding=coding, **fields))

    @property
    def figures(self) -> Figures:
        return self.dialect.figures()


@pytest.mark.parametrize(
    ("octets", "reading"),
    [
        (b"", "any"),
        (b"Help, fire at 12 Main St!\n", "any"),
        (b"padded\0\0\0", "any"),
        (gsm7.encode("me@home"), "gsm7"),
        (gsm7.encode("costs $5"), "gsm7"),
        (gsm7.encode("{x}"), "gsm7"),
        (b"me@home", "ascii"),
        (b"costs $5", "ascii"),
        (b"a_b", "ascii"),
        (b"see [here]", "ascii"),
        (b"ni\x7do", "any"),  # n with a tilde in GSM-7
        (b"me@home\x02\x35", "mixed"),
        ("café".encode("latin-1"), "latin1"),
        ("café".encode(), "utf8"),
        (pack(b"help me now please"), "packed"),
        ("help".encode("utf-16-be"), "ucs2"),
    ],
)
def test_octets_are_told_by_what_makes_sense(octets: bytes, reading: str) -> None:
    assert reading_of(octets) == reading


@given(st.text("abc 12 @$_{}[]\u00f1\u00e9", max_size=40))
def test_what_is_gsm7_is_never_taken_for_another_seven_bits(text: str) -> None:
    octets = gsm7.encode(text)
    # "@" is octet 0: where each second letter is one, nobody can tell it from UCS-2.
    assume(set(octets[::2]) != {0})
    assert reading_of(octets) in ("any", "gsm7", "ascii", "mixed")


def test_a_letter_and_an_at_sign_in_turn_may_be_either() -> None:
    assert reading_of(gsm7.encode("@1@1@1")) == reading_of("111".encode("utf-16-be")) == "ucs2"


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("help".encode("utf-16-be"), "good"),
        (b"\0h\0", "odd"),
        (b"\xfe\xff\0h", "byte order mark"),
        ("help".encode("utf-16-le"), "little-endian"),
        ("警察".encode("utf-16-be"), "good"),
        (b"\0h", "good"),
    ],
)
def test_ucs2_is_good_or_says_why_not(octets: bytes, what: str) -> None:
    assert ucs2_of(octets) == what


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("18605550142", "11 digits"),
        ("+18605550142", "+ and 11 digits"),
        (" 8605550142", "10 digits"),
        ("Bank", "letters"),
        ("", "empty"),
        ("\N{SUPERSCRIPT TWO}", "letters"),
    ],
)
def test_of_an_address_only_the_form_is_kept(address: str, form: str) -> None:
    assert form_of(address) == form


def test_texts_are_counted_by_coding_reading_form_and_parameters() -> None:
    carrier = Carrier()
    carrier.text(b"me@home", source_addr_ton=1, source_addr="18605550142", registered_delivery=1)
    carrier.text("help".encode("utf-16-be"), 8, tlvs=((0x1501, b"x"),))
    carrier.text(udh(9, 2, 1) + b"part", esm_class=0x40, source_addr=" 8605550142")
    carrier.text(b"latin", 3)
    counts = carrier.figures.counts
    assert counts["data_coding"] == {"00": 2, "08": 1, "03": 1}
    assert counts["coding_0"] == {"ascii": 1, "any": 1}
    assert counts["ucs2"] == {"good": 1}
    assert counts["long"] == {"udh8": 1}
    assert counts["tlv"] == {"1501": 1}
    assert counts["asks"] == {"01": 1, "00": 3}
    assert counts["source"] == {"1/0 11 digits": 1, "0/0 empty": 2, "0/0 10 digits": 1}
    assert counts["faults"] == {"padded_address": 1}
    assert counts["version"] == {"0x34": 4}
    assert (carrier.figures.looked_at, carrier.figures.passed_over) == (4, 0)
    assert carrier.figures.of("nothing", "at all") == 0
    assert carrier.figures.total("data_coding") == 4


def test_a_padded_destination_is_a_fault_too() -> None:
    carrier = Carrier().text(b"x", destination_addr="911 ")
    assert carrier.figures.of("faults", "padded_address") == 1


def test_faults_forgiven_and_refused_are_counted() -> None:
    octets = encode(SubmitSm(short_message=b"abc"), 1)
    stray = (len(octets) + 1).to_bytes(4) + octets[4:] + b"\0"
    cut = (len(octets) - 2).to_bytes(4) + octets[4:-2]
    carrier = Carrier().says(stray, cut, Unbind())
    assert carrier.figures.counts["faults"] == {"stray_nul": 1}
    assert carrier.figures.counts["refused"] == {"RINVCMDLEN": 1}


def test_the_id_of_a_receipt_is_set_beside_that_of_the_response() -> None:
    carrier = Carrier().says(DeliverSmResp("1a2b"), DeliverSmResp(""), DeliverSmResp("5678"))

    def receipt(message: str) -> None:
        tlvs = (c_string(Tag.receipted_message_id, message),)
        carrier.says(SubmitSm(esm_class=4, tlvs=tlvs))

    for message in ("1a2b", "1A2B", "001a2b", str(0x1A2B), f"{5678:x}", "999"):
        receipt(message)
    carrier.says(SubmitSm(esm_class=8))
    assert carrier.figures.counts["receipt_id"] == {
        "same": 1,
        "otherwise": 2,
        "decimal": 1,
        "hexadecimal": 1,
        "unknown": 1,
        "missing": 1,
    }
    assert carrier.figures.counts["reports"] == {"receipt": 6, "acknowledgement": 1}


def test_the_rhythm_of_enquire_links_is_that_of_each_bind() -> None:
    carrier = Carrier()
    for _ in range(3):
        carrier.says(EnquireLink(), link="x-1").says(EnquireLink(), link="x-2")
    assert carrier.figures.counts["enquire_link"] == {"2": 4}


def test_what_is_unanswered_at_once_is_the_window() -> None:
    carrier = Carrier().says(SubmitSm(), owed=41).says(SubmitSm(), owed=3)
    assert carrier.figures.deepest == 42


def test_of_a_flood_only_some_is_looked_at_and_the_rest_is_counted() -> None:
    dialect = Dialect(0.0)
    octets = encode(SubmitSm(), 1)
    for _ in range(3):
        dialect.heard(5.0, "x-1", [octets] * 40, 0, 0x34)
    assert (dialect.figures().looked_at, dialect.figures().passed_over) == (50, 70)
    assert dialect.passes == module.PASSED_MAX
    dialect.passed(5)
    assert (dialect.passes, dialect.figures().passed_over) == (module.PASSED_MAX - 1, 75)
    dialect.heard(6.0, "x-1", [octets], 0, 0x34)
    assert dialect.figures().looked_at == 51


def test_memory_is_bounded_whatever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDS_MAX", 2)
    monkeypatch.setattr(module, "LINKS_MAX", 2)
    carrier = Carrier()
    for tag in range(0x1400, 0x1400 + 100):
        carrier.text(b"x", tlvs=((tag, b""),))
    assert len(carrier.figures.counts["tlv"]) == module.KEYS_MAX + 1
    assert carrier.figures.of("tlv", OTHER) == 100 - module.KEYS_MAX
    for at in range(3):
        carrier.says(DeliverSmResp(f"m{at}")).says(EnquireLink(), link=f"x-{at}")
    carrier.says(EnquireLink(), link="x-0")
    assert "enquire_link" not in carrier.figures.counts
    tlvs = (c_string(Tag.receipted_message_id, "m0"),)
    carrier.says(SubmitSm(esm_class=4, tlvs=tlvs))
    assert carrier.figures.counts["receipt_id"] == {"unknown": 1}


@given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from([4, 5, 0x103, 0x80000005]))
def test_no_octets_make_it_fail(bodies: list[bytes], command_id: int) -> None:
    dialect = Dialect(0.0)
    pdus = [(16 + len(one)).to_bytes(4) + command_id.to_bytes(4) + bytes(8) + one for one in bodies]
    dialect.heard(1.0, "x-1", pdus, 0, 0)
    assert dialect.figures().looked_at == len(bodies)
