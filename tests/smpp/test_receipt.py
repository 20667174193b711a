"""Receipts written, and their dialects read."""

from __future__ import annotations

import pytest

from text911.smpp.codec import decode, encode
from text911.smpp.pdu import DataSm, DeliverSm, SubmitSm
from text911.smpp.receipt import (
    Report,
    alike,
    as_answered,
    receipt,
    report_of,
    same_ids,
    written,
)
from text911.smpp.tlv import Tag, Tlvs

ASKED = SubmitSm(
    service_type="x",
    source_addr_ton=1,
    source_addr="18605551234",
    dest_addr_ton=3,
    destination_addr="911",
    tlvs=((Tag.user_message_reference, b"\x00\x07"),),
)
AT = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


def said(text: str, esm_class: int = 0x04, tlvs: Tlvs = ()) -> Report | None:
    pdu = SubmitSm(esm_class=esm_class, short_message=text.encode(), tlvs=tlvs)
    return report_of(pdu, "ascii")


def test_a_receipt_goes_back_to_who_asked_and_is_read_as_it_was_meant() -> None:
    pdu = receipt(ASKED, "00000000000000ff", "DELIVRD", AT, AT + 60)
    assert isinstance(pdu, DeliverSm)
    assert (pdu.source_addr, pdu.destination_addr, pdu.esm_class) == ("911", "18605551234", 4)
    assert (pdu.source_addr_ton, pdu.dest_addr_ton) == (3, 1)
    assert pdu.short_message == (
        b"id:00000000000000ff sub:001 dlvrd:001 submit date:2311142213 "
        b"done date:2311142214 stat:DELIVRD err:000 text:"
    )
    read = report_of(decode(encode(pdu, 1))[0], "gsm7")  # type: ignore[arg-type]
    assert read == Report(
        "receipt",
        "00000000000000ff",
        "DELIVRD",
        True,
        7,
        "000",
        "2311142213",
        "2311142214",
    )


def test_what_was_not_delivered_says_so_also_to_long_addresses() -> None:
    asked = DataSm(source_addr="u" * 40, destination_addr="911")
    pdu = receipt(asked, "a", "UNDELIV", AT, AT)
    assert isinstance(pdu, DataSm)
    assert pdu.destination_addr == "u" * 40
    read = report_of(pdu, "gsm7")
    assert read is not None
    assert (read.state, read.delivered, read.error, read.reference) == ("UNDELIV", False, "001", -1)


def test_the_words_of_a_message_are_cut_to_twenty_characters() -> None:
    text = written("a", "ACCEPTD", AT, AT, 0, "abcdefghijklmnopqrstuvwxyz")
    assert text.endswith(
        "dlvrd:000 submit date:2311142213 done date:2311142213 "
        "stat:ACCEPTD err:000 text:abcdefghijklmnopqrst"
    )


@pytest.mark.parametrize(
    ("text", "message_id", "state", "delivered"),
    [
        ("id:123 sub:001 dlvrd:001 stat:DELIVRD err:0 Text: hello", "123", "DELIVRD", True),
        ("ID:7f stat:expired", "7f", "EXPIRED", False),
        (
            "id:1 submit date:231114221320 done date:231114221321 stat:REJECTD err:0x",
            "1",
            "REJECTD",
            False,
        ),
        ("stat:UNKNOWN", "", "UNKNOWN", None),
        ("id:9", "9", "", None),
        ("", "", "", None),
        ("id:5 stat:ENROUTE text:stat:DELIVRD id:6", "5", "ENROUTE", None),
        ("text:id:5", "", "", None),
    ],
)
def test_dialects_are_read(text: str, message_id: str, state: str, delivered: bool | None) -> None:
    read = said(text)
    assert read is not None
    assert (read.message_id, read.state, read.delivered) == (message_id, state, delivered)


def test_the_fields_come_as_they_were_written() -> None:
    read = said("id:1 submit date:231114221320 done date:231114221321 err:0fa Text: on my way")
    assert read == Report(
        "receipt", "1", "", None, -1, "0fa", "231114221320", "231114221321", "on my way"
    )


def test_tlvs_win_over_the_text_and_make_a_receipt_by_themselves() -> None:
    tlvs: Tlvs = ((Tag.receipted_message_id, b"tlv\0"), (Tag.message_state, b"\x02"))
    read = said("id:text stat:UNDELIV", 0, tlvs)
    assert read is not None
    assert (read.kind, read.message_id, read.state) == ("receipt", "tlv", "DELIVRD")
    odd = said("", 0x04, ((Tag.message_state, b"\x63"),))
    assert odd is not None
    assert (odd.state, odd.delivered) == ("UNKNOWN", None)


@pytest.mark.parametrize(
    ("esm_class", "kind", "delivered"),
    [(0x04, "receipt", None), (0x08, "acknowledgement", True), (0x20, "intermediate", None)],
)
def test_a_handset_that_acknowledges_has_it(
    esm_class: int, kind: str, delivered: bool | None
) -> None:
    read = said("", esm_class, ((Tag.user_message_reference, b"\1\2"),))
    assert read is not None
    assert (read.kind, read.delivered, read.reference) == (kind, delivered, 258)


@pytest.mark.parametrize("esm_class", [0x00, 0x40, 0x80, 0x10, 0x18])
def test_what_a_person_wrote_is_no_report(esm_class: int) -> None:
    assert said("id:1 stat:DELIVRD", esm_class) is None


@pytest.mark.parametrize(
    ("message_id", "also"),
    [
        ("255", "ff"),
        ("ff", "255"),
        ("FF", "255"),
        ("0000FF", "FF"),
        ("abc-1", "ABC-1"),
        ("255", "255"),
    ],
)
def test_an_id_is_found_under_every_spelling(message_id: str, also: str) -> None:
    assert also in same_ids(message_id)
    assert same_ids(message_id)[0] == message_id
    assert same_ids("") == ()


@pytest.mark.parametrize("written_as", ["any", "same", "decimal", "hexadecimal"])
def test_an_id_of_thousands_of_digits_is_no_number(written_as: str) -> None:
    endless = "1" * 5_000
    assert same_ids(endless) == (endless,)
    assert as_answered(endless, written_as) == endless


@pytest.mark.parametrize(
    ("receipted", "written_as", "answered"),
    [("6699", "decimal", "1a2b"), ("1a2b", "decimal", "1a2b"), ("1A2B", "hexadecimal", "6699"),
     ("x-9", "hexadecimal", "x-9"), ("0010", "same", "0010"), ("10", "any", "10")],
)  # fmt: skip
def test_a_receipt_names_a_reply_as_its_response_did(
    receipted: str, written_as: str, answered: str
) -> None:
    assert as_answered(receipted, written_as) == answered


def test_ids_are_alike_but_for_case_and_zeros() -> None:
    assert alike("00a1B") == alike("A1b") != alike("a10b")
