"""A dialogue as a value: the word for every phase, and a state that stays small."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from text911.gateway.core.state import (
    Active,
    Dialogue,
    How,
    Line,
    Locating,
    Offered,
    Over,
    Phase,
    Reply,
    Routing,
    Timer,
)
from text911.gateway.core.values import Segment

from .stage import KEY, NOBODY, A, B, C, Play, sent_part, wrote

OWED = (Reply(0, 8, 100, (Segment(0, b"bye"),), "w"),)


def dialogue(phase: Phase, outbox: tuple[Reply, ...] = ()) -> Dialogue:
    return Dialogue(Line(KEY, "hash", 0.0, 0.0, 0, outbox=outbox), phase)


def over(how: How) -> Over:
    return Over(how, 0.0, NOBODY, 0)


NAMES: tuple[tuple[Phase, str, str], ...] = (
    # the phase, its word, and its word while a reply is still owed to the caller
    (Locating(()), "locating", "locating"),
    (Routing(), "routing", "routing"),
    (Offered((A,), 0, 0, 0.0), "offered", "offered"),
    (Active(A, 0, "Kim", 0.0, ()), "active", "active"),
    (over("ended"), "closed", "closing"),
    (over("quiet"), "closed", "closing"),
    (over("lost"), "closed", "closing"),
    (over("bounced"), "bounced", "bounced"),
    (over("abandoned"), "abandoned", "abandoned"),
)


@pytest.mark.parametrize(("phase", "name", "name_owing"), NAMES)
def test_every_phase_has_its_word(phase: Phase, name: str, name_owing: str) -> None:
    assert dialogue(phase).name_of_phase == name
    assert dialogue(phase, OWED).name_of_phase == name_owing


def test_no_phase_and_no_way_to_end_is_without_a_word() -> None:
    assert {type(phase) for phase, _, _ in NAMES} == set(get_args(Phase))
    assert {phase.how for phase, _, _ in NAMES if isinstance(phase, Over)} == set(get_args(How))


def test_what_is_offered_is_at_the_psap_whose_turn_it_is() -> None:
    rings = [Offered((A, B, C), index, index, 0.0).psap for index in range(3)]
    assert rings == [A, B, C]


@pytest.mark.parametrize(("phase", "_name", "_owing"), NAMES)
def test_every_phase_is_read_back_as_what_it_was(phase: Phase, _name: str, _owing: str) -> None:
    one = dialogue(phase, OWED)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Dialogue) == one


def test_a_whole_conversation_is_read_back_as_it_was() -> None:
    play = Play()
    play.take(wrote(), sent_part(1, 2))
    octets = msgspec.msgpack.encode(play.dialogue)
    assert msgspec.msgpack.decode(octets, type=Dialogue) == play.dialogue


def test_the_names_of_fields_are_not_written_with_every_entry() -> None:
    octets = msgspec.msgpack.encode(dialogue(Routing(), OWED))
    assert b"opened_at" not in octets
    assert b"progress" not in octets


def test_a_field_that_came_later_is_filled_in_from_its_default() -> None:
    """What an earlier version wrote ends before the fields that were added."""
    whole = Line(KEY, "hash", 1.0, 2.0, 3, timers=(Timer("ring", 1, 20.0),), generation=1)
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(whole))
    shorter = msgspec.msgpack.encode(plain[:5])
    assert msgspec.msgpack.decode(shorter, type=Line) == Line(KEY, "hash", 1.0, 2.0, 3)


def test_a_dialogue_cannot_be_changed_in_place() -> None:
    one = dialogue(Routing())
    with pytest.raises(AttributeError, match="immutable"):
        one.phase = over("ended")  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
