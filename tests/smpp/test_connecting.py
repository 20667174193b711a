"""What a person writes down about binds that are ours to make."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from text911.smpp.backoff import Pauses
from text911.smpp.connecting import (
    AwaitOutbindSettings,
    ConnectSettings,
    OutbindListenSettings,
    OutbindSettings,
)
from text911.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter

PIN = "ab" * 32
SITE: dict[str, Any] = {"host": "smsc1.example.net", "port": 2775}


def test_what_is_left_out_is_a_transceiver_of_3_4_in_the_accounts_name() -> None:
    settings = ConnectSettings(**SITE)
    assert settings.bind("node", "sesame") == BindTransceiver("node", "sesame")
    assert (settings.binds, settings.replies_as) == (1, "submit_sm")
    assert settings.pauses() == Pauses(1.0, 60.0)


@pytest.mark.parametrize(
    ("bind_as", "kind"),
    [("receiver", BindReceiver), ("transmitter", BindTransmitter),
     ("transceiver", BindTransceiver)],
)  # fmt: skip
@pytest.mark.parametrize(("written", "version"), [("3.3", 0x33), ("3.4", 0x34), ("5.0", 0x50)])
def test_every_kind_of_bind_may_be_written_in_every_version(
    bind_as: str, kind: Any, written: str, version: int
) -> None:
    settings = ConnectSettings.model_validate(
        SITE
        | {
            "bind_as": bind_as,
            "interface_version": written,
            "system_id": "own",
            "system_type": "sms",
            "address_range": "^911",
        }
    )
    expected = kind("own", "pw", "sms", version, 0, 0, "^911")
    assert settings.bind("node", "pw") == expected


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"port": 0}, "greater than or equal to 1"),
        ({"host": ""}, "at least 1 character"),
        ({"binds": 0}, "greater than or equal to 1"),
        ({"bind_as": "sender"}, "transceiver"),
        ({"system_id": "x" * 16}, "at most 15"),
        ({"system_id": "ünode"}, "printable ASCII"),
        ({"password": "sesame"}, "write a reference"),
        ({"retry_first": 9.0, "retry_longest": 3.0}, "longer than retry_longest"),
        ({"replies_as": "data_sm", "interface_version": "3.3"}, "came with SMPP 3.4"),
        ({"speed": 9}, "Extra inputs"),
        ({"tls": True}, "needs tls_pins"),
        ({"tls_pins": [PIN]}, "for tls = true"),
        ({"tls": True, "tls_pins": ["sesame"]}, "fingerprint"),
        ({"tls": True, "tls_pins": [PIN], "tls_certificate": "own.pem"}, "belong together"),
        ({"tls": True, "tls_pins": [PIN], "tls_key": "plain:sesame"}, "write a reference"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        ConnectSettings(**{**SITE, **wrong})
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize("model", [ConnectSettings, OutbindSettings])
def test_whoever_we_connect_to_over_tls_is_pinned(
    model: type[ConnectSettings | OutbindSettings],
) -> None:
    with pytest.raises(ValidationError, match="needs tls_pins"):
        model.model_validate({**SITE, "tls": True})
    assert model.model_validate({**SITE, "tls": True, "tls_pins": [PIN.upper()]}).tls_pins == [PIN]


def test_a_site_over_tls_has_the_pin_of_its_message_centre() -> None:
    settings = ConnectSettings(**SITE, tls=True, tls_pins=[PIN.upper()])
    assert settings.tls_pins == [PIN]
    ours = {"tls_certificate": "own.pem", "tls_key": "file:own.key"}
    assert ConnectSettings.model_validate({**SITE, "tls": True, "tls_pins": [PIN], **ours}).tls


def test_a_carrier_that_wants_to_be_asked_is_written_like_a_site() -> None:
    assert OutbindSettings(**SITE, retry_longest=5.0).pauses() == Pauses(1.0, 5.0)


def test_who_asks_us_to_bind_must_have_a_name_and_may_have_a_password() -> None:
    settings = AwaitOutbindSettings(asks_as="smsc", asks_with="env:SMSC", password="file:own")
    assert settings.bind("node", "own") == BindTransceiver("node", "own")
    assert "env:SMSC" not in repr(settings)
    nameless: dict[str, Any] = {"asks_as": ""}
    for wrong in (nameless, {"asks_as": "smsc", "asks_with": "please"}, {}):
        with pytest.raises(ValidationError):
            AwaitOutbindSettings.model_validate(wrong)


def test_nobody_is_listened_for_unless_a_port_is_written() -> None:
    assert OutbindListenSettings().port is None
    assert OutbindListenSettings(port=0).port == 0
