"""Who gets a caller: from a place to a chain of PSAPs, and why, in words. Pure, some microseconds.

Never answers with an empty chain unless the operator chose to bounce callers far outside the state.
The reasons are read by telecommunicators under stress: town first, then how sure, then who follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf

from ..core.commands import Route
from ..core.facts import RouteChosen
from ..core.values import CarrierName, Location, PsapName
from .grid import Grid
from .plane import distance_in_words, is_on_earth
from .settings import OutOfState, RoutingSettings

OTHERS_NAMED_MAX = 4  # a longer list of towns is not read

# PIDF-LO method tokens as people say them.
METHODS = {
    "802.11": "Wi-Fi location",
    "A-GNSS": "satellite location",
    "A-GPS": "satellite location",
    "Cell": "cell location",
    "Default": "the carrier's default location",
    "DeviceBased": "the phone's own location",
    "GNSS": "satellite location",
    "GPS": "satellite location",
    "Manual": "a location entered by hand",
    "RFID": "RFID location",
    "Triangulation": "triangulated location",
}


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """The settings as the decision needs them, already checked: every town has a PSAP, every name
    is that of a PSAP. `titles`: how a PSAP is called among people."""

    psap_of: Mapping[str, PsapName]
    overflow: Mapping[PsapName, tuple[PsapName, ...]]
    statewide_default: PsapName
    out_of_state: OutOfState
    nearest_within_m: float
    wide_radius_m: float
    carrier_defaults: Mapping[CarrierName, PsapName] = field(
        default_factory=dict[CarrierName, PsapName]
    )
    titles: Mapping[PsapName, str] = field(default_factory=dict[PsapName, str])


def routing_table(
    settings: RoutingSettings,
    carrier_defaults: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> RoutingTable:
    """`carrier_defaults`: carrier -> `default_psap` of its file ("" counts as none). `titles`:
    PSAP -> its display name."""
    return RoutingTable(
        psap_of={town: PsapName(psap) for psap, towns in settings.psaps.items() for town in towns},
        overflow={
            PsapName(psap): tuple(PsapName(helper) for helper in helpers)
            for psap, helpers in settings.overflow.items()
        },
        statewide_default=PsapName(settings.statewide_default),
        out_of_state=settings.out_of_state,
        nearest_within_m=settings.nearest_within_m,
        wide_radius_m=settings.wide_radius_m,
        carrier_defaults={
            CarrierName(carrier): PsapName(psap)
            for carrier, psap in (carrier_defaults or {}).items()
            if psap
        },
        titles={PsapName(psap): title for psap, title in (titles or {}).items()},
    )


class Router:
    """Answers `Route`. Immutable; a reload builds a new one."""

    __slots__ = ("_chains", "_grid", "_table", "_tails")

    def __init__(self, grid: Grid, table: RoutingTable) -> None:
        self._grid = grid
        self._table = table
        default = table.statewide_default
        everyone = {
            default,
            *table.psap_of.values(),
            *table.overflow,
            *table.carrier_defaults.values(),
        }
        self._chains = {
            psap: tuple(dict.fromkeys((psap, *table.overflow.get(psap, ()), default)))
            if psap != default
            else (default,)
            for psap in everyone
        }
        self._tails = {psap: self._tail(chain) for psap, chain in self._chains.items()}

    def choose(self, question: Route, carrier: CarrierName) -> RouteChosen:
        """The chain in the order of trying, each PSAP once, the statewide default last; with the
        reason. Empty only for a caller far outside the state under the rule "bounce"."""
        location = question.location
        because = question.because
        if location is not None and not _is_place(location):
            location, because = None, "the location given is no place on earth"
        if location is None:
            chosen = self._by_default(because, carrier)
        else:
            chosen = self._by_place(location)
        if not question.grace:
            return chosen
        if question.grace in self._chains:
            return self._again(question, chosen.town)
        return RouteChosen(
            chosen.psaps,
            f"{chosen.reason}; {question.grace}, which had the caller just before, is no longer "
            "configured",
            chosen.town,
        )

    def title(self, psap: PsapName) -> str:
        """What people call the PSAP; without a title, its name in words ("valley-shore": Valley
        Shore)."""
        return self._table.titles.get(psap) or psap.replace("-", " ").title()

    def _by_place(self, location: Location) -> RouteChosen:
        lat, lon = location.latitude, location.longitude
        how = _how(location.method, location.radius)
        town = self._grid.town_at(lat, lon)
        if town is None:
            return self._outside(location, how)
        psap = self._table.psap_of[town]
        wide = self._wide(location, town)
        return RouteChosen(self._chains[psap], f"{town}, {how}{wide}{self._tails[psap]}", town)

    def _wide(self, location: Location, town: str) -> str:
        if not location.radius > self._table.wide_radius_m:
            return ""
        reached = self._grid.may_reach(location.latitude, location.longitude, location.radius)
        others = [name for name in reached if name != town]
        if not others:
            return ""
        if len(others) > OTHERS_NAMED_MAX:
            more = len(others) - OTHERS_NAMED_MAX
            others = [*others[:OTHERS_NAMED_MAX], f"{more} more towns" if more > 1 else others[-1]]
        return f"; the caller may also be in {_listed(others, 'or')}"

    def _outside(self, location: Location, how: str) -> RouteChosen:
        town, metres = self._grid.nearest(location.latitude, location.longitude)
        away = distance_in_words(metres)
        table = self._table
        if metres <= table.nearest_within_m:
            psap = table.psap_of[town]
            reason = (
                f"on the water or just outside the state, {away} from {town}, the nearest town, "
                f"{how}{self._tails[psap]}"
            )
            return RouteChosen(self._chains[psap], _capital(reason), town)
        where = f"Outside the state, {away} from {town}, the nearest town, {how}"
        default = table.statewide_default
        if table.out_of_state is OutOfState.BOUNCE:
            if metres - location.radius > table.nearest_within_m:
                return RouteChosen(
                    (), f"{where}; text-to-911 is not available there, the caller is told so"
                )
            # A person at the edge of the circle may stand in Connecticut: never turned away.
            where += "; the caller may still be in the state"
        return RouteChosen(
            self._chains[default], f"{where}; {self.title(default)} takes callers from out of state"
        )

    def _by_default(self, because: str, carrier: CarrierName) -> RouteChosen:
        psap = self._table.carrier_defaults.get(carrier)
        if psap is None:
            psap, whose = self._table.statewide_default, "the statewide default"
        else:
            whose = f"the default of carrier {carrier}"
        return RouteChosen(
            self._chains[psap],
            f"No location ({_cause(because)}): {self.title(psap)} is {whose}{self._tails[psap]}",
        )

    def _again(self, question: Route, town: str) -> RouteChosen:
        psap = question.grace
        now = f"now in {town}" if town else _cause(question.because)
        return RouteChosen(
            self._chains[psap],
            f"grace: {self.title(psap)} had this caller just before; {now}{self._tails[psap]}",
            town,
        )

    def _tail(self, chain: tuple[PsapName, ...]) -> str:
        titles = [self.title(psap) for psap in chain[1:]]
        return f"; overflow {_listed(titles, 'then')}" if titles else ""


def _cause(because: str) -> str:
    return because.strip().rstrip(".") or "no reason is known"


def _is_place(location: Location) -> bool:
    return is_on_earth(location.latitude, location.longitude) and 0 <= location.radius < inf


@lru_cache(maxsize=4096)
def _how(method: str, radius: float) -> str:
    """Cached: carriers give the same few radii again and again."""
    words = METHODS.get(method, "location of unknown method")
    return f"by {words} within {distance_in_words(radius)}"


def _listed(words: list[str], last: str) -> str:
    """'A', 'A, then B', 'A, B, then C'; for "or" without the comma before it."""
    if len(words) == 1:
        return words[0]
    comma = "" if last == "or" else ","
    return f"{', '.join(words[:-1])}{comma} {last} {words[-1]}"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
