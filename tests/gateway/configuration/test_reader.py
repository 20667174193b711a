"""Reading a directory: what is opened, what is passed over, and where a fault is said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.directories import append, change
from text911.gateway.configuration.faults import ConfigurationErrors, Fault
from text911.gateway.configuration.reader import FILE_SIZE_MAX, TOLERATED, Reader
from text911.gateway.secrets import Secret
from text911.smpp.settings import PASSWORD_MAX


def faults(directory: Path, **environ: str) -> tuple[Fault, ...]:
    with pytest.raises(ConfigurationErrors) as caught:
        Reader(directory, environ).read()
    return caught.value.faults


def test_a_directory_without_a_fault_is_read_whole(demo: Path) -> None:
    read = Reader(demo, {}).read()
    assert read.gateway is read.files.gateway
    assert read.routing is read.files.routing
    assert set(read.files.carriers) == {"carrier-a", "carrier-b"}
    assert read.files.psap_names == set(read.files.psaps)
    assert read.passwords == {
        "carrier-a": (Secret("demo-a"),),
        "carrier-b": (Secret("demo-b"),),
    }


def test_parties_are_read_in_the_order_of_their_names(demo: Path) -> None:
    names = list(Reader(demo, {}).read().files.psaps)
    assert names == sorted(names)


def test_a_directory_that_is_a_file_is_no_directory(demo: Path) -> None:
    (fault,) = faults(demo / "gateway.toml")
    assert "no such directory" in fault.what
    assert fault.file == str(demo / "gateway.toml")


@pytest.mark.parametrize("room", ["carriers", "psaps"])
def test_a_room_that_is_missing_or_a_file_is_one_fault(demo: Path, room: str) -> None:
    for path in (demo / room).iterdir():
        path.unlink()
    (demo / room).rmdir()
    assert str(faults(demo)[0]) == f"{room}: there is no such directory; create it."
    (demo / room).write_text("", encoding="utf-8")
    assert str(faults(demo)[0]) == f"{room}: there is no such directory; create it."


COPIES = ("gateway.toml~", "a.toml.bak", "b.toml.dpkg-dist", "c.toml.rpmsave", "d.toml.disabled")


@pytest.mark.parametrize("name", [*sorted(TOLERATED), ".git", ".gateway.toml.swp", *COPIES])
def test_what_belongs_to_people_may_lie_anywhere(demo: Path, name: str) -> None:
    for place in (demo, demo / "carriers", demo / "psaps"):
        (place / name).write_text("for people", encoding="utf-8")
    Reader(demo, {}).read()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("elm.json", "no NAME.toml file"),
        ("elm", "no NAME.toml file"),
        ("elm.TOML", "no NAME.toml file"),
        ("Elm.toml", "lower-case letters"),
        ("elm harbor.toml", "lower-case letters"),
        (f"{'e' * 41}.toml", "at most 40"),
    ],
)
def test_a_party_s_file_that_would_not_be_read_is_named(demo: Path, name: str, words: str) -> None:
    (demo / "carriers" / name).write_text("", encoding="utf-8")
    (fault,) = faults(demo)
    assert fault.file == f"carriers/{name}"
    assert words in fault.what


def test_a_file_of_the_longest_length_is_read_and_one_octet_more_is_not(demo: Path) -> None:
    path = demo / "gateway.toml"
    missing = FILE_SIZE_MAX - path.stat().st_size
    append(path, "#" * missing)
    assert path.stat().st_size == FILE_SIZE_MAX
    Reader(demo, {}).read()
    append(path, "#")
    (fault,) = faults(demo)
    assert fault.what == f"is longer than {FILE_SIZE_MAX} octets; make it shorter."


def test_the_line_of_a_fault_across_files_is_found_too(demo: Path) -> None:
    path = demo / "carriers" / "carrier-b.toml"
    change(path, 'system_id = "carrier-b"', 'system_id = "carrier-a"')
    (fault,) = faults(demo)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[fault.line - 1].startswith("system_id")


def test_of_two_secrets_the_one_that_leads_nowhere_is_counted_out(demo: Path) -> None:
    path = demo / "carriers" / "carrier-a.toml"
    change(path, '["plain:demo-a"]', '["env:OLD", "env:NEW"]')
    (fault,) = faults(demo, OLD="old")
    assert fault.key == "account.passwords[2]"
    assert "NEW" in fault.what


def test_both_secrets_of_a_change_over_are_taken(demo: Path) -> None:
    path = demo / "carriers" / "carrier-a.toml"
    change(path, '["plain:demo-a"]', '["env:OLD", "env:NEW"]')
    read = Reader(demo, {"OLD": "old", "NEW": "new"}).read()
    assert read.passwords["carrier-a"] == (Secret("old"), Secret("new"))


@pytest.mark.parametrize(
    ("secret", "good"),
    [
        ("x", True),
        ("x" * PASSWORD_MAX, True),
        ("a b!~", True),
        ("x" * (PASSWORD_MAX + 1), False),
        ("caf\xe9", False),
        ("a\tb", False),
        ("a\x00b", False),
    ],
)
def test_a_secret_must_fit_into_a_bind(demo: Path, secret: str, good: bool) -> None:
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "env:SECRET")
    if good:
        Reader(demo, {"SECRET": secret}).read()
        return
    (fault,) = faults(demo, SECRET=secret)
    assert "printable ASCII" in fault.what
    assert secret not in str(fault)


@pytest.mark.parametrize("path", ["gateway.toml", "routing.toml"])
def test_a_file_that_cannot_be_understood_leaves_the_others_to_be_checked(
    demo: Path, path: str
) -> None:
    (demo / path).write_text("= 7", encoding="utf-8")
    change(demo / "carriers" / "carrier-b.toml", 'source = "simulated"', 'source = "simulate"')
    assert {fault.file for fault in faults(demo)} == {path, "carriers/carrier-b.toml"}


def test_with_a_faulty_gateway_file_a_plain_secret_is_no_second_fault(demo: Path) -> None:
    append(demo / "gateway.toml", "\n[limits]\nreach = 11\n")
    assert [fault.key for fault in faults(demo)] == ["limits.reach"]


def test_every_place_that_the_files_name_may_be_there(demo: Path) -> None:
    change(
        demo / "gateway.toml",
        "port = 8911",
        'port = 8911\ntls_certificate = "tls/chain.pem"\ntls_key = "keys/key.pem"',
    )
    change(demo / "routing.toml", 'boundaries = "demo"', 'boundaries = "maps/towns.geojson"')
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "file:secrets/a")
    for name in ("tls/chain.pem", "keys/key.pem", "maps/towns.geojson", "secrets/a"):
        (demo / name).parent.mkdir()
        (demo / name).write_text("hush", encoding="utf-8")
        (demo / name).chmod(0o600)
    Reader(demo, {}).read()
    (demo / "more").mkdir()
    (fault,) = faults(demo)
    assert (fault.file, "nothing here is read" in fault.what) == ("more", True)


@pytest.mark.parametrize("slip", ["port = x", "prot = 1"])
def test_for_a_slip_in_its_file_nobody_is_told_to_take_the_journal_away(
    demo: Path, slip: str
) -> None:
    change(demo / "gateway.toml", "port = 2775", slip)
    (demo / "journal").mkdir()
    (demo / "notes.txt").write_text("x", encoding="utf-8")
    assert {fault.file for fault in faults(demo)} == {"gateway.toml", "notes.txt"}
