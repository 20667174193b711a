"""What an operator decides about routing: `routing.toml`. Which town belongs to which PSAP, who
helps whom, what happens at the edge of the state.

Shape is checked by the model; what only shows when the whole is seen (a town in two PSAPs, a PSAP
that nobody configured) by `problems`, which finds everything at once. Reads no file by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .towns import TOWN_NAMES

DEMO = "demo"  # value of `boundaries`: cells around the points of our own town table

# Metres. Wide enough for the middle of Long Island Sound, narrow enough to leave out the cities of
# the neighbour states.
NEAREST_WITHIN_M = 8_000.0
# Metres. A circle larger than this often covers a part of a second town (towns are some 8 km wide).
WIDE_RADIUS_M = 2_000.0

Name = Annotated[str, Field(min_length=1, max_length=64)]


class OutOfState(Enum):
    """What happens to a caller who is farther away than `nearest_within_m`."""

    STATEWIDE_DEFAULT = "statewide default"
    BOUNCE = "bounce"


class RoutingSettings(BaseModel):
    """`routing.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statewide_default: Name = Field(
        description="The PSAP that ends every chain and takes who cannot be placed (CSECC)."
    )
    out_of_state: OutOfState = Field(
        default=OutOfState.STATEWIDE_DEFAULT,
        description='A caller far outside the state: "statewide default" takes them, or "bounce" '
        "tells them that text-to-911 is not available here. A caller whose circle of uncertainty "
        "reaches the state is never bounced.",
    )
    nearest_within_m: float = Field(
        default=NEAREST_WITHIN_M,
        ge=0,
        le=50_000,
        description="Metres. On the water or outside the state up to this far from a town, its "
        "PSAP takes the caller.",
    )
    wide_radius_m: float = Field(
        default=WIDE_RADIUS_M,
        ge=0,
        le=100_000,
        description="Metres. With a larger radius of uncertainty the reason names the other towns "
        "that the caller may be in.",
    )
    boundaries: Annotated[str, Field(min_length=1)] = Field(
        default=DEMO,
        description='"demo", or the path of a GeoJSON file of town polygons as `text911 geo '
        "import` writes it, relative to this file.",
    )
    psaps: dict[Name, list[Name]] = Field(
        description="PSAP -> the towns it serves. Every one of the 169 towns belongs to one PSAP."
    )
    overflow: dict[Name, list[Name]] = Field(
        default_factory=dict[str, list[str]],
        description="PSAP -> who takes over when it does not answer, in the order of trying. Every "
        "PSAP but the statewide default needs at least one (Sec. 28-25(10): answered 24 hours).",
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a configuration. `key` is where, as written in the file: "overflow.elm-harbor";
    `sentence` says what is wrong and what to do."""

    key: str
    sentence: str


def problems(settings: RoutingSettings, psap_names: Collection[str]) -> list[Problem]:
    """Everything that is wrong with the whole, in the order of the file. `psap_names` are the PSAPs
    that have a file of their own."""
    return [
        *_unknown_psaps(settings, psap_names),
        *_towns(settings),
        *_overflow(settings, psap_names),
    ]


def suggestion(name: str, known: Collection[str]) -> str:
    """' Did you mean "Hartford"?', or nothing when no known name comes near."""
    by_fold = {candidate.casefold(): candidate for candidate in sorted(known)}
    near = get_close_matches(name.casefold(), list(by_fold), n=1)
    return f' Did you mean "{by_fold[near[0]]}"?' if near else ""


def unknown_psap(key: str, name: str, psap_names: Collection[str]) -> Problem:
    return Problem(key, f'There is no PSAP "{name}" under psaps/.{suggestion(name, psap_names)}')


def _unknown_psaps(settings: RoutingSettings, psap_names: Collection[str]) -> list[Problem]:
    named = [("statewide_default", settings.statewide_default)]
    named += [(f"psaps.{name}", name) for name in settings.psaps]
    for name, helpers in settings.overflow.items():
        named.append((f"overflow.{name}", name))
        named += [(f"overflow.{name}", helper) for helper in dict.fromkeys(helpers)]
    return [unknown_psap(key, name, psap_names) for key, name in named if name not in psap_names]


def _towns(settings: RoutingSettings) -> list[Problem]:
    found: list[Problem] = []
    served_by: dict[str, str] = {}
    for psap, towns in settings.psaps.items():
        key = f"psaps.{psap}"
        for town in towns:
            if town not in TOWN_NAMES:
                known = suggestion(town, TOWN_NAMES)
                found.append(Problem(key, f'"{town}" is not a town of Connecticut.{known}'))
            elif town not in served_by:
                served_by[town] = psap
            elif served_by[town] == psap:
                found.append(Problem(key, f"{town} is named twice; name it once."))
            else:
                found.append(
                    Problem(
                        key,
                        f'{town} is already served by "{served_by[town]}"; a town has one PSAP.',
                    )
                )
    missing = sorted(TOWN_NAMES - served_by.keys())
    if missing:
        found.append(
            Problem(
                "psaps",
                f"{len(missing)} of {len(TOWN_NAMES)} towns have no PSAP: {', '.join(missing)}.",
            )
        )
    return found


def _overflow(settings: RoutingSettings, psap_names: Collection[str]) -> list[Problem]:
    found: list[Problem] = []
    for psap, helpers in settings.overflow.items():
        key = f"overflow.{psap}"
        if psap in helpers:
            found.append(Problem(key, f'"{psap}" is its own overflow; name another PSAP.'))
        found += [
            Problem(key, f'"{helper}" is named twice; each is tried once.')
            for helper in dict.fromkeys(helpers)
            if helpers.count(helper) > 1
        ]
    everyone = dict.fromkeys([*settings.psaps, *sorted(psap_names)])
    found += [
        Problem(
            f"overflow.{psap}",
            f'"{psap}" has no overflow: name at least one PSAP that answers when it cannot, for '
            f'example "{settings.statewide_default}" (Sec. 28-25(10)).',
        )
        for psap in everyone
        if psap != settings.statewide_default and not settings.overflow.get(psap)
    ]
    return found
