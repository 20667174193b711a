"""Binds that are ours to make, in the files of a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certificates import paper
from text911.gateway.config import ConfigurationErrors, Reach, changes, load
from text911.gateway.secrets import Secret
from text911.smpp.connecting import AwaitOutbindSettings, ConnectSettings, OutbindSettings

from ..directories import append, change, only

CARRIER = "carriers/carrier-a.toml"
SITE = """
[[connect]]
host = "smsc1.example.net"
port = 2775
"""


def reaches(directory: Path, environ: dict[str, str] | None = None) -> tuple[Reach, ...]:
    loaded = load(directory, environ or {})
    return loaded.carriers[0].reaches


def test_a_site_takes_the_accounts_password_unless_it_has_its_own(demo: Path) -> None:
    append(demo / CARRIER, SITE + SITE + 'password = "env:SMSC"\n')
    one, other = reaches(demo, {"SMSC": "sesame"})
    assert isinstance(one.settings, ConnectSettings)
    assert (one.password, other.password) == (Secret("demo-a"), Secret("sesame"))


def test_outbinds_either_way_stand_beside_the_sites(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[outbind]\nport = 0\n")
    append(
        demo / CARRIER,
        '\n[[outbind]]\nhost = "esme"\nport = 2776\n'
        '\n[[await_outbind]]\nasks_as = "smsc"\nasks_with = "plain:please"\n',
    )
    ours, theirs = reaches(demo)
    assert isinstance(ours.settings, OutbindSettings)
    assert isinstance(theirs.settings, AwaitOutbindSettings)
    assert (ours.asks_with, theirs.asks_with) == (None, Secret("please"))
    assert load(demo, {}).outbind.port == 0


def test_an_outbind_over_tls_shows_a_certificate_and_is_a_door_for_who_needs_one(
    demo: Path,
) -> None:
    ours = paper("ours")
    ours.write(demo, "ours")
    shown = f'tls = true\ntls_pins = ["{ours.fingerprint}"]\ntls_certificate = "ours.pem"\n'
    table = f'\n[[outbind]]\nhost = "esme"\nport = 2776\n{shown}tls_key = "file:ours.key"\n'
    append(demo / CARRIER, table)
    change(demo / CARRIER, "[account]", f'[account]\ntls_pins = ["{ours.fingerprint}"]')
    (one,) = reaches(demo)
    assert one.identity is not None
    assert one.identity.chain == ours.chain
    assert [str(a) for a in load(demo, {}).advice if "ours" in str(a)] == []
    (demo / "ours.key").unlink()
    fault = only(demo)
    assert (fault.file, fault.key) == (CARRIER, "outbind[1].tls_key")


def test_a_password_that_leads_nowhere_or_does_not_fit_is_a_fault_at_its_place(demo: Path) -> None:
    append(demo / CARRIER, SITE + 'password = "env:SMSC"\n')
    fault = only(demo)
    assert (fault.file, fault.key) == (CARRIER, "connect[1].password")
    with pytest.raises(ConfigurationErrors, match=r"connect\[1\].password") as raised:
        load(demo, {"SMSC": "far too long for SMPP"})
    assert "far too long" not in str(raised.value)


def test_to_await_an_outbind_without_listening_for_it_is_a_fault(demo: Path) -> None:
    append(demo / CARRIER, '\n[[await_outbind]]\nasks_as = "smsc"\n')
    fault = only(demo)
    assert (fault.file, fault.key) == (CARRIER, "await_outbind")
    assert "[outbind]" in fault.what


def test_two_that_ask_under_one_name_could_not_be_told_apart(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[outbind]\nport = 0\n")
    append(demo / CARRIER, 2 * '\n[[await_outbind]]\nasks_as = "smsc"\n')
    assert only(demo).key == "await_outbind[2].asks_as"


def test_the_port_for_outbinds_is_nobody_elses(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[outbind]\nport = 2775\n")
    assert "already that of [smpp]" in only(demo).what or "[outbind]" in only(demo).what


def test_a_reload_says_that_sites_changed_and_that_the_port_needs_a_restart(demo: Path) -> None:
    before = load(demo, {})
    append(demo / CARRIER, SITE)
    append(demo / "gateway.toml", "\n[outbind]\nport = 0\n")
    said = [str(one) for one in changes(before, load(demo, {}))]
    assert "carrier carrier-a: reaches changed" in said
    assert "outbind.port changed (needs a restart)" in said
