"""What is agreed about the sound of a call, and agreed anew: where it goes, how, and whether."""

from __future__ import annotations

import pytest

from text911.psap_adapters import port

from .switch import LEG, MOVED, SOUND, Switch, body_of, described, sound

PCMA = 8


def kinds(packets: list[bytes]) -> set[int]:
    return {one[1] & 0x7F for one in packets}


def test_our_sound_goes_to_where_they_say_they_are_when_they_answer_a_refresh() -> None:
    switch = Switch()
    invite = switch.talks()
    assert len(switch.hears(SOUND)) == 25
    refresh = switch.until_asked("INVITE")
    assert body_of(refresh) == body_of(invite), "it is said as it was"
    switch.answers(refresh, 200, sound(MOVED, formats="8"))
    assert switch.messages[-1].startswith("ACK ")
    assert kinds(switch.hears(MOVED)) == {PCMA}
    assert switch.hears(SOUND) == []


def test_they_may_hold_the_call_in_their_answer_to_a_refresh() -> None:
    switch = Switch()
    switch.talks()
    switch.answers(switch.until_asked("INVITE"), 200, sound(SOUND, "a=sendonly\r\n"))
    assert switch.hears(SOUND) == []


@pytest.mark.parametrize(
    "answer", ["nonsense", described("m=audio 0 RTP/AVP 0\r\n"), described(""), ""]
)
def test_an_answer_of_no_use_to_a_refresh_changes_nothing(answer: str) -> None:
    switch = Switch()
    switch.talks()
    switch.answers(switch.until_asked("INVITE"), 200, answer)
    assert len(switch.hears(SOUND)) == 25
    assert not switch.town.of(port.Refused)


@pytest.mark.parametrize("status", [408, 488, 500, 603])
def test_a_refresh_that_is_declined_ends_nothing_and_the_session_timer_does(status: int) -> None:
    switch = Switch()
    switch.talks()
    switch.answers(switch.until_asked("INVITE"), status)
    assert len(switch.hears(SOUND)) == 25
    assert not switch.town.of(port.Refused)
    switch.until_asked("BYE", within=200)
    (refused,) = switch.town.of(port.Refused)
    assert refused.reason.endswith("nobody said in time that the call still stands")


def test_who_asks_for_our_offer_gets_one_and_its_answer_counts() -> None:
    switch = Switch()
    invite = switch.talks()
    asked = switch.asks(invite, "INVITE", 7)
    assert "m=audio" in asked
    assert "a=sendrecv" in asked
    switch.asks(invite, "ACK", 7, sound(MOVED))
    assert len(switch.hears(MOVED)) == 25


def test_a_held_call_is_offered_whole_where_our_offer_is_asked_for() -> None:
    switch = Switch()
    invite = switch.talks()
    switch.asks(invite, "INVITE", 7, sound(SOUND, "a=sendonly\r\n"))
    switch.asks(invite, "ACK", 7)
    assert switch.hears(SOUND) == []
    assert "a=sendrecv" in switch.asks(invite, "INVITE", 8)
    switch.asks(invite, "ACK", 8, sound(SOUND))
    assert len(switch.hears(SOUND)) == 25


@pytest.mark.parametrize(
    "offer",
    [
        "nonsense", described("m=video 30000 RTP/AVP 96\r\n"),
        described("m=text 30000 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n"),
    ],
)  # fmt: skip
def test_an_offer_without_sound_is_declined_and_the_call_goes_on(offer: str) -> None:
    switch = Switch()
    invite = switch.talks()
    assert switch.asks(invite, "INVITE", 7, offer).startswith("SIP/2.0 488 ")
    switch.asks(invite, "ACK", 7)
    assert len(switch.hears(SOUND)) == 25


def test_sound_beside_other_media_is_found_again_in_their_answer() -> None:
    switch = Switch()
    invite = switch.talks()
    both = f"m=text 32000 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\nm=audio {MOVED} RTP/AVP 0\r\n"
    answer = switch.asks(invite, "INVITE", 7, described(both))
    assert "m=text 0 " in answer
    switch.asks(invite, "ACK", 7)
    switch.answers(
        switch.until_asked("INVITE"), 200, described(both.replace(f"{MOVED}", f"{SOUND}"))
    )
    assert len(switch.hears(SOUND)) == 25


def test_an_end_while_a_refresh_is_under_way_is_the_end() -> None:
    switch = Switch()
    switch.talks()
    refresh = switch.until_asked("INVITE")
    switch.town.psap.end(LEG, "over")
    switch.answers(refresh, 200, sound(MOVED))
    assert switch.hears(MOVED) == []
    assert switch.hears(SOUND) == []
    assert any(one.startswith("BYE ") for one in switch.messages)
