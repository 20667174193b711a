"""Certificates in a configuration: read, judged, compared; nothing of a key is ever repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.certificates import in_days, paper
from text911.gateway.config import Configuration, changes, load
from text911.gateway.configuration.certificates import (
    NoCertificate,
    certificate_of,
    day,
    out_of_date,
)

from ..directories import append, change, copy_of_demo, faults

OURS, OTHER = paper("ours"), paper("other")
DOOR = """
[[smpp.tls]]
port = 3551
certificate = "tls/ours.pem"
key = "file:tls/ours.key"
"""


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """With one door for TLS."""
    directory = copy_of_demo(tmp_path)
    (directory / "tls").mkdir()
    OURS.write(directory / "tls", "ours")
    append(directory / "gateway.toml", DOOR)
    return directory


def test_a_door_has_its_certificate_and_nobody_sees_the_key(demo: Path) -> None:
    loaded = load(demo, {})
    (door,) = loaded.tls
    assert (door.host, door.port) == ("127.0.0.1", 3551)
    assert door.certificate.fingerprint == OURS.fingerprint
    assert day(door.certificate.not_after) == "2999-01-01"
    assert "PRIVATE" not in repr(loaded)
    assert OURS.secret.decode().splitlines()[1] not in repr(loaded)


def test_a_key_may_come_from_the_service_manager(demo: Path, tmp_path: Path) -> None:
    change(demo / "gateway.toml", "file:tls/ours.key", "credential:smpp-key")
    (demo / "tls" / "ours.key").rename(tmp_path / "smpp-key")
    assert load(demo, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).tls


def spoil(demo: Path, what: str) -> None:
    tls = demo / "tls"
    match what:
        case "no certificate":
            (tls / "ours.pem").unlink()
        case "no key":
            (tls / "ours.key").unlink()
        case "mode":
            (tls / "ours.key").chmod(0o644)
        case "nonsense":
            (tls / "ours.pem").write_text("nonsense")
        case "empty":
            (tls / "ours.pem").write_text("")
        case "locked":
            (tls / "ours.key").write_bytes(OURS.locked)
        case _:
            (tls / "ours.key").write_bytes(OTHER.secret)


@pytest.mark.parametrize(
    ("what", "key", "words"),
    [
        ("no certificate", "smpp.tls[1].certificate", "tls/ours.pem cannot be read (No such file"),
        ("no key", "smpp.tls[1].key", "cannot be read (No such file"),
        ("mode", "smpp.tls[1].key", "chmod 600"),
        ("nonsense", "smpp.tls[1].certificate", "is no PEM file"),
        ("empty", "smpp.tls[1].certificate", "is no PEM file"),
        ("locked", "smpp.tls[1].certificate", "without a pass phrase"),
        ("swapped", "smpp.tls[1].certificate", "do not belong together"),
    ],
)
def test_what_is_wrong_with_a_door_is_one_fault_in_words(
    demo: Path, what: str, key: str, words: str
) -> None:
    spoil(demo, what)
    (fault,) = faults(demo)
    assert (fault.file, fault.key) == ("gateway.toml", key)
    assert words in fault.what
    assert fault.line > 0
    assert "PRIVATE" not in str(fault)


def test_two_things_that_are_wrong_are_two_faults(demo: Path) -> None:
    spoil(demo, "no certificate")
    spoil(demo, "mode")
    assert sorted(fault.key for fault in faults(demo)) == [
        "smpp.tls[1].certificate",
        "smpp.tls[1].key",
    ]


def test_two_doors_on_one_port(demo: Path) -> None:
    append(demo / "gateway.toml", DOOR)
    (fault,) = faults(demo)
    assert (fault.key, "[smpp.tls[1]]" in fault.what) == ("smpp.tls[2].port", True)


def test_without_a_plain_door_its_port_is_free(demo: Path) -> None:
    change(demo / "gateway.toml", "port = 2775", "port = 8911\nplain = false")
    assert not load(demo, {}).smpp.plain


@pytest.mark.parametrize(
    ("account", "key"),
    [
        ("tls_required = true", "account.tls_required"),
        (f'tls_pins = ["{OTHER.fingerprint}"]', "account.tls_pins"),
    ],
    ids=["required", "pinned"],
)
def test_who_needs_tls_needs_a_door(tmp_path: Path, account: str, key: str) -> None:
    directory = copy_of_demo(tmp_path)
    file = directory / "carriers" / "carrier-a.toml"
    change(file, "[account]", f"[account]\n{account}")
    (fault,) = faults(directory)
    assert (fault.file, fault.key) == ("carriers/carrier-a.toml", key)
    assert "no [[smpp.tls]]" in fault.what


def test_what_a_faulty_file_names_is_no_stranger(demo: Path) -> None:
    append(demo / "gateway.toml", "[nonsense]\n")
    assert [fault.key for fault in faults(demo)] == ["nonsense"]


# --- time ----------------------------------------------------------------------------------------


def dated(demo: Path, start: datetime, end: datetime) -> Configuration:
    paper("ours", start=start, end=end).write(demo / "tls", "ours")
    return load(demo, {})


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(-9, -1, "has run out on"), (1, 9, "is not valid before"), (-1, 1, "")],
)
def test_a_certificate_is_judged_by_the_date(
    demo: Path, start: float, end: float, words: str
) -> None:
    loaded = dated(demo, in_days(start), in_days(end))
    found = list(out_of_date(loaded.tls, datetime.now(UTC).timestamp()))
    assert [door for door, _ in found] == list(loaded.tls)[: len(found)]
    assert bool(found) == bool(words)
    for _, fault in found:
        assert fault.key == "smpp.tls[1].certificate"
        assert words in fault.what


def test_what_is_no_certificate_says_so() -> None:
    with pytest.raises(NoCertificate, match="no PEM file"):
        certificate_of(b"", b"")


# --- a reload ------------------------------------------------------------------------------------


def said(before: Configuration, after: Configuration) -> list[str]:
    return [str(one) for one in changes(before, after)]


def test_another_certificate_is_said_with_its_fingerprint_and_needs_no_restart(demo: Path) -> None:
    before = load(demo, {})
    OTHER.write(demo / "tls", "ours")
    (words,) = said(before, load(demo, {}))
    assert OTHER.fingerprint[:16] in words
    assert "valid until 2999-01-01" in words
    assert "restart" not in words


def test_another_door_needs_a_restart(demo: Path) -> None:
    before = load(demo, {})
    assert said(before, replace(before, tls=())) == [
        "smpp.tls: where we listen with TLS changed (needs a restart)"
    ]
    assert said(before, before) == []


def test_how_many_failures_are_too_many_needs_no_restart(demo: Path) -> None:
    before = load(demo, {})
    change(demo / "gateway.toml", "port = 2775", "port = 2775\nfailures_in_a_row = 3")
    assert said(before, load(demo, {})) == ["smpp.failures_in_a_row: 10 is now 3"]
