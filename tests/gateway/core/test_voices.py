"""Voices beside a call: who asks for them, what becomes of them, and that the text goes on."""

from __future__ import annotations

import msgspec
import pytest

from text911.gateway.core.commands import Command, HangUpLine, PassVoice, ShowTurn, TypeToCaller
from text911.gateway.core.dialogue import in_flight, owed
from text911.gateway.core.encoding import decode_fact, encode_fact
from text911.gateway.core.facts import (
    LineEnded,
    LineLost,
    PsapAnswered,
    PsapAskedVoice,
    PsapEnded,
    PsapRefused,
    TurnPassed,
    VoiceEnded,
    VoiceFailed,
    VoiceOpened,
)
from text911.gateway.core.state import Voice
from text911.gateway.core.values import CallerKey, CarrierName, PsapName

from .stage import POLICY, A, B, CallPlay, Play, only, typed_reply

HEARING = msgspec.structs.replace(POLICY, voices=(A,), titles=((A, "Ansonia"), (B, "Bethel")))
NOBODY = PsapName("")


def ringing() -> CallPlay:
    """A call on a line with voices; ansonia has a telephone, the other PSAPs have none."""
    play = CallPlay(policy=HEARING)
    play.opening = msgspec.structs.replace(play.opening, voice=True)
    return play


def answered() -> CallPlay:
    play = ringing()
    play.take_call()
    return play


def asks(mode: str, by: str = "Kim", psap: PsapName = A, offer: int = 0) -> PsapAskedVoice:
    return PsapAskedVoice(psap, offer, by, mode)


def voiced(commands: list[Command]) -> list[tuple[str, str, str]]:
    """The badge, as it changed."""
    return [(one.voice, one.mode, one.note) for one in only(ShowTurn, commands)]


def test_whoever_has_the_call_is_offered_the_key_where_there_is_a_telephone() -> None:
    play = answered()
    assert voiced(play.said) == [("off", "", "")]
    elsewhere = ringing()
    elsewhere.chain = (B, A)
    elsewhere.take_call()
    assert voiced(elsewhere.said) == [("", "", "")]


def test_a_line_without_voices_offers_nothing_and_says_nothing_more_than_it_did() -> None:
    play = CallPlay(policy=HEARING)
    play.take_call()
    assert play.dialogue.voice is None
    assert voiced(play.said) == [("", "", "")]
    assert play.hear(asks("vco")) == []
    play.hear(TurnPassed("theirs", "VCO"), VoiceOpened(1), LineEnded("the caller hung up"))
    assert only(PassVoice, play.said) == []
    (turn, *_) = only(ShowTurn, play.said)
    assert b"voice" not in msgspec.msgpack.encode(turn)


def test_the_key_rings_the_telephone_and_whoever_takes_it_hears_the_caller() -> None:
    play = answered()
    said = play.hear(asks("vco"))
    assert only(PassVoice, said) == [PassVoice(1, A, "vco")]
    assert voiced(said) == [("calling", "vco", "")]
    assert play.lines("event")[-1] == (
        "The telephone of Ansonia is rung: the caller speaks (VCO), asked by Kim"
    )
    assert voiced(play.hear(VoiceOpened(1))) == [("open", "vco", "")]
    assert play.lines("event")[-1] == "Voices are connected: the caller speaks (VCO)"


def test_another_mode_rings_nobody_again_and_the_same_one_nothing_at_all() -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    said = play.hear(asks("hco", "Lou"))
    assert only(PassVoice, said) == [PassVoice(1, A, "hco")]
    assert voiced(said) == [("open", "hco", "")]
    assert play.lines("event")[-1] == "Lou: the caller hears (HCO)"
    said = play.hear(asks("hco"), asks("telepathy"))
    assert only(PassVoice, said) == []


@pytest.mark.parametrize("mode", ["vco", "hco"])
def test_beside_real_time_text_the_caller_speaks_and_hears_in_either_mode(mode: str) -> None:
    play = CallPlay(policy=HEARING, key=CallerKey("rtt", CarrierName("south"), "leg-2"))
    play.opening = msgspec.structs.replace(play.opening, voice=True)
    play.take_call()
    play.hear(asks(mode), VoiceOpened(1))
    assert play.lines("event")[-2:] == [
        "The telephone of Ansonia is rung: the caller speaks and hears, asked by Kim",
        "Voices are connected: the caller speaks and hears",
    ]


def test_who_has_it_may_end_it_and_ring_again() -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    said = play.hear(asks(""))
    assert only(PassVoice, said) == [PassVoice(1, NOBODY, "")]
    assert voiced(said) == [("off", "", "")]
    assert play.lines("event")[-1] == "Voices are no longer connected: Kim ended it"
    assert only(PassVoice, play.hear(asks(""))) == []
    assert only(PassVoice, play.hear(asks("hco"))) == [PassVoice(2, A, "hco")]
    # What the first one still says is about nobody.
    assert play.hear(VoiceOpened(1), VoiceFailed(1, "late"), VoiceEnded(1, "late")) == []
    assert play.dialogue.voice == Voice(True, 2, "calling", "hco")


def test_only_who_has_the_call_may_ask() -> None:
    play = ringing()
    play.come()
    assert play.hear(asks("vco")) == []
    play.show_all()
    play.hear(PsapAnswered(A, 0, "Kim"))
    assert play.hear(asks("vco", psap=B), asks("vco", offer=7)) == []


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (VoiceFailed(1, "it is busy (486)"), "Voices could not be connected: it is busy (486)"),
        (VoiceEnded(1, "it was hung up"), "Voices are no longer connected: it was hung up"),
    ],
)
def test_whatever_becomes_of_the_telephone_is_said_and_the_text_goes_on(
    fact: VoiceFailed | VoiceEnded, words: str
) -> None:
    play = answered()
    play.hear(asks("vco"))
    said = play.hear(fact)
    assert voiced(said) == [("off", "", fact.reason)]
    assert play.lines("event")[-1] == f"{words}. The text goes on"
    assert only(HangUpLine, said) == []
    assert only(TypeToCaller, play.hear(typed_reply("k-1"))) != []
    assert voiced(play.hear(asks("vco"))) == [("calling", "vco", "")]


def test_a_caller_who_types_vco_has_the_telephone_rung() -> None:
    play = answered()
    said = play.hear(TurnPassed("hearing", "VCO"))
    assert only(PassVoice, said) == [PassVoice(1, A, "vco")]
    assert "asked by the caller" in play.lines("event")[-1]
    assert only(PassVoice, play.hear(TurnPassed("theirs", "VCO"))) == []
    assert only(PassVoice, play.hear(TurnPassed("theirs", "GA"))) == []
    assert only(PassVoice, play.hear(TurnPassed("hearing", "HCO"))) == [PassVoice(1, A, "hco")]
    play.hear(TurnPassed("theirs"), TurnPassed("hearing"))
    assert only(PassVoice, play.hear(TurnPassed("hearing", "HCO"))) == []


def test_what_a_caller_wants_before_the_answer_is_done_at_the_answer() -> None:
    play = ringing()
    play.come()
    assert only(PassVoice, play.hear(TurnPassed("hearing", "HCO"))) == []
    play.show_all()
    said = play.hear(PsapAnswered(A, 0, "Kim"))
    assert only(PassVoice, said) == [PassVoice(1, A, "hco")]
    assert voiced(said) == [("calling", "hco", "")]


def test_a_caller_is_not_heard_where_there_is_no_telephone() -> None:
    play = ringing()
    play.chain = (B, A)
    play.come()
    play.hear(TurnPassed("hearing", "VCO"))
    play.show_all()
    play.hear(PsapAnswered(B, 0, "Lou"))
    assert play.lines("event")[-1] == "Bethel has no telephone for the caller's voice"
    play.hear(TurnPassed("theirs"), TurnPassed("hearing"), TurnPassed("hearing", "HCO"))
    assert play.lines("event")[-1] == "Bethel has no telephone for it"
    assert only(PassVoice, play.said) == []
    assert play.hear(asks("vco", "Lou", B)) == []


@pytest.mark.parametrize("fact", [LineEnded("the caller hung up"), LineLost("a restart")])
def test_with_the_line_the_voices_are_lost(fact: LineEnded | LineLost) -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    said = play.hear(fact)
    assert f"Voices are lost with the line: {fact.reason}" in play.lines("event")
    assert voiced(said) == [("", "", "")]
    assert only(PassVoice, said) == []
    assert play.hear(asks("vco")) == []
    assert play.hear(VoiceEnded(1, "late")) == []


def test_after_a_restart_the_line_and_the_voices_are_said_to_be_lost() -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    assert [one for one in owed(play.dialogue) if isinstance(one, PassVoice)] == []
    play.laws.restarted()
    for fact in in_flight(play.dialogue):
        play.laws.live.add(play.leg)
        play.hear(fact)
    assert "Voices are lost with the line: the gateway was restarted" in play.lines("event")


def test_the_telephone_is_let_go_when_the_dialogue_is_over() -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    said = play.hear(PsapEnded(A, 0, "k-9", "Kim"))
    assert only(PassVoice, said) == [PassVoice(1, NOBODY, "")]
    assert only(HangUpLine, said) == []  # the line still has its last moments
    assert only(PassVoice, play.hear(TurnPassed("hearing", "VCO"))) == []


def test_a_psap_that_is_lost_is_lost_with_its_telephone_and_the_next_has_its_own() -> None:
    play = answered()
    play.hear(asks("vco"), VoiceOpened(1))
    said = play.hear(PsapRefused(A, 0, "nobody is left at the console"))
    assert only(PassVoice, said) == [PassVoice(1, NOBODY, "")]
    play.show_all()
    assert voiced(play.hear(PsapAnswered(B, 1, "Lou"))) == [("", "", "")]


def test_a_line_that_ends_without_a_telephone_says_nothing_of_voices() -> None:
    play = answered()
    play.hear(LineEnded("the caller hung up"))
    assert [one for one in play.lines("event") if "oices" in one] == []


def test_a_text_has_no_voice() -> None:
    play = Play(policy=HEARING)
    play.opening = msgspec.structs.replace(play.opening, voice=True)
    play.take()
    assert play.dialogue.voice is None
    assert play.hear(asks("vco")) == []
    assert only(PassVoice, play.hear(PsapEnded(A, 0, "k-9", "Kim"))) == []


def test_the_record_has_who_asked_for_what() -> None:
    fact = asks("hco")
    assert decode_fact(encode_fact(fact, b"{}")) == (fact, b"{}")
