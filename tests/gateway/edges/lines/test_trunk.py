"""Calls on a SIP trunk: when one is answered, what is told of it and typed back, how it ends."""

from __future__ import annotations

import re

import pytest

from text911.gateway.core.values import Character, DialogueId
from text911.gateway.edges.lines.trunk import words
from text911.sip.effects import Cause, Why
from text911.tty.receiving import Voice
from text911.tty.turns import Policy

from .door import Door
from .exchange import HERE, Caller, Exchange, silence, status, tones


def test_a_call_is_rung_recorded_answered_and_read() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring(headers=["P-Asserted-Identity: <tel:+1-860-555-0142>"])
    assert caller.statuses == [100, 180, 200]
    assert door.calls == [("trunk", "+18605550142", "tty", None)]
    caller.plays(tones("FIRE GA") + silence(0.5))
    assert door.shown == "FIRE GA"
    assert door.of("detected") == [()]
    assert len(house.trunk) == 1
    caller.say("BYE")
    assert caller.status == 200
    assert door.of("ended") == [("the caller hung up",)]
    assert (
        len(house.trunk) == len(house.rhythm) == len(house.bank.ears) == house.ports.open_now == 0
    )


def test_it_is_not_answered_before_it_is_recorded() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    house.run(1.0)
    assert caller.statuses == [100, 180]
    door.legs[-1].accept()
    house.settle()
    assert caller.status == 200


def test_what_cannot_be_recorded_is_refused_and_may_come_again() -> None:
    house = Exchange(Door("not at all"))
    caller = Caller(house)
    assert caller.ring() == 503
    assert "Retry-After: 10" in caller.messages[-1]
    assert len(house.trunk) == 0
    assert house.news.turned_away == [("192.0.2.9", "503: the gateway cannot take a call now")]
    assert (house.trunk.tally.taken, house.trunk.tally.rejected) == (0, 1)


def test_a_call_that_the_gateway_gives_up_before_answering_is_refused() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    door.legs[-1].end("the journal is down")
    house.settle()
    assert caller.status == 503
    assert door.of("ended") == []
    assert len(house.trunk) == 0


def test_a_caller_may_give_up_before_the_answer() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring()
    caller.say("CANCEL")
    assert sorted(caller.statuses) == [100, 180, 200, 487]
    assert door.of("ended") == [("the caller gave up before the call was answered",)]


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ([], ""),
        (["P-Asserted-Identity: <sip:8605550142@trunk.example>"], "+18605550142"),
        (["P-Asserted-Identity: <sip:911@trunk.example>"], ""),
        (["P-Asserted-Identity: nonsense>"], ""),
        (["P-Asserted-Identity: <sip:anonymous@anonymous.invalid>, <tel:+18605550143>"],
         "+18605550143"),
    ],
)  # fmt: skip
def test_the_callers_number(headers: list[str], number: str) -> None:
    house = Exchange(door := Door())
    Caller(house).ring(headers=headers)
    assert [ani for _, ani, _, _ in door.calls] == [number]


def test_what_is_typed_back_is_in_tones_and_no_character_is_cut_by_the_end() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.plays(silence(2.0))
    assert door.of("left")[-1] == ("reply-1", 7, True)
    assert caller.reads == "WE COME"
    door.legs[-1].write("reply-2", "STAY WHERE YOU ARE", interrupt=False)
    caller.plays(silence(0.79))  # in the middle of a character
    half = caller.reads
    door.legs[-1].end("the dialogue is over")
    assert not any(one.startswith("BYE") for one in caller.messages)
    caller.plays(silence(1.0))
    assert any(one.startswith("BYE") for one in caller.messages)
    assert caller.reads.startswith(half)
    assert "WE COMESTAY".startswith(caller.reads)
    assert len(caller.reads) == len(half) + 1
    assert door.of("ended") == []
    assert len(house.trunk) == 0


def test_a_call_that_is_quiet_ends_at_once() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].end("the dialogue is over")
    house.settle()
    assert caller.messages[-1].startswith("BYE ")


def test_a_call_without_packets_is_lost() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = Caller(house)
    caller.ring()
    house.run(4.5)
    assert door.of("ended") == []
    house.run(1.0)
    assert door.of("ended") == [("no packet came for 5 s",)]
    assert caller.messages[-1].startswith("BYE ")


def test_on_hold_nothing_is_said_and_nothing_is_lost() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = Caller(house)
    caller.ring()
    caller.say("INVITE", caller.audio("a=inactive\r\n"))
    caller.say("ACK")
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    count = len(caller.packets[caller.rtp])
    house.run(10.0)
    assert len(caller.packets[caller.rtp]) == count
    assert door.of("ended") == []
    caller.say("INVITE", caller.audio())
    caller.say("ACK")
    caller.plays(silence(3.0))
    assert caller.reads == "WE COME"


def test_another_offer_is_answered_with_a_version_that_grows_only_when_something_changes() -> None:
    house = Exchange(Door())
    caller = Caller(house)
    caller.ring()
    for body in (caller.audio(), caller.audio("a=rtpmap:8 PCMA/8000\r\n", formats="8")):
        caller.say("INVITE", body)
        caller.say("ACK")
    said = [one for one in caller.messages if status(one) == 200]
    versions = [re.search(r"^o=- \d+ (\d+)", one, re.M) for one in said]
    assert [found[1] for found in versions if found] == ["1", "1", "2"]
    assert "PCMA" in said[-1]
    caller.say("INVITE", caller.sdp("m=image 4000 udptl t38\r\n"))
    assert caller.status == 488
    caller.say("ACK")
    assert len(house.trunk) == 1


def test_a_peer_that_asks_for_our_offer_gets_one_and_its_answer_counts() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.say("INVITE")
    assert caller.status == 200
    assert "m=audio" in caller.messages[-1]
    caller.say("ACK", caller.audio())
    caller.plays(tones("HELP GA") + silence(0.4))
    assert door.shown == "HELP GA"


def test_an_answer_of_no_use_ends_the_call() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.say("INVITE")
    caller.say("ACK", caller.sdp("m=audio 0 RTP/AVP 0\r\n"))
    house.settle()
    assert caller.messages[-1].startswith("BYE ")
    assert "every medium was declined" in str(door.of("ended"))


def test_a_stop_ends_every_call_and_takes_no_other() -> None:
    house = Exchange(door := Door())
    calling, ringing = Caller(house), Caller(house)
    calling.ring()
    door.accepts = "later"
    ringing.ring()
    house.trunk.drain("the gateway is stopping")
    house.settle()
    assert calling.messages[-1].startswith("BYE ")
    assert ringing.status == 503
    assert door.of("ended") == [("the gateway is stopping",)] * 2
    assert Caller(house).ring() == 503
    house.trunk.stop()
    assert house.net.udp.get((HERE, 5060)) is None


def test_a_silent_caller_is_probed_in_tones() -> None:
    house = Exchange(door := Door(), Policy(probe="QQ GA", probe_after_s=1.0, probes_max=1))
    caller = Caller(house)
    caller.ring()
    caller.plays(silence(4.0))
    assert caller.reads == "QQ GA\r\n"
    assert door.of("said") == [("QQ GA",)]


class Breaks(Door):
    """Cannot take what the first call says."""

    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        if dialogue == "d1":
            raise OverflowError
        super().typed(dialogue, characters)


def test_a_fault_of_ours_ends_its_call_and_no_other() -> None:
    house = Exchange(door := Breaks())
    broken, well = Caller(house), Caller(house)
    broken.ring()
    well.ring()
    with pytest.raises(OverflowError):
        broken.plays(tones("A"))
    house.settle()
    assert broken.messages[-1].startswith("BYE ")
    assert door.of("ended") == [("a fault of the gateway",)]
    well.plays(tones("OK GA") + silence(0.4))
    assert door.shown == "OK GA"
    assert len(house.trunk) == 1


def test_what_ends_a_call_in_words() -> None:
    assert {bool(words(Cause(why))) for why in Why} == {True}
    assert words(Cause(486)) == "the call was ended with 486"


def test_a_call_on_hold_can_be_ended() -> None:
    house = Exchange(door := Door())
    caller = Caller(house)
    caller.ring()
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.plays(silence(1.0))
    caller.say("INVITE", caller.audio("a=inactive\r\n"))
    caller.say("ACK")
    door.legs[-1].end("the dialogue is over")
    door.legs[-1].end("once more")
    house.run(0.1)
    assert caller.messages[-1].startswith("BYE ")


def test_a_voice_that_nobody_hears_is_told_and_answered_with_the_notice() -> None:
    house = Exchange(door := Door(), Policy(probe="", no_voice="PLEASE TYPE GA"))
    caller = Caller(house)
    caller.ring()
    door.legs[-1].answered("hartford")
    house.bank.says = (Voice(True, 0),)
    caller.plays(silence(0.1))
    house.bank.says = (Voice(False, 0),)
    caller.plays(silence(6.0))
    assert door.of("speaks") == [(True,), (False,)]
    assert caller.reads == "PLEASE TYPE GA\r\n"


def test_a_message_within_a_call_counts_as_typed() -> None:
    house = Exchange(door := Door())
    tones_, text = Caller(house), Caller(house)
    tones_.ring()
    text.ring(text.sdp(text.text()))
    kind = ["Content-Type: text/plain"]
    for caller in (tones_, text):
        caller.say("MESSAGE", "hi", kind)
        assert caller.status == 200
        caller.say("INFO", "Signal=1", ["Content-Type: application/dtmf-relay"])
        assert caller.status == 200
    assert door.shown == "hi\u2028hi\u2028"
