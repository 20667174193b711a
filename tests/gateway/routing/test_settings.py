from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from text911.gateway.routing.settings import (
    OutOfState,
    Problem,
    RoutingSettings,
    problems,
    suggestion,
)
from text911.gateway.routing.towns import TOWN_NAMES

ROUTING = Path(__file__).resolve().parents[3] / "configs" / "demo" / "routing.toml"
NAMES = ("north", "south", "csecc")


def settings(**changed: Any) -> RoutingSettings:
    good: dict[str, Any] = {
        "statewide_default": "csecc",
        "psaps": {
            "north": sorted(TOWN_NAMES - {"Portland"}),
            "south": ["Portland"],
        },
        "overflow": {"north": ["south"], "south": ["csecc"]},
    }
    return RoutingSettings.model_validate({**good, **changed})


def test_the_demonstration_routing_has_eight_psaps_and_no_problem() -> None:
    demo = RoutingSettings.model_validate(tomllib.loads(ROUTING.read_text("utf-8")))
    names = {*demo.psaps, demo.statewide_default}
    assert len(names) == 8
    assert problems(demo, names) == []


def test_good_settings_have_no_problem_and_route_strangers_to_the_default() -> None:
    assert problems(settings(), NAMES) == []
    assert settings().out_of_state is OutOfState.STATEWIDE_DEFAULT


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="overflows"):
        settings(overflows={})


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    broken = settings(
        statewide_default="csec",
        psaps={
            "nort": sorted(TOWN_NAMES - {"Portland", "Avon"}),
            "south": ["Portlnd", "Andover", "Bolton", "Bolton"],
        },
        overflow={"south": ["south", "north", "north", "west"]},
    )
    found = problems(broken, NAMES)
    assert found == [
        Problem("statewide_default", 'There is no PSAP "csec" under psaps/. Did you mean "csecc"?'),
        Problem("psaps.nort", 'There is no PSAP "nort" under psaps/. Did you mean "north"?'),
        Problem("overflow.south", 'There is no PSAP "west" under psaps/.'),
        Problem(
            "psaps.south",
            '"Portlnd" is not a town of Connecticut. Did you mean "Portland"?',
        ),
        Problem("psaps.south", 'Andover is already served by "nort"; a town has one PSAP.'),
        Problem("psaps.south", 'Bolton is already served by "nort"; a town has one PSAP.'),
        Problem("psaps.south", 'Bolton is already served by "nort"; a town has one PSAP.'),
        Problem("psaps", "2 of 169 towns have no PSAP: Avon, Portland."),
        Problem("overflow.south", '"south" is its own overflow; name another PSAP.'),
        Problem("overflow.south", '"north" is named twice; each is tried once.'),
        *(
            Problem(
                f"overflow.{psap}",
                f'"{psap}" has no overflow: name at least one PSAP that answers when it cannot, '
                'for example "csec" (Sec. 28-25(10)).',
            )
            for psap in ("nort", "csecc", "north")
        ),
    ]


def test_a_town_named_twice_for_the_same_psap_is_told_as_that() -> None:
    twice = settings(
        psaps={"north": sorted(TOWN_NAMES - {"Portland"}), "south": ["Portland", "Portland"]}
    )
    assert problems(twice, NAMES) == [
        Problem("psaps.south", "Portland is named twice; name it once.")
    ]


def test_a_psap_that_only_has_a_file_needs_an_overflow_too() -> None:
    (problem,) = problems(settings(), (*NAMES, "spare"))
    assert problem.key == "overflow.spare"


def test_the_statewide_default_needs_no_overflow() -> None:
    assert problems(settings(overflow={"north": ["csecc"], "south": ["csecc"]}), NAMES) == []


def test_a_suggestion_does_not_mind_capitals_and_says_nothing_when_nothing_is_near() -> None:
    assert suggestion("HARTFORD", TOWN_NAMES) == ' Did you mean "Hartford"?'
    assert suggestion("Zzyzx", TOWN_NAMES) == ""
