"""The telephone beside a TTY call: rung, joined, muted where there are tones, and never missed when
it is gone."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from text911.gateway.edges.lines.circuit import Manners
from text911.gateway.edges.lines.settings import TtySettings
from text911.gateway.edges.lines.telephone import RINGS_FOR
from text911.gateway.edges.lines.trunk import Identity
from text911.sip.g711 import Law, decode, encode
from text911.sip.settings import Account, telephone
from text911.tty.receiving import Voice
from text911.tty.turns import Policy

from .desk_phone import URI, DeskPhone, hum, share
from .door import Door
from .exchange import Caller, Exchange, silence, status, tones

POLICY = Policy(probe="", voice_leg=True)
ANI = "P-Asserted-Identity: <tel:+1-860-555-0142>"
CALLER, DESK_VOICE = 310.0, 520.0  # Hz


class Stage:
    """A call that is up, and a telephone that can be rung beside it."""

    def __init__(
        self,
        answers: int = 200,
        ani: str = ANI,
        law: str = "0",
        wants: str = "",
        login: Account | None = None,
        **keys: Any,
    ) -> None:
        self.door = Door()
        self.house = Exchange(self.door, POLICY, Identity(login=login), **keys)
        self.house.trunk.manners = Manners(TtySettings(), POLICY, {"ansonia": telephone(URI)})
        self.phone = DeskPhone(self.house, answers, law, wants)
        self.caller = Caller(self.house)
        assert self.caller.ring(headers=[ani] if ani else []) == 200
        self.leg = self.door.legs[-1]
        self.leg.answered("ansonia")

    def rings(self, mode: Any = "vco", number: int = 1) -> None:
        self.leg.voice(number, "ansonia", mode)
        self.house.settle()

    @property
    def told(self) -> list[tuple[object, ...]]:
        return self.door.of("voiced")

    def both(self, said: bytes, desk: Any = None) -> None:
        """The caller's sound at the pace of life, and the telephone's beside it."""
        for number, at in enumerate(range(0, len(said) - 159, 160)):
            if desk is not None:
                self.phone.speaks(desk[number * 160 : number * 160 + 160])
            self.caller.sends(said[at : at + 160])
            self.house.net.advance(0.02)

    def fresh(self) -> None:
        """What was heard so far is no matter."""
        self.phone.packets.clear()
        self.caller.packets[self.caller.rtp].clear()

    @property
    def caller_hears(self) -> Any:
        return decode(self.caller.heard, Law.PCMU)


def mulaw(sound: Any) -> bytes:
    return encode(sound, Law.PCMU)


def test_the_telephone_is_rung_with_the_callers_number() -> None:
    stage = Stage()
    stage.rings()
    invite = stage.phone.invite
    assert invite.startswith(f"INVITE {URI} SIP/2.0")
    assert re.search(r"^From: <sip:\+18605550142@192.0.2.1;user=phone>", invite, re.M)
    assert "P-Asserted-Identity: <sip:+18605550142@192.0.2.1;user=phone>" in invite
    assert "Priority: emergency" in invite
    assert re.findall(r"^m=.*$", invite, re.M)[0].strip().endswith("RTP/AVP 0 8")
    assert stage.told == [(1, "open", "")]
    assert stage.door.voices == [True]
    assert stage.phone.methods() == ["INVITE", "ACK"]


def test_a_number_that_is_withheld_stays_so() -> None:
    stage = Stage(ani="P-Asserted-Identity: <sip:anonymous@anonymous.invalid>")
    stage.rings()
    assert "From: <sip:anonymous@anonymous.invalid>" in stage.phone.invite
    assert "P-Asserted-Identity" not in stage.phone.invite


@pytest.mark.parametrize("law", ["0", "8"])
def test_voices_pass_both_ways_in_either_law(law: str) -> None:
    stage = Stage(law=law)
    stage.rings()
    stage.both(silence(0.2), hum(DESK_VOICE, 0.2))
    stage.fresh()
    stage.both(mulaw(hum(CALLER, 1.0)), hum(DESK_VOICE, 1.0))
    assert all(abs(len(one) - 8_000) <= 160 for one in (stage.phone.heard, stage.caller_hears))
    assert share(stage.phone.heard[800:], CALLER) > 0.98
    assert share(stage.caller_hears[800:], DESK_VOICE) > 0.98


def test_the_telephone_hears_silence_while_there_are_tones_and_the_letters_come() -> None:
    stage = Stage()
    stage.rings()
    said = tones("MY HUSBAND FELL 12 ELM ST GA") + silence(0.5)
    desk = hum(DESK_VOICE, len(said) / 8_000)
    stage.both(said, desk)
    assert stage.door.shown == "MY HUSBAND FELL 12 ELM ST GA"  # while the desk was heard:
    assert share(stage.caller_hears[1_600:], DESK_VOICE) > 0.98
    assert int(np.abs(stage.phone.heard).max()) <= 8  # which G.711 has for silence
    assert len(stage.phone.heard) >= len(said) - 320
    stage.fresh()
    stage.both(mulaw(hum(CALLER, 1.0)))
    assert share(stage.phone.heard[4_000:], CALLER) > 0.98


def test_while_we_type_the_caller_hears_our_tones_alone() -> None:
    stage = Stage()
    stage.rings("hco")
    stage.both(silence(0.5), hum(DESK_VOICE, 0.5))
    stage.fresh()
    stage.leg.write("reply-0", "TRUCKS ARE COMING GA", False)
    stage.both(silence(6.0), hum(DESK_VOICE, 6.0))
    assert stage.caller.reads == "TRUCKS ARE COMING GA"
    assert stage.door.of("left")[-1] == ("reply-0", 20, True)
    stage.fresh()
    stage.both(silence(1.0), hum(DESK_VOICE, 1.0))
    assert share(stage.caller_hears[800:], DESK_VOICE) > 0.98


def test_in_a_silence_of_the_caller_nothing_is_said_to_the_telephone() -> None:
    stage = Stage()
    stage.rings()
    stage.house.run(0.5)
    assert len(stage.phone.packets) >= 24
    assert int(np.abs(stage.phone.heard).max()) == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (486, "it is busy (486)"),
        (403, "calls of ours are not let through (403)"),
        (404, "its number is not known there (404)"),
        (480, "nobody took it (480)"),
        (500, "the call failed (500)"),
    ],
)
def test_a_telephone_that_is_not_taken_is_told_of_in_words_of_ours(status: int, words: str) -> None:
    stage = Stage(status)
    stage.rings()
    assert stage.told == [(1, "failed", words)]
    stage.caller.plays(tones("STILL HERE GA") + silence(0.5))
    assert stage.door.shown == "STILL HERE GA"
    assert stage.door.of("ended") == []
    assert stage.house.ports.open_now == 1  # its own ports are free again


def test_an_exchange_that_asks_who_we_are_is_told() -> None:
    stage = Stage(wants="gateway:hush", login=Account("gateway", "hush"))
    stage.rings()
    assert stage.phone.methods() == ["INVITE", "ACK", "INVITE", "ACK"]
    assert stage.told == [(1, "open", "")]
    stage.rings("", 0)
    assert "nc=00000002" in stage.phone.messages[-1]  # BYE answers without being asked


@pytest.mark.parametrize(
    ("login", "words", "asked"),
    [
        (None, "it asks for a name and a password; give username and password in ", 1),
        (Account("gateway", "wrong"), "it does not take the username and password in ", 2),
    ],
)
def test_one_that_does_not_believe_it_is_told_of_with_what_to_put_right(
    login: Account | None, words: str, asked: int
) -> None:
    stage = Stage(wants="gateway:hush", login=login)
    stage.rings()
    assert stage.phone.methods() == ["INVITE", "ACK"] * asked
    ((_, state, reason),) = stage.told
    assert state == "failed"
    assert str(reason).startswith(f"{words}[sip] of lines/trunk.toml")
    assert str(reason).endswith(" (401)")


def test_a_telephone_that_rings_for_too_long_is_given_up() -> None:
    stage = Stage(0)
    stage.rings()
    assert stage.told == []
    stage.caller.plays(silence(RINGS_FOR + 0.5))
    assert stage.told == [(1, "failed", "nobody took it within 45 s")]
    assert stage.phone.methods() == ["INVITE", "CANCEL", "ACK"]
    assert stage.door.of("ended") == []


def test_it_may_be_let_go_while_it_rings_and_rung_again() -> None:
    stage = Stage(0)
    stage.rings()
    stage.rings("", 0)
    assert stage.phone.methods() == ["INVITE", "CANCEL", "ACK"]
    assert stage.told == []
    stage.phone.answers = 200
    stage.rings("hco", 2)
    assert stage.told == [(2, "open", "")]
    stage.rings("", 0)
    assert stage.phone.methods()[-1] == "BYE"
    assert stage.told == [(2, "open", "")]


def test_who_hangs_up_ends_the_voices_and_not_the_call() -> None:
    stage = Stage()
    stage.rings()
    stage.phone.say("BYE")
    assert status(stage.phone.messages[-1]) == 200  # though no call may come from there
    assert stage.told[1:] == [(1, "ended", "the telephone was hung up")]
    stage.both(tones("OK GA") + silence(0.5))
    assert stage.door.shown == "OK GA"
    stage.caller.say("BYE")
    assert stage.door.of("ended") == [("the caller hung up",)]
    assert stage.phone.methods().count("BYE") == 0


def test_the_telephone_is_hung_up_with_the_call() -> None:
    stage = Stage()
    stage.rings()
    stage.caller.say("BYE")
    assert stage.phone.methods()[-1] == "BYE"
    assert stage.house.ports.open_now == 0
    assert stage.told == [(1, "open", "")]


@pytest.mark.parametrize("answers", [200, 0])
def test_and_when_the_gateway_ends_the_call(answers: int) -> None:
    stage = Stage(answers)
    stage.rings()
    stage.leg.end("the dialogue is over")
    stage.house.settle()
    assert stage.phone.methods()[-1] in ("BYE", "ACK")
    assert ("CANCEL" in stage.phone.methods()) == (answers == 0)
    assert stage.house.ports.open_now == 0


def test_a_telephone_that_sends_nothing_any_more_is_lost() -> None:
    stage = Stage(no_packet_within=5.0)
    stage.rings()
    stage.both(silence(1.0), hum(DESK_VOICE, 1.0))
    stage.both(silence(6.0))
    assert stage.told[1:] == [(1, "ended", "no sound came from it for 5 s")]
    assert stage.phone.methods()[-1] == "BYE"
    assert stage.door.of("ended") == []


def test_sound_that_cannot_be_agreed_is_none() -> None:
    stage = Stage(0)
    stage.rings()
    stage.phone.answer(200, stage.phone.sdp(formats="18"))
    stage.house.settle()
    ((number, state, reason),) = stage.told
    assert (number, state) == (1, "failed")
    assert str(reason).startswith("no sound could be agreed: ")
    assert stage.phone.methods()[-1] == "BYE"


def test_it_may_hold_and_come_back_and_ask_for_an_offer() -> None:
    stage = Stage()
    stage.rings()
    stage.phone.say("INVITE", stage.phone.sdp("a=sendonly"))
    assert "a=recvonly" in stage.phone.messages[-1]
    stage.phone.say("ACK")
    stage.fresh()
    stage.both(mulaw(hum(CALLER, 0.5)))
    assert stage.phone.packets == []
    stage.phone.say("INVITE", stage.phone.sdp())
    stage.phone.say("ACK")
    stage.both(mulaw(hum(CALLER, 0.5)))
    assert share(stage.phone.heard[1_600:], CALLER) > 0.98
    stage.phone.say("INVITE")
    assert "m=audio" in stage.phone.messages[-1]
    stage.phone.say("ACK", stage.phone.sdp())
    stage.fresh()
    stage.both(mulaw(hum(CALLER, 0.5)))
    assert share(stage.phone.heard[1_600:], CALLER) > 0.98
    stage.phone.say("INVITE", "m=image 4000 udptl t38\r\n")
    assert status(stage.phone.messages[-1]) in (400, 488)
    assert stage.told == [(1, "open", "")]


def test_a_caller_who_holds_hears_nothing_and_loses_no_voice_after_it() -> None:
    stage = Stage()
    stage.rings()
    stage.caller.say("INVITE", stage.caller.audio("a=sendonly\r\n"))
    stage.caller.say("ACK")
    stage.fresh()
    stage.both(silence(0.5), hum(DESK_VOICE, 0.5))
    assert stage.caller.heard == b""
    stage.caller.say("INVITE", stage.caller.audio())
    stage.caller.say("ACK")
    stage.both(silence(0.5), hum(DESK_VOICE, 0.5))
    assert share(stage.caller_hears[1_600:], DESK_VOICE) > 0.98


def test_a_psap_without_a_telephone_cannot_be_rung() -> None:
    stage = Stage()
    stage.leg.voice(1, "bethel", "vco")
    assert stage.told == [(1, "failed", "no telephone of it was known when this call came")]
    assert stage.phone.messages == []


def test_without_a_port_it_is_not_rung() -> None:
    stage = Stage()
    stage.house.ports.free.clear()
    stage.rings()
    assert stage.told == [(1, "failed", "no port is free for the media")]


def test_where_nothing_reaches_it_that_is_told() -> None:
    stage = Stage()
    stage.house.net.udp[("198.51.100.7", 5_070)].stopListening()
    stage.rings()
    stage.caller.plays(silence(34.0))
    assert stage.told == [(1, "failed", "it does not answer (408)")]


def test_a_voice_holds_what_we_type_while_the_caller_is_to_speak() -> None:
    stage = Stage()
    stage.rings()
    stage.house.bank.says = (Voice(True, 0),)
    stage.both(mulaw(hum(CALLER, 0.2)))
    assert stage.door.of("speaks") == [(True,)]
    assert ("speaking", "") in stage.door.of("turn")
    stage.leg.write("reply-0", "OK GA", False)
    stage.both(mulaw(hum(CALLER, 0.5)))
    assert stage.door.of("left") == []
    stage.house.bank.says = (Voice(False, 0),)
    stage.both(silence(8.0))
    assert stage.door.of("left")[-1] == ("reply-0", 5, True)


def test_who_speaks_where_the_telephone_failed_is_told_to_type() -> None:
    stage = Stage(486)
    stage.house.bank.says = (Voice(True, 0),)
    stage.both(silence(1.0))
    assert stage.door.of("said") == []  # somebody may still be given the voice
    stage.rings()
    stage.house.bank.says = (Voice(True, 0),)
    stage.both(silence(12.0))
    assert stage.door.of("said") == [(POLICY.no_voice,)]


def test_another_mode_changes_whose_turn_it_is_and_rings_nobody() -> None:
    stage = Stage()
    stage.rings("vco")
    stage.rings("hco", 1)
    assert stage.phone.methods() == ["INVITE", "ACK"]
    stage.house.bank.says = (Voice(True, 0),)
    stage.both(silence(0.2))
    assert ("speaking", "") not in stage.door.of("turn")


def test_a_stop_of_the_trunk_hangs_the_telephone_up() -> None:
    stage = Stage()
    stage.rings()
    stage.house.trunk.drain("the gateway is stopping")
    stage.house.trunk.stop()
    stage.house.settle()
    assert stage.phone.methods()[-1] == "BYE"


def test_after_the_call_nothing_is_asked_of_it() -> None:
    stage = Stage()
    stage.caller.say("BYE")
    stage.rings()
    assert stage.phone.messages == []
    assert stage.told == []
