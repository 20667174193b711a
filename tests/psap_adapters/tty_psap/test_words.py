"""What is typed to a PSAP's TTY for what it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters import port
from text911.psap_adapters.port import Delivery, DeliveryChanged, Item
from text911.psap_adapters.tty_psap import words
from text911.tty.code import REPERTOIRE
from text911.tty.tokens import turn_end

from .stage import CARD, PLACE, caller, offered

TEMPLATE = "TEXT TO 911 FROM {number} AT {place} GA\r\n"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+18605550142", "860-555-0142"),
        ("+441632960001", "441632960001"),
        ("", "(860) 555-0142"),
        ("+1860", "1860"),
    ],
)
def test_a_number_is_said_as_people_say_it(number: str, said: str) -> None:
    assert words.spoken(number, "(860) 555-0142") == said


@pytest.mark.parametrize(
    ("card", "place"),
    [
        (CARD, "NEW HAVEN"),
        (replace(CARD, town=""), "41.30830 -72.92790"),
        (replace(CARD, town="", place=None), "UNKNOWN PLACE"),
    ],
)
def test_the_announcement_says_who_and_where(card: port.Card, place: str) -> None:
    said = words.announcement(TEMPLATE, offered(card=card))
    assert said == f"TEXT TO 911 FROM 860-555-0142 AT {place} GA\r\n"


def test_where_the_caller_is_is_said_in_full_or_not_at_all() -> None:
    assert words.where(CARD) == "(LOCATION 41.30830 -72.92790 WITHIN 300 METERS, NEW HAVEN)"
    assert words.where(replace(CARD, town="")) == "(LOCATION 41.30830 -72.92790 WITHIN 300 METERS)"
    assert words.where(replace(CARD, place=None)) == ""


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (None, PLACE, True),
        (PLACE, None, False),
        (PLACE, PLACE, False),
        (PLACE, replace(PLACE, longitude=-72.9289), False),  # 84 m
        (PLACE, replace(PLACE, longitude=-72.94), True),
        (PLACE, replace(PLACE, radius=50.0), True),
    ],
)
def test_a_place_is_news_where_it_changes_what_is_to_be_done(
    old: port.Place | None, new: port.Place | None, moved: bool
) -> None:
    assert words.has_moved(old, new) is moved


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (caller(1, "help GA"), "HELP GEORGIA"),
        (caller(1, "help", suspected_repeat=True), "(PERHAPS SENT TWICE) HELP"),
        (caller(1, "help", notes=("part 2 is missing",)), "HELP (PART 2 IS MISSING)"),
        (Item(1, 1.0, "psap", "where", "Kim"), "(KIM WROTE: WHERE)"),
        (Item(1, 1.0, "psap", "where"), "(CALL-TAKER WROTE: WHERE)"),
        (Item(1, 1.0, "psap", "Where are you qq ga", "Kim"), "(KIM WROTE: WHERE ARE YOU?)"),
        (Item(1, 1.0, "psap", "in Atlanta, GA", "Kim"), "(KIM WROTE: IN ATLANTA, GEORGIA)"),
        (Item(1, 1.0, "psap", "GA", "Kim"), "(KIM WROTE: GO AHEAD)"),
        (Item(1, 1.0, "psap", "QQ", "Kim"), "(KIM WROTE: QQ)"),
        (Item(1, 1.0, "automatic", "call 911"), "(THE CALLER WAS SENT: CALL 911)"),
        (
            Item(1, 1.0, "automatic", "911 WHAT IS YOUR EMERGENCY QQ GA"),
            "(THE CALLER WAS SENT: 911 WHAT IS YOUR EMERGENCY?)",
        ),
        (Item(1, 1.0, "event", "Route"), ""),
    ],
)
def test_every_kind_of_line_is_said_in_its_way(item: Item, said: str) -> None:
    assert words.of(item, "sms") == said


def test_who_has_a_tty_hands_over_in_its_own_words() -> None:
    assert words.of(caller(1, "help GA"), "tty") == "HELP GA"


def test_only_what_went_wrong_with_a_reply_is_said() -> None:
    failed = DeliveryChanged(1, Delivery.FAILED)
    assert words.delivery(failed, "ok") == "('OK' DID NOT REACH THE CALLER)"
    assert words.delivery(failed, "COMING GA") == "('COMING' DID NOT REACH THE CALLER)"
    assert words.delivery(failed, "") == "(A REPLY DID NOT REACH THE CALLER)"
    assert words.delivery(DeliveryChanged(1, Delivery.HANDSET), "ok") == ""


def test_a_long_text_is_named_by_its_beginning() -> None:
    assert words.beginning("stay where you are and keep the door closed") == (
        "'stay where you are and keep...'"
    )
    assert words.not_taken("", "too long") == "(IT WAS NOT SENT: TOO LONG)"
    assert words.waiting(1, 3.4) == "(1 MORE TEXT WAITS, 3 SECONDS)"


@given(st.text(max_size=60))
def test_whatever_is_said_can_be_typed_and_hands_the_line_over_once(text: str) -> None:
    said = words.handing_over(words.of(caller(1, text), "sms") or "OK")
    assert REPERTOIRE.issuperset(said)
    assert turn_end(said) is not None or said.split()[-1] == "GA"
    assert said.split().count("GA") == 1
