"""The PSAPs' side: commands become verbs, reports become facts, and a person is always answered."""

from __future__ import annotations

from text911.gateway.core.commands import Show, Withdraw
from text911.gateway.core.values import DialogueId, PsapName
from text911.gateway.edges.psaps import NOT_LIFTED, NOT_RECORDED, TOO_LONG
from text911.psap_adapters.port import (
    Answered,
    AnsweredBy,
    Availability,
    Blocked,
    CardChanged,
    Ended,
    Leg,
    NotTaken,
    Offer,
    Quiet,
    Unblocked,
)

from .world import CALLER, PLACE, T0, Console, Peer, World


def ringing() -> tuple[World, Peer]:
    world = World()
    peer = world.bind()
    peer.text()
    world.settle()
    peer.read()
    return world, peer


def test_the_card_says_who_where_and_why() -> None:
    world, _ = ringing()
    card = world.hartford.offers[0].card
    assert (card.caller, card.carrier, card.town) == ("(860) 555-0142", "Carrier One", "Hartford")
    assert card.routed_because == "test: test"
    assert card.place is not None
    assert (card.place.latitude, card.place.radius) == (PLACE.latitude, 300.0)
    assert world.hartford.offers[0].ring_until == T0 + 20.0


def test_a_psap_with_nobody_there_passes_the_caller_on_within_the_same_moment() -> None:
    world = World()
    world.hartford.people = False
    peer = world.bind()
    peer.text()
    world.settle()
    assert world.hartford.offers == []
    assert [offer.leg.psap for offer in world.csecc.offers] == ["csecc"]


def test_when_nobody_is_anywhere_the_caller_is_told_and_the_text_is_reported_undelivered() -> None:
    world = World()
    world.hartford.people = world.csecc.people = False
    peer = world.bind()
    peer.text(registered_delivery=1)
    world.settle()
    words = [pdu.short_message for pdu, _ in peer.delivered()]
    assert any(b"stat:UNDELIV" in one for one in words)
    assert b"no text-to-911" in words


def test_the_second_psap_sees_everything_and_the_first_is_told_to_stop() -> None:
    world, peer = ringing()
    peer.text(b"please")
    world.settle()
    world.wait(20.2)
    assert [leg.psap for leg, _ in world.hartford.gone] == ["hartford"]
    offer = world.csecc.offers[0]
    assert [item.text for item in offer.items if item.kind == "caller"] == ["help", "please"]
    world.hartford.answer()
    world.settle()
    assert "too late" in world.hartford.gone[-1][1]


def test_the_winner_is_told_to_both_hands() -> None:
    world, _ = ringing()
    leg = world.hartford.answer("ann")
    world.hartford.say(Answered(leg, "bob"))
    world.settle()
    told = [change.by for _, change in world.hartford.changes if isinstance(change, AnsweredBy)]
    assert told == ["ann", "ann"]


def test_what_a_person_wrote_comes_back_with_its_key() -> None:
    world, _ = ringing()
    leg = world.hartford.answer()
    world.hartford.write(leg, "where are you?", "k7")
    world.settle()
    back = [item for _, item in world.hartford.items if item.key == "k7"]
    assert [(item.text, item.by, item.kind) for item in back] == [("where are you?", "ann", "psap")]
    world.hartford.write(leg, "where are you?", "k7")
    world.settle()
    assert len([item for _, item in world.hartford.items if item.key == "k7"]) == 1


def _refusals(console: Console) -> list[NotTaken]:
    return [change for _, change in console.changes if isinstance(change, NotTaken)]


def test_words_before_the_answer_are_declined_with_the_reason() -> None:
    world, _ = ringing()
    world.hartford.write(world.hartford.offers[0].leg, "hello", "k1")
    world.settle()
    assert _refusals(world.hartford) == [NotTaken("k1", "not sent: answer the dialogue first")]


def test_a_text_that_no_sms_can_carry_is_declined() -> None:
    world, _ = ringing()
    leg = world.hartford.answer()
    world.hartford.write(leg, "x" * 40_000, "k1")
    world.hartford.say(Ended(leg, "k2", "ann", "x" * 40_000))
    world.settle()
    assert _refusals(world.hartford) == [NotTaken("k1", TOO_LONG), NotTaken("k2", TOO_LONG)]
    assert world.psaps.measure("x" * 40_000, leg.dialogue).parts == 256


def test_while_the_journal_cannot_write_a_person_is_told_so() -> None:
    world, _ = ringing()
    leg = world.hartford.answer()
    world.settle()
    world.journal.store.refuses = "no space"
    world.hartford.write(leg, "hello", "k1")
    world.settle()
    world.hartford.write(leg, "hello", "k1")
    world.settle()
    assert _refusals(world.hartford) == [NotTaken("k1", NOT_RECORDED)] * 2
    world.journal.store.refuses = None
    world.engine.recover()
    world.hartford.write(leg, "hello", "k1")
    world.settle()
    assert [i.text for _, i in world.hartford.items if i.key == "k1"] == ["hello"]


def test_the_end_is_told_to_the_page_and_to_the_caller() -> None:
    world, peer = ringing()
    leg = world.hartford.answer()
    world.hartford.end_it(leg, "goodbye")
    world.settle()
    assert world.hartford.gone[-1] == (leg, "ended by ann")
    assert [pdu.short_message for pdu, _ in peer.delivered()] == [b"goodbye"]
    world.hartford.write(leg, "one more", "k9")
    world.settle()
    assert _refusals(world.hartford)[-1].key == "k9"


def test_a_location_that_comes_late_is_shown_and_does_not_move_the_caller() -> None:
    world = World()
    world.source.place = None
    peer = world.bind()
    peer.text()
    world.settle()
    assert world.hartford.offers == []
    world.wait(3.2)
    assert world.hartford.offers[0].card.place is None
    world.source.asked[0][1](PLACE)
    world.settle()
    (card,) = [c.card for _, c in world.hartford.changes if isinstance(c, CardChanged)]
    assert card.place is not None
    assert card.place.latitude == PLACE.latitude
    assert len(world.hartford.offers) == 1


def test_silence_is_announced_before_it_closes_the_dialogue() -> None:
    world, _ = ringing()
    world.hartford.answer()
    world.settle()
    world.wait(901.0)
    (quiet,) = [c for _, c in world.hartford.changes if isinstance(c, Quiet)]
    assert quiet.closes_at == T0 + 1800.0
    world.wait(900.0)
    assert world.hartford.gone[-1][1] == "closed: nobody wrote"


def test_a_psap_that_is_gone_from_the_configuration_refuses() -> None:
    world = World()
    world.psaps.replace({"csecc": world.csecc})
    fresh = Console("new")
    world.psaps.replace({"csecc": world.csecc, "new": fresh})
    assert set(world.psaps.availability) == {"csecc", "new"}
    fresh.say(Availability("new", reachable=True, people=2))
    assert world.psaps.availability["new"].people == 2
    world.psaps.stop()
    assert fresh.stopped


def test_a_command_for_a_psap_nobody_knows_harms_nothing() -> None:
    world, _ = ringing()
    (held,) = world.engine
    nowhere = PsapName("nowhere")
    world.psaps.carry(held.dialogue, Withdraw(nowhere, 0, "over"))
    world.psaps.carry(held.dialogue, Show(nowhere, 0, 800, T0, "event", "words"))
    assert world.transcripts.items(held.dialogue)[-1].text == "words"


def test_a_dialogue_closed_long_ago_is_taken_off_the_page() -> None:
    world, _ = ringing()
    leg = Leg("forgotten", "hartford", 0)
    world.hartford.write(leg, "anybody?", "k1")
    assert world.hartford.gone[-1][0] == leg


def test_a_fault_in_one_edge_is_reported_and_holds_up_nobody_else() -> None:
    world, peer = ringing()

    class Broken(Console):
        def offer(self, offer: Offer) -> None:
            raise RuntimeError("a fault of ours")

    world.psaps.replace({"hartford": Broken("hartford")})
    for number in ("18605550143", CALLER):
        peer.text(source_addr=number)
    world.settle()
    assert [type(fault) for fault in world.faults] == [RuntimeError]
    assert [status for _, status, _ in peer.read()] == [0, 0]


def test_what_nobody_asks_about_any_more_is_dropped_from_memory() -> None:
    world, peer = ringing()
    leg = world.hartford.answer()
    world.hartford.end_it(leg)
    world.settle()
    for _, at in peer.delivered():
        peer.take(at)
    world.wait(601.0)
    assert len(world.engine) == 0
    assert len(world.transcripts) == 0
    assert world.engine.get(DialogueId(leg.dialogue)) is None


# --- a caller is blocked ---


def test_a_block_ends_the_dialogue_and_the_next_one_is_bounced_without_ringing_anywhere() -> None:
    world, peer = ringing()
    leg = world.hartford.offers[0].leg
    world.hartford.say(Blocked(leg, "k1", "chief", 600.0, "the same words again and again"))
    world.settle()
    words = "chief blocked this caller for 10 min: the same words again and again"
    assert world.hartford.gone == [(leg, words)]
    (active,), trouble = world.hartford.blocked[-1]
    assert (active.id, active.caller, active.by) == (leg.dialogue, "(860) 555-0142", "chief")
    assert (active.until - active.since, trouble) == (600.0, "")
    assert b"no text-to-911" in [pdu.short_message for pdu, _ in peer.delivered()]
    world.wait(12.0)
    peer.text(b"again")
    world.settle()
    assert len(world.hartford.offers) == 1
    assert world.csecc.offers == []
    assert [pdu.short_message for pdu, _ in peer.delivered()].count(b"no text-to-911") == 1


def test_an_answered_caller_is_blocked_with_closing_words() -> None:
    world, peer = ringing()
    leg = world.hartford.answer()
    world.settle()
    peer.read()
    world.hartford.say(Blocked(leg, "k1", "chief", 600.0, "jest", "x" * 40_000))
    world.settle()
    assert _refusals(world.hartford) == [NotTaken("k1", TOO_LONG)]
    world.hartford.say(Blocked(leg, "k1", "chief", 600.0, "jest", "This is no game."))
    world.settle()
    assert b"This is no game." in [pdu.short_message for pdu, _ in peer.delivered()]
    assert len(world.hartford.blocked[-1][0]) == 1


def test_a_lifted_block_is_gone_from_the_list_and_the_caller_rings_again() -> None:
    world, peer = ringing()
    leg = world.hartford.offers[0].leg
    world.hartford.say(Blocked(leg, "k1", "chief", 600.0, "jest"))
    world.settle()
    world.hartford.say(Unblocked("hartford", leg.dialogue, "chief"))
    world.settle()
    assert world.hartford.blocked[-1] == ((), "")
    peer.text(b"again")
    world.settle()
    assert len(world.hartford.offers) == 2


def test_while_the_journal_cannot_write_no_block_is_made_or_lifted_and_people_are_told() -> None:
    world, _ = ringing()
    leg = world.hartford.offers[0].leg
    world.hartford.say(Blocked(leg, "k1", "chief", 600.0, "jest"))
    world.settle()
    world.journal.store.refuses = "no space"
    world.hartford.say(Unblocked("hartford", leg.dialogue, "chief"))
    world.settle()
    active, trouble = world.hartford.blocked[-1]
    assert len(active) == 1
    assert trouble == NOT_LIFTED
    world.journal.store.refuses = None
    world.engine.recover()
    assert len(world.engine.blocks(PsapName("hartford"))) == 1


def test_every_psap_is_told_its_own_blocks_at_the_start_and_after_a_reload() -> None:
    world = World()
    assert world.hartford.blocked == [((), "")]
    later = Console("later")
    world.psaps.replace({"hartford": world.hartford, "later": later})
    assert later.blocked == [((), "")]
    assert world.hartford.blocked == [((), "")]
