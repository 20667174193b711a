"""The octets of a snapshot: what goes in comes out, one by one; what does not fit is refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from text911.gateway.core.encoding import Held, Saved
from text911.gateway.core.snapshot import AT_ONCE, MAGIC, WHERE, Stowed, encode, opened, pieces
from text911.gateway.core.state import Active, Dialogue, Line, Over, Routing
from text911.gateway.core.values import DialogueId

from .stage import KEY, NOBODY, POLICY, T0

PHASES = (Routing(), Active(NOBODY, 0, "Ann", T0, ()), Over("ended", T0, NOBODY, 0))


def held(number: int, number_of: str = "+1860") -> Held:
    key = replace(KEY, number=f"{number_of}{number}")
    state = Dialogue(Line(key, "hash", T0 + number, T0, 0), PHASES[number % len(PHASES)])
    return Held(DialogueId(f"d-{number}"), number, state)


def saved(count: int) -> Saved:
    return Saved(T0, 7, {"hash": POLICY}, [], [held(number) for number in range(count)])


def stowed(octets: bytes) -> Stowed:
    found = opened(octets)
    assert isinstance(found, Stowed)
    return found


@given(st.sampled_from([0, 1, 2, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE]), st.text())
def test_every_dialogue_comes_out_as_it_went_in(count: int, number: str) -> None:
    every = [held(one, number) for one in range(count)]
    found = stowed(encode(saved(0), every))
    assert [found.dialogue(row) for row in range(count)] == every
    table = found.table
    assert table.saved == saved(0)
    assert table.names == [one.dialogue for one in every]
    assert table.keys == [one.state.line.key for one in every]
    assert table.opened_at == [one.state.line.opened_at for one in every]
    assert table.over == [isinstance(one.state.phase, Over) for one in every]
    assert table.answered == [isinstance(one.state.phase, Active) for one in every]


def test_it_is_made_in_pieces_with_a_breath_after_each_and_while_they_are_given_back() -> None:
    many = saved(10 * AT_ONCE).held
    every = list(pieces(saved(0), many))
    breaths: list[None] = []
    assert encode(saved(0), many, lambda: breaths.append(None)) == b"".join(every)
    assert len(breaths) > len(every)
    assert max(map(len, every)) < 2 * AT_ONCE * len(msgspec.msgpack.encode(held(1)))


def test_a_snapshot_from_before_there_was_a_table_is_read_as_ever() -> None:
    assert opened(msgspec.msgpack.encode(saved(3))) == saved(3)


WHOLE = encode(saved(0), saved(200).held)


@pytest.mark.parametrize(
    "spoilt",
    [
        WHOLE[:-WHERE],
        WHOLE[: -WHERE - 1] + WHOLE[-WHERE:],
        MAGIC,
        MAGIC + WHOLE[len(MAGIC) + 1 :],
        MAGIC + b"x" + WHOLE[len(MAGIC) :],
    ],
    ids=("no end", "an octet less", "nothing", "begins too late", "begins too early"),
)
def test_what_does_not_fit_together_is_refused(spoilt: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        opened(spoilt)


def test_a_table_with_more_rows_than_dialogues_is_refused() -> None:
    octets = encode(saved(0), saved(2).held)
    where = int.from_bytes(octets[-WHERE:])
    table = msgspec.msgpack.decode(octets[where:-WHERE])
    table[1].append("d-9")
    altered = octets[:where] + msgspec.msgpack.encode(table) + octets[-WHERE:]
    with pytest.raises(msgspec.ValidationError, match="does not fit"):
        opened(altered)
