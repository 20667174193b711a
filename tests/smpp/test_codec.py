"""PDUs to octets and back, with smpplib as the independent opinion."""

from __future__ import annotations

import importlib
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import astuple

from text911.smpp.codec import bind_response, decode, encode, response, without_tlvs
from text911.smpp.pdu import (
    PDUS,
    BindTransceiver,
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)
from text911.smpp.status import Status
from text911.smpp.tlv import Tag
from text911.smpp.wire import Counted, CString, Listed, Octet, ProtocolError, layout_of

from .test_destinations import destinations, unsuccessful

SMPPLIB: Any = importlib.import_module("smpplib.smpp")


class Numbers:
    sequence = 1

    def next_sequence(self) -> int:
        return self.sequence


def smpplib_reads(octets: bytes) -> Any:
    return SMPPLIB.parse_pdu(octets, client=Numbers(), allow_unknown_opt_params=True)


def smpplib_writes(command: str, sequence_number: int, **fields: Any) -> bytes:
    pdu = SMPPLIB.make_pdu(command, client=Numbers(), **fields)
    pdu.sequence = sequence_number
    octets: bytes = pdu.generate()
    return octets


LATIN = st.characters(min_codepoint=1, max_codepoint=255)
ASCII = st.characters(min_codepoint=1, max_codepoint=127)
TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)


LISTS = {"dest_address": destinations, "unsuccess_sme": unsuccessful}


@st.composite
def pdus(draw: st.DrawFn, letters: Any = ASCII, kinds: tuple[type[Pdu], ...] = PDUS) -> Pdu:
    kind = draw(st.sampled_from(kinds))
    values: dict[str, Any] = {}
    fields, has_tlvs = layout_of(kind)
    for name, wire in fields:
        match wire:
            case CString(size_max, _):
                values[name] = draw(st.text(letters, max_size=size_max - 1))
            case Octet():
                values[name] = draw(st.integers(0, 255))
            case Counted():
                values[name] = draw(st.binary(max_size=255))
            case Listed():
                values[name] = draw(LISTS[name](letters))
    if has_tlvs:
        values["tlvs"] = draw(TLVS)
    return kind(**values)


@given(pdus(), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_what_is_encoded_is_decoded_to_the_same(pdu: Pdu, number: int, status: int) -> None:
    octets = encode(pdu, number, status)
    assert decode(octets) == (pdu, ())
    assert octets[:16] == b"".join(
        n.to_bytes(4) for n in (len(octets), pdu.COMMAND_ID, status, number)
    )


@given(pdus(LATIN))
def test_characters_beyond_ascii_are_kept_and_flagged(pdu: Pdu) -> None:
    back, faults = decode(encode(pdu, 1))
    assert back == pdu
    values: list[Any] = [getattr(pdu, name) for name in pdu.__struct_fields__]
    lists: list[tuple[Any, ...]] = [value for value in values if type(value) is tuple]
    listed = chain.from_iterable(lists)
    values += [v for one in listed if isinstance(one, Struct) for v in astuple(one)]
    strings = [value for value in values if isinstance(value, str)]
    assert faults == (() if all(s.isascii() for s in strings) else ("not_ascii",))


@given(st.binary(max_size=120), st.sampled_from(PDUS))
def test_no_octets_raise_anything_but_a_protocol_error(body: bytes, kind: type[Pdu]) -> None:
    octets = b"\0\0\0\0" + kind.COMMAND_ID.to_bytes(4) + bytes(8) + body
    try:
        pdu, _ = decode(octets)
    except ProtocolError as caught:
        wrong: ProtocolError | None = caught
    else:
        wrong = None
        assert type(pdu) is kind
    assert wrong is None or wrong.status is not Status.ROK


MESSAGE = {
    "service_type": "SMS",
    "source_addr_ton": 1,
    "source_addr_npi": 1,
    "dest_addr_ton": 3,
    "dest_addr_npi": 1,
    "esm_class": 0x40,
    "protocol_id": 5,
    "priority_flag": 1,
    "registered_delivery": 1,
    "data_coding": 8,
    "short_message": b"\x05\x00\x03\x01\x02\x01\x00H",
}


@pytest.mark.parametrize(("kind", "name"), [(SubmitSm, "submit_sm"), (DeliverSm, "deliver_sm")])
def test_smpplib_writes_the_same_message(kind: Any, name: str) -> None:
    fields = MESSAGE | {"source_addr": "18605551234", "destination_addr": "911"}
    theirs = smpplib_writes(name, 77, **fields)
    assert theirs == encode(kind(**fields), 77)
    assert decode(theirs)[0] == kind(**fields)


@given(pdus(kinds=(SubmitSm, DeliverSm)))
def test_smpplib_reads_the_same_message(pdu: Pdu) -> None:
    assert isinstance(pdu, SubmitSm | DeliverSm)
    theirs = smpplib_reads(encode(DeliverSm(*_values(pdu)), 9))
    for name in DeliverSm.__struct_fields__[:-1]:
        ours = getattr(pdu, name)
        found = getattr(theirs, name)
        assert found == (ours.encode() if isinstance(ours, str) else ours) or not (ours or found)


def _values(pdu: SubmitSm | DeliverSm) -> list[Any]:
    return [getattr(pdu, name) for name in pdu.__struct_fields__[:-1]]


@pytest.mark.parametrize("kind", ["receiver", "transmitter", "transceiver"])
def test_smpplib_binds_and_we_read_it(kind: str) -> None:
    theirs = smpplib_writes(
        f"bind_{kind}", 3, system_id="carrier", password="secret", system_type="x"
    )
    pdu, faults = decode(theirs)
    assert faults == ()
    assert (pdu.system_id, pdu.password, pdu.system_type) == (  # type: ignore[union-attr]
        "carrier",
        "secret",
        "x",
    )
    ours = bind_response(pdu.COMMAND_ID, 3, "text911", ((Tag.sc_interface_version, b"\x34"),))
    answer = smpplib_reads(ours)
    assert (answer.command, answer.sequence, answer.system_id) == (
        f"bind_{kind}_resp",
        3,
        b"text911",
    )


@pytest.mark.parametrize(
    ("pdu", "name"),
    [(Unbind(), "unbind"), (EnquireLink(), "enquire_link"), (GenericNack(), "generic_nack")],
)
def test_smpplib_and_we_agree_on_pdus_without_a_body(pdu: Pdu, name: str) -> None:
    assert encode(pdu, 5) == smpplib_writes(name, 5)
    assert smpplib_reads(encode(pdu, 5)).command == name


def test_data_sm_is_what_smpplib_says_it_is() -> None:
    fields: dict[str, Any] = {"source_addr": "18605551234", "destination_addr": "911"}
    pdu = DataSm(**fields, tlvs=((Tag.message_payload, b"help"),))
    theirs = smpplib_reads(encode(pdu, 5))
    assert (theirs.source_addr, theirs.message_payload) == (b"18605551234", b"help")


def test_a_response_is_what_smpplib_writes_and_negative_ones_have_no_body() -> None:
    assert response(4, 7, 0, "abc") == smpplib_writes("submit_sm_resp", 7, message_id="abc")
    assert response(4, 7, 0, "abc") == encode(SubmitSmResp("abc"), 7)
    assert len(response(4, 7, 0x14, "abc")) == 16
    assert decode(response(4, 7, 0x14)) == (SubmitSmResp(), ())
    with pytest.raises(ValueError, match="longer than 64"):
        response(4, 7, 0, "x" * 65)


@pytest.mark.parametrize("pdu", [SubmitSm("12345"), BindTransceiver("x" * 15), DataSm("12345")])
def test_a_request_cut_anywhere_names_the_length_or_misses_only_the_last_nul(pdu: Pdu) -> None:
    whole = encode(pdu, 1)
    for end in range(16, len(whole)):
        if end == len(whole) - 1 and isinstance(pdu, BindTransceiver):
            assert decode(whole[:end]) == (pdu, ("missing_nul",))
            continue
        with pytest.raises(ProtocolError) as wrong:
            decode(whole[:end])
        assert wrong.value.status is Status.RINVCMDLEN


OVERRUNS = [
    (SubmitSm, "service_type", Status.RINVSERTYP),
    (SubmitSm, "source_addr", Status.RINVSRCADR),
    (SubmitSm, "destination_addr", Status.RINVDSTADR),
    (SubmitSm, "schedule_delivery_time", Status.RINVSCHED),
    (SubmitSm, "validity_period", Status.RINVEXPIRY),
    (DataSm, "source_addr", Status.RINVSRCADR),
    (DataSm, "destination_addr", Status.RINVDSTADR),
    (BindTransceiver, "system_id", Status.RINVSYSID),
    (BindTransceiver, "password", Status.RINVPASWD),
    (BindTransceiver, "system_type", Status.RINVSYSTYP),
    (BindTransceiver, "address_range", Status.RBINDFAIL),
    (SubmitSmResp, "message_id", Status.RINVMSGID),
]


@pytest.mark.parametrize(("kind", "field", "status"), OVERRUNS)
def test_a_string_that_runs_over_is_answered_with_its_fields_own_code(
    kind: type[Pdu], field: str, status: Status
) -> None:
    octets = b"\0\0\0\0" + kind.COMMAND_ID.to_bytes(4) + bytes(8)
    for name, wire in layout_of(kind)[0]:
        if name == field:
            assert isinstance(wire, CString)
            octets += b"x" * wire.size_max
            break
        octets += b"\0"
    with pytest.raises(ProtocolError, match=field) as wrong:
        decode(octets + bytes(40))
    assert wrong.value.status is status


@pytest.mark.parametrize(
    ("tail", "faults"),
    [(b"", ()), (b"\0", ("stray_nul",)), (b"\x14\x01\x00\x02hi\0", ("stray_nul",))],
)
def test_one_stray_nul_at_the_end_is_forgiven(tail: bytes, faults: tuple[str, ...]) -> None:
    pdu, found = decode(encode(SubmitSm(), 1) + tail)
    assert found == faults
    assert isinstance(pdu, SubmitSm)
    assert pdu.tlvs == (((0x1401, b"hi"),) if len(tail) > 1 else ())


@pytest.mark.parametrize("tail", [b"x", b"\0\0", b"abc", b"\x02\x04\x00\x03ab", b"\0\1\0\0\1"])
def test_octets_at_the_end_that_are_no_tlv_are_refused(tail: bytes) -> None:
    with pytest.raises(ProtocolError, match="TLV") as wrong:
        decode(encode(SubmitSm(), 1) + tail)
    assert wrong.value.status is Status.RINVOPTPARSTREAM


def test_a_body_where_none_belongs_is_counted() -> None:
    assert decode(encode(EnquireLink(), 1) + b"\0")[1] == ("trailing_octets",)


def test_a_value_of_ours_that_does_not_fit_is_our_mistake() -> None:
    for pdu in (
        SubmitSm(source_addr="1" * 21),
        SubmitSm(source_addr="1\0"),
        SubmitSm(source_addr="☃"),
        SubmitSm(short_message=bytes(256)),
    ):
        with pytest.raises(ValueError, match=r"codec|octets"):
            encode(pdu, 1)


def test_a_3_3_peer_is_sent_no_tlv_and_loses_no_text() -> None:
    pdu = DeliverSm(short_message=b"x", tlvs=((Tag.user_message_reference, b"\0\1"),))
    assert without_tlvs(pdu) == DeliverSm(short_message=b"x")
    for bad in (DataSm(), DeliverSm(tlvs=((Tag.message_payload, b"x"),))):
        with pytest.raises(ValueError, match=r"3\.3"):
            without_tlvs(bad)
