"""Every PDU type, and every fault that one PDU can have by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.explaining.lines import as_json, lines
from text911.smpp.explaining.operations import BINDS, OPERATIONS, WITH_PASSWORD
from text911.smpp.explaining.streams import explain
from text911.smpp.explaining.values import UNREAD
from text911.smpp.status import Status

from .samples import TLVS, body_of, c_string, faults, only, pdu, sample

SUBMIT_SM = 0x4
SECRET = "S3cr3t!"


@pytest.mark.parametrize("command_id", sorted(OPERATIONS), ids=lambda one: OPERATIONS[one].name)
def test_every_operation_is_read_to_its_end(command_id: int) -> None:
    told = only(sample(command_id))
    assert told.name == OPERATIONS[command_id].name
    assert told.faults == ()
    assert [one.name for one in told.fields[:4]] == [
        "command_length", "command_id", "command_status", "sequence_number",
    ]  # fmt: skip
    assert UNREAD not in [one.name for one in told.fields]


@pytest.mark.parametrize("command_id", sorted(OPERATIONS), ids=lambda one: OPERATIONS[one].name)
def test_every_operation_cut_short_at_any_octet_says_so(command_id: int) -> None:
    body = body_of(command_id, tlvs=b"")
    for size in range(len(body)):
        told = only(pdu(command_id, body[:size]))
        is_bare_response = command_id & 0x80000000 and size == 0
        assert told.is_good == is_bare_response


def test_values_stand_beside_their_words() -> None:
    told = only(pdu(SUBMIT_SM, b"\0\x01\x01+186\0\x06\0911\0\xc3\0\x01\0\0\x11\0\x08\0\0"))
    words = {one.name: one.words for one in told.fields}
    assert words["source_addr_ton"] == "international"
    assert words["source_addr_npi"] == "ISDN (E.163/E.164)"
    assert words["dest_addr_ton"] == "abbreviated"
    assert words["esm_class"].endswith("UDHI: begins with a user data header, reply path")
    assert words["registered_delivery"] == (
        "receipt on success or failure, intermediate notification"
    )
    assert words["data_coding"].startswith("UCS-2")
    assert words["command_status"] == "ESME_ROK"


def test_parameters_have_names_and_those_without_are_kept_as_octets() -> None:
    tlvs = TLVS + bytes.fromhex("5000 0001 2a") + bytes.fromhex("0423 0003 030011")
    tlvs += bytes.fromhex("001e 0003 616200") + bytes.fromhex("130c 0000")
    told = only(pdu(SUBMIT_SM, body_of(SUBMIT_SM, tlvs=tlvs)))
    assert told.is_good
    found = [(one.name, one.value, one.words) for one in told.fields if one.tag is not None]
    assert found == [
        ("user_message_reference", 4711, ""),
        ("vendor-specific", None, ""),
        ("unknown", None, ""),
        ("network_error_code", None, "GSM: 17"),
        ("receipted_message_id", "ab", ""),
        ("alert_on_message_delivery", None, ""),
    ]
    assert len(told.notes) == 2


@pytest.mark.parametrize(
    ("tlvs", "name"),
    [
        ("0204 0003 001267", "tlv_size"),
        ("0381 0001 01", "tlv_size"),
        ("0204 0002 1267 0204 0002 1267", "tlv_repeated"),
        ("1401 0000 1401 0000", "tlv_repeated"),
        ("0204 0009 1267", "tlv_overrun"),
        ("0204 00", "trailing_octets"),
        ("00", "stray_nul"),
        ("0427 0001 63", "reserved_value"),
        ("0423 0003 630011", "reserved_value"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_named(tlvs: str, name: str) -> None:
    octets = pdu(SUBMIT_SM, body_of(SUBMIT_SM, tlvs=bytes.fromhex(tlvs)))
    assert faults(octets) == [name]


def test_a_parameter_that_may_come_twice_may_come_twice() -> None:
    twice = bytes.fromhex("0381 0004 01020304") * 2
    assert only(pdu(SUBMIT_SM, body_of(SUBMIT_SM, tlvs=twice))).is_good


@pytest.mark.parametrize(
    ("command_id", "body", "name", "status"),
    [
        (SUBMIT_SM, c_string("toolong"), "c_string_overrun", Status.RINVSERTYP),
        (SUBMIT_SM, b"\0\0\0" + c_string("1" * 21), "c_string_overrun", Status.RINVSRCADR),
        (SUBMIT_SM, b"\0\0\0123", "truncated", Status.RINVCMDLEN),
        (SUBMIT_SM, b"", "truncated", Status.RINVCMDLEN),
        (SUBMIT_SM, bytes(16) + b"\xc8help", "truncated", Status.RINVCMDLEN),
        (0x21, b"\0\0\0\0\0", "no_destination", Status.RINVNUMDESTS),
        (0x21, b"\0\0\0\0\x01\x03", "dest_flag", Status.RINVDESTFLAG),
        (0x3, c_string("9" * 65), "c_string_overrun", Status.RINVMSGID),
    ],
)
def test_what_cannot_be_read_has_a_place_and_a_status(
    command_id: int, body: bytes, name: str, status: Status
) -> None:
    told = only(pdu(command_id, body))
    assert [(one.name, one.status) for one in told.faults if one.status is not None] == [
        (name, status)
    ]
    assert 16 <= told.faults[-1].offset <= len(told.octets)


@pytest.mark.parametrize(
    ("command_id", "body", "name"),
    [
        (0x80000004, b"abc", "missing_nul"),
        (0x80000004, b"\xe9\0", "not_ascii"),
        (0x15, b"\0\0", "trailing_octets"),
        (0x80000003, b"\0tomorrow\0\x02\0", "time_form"),
        (0x80000003, b"\x000101010101010000\0\x02\0", "time_form"),
        (0x80000003, b"\x00261121154200004?\0\x02\0", "time_form"),
        (0x80000003, b"\0\0\x63\0", "reserved_value"),
    ],
)
def test_what_is_forgiven_is_named_all_the_same(command_id: int, body: bytes, name: str) -> None:
    told = only(pdu(command_id, body))
    assert [(one.name, one.status) for one in told.faults] == [(name, None)]


def test_a_time_of_the_form_is_good() -> None:
    assert only(pdu(0x80000003, b"\x00261121154200004+\0\x02\0")).is_good


def test_sm_length_255_is_noted() -> None:
    told = only(pdu(SUBMIT_SM, bytes(16) + b"\xff" + b"a" * 255))
    assert told.is_good
    assert told.notes == ("sm_length 255 is possible since SMPP 5.0; 3.4 ends at 254",)


@pytest.mark.parametrize("command_id", sorted(WITH_PASSWORD))
@pytest.mark.parametrize(
    "written",
    [
        b"carrier\0" + SECRET.encode() + b"\0VMA\x004\0\0\0",
        b"carrier" + SECRET.encode() + b"\0VMA\x004\0\0\0",  # a NUL too few
        b"carrier\0" + SECRET.encode() * 3 + b"\0VMA\x004\0\0\0",
        b"carriercarriercarrier" + SECRET.encode() + b"\0VMA\x004\0\0\0",
        b"carrier\0\0" + SECRET.encode() + b"\x004\0",
        b"carrier\0\0VMA\x004\0\0\0" + SECRET.encode(),  # octets behind, and as a parameter
        b"carrier\0\0VMA\x004\0\0\0\x14\0\0\x09" + SECRET.encode(),
    ],
)
def test_no_password_is_in_what_is_shown(command_id: int, written: bytes) -> None:
    told = only(pdu(command_id, written))
    shown = "\n".join(lines(told)) + str(as_json(told)) + repr(told)
    assert SECRET not in shown
    assert SECRET.encode().hex() not in shown
    assert SECRET.encode().hex(" ") not in shown


def test_the_length_of_a_password_is_told() -> None:
    for command_id in BINDS:
        told = only(pdu(command_id, b"carrier\0secret\0\x004\0\0\0"))
        (password,) = (one for one in told.fields if one.is_secret)
        assert (password.name, password.words) == ("password", "6 octets, not shown")
        assert told.fields[4].value == "carrier"


@given(st.sampled_from(sorted(WITH_PASSWORD)), st.integers(0, 80), st.integers(0, 60), st.data())
def test_no_password_is_shown_whatever_the_lengths_say(
    command_id: int, length: int, end: int, data: st.DataObject
) -> None:
    body = b"carrier\0" + SECRET.encode() + b"\0VMA\x004\0\0\0"
    at = data.draw(st.integers(0, len(body)))
    octets = bytearray(pdu(command_id, body[:at] + body[at + 1 :]))
    octets[:4] = length.to_bytes(4)
    for sent in (bytes(octets), bytes(octets[: max(16, end)])):
        told = list(explain(sent))
        shown = "\n".join(line for one in told for line in lines(one))
        shown += "".join(str(as_json(one)) for one in told)
        for n in range(len(SECRET) - 3):
            piece = SECRET[n : n + 4]
            assert piece not in shown
            assert piece.encode().hex() not in shown.replace(" ", "")
