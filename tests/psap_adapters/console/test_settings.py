"""Console settings: what they refuse, and that they say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from text911.psap_adapters.console.settings import (
    CannedReply,
    ConsoleListenSettings,
    ConsoleSettings,
    UserSettings,
)

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$abcdef"


def user(name: str) -> UserSettings:
    return UserSettings(name=name, password_hash=HASH)


@pytest.mark.parametrize(
    "model", [UserSettings, CannedReply, ConsoleSettings, ConsoleListenSettings]
)
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())


def test_an_unknown_key_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="cannned"):
        ConsoleSettings.model_validate({"display_name": "Middletown", "cannned": []})


def test_a_user_name_is_unique_whatever_its_case() -> None:
    with pytest.raises(ValidationError, match="user given twice: op31"):
        ConsoleSettings(display_name="Middletown", users=(user("op31"), user("OP31")))


def test_a_canned_word_is_unique() -> None:
    reply = CannedReply(word="where", text="Where?")
    with pytest.raises(ValidationError, match="canned word given twice: where"):
        ConsoleSettings(display_name="Middletown", canned=(reply, reply))


def test_a_password_in_clear_is_not_a_hash() -> None:
    with pytest.raises(ValidationError, match="password_hash"):
        UserSettings(name="op31", password_hash="secret")


@pytest.mark.parametrize(
    "address", ["text911.example.org", "ftp://x", "https://", "https://x/y", "https://x/?y=1"]
)
def test_a_public_url_is_only_an_origin(address: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        ConsoleListenSettings(public_url=address)


def test_a_public_url_loses_its_last_slash() -> None:
    assert ConsoleListenSettings(public_url="https://x.example/").public_url == "https://x.example"


def test_a_certificate_without_its_key_is_a_fault() -> None:
    with pytest.raises(ValidationError, match="belong together"):
        ConsoleListenSettings(tls_certificate=Path("cert.pem"))
