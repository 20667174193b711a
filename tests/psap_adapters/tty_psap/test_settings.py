"""What may be written about a PSAP that has only a TTY."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import ValidationError

from text911.psap_adapters.tty_psap.settings import TtyPsapSettings

URI = "sip:8605550199@192.0.2.10"


def settings(**keys: Any) -> TtyPsapSettings:
    return TtyPsapSettings.model_validate({"uri": URI, **keys})


def test_an_address_is_enough() -> None:
    found = settings()
    assert str(found.target) == URI
    assert found.through is None
    assert found.transport == "UDP"
    assert found.heard_from == (ip_network("192.0.2.10/32"),)
    assert found.terms().by == "TTY at 8605550199"
    assert found.pace().bit_ms == 22
    assert settings(baud=50).pace().bit_ms == 20


def test_a_proxy_is_where_all_of_it_goes() -> None:
    found = settings(uri="sip:elm.example.net", proxy="sip:[2001:db8::1];transport=tcp")
    assert found.transport == "TCP"
    assert found.heard_from == (ip_network("2001:db8::1/128"),)
    assert str(found.through) == "sip:[2001:db8::1];transport=tcp"
    assert found.terms().by == "TTY at elm.example.net"


def test_a_name_needs_the_networks_behind_it() -> None:
    name = "sip:8605550199@pbx.example.net"
    found = settings(uri=name, networks=["192.0.2.0/28"])
    assert found.heard_from == (ip_network("192.0.2.0/28"),)
    with pytest.raises(ValidationError, match="give networks"):
        settings(uri=name)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"uri": "tel:8605550199"}, "no SIP address"),
        ({"uri": "8605550199"}, "no SIP address"),
        ({"proxy": "sip:"}, "no SIP address"),
        ({"tls_authorities": "ca.pem"}, "with ;transport=tls"),
        ({"uri": "sip:1@192.0.2.10;transport=tls", "tls_key": "env:A"}, "belong together"),
        ({"uri": "sip:1@192.0.2.10;transport=tls", "tls_key": "plain:A"}, "write a reference"),
        ({"host": "0.0.0.0"}, "name one address"),
        ({"media_host": "elm"}, "does not appear to be"),
        ({"password": "secret", "username": "a"}, "write a reference"),
        ({"username": "a"}, "belong together"),
        ({"announcement": "FROM {who} GA"}, "only {number} and {place}"),
        ({"announcement": "text GA"}, "no TTY can print"),
        ({"announcement": "GA }"}, "Single '}'"),
        ({"closing": "bye"}, "no TTY can print"),
        ({"baud": 47.6}, "45.45 or 50"),
        ({"stop_bits": 3}, "1, 1.42, 1.5 or 2"),
        ({"session_timer": 89}, "below 90 s"),
        ({"rtp_ports": [20_001, 20_002]}, "has 0 ports in pairs, and lines = 1 needs 2"),
        ({"lines": 60}, "less than or equal to 50"),
        ({"line": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_is_refused_in_words(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        settings(**keys)
    assert "secret" not in str(caught.value)


def test_what_can_be_is_taken() -> None:
    found = settings(
        username="a", password="env:A", proxy="", session_timer=0, media_host="192.0.2.9",
        stop_bits=1.5, announcement="{number} GA", rtp_ports=[20_001, 20_003],
    )  # fmt: skip
    assert found.terms().announcement == "{number} GA"
