"""What the gateway did about a fact, in words: a sentence for every command and its states."""

from __future__ import annotations

from typing import get_args

import pytest

from text911.gateway.consequences import AUTOMATIC, DELIVERY, words_of
from text911.gateway.core import commands as c
from text911.gateway.core import facts as f
from text911.gateway.core.values import Block, MessageId, PsapName, Segment
from text911.psap_adapters.port import Delivery

from .core.stage import T0, D

P = PsapName("ansonia")
M = MessageId("m-1")
RANG = f.TimeRanOut("ring", 1)


def clock(at: float) -> str:
    return f"<{at:g}>"


def words(command: c.Command, fact: f.AnyFact = RANG) -> str | None:
    return words_of(command, clock, fact)


COMMANDS: tuple[tuple[c.Command, str | None], ...] = (
    (c.Show(P, 0, 8, T0, "caller", "help"), "Line 8 of the transcript"),
    (
        c.Show(P, 0, 8, T0, "caller", "help", notes=("n",), suspected_repeat=True),
        "Line 8 of the transcript, collapsed (n)",
    ),
    (
        c.Show(P, 0, 8, T0, "automatic", "words", by="M1"),
        'Line 8: automatic message M1 (text-to-911 is not available, make a voice call): "words"',
    ),
    (c.Show(P, 0, 8, T0, "event", "Ended by Kim"), "Line 8: Ended by Kim"),
    (c.Show(P, 0, 8, T0, "event", "Ringing ansonia"), None),
    (c.OfferTo(P, 0, 0.0), "Ringing ansonia (offer 1), until somebody answers"),
    (c.Withdraw(P, 0, "too late"), "Withdrawn from ansonia (offer 1): too late"),
    (c.EndLeg(P, 0, "over"), "Ended at ansonia (offer 1): over"),
    (c.OfferTo(P, 2, 20.0), "Ringing ansonia (offer 3), gives up at <20>"),
    (c.ShowDelivery(P, 0, 8, "handset"), "Delivery of line 8: the handset has it"),
    (c.ShowDelivery(P, 0, 8, "carrier", "busy"), "Delivery of line 8: the carrier has it (busy)"),
    (c.Decline(P, 0, "k", "not now"), "Declined to ansonia (offer 1): not now"),
    (c.WarnQuiet(P, 0, 0.0), "ansonia is warned: nobody writes, closes at <0>"),
    (c.Locate(()), "The location sources are asked"),
    (
        c.TellCaller(0, 1, 2, Segment(0, b""), 101, 100, again=True),
        "To the carrier: reply 1, part 2 of 2, again, so it may appear twice"
        " (user_message_reference 101)",
    ),
    (
        c.TellCaller(2, 0, 1, Segment(0, b""), 7, 7),
        "To the carrier: reply 3, in 1 part (user_message_reference 7)",
    ),
    (c.GiveReceipt(M, True, T0, T0), "The carrier is owed the receipt DELIVRD for text m-1"),
    (c.GiveReceipt(M, False, T0, T0), "The carrier is owed the receipt UNDELIV for text m-1"),
    (c.Forget(), "Nothing is owed any more"),
    (
        c.BlockCaller(Block(D, P, "Ann", T0, T0 + 60.0, "jest")),
        f"ansonia is not rung for this caller until {clock(T0 + 60.0)}",
    ),
    (c.TypeToCaller(0, "OK GA", False), 'To the line: reply 1, "OK GA"'),
    (c.TypeToCaller(1, "OK GA", True), 'To the line, interrupting: reply 2, "OK GA"'),
    (c.HangUpLine("the dialogue is over"), "The line is hung up: the dialogue is over"),
    (
        c.PassVoice(1, P, "vco"),
        "The telephone of ansonia is joined (ringing 1): the caller speaks (VCO)",
    ),
    (c.PassVoice(1, PsapName(""), ""), "The telephone is let go (ringing 1)"),
    (c.InterruptCaller(), None),
    (c.AnswerLine(P), None),
    (c.ShowTyped(P, 0, 8, "HELP", (), True), None),
    (c.ShowSending(P, 0, 8, 1, 2.0, "OK"), None),
    (c.ShowTurn(P, 0, "ours", "", False, ""), None),
    (c.ShowCard(P, 0), None),
    (c.ShowOwner(P, 0, "Kim"), None),
    (c.Arm("ring", 1, T0), None),
    (c.Disarm("ring"), None),
)


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_what_the_gateway_did_is_told(command: c.Command, words: str | None) -> None:
    assert words_of(command, clock, RANG) == words


def test_there_are_words_for_every_command() -> None:
    assert {type(command) for command, _ in COMMANDS} == set(get_args(c.Command))


def test_a_route_that_the_fact_has_told_is_not_told_again() -> None:
    shown = c.Show(P, 0, 8, T0, "event", "Route: near")
    assert words_of(shown, str, f.RouteChosen((P,), "near")) is None


def test_only_the_route_that_the_fact_told_is_left_out() -> None:
    shown = c.Show(P, 0, 8, T0, "event", "Route: near")
    assert words(shown, f.RouteChosen((P,), "far")) == "Line 8: Route: near"
    assert words(shown, RANG) == "Line 8: Route: near"


@pytest.mark.parametrize("delivery", list(Delivery))
def test_every_state_of_a_delivery_has_words_that_are_not_said_twice(delivery: Delivery) -> None:
    state = DELIVERY[delivery.value]
    assert words(c.ShowDelivery(P, 0, 8, delivery.value, state)) == f"Delivery of line 8: {state}"
    noted = words(c.ShowDelivery(P, 0, 8, delivery.value, "status 0x45"))
    assert noted == f"Delivery of line 8: {state} (status 0x45)"


def test_no_state_has_words_that_is_none() -> None:
    assert set(DELIVERY) == {delivery.value for delivery in Delivery}


def test_a_state_of_a_newer_version_is_told_by_its_name() -> None:
    assert words(c.ShowDelivery(P, 0, 8, "read")) == "Delivery of line 8: read"


@pytest.mark.parametrize("kind", sorted(AUTOMATIC))
def test_every_automatic_message_says_what_it_is_for(kind: str) -> None:
    said = words(c.Show(P, 0, 8, T0, "automatic", "Call 911.", by=kind))
    assert said == f'Line 8: automatic message {kind} ({AUTOMATIC[kind]}): "Call 911."'


@pytest.mark.parametrize("kind", ["caller", "psap"])
def test_the_words_of_people_are_not_told_a_second_time(kind: str) -> None:
    shown = c.Show(P, 0, 8, T0, kind, "burglar downstairs")  # type: ignore[arg-type]
    assert words(shown) == "Line 8 of the transcript"


def test_notes_are_told_in_their_order() -> None:
    shown = c.Show(P, 0, 8, T0, "caller", "help", notes=("part 2 is missing", "late"))
    assert words(shown) == "Line 8 of the transcript (part 2 is missing; late)"


def test_people_count_offers_replies_and_parts_from_one() -> None:
    told = words(c.TellCaller(0, 0, 3, Segment(0, b""), 7, 7)) or ""
    assert "reply 1, part 1 of 3" in told
    assert "again" not in told
    assert "(offer 1)" in (words(c.Withdraw(P, 0, "x")) or "")
