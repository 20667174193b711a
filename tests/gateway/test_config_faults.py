"""What each fault of a configuration says: where it is, what is wrong, and never a secret."""

from __future__ import annotations

from pathlib import Path

from text911.gateway.config import Configuration, load
from text911.gateway.secrets import Secret

from .directories import append, change, faults, only

# --- what each fault says ---


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
    assert fault.what.startswith("is no network, which is an address, a slash and how many of its")
    assert "From where the carrier may connect" in fault.what


def test_an_address_in_the_place_of_its_network_is_told_the_network(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", '"127.0.0.0/8"', '"127.0.0.1/8"')
    assert only(demo).what.startswith("is one address of a network, whose name is 127.0.0.0/8. ")


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


# --- files ---


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
    (demo / "carriers" / "carrier-c.toml.2").write_text("", encoding="utf-8")
    (demo / "carriers" / "Carrier-D.toml").write_text("", encoding="utf-8")
    (demo / "psaps" / "more").mkdir()
    (demo / "psaps" / ".swp").write_text("", encoding="utf-8")
    (demo / "psaps" / "README.md").write_text("", encoding="utf-8")
    found = {fault.file: fault.what for fault in faults(demo)}
    assert set(found) == {
        "channels",
        "gatway.toml",
        "carriers/carrier-c.toml.2",
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
