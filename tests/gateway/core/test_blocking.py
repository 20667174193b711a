"""A PSAP blocks a caller: the end of that dialogue, and what becomes of the caller's next ones."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from text911.gateway.core.blocking import BLOCK_MAX, Blocks, by, for_how_long
from text911.gateway.core.commands import (
    BlockCaller,
    Decline,
    EndLeg,
    GiveReceipt,
    OfferTo,
    Route,
    TellCaller,
)
from text911.gateway.core.facts import (
    LocationFailed,
    PsapEnded,
    PsapRefused,
    RouteChosen,
)
from text911.gateway.core.state import Offered, Over
from text911.gateway.core.values import Block, DialogueId, Previous, PsapName

from .stage import HOUR, KEY, OTHER, POLICY, T0, A, B, C, Play, block, only, wrote


def words(play: Play) -> str:
    return "\n".join(play.texts("event"))


# --- the dialogue in which it is decided ---


def test_a_ringing_dialogue_ends_with_the_bounce_back_and_the_reason() -> None:
    play = Play()
    play.ring()
    said = play.hear(block())
    assert isinstance(play.dialogue.phase, Over)
    assert play.dialogue.phase.how == "bounced"
    assert play.automatics == ["M1"]
    assert only(TellCaller, said)
    assert only(EndLeg, said) == [
        EndLeg(A, 0, "Ann blocked this caller for 60 min: 400 times the same")
    ]
    made = only(BlockCaller, said)
    assert made == [BlockCaller(Block(play.id, A, "Ann", T0, T0 + HOUR, "400 times the same"))]
    assert [one.delivered for one in only(GiveReceipt, said)] == [False]


def test_what_was_shown_before_is_told_as_delivered_all_the_same() -> None:
    play = Play()
    play.ring()
    shown = play.show_all()
    assert [one.delivered for one in only(GiveReceipt, shown)] == [True]
    assert only(GiveReceipt, play.hear(block())) == []


def test_an_answered_dialogue_ends_with_closing_words_and_never_with_a_bounce_back() -> None:
    play = Play()
    play.take()
    play.hear(block(text="Do not text us in jest."))
    assert play.dialogue.phase == Over("ended", T0, A, 0, "Ann")
    assert play.texts("psap") == ["Do not text us in jest."]
    assert play.automatics == []
    assert "Ended: Ann blocked this caller for 60 min" in words(play)


def test_without_words_of_its_own_it_ends_with_those_of_the_psap() -> None:
    play = Play()
    play.take()
    play.hear(block())
    assert play.automatics == ["M3"]


def test_a_caller_who_was_lost_by_another_psap_is_told_so_and_not_bounced() -> None:
    play = Play()
    play.take()
    play.hear(PsapRefused(A, 0, "the link is gone"))
    play.hear(block((B, 1)))
    assert isinstance(play.dialogue.phase, Over)
    assert play.dialogue.phase.how == "lost"
    assert play.automatics == ["M2"]


def test_texts_that_nobody_saw_are_told_as_undelivered() -> None:
    play = Play()
    play.take()
    play.hear(wrote("more"))
    said = play.hear(block(text="Goodbye."))
    assert "M7" in play.automatics
    assert [one.delivered for one in only(GiveReceipt, said)] == [False]


def test_no_block_is_longer_than_a_day_whoever_asks() -> None:
    play = Play()
    play.ring()
    (made,) = only(BlockCaller, play.hear(block(until=T0 + 9 * BLOCK_MAX)))
    assert made.block.until == T0 + BLOCK_MAX


def over(play: Play) -> None:
    play.take()
    play.hear(PsapEnded(A, 0, "e", "Kim"))


@pytest.mark.parametrize(
    ("prepare", "leg", "why"),
    [
        (Play.ring, (B, 0), "it is ringing at ansonia now"),
        (Play.take, (B, 0), "Kim at ansonia has it now"),
        (over, (A, 0), "the dialogue is ended"),
        (Play.open, (A, 0), "it does not ring anywhere yet"),
    ],
)
def test_a_block_that_comes_too_late_or_too_early_is_declined(
    prepare: Callable[[Play], object], leg: tuple[PsapName, int], why: str
) -> None:
    play = Play()
    prepare(play)
    before = play.dialogue
    assert play.hear(block(leg)) == [Decline(*leg, "b", f"not blocked: {why}")]
    assert play.dialogue == before


@pytest.mark.parametrize("answered", [False, True])
def test_the_same_wish_again_is_not_declined(answered: bool) -> None:
    play = Play()
    play.take() if answered else play.ring()
    play.hear(block())
    assert play.hear(block()) == []


# --- the caller's next dialogue ---


def blocked(*psaps: PsapName, until: float = T0 + HOUR) -> tuple[Block, ...]:
    return tuple(
        Block(DialogueId(f"d-{psap}"), psap, "Ann", T0 - 60.0, until, "jest") for psap in psaps
    )


def opened(*psaps: PsapName, until: float = T0 + HOUR, previous: Previous | None = None) -> Play:
    play = Play(previous=previous)
    play.opening = msgspec.structs.replace(play.opening, blocked=blocked(*psaps, until=until))
    return play


def test_a_blocked_caller_gets_the_bounce_back_when_that_psap_would_be_rung_first() -> None:
    play = opened(A)
    said = play.ring()
    assert only(OfferTo, said) == []
    assert play.automatics == ["M1"]
    reason = "Bounce-back sent: Ann at ansonia has blocked this caller, for another 60 min: jest"
    assert reason in words(play)
    assert play.texts() == ["help"]  # written down like any other


def test_other_psaps_are_not_bound_and_the_chain_goes_on_without_the_one_that_is() -> None:
    play = opened(B)
    assert [one.psap for one in only(OfferTo, play.ring())] == [A]
    assert "Not rung: Ann at ansonia" not in words(play)
    assert "Not rung: Ann at bethel has blocked this caller" in words(play)
    phase = play.dialogue.phase
    assert isinstance(phase, Offered)
    assert phase.chain == (A, C)


def test_a_block_that_is_over_by_then_changes_nothing() -> None:
    play = opened(A, until=T0)
    assert [one.psap for one in only(OfferTo, play.ring())] == [A]


def test_a_route_to_nobody_stays_one() -> None:
    play = opened(A)
    play.answer = lambda _line, _question: RouteChosen((), "out of state")
    play.ring()
    assert "Bounce-back sent: out of state" in words(play)


def test_the_grace_window_does_not_lead_back_to_the_psap_that_blocked() -> None:
    before = Previous(DialogueId("d-0"), A, T0 - 5.0)
    play = opened(A, previous=before)
    play.open()
    assert play.questions == []  # it is located anew, for another PSAP may be in charge
    play.hear(LocationFailed("no source"))
    assert [type(one) for one in play.questions] == [Route]
    other = opened(B, previous=before)
    other.open()
    assert [one.grace for one in only_routes(other)] == [A]
    phase = other.dialogue.phase
    assert isinstance(phase, Offered)
    assert phase.chain == (A, C)


def only_routes(play: Play) -> list[Route]:
    return [one for one in play.questions if isinstance(one, Route)]


def test_a_late_location_keeps_the_block_too() -> None:
    play = opened(A)
    play.open()
    play.wait(POLICY.limits.location)
    assert play.automatics == ["M1"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.0, "1 min"), (5400.0, "90 min"), (86400.0, "24 h"), (9000.0, "2.5 h")]
)
def test_how_long_it_lasts_is_said_so_that_it_is_understood(seconds: float, said: str) -> None:
    assert for_how_long(seconds) == said


# --- the memory of them ---


def one(
    psap: PsapName = A, dialogue: str = "d-1", since: float = T0, until: float = T0 + HOUR
) -> Block:
    return Block(DialogueId(dialogue), psap, "Ann", since, until, "jest")


def test_a_block_holds_for_its_caller_until_its_time() -> None:
    blocks = Blocks()
    blocks.add(KEY, one())
    assert blocks.of(KEY, T0 + HOUR - 1.0) == (one(),)
    assert blocks.of(KEY, T0 + HOUR) == ()
    assert blocks.of(OTHER, T0) == ()
    assert by(blocks.of(KEY, T0), B, T0) is None


def test_two_psaps_may_block_the_same_caller_and_each_lifts_its_own() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(A))
    blocks.add(KEY, one(B, "d-2", T0 + 1.0))
    assert blocks.active(T0) == [(KEY, one(A)), (KEY, one(B, "d-2", T0 + 1.0))]
    blocks.lift(A, DialogueId("d-2"))
    assert len(blocks.of(KEY, T0)) == 2
    blocks.lift(A, DialogueId("d-1"))
    assert [held.psap for held in blocks.of(KEY, T0)] == [B]
    blocks.lift(B, DialogueId("d-2"))
    assert blocks.of(KEY, T0) == ()


def test_the_later_decision_stands_in_whatever_order_they_are_read() -> None:
    early, late = one(), one(A, "d-2", T0 + 60.0, T0 + 2 * HOUR)
    for order in ((early, late), (late, early)):
        blocks = Blocks()
        for each in order:
            blocks.add(KEY, each)
        assert blocks.of(KEY, T0) == (late,)


def test_what_is_over_is_forgotten_when_the_next_is_added() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(until=T0 + 1.0))
    blocks.add(OTHER, one(B, "d-2", T0 + 2.0))
    assert blocks.find(A, DialogueId("d-1")) is None
    assert blocks.find(B, DialogueId("d-2")) is not None


def test_what_was_decided_in_a_dialogue_can_be_dropped_with_it() -> None:
    blocks = Blocks()
    blocks.add(KEY, one(A))
    blocks.add(OTHER, one(A, "d-2"))
    blocks.drop(DialogueId("d-1"))
    assert blocks.active(T0) == [(OTHER, one(A, "d-2"))]
