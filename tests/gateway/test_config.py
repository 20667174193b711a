"""A configuration directory: a value, or every fault at once, and never a secret in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from text911.gateway.config import ConfigurationErrors, load
from text911.gateway.core.policy import Limits
from text911.gateway.core.values import PsapName
from text911.gateway.secrets import Secret

from .directories import DEMO, EXAMPLE, append, change, faults, only

# --- a good one ---


def test_the_demonstration_is_good_and_says_what_it_is() -> None:
    loaded = load(DEMO, {})
    assert [carrier.name for carrier in loaded.carriers] == ["carrier-a", "carrier-b"]
    assert [carrier.group for carrier in loaded.carriers] == ["carrier-a", "carrier-b"]
    assert len(loaded.psaps) == 8
    assert loaded.demonstration
    assert (loaded.smpp.port, loaded.console.port, loaded.operations.port) == (2775, 8911, 8912)
    assert loaded.carriers[0].passwords == (Secret("demo-a"),)
    assert loaded.policy.limits == Limits()
    assert loaded.journal_path == DEMO / "journal" / "text911.journal"
    assert loaded.advice == ()


def test_every_demonstration_psap_has_one_of_each_role_with_the_documented_password() -> None:
    from argon2 import PasswordHasher

    hasher = PasswordHasher()
    documented = "demo-only-911"
    assert f"`{documented}`" in (DEMO / "README.md").read_text(encoding="utf-8")
    roles: dict[str, str] = {}
    for psap in load(DEMO, {}).psaps:
        roles = {user.role: user.password_hash for user in psap.console.users}
        assert set(roles) == {"telecommunicator", "supervisor"}
        assert psap.console.display_name == psap.display
    # argon2 is slow on purpose: one of them stands for all
    assert all(hasher.verify(password_hash, documented) for password_hash in roles.values())


def test_the_example_is_good_but_for_the_secret_it_cannot_know(tmp_path: Path) -> None:
    (fault,) = faults(EXAMPLE)
    assert (fault.file, fault.key) == (
        "carriers/example-carrier.toml",
        "account.passwords[1]",
    )
    (tmp_path / "example-carrier").write_text("hush\n", encoding="utf-8")
    loaded = load(EXAMPLE, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert loaded.carriers[0].passwords == (Secret("hush"),)
    assert {advice.key for advice in loaded.advice} == {"console.users", "boundaries"}


def test_no_secret_is_in_the_repr_of_a_configuration() -> None:
    shown = repr(load(DEMO, {}))
    assert "demo-a" not in shown
    assert "argon2id" not in shown


def test_loading_twice_gives_equal_values() -> None:
    assert load(DEMO, {}) == load(DEMO, {})


def test_a_relative_directory_is_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DEMO.parent)
    assert load(Path("demo"), {}) == load(DEMO, {})


def test_the_environment_of_the_process_serves_when_no_other_is_given(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARRIER_A", "hush")
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "env:CARRIER_A")
    assert load(demo).carriers[0].passwords == (Secret("hush"),)


def test_a_psaps_closing_note_becomes_part_of_the_policy(demo: Path) -> None:
    path = demo / "psaps" / "elm-harbor.toml"
    change(path, 'kind = "console"', 'kind = "console"\nended = "Elm Harbor closed this."')
    (ended,) = load(demo, {}).policy.ended
    assert (ended[0], ended[1].text) == (PsapName("elm-harbor"), "Elm Harbor closed this.")


def test_imported_boundaries_are_found_beside_the_routing(demo: Path) -> None:
    change(demo / "routing.toml", 'boundaries = "demo"', 'boundaries = "towns.geojson"')
    assert only(demo).key == "boundaries"
    (demo / "towns.geojson").write_text("{}", encoding="utf-8")
    assert load(demo, {}).boundaries_path == demo / "towns.geojson"


# --- all faults at once ---


def test_every_fault_is_found_in_one_run(demo: Path) -> None:
    append(demo / "gateway.toml", '\n[limits]\nreach = 11\n\n[messages]\nbounce = "No."\n')
    change(demo / "carriers" / "carrier-a.toml", "system_id", "sistem_id")
    change(demo / "carriers" / "carrier-b.toml", "plain:demo-b", "env:NOT_SET")
    change(demo / "routing.toml", 'out_of_state = "statewide default"', 'out_of_state = "bounse"')
    change(demo / "psaps" / "csecc.toml", 'kind = "console"', 'kind = "consol"')
    (demo / "notes.txt").write_text("x", encoding="utf-8")
    found = faults(demo)
    assert {(fault.file, fault.key) for fault in found} == {
        ("gateway.toml", "limits.reach"),
        ("carriers/carrier-a.toml", "account.sistem_id"),
        ("carriers/carrier-a.toml", "account.system_id"),
        ("carriers/carrier-b.toml", "account.passwords[1]"),
        ("routing.toml", "out_of_state"),
        ("psaps/csecc.toml", "kind"),
        ("notes.txt", ""),
    }
    assert all(fault.line for fault in found if fault.key)


def test_the_message_of_the_exception_is_one_line_per_fault(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", "system_id", "sistem_id")
    with pytest.raises(ConfigurationErrors) as raised:
        load(demo, {})
    lines = str(raised.value).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("carriers/carrier-a.toml:7: account.sistem_id: ")


def test_a_faulty_file_does_not_cause_faults_elsewhere(demo: Path) -> None:
    change(demo / "psaps" / "csecc.toml", "display", "dispaly")
    assert [(fault.file, fault.key) for fault in faults(demo)] == [
        ("psaps/csecc.toml", "display"),
        ("psaps/csecc.toml", "dispaly"),
    ]
