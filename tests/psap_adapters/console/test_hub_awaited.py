"""Who is on the way back, a page that is reloaded or a gateway that restarts, keeps what rings."""

from __future__ import annotations

from text911.psap_adapters import port
from text911.psap_adapters.console import frames

from .play import (
    ID,
    PSAP,
    Room,
    heard,
    item,
    last,
    leg,
    offer,
    settings,
)

NOBODY = port.Availability(PSAP, False, 0, 0, "nobody is logged in at the console")
AWAITED = port.Availability(PSAP, True, 0, 0, "everybody is on the way back")


def test_the_only_one_reloading_the_page_loses_nothing_that_rings() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one)
    assert room.told(port.Availability)[-1] == AWAITED
    room.offer(offer(item(0, "me too"), of=leg("d2")))
    room.wait(7.9)
    assert room.told(port.Refused) == []
    assert room.told(port.Shown) == []
    room.enter("op1", one)
    assert (one.texts(ID), one.texts("d2/0")) == (["help"], ["me too"])
    room.wait(100.0)
    assert room.told(port.Refused) == []
    assert room.told(port.Availability)[-1] == port.Availability(PSAP, True, 1)


def test_what_rings_is_passed_on_when_nobody_has_come_back_in_time() -> None:
    room = Room()
    one, two = room.enter("op1"), room.enter("op2")
    room.offer(offer(item(0)))
    room.leave(one)
    room.wait(5.0)
    room.leave(two)
    room.wait(7.9)  # op1 is given up meanwhile, op2 is not
    assert room.told(port.Refused) == []
    room.wait(0.1)
    reason = "nobody has come back to the console"
    assert room.told(port.Refused) == [port.Refused(leg(), reason)]
    assert room.told(port.Availability)[-1] == NOBODY
    assert room.hub.wakes_at() is None
    room.offer(offer(item(0), of=leg("d2")))
    assert room.told(port.Refused)[-1] == port.Refused(leg("d2"), NOBODY.reason)
    room.enter("op1", one)
    assert one.closed[ID] == f"Passed on: {reason}."


def test_a_link_that_goes_with_its_session_is_not_waited_for() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one, logged_in=False)
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability)[-1] == NOBODY


def test_an_account_that_changes_while_its_browser_is_away_is_not_waited_for() -> None:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0)))
    room.leave(one)
    users = tuple(user for user in settings().users if user.name != "op1")
    terms = settings().model_copy(update={"users": users}).terms()
    room.carry(room.hub.replace(terms, room.now))
    assert room.ended_sessions == ["op1"]
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability)[-1] == NOBODY


def test_after_a_restart_who_was_logged_in_is_awaited_and_then_rung() -> None:
    room = Room(logged_in=("op1", "somebody whose account is gone"))
    assert room.told(port.Availability) == [AWAITED]
    room.offer(offer(item(0)))
    room.wait(7.9)
    one = room.enter("op1")
    assert one.texts(ID) == ["help"]
    assert (room.told(port.Refused), room.told(port.Shown)) == ([], [])
    room.say(one, frames.Seen({ID: 0}))
    assert room.told(port.Shown) == [port.Shown(leg(), 0)]


def test_after_a_restart_nobody_is_awaited_for_ever() -> None:
    room = Room(logged_in=("op1", "op2"))
    room.offer(offer(item(0)))
    room.wait(8.0)
    assert len(room.told(port.Refused)) == 1
    assert room.told(port.Availability) == [AWAITED, NOBODY]


def test_a_restart_without_sessions_or_only_of_removed_people_refuses_in_the_same_call() -> None:
    for logged_in in ((), ("somebody whose account is gone",)):
        room = Room(logged_in=logged_in)
        room.offer(offer(item(0)))
        assert len(room.told(port.Refused)) == 1


def test_who_was_quicker_than_the_start_is_here_and_not_awaited() -> None:
    room = Room()
    one = room.enter("op1")
    room.carry(room.hub.start(room.now, ("op1",)))
    room.offer(offer(item(0)))
    assert room.hub.wakes_at() is None
    room.leave(one, logged_in=False)
    assert len(room.told(port.Refused)) == 1


def test_an_owner_who_does_not_return_counts_from_the_restart_not_from_the_offer() -> None:
    room = Room(logged_in=("op1", "op2"))
    two = room.enter("op2")
    room.wait(10.0)
    room.offer(offer(item(0), answered_by="op1"))
    room.wait(4.9)
    assert not heard(two, frames.Stalled)
    room.wait(0.1)
    assert last(two, frames.Stalled) == frames.Stalled(ID, True)


def test_a_suspended_psap_refuses_also_while_somebody_is_awaited() -> None:
    room = Room(suspended="flood", logged_in=("op1",))
    room.offer(offer(item(0)))
    assert room.told(port.Refused) == [port.Refused(leg(), "suspended: flood")]
    assert room.told(port.Availability) == [
        port.Availability(PSAP, False, 0, 0, "suspended: flood")
    ]
