"""Optional parameters (TLVs): tags, declared sizes, and reading one out of a PDU.

A PDU keeps its TLVs as raw (tag, octets) pairs in the order they came, known or not: a carrier
may carry location or correlation in any of them, so nothing is dropped or rewritten here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

Tlvs = tuple[tuple[int, bytes], ...]


class Tag(IntEnum):
    """The tags of SMPP v3.4, 5.3.2, and v5.0, 4.8.4, under the specification's names."""

    dest_addr_subunit = 0x0005
    dest_network_type = 0x0006
    dest_bearer_type = 0x0007
    dest_telematics_id = 0x0008
    source_addr_subunit = 0x000D
    source_network_type = 0x000E
    source_bearer_type = 0x000F
    source_telematics_id = 0x0010
    qos_time_to_live = 0x0017
    payload_type = 0x0019
    additional_status_info_text = 0x001D
    receipted_message_id = 0x001E
    ms_msg_wait_facilities = 0x0030
    privacy_indicator = 0x0201
    source_subaddress = 0x0202
    dest_subaddress = 0x0203
    user_message_reference = 0x0204
    user_response_code = 0x0205
    source_port = 0x020A
    destination_port = 0x020B
    sar_msg_ref_num = 0x020C
    language_indicator = 0x020D
    sar_total_segments = 0x020E
    sar_segment_seqnum = 0x020F
    sc_interface_version = 0x0210
    callback_num_pres_ind = 0x0302
    callback_num_atag = 0x0303
    number_of_messages = 0x0304
    callback_num = 0x0381
    dpf_result = 0x0420
    set_dpf = 0x0421
    ms_availability_status = 0x0422
    network_error_code = 0x0423
    message_payload = 0x0424
    delivery_failure_reason = 0x0425
    more_messages_to_send = 0x0426
    message_state = 0x0427
    congestion_state = 0x0428
    ussd_service_op = 0x0501
    broadcast_channel_indicator = 0x0600
    broadcast_content_type = 0x0601
    broadcast_content_type_info = 0x0602
    broadcast_message_class = 0x0603
    broadcast_rep_num = 0x0604
    broadcast_frequency_interval = 0x0605
    broadcast_area_identifier = 0x0606
    broadcast_error_status = 0x0607
    broadcast_area_success = 0x0608
    broadcast_end_time = 0x0609
    broadcast_service_group = 0x060A
    billing_identification = 0x060B
    source_network_id = 0x060D
    dest_network_id = 0x060E
    source_node_id = 0x060F
    dest_node_id = 0x0610
    dest_addr_np_resolution = 0x0611
    dest_addr_np_information = 0x0612
    dest_addr_np_country = 0x0613
    display_time = 0x1201
    sms_signal = 0x1203
    ms_validity = 0x1204
    alert_on_message_delivery = 0x130C
    its_reply_type = 0x1380
    its_session_info = 0x1383


# Octets of a value: (least, most).
SIZES: dict[Tag, tuple[int, int]] = {
    Tag.dest_addr_subunit: (1, 1),
    Tag.dest_network_type: (1, 1),
    Tag.dest_bearer_type: (1, 1),
    Tag.dest_telematics_id: (2, 2),
    Tag.source_addr_subunit: (1, 1),
    Tag.source_network_type: (1, 1),
    Tag.source_bearer_type: (1, 1),
    Tag.source_telematics_id: (1, 1),
    Tag.qos_time_to_live: (4, 4),
    Tag.payload_type: (1, 1),
    Tag.additional_status_info_text: (1, 256),
    Tag.receipted_message_id: (1, 65),
    Tag.ms_msg_wait_facilities: (1, 1),
    Tag.privacy_indicator: (1, 1),
    Tag.source_subaddress: (2, 23),
    Tag.dest_subaddress: (2, 23),
    Tag.user_message_reference: (2, 2),
    Tag.user_response_code: (1, 1),
    Tag.source_port: (2, 2),
    Tag.destination_port: (2, 2),
    Tag.sar_msg_ref_num: (2, 2),
    Tag.language_indicator: (1, 1),
    Tag.sar_total_segments: (1, 1),
    Tag.sar_segment_seqnum: (1, 1),
    Tag.sc_interface_version: (1, 1),
    Tag.callback_num_pres_ind: (1, 1),
    Tag.callback_num_atag: (0, 65),
    Tag.number_of_messages: (1, 1),
    Tag.callback_num: (4, 19),
    Tag.dpf_result: (1, 1),
    Tag.set_dpf: (1, 1),
    Tag.ms_availability_status: (1, 1),
    Tag.network_error_code: (3, 3),
    Tag.message_payload: (0, 65_535),
    Tag.delivery_failure_reason: (1, 1),
    Tag.more_messages_to_send: (1, 1),
    Tag.message_state: (1, 1),
    Tag.congestion_state: (1, 1),
    Tag.ussd_service_op: (1, 1),
    Tag.broadcast_channel_indicator: (1, 1),
    Tag.broadcast_content_type: (3, 3),
    Tag.broadcast_content_type_info: (1, 255),
    Tag.broadcast_message_class: (1, 1),
    Tag.broadcast_rep_num: (2, 2),
    Tag.broadcast_frequency_interval: (3, 3),
    Tag.broadcast_area_identifier: (1, 100),
    Tag.broadcast_error_status: (4, 4),
    Tag.broadcast_area_success: (1, 1),
    Tag.broadcast_end_time: (16, 17),
    Tag.broadcast_service_group: (1, 255),
    Tag.billing_identification: (1, 1_024),
    Tag.source_network_id: (7, 65),
    Tag.dest_network_id: (7, 65),
    Tag.source_node_id: (6, 6),
    Tag.dest_node_id: (6, 6),
    Tag.dest_addr_np_resolution: (1, 1),
    Tag.dest_addr_np_information: (10, 10),
    Tag.dest_addr_np_country: (1, 5),
    Tag.display_time: (1, 1),
    Tag.sms_signal: (2, 2),
    Tag.ms_validity: (1, 4),
    Tag.alert_on_message_delivery: (0, 1),
    Tag.its_reply_type: (1, 1),
    Tag.its_session_info: (2, 2),
}

_SIZES: dict[int, tuple[int, int]] = {int(tag): sizes for tag, sizes in SIZES.items()}


def value_of(tlvs: Tlvs, tag: Tag) -> bytes | None:
    """The first value under `tag` whose size is the declared one; None when there is none."""
    for found, value in tlvs:
        if found == tag:
            least, most = SIZES[tag]
            if least <= len(value) <= most:
                return value
    return None


def number_of(tlvs: Tlvs, tag: Tag) -> int | None:
    """The same as an integer."""
    value = value_of(tlvs, tag)
    return None if value is None else int.from_bytes(value)


def text_of(tlvs: Tlvs, tag: Tag) -> str | None:
    """The same as a C-Octet String: up to the first NUL, or whole when the NUL is missing."""
    value = value_of(tlvs, tag)
    return None if value is None else value.partition(b"\0")[0].decode("latin-1")


def missized(tlvs: Tlvs) -> tuple[int, ...]:
    """Tags we know whose value has another size than declared: ignored by us, kept in the PDU."""
    return tuple([tag for tag, value in tlvs if tag in _SIZES and _is_missized(tag, value)])


def number(tag: Tag, value: int) -> tuple[int, bytes]:
    """An integer TLV of the declared size, for sending."""
    return tag, value.to_bytes(SIZES[tag][1])


def c_string(tag: Tag, value: str) -> tuple[int, bytes]:
    """A C-Octet String TLV, for sending; ValueError when it is longer than declared."""
    octets = value.encode("latin-1") + b"\0"
    if len(octets) > SIZES[tag][1]:
        raise ValueError(f"{tag.name}: {len(octets)} octets, at most {SIZES[tag][1]}")
    return tag, octets


def without(tlvs: Iterable[tuple[int, bytes]], tag: Tag) -> Tlvs:
    return tuple(pair for pair in tlvs if pair[0] != tag)


def _is_missized(tag: int, value: bytes) -> bool:
    least, most = _SIZES[tag]
    return not least <= len(value) <= most
