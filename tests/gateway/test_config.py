"""A configuration directory: a value, or every fault at once, and never a secret in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from text911.gateway.config import Configuration, ConfigurationErrors, Fault, load
from text911.gateway.core.policy import Limits
from text911.gateway.core.values import PsapName
from text911.gateway.secrets import Secret

from .directories import DEMO, EXAMPLE, append, change, copy_of_demo


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path)


def faults(directory: Path, environ: dict[str, str] | None = None) -> tuple[Fault, ...]:
    with pytest.raises(ConfigurationErrors) as raised:
        load(directory, environ or {})
    return raised.value.faults


def only(directory: Path) -> Fault:
    (fault,) = faults(directory)
    return fault


# --- a good one --------------------------------------------------------------------------------


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


# --- all faults at once -------------------------------------------------------------------------


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


# --- what each fault says -----------------------------------------------------------------------


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_known_one(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[limits]\ngarce = 60\n")
    fault = only(demo)
    lines = (demo / "gateway.toml").read_text(encoding="utf-8").splitlines()
    assert lines[fault.line - 1] == "garce = 60"
    assert 'Did you mean "grace"?' in fault.what


def test_a_key_like_no_other_gets_the_list(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[limits]\nxyzzy = 60\n")
    assert "Known here: location, shown" in only(demo).what


def test_a_misspelt_table_is_named(demo: Path) -> None:
    change(demo / "gateway.toml", "[operations]", "[operation]")
    fault = only(demo)
    assert (fault.key, 'Did you mean "operations"?' in fault.what) == ("operation", True)


def test_a_wrong_choice_says_which_there_are(demo: Path) -> None:
    path = demo / "carriers" / "carrier-a.toml"
    change(path, 'source = "simulated"', 'source = "simulate"')
    fault = only(demo)
    assert fault.key == "location.source"
    assert "'profile', 'tlv', 'simulated'" in fault.what
    assert 'Did you mean "simulated"?' in fault.what


def test_a_choice_that_is_no_word_is_refused_without_a_guess(demo: Path) -> None:
    change(demo / "psaps" / "csecc.toml", 'kind = "console"', "kind = 7")
    assert only(demo).what == "must be one of 'console', 'tty'."


def test_a_value_out_of_range_is_explained(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[limits]\nreach = 11\n")
    assert "less than or equal to 10. By then it is clear" in only(demo).what


def test_a_missing_key_is_explained(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", 'system_id = "carrier-a"\n', "")
    fault = only(demo)
    assert fault.key == "account.system_id"
    assert fault.what.startswith("this key is missing. The name the carrier binds with")


def test_a_wrong_network_is_one_fault_although_there_are_two_kinds(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", '"127.0.0.0/8"', '"everywhere"')
    fault = only(demo)
    assert fault.key == "account.allowed_networks[1]"
    assert "From where the carrier may connect" in fault.what


def test_a_wrong_form_is_explained_in_words_and_not_by_a_pattern(demo: Path) -> None:
    change(demo / "psaps" / "csecc.toml", 'name = "position-1"', 'name = "-?-"')
    fault = only(demo)
    assert fault.key == "console.users[1].name"
    assert "Log-in name" in fault.what
    assert "^" not in fault.what


def test_what_stood_in_a_secret_place_is_never_repeated(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", '"plain:demo-a"', '"hunter22"')
    path = demo / "psaps" / "csecc.toml"
    text = path.read_text(encoding="utf-8")
    start = text.index('password_hash = "')
    end = text.index("\n", start)
    path.write_text(
        f'{text[:start]}password_hash = "hunter22"{text[end:]}',
        encoding="utf-8",
    )
    found = faults(demo)
    assert {fault.key for fault in found} == {
        "account.passwords",
        "console.users[1].password_hash",
    }
    assert "hunter22" not in "\n".join(map(str, found))


def test_a_secret_that_smpp_cannot_carry_is_named_and_not_shown(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "env:LONG")
    (fault,) = faults(demo, {"LONG": "much-too-long"})
    assert "1 to 8 printable ASCII" in fault.what
    assert "much-too" not in str(fault)


def test_a_plain_secret_outside_a_demonstration_is_refused(demo: Path) -> None:
    change(demo / "gateway.toml", "demonstration = true", "demonstration = false")
    found = faults(demo)
    assert {fault.key for fault in found} == {"account.passwords[1]", "location.source"}
    assert len(found) == 4


def test_a_file_of_secrets_others_can_read_is_refused(demo: Path) -> None:
    secret = demo / "secrets" / "a"
    secret.parent.mkdir()
    secret.write_text("hush", encoding="utf-8")
    secret.chmod(0o644)
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "file:secrets/a")
    assert f"chmod 600 {secret}" in only(demo).what
    secret.chmod(0o600)
    assert load(demo, {}).carriers[0].passwords == (Secret("hush"),)


# --- files --------------------------------------------------------------------------------------


def test_a_directory_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    assert "no such directory" in only(tmp_path / "gone").what


def test_an_empty_directory_names_everything_it_lacks(tmp_path: Path) -> None:
    assert {fault.file for fault in faults(tmp_path)} == {
        "gateway.toml",
        "routing.toml",
        "carriers",
        "psaps",
    }


def test_what_nobody_reads_is_named(demo: Path) -> None:
    (demo / "channels").mkdir()
    (demo / "gatway.toml").write_text("", encoding="utf-8")
    (demo / "carriers" / "carrier-c.toml.old").write_text("", encoding="utf-8")
    (demo / "carriers" / "Carrier-D.toml").write_text("", encoding="utf-8")
    (demo / "psaps" / "more").mkdir()
    (demo / "psaps" / ".swp").write_text("", encoding="utf-8")
    (demo / "psaps" / "README.md").write_text("", encoding="utf-8")
    found = {fault.file: fault.what for fault in faults(demo)}
    assert set(found) == {
        "channels",
        "gatway.toml",
        "carriers/carrier-c.toml.old",
        "carriers/Carrier-D.toml",
        "psaps/more",
    }
    assert 'Did you mean "gateway.toml"?' in found["gatway.toml"]
    assert "lower-case" in found["carriers/Carrier-D.toml"]


def test_what_the_gateway_itself_writes_there_is_no_stranger(demo: Path) -> None:
    append(demo / "gateway.toml", 'health_log = "health.jsonl"\n')
    (demo / "health.jsonl").write_text("", encoding="utf-8")
    (demo / "journal").mkdir()
    assert isinstance(load(demo, {}), Configuration)


def test_a_file_that_is_no_toml_says_where(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[limits\n")
    fault = only(demo)
    assert fault.file == "gateway.toml"
    assert "is not TOML" in fault.what
    assert "line" in fault.what


def test_a_file_that_is_no_text_says_where(demo: Path) -> None:
    (demo / "gateway.toml").write_bytes(b"a = \xff")
    assert "not UTF-8 text at octet 4" in only(demo).what


def test_an_endless_file_is_refused(demo: Path) -> None:
    (demo / "gateway.toml").write_bytes(b"#" * 1_000_001)
    assert "longer than" in only(demo).what


def test_a_directory_in_the_place_of_a_file_is_named(demo: Path) -> None:
    (demo / "gateway.toml").unlink()
    (demo / "gateway.toml").mkdir()
    assert "cannot be read" in only(demo).what


# --- what only shows in the whole ---------------------------------------------------------------


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
