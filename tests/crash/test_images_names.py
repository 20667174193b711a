"""The names on the model's disk: what a folder's sync makes durable, and what a rename leaves."""

from __future__ import annotations

from tests.crash.images import Kind

from .programs import Program, with_file


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
