"""What a person writes about a line: values that belong together, and no surprise on the wire."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from text911.gateway.edges.lines.settings import (
    PLACE_RADIUS_M,
    TOWN_RADIUS_M,
    LinePlaceSettings,
    SerialSettings,
    TtySettings,
    TurnSettings,
    WavSettings,
)
from text911.gateway.edges.lines.trunk_settings import TrunkSettings
from text911.tty.modulator import LEVEL_DBM0
from text911.tty.pace import Pace
from text911.tty.turns import Policy


def refused(model: type[BaseModel], **keys: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(keys)
    (error,) = caught.value.errors()
    return str(error["msg"])


def trunk(**keys: Any) -> dict[str, Any]:
    return {"listen": [{}], "allowed_networks": ["10.0.0.0/8"], **keys}


def test_what_is_left_out_is_what_the_modem_and_the_turns_do_by_themselves() -> None:
    assert TurnSettings().policy() == Policy()
    assert TtySettings().pace() == Pace()
    assert TtySettings().level == LEVEL_DBM0


def test_how_we_type_can_be_set() -> None:
    assert TtySettings(baud=50, stop_bits=1.42).pace() == Pace(20, Fraction("1.42"))
    assert TtySettings(baud=45).pace() == Pace()
    assert "45.45 or 50" in refused(TtySettings, baud=47)
    assert "1, 1.42, 1.5 or 2" in refused(TtySettings, stop_bits=3)


def test_what_is_typed_by_itself_can_be_typed() -> None:
    assert TurnSettings(probe="", voice="bridge", probes=1).policy() == Policy(
        probe="", voice_leg=True, probes_max=1
    )
    assert "no TTY can print '@' 'a'" in refused(TurnSettings, probe="a@")
    assert "at least 1" in refused(TurnSettings, no_voice="")


def test_a_line_stands_at_a_town_or_at_a_place() -> None:
    town = LinePlaceSettings(town="Hartford", psap="csecc").profile()
    assert town.default_latitude == pytest.approx(41.76, abs=0.05)
    assert (town.default_radius, town.default_psap) == (TOWN_RADIUS_M, "csecc")
    place = LinePlaceSettings(latitude=41.5, longitude=-72.5).profile()
    assert (place.default_latitude, place.default_longitude) == (41.5, -72.5)
    assert place.default_radius == PLACE_RADIUS_M
    assert LinePlaceSettings(town="Hartford", radius=9.0).profile().default_radius == 9.0
    assert LinePlaceSettings().profile().default_latitude is None


def test_a_place_is_said_once_and_whole() -> None:
    assert 'Did you mean "Hartford"?' in refused(LinePlaceSettings, town="hartfort")
    assert "both latitude and longitude" in refused(LinePlaceSettings, latitude=41.0)
    both = {"town": "Hartford", "latitude": 41.0, "longitude": -72.0}
    assert "not both" in refused(LinePlaceSettings, **both)


def test_a_psap_that_nobody_configured_is_a_problem() -> None:
    assert LinePlaceSettings().problems([]) == []
    assert LinePlaceSettings(psap="csecc").problems(["csecc"]) == []
    (problem,) = LinePlaceSettings(psap="cesec").problems(["csecc"])
    assert problem.key == "location.psap"
    assert 'Did you mean "csecc"?' in problem.sentence


def test_five_bits_carry_no_ascii() -> None:
    assert SerialSettings(device="/dev/ttyS0", codes="baudot", data_bits=5).data_bits == 5
    assert "carry no ASCII" in refused(SerialSettings, device="/dev/ttyS0", data_bits=5)
    assert "1, 1.5 or 2" in refused(SerialSettings, device="/dev/ttyS0", stop_bits=1.42)


@pytest.mark.parametrize("number", ["911", "+0123", "+1 860 555 0100", "1860555"])
def test_a_number_is_written_as_it_is_dialled_abroad(number: str) -> None:
    refused(SerialSettings, device="/dev/ttyS0", number=number)
    refused(WavSettings, file="a.wav", number=number)
    assert WavSettings(file="a.wav", number="+18605550100").number


def test_a_trunk_comes_only_from_its_networks() -> None:
    settings = TrunkSettings.model_validate(trunk())
    assert settings.allows("10.1.2.3")
    assert settings.allows("::ffff:10.1.2.3")
    assert not settings.allows("192.0.2.1")
    assert not settings.allows("::1")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"listen": []}, "at least 1 item"),
        ({"listen": [{"transport": "tls"}]}, "needs certificate and key"),
        ({"listen": [{"certificate": "a.pem"}]}, "transport is udp"),
        ({"accounts": [{"username": "a", "password": "hush"}]}, "write a reference"),
        ({"session_timer": 60}, "below 90 s"),
        ({"media_host": "example.net"}, "does not appear to be an IPv4 or IPv6 address"),
        ({"media_host": "0.0.0.0"}, "name one address"),
        ({"rtp_ports": [16_384, 16_399]}, "calls_max = 200 needs 800"),
        ({"rtp_ports": [20_000, 16_399]}, "has 0 ports"),
        ({"listen": [{"host": "0.0.0.0"}]}, "needs contact_host and media_host"),
    ],
)
def test_what_would_not_work_on_a_trunk_is_said(keys: dict[str, Any], words: str) -> None:
    assert words in refused(TrunkSettings, **trunk(**keys))


def test_a_trunk_can_be_given_everything() -> None:
    settings = TrunkSettings.model_validate(
        trunk(
            listen=[
                {"host": "0.0.0.0"},
                {"transport": "tls", "certificate": "a.pem", "key": "env:KEY", "port": 5061},
            ],
            contact_host="gateway.example.net",
            media_host="10.0.0.1",
            accounts=[{"username": "sbc", "password": "env:SBC"}],
            session_timer=90,
            options_to=["sip:10.0.0.2"],
        )
    )
    assert [door.transport for door in settings.listen] == ["udp", "tls"]
    assert "env:SBC" not in repr(settings)
