"""The hub's own rules: how a link begins, what settings change, what is measured and forgotten."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.frames import FrameError

from .play import (
    Room,
    in_conversation,
    item,
    last,
    leg,
    measure,
    offer,
    settings,
)


def test_people_whose_account_changed_must_log_in_again_and_others_get_the_new_words() -> None:
    room, one = in_conversation("op2")
    old = settings()
    new = old.model_copy(
        update={
            "users": tuple(user for user in old.users if user.name != "op1"),
            "closing_text": "Bye.",
        }
    )
    room.carry(room.hub.replace(new.terms(), room.now))
    assert one.ended == [(frames.NO_SESSION, "Your account was changed. Log in again.")]
    assert room.ended_sessions == ["op1"]
    words = last(room.browsers["op2"], frames.Words)
    assert words.closing_text == "Bye."
    with pytest.raises(FrameError, match="removed"):
        room.enter("op1")
    del room.browsers["op1"]
    room.carry(room.hub.replace(new.terms(), room.now))
    assert room.ended_sessions == ["op1"]


def test_a_link_begins_with_one_hello_of_the_right_version() -> None:
    room = Room()
    with pytest.raises(FrameError, match="first frame must be hello"):
        room.hub.hear("op1", frames.Ping(1.0), b"", room.now)
    with pytest.raises(FrameError, match="protocol version 2"):
        room.hub.greet("op1", "op1", frames.Hello(2), room.now)
    one = room.enter("op1")
    with pytest.raises(FrameError, match="second hello"):
        room.say(one, frames.Hello(1))
    with pytest.raises(FrameError, match="second hello"):
        room.enter("op1", one)


def test_welcome_says_who_you_are_and_people_who_is_here() -> None:
    room = Room()
    one = room.enter("op1")
    room.enter("boss")
    assert isinstance(one.heard[0], frames.Welcome)
    assert (one.heard[0].user, one.heard[0].role) == ("op1", "telecommunicator")
    people = last(one, frames.People)
    assert [(one.name, one.role) for one in people.people] == [
        ("boss", "supervisor"),
        ("op1", "telecommunicator"),
    ]


def test_a_ping_comes_back_with_the_gateways_time() -> None:
    room = Room()
    one = room.enter("op1")
    room.say(one, frames.Ping(5.5))
    assert one.heard[-1] == frames.Pong(5.5, 1000.0)


@pytest.mark.parametrize(
    ("text", "parts", "room_in_part"),
    [("Where?", 1, 160), ("", 1, 160), ("wo bist dü? 🔥", 1, 70), ("x" * 200, 2, 0)],
)
def test_a_measure_says_how_much_one_part_holds(text: str, parts: int, room_in_part: int) -> None:
    room = Room()
    one = room.enter("op1")
    room.say(one, frames.MeasureThis(7, "a/b/0", text))
    said = one.heard[-1]
    assert isinstance(said, frames.Measured)
    assert (said.id, said.parts, said.room) == (7, parts, room_in_part)
    assert said.left == measure(text, "a/b").left


def test_what_nobody_holds_any_more_is_silently_done_with() -> None:
    room = Room()
    so_far = len(room.reports)
    room.close()
    room.give(item(0))
    room.update(port.Quiet(1.0))
    room.carry(room.hub.leave("nobody", 1.0, logged_in=True))
    assert len(room.reports) == so_far


def test_only_the_last_closed_dialogues_are_remembered() -> None:
    room = Room()
    one = room.enter("op1")
    for number in range(202):
        which = leg(f"d{number}")
        room.offer(offer(item(0), of=which))
        room.close(of=which)
    room.leave(one)
    late = room.enter("op2")
    assert len(late.held) == 200
    assert "d0/0" not in late.held
    assert "d201/0" in late.held


def test_holds_is_whether_a_person_has_an_open_dialogue() -> None:
    room, _ = in_conversation()
    assert (room.hub.holds("op1"), room.hub.holds("op2")) == (True, False)
    room.close()
    assert not room.hub.holds("op1")
