"""A fault says where, what and what to do, for every shape of model it can come from."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from text911.gateway.configuration.crosschecks import undotted
from text911.gateway.configuration.faults import (
    ConfigurationErrors,
    Fault,
    Place,
    did_you_mean,
    dotted,
    faults_of,
)


class Colour(Enum):
    RED = "red"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(0, ge=0, description="How large.")
    code: str = Field("", pattern="^[a-z]*$")
    even: int = 0

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    one: Inner = Inner.model_validate({})
    maybe: Inner | None = None
    many: list[Inner] = Field(default_factory=list[Inner], description="Many of them.")
    by_name: dict[str, list[int]] = Field(default_factory=dict[str, list[int]])
    colour: Colour | Literal["none"] = "none"


def told(raw: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        Outer.model_validate(raw)
    except ValidationError as error:
        return [(fault.key, fault.what) for _, fault in faults_of("f.toml", Outer, error)]
    raise AssertionError("it was accepted")


@pytest.mark.parametrize(
    ("raw", "key", "what"),
    [
        ({"one": {"siez": 1}}, "one.siez", 'this key is not known. Did you mean "size"?'),
        ({"maybe": {"siez": 1}}, "maybe.siez", 'this key is not known. Did you mean "size"?'),
        ({"many": [{}, {"siez": 1}]}, "many[2].siez", "this key is not known. Did you mean"),
        ({"one": {"size": -1}}, "one.size", "must be greater than or equal to 0. How large."),
        ({"one": {"code": "A"}}, "one.code", "does not have the right form."),
        ({"one": {"even": 3}}, "one.even", "must be even."),
        ({"many": 3}, "many", "must be a valid list. Many of them."),
        ({"by_name": {"x": ["y"]}}, "by_name.x[1]", "must be a valid integer"),
        ({"by_name": {"x": 3}}, "by_name.x", "must be a valid list"),
    ],
)
def test_every_kind_of_fault_has_its_words(raw: dict[str, Any], key: str, what: str) -> None:
    ((found_key, found_what),) = told(raw)
    assert found_key == key
    assert found_what.startswith(what)


def test_the_members_of_a_union_are_all_named() -> None:
    found = told({"colour": "rad"})
    assert {key for key, _ in found} <= {"colour", "colour.Colour"}
    assert "'red', 'none'" in found[-1][1]


def test_a_table_that_is_not_there_has_no_known_keys() -> None:
    ((key, what),) = told({"by_nam": 1})
    assert (key, 'Did you mean "by_name"?' in what) == ("by_nam", True)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault("a.toml", "b.c", "is wrong.", 3), "a.toml:3: b.c: is wrong."),
        (Fault("a.toml", "b.c", "is wrong."), "a.toml: b.c: is wrong."),
        (Fault("a.toml", "", "is wrong."), "a.toml: is wrong."),
    ],
)
def test_a_fault_is_one_line(fault: Fault, line: str) -> None:
    assert str(fault) == line


def test_errors_read_one_per_line() -> None:
    errors = ConfigurationErrors([Fault("a", "", "x"), Fault("b", "", "y")])
    assert str(errors) == "a: x\nb: y"
    assert len(errors.faults) == 2


@pytest.mark.parametrize(
    "place", [("a",), ("a", "b"), ("a", 0, "b"), ("a", "b-c", 11), ("a", 1, "b", 2, "c")]
)
def test_a_dotted_key_can_be_read_back(place: Place) -> None:
    assert undotted(dotted(place)) == place


def test_people_count_from_one() -> None:
    assert dotted(("users", 0, "name")) == "users[1].name"


def test_only_what_is_near_is_suggested() -> None:
    assert did_you_mean("windw", ["window", "reach"]) == ' Did you mean "window"?'
    assert did_you_mean("xyzzy", ["window", "reach"]) == ""
