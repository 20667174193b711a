"""A carrier's account as a person writes it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from text911.smpp.national import NUMBERS, SINGLE
from text911.smpp.settings import AccountSettings, ListenSettings, TlsListenSettings
from text911.smpp.timers import SessionLimits

GOOD: dict[str, Any] = {
    "system_id": "carrier",
    "passwords": ["env:SECRET"],
    "allowed_networks": ["203.0.113.0/28", "2001:db8::/32"],
}


def _with(**other: Any) -> dict[str, Any]:
    return GOOD | other


def test_an_account_has_the_figures_of_the_specification_of_this_gateway() -> None:
    account = AccountSettings(**GOOD)
    assert account.limits() == SessionLimits(5.0, 30.0, 10.0, 0.0, 10)
    assert (account.max_binds, account.in_flight_max, account.short_codes) == (4, 500, ["911"])
    assert ListenSettings().port == 2775


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("203.0.113.5", True),
        ("::ffff:203.0.113.5", True),
        ("203.0.113.16", False),
        ("2001:db8::1", True),
        ("::1", False),
    ],
)
def test_only_the_carriers_own_networks_are_allowed(address: str, allowed: bool) -> None:
    assert AccountSettings(**GOOD).allows(address) is allowed


WRONG: list[dict[str, Any]] = [
    {"system_id": ""},
    {"system_id": "x" * 16},
    {"system_id": "a\0b"},
    {"passwords": []},
    {"passwords": ["env:A", "env:B", "env:C"]},
    {"passwords": ["hunter2"]},
    {"passwords": ["env:"]},
    {"passwords": ["plain:123456789"]},
    {"allowed_networks": []},
    {"allowed_networks": ["203.0.113.1/28"]},
    {"short_codes": []},
    {"short_codes": ["x" * 21]},
    {"default_alphabet": "ebcdic"},
    {"outgoing_shifts": ["french"]},
    {"default_alphabet": "latin1", "outgoing_shifts": ["spanish"]},
    {"tls_pins": ["ab" * 20]},
    {"tls_pins": ["ab" * 32] * 5},
    {"rate": -1},
    {"burst": 0},
    {"session_init": 61},
    {"enquire_link": 0},
    {"inactivity": -1},
    {"windoww": 5},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_work_is_refused_and_a_password_is_not_repeated(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as found:
        AccountSettings(**_with(**wrong))
    assert "hunter2" not in str(found.value)
    assert "123456789" not in str(found.value)


def test_the_languages_that_can_be_named_are_those_with_a_table() -> None:
    names = list(NUMBERS)
    assert AccountSettings(**_with(outgoing_shifts=names)).outgoing_shifts == names
    assert list(NUMBERS.values()) == list(SINGLE)


def test_an_account_does_not_show_its_passwords_and_describes_every_key() -> None:
    account = AccountSettings(**_with(passwords=["plain:hunter2"]))
    assert "hunter2" not in repr(account)
    for model in (AccountSettings, ListenSettings):
        assert all(field.description for field in model.model_fields.values())


def test_the_flow_of_an_account_is_not_limited_unless_somebody_says_so() -> None:
    account = AccountSettings(**GOOD)
    assert (account.rate, account.burst) == (0.0, 100)


def test_all_timers_of_a_carrier_can_be_set() -> None:
    figures: dict[str, Any] = {
        "session_init": 2,
        "enquire_link": 15,
        "response_timer": 7,
        "inactivity": 600,
    }
    account = AccountSettings(**GOOD, **figures, window=99)
    assert account.limits() == SessionLimits(2.0, 15.0, 7.0, 600.0, 99)


def test_a_pin_is_kept_as_digits_and_demands_tls() -> None:
    account = AccountSettings(**GOOD, tls_pins=["AB:" * 31 + "AB"])
    assert account.tls_pins == ["ab" * 32]
    assert account.needs_tls
    assert AccountSettings(**GOOD, tls_required=True).needs_tls
    assert not AccountSettings(**GOOD).needs_tls


TLS: dict[str, Any] = {"certificate": "tls/chain.pem", "key": "file:tls/key.pem"}


def test_tls_has_its_own_address() -> None:
    listen = ListenSettings.model_validate({"plain": False, "tls": [TLS]})
    assert [(one.host, one.port) for one in listen.tls] == [("127.0.0.1", 3550)]


@pytest.mark.parametrize("key", ["tls/key.pem", "plain:-----BEGIN", "file:", ""])
def test_a_key_is_a_reference_and_is_never_repeated(key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TlsListenSettings.model_validate(TLS | {"key": key})
    assert "write a reference" in str(refused.value)
    assert not key or key not in str(refused.value).replace("write a reference: file:PATH", "")


def test_somewhere_we_must_listen() -> None:
    with pytest.raises(ValidationError, match="nobody could connect"):
        ListenSettings(plain=False)
