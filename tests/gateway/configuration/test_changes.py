"""A reload says in words what it changes, what has to wait for a restart, and shows no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from text911.gateway.config import changes, load

from ..directories import DEMO, change


def said(demo: Path, file: str, old: str, new: str) -> list[str]:
    before = load(demo, {})
    change(demo / file, old, new)
    return [str(one) for one in changes(before, load(demo, {}))]


def test_nothing_changed_is_nothing_said() -> None:
    assert changes(load(DEMO, {}), load(DEMO, {})) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("gateway.toml", 'name = "demo"', 'name = "tcc-a"', "the name is now tcc-a"),
        (
            "gateway.toml",
            "port = 2775",
            "port = 2776",
            "smpp.port: 2775 is now 2776 (needs a restart)",
        ),
        (
            "gateway.toml",
            "port = 8911",
            "port = 8921",
            "console.port: 8911 is now 8921 (needs a restart)",
        ),
        (
            "gateway.toml",
            "port = 8911",
            "port = 8911\nslow_after = 5.0",
            "console.slow_after: 10.0 is now 5.0",
        ),
        (
            "gateway.toml",
            "port = 8912",
            'port = 8912\n[journal]\npath = "j/x"',
            "journal.path changed (needs a restart)",
        ),
        (
            "gateway.toml",
            "port = 8912",
            "port = 8912\n[limits]\nring = 30",
            "limits.ring: 20 is now 30 (new dialogues only)",
        ),
        (
            "gateway.toml",
            "port = 8912",
            'port = 8912\n[messages]\nmedia = ""',
            "messages.media changed (new dialogues only)",
        ),
        (
            "carriers/carrier-a.toml",
            "plain:demo-a",
            "plain:other",
            "carrier carrier-a: account.passwords changed",
        ),
        (
            "carriers/carrier-a.toml",
            'display = "Carrier A"',
            'display = "First"',
            "carrier carrier-a: display: 'Carrier A' is now 'First'",
        ),
        (
            "psaps/csecc.toml",
            'name = "position-1"',
            'name = "position-2"',
            "PSAP csecc: console.users changed",
        ),
        (
            "routing.toml",
            "nearest_within_m = 8000",
            "nearest_within_m = 9000",
            "routing.nearest_within_m: 8000.0 is now 9000.0",
        ),
    ],
)
def test_a_change_is_said_in_words(demo: Path, file: str, old: str, new: str, words: str) -> None:
    found = said(demo, file, old, new)
    assert words in found


def test_a_secret_that_changed_is_not_shown(demo: Path) -> None:
    found = said(demo, "carriers/carrier-a.toml", "plain:demo-a", "plain:other")
    assert found
    assert "other" not in " ".join(found)
    assert "demo-a" not in " ".join(found)


def test_a_secret_that_changed_behind_its_reference_is_noticed(demo: Path) -> None:
    change(demo / "carriers" / "carrier-a.toml", "plain:demo-a", "env:KEY")
    found = changes(load(demo, {"KEY": "old"}), load(demo, {"KEY": "new"}))
    assert [str(one) for one in found] == ["carrier carrier-a: passwords changed"]


def test_parties_come_and_go(demo: Path) -> None:
    before = load(demo, {})
    (demo / "carriers" / "carrier-b.toml").rename(demo / "carriers" / "carrier-c.toml")
    found = [str(one) for one in changes(before, load(demo, {}))]
    assert found == ["carrier carrier-b was taken away", "carrier carrier-c is new"]


def test_another_directory_or_a_demonstration_needs_a_restart(demo: Path) -> None:
    before = load(DEMO, {})
    change(demo / "gateway.toml", "demonstration = true", "demonstration = false")
    for name in ("carrier-a", "carrier-b"):
        path = demo / "carriers" / f"{name}.toml"
        change(path, 'source = "simulated"', 'source = "profile"')
        change(path, f"plain:demo-{name[-1]}", "env:KEY")
    found = changes(before, load(demo, {"KEY": "hush"}))
    assert {one.words for one in found if one.restart} == {
        f"the directory is now {demo}",
        "this is now in earnest",
    }
    back = changes(load(demo, {"KEY": "hush"}), before)
    assert "this is now a demonstration" in {one.words for one in back if one.restart}
