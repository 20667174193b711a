"""The kinds of files: names that may be names, words that may be shown, no key that is ignored."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from text911.gateway.configuration.files import (
    NAME_PATTERN,
    CarrierFile,
    GatewayFile,
    IdentitySettings,
    PsapFile,
)
from text911.gateway.messages import TEXT_MAX
from text911.gateway.schema import KINDS

ACCOUNT = {
    "system_id": "elm",
    "passwords": ["env:ELM"],
    "allowed_networks": ["127.0.0.0/8"],
}


def psap(**keys: Any) -> PsapFile:
    return PsapFile.model_validate({"display": "Elm Harbor", **keys})


def wrong_places(model: type[BaseModel], raw: object) -> list[tuple[int | str, ...]]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    return [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize("name", ["a", "7", "elm-harbor", "carrier-2", "a" * 40, "a-"])
def test_a_name_that_every_file_system_keeps_apart_is_a_name(name: str) -> None:
    assert NAME_PATTERN.fullmatch(name)
    assert IdentitySettings(name=name).name == name


@pytest.mark.parametrize(
    "name", ["", "-a", "Elm", "elm_harbor", "elm harbor", "a" * 41, "elm/a", "é", "a\n"]
)
def test_what_could_be_mistaken_is_no_name(name: str) -> None:
    assert NAME_PATTERN.fullmatch(name) is None
    assert wrong_places(IdentitySettings, {"name": name}) == [("name",)]


@pytest.mark.parametrize("display", ["E", "Elm Harbor (Nord-Ost)", "Größe 7", "x" * 60])
def test_what_people_read_may_be_any_printable_words(display: str) -> None:
    assert psap(display=display).display == display


@pytest.mark.parametrize(
    "display", ["", " Elm", "x" * 61, "Elm\nHarbor", "Elm\x1b[2J", "\x7f", "a\u2028b", "a\x9bb"]
)
def test_what_could_draw_on_a_terminal_or_a_log_is_no_display_name(display: str) -> None:
    assert wrong_places(PsapFile, {"display": display}) == [("display",)]


def test_a_psap_s_display_serves_its_console_and_a_name_of_its_own_wins() -> None:
    assert psap().console.display_name == "Elm Harbor"
    assert psap(console={"text_max": 200}).console.display_name == "Elm Harbor"
    assert psap(console={"display_name": "Dispatch"}).console.display_name == "Dispatch"


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        ({}, [("display",)]),
        ({"display": ""}, [("display",)]),
        ({"display": 7}, [("display",)]),
        ({"display": "Elm", "console": "yes"}, [("console",)]),
        ({"display": "Elm", "console": {"display_name": ""}}, [("console", "display_name")]),
        ({"display": "Elm", "console": {"displayname": "x"}}, [("console", "displayname")]),
        ([], [()]),
    ],
)
def test_one_mistake_in_a_psap_s_file_is_one_fault(
    raw: object, places: list[tuple[int | str, ...]]
) -> None:
    assert wrong_places(PsapFile, raw) == places


def test_what_was_read_is_not_changed_by_reading_it() -> None:
    raw: dict[str, Any] = {"display": "Elm", "console": {"text_max": 200}}
    PsapFile.model_validate(raw)
    assert raw == {"display": "Elm", "console": {"text_max": 200}}


def test_closing_words_may_be_as_long_as_an_automatic_message_and_no_longer() -> None:
    assert psap(ended="x" * TEXT_MAX).ended
    too_long = {"display": "Elm", "ended": "x" * (TEXT_MAX + 1)}
    assert wrong_places(PsapFile, too_long) == [("ended",)]


@pytest.mark.parametrize(
    "uri", ["tel:+18605550142", "sip:", "911", "sip:911@a b", "sip:" + "9" * 300]
)
def test_a_telephone_for_voices_is_a_sip_address(uri: str) -> None:
    assert psap(voice_uri="sip:911@10.1.2.3:5070;transport=tcp").voice_uri
    assert wrong_places(PsapFile, {"display": "Elm", "voice_uri": uri}) == [("voice_uri",)]


def test_a_tty_has_no_telephone_beside_it() -> None:
    tty = {"uri": "sip:8605550199@10.1.2.3"}
    raw = {"display": "Elm", "kind": "tty", "tty": tty}
    assert wrong_places(PsapFile, {**raw, "voice_uri": "sip:911@10.1.2.3"}) == [()]
    assert PsapFile.model_validate(raw).voice_uri == ""


@pytest.mark.parametrize(("group", "good"), [("", True), ("elm", True), ("Elm", False)])
def test_a_group_is_a_name_or_left_out(group: str, good: bool) -> None:
    raw = {"display": "Elm Wireless", "group": group, "account": ACCOUNT}
    if good:
        assert CarrierFile.model_validate(raw).group == group
    else:
        assert wrong_places(CarrierFile, raw) == [("group",)]


def test_a_carrier_needs_an_account_and_a_gateway_needs_nothing() -> None:
    assert wrong_places(CarrierFile, {"display": "Elm"}) == [("account",)]
    bare = GatewayFile.model_validate({})
    assert (bare.gateway.name, bare.gateway.demonstration) == ("text911", False)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_file_has_a_key_that_is_silently_ignored(kind: str) -> None:
    assert ("demonstation",) in wrong_places(KINDS[kind], {"demonstation": True})


@pytest.mark.parametrize(
    ("model", "raw"),
    [
        (CarrierFile, {"display": "E", "account": {**ACCOUNT, "passwords": "hunter22"}}),
        (GatewayFile, {"gateway": {"name": "hunter22 "}}),
        (PsapFile, {"display": "E", "console": {"text_max": "hunter22"}}),
    ],
)
def test_an_error_never_repeats_what_may_be_a_secret(model: type[BaseModel], raw: object) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(raw)
    assert "hunter22" not in str(caught.value)


def test_the_schema_asks_for_one_name_of_a_psap_only() -> None:
    schema = PsapFile.model_json_schema()
    assert "required" not in schema["$defs"]["PsapConsole"]
    assert "display" in schema["required"]
    assert "display_name" in schema["$defs"]["PsapConsole"]["properties"]
