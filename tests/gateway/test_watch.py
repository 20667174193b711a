"""Twice a second: alarms, recovery of the journal without a restart, snapshots, readiness."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.gateway.house import House
from text911.gateway.core.memory import Memory
from text911.gateway.journal.contract import JournalDamaged, Snapshot, Stored
from text911.gateway.journal.memory import MemoryJournal
from text911.smpp.pdu import SubmitSmResp
from text911.smpp.status import Status


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.log_in()
    return house


def keys(house: House) -> list[str]:
    return sorted(alarm.key for alarm in house.watch.alarms())


def often(house: House, every: int) -> None:
    """Snapshots every so many records."""
    journal = house.configuration.journal.model_copy(update={"snapshot_every_records": every})
    object.__setattr__(house.configuration, "journal", journal)


# --- alarms and readiness ------------------------------------------------------------------------


def test_a_carrier_without_a_bind_alarms_until_it_binds(house: House) -> None:
    house.open()
    assert keys(house) == ["bind:carrier-a", "bind:carrier-b"]
    house.bind("carrier-a")
    house.wait(1.1)
    assert keys(house) == ["bind:carrier-b"]
    raised = [line["alarm"] for line in house.lines.of("alarm_raised")]
    assert raised == ["bind:carrier-a", "bind:carrier-b"]
    (cleared,) = house.lines.of("alarm_cleared")
    assert cleared["alarm"] == "bind:carrier-a"
    assert house.metrics.gauges.alarms() == {"critical": 1.0}


def test_a_caller_who_floods_is_an_alarm_that_does_not_name_the_whole_number(house: House) -> None:
    house.open()
    peer = house.bind("carrier-a")
    for _ in range(4):
        for n in range(60):
            peer.text(f"noise {n}".encode(), source_addr="18605550142")
        house.wait(0.5)
    (flood,) = (alarm for alarm in house.watch.alarms() if alarm.key == "flood")
    assert "+1860***0142 sends 1" in flood.sentence
    assert "refused for the moment" in flood.sentence
    (line,) = (one for one in house.lines.of("alarm_raised") if one["alarm"] == "flood")
    assert "5550142" not in str(house.lines.all)
    assert "+1860***0142" in line["sentence"]
    assert house.metrics.throttled == house.gateway.carriers.throttled() > 0
    assert house.metrics.throttled_first == 0
    assert house.metrics.gauges.queues()["texts"] == 0.0
    house.wait(12.0)
    assert "flood" not in keys(house)


def test_an_empty_console_and_a_stepping_clock_alarm(house: House) -> None:
    house.open()
    house.bind("carrier-a")
    house.bind("carrier-b")
    house.wait(1.1)
    assert keys(house) == []
    house.log_in(0)
    house.step = -30.0
    house.wait(1.1)
    assert "clock" in keys(house)
    assert any(key.startswith("nobody") for key in keys(house))


def test_not_ready_before_it_listens_and_while_the_journal_is_broken(house: House) -> None:
    assert house.watch.reasons() == ("the gateway is starting",)
    house.open()
    assert house.watch.reasons() == ()


def test_a_psap_that_comes_and_goes_has_its_lines(house: House) -> None:
    house.lines.all.clear()
    house.log_in(2)
    assert house.lines.of("psap_up") == [], "it could be reached before"
    house.log_in(0)
    house.log_in(1)
    names = [one.name for one in house.configuration.psaps]
    assert [line["psap"] for line in house.lines.of("psap_down")] == names
    assert [line["psap"] for line in house.lines.of("psap_up")] == names


def test_after_stop_nothing_is_looked_at_any_more(house: House) -> None:
    house.open()
    house.watch.stop()
    house.watch.stop()
    house.log_in(0)
    house.wait(3.0)
    assert "nobody" not in keys(house)


# --- a broken journal ----------------------------------------------------------------------------


def test_a_full_disk_is_survived_without_a_restart(house: House) -> None:
    peer = house.bind()
    house.open()
    before = house.text(peer, 1)
    peer.read()
    house.journal.store.refuses = "disk full"
    peer.text(source_addr="18605550002")
    house.wait(0.1)
    ((_, status, _),) = peer.read()
    assert status == Status.RMSGQFUL
    house.wait(0.5)
    assert "journal" in keys(house), "an alarm within a second"
    house.wait(2.6)
    assert "journal" in keys(house)
    assert house.watch.reasons()[0].startswith("the journal cannot write: disk full")
    assert len(house.lines.of("journal_broken")) == 1, "said once, not once a second"
    assert len(house.lines.of("unready")) == 1
    assert house.metrics.journal_failures == 1
    house.journal.store.refuses = None
    house.wait(1.6)  # tried again within a second; the look after that one clears
    assert "journal" not in keys(house)
    assert house.watch.reasons() == ()
    assert len(house.lines.of("journal_recovered")) == 1
    assert len(house.lines.of("ready")) == 1
    assert house.gateway.engine.get(before.dialogue) is not None
    peer.read()
    peer.text(source_addr="18605550002")
    house.wait(1.0)
    answers = [one for one in peer.read() if isinstance(one[0], SubmitSmResp)]
    assert [status for _, status, _ in answers] == [Status.ROK]
    assert house.journal.is_sound()


def test_a_journal_that_mends_itself_at_the_first_try_was_broken_all_the_same(house: House) -> None:
    peer = house.bind()
    house.open()
    house.wait(0.5)  # the next look is one that tries again
    house.journal.store.refuses = "disk full"
    peer.text()
    house.wait(0.1)
    house.journal.store.refuses = None
    house.wait(0.5)
    assert len(house.lines.of("journal_recovered")) == 1
    assert [one["alarm"] for one in house.lines.of("alarm_raised")].count("journal") == 1
    house.wait(0.5)
    assert [one["alarm"] for one in house.lines.of("alarm_cleared")].count("journal") == 1


class Unreadable(MemoryJournal):
    """Comes back, and cannot be read at first."""

    faults: Iterable[Exception] = ()

    def reopen(self) -> None:
        for fault in self.faults:
            raise fault
        super().reopen()


def test_damage_found_while_recovering_is_an_alarm_and_the_watch_goes_on(tmp_path: Path) -> None:
    journal = Unreadable()
    house = House(tmp_path, journal)
    house.log_in()
    peer = house.bind()
    house.open()
    journal.faults = iter([JournalDamaged("record 5 is not there as it was written")])
    journal.fail("input/output error")
    peer.text()
    house.wait(1.0)
    (reason,) = house.watch.reasons()
    assert "record 5" in reason
    assert "journal" in keys(house)
    house.wait(1.1)
    assert house.watch.reasons() == ()


class ReadFails(MemoryJournal):
    """One read of a dialogue fails after the journal came back."""

    faults: Iterable[Exception] = ()

    def read_dialogue(self, dialogue: str) -> list[Stored]:
        for fault in self.faults:
            raise fault
        return list(super().read_dialogue(dialogue))


def test_a_recovery_that_fails_halfway_loses_no_dialogue(tmp_path: Path) -> None:
    journal = ReadFails()
    house = House(tmp_path, journal)
    house.log_in()
    peer = house.bind()
    house.open()
    held = house.text(peer)
    peer.text(b"are you there")
    peer.text(b"hello", source_addr="18605550000")
    journal.fail("input/output error", landed=1)
    journal.faults = iter([JournalDamaged("the reading failed"), JournalDamaged("again")])
    house.wait(2.1)
    assert house.watch.reasons() != ()
    house.wait(2.1)
    assert house.watch.reasons() == ()
    assert house.gateway.engine.get(held.dialogue) is not None


# --- snapshots -----------------------------------------------------------------------------------


def test_a_snapshot_is_taken_when_due_and_restores_the_same_engine(
    house: House, tmp_path: Path
) -> None:
    often(house, 10)
    house.open()
    peer = house.bind()
    for number in range(5):
        house.text(peer, number)
    house.wait(2.0)
    (snapshot, *_) = house.journal.store.snapshots[-1:]
    assert snapshot.up_to >= 10
    assert house.metrics.journal_records == house.journal.position()
    house.answer(house.text(peer, 7))  # a tail behind the snapshot
    before = {held.dialogue: held for held in house.gateway.engine}
    last = house.journal.last_snapshot()
    assert last is not None
    assert last.up_to < house.journal.position()
    again = House(tmp_path, house.journal.lose_power())
    assert {held.dialogue: held for held in again.gateway.engine} == before
    short = Memory()
    short.load(last.state)
    assert {held.dialogue: held for held in short} != before, "the tail has told the rest"


def test_no_snapshot_before_enough_was_written(house: House) -> None:
    often(house, 1_000)
    house.open()
    house.text(house.bind())
    house.wait(3.0)
    assert house.journal.store.snapshots == []


class NoSnapshots(MemoryJournal):
    refusals = 0

    def save_snapshot(self, snapshot: Snapshot, done: object) -> None:
        self.refusals += 1
        if self.refusals == 1:
            raise ValueError("no room for a snapshot")
        super().save_snapshot(snapshot, done)  # type: ignore[arg-type]


def test_a_snapshot_that_failed_is_said_and_tried_again_a_minute_later(tmp_path: Path) -> None:
    journal = NoSnapshots()
    house = House(tmp_path, journal)
    house.log_in()
    often(house, 5)
    house.open()
    house.text(house.bind())
    house.wait(10.0)
    assert journal.refusals == 1, "not once a second"
    (fault,) = house.lines.of("fault")
    assert "no room for a snapshot" in fault["sentence"]
    house.wait(61.0)
    assert journal.refusals >= 2
    assert journal.store.snapshots


def test_a_snapshot_that_breaks_the_journal_starts_its_recovery(house: House) -> None:
    often(house, 5)
    peer = house.bind()
    house.text(peer)
    house.open()
    house.reactor.advance(0)  # the encoded state is handed to the journal
    assert house.journal.pending == 1
    house.journal.fail("disk full")
    house.wait(0.1)
    assert house.watch.reasons() != ()
    assert any("disk full" in line["sentence"] for line in house.lines.of("fault"))
    house.wait(2.1)
    assert house.watch.reasons() == ()


def test_minutes_turn_so_that_latencies_are_of_late(house: House) -> None:
    house.open()
    house.metrics.route.observe(0.001)
    house.wait(61.0)
    assert sum(house.metrics.route.recent()) == 1
    house.wait(5 * 60.0)
    assert sum(house.metrics.route.recent()) == 0
