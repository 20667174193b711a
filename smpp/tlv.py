"""Optional parameters (TLVs): tags, declared sizes, and reading one out of a PDU.

A PDU keeps its TLVs as raw (tag, octets) pairs in the order they came, known or not: a carrier
may carry location or correlation in any of them, so nothing is dropped or rewritten here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

Tlvs = tuple[tuple[int, bytes], ...]


class Tag(IntEnum):
    """The tags this gateway reads or writes (SMPP v3.4, 5.3.2)."""

    additional_status_info_text = 0x001D
    receipted_message_id = 0x001E
    source_subaddress = 0x0202
    dest_subaddress = 0x0203
    user_message_reference = 0x0204
    source_port = 0x020A
    destination_port = 0x020B
    sar_msg_ref_num = 0x020C
    language_indicator = 0x020D
    sar_total_segments = 0x020E
    sar_segment_seqnum = 0x020F
    sc_interface_version = 0x0210
    callback_num = 0x0381
    network_error_code = 0x0423
    message_payload = 0x0424
    delivery_failure_reason = 0x0425
    more_messages_to_send = 0x0426
    message_state = 0x0427


# Octets of a value: (least, most).
SIZES: dict[Tag, tuple[int, int]] = {
    Tag.additional_status_info_text: (1, 256),
    Tag.receipted_message_id: (1, 65),
    Tag.source_subaddress: (2, 23),
    Tag.dest_subaddress: (2, 23),
    Tag.user_message_reference: (2, 2),
    Tag.source_port: (2, 2),
    Tag.destination_port: (2, 2),
    Tag.sar_msg_ref_num: (2, 2),
    Tag.language_indicator: (1, 1),
    Tag.sar_total_segments: (1, 1),
    Tag.sar_segment_seqnum: (1, 1),
    Tag.sc_interface_version: (1, 1),
    Tag.callback_num: (4, 19),
    Tag.network_error_code: (3, 3),
    Tag.message_payload: (0, 65_535),
    Tag.delivery_failure_reason: (1, 1),
    Tag.more_messages_to_send: (1, 1),
    Tag.message_state: (1, 1),
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
