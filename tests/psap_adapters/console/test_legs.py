"""Legs as the console holds them: lines that only grow, owners, and who may read what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import legs
from text911.psap_adapters.console.legs import Client, Held, Ledger, leg_id, without_place
from text911.psap_adapters.console.terms import Role

from .play import card, item, leg, offer, reply


def client(user: str, role: Role = "telecommunicator") -> Client:
    return Client(f"{user}-1", user, role)


OP1, OP2, BOSS = client("op1"), client("op2"), client("boss", "supervisor")


def held(*items: port.Item, owner: str = "") -> Held:
    one = Held.from_offer(offer(*items))
    one.owner = owner
    return one


def sequences(one: Held) -> list[int]:
    return [line.sequence for line in one.lines]


def test_a_leg_s_name_tells_offers_of_one_dialogue_apart() -> None:
    assert leg_id(leg("d1", 0)) == "d1/0"
    assert leg_id(leg("d1", 0)) != leg_id(leg("d1", 1)) != leg_id(leg("d2", 1))


def test_a_card_without_its_place_says_who_and_when_and_nothing_of_where_or_what() -> None:
    whole = replace(card(), previous="d0", arriving="help m", chart=port.Chart((), 500))
    shut = without_place(whole)
    assert (shut.place, shut.chart) == (None, None)
    assert (shut.routed_because, shut.previous, shut.arriving) == ("", "", "")
    assert (shut.caller, shut.carrier, shut.opened_at) == (
        whole.caller,
        whole.carrier,
        whole.opened_at,
    )


# --- lines ------------------------------------------------------------------------------------


def test_an_offer_brings_its_lines_and_says_how_long_it_rings() -> None:
    one = Held.from_offer(offer(item(0), item(8), shown=0))
    assert (one.id, sequences(one), one.last) == ("d1/0", [0, 8], 8)
    assert (one.ring_until, one.shown, one.owner) == (120.0, 0, "")


def test_a_leg_without_a_line_is_before_the_first() -> None:
    assert held().last == -1


def test_a_line_is_added_once() -> None:
    one = held(item(0))
    new = one.add(item(8, "second floor"))
    assert new is not None
    assert new.text == "second floor"
    assert one.add(item(8, "second floor")) is None
    assert one.add(item(0)) is None
    assert sequences(one) == [0, 8]


def test_whether_the_caller_said_anything_there() -> None:
    one = held(item(0), reply(8, "where?"), item(16))
    assert one.has_of_caller(-1, 8)
    assert one.has_of_caller(0, 16)
    assert not one.has_of_caller(0, 8), "what stands there is ours"
    assert not one.has_of_caller(16, 24), "nothing is behind it"
    assert not held().has_of_caller(-1, 24), "nothing is there at all"


def test_a_gap_cannot_be_filled_later() -> None:
    one = held(item(0), item(16))
    with pytest.raises(ValueError, match="d1/0: line 8 came after line 16"):
        one.add(item(8))
    assert sequences(one) == [0, 16]


def test_a_reply_is_found_by_its_key_and_no_longer_waited_for() -> None:
    one = held(item(0))
    one.asked = {"k1": "op1", "k2": "op1"}
    one.add(reply(8, "k1"))
    found = one.with_key("k1")
    assert found is not None
    assert found.sequence == 8
    assert one.with_key("k2") is None
    assert one.with_key("") is None, "lines without a key are found by none"
    assert one.asked == {"k2": "op1"}


def test_a_delivery_changes_its_line_and_no_other() -> None:
    one = held(item(0), reply(8, "k1"), reply(16, "k2"))
    assert one.deliver(8, port.Delivery.FAILED, "refused")
    assert [line.delivery for line in one.lines] == [
        None,
        port.Delivery.FAILED,
        port.Delivery.WAITING,
    ]
    assert one.lines[1].delivery_note == "refused"
    assert not one.deliver(9, port.Delivery.CARRIER, "")


# --- offered again ----------------------------------------------------------------------------


def test_what_is_offered_again_keeps_its_lines_and_what_was_shown() -> None:
    one = held(item(0, "as it was"))
    one.shown = 0
    one.renew(replace(offer(item(0, "other"), item(8), shown=-1), ring_until=200.0))
    assert [line.text for line in one.lines] == ["as it was", "help"]
    assert (one.shown, one.ring_until) == (0, 200.0)
    one.renew(offer(shown=8))
    assert one.shown == 8


@pytest.mark.parametrize(("closed", "owner"), [("", "op1"), ("ended", "")])
def test_an_owner_stays_the_owner_unless_it_was_over(closed: str, owner: str) -> None:
    one = held(item(0), owner="op1")
    one.answered_at, one.closed = 50.0, closed
    one.renew(offer(item(0)))
    assert (one.owner, one.closed) == (owner, "")
    assert one.answered_at == (50.0 if owner else 0.0)


# --- who may what -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "stalled", "who", "reads", "counts", "takes"),
    [
        ("", False, OP1, True, True, False),
        ("", False, BOSS, True, True, True),
        ("op1", False, OP1, True, True, False),
        ("op1", False, OP2, False, False, False),
        ("op1", False, BOSS, True, False, True),
        ("op1", True, OP2, False, False, True),
    ],
)
def test_who_reads_whose_screen_counts_and_who_may_take_over(
    owner: str, stalled: bool, who: Client, reads: bool, counts: bool, takes: bool
) -> None:
    one = held(item(0), owner=owner)
    one.stalled = stalled
    assert one.readable_by(who) is reads
    assert one.counts(who) is counts
    assert one.may_be_taken_by(who) is takes


@pytest.mark.parametrize(
    ("after", "lines", "deliveries"),
    [(-1, [0, 8, 16], []), (0, [8, 16], []), (8, [16], [8]), (9, [16], [8]), (16, [], [8, 16])],
)
def test_a_view_is_what_comes_after_and_how_far_the_rest_has_got(
    after: int, lines: list[int], deliveries: list[int]
) -> None:
    one = held(item(0), reply(8, "k1"), reply(16, "k2"), owner="op1")
    view = one.view(OP1, after)
    assert [line.sequence for line in view.lines] == lines
    assert [sequence for sequence, _, _ in view.deliveries] == deliveries
    assert (view.state, view.owner, view.after, view.readable) == ("answered", "op1", after, True)


def test_a_view_of_what_one_may_not_read_has_no_words_and_no_place() -> None:
    one = held(item(0), reply(8, "k1"), owner="op1")
    view = one.view(OP2, 8)
    assert (view.readable, view.lines, view.deliveries) == (False, (), ())
    assert view.card == without_place(card())


def test_what_nobody_owns_is_ringing() -> None:
    view = held(item(0)).view(OP2, -1)
    assert (view.state, view.owner, view.ring_until) == ("ringing", "", 120.0)


# --- the ledger -------------------------------------------------------------------------------


def test_a_leg_is_open_until_it_is_closed_and_known_a_while_longer() -> None:
    ledger = Ledger()
    one = ledger.take(offer(item(0)))
    assert ledger.open(leg()) is one
    ledger.close(one, "")
    assert ledger.open(leg()) is None
    assert ledger.get(one.id) is one
    assert one.closed == "The dialogue is over.", "a reason is always given"
    assert ledger.open(leg("d2")) is None


def test_who_owns_what_is_kept_through_answer_take_over_and_close() -> None:
    ledger = Ledger()
    first = ledger.take(offer(of=leg("d1")))
    second = ledger.take(offer(of=leg("d2"), answered_by="op1"))
    first.clicked.add("op2-1")
    ledger.own(first, "op1", 50.0)
    assert (first.owner, first.answered_at, first.ring_until) == ("op1", 50.0, 0.0)
    assert first.clicked == set()
    assert ledger.of("op1") == [first, second]
    second.stalled = True
    ledger.own(second, "op2", 60.0)
    assert not second.stalled, "the new owner is here"
    assert (ledger.of("op1"), ledger.of("op2")) == ([first], [second])
    assert ledger.owned() == [first, second]
    ledger.close(first, "ended")
    assert (ledger.of("op1"), ledger.owned()) == ([], [second])


def test_an_offer_that_is_answered_already_leaves_its_time_of_answer_alone() -> None:
    ledger = Ledger()
    one = ledger.take(offer(answered_by="op1"))
    ledger.own(one, "op1", 50.0)
    assert ledger.take(offer(answered_by="op1")) is one
    assert one.answered_at == 50.0


def test_what_is_offered_again_after_its_end_is_open_and_owned_by_nobody() -> None:
    ledger = Ledger()
    one = ledger.take(offer(item(0), answered_by="op1"))
    ledger.close(one, "withdrawn")
    assert ledger.take(offer(item(0))) is one
    assert ledger.open(leg()) is one
    assert (one.owner, ledger.of("op1")) == ("", [])


def test_only_so_many_closed_legs_are_remembered_and_one_that_came_back_is_not_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(legs, "CLOSED_KEPT", 2)
    ledger = Ledger()
    for name in ("d1", "d2"):
        assert ledger.close(ledger.take(offer(of=leg(name))), "over") == ""
    ledger.take(offer(of=leg("d1")))
    assert ledger.close(ledger.take(offer(of=leg("d3"))), "over") == ""
    assert ledger.close(ledger.take(offer(of=leg("d4"))), "over") == "d2/0"
    assert [one.id for one in ledger] == ["d1/0", "d3/0", "d4/0"]
