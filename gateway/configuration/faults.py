"""A fault in a configuration: where it is, what is wrong, what to do. Pure.

Never repeats what was written, because that may be a secret.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from ipaddress import ip_interface
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Fault:
    """`file` is relative to the directory; `key` dotted as in the file, "" for the whole file;
    `line` counts from 1, 0 when not known; `what` says what is wrong and what to do."""

    file: str
    key: str
    what: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.what}" if self.key else f"{place}: {self.what}"


class ConfigurationErrors(Exception):
    """Everything that is wrong with a directory, found in one run. `faults` is never empty."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """' Did you mean "window"?', or nothing when no known name comes near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


Place = tuple[str | int, ...]


def dotted(place: Place) -> str:
    """("users", 0, "name") as people write it: users[1].name (they count from one)."""
    key = ""
    for step in place:
        if isinstance(step, int):
            key += f"[{step + 1}]"
        else:
            key += f".{step}" if key else step
    return key


def faults_of(
    file: str, model: type[BaseModel], error: ValidationError
) -> Iterator[tuple[Place, Fault]]:
    """Every fault pydantic found, in our words, with the place of each for finding its line."""
    for detail in error.errors(include_url=False):
        place = _in_file(detail["loc"])
        yield place, Fault(file, dotted(place), _sentence(model, place, detail))


def _in_file(loc: Place) -> Place:
    """pydantic adds steps of its own: "[key]" for a bad table key, and for the member of a union
    its schema in words, "lax-or-strict[...]". No key of ours has a bracket."""
    return tuple(step for step in loc if isinstance(step, int) or "[" not in step)


def _sentence(model: type[BaseModel], place: Place, detail: ErrorDetails) -> str:
    owner = _model_at(model, place[:-1])
    last = str(place[-1]) if place else ""
    match detail["type"]:
        case "extra_forbidden":
            known = list(owner.model_fields) if owner else []
            suggested = did_you_mean(last, known) or f" Known here: {', '.join(known)}."
            return f"this key is not known.{suggested}"
        case "missing":
            return f"this key is missing. {_describe(model, place)}".rstrip()
        case "value_error":
            return (
                f"{detail['msg'].removeprefix('Value error, ')}. {_describe(model, place)}".strip()
            )
        case "literal_error" | "enum":
            given = detail["input"]
            choices = _choices(model, place)
            near = did_you_mean(given, choices) if isinstance(given, str) else ""
            return f"must be one of {', '.join(repr(choice) for choice in choices)}.{near}"
        case "ip_v4_network" | "ip_v6_network":
            return f"{_no_network(detail['input'])}. {_describe(model, place)}".rstrip()
        case "string_pattern_mismatch":
            # The pattern itself helps nobody; the description says it in words.
            return f"does not have the right form. {_describe(model, place)}".rstrip()
        case _:
            message = detail["msg"].replace("Input should be", "must be", 1)
            message = message.replace("Input should", "must", 1)
            return f"{message}. {_describe(model, place)}".strip()


def _no_network(given: object) -> str:
    """Why it is none. An address may be repeated: it is no secret."""
    try:
        meant = ip_interface(str(given)).network
    except ValueError:
        return "is no network, which is an address, a slash and how many of its bits count"
    return f"is one address of a network, whose name is {meant}"


def _describe(model: type[BaseModel], place: Place) -> str:
    """The description of the nearest setting above `place`."""
    for end in range(len(place), 0, -1):
        owner = _model_at(model, place[: end - 1])
        if owner is not None and place[end - 1] in owner.model_fields:
            return owner.model_fields[str(place[end - 1])].description or ""
    return ""


def _choices(model: type[BaseModel], place: Place) -> list[str]:
    """What the setting at `place` may be; pydantic may add the name of a union's member."""
    for end in range(len(place), 0, -1):
        owner = _model_at(model, place[: end - 1])
        if owner is not None and place[end - 1] in owner.model_fields:
            return list(_values(owner.model_fields[str(place[end - 1])].annotation))
    return []


def _values(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)
    elif typing.get_origin(annotation) is typing.Literal:
        yield from (str(value) for value in typing.get_args(annotation))
    else:
        for inner in typing.get_args(annotation):
            yield from _values(inner)


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """The model whose table stands at `place`."""
    now: type[BaseModel] | None = model
    for step in place:
        if isinstance(step, int):
            continue  # an item of a list: the list's field already named the item's model
        if now is None or step not in now.model_fields:
            return None
        now = _model_in(now.model_fields[step].annotation)
    return now


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(inner) for inner in typing.get_args(annotation))
    return next((inner for inner in found if inner is not None), None)
