"""Optional parameters: sizes are checked, nothing is dropped."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from text911.smpp.status import TEMPORARY, Status, name_of
from text911.smpp.tlv import (
    SIZES,
    Tag,
    c_string,
    missized,
    number,
    number_of,
    text_of,
    value_of,
    without,
)

CONSTS: Any = importlib.import_module("smpplib.consts")


def test_every_tag_has_the_number_that_smpplib_knows_and_a_size() -> None:
    for tag in Tag:
        assert CONSTS.OPTIONAL_PARAMS.get(tag.name, tag) == tag  # it knows 44, and no broadcast
        assert SIZES[tag][0] <= SIZES[tag][1]


def test_every_status_has_the_number_that_smpplib_knows() -> None:
    for status in Status:
        name = {"RINVSCHED": "RINVSCHED"}.get(status.name, status.name)
        theirs = getattr(CONSTS, f"SMPP_ESME_{name}", None)
        assert theirs in (status, None)
    assert name_of(0x58) == "RTHROTTLED"
    assert name_of(0x4A1) == "0x000004A1"
    assert Status.RMSGQFUL in TEMPORARY
    assert Status.RINVDSTADR not in TEMPORARY


def test_a_value_of_another_size_counts_as_absent_and_is_named() -> None:
    tlvs = ((Tag.user_message_reference, b"\1"), (0x1401, b"vendor"), (Tag.message_state, b"\2"))
    assert value_of(tlvs, Tag.user_message_reference) is None
    assert number_of(tlvs, Tag.user_message_reference) is None
    assert number_of(tlvs, Tag.message_state) == 2
    assert missized(tlvs) == (Tag.user_message_reference,)
    assert without(tlvs, Tag.message_state) == tlvs[:2]


def test_text_ends_at_its_nul_or_at_its_end() -> None:
    for octets in (b"abc\0", b"abc", b"abc\0xyz"):
        assert text_of(((Tag.receipted_message_id, octets),), Tag.receipted_message_id) == "abc"
    assert text_of((), Tag.receipted_message_id) is None


def test_what_we_send_has_the_declared_size() -> None:
    assert number(Tag.user_message_reference, 258) == (0x0204, b"\1\2")
    assert c_string(Tag.receipted_message_id, "ab") == (0x001E, b"ab\0")
    with pytest.raises(ValueError, match="receipted_message_id"):
        c_string(Tag.receipted_message_id, "x" * 65)
