"""The model of a disk itself: what must be there, what may be missing, and what can never be."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.crash.contents import SECTOR
from tests.crash.images import Disk, Found, Image, Kind, NotModelled, Record, parse

ROOT = "/root"
SEEDS = range(60)


@dataclass
class Program:
    """A program and the disk that hears of its calls."""

    disk: Disk = field(default_factory=lambda: Disk(ROOT, [Found(ROOT, 1)]))
    inodes: dict[str, int] = field(default_factory=lambda: {"": 1})
    next_inode: int = 2
    calls: int = 0

    def call(
        self, kind: Kind, name: str, offset: int = 0, data: bytes = b"", other: str = "",
        error: int = 0, who: int = 1,
    ) -> None:  # fmt: skip
        self.calls += 1
        path = f"{ROOT}/{name}".rstrip("/")
        to = f"{ROOT}/{other}" if other else ""
        inode = self.inodes.get(name, 999)
        self.disk.apply(Record(kind, self.calls, inode, path, offset, data, to, error, (who, who)))

    def create(self, name: str, kind: Kind = Kind.CREATE) -> None:
        self.inodes[name] = self.next_inode
        self.next_inode += 1
        self.call(kind, name)

    def write(self, name: str, offset: int, data: bytes) -> None:
        self.call(Kind.WRITE, name, offset, data)

    def truncate(self, name: str, size: int) -> None:
        self.call(Kind.TRUNCATE, name, size)

    def rename(self, name: str, other: str) -> None:
        self.call(Kind.RENAME, name, other=other)
        self.inodes[other] = self.inodes.pop(name)

    def link(self, name: str, other: str) -> None:
        self.call(Kind.LINK, name, other=other)
        self.inodes[other] = self.inodes[name]

    def unlink(self, name: str) -> None:
        self.call(Kind.UNLINK, name)
        del self.inodes[name]

    def sync(self, *names: str, error: int = 0) -> None:
        for name in names:
            self.call(Kind.SYNC_BEGUN, name)
            self.call(Kind.SYNC_ENDED, name, error=error)

    def images(self) -> list[Image]:
        return [self.disk.draw(Random(seed)) for seed in SEEDS]

    def contents(self, name: str) -> set[bytes | None]:
        """All that a file was found to hold; None where it was not there."""
        return {image.files.get(name) for image in self.images()}


def with_file(octets: bytes = b"") -> Program:
    """A durable file called "file"."""
    program = Program()
    program.create("file")
    if octets:
        program.write("file", 0, octets)
    program.sync("file", "")
    return program


# --- contents ------------------------------------------------------------------------------------


def test_what_was_synced_is_there_and_nothing_else_is() -> None:
    program = with_file(b"synced")
    assert program.contents("file") == {b"synced"}


def test_what_was_not_synced_may_be_there_or_not() -> None:
    program = with_file(b"old")
    program.write("file", 0, b"new")
    assert program.contents("file") == {b"old", b"new"}


def test_a_longer_file_may_have_its_length_and_zeros_instead_of_the_octets() -> None:
    program = with_file()
    program.write("file", 0, b"new")
    assert program.contents("file") == {b"", b"new", bytes(3)}


def test_a_write_is_torn_where_sectors_end_and_nowhere_else() -> None:
    program = with_file(b"a" * SECTOR * 2)
    program.write("file", 10, b"b" * SECTOR)
    first, second = b"a" * 10 + b"b" * (SECTOR - 10), b"b" * 10 + b"a" * (SECTOR - 10)
    old = b"a" * SECTOR
    assert program.contents("file") == {
        old + old, first + second, first + old, old + second,
    }  # fmt: skip


def test_writes_to_different_sectors_land_in_any_order_those_to_one_sector_do_not() -> None:
    program = with_file(b"a" * SECTOR * 2)
    program.write("file", 0, b"1")
    program.write("file", SECTOR, b"2")
    program.write("file", 1, b"3")
    found = {(c[:2], c[SECTOR : SECTOR + 1]) for c in program.contents("file") if c is not None}
    assert found == {(x, y) for x in (b"aa", b"1a", b"13") for y in (b"a", b"2")}


def test_writes_to_different_files_land_in_any_order() -> None:
    program = Program()
    for name in ("one", "two"):
        program.create(name)
        program.write(name, 0, b"-")
        program.sync(name)
    program.sync("")
    program.write("one", 0, b"1")
    program.write("two", 0, b"2")
    found = {(image.files["one"], image.files["two"]) for image in program.images()}
    assert found == {(b"-", b"-"), (b"1", b"-"), (b"-", b"2"), (b"1", b"2")}


def test_what_is_written_while_a_sync_runs_is_not_covered_by_it() -> None:
    program = with_file(b"00")
    program.write("file", 0, b"1")
    program.call(Kind.SYNC_BEGUN, "file")
    program.write("file", 1, b"2")
    program.call(Kind.SYNC_ENDED, "file")
    assert program.contents("file") == {b"10", b"12"}


def test_a_sync_that_has_not_ended_promises_nothing() -> None:
    program = with_file(b"0")
    program.write("file", 0, b"1")
    program.call(Kind.SYNC_BEGUN, "file")
    assert program.contents("file") == {b"0", b"1"}


def test_syncs_of_two_threads_are_told_apart() -> None:
    program = with_file(b"00")
    program.write("file", 0, b"1")
    program.call(Kind.SYNC_BEGUN, "file", who=1)
    program.write("file", 1, b"2")
    program.call(Kind.SYNC_BEGUN, "file", who=2)
    program.call(Kind.SYNC_ENDED, "file", who=1)
    assert program.contents("file") == {b"10", b"12"}
    program.call(Kind.SYNC_ENDED, "file", who=2)
    assert program.contents("file") == {b"12"}


def test_after_a_sync_that_failed_no_later_one_makes_it_durable() -> None:
    program = with_file(b"old")
    program.write("file", 0, b"new")
    program.sync("file", error=5)
    program.write("file", SECTOR, b"later")
    program.sync("file")
    assert {c[:3] for c in program.contents("file") if c is not None} == {b"old", b"new"}
    assert {c[SECTOR:] for c in program.contents("file") if c is not None} == {b"later"}


def test_after_a_sync_that_failed_to_write_it_again_does() -> None:
    program = with_file(b"old")
    program.write("file", 0, b"new")
    program.sync("file", error=5)
    program.write("file", 0, b"new")
    program.sync("file")
    assert program.contents("file") == {b"new"}


def test_what_a_sync_failed_to_cover_does_not_come_back_behind_a_truncation() -> None:
    program = with_file()
    program.write("file", 0, b"new")
    program.sync("file", error=5)
    program.truncate("file", 0)
    program.sync("file")
    assert program.contents("file") == {b""}


def test_truncations_land_in_their_order_and_before_what_is_written_behind_them() -> None:
    program = with_file(b"abc")
    program.truncate("file", 1)
    program.truncate("file", 0)
    program.write("file", 0, b"xy")
    assert program.contents("file") == {b"abc", b"a", b"", b"xy", bytes(2)}


def test_a_file_that_shrank_and_grew_holds_no_old_octets_in_between() -> None:
    program = with_file(b"a" * SECTOR * 3)
    program.truncate("file", 0)
    program.write("file", SECTOR * 2, b"b")
    program.sync("file")
    assert program.contents("file") == {bytes(SECTOR * 2) + b"b"}


def test_scratch_holds_anything() -> None:
    program = Program()
    program.create("db-shm")
    program.write("db-shm", 0, b"x")
    program.sync("")
    assert len(program.contents("db-shm")) > 10


# --- names ---------------------------------------------------------------------------------------


def test_a_synced_file_is_lost_when_its_name_was_not_synced() -> None:
    program = Program()
    program.create("file")
    program.write("file", 0, b"x")
    program.sync("file")
    assert program.contents("file") == {b"x", None}
    program.sync("")
    assert program.contents("file") == {b"x"}


def test_all_in_a_folder_is_lost_when_the_folders_name_was_not_synced() -> None:
    program = Program()
    program.create("sub", Kind.MKDIR)
    program.create("sub/file")
    program.write("sub/file", 0, b"x")
    program.sync("sub/file", "sub")
    assert {(bool(image.folders), image.files.get("sub/file")) for image in program.images()} == {
        (False, None),
        (True, b"x"),
    }
    program.sync("")
    assert program.contents("sub/file") == {b"x"}


def test_a_sync_of_a_folder_that_failed_makes_no_name_durable() -> None:
    program = Program()
    program.create("file")
    program.sync("", error=5)
    assert program.contents("file") == {b"", None}


def replacing(sync_first: bool) -> Program:
    program = with_file(b"old")
    program.create("fresh")
    program.write("fresh", 0, b"new")
    if sync_first:
        program.sync("fresh")
    program.rename("fresh", "file")
    return program


def test_a_rename_over_a_file_leaves_the_old_or_the_new_one() -> None:
    program = replacing(sync_first=True)
    assert program.contents("file") == {b"old", b"new"}
    assert all(
        "fresh" not in image.files for image in program.images() if image.files["file"] == b"new"
    )


def test_a_rename_without_a_sync_of_the_content_leaves_an_empty_file() -> None:
    program = replacing(sync_first=False)
    program.sync("")
    assert program.contents("file") == {b"", bytes(3), b"new"}


def test_a_link_makes_a_second_name_of_the_same_octets() -> None:
    program = with_file(b"x")
    program.link("file", "again")
    program.unlink("file")
    found = {(image.files.get("file"), image.files.get("again")) for image in program.images()}
    assert found == {(b"x", None), (b"x", b"x"), (None, b"x"), (None, None)}
    program.sync("")
    assert program.disk.now().files == {"again": b"x"}
    assert program.contents("again") == {b"x"}


def test_what_happens_to_one_name_lands_in_order() -> None:
    program = with_file(b"first")
    program.unlink("file")
    program.create("file")
    program.write("file", 0, b"later")
    program.sync("file")
    assert program.contents("file") == {b"first", None, b"later"}


def test_an_empty_folder_may_be_removed() -> None:
    program = Program()
    program.create("sub", Kind.MKDIR)
    program.sync("")
    program.call(Kind.RMDIR, "sub")
    assert {image.folders for image in program.images()} == {frozenset(), frozenset({"sub"})}


# --- any program ---------------------------------------------------------------------------------

NAMES = ("a", "b", "c")
steps = st.one_of(
    st.tuples(
        st.just("write"),
        st.sampled_from(NAMES),
        st.integers(0, 3 * SECTOR),
        st.binary(min_size=1, max_size=2 * SECTOR),
    ),
    st.tuples(st.just("truncate"), st.sampled_from(NAMES), st.integers(0, 3 * SECTOR)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("unlink"), st.sampled_from(NAMES)),
    st.tuples(st.just("sync"), st.sampled_from(NAMES)),
    st.tuples(st.just("fail"), st.sampled_from(NAMES)),
    st.tuples(st.just("names")),
)


@dataclass
class Witness:
    """The same program on a disk that is never cut, with all that every sector ever was."""

    program: Program = field(default_factory=Program)
    sectors: dict[int, set[bytes]] = field(default_factory=dict[int, set[bytes]])

    def do(self, step: tuple[object, ...]) -> None:
        program = self.program
        match step:
            case ("names",):
                program.sync("")
            case ("rename", str(name), str(other)):
                if name in program.inodes and name != other:
                    program.rename(name, other)
            case (_, str(name), *_) if name not in program.inodes:
                program.create(name)
            case ("write", str(name), int(offset), bytes(data)):
                program.write(name, offset, data)
            case ("truncate", str(name), int(size)):
                program.truncate(name, size)
            case ("unlink", str(name)):
                program.unlink(name)
            case ("sync", str(name)):
                program.sync(name)
            case ("fail", str(name)):
                program.sync(name, error=5)
            case _:
                raise AssertionError(step)
        for octets in program.disk.now().files.values():
            for at in range(0, len(octets), SECTOR):
                self.sectors.setdefault(at, set()).add(octets[at : at + SECTOR])

    def explains(self, octets: bytes) -> bool:
        """Each sector was like that in some file at some moment, cut or filled up with zeros."""
        for at in range(0, len(octets), SECTOR):
            piece = octets[at : at + SECTOR]
            ever = self.sectors.get(at, set())
            if piece.strip(b"\0") and not any(_is_cut_of(piece, one) for one in ever):
                return False
        return True


def _is_cut_of(piece: bytes, one: bytes) -> bool:
    """Whether `piece` is `one`, shorter, or filled up with zeros."""
    kept = piece.rstrip(b"\0")
    return one[: len(kept)] == kept


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
def test_no_image_holds_what_never_was(program: list[tuple[object, ...]], seed: int) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    image = witness.program.disk.draw(Random(seed))
    assert image.files.keys() <= set(NAMES)
    for octets in image.files.values():
        assert witness.explains(octets)


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
@example([("unlink", "a"), ("truncate", "a", 0), ("fail", "a")], 0)
def test_when_all_was_written_anew_and_synced_every_image_is_what_the_program_saw(
    program: list[tuple[object, ...]], seed: int
) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    whole = witness.program
    for name, octets in whole.disk.now().files.items():
        whole.truncate(name, 0)  # what a sync had failed on is written again
        if octets:
            whole.write(name, 0, octets)
        whole.sync(name)
    whole.sync("")
    image = whole.disk.draw(Random(seed))
    assert image.files == whole.disk.now().files
    assert image.story == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(steps, max_size=25), st.integers(0, 1000))
def test_the_same_seed_gives_the_same_image_and_drawing_changes_nothing(
    program: list[tuple[object, ...]], seed: int
) -> None:
    witness = Witness()
    for step in program:
        witness.do(step)
    disk = witness.program.disk
    before = disk.now()
    assert disk.draw(Random(seed)) == disk.draw(Random(seed))
    assert disk.now() == before


# --- what the model does not know ----------------------------------------------------------------


def test_a_change_that_is_not_modelled_is_refused() -> None:
    program = with_file()
    with pytest.raises(NotModelled, match="mmap is not modelled"):
        program.call(Kind.UNKNOWN, "file", other="mmap")
    with pytest.raises(NotModelled, match="was not created"):
        program.write("nobody", 0, b"x")
    with pytest.raises(NotModelled, match="no folder that is known"):
        program.create("nowhere/file")
    program.create("sub", Kind.MKDIR)
    with pytest.raises(NotModelled, match="only files, in place"):
        program.rename("file", "sub/file")
    with pytest.raises(NotModelled, match="only files, in place"):
        program.rename("sub", "other")
    with pytest.raises(NotModelled, match="is a folder"):
        program.write("sub", 0, b"x")


def test_what_is_no_log_is_refused() -> None:
    with pytest.raises(ValueError, match="no record at octet 0"):
        list(parse(bytes(200)))
