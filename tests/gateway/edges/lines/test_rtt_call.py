"""A call with real-time text: both ways, with what was erased and what was lost, and with a TTY."""

from __future__ import annotations

import pytest

from text911.gateway.core.values import Character, DialogueId
from text911.gateway.edges.lines.circuit import Manners
from text911.gateway.edges.lines.settings import TtySettings
from text911.sip.g711 import Law, decode, encode
from text911.sip.settings import telephone
from text911.tty.receiving import Voice
from text911.tty.turns import Policy

from .desk_phone import URI, DeskPhone, hum, share
from .door import Door
from .exchange import Caller, Exchange, silence, tones

BEGIN = "\ufeff"  # T.140: what opens a session
LINE = "\u2028"


def text_call(house: Exchange, *, audio: bool = False) -> Caller:
    caller = Caller(house)
    media = [f"m=audio {caller.rtp} RTP/AVP 0\r\n"] if audio else []
    assert caller.ring(caller.sdp(*media, caller.text())) == 200
    return caller


def test_what_is_typed_is_told_with_what_was_taken_back_and_what_is_missing() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    assert door.calls[-1][2] == "rtt"
    caller.types(10, "Hä")
    caller.types(11, "l\blp", (300, "Hä"))
    caller.types(15, "!", (600, "14"), (300, ""))  # 12 and 13 never came
    house.run(1.0)
    assert door.shown == "Häl\blp\ufffd14!"
    assert {one.code for one in door.characters} == {-1}
    assert door.characters[0].at_ms < door.characters[-1].at_ms
    caller.say("BYE")
    assert door.of("ended") == [("the caller hung up",)]
    assert house.ports.open_now == 0


def test_what_is_written_goes_out_and_is_told_until_all_has_left() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    door.legs[-1].write("reply-1", "Kommt 🚒", interrupt=False)
    door.legs[-1].write("reply-2", "x" * 80, interrupt=True)
    house.run(3.0)
    assert caller.typed == f"{BEGIN}Kommt 🚒{LINE}{'x' * 80}{LINE}"
    assert door.of("left") == [
        ("reply-1", 7, True), ("reply-2", 52, False), ("reply-2", 80, True),
    ]  # fmt: skip
    door.legs[-1].interrupt()  # text waits for no turn: there is nothing to do


def test_the_end_waits_for_the_last_text_and_its_repetitions() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    house.run(2.0)
    count = len(caller.packets[caller.rtp + 2])
    door.legs[-1].write("reply-1", "bye", interrupt=False)
    door.legs[-1].end("the dialogue is over")
    assert not caller.messages[-1].startswith("BYE ")
    house.run(1.5)
    assert caller.messages[-1].startswith("BYE ")
    assert len(caller.packets[caller.rtp + 2]) == count + 3
    door.legs[-1].write("reply-2", "never", interrupt=False)
    house.run(1.0)
    assert caller.typed.endswith(f"bye{LINE}")
    assert door.of("ended") == []


def test_a_call_that_cannot_be_taken_is_refused() -> None:
    house = Exchange(Door("not at all"))
    caller = Caller(house)
    assert caller.ring(caller.sdp(caller.text())) == 503
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring(caller.sdp(caller.text()))
    door.legs[-1].end("the journal is down")
    house.settle()
    assert caller.status == 503
    assert house.ports.open_now == 0


def test_text_may_be_switched_off() -> None:
    house = Exchange(door := Door(), text=False)
    caller = Caller(house)
    media = f"m=audio {caller.rtp} RTP/AVP 0\r\n"
    assert caller.ring(caller.sdp(media, caller.text())) == 200
    assert door.calls[-1][2] == "tty"
    assert "m=text 0 " in caller.messages[-1]


def test_a_caller_who_types_nothing_is_probed_in_text() -> None:
    policy = Policy(probe="QQ GA", probe_after_s=1, probe_again_s=5, probes_max=2)
    house = Exchange(door := Door(), policy)
    caller = text_call(house)
    house.run(20.0)
    assert caller.typed == f"{BEGIN}QQ GA{LINE}QQ GA{LINE}"
    assert door.of("said") == [("QQ GA",), ("QQ GA",)]


def test_nobody_is_probed_who_types_or_was_written_to() -> None:
    policy = Policy(probe="QQ GA", probe_after_s=1)
    house = Exchange(Door(), policy)
    types, reads = text_call(house), text_call(house)
    types.types(1, "a")
    house.door.legs[-1].write("reply-1", "hello", interrupt=False)
    house.run(5.0)
    assert types.typed == BEGIN
    assert reads.typed == f"{BEGIN}hello{LINE}"


def test_a_tty_behind_a_call_with_text_is_read_and_answered_both_ways() -> None:
    house = Exchange(door := Door(), Policy(probe="QQ GA", probe_after_s=30))
    caller = text_call(house, audio=True)
    caller.plays(silence(0.5))
    assert caller.packets[caller.rtp] == []  # no sound where nobody needs it
    caller.plays(tones("FIRE GA") + silence(1.0))
    assert door.shown == "FIRE GA"
    assert door.of("detected") == [()]
    assert door.of("turn") == []
    door.legs[-1].write("reply-1", "Wir kommen", interrupt=False)
    door.legs[-1].interrupt()
    caller.plays(silence(4.0))
    assert caller.typed == f"{BEGIN}Wir kommen{LINE}"
    assert caller.reads == "\r\nWIR KOMMEN\r\n"
    assert door.of("left") == [("reply-1", 10, True)]
    door.legs[-1].write("reply-2", "ok", interrupt=True)
    caller.plays(silence(2.0))
    assert caller.reads == "\r\nWIR KOMMEN\r\nOK\r\n"


def test_tones_beside_text_are_read_and_not_answered() -> None:
    house = Exchange(door := Door())
    caller = text_call(house, audio=True)
    caller.types(1, "hi ")
    caller.plays(tones("GA") + silence(0.5))
    assert door.shown == "hi GA"
    door.legs[-1].write("reply-1", "yes", interrupt=False)
    caller.plays(silence(2.0))
    assert caller.packets[caller.rtp] == []


def test_audio_may_come_later_and_go_again_and_text_may_not_go() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    media = f"m=audio {caller.rtp} RTP/AVP 0\r\n"
    caller.say("INVITE", caller.sdp(media, caller.text()))
    caller.say("ACK")
    caller.plays(tones("GA") + silence(0.5))
    assert door.shown == "GA"
    caller.say("INVITE", caller.sdp("m=audio 0 RTP/AVP 0\r\n", caller.text()))
    caller.say("ACK")
    caller.types(1, "x")
    assert door.shown == "GAx"
    caller.say("INVITE", caller.sdp(media, "m=text 0 RTP/AVP 98\r\n"))
    assert caller.status == 488
    assert "in text" in caller.messages[-1]


def test_a_call_with_audio_that_falls_silent_is_lost_and_one_of_text_alone_is_not() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    both, text = text_call(house, audio=True), text_call(house)
    house.run(6.0)
    assert door.of("ended") == [("no packet came for 5 s",)]
    house.run(2.0)
    assert both.messages[-1].startswith("BYE ")
    assert not text.messages[-1].startswith("BYE ")


def test_who_sends_no_sound_and_types_is_there_until_neither_comes() -> None:
    house = Exchange(door := Door(), no_packet_within=5)
    caller = text_call(house, audio=True)
    for number in range(4):
        house.run(3.0)
        caller.types(number, "a")
    house.run(0.1)
    assert (door.shown, door.of("ended")) == ("aaaa", [])
    caller.plays(silence(0.1))
    house.run(4.8)
    assert door.of("ended") == []  # its sound is back, and counts from then on
    caller.say("MESSAGE", "still here", ["Content-Type: text/plain"])
    house.run(4.8)
    assert door.of("ended") == []
    house.run(0.4)
    assert door.of("ended") == [("no packet came for 5 s",)]


def test_a_peer_may_ask_for_our_offer_while_it_types() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    caller.say("INVITE")
    assert "m=text" in caller.messages[-1]
    assert "m=audio" not in caller.messages[-1]
    caller.say("ACK", caller.sdp(caller.text()))
    caller.types(1, "ok")
    assert door.shown == "ok"
    caller.say("INVITE")
    caller.say("ACK", "nonsense")
    caller.types(2, ", go on")
    assert (door.shown, door.of("ended")) == ("ok, go on", []), "all stays as it was"


def test_a_stop_ends_it() -> None:
    house = Exchange(door := Door())
    caller = text_call(house)
    house.trunk.drain("the gateway is stopping")
    house.run(1.5)
    assert caller.messages[-1].startswith("BYE ")
    assert door.of("ended") == [("the gateway is stopping",)]


def test_a_caller_who_speaks_is_told_once_in_text() -> None:
    house = Exchange(door := Door(), Policy(probe="", no_voice="PLEASE TYPE"))
    caller = text_call(house, audio=True)
    for on in (True, False, True):
        house.bank.says = (Voice(on, 0),)
        caller.plays(silence(0.04))
    caller.plays(silence(1.0))
    assert door.of("speaks") == [(True,), (False,), (True,)]
    assert door.of("said") == [("PLEASE TYPE",)]
    assert caller.typed == f"{BEGIN}PLEASE TYPE{LINE}"


class Breaks(Door):
    def typed(self, dialogue: DialogueId, characters: tuple[Character, ...]) -> None:
        raise OverflowError


def test_a_fault_of_ours_ends_the_call() -> None:
    house = Exchange(door := Breaks())
    caller = text_call(house)
    with pytest.raises(OverflowError):
        caller.types(1, "a")
    house.settle()
    assert caller.messages[-1].startswith("BYE ")
    assert door.of("ended") == [("a fault of the gateway",)]
    door.legs[-1].answered("nobody")  # after the end nothing is more than nothing
    door.legs[-1].write("reply-1", "x", interrupt=False)
    door.legs[-1].end("again")
    assert len(house.trunk) == 0


def test_a_stop_refuses_a_call_that_rings() -> None:
    house = Exchange(door := Door("later"))
    caller = Caller(house)
    caller.ring(caller.sdp(caller.text()))
    house.trunk.drain("the gateway is stopping")
    house.settle()
    assert caller.status == 503
    assert door.of("ended") == [("the gateway is stopping",)]


# --- voices beside the text ---

CALLER, DESK_VOICE = 310.0, 520.0  # Hz
VOICED = Policy(probe="", voice_leg=True, no_voice="PLEASE TYPE")
AUDIO = "m=audio {} RTP/AVP 0\r\n"


class Stage:
    """A call with text and audio that is up, and a PSAP that has a telephone."""

    def __init__(self, answers: int = 200, *, audio: bool = True) -> None:
        self.door = Door()
        self.house = Exchange(self.door, VOICED)
        self.house.trunk.manners = Manners(TtySettings(), VOICED, {"ansonia": telephone(URI)})
        self.phone = DeskPhone(self.house, answers)
        self.caller = text_call(self.house, audio=audio)
        self.leg = self.door.legs[-1]

    def rings(self, number: int = 1) -> None:
        self.leg.answered("ansonia")
        self.leg.voice(number, "ansonia", "vco")
        self.house.settle()

    def both(self, seconds: float, tones_: bytes = b"") -> None:
        """The caller and the desk speak at once; or the caller's TTY does."""
        said = tones_ or encode(hum(CALLER, seconds), Law.PCMU)
        desk = hum(DESK_VOICE, len(said) / 8_000 + 0.02)
        for at in range(0, len(said) - 159, 160):
            self.phone.speaks(desk[at : at + 160])
            self.caller.sends(said[at : at + 160])
            self.house.net.advance(0.02)

    @property
    def told(self) -> list[tuple[object, ...]]:
        return self.door.of("voiced")


def test_who_types_text_may_speak_and_hear_beside_it() -> None:
    stage = Stage()
    assert stage.door.voices == [True]
    stage.rings()
    assert stage.told == [(1, "open", "")]
    stage.both(0.2)
    stage.phone.packets.clear()
    stage.caller.packets[stage.caller.rtp].clear()
    stage.both(0.5)
    stage.caller.types(1, "my husband fell")
    stage.leg.write("reply-1", "Is he awake?", interrupt=False)
    stage.both(0.5)
    assert share(stage.phone.heard[800:7_200], CALLER) > 0.95
    heard = decode(stage.caller.heard, Law.PCMU)
    assert share(heard[800:7_200], DESK_VOICE) > 0.95
    assert stage.door.shown == "my husband fell"
    stage.house.run(1.0)
    assert stage.caller.typed == f"{BEGIN}Is he awake?{LINE}"


def test_another_mode_changes_nothing_and_the_key_lets_it_go() -> None:
    stage = Stage()
    stage.rings()
    stage.leg.voice(1, "ansonia", "hco")
    stage.leg.voice(1, "", "")
    stage.house.settle()
    assert stage.phone.methods() == ["INVITE", "ACK", "BYE"]
    count = len(stage.caller.packets[stage.caller.rtp])
    stage.caller.plays(silence(0.4))
    assert len(stage.caller.packets[stage.caller.rtp]) == count  # no sound where nobody needs it
    stage.rings(2)
    assert stage.told == [(1, "open", ""), (2, "open", "")]


def test_a_tty_behind_a_call_with_text_is_not_heard_at_the_telephone_and_reads_our_tones() -> None:
    stage = Stage()
    stage.rings()
    stage.both(0, tones("FIRE GA") + silence(0.5))
    assert stage.door.shown == "FIRE GA"
    assert int(abs(stage.phone.heard).max()) <= 8  # which G.711 has for silence
    stage.leg.write("reply-1", "GOING", interrupt=False)
    stage.both(0, silence(4.0))
    assert "GOING" in stage.caller.reads


def test_a_telephone_that_is_busy_is_told_of_and_the_text_goes_on() -> None:
    stage = Stage(answers=486)
    stage.rings()
    assert stage.told == [(1, "failed", "it is busy (486)")]
    stage.caller.types(1, "ok")
    assert stage.door.shown == "ok"


def test_who_may_speak_is_not_told_to_type_and_who_may_not_is() -> None:
    stage = Stage()
    stage.leg.answered("ansonia")
    stage.house.bank.says = (Voice(True, 0),)
    stage.caller.plays(silence(0.5))
    assert stage.door.of("said") == []
    stage.leg.answered("bethel")  # has taken over, and has no telephone
    stage.house.bank.says = (Voice(True, 0),)
    stage.caller.plays(silence(1.0))
    assert stage.door.of("said") == [("PLEASE TYPE",)]


def test_a_call_of_text_alone_has_no_voice_and_one_whose_sound_is_taken_away_loses_it() -> None:
    assert Stage(audio=False).door.voices == [False]
    stage = Stage()
    stage.rings()
    caller = stage.caller
    caller.say("INVITE", caller.sdp(AUDIO.format(0), caller.text()))
    caller.say("ACK")
    stage.house.run(0.1)
    assert stage.told[1:] == [(1, "ended", "the caller's call has no sound any more")]
    assert stage.phone.methods()[-1] == "BYE"
    caller.types(1, "still here")
    assert stage.door.shown == "still here"


def test_the_voice_ends_with_the_call_whoever_ends_it() -> None:
    stage = Stage()
    stage.rings()
    stage.caller.say("BYE")
    assert stage.phone.methods()[-1] == "BYE"
    assert stage.told == [(1, "open", "")]
    assert stage.house.ports.open_now == 0
    other = Stage()
    other.rings()
    other.leg.end("the dialogue is over")
    other.house.settle()
    assert other.phone.methods()[-1] == "BYE"


def test_a_caller_on_hold_hears_nothing() -> None:
    stage = Stage()
    stage.rings()
    stage.both(0.2)
    caller = stage.caller
    held = AUDIO.format(caller.rtp) + "a=sendonly\r\n"
    caller.say("INVITE", caller.sdp(held, caller.text()))
    caller.say("ACK")
    count = len(caller.packets[caller.rtp])
    stage.both(0.4)
    assert len(caller.packets[caller.rtp]) == count
