"""Who may connect: places per address, over all, and for those who can never bind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.smpp.doors import Doors, Places, Visit, site_of

HOME, OTHER, STRANGER = "203.0.113.5", "203.0.113.6", "198.51.100.1"


def test_an_address_has_so_many_places_for_connections_without_a_bind() -> None:
    doors = Doors(Places(unbound_per_address=2))
    first = doors.come(HOME)
    assert first is not None
    assert doors.come(HOME) is not None
    assert doors.come(HOME) is None
    assert doors.come(OTHER) is not None, "another address has its own"
    doors.bound(first)
    assert doors.come(HOME) is not None, "a bind makes room"


def test_bound_ones_count_against_the_address_too() -> None:
    doors = Doors(Places(per_address=2))
    visits = [doors.come(HOME), doors.come(HOME)]
    for visit in visits:
        assert visit is not None
        doors.bound(visit)
    assert doors.come(HOME) is None
    assert visits[0] is not None
    doors.leave(visits[0])
    assert doors.come(HOME) is not None


def test_over_all_addresses_there_is_a_limit() -> None:
    doors = Doors(Places(all_together=3))
    visits = [doors.come(f"203.0.113.{host}") for host in range(4)]
    assert [visit is not None for visit in visits] == [True, True, True, False]
    assert len(doors) == 3


def test_strangers_share_a_few_places_and_cannot_take_a_carriers() -> None:
    doors = Doors(Places(strangers=2), is_known=lambda address: address == HOME)
    assert doors.come(STRANGER) is not None
    second = doors.come("198.51.100.2")
    assert second is not None
    assert doors.come("198.51.100.3") is None
    assert doors.come(HOME) is not None
    doors.leave(second)
    assert doors.come("198.51.100.3") is not None


def test_a_stranger_who_became_known_gives_back_the_place_it_was_given() -> None:
    known: set[str] = set()
    doors = Doors(Places(strangers=1), is_known=known.__contains__)
    visit = doors.come(STRANGER)
    assert visit is not None
    known.add(STRANGER)
    doors.leave(visit)
    assert doors.come("198.51.100.9") is not None


def test_it_is_told_when_a_stranger_has_left() -> None:
    told: list[str] = []
    doors = Doors(is_known=lambda address: address == HOME, stranger_left=told.append)
    for address in (HOME, STRANGER):
        visit = doors.come(address)
        assert visit is not None
        doors.leave(visit)
    assert told == [STRANGER]


def test_who_is_barred_is_turned_away() -> None:
    doors = Doors(is_barred=lambda address: address == STRANGER)
    assert doors.come(STRANGER) is None
    assert doors.come(HOME) is not None
    assert len(doors) == 1


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("peer", "peer"),
    ],
)
def test_one_ipv6_site_is_one_address(address: str, site: str) -> None:
    assert site_of(address) == site


STEPS = st.lists(st.tuples(st.sampled_from("cbl"), st.integers(0, 5)), max_size=60)


@given(STEPS)
def test_when_all_have_left_every_place_is_free_again(steps: list[tuple[str, int]]) -> None:
    places = Places(unbound_per_address=2, per_address=3, all_together=5, strangers=2)
    doors = Doors(places, is_known=lambda address: address < "c")
    here: list[Visit] = []
    for step, which in steps:
        if step == "c" and (visit := doors.come("abcdef"[which])):
            here.append(visit)
        elif step == "b" and here and not here[which % len(here)].is_bound:
            doors.bound(here[which % len(here)])
        elif step == "l" and here:
            doors.leave(here.pop(which % len(here)))
        assert len(doors) == len(here) <= places.all_together
        assert sum(one.as_stranger for one in here) <= places.strangers
    for visit in here:
        doors.leave(visit)
    assert all(doors.come("a") for _ in range(2))
    assert all(doors.come("e") for _ in range(2))
