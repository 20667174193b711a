"""The ends: automatic messages, each at most once, never to a machine, never answering an echo."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import GiveReceipt, TellCaller
from text911.gateway.core.facts import (
    CarrierTook,
    LocationFailed,
    PsapEnded,
    PsapRefused,
    ReceiptTaken,
)
from text911.gateway.core.over import previous_of
from text911.gateway.core.state import Dialogue
from text911.gateway.core.values import CallerKey, CarrierName, DialogueId, MessageId, Previous

from .stage import KEY, NOBODY, POLICY, T0, A, Play, only, sent_part, wrote


def bounced(play: Play, *texts: object) -> Play:
    play.ring(*texts)  # type: ignore[arg-type]
    play.hear(PsapRefused(*play.leg, "nobody is here"))
    assert play.dialogue.name_of_phase == "bounced"
    return play


@pytest.mark.parametrize("number", ["911", "22000", "+2200000", "FLOWERS", ""])
def test_a_short_code_or_an_alphanumeric_sender_gets_no_automatic_message(number: str) -> None:
    key = CallerKey("sms", CarrierName("elm"), number)
    play = bounced(Play(A, key=key), wrote("buy", media_removed=True))
    assert not only(TellCaller, play.said)
    assert play.automatics == []
    events = play.texts("event")
    assert "Automatic message M5 not sent: the sender is not a telephone number" in events
    assert "Automatic message M1 not sent: the sender is not a telephone number" in events
    assert only(GiveReceipt, play.said), "its carrier is told all the same"


def test_a_person_has_a_number_of_at_least_eight_digits() -> None:
    assert KEY.is_person
    assert CallerKey("sms", CarrierName("elm"), "+18605550").is_person


def test_removed_media_are_told_once_and_only_if_the_policy_says_so() -> None:
    play = Play()
    play.take(wrote("one", media_removed=True), wrote("two", media_removed=True))
    assert play.automatics == ["M5"]
    quiet = Play(policy=msgspec.structs.replace(POLICY, media=None))
    quiet.take(wrote("one", media_removed=True))
    assert quiet.automatics == []


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        ((("M1", T0 - 9.9),), []),
        ((("M1", T0 - 10.0),), ["M1"]),
        ((("M5", T0),), ["M1"]),
        ((("M1", T0 - 9.9), ("M5", T0)), []),  # two that answer each other with two kinds in turn
        ((), ["M1"]),
    ],
)
def test_the_echo_of_an_automatic_message_is_not_answered_with_its_like(
    before: tuple[tuple[str, float], ...], sent: list[str]
) -> None:
    previous = Previous(DialogueId("d-0"), NOBODY, T0 - 10.0, automatic=before)
    play = bounced(Play(A, previous=previous))
    assert play.automatics == sent
    refused = "Automatic message M1 not sent again: the last one is under 10 s old"
    assert (refused in play.texts("event")) == (sent == [])


def test_what_an_older_record_says_of_the_last_automatic_message_counts() -> None:
    previous = Previous(DialogueId("d-0"), NOBODY, T0 - 10.0, "M1", T0 - 9.9)
    assert bounced(Play(A, previous=previous)).automatics == []


def test_automatic_messages_are_remembered_over_dialogues_that_sent_none_or_another() -> None:
    first = previous_of(DialogueId("d-1"), bounced(Play(A)).dialogue)
    assert first == Previous(DialogueId("d-1"), NOBODY, T0, automatic=(("M1", T0),))
    silent = bounced(Play(A, previous=first, dialogue=DialogueId("d-2")))
    second = previous_of(DialogueId("d-2"), silent.dialogue)
    assert second == Previous(DialogueId("d-2"), NOBODY, T0, automatic=(("M1", T0),))
    older = Previous(DialogueId("d-0"), NOBODY, T0, automatic=(("M1", T0 - 20.0), ("M5", T0)))
    third = previous_of(
        DialogueId("d-3"), bounced(Play(A, previous=older, dialogue=DialogueId("d-3"))).dialogue
    )
    assert third.automatic == (("M1", T0), ("M5", T0))


def test_only_a_dialogue_that_somebody_had_answered_leads_back_to_its_psap() -> None:
    play = Play(A, policy=msgspec.structs.replace(POLICY, ended=()))
    play.take()
    with pytest.raises(AssertionError, match="d-1 is not over"):
        previous_of(DialogueId("d-1"), play.dialogue)
    play.hear(PsapEnded(A, 0, "k", "Kim"))
    assert previous_of(DialogueId("d-1"), play.dialogue) == Previous(DialogueId("d-1"), A, T0)
    quiet = Play(A)
    quiet.take()
    quiet.wait(1800.0)
    assert previous_of(DialogueId("d-1"), quiet.dialogue).psap == A
    lost = Play(A)
    lost.take()
    lost.hear(PsapRefused(A, 0, "gone"))
    assert previous_of(DialogueId("d-1"), lost.dialogue).psap == NOBODY


def test_every_text_gets_its_undeliv_when_nobody_will_show_it_parts_included() -> None:
    play = Play(A)
    play.ring(wrote("one", "m1"), wrote("two", receipt=False), sent_part(1, 2, name="p1"))
    said = play.hear(PsapRefused(A, 0, "x"))
    assert [(one.message, one.delivered) for one in only(GiveReceipt, said)] == [
        ("m1", False),
        ("p1", False),
    ]
    assert play.texts() == ["one", "two", "part1."]


def test_a_receipt_is_owed_until_the_carrier_has_it() -> None:
    play = bounced(Play(A), wrote("one", "m1"), wrote("two", "m2"))
    play.hear(ReceiptTaken(MessageId("m1")))
    assert [one.message for one in play.line.receipts] == ["m2"]
    play.hear(ReceiptTaken(MessageId("m2"), taken=False), ReceiptTaken(MessageId("m2")))
    assert play.line.receipts == ()


def test_shown_and_then_unanswered_is_delivrd_and_bounced_because_both_are_true() -> None:
    """DESIGN 9.3: DELIVRD says that a screen has shown it. 9.5: nobody answered, so M1."""
    play = Play(A)
    play.ring(wrote("one", "m1"))
    play.show_all()
    play.wait(120.0)
    assert play.laws.receipts == {"m1": True}
    assert play.automatics == ["M1"]


@pytest.mark.parametrize("outbox", [True, False])
def test_the_words_for_operators(outbox: bool) -> None:
    play = Play(A)
    play.open()
    names = [play.dialogue.name_of_phase]
    play.hear(LocationFailed("no"))
    names.append(play.dialogue.name_of_phase)
    play.show_all()
    play.wait(120.0)
    names.append(play.dialogue.name_of_phase)
    assert names == ["locating", "offered", "abandoned"]
    closed = Play(A)
    closed.take()
    closed.hear(PsapEnded(A, 0, "k", "Kim"))
    if not outbox:
        closed.hear(CarrierTook(0, 0))
    state: Dialogue = closed.dialogue
    assert state.name_of_phase == ("closing" if outbox else "closed")
