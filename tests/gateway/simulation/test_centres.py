"""Message centres in the simulated world: bound to, lost and found again; what breaks a promise of
such binds is seen."""

from __future__ import annotations

import pytest
from twisted.internet.protocol import Factory

from text911.gateway.simulation.centres import BOUND_WITHIN, Centres
from text911.gateway.simulation.places import RETRY_FIRST, abroad
from text911.gateway.simulation.scenario import Cut
from text911.gateway.simulation.sites import CentreLink
from text911.gateway.simulation.stage import Broken, Stage
from text911.gateway.simulation.storm import run
from text911.gateway.simulation.world import World
from text911.smpp.codec import encode
from text911.smpp.connecting import AwaitOutbindSettings, ConnectSettings, OutbindSettings
from text911.smpp.pdu import DeliverSm, DeliverSmResp, SubmitSm, Unbind

ONLY = Cut(only=frozenset({"bind_out"}))


class Nobody(Factory):
    """Has no place for a connection."""

    def buildProtocol(self, addr: object) -> None:
        return None


def seeds(*kinds: type, count: int = 1) -> list[int]:
    """Of worlds with a carrier abroad that is reached in all of these ways."""
    found: list[int] = []
    for seed in range(400):
        carrier = abroad(Stage(seed, ONLY))
        reached = set[type]() if carrier is None else {type(x.settings) for x in carrier.reaches}
        if carrier is not None and reached.issuperset(kinds):
            found.append(seed)
        if len(found) == count:
            break
    return found


def begun(*kinds: type) -> tuple[World, Centres]:
    """Five seconds later, all binds stand."""
    (seed,) = seeds(*kinds)
    world = World(seed, ONLY)
    world.begin()
    world.stage.run(5.0)
    assert world.centres is not None
    assert world.centres.missing() == []
    return world, world.centres


def link_of(world: World) -> CentreLink:
    """A bind of ours that brings texts."""
    return next(one for one in world.links() if isinstance(one, CentreLink) and one.bound)


@pytest.mark.parametrize("kind", [ConnectSettings, OutbindSettings, AwaitOutbindSettings])
def test_texts_and_answers_pass_whatever_way_we_have_bound(kind: type) -> None:
    (seed,) = seeds(kind)
    outcome = run(seed, ONLY, told_max=100_000)
    assert not outcome.broken
    said = "\n".join(outcome.last)
    assert "abroad1: " in said
    assert "caller901 writes" in said or "caller901: writes" in said


def test_a_world_without_that_fault_has_no_centres_and_calls_nobody() -> None:
    world = World(1, Cut(only=frozenset()))
    world.begin()
    world.stage.run(5.0)
    assert world.centres is None
    world.lose_site(5.0)


@pytest.mark.parametrize("again", range(6))
def test_a_site_that_was_down_is_bound_to_again(again: int) -> None:
    world, centres = begun(ConnectSettings)
    for _ in range(again + 1):
        centres.go_down()
    world.stage.run(world.stage.now() + 60.0 + 70.0)
    assert centres.missing() == []


def test_a_site_that_leaves_the_configuration_is_left_and_found_again() -> None:
    world, centres = begun(ConnectSettings)
    process = world.process
    assert process is not None
    before = len(process.outreach.lines)
    world.lose_site(20.0)
    world.stage.run(world.stage.now() + 10.0)
    assert len(process.outreach.lines) < before
    world.stage.run(world.stage.now() + 30.0)
    assert len(process.outreach.lines) == before
    assert centres.missing() == []


def test_a_text_that_is_answered_before_its_record_is_seen() -> None:
    world, centres = begun(ConnectSettings)
    link = link_of(world)
    link.requests[77] = encode(DeliverSm(short_message=b"help"), 77)
    centres.wrote(link.name, encode(DeliverSmResp(), 77, 0x45))
    with pytest.raises(Broken, match="no ESME_ROK before the text is durable"):
        centres.wrote(link.name, encode(DeliverSmResp(), 77))


@pytest.mark.parametrize(
    ("pdu", "broken"),
    [(SubmitSm(esm_class=4), "given no receipt"), (DeliverSm(), "sends no deliver_sm")],
)
def test_a_receipt_or_a_deliver_sm_to_a_centre_is_seen(
    pdu: SubmitSm | DeliverSm, broken: str
) -> None:
    world, centres = begun(ConnectSettings)
    link = link_of(world)
    centres.wrote(link.name, encode(SubmitSm(), 5))
    with pytest.raises(Broken, match=broken):
        centres.wrote(link.name, encode(pdu, 6))


def test_an_unbind_that_waits_for_no_response_is_seen() -> None:
    world, centres = begun(ConnectSettings)
    link = link_of(world)
    centres.wrote(link.name, encode(SubmitSm(), 5) + encode(SubmitSm(), 6))
    world.stage.run(world.stage.now() + 3.5)
    centres.wrote(link.name, encode(Unbind(), 7))
    centres.wrote(link.name, encode(SubmitSm(), 8))
    with pytest.raises(Broken, match="wait for responses"):
        centres.wrote(link.name, encode(Unbind(), 9))


@pytest.mark.parametrize(
    ("pause", "broken"),
    [(0.0, "waits before the next try"), (RETRY_FIRST / 2, "tries grow rarer")],
)
def test_tries_without_a_pause_and_tries_that_grow_no_rarer_are_seen(
    pause: float, broken: str
) -> None:
    world, centres = begun(ConnectSettings)
    assert world.process is not None
    connect = centres.dial(world.process)("east", 2775, 5.0)

    def tries(count: int) -> None:
        for _ in range(count):
            connect(Nobody()).addErrback(str)
            world.stage.run(world.stage.now() + pause)

    with pytest.raises(Broken, match=broken):
        tries(100)


def test_a_bind_that_never_comes_back_is_seen() -> None:
    world, centres = begun(ConnectSettings)
    assert world.process is not None
    centres.heal()
    world.process.outreach.lines[0][1].stop()
    world.stage.run(world.stage.now() + 5.0)
    assert len(centres.missing()) == 1
    with pytest.raises(Broken, match="we bind again"):
        world.stage.run(world.stage.now() + BOUND_WITHIN + 1.0)
