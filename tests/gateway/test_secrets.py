"""Secrets are found where the reference says, and never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from text911.gateway.secrets import SECRET_SIZE_MAX, Secret, SecretProblem, resolve

VALUE = "hush-911"


def written(path: Path, octets: bytes = VALUE.encode() + b"\n", mode: int = 0o600) -> Path:
    path.write_bytes(octets)
    path.chmod(mode)
    return path


def test_a_secret_does_not_print() -> None:
    secret = Secret(VALUE)
    assert VALUE not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == VALUE


def test_secrets_compare_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_the_environment_is_asked(tmp_path: Path) -> None:
    assert resolve("env:KEY", tmp_path, {"KEY": VALUE}).reveal() == VALUE
    with pytest.raises(SecretProblem, match="variable KEY is not set"):
        resolve("env:KEY", tmp_path, {})


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_guarded_file_is_read_without_its_line_end(tmp_path: Path, mode: int) -> None:
    written(tmp_path / "s", mode=mode)
    assert resolve("file:s", tmp_path, {}).reveal() == VALUE
    assert resolve(f"file:{tmp_path / 's'}", Path("/"), {}).reveal() == VALUE
    written(tmp_path / "crlf", VALUE.encode() + b"\r\n")
    assert resolve("file:crlf", tmp_path, {}).reveal() == VALUE


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o700, 0o666])
def test_a_file_others_can_use_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "s", mode=mode)
    with pytest.raises(SecretProblem, match=f"chmod 600 {path}") as raised:
        resolve("file:s", tmp_path, {})
    assert VALUE not in str(raised.value)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xff\xfehush", "not UTF-8"),
        (b"x" * (SECRET_SIZE_MAX + 1), "longer than"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, octets: bytes, words: str) -> None:
    written(tmp_path / "s", octets)
    with pytest.raises(SecretProblem, match=words) as raised:
        resolve("file:s", tmp_path, {})
    assert raised.value.__cause__ is None
    assert "hush" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretProblem, match=f"{tmp_path / 'gone'} cannot be read"):
        resolve("file:gone", tmp_path, {})


def test_a_credential_is_in_systemds_directory(tmp_path: Path) -> None:
    written(tmp_path / "carrier-a", mode=0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert resolve("credential:carrier-a", Path(os.sep), environ).reveal() == VALUE
    with pytest.raises(SecretProblem, match="LoadCredential=carrier-a"):
        resolve("credential:carrier-a", tmp_path, {})


@pytest.mark.parametrize("name", ["../shadow", "/etc/shadow", "..", "a/b"])
def test_a_credential_cannot_lead_out_of_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(SecretProblem, match="plain name"):
        resolve(f"credential:{name}", tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_plain_secret_is_for_demonstrations_only(tmp_path: Path) -> None:
    assert resolve(f"plain:{VALUE}", tmp_path, {}, demonstration=True).reveal() == VALUE
    with pytest.raises(SecretProblem, match="demonstration = true") as raised:
        resolve(f"plain:{VALUE}", tmp_path, {})
    assert VALUE not in str(raised.value)
    with pytest.raises(SecretProblem, match="empty"):
        resolve("plain:", tmp_path, {}, demonstration=True)


@pytest.mark.parametrize("reference", [VALUE, "", "vault:x", "ENV:KEY"])
def test_what_is_no_reference_is_refused_and_not_repeated(tmp_path: Path, reference: str) -> None:
    with pytest.raises(SecretProblem, match="no reference") as raised:
        resolve(reference, tmp_path, {"KEY": VALUE}, demonstration=True)
    assert VALUE not in str(raised.value)
