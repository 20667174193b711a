"""The life of a call: every phase is reached, every one ends, and nothing follows the end."""

from __future__ import annotations

import pytest

from text911.sip.call_table import ENDED, NEXT, Input, Phase, read

OURS = {Phase.CALLING, Phase.PROCEEDING, Phase.CANCELLING}
THEIRS = {Phase.INVITED, Phase.RINGING, Phase.ACCEPTED, Phase.LEAVING}


def reached(phase: Phase) -> set[Phase]:
    found = {phase}
    while True:
        more = {after for (at, _), after in NEXT.items() if at in found}
        if more <= found:
            return found
        found |= more


def test_each_side_reaches_its_own_phases_and_those_of_both() -> None:
    assert reached(Phase.INVITED) == set(Phase) - OURS
    assert reached(Phase.CALLING) == set(Phase) - THEIRS


def test_every_phase_can_end_and_nothing_follows_the_end() -> None:
    for phase in Phase:
        assert Phase.OVER in reached(phase)
    assert not any(at is Phase.OVER for at, _ in NEXT)


def test_what_was_told_as_ended_stays_ended() -> None:
    for (at, happened), after in NEXT.items():
        if at in ENDED:
            assert after in ENDED, (at, happened)


def test_a_call_can_be_hung_up_or_refused_in_every_phase_that_is_not_ended() -> None:
    for phase in set(Phase) - ENDED:
        verbs = {Input.HANG_UP, Input.REFUSE}
        assert any(NEXT.get((phase, verb)) in ENDED for verb in verbs), phase


@pytest.mark.parametrize("table", ["nowhere\nRING over", "invited\nRING over over"])
def test_a_table_with_a_word_too_many_is_no_table(table: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(table)
