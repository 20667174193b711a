"""What is due, in its order, and nothing that was moved or dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from text911.sip.deadlines import SLACK, Deadlines

KEYS = st.integers(0, 5)
TIMES = st.integers(0, 20)


@given(st.lists(st.tuples(KEYS, st.none() | TIMES)), TIMES)
def test_it_is_a_dictionary_read_by_time(steps: list[tuple[int, int | None]], now: int) -> None:
    deadlines: Deadlines[int] = Deadlines()
    known: dict[int, int] = {}
    for key, at in steps:
        if at is None:
            deadlines.drop(key)
            known.pop(key, None)
        else:
            deadlines.set(key, at)
            known[key] = at
        assert len(deadlines) == len(known)
        assert deadlines.next_at == min(known.values(), default=None)
    due: list[int] = []
    while (taken := deadlines.take(now)) is not None:
        due.append(known[taken])
    assert due == sorted(at for at in known.values() if at <= now)
    assert len(deadlines) == sum(at > now for at in known.values())


def test_a_deadline_that_is_moved_for_ever_fills_no_memory() -> None:
    deadlines: Deadlines[str] = Deadlines()
    for at in range(10 * SLACK):
        deadlines.set("x", at)
        assert deadlines.kept <= SLACK + 2
    assert deadlines.take(10 * SLACK) == "x"
    assert deadlines.take(10 * SLACK) is None
