"""The adapter between the gateway and an exchange: calls, sound, lines, and who can be reached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from text911.gateway.location.pidf import read as read_pidf
from text911.psap_adapters import port
from text911.sip.bodies import parts
from text911.sip.calls import Declined, Ended, Refused
from text911.sip.calls import Reanswered as Agreed
from text911.sip.settings import Account

from .stage import CARD, LEG, caller, offered
from .switch import Switch, body_of
from .town import HERE, THERE, Town

OTHER = port.Leg("D-2", "elm-harbor", 0)


def test_a_dialogue_is_rung_typed_and_read_and_ends_with_goodbye() -> None:
    town = Town()
    town.answered()
    assert [type(one) for one in town.told][:5] == [
        port.Availability, port.Availability, port.Reached, port.Reached, port.Answered,
    ]  # fmt: skip
    town.psap.update(LEG, port.AnsweredBy("TTY at 8605550199", 1.0))
    town.psap.give(LEG, caller(2, "upstairs"))
    town.reads("UPSTAIRS GA")
    town.there.types("BYE SKSK")
    town.reports(port.Ended)
    assert [one.text for one in town.of(port.Wrote)] == ["911", "BYE"]
    town.psap.end(LEG, "ended by TTY at 8605550199")
    town.until("hung up", lambda: town.there.of(Ended))
    assert town.there.paper.endswith("SKSK")
    assert town.ports.open_now == 0
    assert town.of(port.Availability)[-1].reachable


def test_the_caller_is_who_calls() -> None:
    town = Town()
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.1)
    (invite,) = town.there.invites
    number = f"<sip:+18605550142@{HERE};user=phone>"
    assert invite.value("P-Asserted-Identity") == number
    assert number in invite.value("From")
    assert '"(860) 555-0142"' in invite.value("From")
    assert (invite.value("Privacy"), invite.value("Priority")) == ("none", "emergency")


def test_a_number_that_is_withheld_is_not_made_up() -> None:
    town = Town()
    town.psap.offer(replace(offered(caller(1, "fire")), number=""))
    town.run(0.1)
    (invite,) = town.there.invites
    assert invite.value("P-Asserted-Identity") is None
    assert "sip:anonymous@anonymous.invalid" in invite.value("From")


@pytest.mark.parametrize(
    ("status", "words"),
    [(486, "its line is busy"), (600, "its line is busy"), (603, "the call was declined")],
)
def test_a_call_that_is_not_taken_is_refused_at_once(status: int, words: str) -> None:
    town = Town()
    town.there.refuses = status
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.2)
    (refused,) = town.of(port.Refused)
    assert words in refused.reason
    assert town.ports.open_now == 0
    town.psap.give(LEG, caller(2, "too late"))
    town.psap.update(LEG, port.Quiet(1.0))
    town.psap.end(LEG, "over")
    town.psap.blocks((), "")
    assert len(town.of(port.Refused)) == 1


def test_one_more_dialogue_than_lines_is_refused_at_once() -> None:
    town = Town(lines=2)
    town.psap.offer(offered(caller(1, "fire")))
    assert town.of(port.Availability)[-1].reachable
    town.psap.offer(replace(offered(caller(1, "flood")), leg=OTHER))
    assert town.of(port.Availability)[-1] == port.Availability(
        "elm-harbor", False, 0, 0, "all 2 lines are busy"
    )
    third = port.Leg("D-3", "elm-harbor", 0)
    town.psap.offer(replace(offered(caller(1, "gas")), leg=third))
    assert town.of(port.Refused) == [port.Refused(third, "all 2 lines are busy")]


def test_the_only_line_is_busy_until_it_is_hung_up() -> None:
    town = Town()
    town.answered()
    town.psap.offer(replace(offered(caller(1, "flood")), leg=OTHER))
    assert town.of(port.Refused) == [port.Refused(OTHER, "its line is busy with another call")]
    town.there.hangs_up()
    town.run(0.1)
    assert town.of(port.Refused)[1] == port.Refused(LEG, "it hung up")
    town.psap.offer(replace(offered(caller(1, "flood")), leg=OTHER))
    assert len(town.of(port.Refused)) == 2


def test_a_leg_that_is_offered_again_gets_what_it_has_not_seen() -> None:
    town = Town()
    town.answered()
    town.psap.offer(offered(caller(1, "fire"), caller(2, "hurry")))
    town.reads("HURRY GA")
    assert town.there.paper.count("FIRE") == 1
    assert len(town.there.invites) == 1


def test_nobody_picks_up_and_the_call_is_given_up() -> None:
    town = Town(rings_within=3.0)
    town.there.answers = False
    town.psap.offer(offered(caller(1, "fire")))
    town.run(3.2)
    assert town.of(port.Refused) == [port.Refused(LEG, "no answer within 3 s")]
    assert [type(one) for one in town.of(port.Reached)] == [port.Reached]
    assert town.there.of(Ended)


def test_a_withdrawn_call_is_given_up_while_it_rings() -> None:
    town = Town()
    town.there.answers = False
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.2)
    town.psap.withdraw(LEG, "not answered in time")
    town.run(0.2)
    assert town.there.of(Ended)
    assert not town.of(port.Refused)
    assert town.of(port.Availability)[-1].reachable


@pytest.mark.parametrize(
    "description",
    [
        "v=0\r\ns=-\r\nt=0 0\r\n",
        "no description at all",
        f"v=0\r\no=- 1 1 IN IP4 {THERE}\r\ns=-\r\nc=IN IP4 {THERE}\r\nt=0 0\r\n"
        "m=audio 30000 RTP/AVP 18\r\n",
    ],
)
def test_sound_that_carries_no_tones_is_refused(description: str) -> None:
    town = Town()
    town.there.description = description
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.3)
    (refused,) = town.of(port.Refused)
    assert refused.reason.startswith("no sound could be agreed: ")
    assert town.there.of(Ended)
    assert town.ports.open_now == 0


def test_a_call_that_falls_silent_is_lost() -> None:
    town = Town(no_packet_within=10.0)
    town.answered()
    town.there.mute = True
    town.run(9)
    assert not town.of(port.Refused)
    town.there.mute = False
    town.run(1)
    town.there.mute = True
    town.reports(port.Refused, within=11)
    assert town.of(port.Refused) == [port.Refused(LEG, "no sound came for 10 s")]
    town.run(0.1)
    assert town.there.of(Ended)


def test_they_may_hold_the_call_and_no_letter_is_lost() -> None:
    town = Town()
    town.answered()
    head = f"v=0\r\no=- 1 2 IN IP4 {THERE}\r\ns=-\r\nc=IN IP4 {THERE}\r\nt=0 0\r\n"
    media = "m=audio 30000 RTP/AVP 0\r\na="
    town.there.offers(f"{head}{media}sendonly\r\n")
    town.run(0.2)
    assert len(town.there.of(Agreed)) == 1
    town.psap.give(LEG, caller(2, "are you there"))
    town.run(8)
    assert "ARE" not in town.there.paper
    town.there.offers(f"{head}{media}sendrecv\r\n")
    town.reads("ARE YOU THERE GA")
    town.there.offers(f"{head}m=audio 30000 RTP/AVP 18\r\n")
    town.run(0.2)
    assert [one.status for one in town.there.of(Declined)] == [488]


def test_a_line_that_does_not_answer_questions_is_refused_at_once() -> None:
    town = Town(listening=False, options_interval=5.0)
    assert town.of(port.Availability)[-1].reachable
    town.run(33)
    down = town.of(port.Availability)[-1]
    assert not down.reachable
    town.psap.offer(offered(caller(1, "fire")))
    assert town.of(port.Refused) == [port.Refused(LEG, down.reason)]
    assert down.reason.startswith("its exchange does not answer")


def test_a_line_that_answers_questions_can_be_rung() -> None:
    town = Town(options_interval=5.0)
    town.run(12)
    assert town.of(port.Availability) == [port.Availability("elm-harbor", True, 1)]


def test_a_suspended_psap_takes_nothing_new() -> None:
    town = Town()
    town.psap.replace(town.settings.model_copy(update={"suspended": "the desk is moving"}))
    assert town.of(port.Availability)[-1].reason == "suspended: the desk is moving"
    town.psap.offer(offered(caller(1, "fire")))
    assert town.of(port.Refused) == [port.Refused(LEG, "suspended: the desk is moving")]


def test_a_port_that_is_taken_is_said_and_not_fatal() -> None:
    town = Town()
    town.psap.stop()
    town.net.listenUDP(5070, town.there, HERE, 0)
    town.psap.start(lambda report, _: town.told.append(report))
    assert "its SIP port cannot be opened" in town.of(port.Availability)[-1].reason


def test_no_port_for_sound_is_a_refusal() -> None:
    town = Town()
    town.ports.free.clear()
    town.psap.offer(offered(caller(1, "fire")))
    assert town.of(port.Refused) == [port.Refused(LEG, "all are taken")]


def test_stopping_hangs_up_and_reports_nothing_more() -> None:
    town = Town()
    town.answered()
    before = len(town.told)
    town.psap.stop()
    town.run(0.2)
    assert town.there.of(Ended)
    assert len(town.told) == before
    assert town.ports.open_now == 0


def test_after_a_restart_an_answered_leg_is_rung_even_where_others_are_turned_away() -> None:
    town = Town()
    town.psap.replace(town.settings.model_copy(update={"suspended": "the desk is moving"}))
    again = replace(offered(caller(1, "fire")), answered_by="TTY at 8605550199", shown_up_to=0)
    town.psap.offer(again)
    town.reads("GA")
    town.there.types("911 GA")
    town.reads("FIRE GA")
    assert not town.of(port.Answered)
    assert not town.there.of(Refused)


def test_before_its_receivers_are_fast_it_can_be_rung_all_the_same() -> None:
    town = Town(is_fast=False)
    (prepared,) = town.prepared
    now = town.of(port.Availability)[-1]
    assert (now.reachable, now.reason) == (
        True, "it can be rung; its receiver is still being made ready",
    )  # fmt: skip
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.2)
    assert town.there.call is not None
    town.psap.end(LEG, "over")
    town.run(0.2)
    prepared()
    assert town.of(port.Availability)[-1] == port.Availability("elm-harbor", True, 1)


def test_where_the_caller_is_goes_with_the_call_where_the_psap_wants_it() -> None:
    town = Town(location=True, session_timer=0)
    town.answered()
    (invite,) = town.there.invites
    (sound, where) = parts(invite)
    assert (sound.kind, where.kind) == ("application/sdp", "application/pidf+xml")
    assert invite.value("Geolocation") == f"<cid:{where.identity}>"
    assert invite.value("Geolocation-Routing") == "no"
    assert not where.needed, "who does not know it may pass it over"
    found = read_pidf(where.octets, 1e9).location
    assert found is not None
    assert (found.latitude, found.longitude, found.radius) == (41.3083, -72.9279, 300.0)
    assert b"pres:+18605550142@" in where.octets


def test_nothing_is_said_of_a_place_that_nobody_knows_or_wants() -> None:
    for town, card in ((Town(location=True), replace(CARD, place=None)), (Town(), CARD)):
        town.psap.offer(replace(offered(caller(1, "fire"), card=card), number=""))
        town.run(0.1)
        (invite,) = town.there.invites
        assert invite.value("Geolocation") is None
        assert invite.value("Content-Type") == "application/sdp"


@pytest.mark.parametrize("status", [400, 415, 424, 500])
def test_an_exchange_that_takes_no_location_is_rung_again_without(status: int) -> None:
    town = Town(location=True)
    town.there.refuses = status
    town.psap.offer(replace(offered(caller(1, "fire")), number=""))
    town.run(0.2)
    first, again = town.there.invites
    assert b"pres:anonymous@anonymous.invalid" in first.body
    assert again.value("Content-Type") == "application/sdp"
    (refused,) = town.of(port.Refused)
    assert f"({status} " in refused.reason
    assert town.ports.open_now == 0
    town.there.refuses = 0
    town.answered()


LOGIN: dict[str, Any] = {"username": "gateway", "password": "env:HUSH"}


def test_an_exchange_that_asks_who_we_are_is_told() -> None:
    town = Town(wants=(Account("gateway", "hush"),), **LOGIN)
    town.answered()
    assert len(town.there.invites) == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "it asks for a name and a password; give username and password in "),
        (LOGIN | {"username": "other"}, "it does not take the username and password in "),
    ],
)
def test_one_that_does_not_believe_it_refuses_and_it_is_said_what_to_put_right(
    table: dict[str, Any], words: str
) -> None:
    town = Town(wants=(Account("gateway", "hush"),), **table)
    town.psap.offer(offered(caller(1, "fire")))
    town.run(0.2)
    (refused,) = town.of(port.Refused)
    told = f"its exchange turns us away: {words}[tty] of psaps/elm-harbor.toml"
    assert refused.reason.startswith(told)
    assert town.there.invites == []
    assert town.ports.open_now == 0
    # Operators see it until a call is taken, and the next dialogue is rung all the same.
    seen = town.of(port.Availability)[-1]
    assert (seen.reachable, seen.reason) == (True, refused.reason)


def test_what_is_to_be_put_right_is_not_said_any_more_when_a_call_was_taken() -> None:
    switch = Switch()
    invite = switch.rings()
    switch.answers(invite, 401)
    assert "username and password" in switch.town.of(port.Availability)[-1].reason
    switch.talks()
    assert switch.town.of(port.Availability)[-1].reason == "its line is busy with another call"
    switch.town.psap.end(LEG, "")
    switch.town.run(1.0)
    assert switch.town.of(port.Availability)[-1].reason == ""


def test_a_refresh_says_the_sound_again_and_not_the_place() -> None:
    switch = Switch(location=True)
    invite = switch.talks()
    assert "application/pidf+xml" in invite
    refresh = switch.until_asked("INVITE")
    assert "Content-Type: application/sdp" in refresh
    assert body_of(refresh).startswith("v=0\r\n")


def test_whom_its_line_turns_away_is_told_once() -> None:
    town = Town()
    for _ in range(3):
        town.net.deliver(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n", ("198.51.100.7", 5060), (HERE, 5070))
    assert town.rejected == [("elm-harbor", "198.51.100.7", "403: no peer of ours", 0)]
    town.there.calls_us()
    town.run(0.2)
    assert [one.status for one in town.there.of(Refused)] == [403]
    assert town.rejected[1:] == [("elm-harbor", THERE, "a call to us, who only call there", 0)]
