from __future__ import annotations

import pytest

from text911.smpp.explaining import operations, parameters
from text911.smpp.explaining.words import WORDS, words_of
from text911.smpp.status import Status


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("command_status", 0x14, "ESME_RMSGQFUL"),
        ("command_status", 0x0B, "ESME_RINVDSTADR"),
        ("command_status", 0x104, "ESME_RINVDCS (SMPP 5.0)"),
        ("command_status", 0x4A1, "vendor specific"),
        ("command_status", 0x500, "reserved"),
        ("esm_class", 0x04, "default mode, delivery receipt"),
        ("esm_class", 0x0C, "reserved message type, default mode"),
        ("registered_delivery", 0x00, "no receipt"),
        ("registered_delivery", 0x1D, "receipt on success or failure, "
         "SME delivery and manual acknowledgement, intermediate notification"),
        ("registered_delivery", 0x20, "reserved bits 0x20, no receipt"),
        ("data_coding", 0x0B, "reserved"),
        ("data_coding", 0x80, "reserved"),
        ("data_coding", 0xC8, "message waiting on (discard): voicemail"),
        ("data_coding", 0xE1, "message waiting off (store, UCS-2): fax"),
        ("data_coding", 0xF0, "GSM-7, class 0, shown at once"),
        ("data_coding", 0xF5, "8-bit data, class 1, handset"),
        ("priority_flag", 3, "very urgent/emergency"),
        ("priority_flag", 200, "reserved"),
        ("interface_version", 0x00, "SMPP 3.3 or earlier"),
        ("interface_version", 0x34, "SMPP 3.4"),
        ("interface_version", 0x35, "reserved"),
        ("congestion_state", 30, "medium load"),
        ("congestion_state", 101, "reserved"),
        ("protocol_id", 0, "none"),
        ("protocol_id", 0x40, "set by the network or the handset (3GPP TS 23.040)"),
        ("source_addr_npi", 2, "reserved"),
        ("sm_length", 4, ""),
    ],
)  # fmt: skip
def test_a_value_has_words(name: str, value: int, words: str) -> None:
    assert words_of(name, value) == words


@pytest.mark.parametrize("name", sorted(WORDS))
def test_every_octet_has_words_for_every_field_that_has_any(name: str) -> None:
    assert all(words_of(name, value) for value in range(256))


def test_every_status_of_ours_has_its_name() -> None:
    for status in Status:
        assert words_of("command_status", status).startswith(f"ESME_{status.name}")


def test_ids_and_tags_without_a_name_say_what_they_are() -> None:
    assert operations.name_of(0x80000077) == "unknown response"
    assert operations.name_of(0x77) == "unknown operation"
    assert parameters.name_of(0x1400) == parameters.name_of(0x3FFF) == "vendor-specific"
    assert parameters.name_of(0x4000) == "unknown"
