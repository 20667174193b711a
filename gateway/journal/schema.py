"""The tables, and how a file of an older version becomes one of ours.

`records` is the truth and only grows at its end. `places` is the way from a dialogue to its records
and is filled in by the writer somewhat later (`head.indexed` says how far it is): an index entry
per record inside the commit touches one random page per record and halves the throughput.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from .contract import JournalBroken, JournalDamaged

APPLICATION_ID = 0x74393131  # "t911", in the file's header
VERSION = 1

TABLES = """
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
CREATE TABLE writers (epoch INTEGER PRIMARY KEY, after INTEGER NOT NULL);
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL, hash BLOB NOT NULL, indexed INTEGER NOT NULL
);
CREATE TABLE records (
    sequence INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    dialogue TEXT NOT NULL,
    number INTEGER NOT NULL,
    at REAL NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    payload BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE TABLE places (
    dialogue TEXT NOT NULL, number INTEGER NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (dialogue, number)
) WITHOUT ROWID;
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY,
    up_to INTEGER NOT NULL, chain BLOB NOT NULL, size INTEGER NOT NULL, hash BLOB NOT NULL
);
CREATE TABLE snapshot_parts (
    snapshot INTEGER NOT NULL, part INTEGER NOT NULL, octets BLOB NOT NULL,
    UNIQUE (snapshot, part)
);
"""

Step = Callable[[sqlite3.Connection], None]

# From the version that is the key to the next one. Version 1 is the first that was ever stored.
STEPS: Mapping[int, Step] = {}


def create(connection: sqlite3.Connection) -> None:
    """Make an empty file a journal of our version."""
    for statement in TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("INSERT INTO schema_version VALUES (?)", (VERSION,))
    connection.execute("INSERT INTO head VALUES (1, 0, zeroblob(32), 0)")


def stored_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the file. Raises JournalDamaged when it is no journal, JournalBroken when it
    is newer than this program."""
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    if found != APPLICATION_ID:
        raise JournalDamaged(
            f"{path} is not a text911 journal (application id {found:#x} instead of"
            f" {APPLICATION_ID:#x}): check the path, or restore a backup"
        )
    (version,) = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    if not isinstance(version, int) or version < 0:
        raise JournalDamaged(f"{path}: the table schema_version holds no version: restore a backup")
    if version > VERSION:
        raise JournalBroken(
            f"{path} has journal version {version} and this program knows up to {VERSION}:"
            " start the newer text911 that wrote it, or another journal path"
        )
    return version


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    steps: Mapping[int, Step] = STEPS,
) -> None:
    """Bring the file to our version, all steps in one transaction: it is whole before or after."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(stored_version(connection, path), VERSION):
            if version not in steps:
                raise JournalBroken(
                    f"{path} has journal version {version}, from which there is no way to"
                    f" {VERSION}: open it with the text911 that wrote it"
                )
            steps[version](connection)
            connection.execute("INSERT INTO schema_version VALUES (?)", (version + 1,))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
