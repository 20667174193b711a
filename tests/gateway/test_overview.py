"""What operators are told is true, whole, bounded, and without a word or number of a caller."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.gateway.house import WORDS, House
from text911.gateway.core.encoding import Held, Saved
from text911.gateway.core.state import Phase
from text911.gateway.core.values import DialogueId
from text911.gateway.journal.contract import Snapshot
from text911.gateway.operations.status import decode, encode
from text911.gateway.overview import EVERY, FRESH, STEP


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.log_in()
    return house


def test_binds_are_listed_with_what_went_over_them(house: House) -> None:
    peer = house.bind()
    house.text(peer)
    one, other = house.overview.status((), ()).carriers
    assert (one.name, other.name, other.binds) == ("carrier-a", "carrier-b", ())
    (bind,) = one.binds
    assert (bind.mode, bind.state, bind.in_flight) == ("transceiver", "bound", 0)
    assert bind.texts_in >= 2  # PDUs: the bind and the text
    assert bind.heard_at == pytest.approx(house.utc() - 1.0, abs=0.01)


def test_a_bind_that_says_goodbye_is_unbinding(house: House) -> None:
    house.bind()
    for bind in house.gateway.carriers.binds:
        bind.link.unbind()
    (bound,) = house.overview.status((), ()).carriers[0].binds
    assert bound.state == "unbinding"
    assert [one.receivers for one in house.overview.carriers_seen()] == [0, 0]


def test_ringing_and_answered_dialogues_are_counted_at_their_psap(house: House) -> None:
    peer = house.bind()
    ringing, live = house.text(peer, 1), house.text(peer, 2)
    at_live = house.answer(live)
    at_ringing = house.console_of(ringing)
    now = house.overview.status((), ())
    by_name = {one.name: one for one in now.psaps}
    assert sum(one.ringing for one in now.psaps) == 1 == by_name[at_ringing.name].ringing
    assert sum(one.live for one in now.psaps) == 1 == by_name[at_live.name].live
    assert now.dialogues_total == 2
    first, second = now.dialogues
    assert (first.id, first.state, first.waiting) == (ringing.dialogue, "offered", True)
    assert (second.id, second.state, second.waiting) == (live.dialogue, "active", False)
    displays = {one.display for one in house.configuration.psaps}
    assert {first.psap, second.psap} <= displays, "a display name, as the page shows it"


def test_who_is_there_and_why_not_is_told_for_each_psap(house: House) -> None:
    house.log_in(3)
    now = house.overview.status((), ())
    assert {one.people for one in now.psaps} == {3}
    assert all(one.reachable for one in now.psaps)
    displays = {one.name: one.display for one in house.configuration.psaps}
    for one in now.psaps:
        names = house.configuration.routing.overflow.get(one.name, [])
        assert one.overflow == tuple(displays[name] for name in names)
    assert any(one.overflow for one in now.psaps)


def test_not_ready_is_said_with_its_reasons(house: House) -> None:
    now = house.overview.status((), ("the journal cannot write",))
    assert not now.ready
    assert "the journal cannot write" in now.sentence
    assert house.overview.status((), ()).ready


def test_nothing_of_a_caller_is_in_the_status_or_the_health_log(house: House) -> None:
    peer = house.bind()
    held = house.text(peer)
    console = house.answer(held)
    leg = console.offers[-1].leg
    console.write(leg, "we are on our way to you")
    house.wait(1.0)
    console.end_it(leg, "stay safe")
    house.wait(1.0)
    now = house.overview.status((), ())
    assert decode(encode(now)) == now
    for told in (encode(now).decode(), repr(house.lines.all)):
        for secret in ("8605550000", "5550000", "0142", *WORDS.split()[:2], "on our way", "safe"):
            assert secret not in told, secret


def test_the_gauges_say_what_is_there(house: House) -> None:
    peer = house.bind()
    house.text(peer)
    gauges = house.metrics.gauges
    assert gauges.binds() == {"carrier-a": 1.0, "carrier-b": 0.0}
    assert gauges.unreached() == {}
    assert gauges.dialogues() == {"offered": 1.0}
    assert set(gauges.people()) == {one.name for one in house.configuration.psaps}
    queues = gauges.queues()
    assert queues["timers"] > 0
    assert queues["transcripts"] == 1.0


def test_what_is_counted_counts(house: House) -> None:
    peer = house.bind()
    house.text(peer)
    again = peer.sequence
    peer.text(WORDS.encode(), source_addr="18605550000", sequence_number=again)
    house.wait(1.0)
    metrics = house.metrics
    assert (metrics.pdus_in, metrics.texts_in, metrics.repeats) == (2, 2, 1)
    assert (metrics.dialogues_opened, metrics.dialogues_closed) == (1, 0)


def test_a_bounce_is_counted_and_its_message_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    for console in house.consoles.values():
        console.people = False
    peer = house.bind()
    peer.text(source_addr="18605550000")
    house.wait(12.0)
    metrics = house.metrics
    assert (metrics.bounces, metrics.dialogues_closed, metrics.automatic_out) == (1, 1, 1)


# --- many dialogues ------------------------------------------------------------------------------


def like(one: Held, name: str, at: float, phase: Phase) -> Held:
    line = replace(one.state.line, opened_at=at)
    return Held(DialogueId(name), one.number, replace(one.state, line=line, phase=phase))


def test_many_dialogues_are_never_walked_in_one_go(house: House) -> None:
    """The status answers from the last census; steps between have brought it up to date."""
    peer = house.bind()
    pattern = house.text(peer)
    many = [
        like(pattern, f"m{n}", pattern.state.line.opened_at + 1 + n, pattern.state.phase)
        for n in range(2 * STEP)
    ]
    remember(house, many)
    house.overview.take_stock()
    house.overview.start()
    assert house.overview.status((), ()).dialogues_total == 2 * STEP + 1
    remember(house, [like(pattern, f"n{n}", 0.0, pattern.state.phase) for n in range(3)])
    assert house.overview.status((), ()).dialogues_total == 2 * STEP + 1, "as of the last census"
    house.wait(EVERY * 10 + FRESH)
    now = house.overview.status((), ())
    assert now.dialogues_total == 2 * STEP + 4
    assert [one.id for one in now.dialogues[:3]] == ["n0", "n1", "n2"]
    assert len(now.dialogues) == 100
    house.overview.stop()
    house.overview.stop()


def remember(house: House, held: list[Held]) -> None:
    """As a restart does: out of a snapshot."""
    saved = Saved(house.utc(), 2, {}, held=held)
    house.gateway.engine.restore(Snapshot(0, msgspec.msgpack.encode(saved)), ())
