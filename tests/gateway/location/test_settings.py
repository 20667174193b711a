from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from text911.gateway.location.settings import CarrierLocationSettings, Source, problems
from text911.gateway.routing.settings import Problem


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"default_latitude": 41.6}, "give both default_latitude and default_longitude"),
        ({"default_longitude": -72.6}, "give both default_latitude and default_longitude"),
        ({"source": "tlv"}, "needs tlv_tag"),
        ({"tlv_tag": 0x13FF}, "greater than or equal to 5120"),
        ({"tlv_tag": 0x4000}, "less than or equal to 16383"),
        ({"tlv_format": "pidf"}, "Input should be 'decimal'"),
        ({"source": "gps"}, "Input should be 'profile', 'tlv' or 'simulated'"),
        ({"default_latitude": 91, "default_longitude": 0}, "less than or equal to 90"),
        ({"default_psaps": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_reason(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        CarrierLocationSettings.model_validate(given)


def test_settings_that_fit_together_are_taken() -> None:
    taken = CarrierLocationSettings.model_validate({"source": "tlv", "tlv_tag": 0x1501})
    assert (taken.source, taken.tlv_tag) == (Source.TLV, 0x1501)


def test_the_default_psap_must_exist() -> None:
    names = ("csecc", "valley-shore")
    assert problems(CarrierLocationSettings(), names) == []
    assert problems(CarrierLocationSettings(default_psap="csecc"), names) == []
    assert problems(CarrierLocationSettings(default_psap="valley-shor"), names) == [
        Problem(
            "location.default_psap",
            'There is no PSAP "valley-shor" under psaps/. Did you mean "valley-shore"?',
        )
    ]
