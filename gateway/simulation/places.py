"""The state, the PSAPs and the carriers of the simulated world, as a configuration would say it.

Routing and location are the real ones: four towns as large as a quarter of the state each, so that
the grid is built in milliseconds, and a chain of location sources of which the first has faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from msgspec.structs import replace as replace_fields

from ...smpp.connecting import AwaitOutbindSettings, ConnectSettings, OutbindSettings
from ...smpp.settings import AccountSettings
from ..config import Carrier, Reach
from ..core.policy import Automatic, Limits, Policy
from ..core.values import Location, PsapName, Segment
from ..location.chain import Chain, carrier_source
from ..location.port import Answer, LocationSource, Question, Unknown
from ..location.settings import CarrierLocationSettings, Source
from ..routing.grid import Grid
from ..routing.plane import shapely
from ..routing.polygons import boundaries_of
from ..routing.router import Router, routing_table
from ..routing.settings import OutOfState, RoutingSettings
from ..secrets import Secret
from .process import Process
from .stage import T0, Stage

PSAPS = ("hartford", "shore", "hills", "csecc")
DEFAULT = "csecc"
# Degrees: west, south, east, north. Their outer edges are about those of Connecticut.
TOWNS = {
    "Kent": (-73.75, 41.5, -72.75, 42.05),
    "Hartford": (-72.75, 41.5, -71.75, 42.05),
    "Bridgeport": (-73.75, 40.95, -72.75, 41.5),
    "Groton": (-72.75, 40.95, -71.75, 41.5),
}
HOMES = {town: ((s + n) / 2, (w + e) / 2) for town, (w, s, e, n) in TOWNS.items()}
NOWHERE = (44.5, -76.0)  # far outside the state: those callers are told so at once
CELLS = 16  # per side: the towns are as large as four of them
ROUTING = RoutingSettings(
    statewide_default=DEFAULT,
    out_of_state=OutOfState.BOUNCE,
    psaps={"hartford": ["Hartford"], "shore": ["Bridgeport", "Groton"], "hills": ["Kent"]},
    overflow={"hartford": ["shore"], "shore": ["hartford", "hills"], "hills": [DEFAULT]},
)
PLACE_TAG = 0x1401  # the optional parameter in which a carrier says where its caller is
# How each carrier's callers are placed: by the message, by the carrier only, by an invented source.
LOCATIONS = {
    "one": CarrierLocationSettings(
        source=Source.TLV, tlv_tag=PLACE_TAG, default_latitude=41.76, default_longitude=-72.67
    ),
    "two": CarrierLocationSettings(default_psap="hills"),
    "three": CarrierLocationSettings(source=Source.SIMULATED, simulated_delay_s=0.3),
}
ABROAD = "abroad"  # the carrier to whose message centres we bind
PLACES = {
    **LOCATIONS,
    ABROAD: CarrierLocationSettings(
        source=Source.TLV, tlv_tag=PLACE_TAG, default_latitude=41.2, default_longitude=-72.2
    ),
}
SITES = ("east", "west")
ASKED = "asked"  # the host of its ESME, which is asked for a bind
RETRY_FIRST, RETRY_LONGEST = 1.0, 8.0  # seconds between two tries of ours, from and to
CONNECTS_WITHIN = 5.0  # seconds
CARRIERS_MIN = 2
BINDS_MAX = 3
WINDOW = 2  # of our requests on one bind: so small that replies have to wait
IN_FLIGHT_MAX = 100  # of a carrier's texts on one bind
NARROW = 2  # the same with the fault "narrow": fewer than the carrier sends at once
# Those a day would need are shorter: a run is to see every one of them.
LIMITS = Limits(quiet_warning=40.0, quiet_close=60.0, grace=20.0, forget=150.0)


def _automatic(text: str) -> Automatic:
    return Automatic(text, (Segment(0, text.encode()),), text.upper(), 5.0)


POLICY = Policy(
    LIMITS,
    _automatic("Text-to-911 is not available."),
    _automatic("The session was lost."),
    _automatic("Your last text reached nobody."),
    quiet=_automatic("Closed because nobody wrote."),
    ended=((PsapName(PSAPS[0]), _automatic("The 911 session has ended.")),),
)


def policy(stage: Stage) -> Policy:
    """Where callers have voices, all PSAPs but one have a telephone for them."""
    if not stage.has("voices"):
        return POLICY
    return replace_fields(POLICY, voices=tuple(PsapName(one) for one in PSAPS if one != "hills"))


@lru_cache(1)
def router() -> Router:
    """A value: every run uses the same."""
    towns = boundaries_of({name: shapely.box(*edges) for name, edges in TOWNS.items()})
    defaults = {name: one.default_psap for name, one in PLACES.items()}
    return Router(Grid(towns, CELLS), routing_table(ROUTING, defaults))


def carriers(stage: Stage) -> list[Carrier]:
    """Two or three, as the seed has it, each with its own number of binds."""
    chance = stage.draw("carriers")
    names = list(LOCATIONS)[: chance.randint(CARRIERS_MIN, len(LOCATIONS))]
    return [_carrier(name, narrow=stage.has("narrow", 0.6)) for name in names]


def abroad(stage: Stage) -> Carrier | None:
    """With one or two message centres, where we bind in whatever way it wants; perhaps it also
    wants to be asked, or asks."""
    if not stage.has("bind_out"):
        return None
    chance = stage.draw(ABROAD)
    reaches: list[Reach] = []
    for site in SITES[: chance.randint(1, len(SITES))]:
        sends = chance.choice(("submit_sm", "submit_sm", "data_sm"))
        version = chance.choice(("3.4", "3.4", "5.0"))
        apart = chance.random() < 0.3
        for bind_as in ("receiver", "transmitter") if apart else ("transceiver",):
            reaches.append(
                _reach(
                    ConnectSettings,
                    **_tries(site),
                    bind_as=bind_as,
                    binds=1 if apart else chance.randint(1, 2),
                    replies_as=sends,
                    interface_version=version,
                )
            )
    if chance.random() < 0.3:
        reaches.append(_reach(OutbindSettings, **_tries(ASKED)))
    if chance.random() < 0.3:
        reaches.append(_reach(AwaitOutbindSettings, asks_as=ABROAD))
    one = _carrier(ABROAD, narrow=stage.has("narrow", 0.6))
    return replace(one, reaches=tuple(reaches))


def _tries(host: str) -> dict[str, object]:
    return {
        "host": host,
        "port": 2775,
        "retry_first": RETRY_FIRST,
        "retry_longest": RETRY_LONGEST,
        "connect_timer": CONNECTS_WITHIN,
    }


def _reach(
    kind: type[ConnectSettings | OutbindSettings | AwaitOutbindSettings], **settings: object
) -> Reach:
    return Reach(kind.model_validate(settings), Secret("secret"))


def _carrier(name: str, *, narrow: bool) -> Carrier:
    return Carrier(
        name=name,
        display=f"Carrier {name.title()}",
        group=name,
        account=AccountSettings.model_validate(
            {
                "system_id": name,
                "passwords": ["plain:secret"],
                "allowed_networks": ["127.0.0.0/8"],
                # A bind that is half-open and the one in its place may both be up for a while.
                "max_binds": 2 * BINDS_MAX,
                "window": WINDOW,
                "in_flight_max": NARROW if narrow else IN_FLIGHT_MAX,
            }
        ),
        passwords=(Secret("secret"),),
        location=PLACES[name],
    )


def sources(stage: Stage, process: Process, carriers: list[Carrier]) -> dict[str, LocationSource]:
    """Carrier group -> the chain of its sources, as the composition builds it, behind a bad one."""
    places = {one.group: one.location for one in carriers} | {"line": LOCATIONS["one"]}
    return {
        group: Chain(
            [
                Unreliable(stage, process),
                carrier_source(place, process.steady, process.clock.callLater),
            ]
        )
        for group, place in places.items()
    }


class Unreliable:
    """A location server that knows nothing, or, as a fault, answers late, or never."""

    def __init__(self, stage: Stage, process: Process) -> None:
        self._stage = stage
        self._process = process
        self._chance = stage.draw("location server")

    def locate(self, question: Question, answer: Callable[[Answer], None]) -> None:
        if not self._stage.has("no_location", 0.7):
            answer(Unknown("the location server has no fix"))
            return
        chance = self._chance
        late, never, known = chance.uniform(0.1, 8.0), chance.random() < 0.2, chance.random() < 0.5
        said: Answer = Unknown("the location server failed")
        if known:
            latitude, longitude = chance.choice(list(HOMES.values()))
            said = Location(latitude, longitude, 300.0, 90, "Cell", "location server", T0)
        if not never:
            process = self._process
            self._stage.later(late, lambda: process.enter(lambda: answer(said)))
