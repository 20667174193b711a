"""A call of a trunk that the beat passes by: it is asked again the moment anything is to be said,
heard or agreed, and on the wire nobody can tell."""

from __future__ import annotations

from itertools import pairwise

from text911.gateway.edges.lines.circuit import Manners
from text911.gateway.edges.lines.settings import TtySettings
from text911.sip import rtp
from text911.sip.settings import telephone
from text911.tty.turns import Policy

from .desk_phone import URI, DeskPhone
from .door import Door
from .exchange import Caller, Exchange, silence, tones

VOICES = Policy(probe="", voice_leg=True)


def up(*given: Policy, **keys: object) -> tuple[Exchange, Door, Caller]:
    house = Exchange(door := Door(), *given, **keys)
    caller = Caller(house)
    assert caller.ring() == 200
    return house, door, caller


def unbroken(caller: Caller) -> bool:
    """Whether each packet has the number that follows and no time is missing between two."""
    packets = [rtp.read(one) for one in caller.packets[caller.rtp]]
    return all(
        (after.sequence - one.sequence) % 65_536 == 1
        and (after.timestamp - one.timestamp) % 2**32 == 160
        for one, after in pairwise(packets)
    )


def test_what_a_caller_types_is_taken_and_the_silence_for_him_said() -> None:
    house, door, caller = up()
    said = tones("FIRE AT 12 ELM ST GA") + silence(0.5)
    caller.plays(said)
    assert door.shown == "FIRE AT 12 ELM ST GA"
    frames = len(said) // 160
    assert house.sweep.followed > 0.9 * frames
    assert house.sweep.rested > 0.9 * frames
    assert unbroken(caller)
    caller.say("BYE")
    assert door.of("ended") == [("the caller hung up",)]


def test_a_reply_leaves_at_once_whoever_rests() -> None:
    house, door, caller = up()
    caller.plays(silence(1.0))
    rested = house.sweep.rested
    assert rested > 40
    before = len(caller.packets[caller.rtp])
    door.legs[-1].write("reply-1", "WE COME", interrupt=False)
    caller.plays(silence(0.1))
    sent = [rtp.read(one).payload for one in caller.packets[caller.rtp][before:]]
    assert b"\xff" * 160 not in sent[2:]  # but a carrier
    caller.plays(silence(5.0))
    assert caller.reads == "WE COME"
    assert house.sweep.rested > rested + 100  # when all has left, it rests again
    assert unbroken(caller)


def test_a_probe_leaves_in_its_time_whoever_rests() -> None:
    house, _, caller = up(Policy(probe="911 GA", probe_after_s=4.0, probes_max=1))
    caller.plays(silence(8.0))
    assert caller.reads.strip() == "911 GA"
    assert house.sweep.rested > 150
    assert unbroken(caller)


def test_hold_and_back_is_the_same_for_who_rests() -> None:
    house, _, caller = up()
    caller.plays(silence(0.5))
    caller.say("INVITE", caller.audio("a=inactive\r\n"))
    caller.say("ACK")
    held = len(caller.packets[caller.rtp])
    house.run(1.0)
    assert len(caller.packets[caller.rtp]) == held
    caller.say("INVITE", caller.audio())
    caller.say("ACK")
    rested = house.sweep.rested
    caller.plays(silence(0.5))
    assert house.sweep.rested > rested + 15
    packets = [rtp.read(one) for one in caller.packets[caller.rtp]]
    assert [one.sequence for one in packets] == [
        (packets[0].sequence + at) % 65_536 for at in range(len(packets))
    ]
    assert packets[held].marker
    assert packets[held].timestamp - packets[held - 1].timestamp > 8_000


def test_beside_a_telephone_each_frame_is_heard_and_said() -> None:
    house, door, caller = up(VOICES)
    phone = DeskPhone(house, 200, "0", "")
    house.trunk.manners = Manners(TtySettings(), VOICES, {"ansonia": telephone(URI)})
    other = Caller(house)
    assert other.ring() == 200
    leg = door.legs[-1]
    leg.answered("ansonia")
    other.plays(silence(0.5))
    before = house.sweep.followed, house.sweep.rested
    assert min(before) > 15
    caller.say("BYE")
    leg.voice(1, "ansonia", "vco")
    house.settle()
    assert door.of("voiced") == [(1, "open", "")]
    other.plays(silence(0.5))
    assert (house.sweep.followed, house.sweep.rested) == before
    assert len(phone.heard) >= 3_000
    leg.voice(1, "ansonia", "")
    other.plays(silence(0.5))
    assert house.sweep.followed > before[0] + 10
    assert house.sweep.rested > before[1] + 10
    assert unbroken(other)


def test_who_stays_silent_for_too_long_is_lost_though_he_was_followed() -> None:
    house, door, caller = up(no_packet_within=5)
    caller.plays(silence(1.0))
    assert house.sweep.followed > 40
    house.run(6.0)
    assert [reason for (reason,) in door.of("ended")] == ["no packet came for 5 s"]
    assert len(house.bank.ears) == house.ports.open_now == 0
