"""When a text counts as accepted, and when nothing more is expected for it."""

from __future__ import annotations

from text911.gateway.demo.record import LegSeen, LineSeen, Said


def test_a_text_is_accepted_when_every_part_of_it_is() -> None:
    said = Said("long", {"1": [(0, "a")], "2": []})
    assert not said.accepted
    said.responses["2"].append((0x14, ""))
    assert not said.accepted
    said.responses["2"].append((0, "b"))
    assert said.accepted
    assert said.message_ids == {"a", "b"}


def test_a_text_is_settled_when_its_receipts_have_come() -> None:
    said = Said("help", {"1": [(0, "a")]})
    assert not said.is_settled
    said.receipts.append(("a", "DELIVRD"))
    assert said.is_settled


def test_a_pdu_sent_twice_is_settled_after_two_responses_and_one_receipt() -> None:
    said = Said("help", {"1": [(0, "a")]}, repeated=True, receipts=[("a", "DELIVRD")])
    assert not said.is_settled
    said.responses["1"].append((0, "a"))
    assert said.is_settled


def test_a_leg_gives_the_texts_of_the_kinds_asked_for() -> None:
    leg = LegSeen("a/0", "a", "hartford", "(860) 555-0101", 0.0)
    leg.lines = [LineSeen(n, kind, kind) for n, kind in enumerate(("caller", "event", "psap"))]
    assert leg.texts("caller", "psap") == ["caller", "psap"]
