"""What only shows when the files are seen together: each fault at its key, none of them twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.configuration.crosschecks import Files, advice, cross_faults, undotted
from text911.gateway.configuration.faults import Fault, dotted
from text911.gateway.configuration.files import CarrierFile, GatewayFile, PsapFile
from text911.gateway.routing.cells import cells
from text911.gateway.routing.settings import RoutingSettings

TOWNS = [boundary.town for boundary in cells().towns]
PERSON = {
    "name": "ann",
    "role": "telecommunicator",
    "password_hash": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$abcdef",
}


def gateway(**tables: Any) -> GatewayFile:
    return GatewayFile.model_validate({"gateway": {"demonstration": True}, **tables})


def routing(**keys: Any) -> RoutingSettings:
    return RoutingSettings.model_validate(
        {
            "statewide_default": "state",
            "psaps": {"here": TOWNS},
            "overflow": {"here": ["state"]},
            **keys,
        }
    )


def carrier(system_id: str = "elm", **location: Any) -> CarrierFile:
    return CarrierFile.model_validate(
        {
            "display": "Elm Wireless",
            "account": {
                "system_id": system_id,
                "passwords": ["env:ELM"],
                "allowed_networks": ["127.0.0.0/8"],
            },
            "location": location,
        }
    )


def psap(*people: Mapping[str, str], **console: Any) -> PsapFile:
    return PsapFile.model_validate({"display": "Here", "console": {"users": people, **console}})


GOOD = Files(
    gateway=gateway(),
    routing=routing(),
    carriers={"elm": carrier()},
    psaps={"here": psap(PERSON), "state": psap(PERSON)},
    psap_names=frozenset({"here", "state"}),
)


def faults(files: Files, *there: str) -> list[Fault]:
    return list(cross_faults(files, lambda path: path in there))


def only(files: Files, *there: str) -> Fault:
    (fault,) = faults(files, *there)
    return fault


def test_what_belongs_together_has_no_fault_and_needs_no_advice() -> None:
    assert faults(GOOD) == []
    assert list(advice(GOOD)) == []


def test_with_every_file_faulty_nothing_is_said_twice() -> None:
    nothing = Files(None, None, {}, {}, frozenset())
    assert faults(nothing) == []
    assert list(advice(nothing)) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_a_console_on_this_machine_alone_needs_no_tls(host: str) -> None:
    assert faults(replace(GOOD, gateway=gateway(console={"host": host}))) == []


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::7", "console.example.org", ""]
)
def test_a_console_that_others_can_reach_needs_tls_or_a_proxy_that_does_it(host: str) -> None:
    def console(**keys: str) -> Files:
        return replace(GOOD, gateway=gateway(console={"host": host, **keys}))

    assert only(console()).key == "console.host"
    assert only(console(public_url="http://text911.example.org")).key == "console.host"
    assert faults(console(public_url="https://text911.example.org")) == []
    tls = console(tls_certificate="chain.pem", tls_key="key.pem")
    assert faults(tls, "chain.pem", "key.pem") == []
    assert [fault.key for fault in faults(tls, "chain.pem")] == ["console.tls_key"]


@pytest.mark.parametrize(
    ("smpp", "console", "operations", "named"),
    [
        (1, 2, 3, []),
        (0, 0, 3, []),
        (0, 2, 2, [("operations.port", "[console]")]),
        (2, 2, 3, [("console.port", "[smpp]")]),
        (2, 3, 2, [("operations.port", "[smpp]")]),
        (2, 2, 2, [("console.port", "[smpp]"), ("operations.port", "[smpp]")]),
    ],
)
def test_two_listeners_never_share_a_port_and_zero_is_any(
    smpp: int, console: int, operations: int, named: list[tuple[str, str]]
) -> None:
    tables = {
        "smpp": {"port": smpp},
        "console": {"port": console},
        "operations": {"port": operations},
    }
    found = faults(replace(GOOD, gateway=gateway(**tables)))
    assert [fault.key for fault in found] == [key for key, _ in named]
    for fault, (_, first) in zip(found, named, strict=True):
        assert f"already that of {first}" in fault.what


def test_every_further_carrier_with_a_system_id_is_told_of_the_first() -> None:
    three = {name: carrier("same") for name in ("alder", "birch", "cedar")}
    found = faults(replace(GOOD, carriers=three))
    assert [fault.file for fault in found] == ["carriers/birch.toml", "carriers/cedar.toml"]
    assert all("carriers/alder.toml has the same system_id" in fault.what for fault in found)


def test_invented_places_are_for_demonstrations_and_a_faulty_gateway_file_comes_first() -> None:
    simulated = replace(GOOD, carriers={"elm": carrier(source="simulated")})
    assert faults(simulated) == []
    assert faults(replace(simulated, gateway=None)) == []
    fault = only(replace(simulated, gateway=gateway(gateway={"demonstration": False})))
    assert (fault.file, fault.key) == ("carriers/elm.toml", "location.source")
    assert '"simulated" invents where callers are' in fault.what


def test_a_psap_whose_own_file_is_faulty_is_not_called_unknown() -> None:
    without = replace(GOOD, psaps={"state": psap(PERSON)})
    assert faults(without) == []
    gone = replace(without, psap_names=frozenset({"state"}))
    assert {fault.file for fault in faults(gone)} == {"routing.toml"}


def test_a_psap_may_be_reached_as_a_town_s_as_a_helper_or_as_the_default() -> None:
    after = {"here": ["state"], "helper": ["state"]}
    three = replace(GOOD, psap_names=frozenset({"here", "state", "helper"}))
    fault = only(replace(three, routing=routing(overflow=after)))
    assert (fault.file, fault.key) == ("psaps/helper.toml", "")
    after = {"here": ["helper", "state"], "helper": ["state"]}
    assert faults(replace(three, routing=routing(overflow=after))) == []


def test_boundaries_must_be_there_unless_they_are_our_own() -> None:
    imported = replace(GOOD, routing=routing(boundaries="towns.geojson"))
    assert faults(imported, "towns.geojson") == []
    assert "text911 geo import" in only(imported).what


def test_every_prepared_text_is_checked_at_its_own_place() -> None:
    canned = [{"word": "a", "text": "fine"}, {"word": "b", "text": "Call 860-555-0142."}]
    spoilt = psap(PERSON, canned=canned, closing_text="Call 203-555-0142.")
    found = faults(replace(GOOD, psaps={"here": spoilt, "state": psap(PERSON)}))
    assert {fault.key for fault in found} == {"console.closing_text", "console.canned[2].text"}


def test_what_a_room_finds_wrong_is_said_of_the_file_it_stands_in() -> None:
    ended = PsapFile.model_validate({"display": "Here", "ended": "Dial 311.", "console": {}})
    files = replace(
        GOOD,
        gateway=gateway(limits={"grace": 600, "forget": 60}),
        carriers={"elm": carrier(default_psap="hear")},
        psaps={"here": ended, "state": psap(PERSON)},
    )
    assert [(fault.file, fault.key) for fault in faults(files)] == [
        ("gateway.toml", "limits.forget"),
        ("carriers/elm.toml", "location.default_psap"),
        ("psaps/here.toml", "ended"),
    ]


def test_advice_is_given_for_what_works_and_would_still_hurt() -> None:
    files = replace(
        GOOD,
        gateway=gateway(gateway={"demonstration": False}),
        carriers={},
        psaps={"here": psap(), "state": psap(PERSON)},
    )
    assert [(one.file, one.key) for one in advice(files)] == [
        ("psaps/here.toml", "console.users"),
        ("routing.toml", "boundaries"),
        ("carriers", ""),
    ]
    assert faults(files) == [], "advice is no fault"


def test_imported_boundaries_need_no_advice() -> None:
    real = gateway(gateway={"demonstration": False})
    imported = routing(boundaries="towns.geojson")
    assert list(advice(replace(GOOD, gateway=real, routing=imported))) == []


KEYS = st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True)


@given(st.lists(st.one_of(KEYS, st.integers(0, 999)), min_size=1, max_size=6))
def test_a_key_as_people_read_it_leads_back_to_its_place(steps: list[str | int]) -> None:
    # In TOML a number follows a name: a list in a list is nothing that our files have.
    place: list[str | int] = ["table"]
    for step in steps:
        place.append("list" if isinstance(step, int) and isinstance(place[-1], int) else step)
    assert undotted(dotted(tuple(place))) == tuple(place)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("", ()),
        ("display", ("display",)),
        ("console.canned[2].text", ("console", "canned", 1, "text")),
        ("account.passwords[10]", ("account", "passwords", 9)),
    ],
)
def test_people_count_from_one_and_places_from_zero(key: str, place: tuple[str | int, ...]) -> None:
    assert undotted(key) == place
