"""What only shows in the whole of a configuration: files that do not fit each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from text911.gateway.config import load

from .directories import append, change, faults, only


def test_two_carriers_with_one_system_id(demo: Path) -> None:
    path = demo / "carriers" / "carrier-b.toml"
    change(path, 'system_id = "carrier-b"', 'system_id = "carrier-a"')
    fault = only(demo)
    assert (fault.file, fault.key) == ("carriers/carrier-b.toml", "account.system_id")
    assert "carriers/carrier-a.toml" in fault.what


def test_a_default_psap_that_is_not_there(demo: Path) -> None:
    append(demo / "carriers" / "carrier-a.toml", 'default_psap = "elm-harbour"\n')
    fault = only(demo)
    assert (fault.key, 'Did you mean "elm-harbor"?' in fault.what) == (
        "location.default_psap",
        True,
    )


def test_a_psap_of_the_routing_without_a_file(demo: Path) -> None:
    (demo / "psaps" / "valley-shore.toml").unlink()
    found = faults(demo)
    assert {fault.file for fault in found} == {"routing.toml"}
    assert any(fault.key == "psaps.valley-shore" and fault.line for fault in found)


def test_a_psap_file_that_no_route_leads_to(demo: Path) -> None:
    (demo / "psaps" / "lonely.toml").write_text('display = "Lonely"\n', encoding="utf-8")
    found = {fault.file: fault.what for fault in faults(demo)}
    assert "no town and no overflow list" in found["psaps/lonely.toml"]


def test_two_listeners_on_one_port(demo: Path) -> None:
    change(demo / "gateway.toml", "port = 8912", "port = 8911")
    fault = only(demo)
    assert (fault.key, "[console]" in fault.what) == ("operations.port", True)


def test_free_ports_do_not_collide(demo: Path) -> None:
    change(demo / "gateway.toml", "port = 8911", "port = 0")
    change(demo / "gateway.toml", "port = 2775", "port = 0")
    assert load(demo, {}).smpp.port == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "console.example.org"])
def test_a_console_in_the_open_needs_tls(demo: Path, host: str) -> None:
    change(
        demo / "gateway.toml",
        '[console]\nhost = "127.0.0.1"',
        f'[console]\nhost = "{host}"',
    )
    fault = only(demo)
    assert (fault.key, "in the clear" in fault.what) == ("console.host", True)
    change(
        demo / "gateway.toml",
        "port = 8911",
        'port = 8911\npublic_url = "https://text911.example.org"',
    )
    assert load(demo, {}).console.host == host


def test_tls_files_have_to_be_there(demo: Path) -> None:
    change(
        demo / "gateway.toml",
        "port = 8911",
        'port = 8911\ntls_certificate = "tls/chain.pem"\ntls_key = "tls/key.pem"',
    )
    assert [fault.key for fault in faults(demo)] == ["console.tls_certificate", "console.tls_key"]


def test_messages_and_limits_are_linted(demo: Path) -> None:
    append(
        demo / "gateway.toml",
        '\n[limits]\ngrace = 600\nforget = 60\n\n[messages]\nlost = "Call 860-555-0142."\n',
    )
    assert {fault.key for fault in faults(demo)} == {"limits.forget", "messages.lost"}


def test_prepared_words_of_a_psap_are_linted_too(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    change(path, "[console]\n", '[console]\nclosing_text = "Call 860-555-0142."\n')
    change(path, "Can you make a voice call to 911?", "Call 203-555-0142.")
    change(path, 'kind = "console"', 'kind = "console"\nended = "Dial 311."')
    found = faults(demo)
    assert [fault.key for fault in found] == [
        "ended",
        "console.closing_text",
        "console.canned[3].text",
    ]
    assert all(fault.line for fault in found)


def test_a_gateway_without_a_carrier_is_advised_of_it(demo: Path) -> None:
    for path in (*(demo / "carriers").iterdir(), *(demo / "lines").iterdir()):
        path.unlink()
    (advice,) = load(demo, {}).advice
    assert "no text can come in" in advice.what


def test_a_console_that_is_no_table_is_a_fault_and_not_a_crash(demo: Path) -> None:
    (demo / "psaps" / "csecc.toml").write_text(
        'display = "CSECC"\nconsole = "yes"\n', encoding="utf-8"
    )
    assert only(demo).key == "console"
    (demo / "psaps" / "csecc.toml").write_text("console = 3\n", encoding="utf-8")
    assert {fault.key for fault in faults(demo)} == {"console", "display"}
