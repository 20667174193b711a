"""Sessions: they end, they outlive the process, and no disk keeps anybody from working."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest

from text911.psap_adapters.console.sessions import (
    OVERDUE_KEPT,
    Account,
    FileSessions,
    Keeper,
    MemorySessions,
    Session,
    Sessions,
    digest,
)

ANN, BOB, WEST = Account("east", "ann"), Account("east", "bob"), Account("west", "ann")


def of(store: MemorySessions, lifetime: float = 60.0) -> Sessions:
    return Sessions(lifetime, lambda kept: void(store.save(kept)))


def void(_done: bool) -> None:
    pass


def session(name: str = "t1", user: str = "ann", begun_at: float = 100.0) -> Session:
    return Session(digest(name), "east", user, begun_at, "proof")


def test_a_session_belongs_to_one_psap_and_ends() -> None:
    store = MemorySessions()
    sessions = of(store)
    token = sessions.begin(ANN, "proof", 100.0)
    found = sessions.find(token, "east")
    assert found is not None
    assert found.account == ANN
    for wrong in ((token, "west"), ("", "east"), (found.token, "east"), ("\udcff", "east")):
        assert sessions.find(*wrong) is None
    assert sessions.users("east") == {"ann"}
    assert sessions.expired(159.9) == []
    assert sessions.expired(160.0) == [found]
    other = sessions.begin(WEST, "proof", 100.0)
    sessions.end_all("east", ["ann", "bob"])
    assert sessions.find(token, "east") is None
    west = sessions.find(other, "west")
    assert west is not None
    assert store.load() == (west,)
    sessions.end(west)
    assert sessions.find(other, "west") is None
    assert store.load() == ()


def test_only_what_changes_is_kept_again() -> None:
    saves: list[int] = []
    sessions = Sessions(60.0, lambda kept: saves.append(len(kept)))
    sessions.begin(ANN, "proof", 100.0)
    sessions.end_all("east", ["bob"])
    sessions.end(session("never begun"))
    assert saves == [1]


def test_what_was_kept_is_taken_up_without_what_is_over() -> None:
    store = MemorySessions()
    before = of(store)
    good = before.begin(ANN, "ann1", 100.0)
    changed = before.begin(BOB, "bob1", 100.0)
    removed = before.begin(WEST, "west1", 100.0)
    proofs = {ANN: "ann1", BOB: "bob2"}
    after = of(store)
    after.restore(store.load(), proofs.get, 120.0)
    found = after.find(good, "east")
    assert found is not None
    assert after.expired(160.0) == [found]
    assert after.find(changed, "east") is None
    assert after.find(removed, "west") is None
    late = of(store)
    late.restore(store.load(), proofs.get, 160.0 + OVERDUE_KEPT)
    assert late.find(good, "east") is None


def test_who_is_overdue_is_taken_up_because_they_may_have_an_open_dialogue() -> None:
    after = of(MemorySessions())
    after.restore([session()], lambda _: "proof", 159.9 + OVERDUE_KEPT)
    assert after.users("east") == {"ann"}
    assert after.expired(159.9 + OVERDUE_KEPT) == [session()]


def test_a_file_keeps_sessions_for_its_owner_only_and_holds_no_token(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    told: list[str] = []
    file = FileSessions(path, told.append)
    assert file.load() == ()
    sessions = Sessions(60.0, lambda kept: void(file.save(kept)))
    token = sessions.begin(ANN, "proof", 100.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token not in path.read_text()
    assert [one.token for one in FileSessions(path, told.append).load()] == [digest(token)]
    assert [one.name for one in tmp_path.iterdir()] == ["sessions.json"]
    assert told == []


GOOD = {"version": 1, "sessions": [{"token": "t", "psap": "p", "user": "u", "begun_at": 1.0,
        "proof": "x"}]}  # fmt: skip


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\x00",
        json.dumps(GOOD).encode()[:-3],
        json.dumps({**GOOD, "version": 2}).encode(),
        json.dumps({**GOOD, "more": 1}).encode(),
        json.dumps({**GOOD, "sessions": [{"token": "t"}]}).encode(),
    ],
)
def test_a_damaged_file_is_told_and_treated_as_empty(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "sessions.json"
    path.write_bytes(octets)
    told: list[str] = []
    file = FileSessions(path, told.append)
    assert file.load() == ()
    assert len(told) == 1
    assert str(path) in told[0]
    assert "log in again" in told[0]
    assert file.save((session(),))
    assert file.load() == (session(),)


def test_a_folder_that_cannot_be_written_is_told_once_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "not yet"
    told: list[str] = []
    file = FileSessions(folder / "sessions.json", told.append)
    assert not file.save(())
    assert not file.save((session(),))
    assert len(told) == 1
    folder.mkdir()
    assert file.save((session(),))
    (folder / "sessions.json").unlink()
    folder.rmdir()
    assert not file.save(())
    assert len(told) == 2


class SlowStore:
    """A disk whose first write hangs until it is let go; `works` says whether writes succeed."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.works = True
        self.saved: list[tuple[Session, ...]] = []

    def load(self) -> tuple[Session, ...]:
        return ()

    def save(self, sessions: tuple[Session, ...]) -> bool:
        self.begun.set()
        self.let_go.wait()
        self.saved.append(sessions)
        return self.works


def test_changes_during_a_slow_write_go_together_and_nobody_waits() -> None:
    store = SlowStore()
    keeper = Keeper(store)
    one, two = session("t1"), session("t2")
    keeper.keep((one,))
    store.begun.wait()
    keeper.keep((one, two))
    keeper.keep((two,))
    keeper.keep(())
    assert store.saved == []
    store.let_go.set()
    keeper.close()
    assert store.saved == [(one,), ()]


def test_what_could_not_be_saved_is_tried_again_until_it_is() -> None:
    store = SlowStore()
    store.let_go.set()
    store.works = False
    keeper = Keeper(store)
    keeper.again()  # nothing was ever to be saved
    keeper.keep((session(),))
    while len(store.saved) < 2:
        keeper.again()  # does nothing before the first write has failed
    store.works = True
    keeper.keep((session("t2"),))
    keeper.close()
    assert store.saved[:2] == [(session(),), (session(),)]
    assert store.saved[-1] == (session("t2"),)
    keeper.again()  # nothing is owed: a closed keeper would refuse to write


def test_a_write_that_fails_late_does_not_undo_what_came_after_it() -> None:
    store = SlowStore()
    store.works = False
    keeper = Keeper(store)
    keeper.keep((session("old"),))
    store.begun.wait()
    keeper.keep((session("new"),))
    store.let_go.set()
    while len(store.saved) < 3:
        keeper.again()
    keeper.close()
    assert store.saved[0] == (session("old"),)
    assert set(store.saved[1:]) == {(session("new"),)}
