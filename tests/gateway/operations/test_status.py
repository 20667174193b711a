"""The status survives its own encoding, and holds no field for words or numbers of a caller."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.operations.status import DialogueStatus, Hop, Status, decode, encode

from .statuses import STATUS


def test_what_is_encoded_is_read_back() -> None:
    assert decode(encode(STATUS)) == STATUS


def test_something_else_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b"<html>")
    with pytest.raises(msgspec.ValidationError):
        decode(b"{}")


def test_a_dialogue_has_no_field_for_what_was_said_or_who_said_it() -> None:
    names = [field.name for field in msgspec.structs.fields(DialogueStatus)]
    assert names == ["id", "town", "state", "psap", "opened_at", "waiting"]
    assert Status.__struct_fields__[:3] == ("name", "version", "started_at")


def test_a_hop_without_traffic_holds() -> None:
    assert Hop("x", 0, 0.0, 0.0, 5.0).holds
    assert Hop("x", 1, 1.0, 5.0, 5.0).holds
    assert not Hop("x", 1, 1.0, 5.1, 5.0).holds
