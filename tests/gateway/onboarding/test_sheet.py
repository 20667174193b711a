"""The page for a carrier's engineer: true, short, and without a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from text911.gateway.core.policy import Limits
from text911.gateway.location.settings import CarrierLocationSettings
from text911.gateway.onboarding.codes import CODES
from text911.gateway.onboarding.sheet import (
    COLUMNS,
    LINGER,
    PAUSE_SHARE,
    Sheet,
    as_json,
    lines,
    markdown,
    sheet,
)
from text911.smpp import connection
from text911.smpp.connecting import ConnectSettings
from text911.smpp.settings import AccountSettings, ListenSettings

ACCOUNT = {
    "system_id": "carrier-a",
    "passwords": ["plain:geheim", "env:NEXT"],
    "allowed_networks": ["203.0.113.0/28", "2001:db8::/64"],
}
TLS = {"host": "2001:db8::5", "port": 3551, "certificate": "c.pem", "key": "file:k.pem"}


def made(
    account: dict[str, Any] | None = None,
    listen: dict[str, Any] | None = None,
    location: dict[str, Any] | None = None,
    tests: tuple[str, ...] = (),
) -> Sheet:
    return sheet(
        "demo",
        "carrier-a",
        "Carrier A",
        AccountSettings.model_validate(ACCOUNT | (account or {})),
        ListenSettings.model_validate(listen or {}),
        CarrierLocationSettings.model_validate(location or {}),
        Limits(),
        tests,
    )


def row(page: Sheet, key: str) -> str:
    (found,) = [one.value for part in page.sections for one in part.rows if one.key == key]
    return found


def test_it_fits_on_a_page_also_with_all_there_is_to_say() -> None:
    full = made(
        {"tls_pins": ["ab" * 32, "cd" * 32], "rate": 50, "inactivity": 600},
        {"tls": [TLS]},
        {"source": "tlv", "tlv_tag": 0x1501},
        ("9110",),
    )
    assert len(lines(made())) <= 80
    assert len(lines(full)) <= 84
    for page in (made(), full):
        assert max(map(len, lines(page))) <= COLUMNS


def test_no_form_of_it_holds_a_password_or_says_where_it_is() -> None:
    page = made()
    forms = "\n".join([*lines(page), *markdown(page), json.dumps(as_json(page)), repr(page)])
    for secret in ("geheim", "NEXT", "plain:", "env:"):
        assert secret not in forms
    assert "two are valid" in row(page, "system_id")


def test_every_answer_is_on_it_in_every_form() -> None:
    page = made()
    terminal, table, values = lines(page), markdown(page), as_json(page)
    for code in CODES:
        for status in code.statuses:
            assert any(f"{status.name} {status:02X}" in line for line in terminal)
            assert any(status.name in line.replace("\\", "") for line in table)
    assert sum(len(one["statuses"]) for one in values["codes"]) == sum(
        len(code.statuses) for code in CODES
    )
    assert values["connection"]["address"] == row(page, "address")


@pytest.mark.parametrize(
    ("account", "listen", "address", "tls"),
    [
        ({}, {}, "127.0.0.1:2775 (plain TCP)", "none"),
        ({}, {"tls": [TLS]}, "127.0.0.1:2775 (plain TCP), [2001:db8::5]:3551 (TLS", "offered"),
        ({"tls_required": True}, {"tls": [TLS]}, "[2001:db8::5]:3551 (TLS", "required; a client"),
        ({"tls_pins": ["ab" * 32]}, {"tls": [TLS]}, "[2001:db8::5]:3551", "pinned by SHA-256"),
        ({}, {"plain": False, "tls": [TLS]}, "[2001:db8::5]:3551", "required; a client"),
        ({"tls_required": True}, {}, "none that you may use", "required"),
    ],
)
def test_the_addresses_are_those_that_this_carrier_may_use(
    account: dict[str, Any], listen: dict[str, Any], address: str, tls: str
) -> None:
    page = made(account, listen)
    assert row(page, "address").startswith(address)
    assert tls in row(page, "tls")


def test_what_is_configured_is_what_stands_there() -> None:
    page = made(
        {
            "rate": 50,
            "burst": 7,
            "window": 33,
            "in_flight_max": 44,
            "inactivity": 600,
            "enquire_link": 20,
            "default_alphabet": "latin1",
            "short_codes": ["911", "112"],
        },
        location={"source": "tlv", "tlv_tag": 0x1501},
        tests=("9110",),
    )
    assert "50 texts/s" in row(page, "rate")
    assert "7 at once" in row(page, "rate")
    assert "33 unanswered" in row(page, "window")
    assert "44 unanswered" in row(page, "in_flight_max")
    assert "after 8 s" in row(page, "in_flight_max")
    assert "600 s" in row(page, "timers")
    assert "Latin-1" in row(page, "default_alphabet")
    assert "911, 112" in row(page, "short_codes")
    assert "1501" in row(page, "tlvs_read")
    assert "9110" in row(page, "test_codes")
    spanish = made({"outgoing_shifts": ["spanish", "turkish"]})
    assert "spanish, turkish" in row(spanish, "outgoing_shifts")
    assert "none agreed" in row(made(), "rate")
    assert "for ever" in row(made(), "timers")


def test_the_binds_that_we_make_are_named_with_their_sites() -> None:
    ours = ConnectSettings.model_validate(
        {"host": "203.0.113.7", "port": 2776, "binds": 2, "bind_as": "receiver"}
    )
    page = sheet(
        "demo",
        "a",
        "A",
        AccountSettings.model_validate(ACCOUNT),
        ListenSettings.model_validate({}),
        CarrierLocationSettings(),
        Limits(),
        connect=[ours],
    )
    assert row(page, "connect") == "203.0.113.7:2776 with 2 receiver as carrier-a, plain TCP"


def test_a_cell_of_the_table_cannot_be_broken_by_a_name() -> None:
    page = made({"short_codes": ["9|1_1*"]})
    (line,) = [one for one in markdown(page) if one.startswith("| to us")]
    assert "9\\|1\\_1\\*" in line


def test_the_figures_are_those_of_the_server() -> None:
    assert (LINGER, PAUSE_SHARE) == (connection.LINGER, connection.PAUSE_SHARE)
