"""The parts joined: phases in the health log, faults held apart, reloads that are whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.directories import copy_of_demo
from tests.gateway.edges.world import Console
from tests.gateway.house import House, geography
from text911.gateway.composition import CROCKFORD, fresh_dialogue
from text911.gateway.config import Configuration, load
from text911.gateway.core.state import Offered
from text911.gateway.core.values import Location
from text911.gateway.journal.contract import JournalBroken
from text911.psap_adapters.port import Availability
from text911.smpp.pdu import Unbind, UnbindResp
from text911.smpp.status import Status


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.log_in()
    return house


def without(configuration: Configuration, carrier: str = "", psap: str = "") -> Configuration:
    return replace(
        configuration,
        carriers=tuple(one for one in configuration.carriers if one.name != carrier),
        psaps=tuple(one for one in configuration.psaps if one.name != psap),
    )


# --- the health log ------------------------------------------------------------------------------


def test_every_change_of_phase_is_one_line(house: House) -> None:
    peer = house.bind()
    held = house.text(peer)
    console = house.answer(held)
    console.end_it(console.offers[-1].leg)
    house.wait(1.0)
    lines = [line for line in house.lines.all if line.get("dialogue") == held.dialogue]
    phases = [line["previous"] for line in lines] + [lines[-1]["state"]]
    assert phases[0] == "new"
    assert phases[-2:] in (["active", "closed"], ["closing", "closed"], ["active", "closing"])
    assert [one["state"] for one in lines[:-1]] == phases[1:-1], "no change was left out"
    assert house.metrics.dialogues_closed == 1
    assert all(
        set(line) <= {"at", "level", "event", "dialogue", "previous", "state"} for line in lines
    )


def test_binds_are_one_line_each(house: House) -> None:
    peer = house.bind()
    peer.send(Unbind())
    house.settle()
    (up,) = house.lines.of("bind_up")
    (down,) = house.lines.of("bind_down")
    assert (up["carrier"], up["peer"]) == ("carrier-a", "127.0.0.1")
    assert (down["carrier"], down["level"]) == ("carrier-a", "warning")


# --- faults held apart ---------------------------------------------------------------------------


class Clumsy(Console):
    """An adapter with a mistake in it."""

    def offer(self, offer: Any) -> None:
        raise RuntimeError("the adapter fell over its own feet")


def test_a_fault_in_an_adapter_is_said_and_costs_no_other_dialogue(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.gateway.psaps.replace({name: Clumsy(name) for name in house.consoles})
    peer = house.bind()
    second = house.text(peer, 1001)
    answers = [status for _, status, _ in peer.read()]
    assert answers == [Status.ROK, Status.ROK], "the bind and the text"
    (fault,) = [line for line in house.lines.of("fault") if line["dialogue"] == second.dialogue]
    assert "RuntimeError while OfferTo" in fault["sentence"]
    assert "fell over its own feet" in capsys.readouterr().err


def test_a_reply_that_cannot_be_written_does_not_hold_up_those_behind_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = house.bind()
    held = [house.text(peer, number) for number in range(3)]
    consoles = [house.answer(one) for one in held]
    legs = [
        next(o.leg for o in console.offers if o.leg.dialogue == one.dialogue)
        for console, one in zip(consoles, held, strict=True)
    ]
    peer.read()
    from text911.gateway.edges import writing

    right = writing.reply

    def wrong(command: Any, caller: str, short_code: str, alphabet: Any) -> Any:
        if caller.endswith("0000"):
            raise RuntimeError("no such address")
        return right(command, caller, short_code, alphabet)

    monkeypatch.setattr(writing, "reply", wrong)
    for console, leg in zip(consoles, legs, strict=True):
        console.write(leg, "help is coming", key=leg.dialogue)
    while house.journal.pending:
        house.journal.sync()
    with pytest.raises(RuntimeError, match="no such address"):  # aloud, in a turn of its own
        house.settle()
    house.wait(1.0)
    sent = {pdu.destination_addr for pdu, _ in peer.delivered()}
    assert sent == {"18605550001", "18605550002"}


def test_a_timer_that_fails_does_not_take_the_others_with_it(house: House) -> None:
    peer = house.bind()
    for number in range(3):
        peer.text(source_addr=f"1860555{number:04}")
    house.settle()
    house.wait(1.0)
    engine: Any = house.gateway.engine
    heard: list[str] = []
    hear = engine.hear

    def stumbles(dialogue: Any, *rest: Any) -> None:
        if not heard:
            heard.append(dialogue)
            raise RuntimeError("a hole in the rules")
        heard.append(dialogue)
        hear(dialogue, *rest)

    engine.hear = stumbles
    with pytest.raises(RuntimeError, match="a hole in the rules"):
        house.wait(30.0)
    assert len(set(heard)) == 3


def test_a_done_that_raises_holds_back_no_command(house: House) -> None:
    def falls(*_: object) -> None:
        raise RuntimeError("the socket is of glass")

    peer = house.bind()
    (bind,) = house.gateway.carriers.binds
    link: Any = bind.link
    link.respond = falls
    peer.text()
    with pytest.raises(RuntimeError, match="of glass"):
        house.journal.sync()
    house.wait(1.0)
    (held,) = house.gateway.engine
    assert isinstance(held.state.phase, Offered), "located, routed and offered all the same"


# --- the map -------------------------------------------------------------------------------------


def test_a_map_is_drawn_once_for_a_place_and_shared() -> None:
    here = Location(41.76, -72.67, 30_000.0, 90, "Cell", "profile", 1.0)
    first = geography().draw(here)
    assert first is not None
    assert geography().draw(replace_at(here)) is first
    assert geography().draw(Location(0.0, 0.0, 10.0, 90, "Cell", "profile", 1.0)) is None


def replace_at(one: Location) -> Location:
    return Location(
        one.latitude, one.longitude, one.radius, one.confidence, one.method, one.source, 2.0
    )


def test_a_dialogue_opened_now_asks_the_record_for_nothing(house: House) -> None:
    asked: list[str] = []
    read: Callable[[str], Any] = house.journal.read_dialogue

    def counted(dialogue: str) -> Any:
        asked.append(dialogue)
        return read(dialogue)

    house.journal.read_dialogue = counted  # type: ignore[method-assign]
    house.answer(house.text(house.bind()))
    assert asked == []


def test_after_a_restart_a_transcript_is_rebuilt_from_the_record(
    house: House, tmp_path: Path
) -> None:
    held = house.text(house.bind())
    console = house.answer(held)
    console.write(console.offers[-1].leg, "we are coming")
    house.wait(1.0)
    before = house.gateway.transcripts.items(held.dialogue)
    again = House(tmp_path, house.journal.lose_power())
    again.log_in()
    for _ in again.gateway.engine.resume():
        again.settle()
    offer = again.console_of(held).offers[-1]
    assert offer.answered_by == "ann"
    assert [i.text for i in offer.items] == [i.text for i in before]
    assert offer.shown_up_to >= 0, "what it has shown is known"


def test_dialogue_ids_can_be_read_aloud() -> None:
    one = fresh_dialogue()
    assert [len(part) for part in one.split("-")] == [4, 4, 2]
    assert set(one) <= {*CROCKFORD, "-"}


# --- reload --------------------------------------------------------------------------------------


def test_a_new_user_may_log_in_after_a_reload(tmp_path: Path) -> None:
    directory = copy_of_demo(tmp_path)
    house = House(tmp_path, configuration=load(directory))
    desk: Any = house.gateway.consoles.psap("csecc")
    before: tuple[object, ...] = desk.settings.users
    file = directory / "psaps" / "csecc.toml"
    text = file.read_text()
    users = text[text.index("[[console.users]]") :]
    first = users.split("[[console.users]]")[1]
    file.write_text(text + "\n[[console.users]]" + first.replace('"position-1"', '"newcomer"', 1))
    house.gateway.adopt(load(directory), geography())
    after: tuple[object, ...] = desk.settings.users
    assert len(after) == len(before) + 1
    assert len(house.lines.of("configuration_loaded")) == 1


def test_a_carrier_that_is_gone_is_unbound_and_the_others_stay(house: House) -> None:
    gone, stays = house.bind("carrier-a"), house.bind("carrier-b")
    gone.read()
    stays.read()
    house.gateway.adopt(without(house.configuration, carrier="carrier-a"), geography())
    house.settle()
    ((pdu, _, number),) = gone.read()
    assert isinstance(pdu, Unbind)
    assert stays.read() == []
    gone.send(UnbindResp(), number)
    house.settle()
    assert [bind.carrier.name for bind in house.gateway.carriers.binds] == ["carrier-b"]
    assert [one.name for one in house.overview.carriers_seen()] == ["carrier-b"]
    ((_, status, _),) = house.bind("carrier-a").read()
    assert status == Status.RBINDFAIL


def test_a_psap_that_is_gone_refuses_and_a_new_one_takes_offers(house: House) -> None:
    peer = house.bind()
    held = house.text(peer, 1)
    assert isinstance(held.state.phase, Offered)
    gone = held.state.phase.psap
    house.gateway.adopt(without(house.configuration, psap=gone), geography())
    assert gone not in {one.name for one in house.overview.psaps_seen()}
    desk: Any = house.gateway.consoles.psap(gone)
    assert "no longer configured" in desk.settings.suspended
    house.gateway.psaps.report(Availability(gone, reachable=True, people=1), b"")
    assert gone not in house.gateway.psaps.availability, "who is still there changes nothing"
    house.gateway.adopt(house.configuration, geography())
    assert gone in {one.name for one in house.overview.psaps_seen()}
    assert not house.gateway.consoles.psap(gone).settings.suspended  # type: ignore[attr-defined]


def test_routing_and_policy_are_new_and_open_dialogues_keep_theirs(
    house: House, tmp_path: Path
) -> None:
    peer = house.bind()
    old = house.text(peer, 1)
    directory = copy_of_demo(tmp_path)
    (directory / "gateway.toml").write_text(
        (directory / "gateway.toml").read_text() + "\n[limits]\nring = 30\n"
    )
    new = replace(load(directory), directory=tmp_path)
    router = house.gateway.answers.router
    house.gateway.adopt(new, geography())
    assert house.gateway.answers.router is not router
    fresh = house.text(peer, 2)
    still = house.gateway.engine.get(old.dialogue)
    assert still is not None
    assert still.line.policy == old.state.line.policy != fresh.state.line.policy


def test_a_reload_while_the_journal_is_broken_is_recorded_when_it_recovers(
    house: House, tmp_path: Path
) -> None:
    directory = copy_of_demo(tmp_path)
    (directory / "gateway.toml").write_text(
        (directory / "gateway.toml").read_text() + "\n[limits]\nring = 30\n"
    )
    house.open()
    house.journal.store.refuses = "disk full"
    house.journal.fail("disk full")
    house.gateway.adopt(replace(load(directory), directory=tmp_path), geography())
    assert isinstance(house.gateway.engine.broken, JournalBroken)
    house.journal.store.refuses = None
    house.wait(2.1)
    held = house.text(house.bind())
    again = House(tmp_path, house.journal.lose_power())
    restored = again.gateway.engine.get(held.dialogue)
    assert restored is not None
    assert restored.line.policy == held.state.line.policy
