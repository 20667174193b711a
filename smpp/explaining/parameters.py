"""The optional parameters of SMPP 3.4 (5.3.2) and 5.0 (4.8.4) by name, for reading.

Wider than `tlv.py`, which knows those that the gateway acts on. Sizes count octets of the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "c_string", "octets", "text"]

VENDOR = range(0x1400, 0x4000)  # reserved for vendors (SMPP v3.4, 5.3.2)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`may_repeat`: the specification gives a meaning to more than one in a PDU."""

    name: str
    least: int
    most: int
    kind: Kind = "octets"
    may_repeat: bool = False


def _number(name: str, size: int, most: int = 0) -> Parameter:
    return Parameter(name, size, most or size, "number")


PARAMETERS: dict[int, Parameter] = {
    0x0005: _number("dest_addr_subunit", 1),
    0x0006: _number("dest_network_type", 1),
    0x0007: _number("dest_bearer_type", 1),
    0x0008: _number("dest_telematics_id", 2),
    0x000D: _number("source_addr_subunit", 1),
    0x000E: _number("source_network_type", 1),
    0x000F: _number("source_bearer_type", 1),
    0x0010: _number("source_telematics_id", 1),
    0x0017: _number("qos_time_to_live", 4),
    0x0019: _number("payload_type", 1),
    0x001D: Parameter("additional_status_info_text", 1, 256, "c_string"),
    0x001E: Parameter("receipted_message_id", 1, 65, "c_string"),
    0x0030: _number("ms_msg_wait_facilities", 1),
    0x0201: _number("privacy_indicator", 1),
    0x0202: Parameter("source_subaddress", 2, 23),
    0x0203: Parameter("dest_subaddress", 2, 23),
    0x0204: _number("user_message_reference", 2),
    0x0205: _number("user_response_code", 1),
    0x020A: _number("source_port", 2),
    0x020B: _number("destination_port", 2),
    0x020C: _number("sar_msg_ref_num", 2),
    0x020D: _number("language_indicator", 1),
    0x020E: _number("sar_total_segments", 1),
    0x020F: _number("sar_segment_seqnum", 1),
    0x0210: _number("sc_interface_version", 1),
    0x0302: Parameter("callback_num_pres_ind", 1, 1, "number", may_repeat=True),
    0x0303: Parameter("callback_num_atag", 0, 65, may_repeat=True),
    0x0304: _number("number_of_messages", 1),
    0x0381: Parameter("callback_num", 4, 19, may_repeat=True),
    0x0420: _number("dpf_result", 1),
    0x0421: _number("set_dpf", 1),
    0x0422: _number("ms_availability_status", 1),
    0x0423: Parameter("network_error_code", 3, 3),
    0x0424: Parameter("message_payload", 0, 65_535, "text"),
    0x0425: _number("delivery_failure_reason", 1),
    0x0426: _number("more_messages_to_send", 1),
    0x0427: _number("message_state", 1),
    0x0428: _number("congestion_state", 1),
    0x0501: _number("ussd_service_op", 1),
    0x0600: _number("broadcast_channel_indicator", 1),
    0x0601: Parameter("broadcast_content_type", 3, 3),
    0x0602: Parameter("broadcast_content_type_info", 1, 255),
    0x0603: _number("broadcast_message_class", 1),
    0x0604: _number("broadcast_rep_num", 2),
    0x0605: Parameter("broadcast_frequency_interval", 3, 3),
    0x0606: Parameter("broadcast_area_identifier", 1, 100, may_repeat=True),
    0x0607: Parameter("broadcast_error_status", 4, 4, "number", may_repeat=True),
    0x0608: Parameter("broadcast_area_success", 1, 1, "number", may_repeat=True),
    0x0609: Parameter("broadcast_end_time", 16, 17, "c_string"),
    0x060A: Parameter("broadcast_service_group", 1, 255),
    0x060B: Parameter("billing_identification", 1, 1024),
    0x060D: Parameter("source_network_id", 7, 65, "c_string"),
    0x060E: Parameter("dest_network_id", 7, 65, "c_string"),
    0x060F: Parameter("source_node_id", 6, 6),
    0x0610: Parameter("dest_node_id", 6, 6),
    0x0611: _number("dest_addr_np_resolution", 1),
    0x0612: Parameter("dest_addr_np_information", 10, 10),
    0x0613: Parameter("dest_addr_np_country", 1, 5),
    0x1201: _number("display_time", 1),
    0x1203: _number("sms_signal", 2),
    0x1204: _number("ms_validity", 1, 4),
    0x130C: _number("alert_on_message_delivery", 0, 1),
    0x1380: _number("its_reply_type", 1),
    0x1383: Parameter("its_session_info", 2, 2),
}


def name_of(tag: int) -> str:
    """The name of a tag, or what range one without a name is of."""
    known = PARAMETERS.get(tag)
    if known is not None:
        return known.name
    return "vendor-specific" if tag in VENDOR else "unknown"
