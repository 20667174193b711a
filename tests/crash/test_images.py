"""The model of a disk itself: which contents must be there, may be missing, and can never be."""

from __future__ import annotations

import pytest

from tests.crash.contents import SECTOR
from tests.crash.images import Kind, NotModelled, parse

from .programs import Program, with_file

# --- contents ---


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


# --- what the model does not know ---


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
