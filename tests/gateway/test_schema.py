"""The committed schemas are those of the models, and every key is explained to who fills it in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from text911.gateway.schema import KINDS, generate, write

from .directories import EXAMPLE, ROOT

COMMITTED = ROOT / "configs" / "schema"


def test_the_committed_schemas_are_fresh() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}
    assert committed == generate(), "run: text911 check --write-schema configs/schema"


def test_writing_makes_the_directory(tmp_path: Path) -> None:
    names = write(tmp_path / "a" / "b")
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == set(names)


def keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(table, key, description) of every key in a schema and its tables."""
    definitions = cast("dict[str, Any]", schema.get("$defs", {}))
    for title, table in ((schema["title"], schema), *definitions.items()):
        for key, value in cast("dict[str, Any]", table.get("properties", {})).items():
            yield title, key, cast("dict[str, str]", value).get("description", "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_description(kind: str) -> None:
    schema = json.loads(generate()[f"{kind}.json"])
    assert [(table, key) for table, key, words in keys(schema) if not words] == []


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("gateway", "gateway.toml"),
        ("routing", "routing.toml"),
        ("carrier", "carriers/example-carrier.toml"),
        ("psap", "psaps/example-city.toml"),
        ("line", "lines/example-trunk.toml"),
    ],
)
def test_the_example_names_every_key(kind: str, file: str) -> None:
    text = (EXAMPLE / file).read_text(encoding="utf-8")
    named = {
        word.strip("[]# ").rpartition(".")[2]
        for line in text.splitlines()
        for word in (line.partition("=")[0],)
    }
    schema = json.loads(generate()[f"{kind}.json"])
    assert [(table, key) for table, key, _ in keys(schema) if key not in named] == []


def test_a_psaps_file_need_not_say_its_name_twice() -> None:
    schema = json.loads(generate()["psap.json"])
    assert "required" not in schema["$defs"]["PsapConsole"]
