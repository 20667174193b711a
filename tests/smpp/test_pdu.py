"""The PDUs as values: numbers and defaults as the specification has them, and no password shown."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import fields

from text911.smpp import pdu
from text911.smpp.pdu import PDUS, RESPONSE, Pdu

# SMPP v3.4, 5.1.2.1; broadcast_* from v5.0, 4.7.5.
COMMAND_IDS: dict[type[Pdu], int] = {
    pdu.BindReceiver: 0x00000001,
    pdu.BindReceiverResp: 0x80000001,
    pdu.BindTransmitter: 0x00000002,
    pdu.BindTransmitterResp: 0x80000002,
    pdu.SubmitSm: 0x00000004,
    pdu.SubmitSmResp: 0x80000004,
    pdu.DeliverSm: 0x00000005,
    pdu.DeliverSmResp: 0x80000005,
    pdu.Unbind: 0x00000006,
    pdu.UnbindResp: 0x80000006,
    pdu.BindTransceiver: 0x00000009,
    pdu.BindTransceiverResp: 0x80000009,
    pdu.EnquireLink: 0x00000015,
    pdu.EnquireLinkResp: 0x80000015,
    pdu.DataSm: 0x00000103,
    pdu.DataSmResp: 0x80000103,
    pdu.GenericNack: 0x80000000,
    pdu.QuerySm: 0x00000003,
    pdu.QuerySmResp: 0x80000003,
    pdu.ReplaceSm: 0x00000007,
    pdu.ReplaceSmResp: 0x80000007,
    pdu.CancelSm: 0x00000008,
    pdu.CancelSmResp: 0x80000008,
    pdu.Outbind: 0x0000000B,
    pdu.SubmitMulti: 0x00000021,
    pdu.SubmitMultiResp: 0x80000021,
    pdu.AlertNotification: 0x00000102,
    pdu.BroadcastSm: 0x00000111,
    pdu.BroadcastSmResp: 0x80000111,
    pdu.QueryBroadcastSm: 0x00000112,
    pdu.QueryBroadcastSmResp: 0x80000112,
    pdu.CancelBroadcastSm: 0x00000113,
    pdu.CancelBroadcastSmResp: 0x80000113,
}

# SMPP v3.4, 4.1.1, 4.4.1 and 4.7.1: the fields in the order in which they stand on the wire.
BIND = "system_id password system_type interface_version addr_ton addr_npi address_range tlvs"
MESSAGE = (
    "service_type source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi"
    " destination_addr esm_class protocol_id priority_flag schedule_delivery_time validity_period"
    " registered_delivery replace_if_present_flag data_coding sm_default_msg_id short_message tlvs"
)
DATA = (
    "service_type source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi"
    " destination_addr esm_class registered_delivery data_coding tlvs"
)
SOURCE = "source_addr_ton source_addr_npi source_addr"
TIMES = "schedule_delivery_time validity_period"
FIELDS: dict[type[Pdu], str] = {
    pdu.Outbind: "system_id password",
    pdu.SubmitMulti: MESSAGE.replace(
        "dest_addr_ton dest_addr_npi destination_addr", "dest_address"
    ),
    pdu.SubmitMultiResp: "message_id unsuccess_sme tlvs",
    pdu.QuerySm: f"message_id {SOURCE}",
    pdu.QuerySmResp: "message_id final_date message_state error_code",
    pdu.ReplaceSm: (
        f"message_id {SOURCE} {TIMES} registered_delivery sm_default_msg_id short_message"
    ),
    pdu.CancelSm: (
        f"service_type message_id {SOURCE} dest_addr_ton dest_addr_npi destination_addr"
    ),
    pdu.AlertNotification: f"{SOURCE} esme_addr_ton esme_addr_npi esme_addr tlvs",
    pdu.BroadcastSm: (
        f"service_type {SOURCE} message_id priority_flag {TIMES} replace_if_present_flag"
        " data_coding sm_default_msg_id tlvs"
    ),
    pdu.QueryBroadcastSm: f"message_id {SOURCE} tlvs",
    pdu.CancelBroadcastSm: f"service_type message_id {SOURCE} tlvs",
    **dict.fromkeys((pdu.BroadcastSmResp, pdu.QueryBroadcastSmResp), "message_id tlvs"),
    **dict.fromkeys((pdu.ReplaceSmResp, pdu.CancelSmResp, pdu.CancelBroadcastSmResp), ""),
    **dict.fromkeys((pdu.BindReceiver, pdu.BindTransmitter, pdu.BindTransceiver), BIND),
    **dict.fromkeys((pdu.SubmitSm, pdu.DeliverSm), MESSAGE),
    pdu.DataSm: DATA,
    **dict.fromkeys(
        (pdu.BindReceiverResp, pdu.BindTransmitterResp, pdu.BindTransceiverResp),
        "system_id tlvs",
    ),
    **dict.fromkeys((pdu.SubmitSmResp, pdu.DeliverSmResp, pdu.DataSmResp), "message_id tlvs"),
    **dict.fromkeys(
        (pdu.Unbind, pdu.UnbindResp, pdu.EnquireLink, pdu.EnquireLinkResp, pdu.GenericNack),
        "",
    ),
}
WITHOUT_RESPONSE = (pdu.Outbind, pdu.AlertNotification)
BINDS = (pdu.BindReceiver, pdu.BindTransmitter, pdu.BindTransceiver)


def plain(kind: type[Pdu]) -> Pdu:
    """With nothing said that need not be said."""
    any_kind: Any = kind
    made: Pdu = any_kind("elm") if kind in BINDS else any_kind()
    return made


def test_every_command_id_is_the_specification_s() -> None:
    assert {kind: kind.COMMAND_ID for kind in PDUS} == COMMAND_IDS
    assert len(PDUS) == len(set(PDUS))


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_every_request_has_its_response_and_every_response_its_request(kind: type[Pdu]) -> None:
    by_id = {one.COMMAND_ID: one for one in PDUS}
    other = by_id.get(kind.COMMAND_ID ^ RESPONSE)
    if kind is pdu.GenericNack:
        assert other is None, "it answers what has no name"
    elif kind in WITHOUT_RESPONSE:
        assert other is None
    else:
        assert other is not None
        request, answer = sorted((kind, other), key=lambda one: one.COMMAND_ID)
        assert answer.__name__ == f"{request.__name__}Resp"


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_fields_stand_in_the_order_of_the_wire(kind: type[Pdu]) -> None:
    assert " ".join(field.name for field in fields(kind)) == FIELDS[kind]


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_what_is_not_said_is_null_and_only_a_bind_must_say_who_it_is(kind: type[Pdu]) -> None:
    one = plain(kind)
    for field in fields(kind):
        value = getattr(one, field.name)
        match field.name:
            case "system_id" if kind in BINDS:
                assert field.required
            case "interface_version":
                assert value == 0x34
            case _:
                assert not field.required
                assert value in ("", b"", 0, ()), field.name


@pytest.mark.parametrize("kind", BINDS)
def test_a_password_is_never_shown(kind: type[pdu.Bind]) -> None:
    bind = kind("carrier", "hunter2", "pager", 0x50)
    for shown in (repr(bind), str(bind), f"{bind}", f"{(bind,)}"):
        assert "hunter2" not in shown
        assert f"{kind.__name__}(system_id='carrier', system_type='pager'" in shown
        assert "interface_version=0x50" in shown


def test_the_password_of_an_outbind_is_not_shown_either() -> None:
    assert repr(pdu.Outbind("centre", "hunter2")) == "Outbind(system_id='centre')"


def test_two_binds_with_other_passwords_are_not_equal_although_they_look_alike() -> None:
    one, other = pdu.BindTransceiver("carrier", "a"), pdu.BindTransceiver("carrier", "b")
    assert repr(one) == repr(other)
    assert one != other


def test_the_words_of_a_message_are_part_of_what_is_shown_to_who_debugs_it() -> None:
    assert "short_message=b'help'" in repr(pdu.SubmitSm(short_message=b"help"))


def test_a_submit_and_a_deliver_with_the_same_fields_are_two_things() -> None:
    submit: object = pdu.SubmitSm(short_message=b"help")
    assert submit != pdu.DeliverSm(short_message=b"help")


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_a_pdu_cannot_be_changed_once_it_was_read(kind: type[Pdu]) -> None:
    one = plain(kind)
    for field in fields(kind):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(one, field.name, "other")
    assert one == plain(kind)
