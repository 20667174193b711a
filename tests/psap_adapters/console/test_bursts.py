"""A noisy caller: lines that wait, leave together and are folded; in order, and none lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.bursts import (
    AT_ONCE,
    EVERY,
    HEAD,
    NEWEST,
    WHOLE,
    WITHIN,
    Bursts,
    folded,
)

from .play import Browser, Room, heard, item, leg, offer, reply


def lines(*kinds: str) -> list[frames.Line]:
    return [frames.Line(at, 0.0, kind, f"text {at}") for at, kind in enumerate(kinds)]  # type: ignore[arg-type]


# --- which lines wait ---


def test_who_writes_like_a_person_never_waits() -> None:
    bursts = Bursts()
    assert not any(bursts.comes("d", n, n * WITHIN / AT_ONCE) for n in range(100))
    assert bursts.due_at() is None


def test_beyond_the_rate_lines_wait_for_half_a_second_at_most() -> None:
    bursts = Bursts()
    assert not any(bursts.comes("d", n, 100.0 + n * 0.01) for n in range(AT_ONCE))
    assert bursts.comes("d", AT_ONCE, 100.1)
    assert bursts.comes("d", AT_ONCE + 1, 100.3)
    assert bursts.first_waiting("d") == AT_ONCE
    assert bursts.due_at() == pytest.approx(100.09 + EVERY)
    assert bursts.due(100.5) == []
    assert bursts.due(100.6) == ["d"]
    assert bursts.leaves("d", 100.6) == AT_ONCE
    assert bursts.leaves("d", 100.6) is None
    assert bursts.comes("d", 12, 100.7), "at most two frames a second"
    assert bursts.due_at() == pytest.approx(100.6 + EVERY)


def test_one_noisy_caller_keeps_nobody_else_waiting() -> None:
    bursts = Bursts()
    for n in range(AT_ONCE + 5):
        bursts.comes("noisy", n, 1.0)
    assert not bursts.comes("quiet", 0, 1.0)
    assert bursts.waiting() == ("noisy",)


def test_a_line_that_comes_when_nothing_has_left_for_a_while_leaves_at_once() -> None:
    bursts = Bursts()
    for n in range(AT_ONCE):
        bursts.comes("d", n, 1.0)
    assert not bursts.comes("d", AT_ONCE, 1.0 + EVERY)


def test_a_clock_that_is_set_back_holds_nothing() -> None:
    bursts = Bursts()
    for n in range(AT_ONCE + 1):
        bursts.comes("d", n, 1000.0)
    assert bursts.due(900.0) == ["d"]
    bursts.leaves("d", 900.0)
    assert bursts.comes("d", 11, 900.1)
    assert not Bursts().comes("d", 0, -5.0)


def test_a_leg_that_is_over_is_forgotten() -> None:
    bursts = Bursts()
    for n in range(AT_ONCE + 1):
        bursts.comes("d", n, 1.0)
    bursts.forget("d")
    assert bursts.waiting() == ()
    assert bursts.first_waiting("d") is None
    assert not bursts.comes("d", 20, 1.0)


# --- what is folded for a console that comes later ---


@given(st.lists(st.sampled_from(["caller"] * 40 + ["psap", "event"]), max_size=300))
def test_a_fold_hides_no_line_that_is_not_counted_and_nobodys_but_the_callers(
    kinds: list[str],
) -> None:
    all_lines = lines(*kinds)
    kept, folds = folded(all_lines)
    left_out = [one for one in all_lines if one not in kept]
    assert {one.kind for one in left_out} <= {"caller"}
    assert list(kept) == sorted(kept, key=lambda one: one.sequence)
    for fold in folds:
        inside = [one for one in left_out if fold.after < one.sequence <= fold.last]
        assert len(inside) == fold.count > 0
        left_out = [one for one in left_out if one not in inside]
    assert left_out == []


def test_a_long_run_keeps_its_beginning_and_its_end() -> None:
    kept, folds = folded(lines(*["caller"] * 500, "psap"))
    assert [one.sequence for one in kept] == [*range(HEAD), *range(500 - NEWEST, 501)]
    assert folds == (frames.Fold(HEAD - 1, 499 - NEWEST, 500 - HEAD - NEWEST),)


# --- through the hub ---


def flood(room: Room, first: int, count: int) -> None:
    for n in range(first, first + count):
        room.give(item(n, f"text {n}"))


def bursts_of(browser: Browser) -> list[frames.Burst]:
    return heard(browser, frames.Burst)


def ringing() -> tuple[Room, Browser]:
    room = Room()
    one = room.enter("op1")
    room.offer(offer(item(0, "help")))
    return room, one


def test_five_hundred_lines_leave_as_a_handful_of_frames_in_order_with_their_number() -> None:
    room, one = ringing()
    for second in range(4):
        flood(room, 1 + 125 * second, 125)
        room.wait(0.25)
    room.wait(1.0)
    sent = bursts_of(one)
    assert len(heard(one, frames.NewLine)) == AT_ONCE
    assert len(sent) <= 3
    assert sum(burst.folded + len(burst.lines) for burst in sent) == 500 - AT_ONCE
    assert all(len(burst.lines) <= WHOLE for burst in sent)
    after = AT_ONCE
    for burst in sent:
        assert burst.after == after
        assert burst.lines[0].sequence == after + burst.folded + 1
        after = burst.lines[-1].sequence
    assert after == 500


def test_what_was_folded_can_be_fetched_page_by_page_until_nothing_is_left_out() -> None:
    room, one = ringing()
    flood(room, 1, 600)
    room.wait(1.0)
    (burst,) = bursts_of(one)
    before, got = burst.lines[0].sequence, list[int]()
    while before > burst.after + 1:
        room.say(one, frames.Lines("d1/0", before, 1000))
        answer = one.heard[-1]
        assert isinstance(answer, frames.Fetched)
        assert 0 < len(answer.lines) <= 200
        got[:0] = [line.sequence for line in answer.lines if line.sequence > burst.after]
        before = answer.lines[0].sequence
    assert got == list(range(burst.after + 1, burst.lines[0].sequence))


def test_no_line_counts_as_shown_before_it_has_left() -> None:
    room, one = ringing()
    flood(room, 1, 50)
    room.say(one, frames.Seen({"d1/0": 10_000}))
    assert room.told(port.Shown)[-1] == port.Shown(leg(), AT_ONCE)
    room.wait(1.0)
    room.say(one, frames.Seen({"d1/0": bursts_of(one)[-1].lines[-1].sequence}))
    assert room.told(port.Shown)[-1] == port.Shown(leg(), 50)


def test_our_own_words_leave_at_once_and_behind_what_the_caller_said_before() -> None:
    room, one = ringing()
    room.answered("op1")
    flood(room, 1, 50)
    room.give(reply(51, "k1"))
    burst, line = one.heard[-2:]
    assert isinstance(burst, frames.Burst)
    assert burst.lines[-1].sequence == 50
    assert isinstance(line, frames.NewLine)
    assert line.line.key == "k1"


@pytest.mark.parametrize("what", ["answered", "closed", "offered"])
def test_nothing_waits_when_the_leg_changes_hands(what: str) -> None:
    room, one = ringing()
    flood(room, 1, 50)
    if what == "answered":
        room.answered("op1")
    elif what == "closed":
        room.close()
    else:
        room.offer(offer(*(item(n) for n in range(51))))
    (burst,) = bursts_of(one)
    assert burst.lines[-1].sequence == 50
    assert room.hub.wakes_at() is None


def test_who_comes_in_the_middle_of_a_flood_misses_nothing_and_gets_nothing_twice() -> None:
    room, _ = ringing()
    flood(room, 1, 300)
    late = room.enter("op2")
    state = late.state["d1/0"]
    assert sum(fold.count for fold in state.folds) + len(state.lines) == 301
    flood(room, 301, 20)
    room.wait(1.0)
    assert max(late.held["d1/0"]) == 320


def test_lines_and_maps_are_for_those_who_may_read_them() -> None:
    room, one = ringing()
    other = room.enter("op2")
    room.answered("op1")
    for frame in (frames.Lines("d1/0", 9, 9), frames.ChartOf("d1/0")):
        room.say(other, frame)
        refused = other.heard[-1]
        assert isinstance(refused, frames.NotPossible)
        assert refused.reason == "Only its owner and supervisors read it."
        room.say(one, frame)
        assert isinstance(one.heard[-1], frames.Fetched | frames.NewChart)
    room.say(one, frames.Lines("nothing/0", 9, 9))
    assert isinstance(one.heard[-1], frames.NotPossible)


def test_a_map_is_sent_to_who_asks_for_it_and_to_nobody_else() -> None:
    room, one = ringing()
    chart = port.Chart((), 900)
    drawn = port.Card("(203) 555-0142", "B", "sms", 100.0, "Town", "because", chart=chart)
    room.update(port.CardChanged(drawn))
    changed = one.heard[-1]
    assert isinstance(changed, frames.NewCard)
    assert changed.card.chart is None
    room.say(one, frames.ChartOf("d1/0"))
    assert one.heard[-1] == frames.NewChart("d1/0", chart)
