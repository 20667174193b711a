from __future__ import annotations

import pytest

from text911.smpp.codec import encode
from text911.smpp.explaining.operations import Sender
from text911.smpp.explaining.streams import explain
from text911.smpp.explaining.values import NO_PDU
from text911.smpp.pdu import DeliverSm, EnquireLink, SubmitSm

from .samples import body_of, faults, only, pdu, sample

TEXT = encode(SubmitSm(source_addr="18605551234", short_message=b"help"), 5)
ENQUIRY = encode(EnquireLink(), 6)


def names(octets: bytes, **how: bool) -> list[str]:
    return [one.name for one in explain(octets, is_midway=how.get("is_midway", False))]


@pytest.mark.parametrize(
    ("octets", "name", "do"),
    [
        (b"\0\0\0\x0f" + bytes(20), "command_length", "send each PDU with the length it has"),
        (b"\xff\xff\xff\xff" + bytes(20), "command_length", "send each PDU with the length"),
        (b"GET / HTTP/1.1\r\n\r\n", "command_length", "this is HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdef", "command_length", "this is TLS"),
    ],
)
def test_reading_goes_on_behind_a_length_that_cannot_be(octets: bytes, name: str, do: str) -> None:
    told = list(explain(octets + TEXT))
    assert [one.name for one in told] == [NO_PDU, "submit_sm"]
    assert told[0].faults[0].name == name
    assert told[0].faults[0].advice.startswith(do)
    assert told[0].answer == "generic_nack ESME_RINVCMDLEN, then the connection is closed"
    assert told[1].is_good


def test_a_body_that_is_wrong_does_not_hide_the_next_pdu() -> None:
    assert names(pdu(0x4, b"x") + ENQUIRY) == ["submit_sm", "enquire_link"]


def test_an_unknown_operation_is_named_and_answered() -> None:
    told = only(pdu(0x77, b"abc"))
    assert [one.name for one in told.faults] == ["command_id"]
    assert told.answer == "generic_nack ESME_RINVCMDID"
    assert only(pdu(0x80000077)).answer == ""


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (pdu(0x15, status=8), "status_in_request"),
        (pdu(0x15, sequence_number=0), "sequence_number"),
        (pdu(0x15, sequence_number=0x80000001), "sequence_number"),
        (pdu(0x80000004, status=0x12345678), "reserved_value"),
        (pdu(0x9, body_of(0x9, tlvs=b"\x14\x00\x04\x00" + bytes(1024))), "command_length"),
        (encode(DeliverSm(validity_period="261121154200004+"), 1), "must_be_null"),
        (encode(DeliverSm(sm_default_msg_id=1), 1), "must_be_null"),
    ],
)
def test_what_is_wrong_with_a_header_or_its_place_is_named(octets: bytes, name: str) -> None:
    assert faults(octets) == [name]


def test_a_nack_may_have_no_number() -> None:
    assert only(pdu(0x80000000, status=2, sequence_number=0)).is_good


def test_a_body_beside_an_error_is_only_noted() -> None:
    told = only(pdu(0x80000004, b"\0", status=0x58))
    assert told.is_good
    assert told.notes == ("a body beside an error: not needed, and passed over",)


def test_who_may_not_send_it_is_told() -> None:
    (told,) = explain(sample(0x5), sender=Sender.ESME)
    assert [one.name for one in told.faults] == ["direction"]
    assert told.answer == "deliver_sm_resp ESME_RINVBNDSTS"
    (told,) = explain(sample(0x4), sender=Sender.CENTRE)
    assert [one.name for one in told.faults] == ["direction"]
    assert told.answer == ""


def test_both_may_send_data_sm() -> None:
    for sender in Sender:
        (told,) = explain(sample(0x103), sender=sender)
        assert told.is_good


@pytest.mark.parametrize("size", [1, 3, 4, 8, 15, 16, 30, len(TEXT) - 1])
def test_octets_that_end_too_early_are_waited_for(size: int) -> None:
    told = only(TEXT[:size])
    assert "cut" in [one.name for one in told.faults]
    assert told.answer == "nothing yet: the server waits for the rest"


def test_behind_a_length_beyond_the_end_the_next_header_is_found() -> None:
    lying = b"\0\0\x10\0" + TEXT[4:]
    assert names(lying + ENQUIRY) == ["submit_sm", "enquire_link"]


def test_a_length_that_takes_in_the_next_pdu_is_suspected() -> None:
    lying = (len(TEXT) + 16).to_bytes(4) + TEXT[4:]
    told = only(lying + ENQUIRY)
    assert told.notes == (
        f"a enquire_link seems to begin at {len(TEXT):#06x}: command_length would then be"
        f" {len(TEXT)}",
    )


def test_a_length_that_is_too_short_is_suspected() -> None:
    lying = (len(TEXT) - 2).to_bytes(4) + TEXT[4:]
    first, _ = explain(lying)
    assert first.notes == (
        f"what follows at {len(TEXT) - 2:#06x} is no header either: command_length may be wrong",
    )


def test_a_fault_with_a_good_neighbour_is_not_the_length_s() -> None:
    first, second = explain(pdu(0x4, b"x") + ENQUIRY)
    assert first.notes == ()
    assert second.is_good


def test_a_bind_that_a_wrong_length_took_in_is_not_shown() -> None:
    bind = pdu(0x9, b"carrier\0S3cr3t!\0\x004\0\0\0")
    body = bytes(16) + bytes((len(bind),)) + bind
    told = only(pdu(0x4, body))
    assert told.content is None
    assert told.fields[-1].is_secret
    swallowed = (16 + len(bind)).to_bytes(4) + ENQUIRY[4:] + bind
    assert only(swallowed).fields[-1].is_secret
    harmless = pdu(0x4, bytes(16) + b"\x10" + ENQUIRY)
    assert not only(harmless).fields[-1].is_secret


def test_in_the_middle_of_a_stream_the_first_header_is_looked_for() -> None:
    assert names(TEXT[7:] + ENQUIRY, is_midway=True) == [NO_PDU, "enquire_link"]
    assert names(TEXT + ENQUIRY, is_midway=True) == ["submit_sm", "enquire_link"]
    assert names(TEXT[3:9], is_midway=True) == [NO_PDU]
    (told,) = explain(TEXT[7:], is_midway=True)
    assert (told.faults[0].name, told.answer) == ("midway", "")


def test_what_the_message_centre_sends_has_no_answer_of_ours() -> None:
    for octets in (bytes(20), ENQUIRY, ENQUIRY[:9]):
        assert [one.answer for one in explain(octets, sender=Sender.CENTRE)] == [""]


def test_offsets_count_from_where_the_stream_began() -> None:
    (told,) = explain(pdu(0x4, b"x"), offset=1000)
    assert told.offset == told.fields[0].offset == 1000
    assert told.faults[0].offset == 1017
