"""Names of peers: looked up once, held for a while, and lost where there is no address."""

from __future__ import annotations

import pytest

from text911.sip.calls import Answered, Refused
from text911.sip.transport import NAME_HOLDS, NAMES_MAX

from .agents import OURS, THEIRS, House, pair
from .net import Net


def test_a_name_is_looked_up_once_and_again_after_a_while() -> None:
    net = Net(psap="192.0.2.1 192.0.2.9")
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    for _ in range(2):
        theirs.calls("sip:911@psap.example.net")
        net.run()
    assert len(theirs.of(Answered)) == 2
    assert net.looked_up == ["psap.example.net"]
    net.advance(NAME_HOLDS)
    theirs.calls("sip:911@psap.example.net")
    net.run()
    assert net.looked_up == ["psap.example.net"] * 2


@pytest.mark.parametrize(
    "uri",
    [
        "sip:911@nowhere.example.net",
        "sip:911@nowhere.example.net;transport=tcp",
        f"sip:911@{'a' * 64}.net",
    ],
)
def test_a_name_without_an_address_is_a_way_that_is_lost(uri: str) -> None:
    net = Net()
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    ours.calls(uri)
    net.run()
    assert ours.of(Refused)[0].status == 503


def test_only_so_many_names_are_asked_for_and_remembered() -> None:
    net = Net(**{f"n{at}": "192.0.2.1" for at in range(200)})
    ours = House(net, OURS[0])
    ours.wires.listen_udp(*OURS)
    for at in range(NAMES_MAX + 5):
        ours.calls(f"sip:911@n{at}.net")
    assert len(ours.of(Refused)) == 5
    net.run()
    assert len(net.looked_up) == NAMES_MAX
    ours.calls("sip:911@n100.net")
    net.run()
    ours.calls("sip:911@n0.net")  # made room for the one before
    net.run()
    assert net.looked_up[-2:] == ["n100.net", "n0.net"]


def test_a_name_that_is_found_after_its_connection_was_given_up_is_not_dialled() -> None:
    net = Net(slow="192.0.2.7")
    ours = House(net, OURS[0])
    ours.calls("sip:911@slow.example.net;transport=tcp")
    ours.wires.stop()
    for stream in list(ours.wires._streams.values()):  # pyright: ignore[reportPrivateUsage]
        ours.wires.ended(stream, "given up")
        ours.wires.ended(stream, "twice")
    net.run()
    assert net.dialled == []


def test_two_calls_to_a_name_are_one_look_up() -> None:
    net = Net(psap="192.0.2.1")
    ours, theirs = pair(net)
    ours.wires.listen_udp(*OURS)
    theirs.wires.listen_udp(*THEIRS)
    for _ in range(2):
        theirs.calls("sip:911@psap.example.net")
    net.run()
    assert len(theirs.of(Answered)) == 2
    assert net.looked_up == ["psap.example.net"]
