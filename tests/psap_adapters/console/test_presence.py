"""Who is there: links, people on their way back, since when somebody is gone, and hand-overs."""

from __future__ import annotations

import pytest

from text911.psap_adapters.console.frames import (
    HandOverAnswered,
    HandOverAsked,
    NotPossible,
    Person,
    ServerFrame,
)
from text911.psap_adapters.console.legs import Client, Ledger
from text911.psap_adapters.console.presence import HandOvers, Presence

from .play import leg, offer

ANN1, ANN2 = (Client(name, "ann", "telecommunicator") for name in ("ann-1", "ann-2"))
BOB = Client("bob-1", "bob", "supervisor")
CAT = Client("cat-1", "cat", "telecommunicator")


def there(*clients: Client) -> Presence:
    here = Presence()
    for client in clients:
        here.add(client)
    return here


# --- links ------------------------------------------------------------------------------------


def test_in_an_empty_room_nobody_can_be_reached() -> None:
    here = Presence()
    assert (here.reachable, list(here), here.ids(), list(here.users())) == (False, [], (), [])
    assert here.of("ann") == ()
    assert here.get("ann-1") is None
    assert here.awaited_until() is None


def test_a_person_comes_once_however_many_links_they_have() -> None:
    here = Presence()
    assert here.add(ANN1)
    assert not here.add(ANN2)
    assert here.of("ann") == ("ann-1", "ann-2")
    assert list(here.users()) == ["ann"]
    assert here.get("ann-2") is ANN2


def test_a_person_is_gone_when_their_last_link_is() -> None:
    here = there(ANN1, ANN2)
    assert not here.remove(ANN1, 10.0, 18.0)
    assert (here.gone, here.awaited_until()) == ({}, None)
    assert here.remove(ANN2, 11.0, 19.0)
    assert (here.gone, here.awaited_until()) == ({"ann": 11.0}, 19.0)


def test_nobody_is_there_since_the_last_link_went_and_not_before() -> None:
    here = there(ANN1, BOB)
    here.remove(ANN1, 10.0, 0.0)
    assert here.nobody_since is None
    here.remove(BOB, 20.0, 0.0)
    assert here.nobody_since == 20.0
    here.add(ANN2)
    assert here.nobody_since is None
    assert here.gone == {"bob": 20.0}


def test_people_are_named_in_order_with_role_and_place() -> None:
    assert there(BOB, ANN1, ANN2).people({"ann": "Position 1"}) == (
        Person("ann", "telecommunicator", "Position 1"),
        Person("bob", "supervisor", ""),
    )


# --- on the way back --------------------------------------------------------------------------


def test_who_lost_the_last_link_can_be_reached_until_given_up() -> None:
    here = there(ANN1)
    here.remove(ANN1, 10.0, 18.0)
    assert here.reachable
    assert not here.give_up(17.9)
    assert here.reachable
    assert here.give_up(18.0)
    assert not here.reachable
    assert not here.give_up(19.0), "once is enough"


def test_who_logged_out_is_not_awaited() -> None:
    here = there(ANN1)
    here.remove(ANN1, 10.0, 0.0)
    assert (here.reachable, here.awaited_until()) == (False, None)


def test_who_comes_back_is_awaited_no_more_and_was_never_gone() -> None:
    here = there(ANN1)
    here.remove(ANN1, 10.0, 18.0)
    assert here.add(ANN2)
    assert (here.gone, here.awaited_until()) == ({}, None)


def test_the_first_of_those_awaited_is_given_up_first_and_the_others_are_not() -> None:
    here = there(ANN1, BOB)
    here.remove(ANN1, 10.0, 18.0)
    here.remove(BOB, 12.0, 20.0)
    assert here.awaited_until() == 18.0
    assert here.give_up(18.0)
    assert here.awaited_until() == 20.0
    here.await_no_more("bob")
    here.await_no_more("nobody")
    assert not here.reachable


def test_at_the_start_who_was_logged_in_is_awaited_unless_they_are_here() -> None:
    here = there(ANN1)
    here.begin(["ann", "bob"], 100.0, 108.0)
    assert here.nobody_since is None
    assert here.awaited_until() == 108.0
    here.await_no_more("bob")
    assert here.awaited_until() is None, "ann is here and not on the way"


def test_at_the_start_of_an_empty_room_nobody_is_there_since_then() -> None:
    here = Presence()
    here.begin([], 100.0, 108.0)
    assert (here.nobody_since, here.reachable) == (100.0, False)


def test_an_owner_who_never_came_is_gone_since_the_start() -> None:
    here = there(ANN1)
    here.begin([], 100.0, 108.0)
    here.missing("ann")
    here.missing("bob")
    assert here.gone == {"bob": 100.0}


def test_an_owner_who_was_here_is_gone_since_they_left() -> None:
    here = there(ANN1)
    here.begin([], 100.0, 108.0)
    here.remove(ANN1, 150.0, 0.0)
    here.missing("ann")
    assert here.gone == {"ann": 150.0}


# --- hand-overs -------------------------------------------------------------------------------


class Colleagues:
    """Ann owns two dialogues; ann, bob and cat are here. Keeps what each was sent."""

    def __init__(self) -> None:
        self.here = there(ANN1, BOB, CAT)
        self.legs = Ledger()
        for name in ("d1", "d2"):
            self.legs.take(offer(of=leg(name), answered_by="ann"))
        self.sent: list[tuple[str, ServerFrame]] = []
        self.asking = HandOvers(self.here, self.legs, self.send)

    def send(self, clients: tuple[str, ...], frame: ServerFrame) -> None:
        self.sent += [(client, frame) for client in clients]

    def heard(self) -> list[tuple[str, ServerFrame]]:
        heard, self.sent = self.sent, []
        return heard


ASKED = HandOverAsked("ann", ("d1/0", "d2/0"))
NO_LONGER = HandOverAsked("ann", ())


def test_who_is_asked_is_told_which_dialogues_and_takes_them_over() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    assert room.heard() == [("bob-1", ASKED)]
    taken = room.asking.answer(BOB, "ann", accepted=True)
    assert [held.id for held in taken] == ["d1/0", "d2/0"]
    assert room.heard() == [
        ("bob-1", NO_LONGER),
        ("ann-1", HandOverAnswered("bob", accepted=True)),
    ]


def test_who_declines_takes_nothing_and_cannot_accept_afterwards() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    assert room.asking.answer(BOB, "ann", accepted=False) == []
    assert ("ann-1", HandOverAnswered("bob", accepted=False)) in room.heard()
    assert room.asking.answer(BOB, "ann", accepted=True) == []
    ((client, refusal),) = room.heard()
    assert client == "bob-1"
    assert refusal == NotPossible("accept_hand_over", "", "ann does not ask you any more.")


@pytest.mark.parametrize("to", ["ann", "dan"])
def test_one_cannot_ask_oneself_or_somebody_who_is_not_there(to: str) -> None:
    room = Colleagues()
    room.asking.ask(ANN1, to)
    reason = f"{to} is not connected. Ask another colleague."
    assert room.heard() == [("ann-1", NotPossible("hand_over", "", reason))]


def test_asking_another_takes_the_first_question_back() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    room.asking.ask(ANN1, "cat")
    assert room.heard() == [("bob-1", ASKED), ("bob-1", NO_LONGER), ("cat-1", ASKED)]
    assert room.asking.answer(BOB, "ann", accepted=True) == []
    assert len(room.asking.answer(CAT, "ann", accepted=True)) == 2


def test_a_question_can_be_taken_back_and_taking_back_none_says_nothing() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "")
    assert room.heard() == []
    room.asking.ask(ANN1, "bob")
    room.asking.ask(ANN1, "")
    assert room.heard() == [("bob-1", ASKED), ("bob-1", NO_LONGER)]


def test_a_new_link_is_reminded_of_what_its_person_was_asked_and_no_other_is() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    room.heard()
    room.asking.remind(CAT)
    assert room.heard() == []
    room.asking.remind(BOB)
    assert room.heard() == [("bob-1", ASKED)]


def test_when_who_was_asked_leaves_everybody_who_asked_is_told() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    room.asking.ask(CAT, "bob")
    room.heard()
    room.asking.leave("bob")
    no = HandOverAnswered("bob", accepted=False)
    assert room.heard() == [("ann-1", no), ("cat-1", no)]


def test_when_who_asked_leaves_the_question_is_withdrawn() -> None:
    room = Colleagues()
    room.asking.ask(ANN1, "bob")
    room.heard()
    room.asking.leave("ann")
    assert room.heard() == [("bob-1", NO_LONGER)]
    room.asking.leave("ann")
    assert room.heard() == []
