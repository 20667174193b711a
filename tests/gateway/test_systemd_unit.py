"""The unit that runs the gateway as a service: systemd itself reads it when it is here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .directories import ROOT

UNIT = ROOT / "configs" / "systemd" / "text911.service"
INSTALLED = "/opt/text911/bin/text911"


def settings() -> dict[str, list[str]]:
    """Every setting of the unit with its values, whatever its section."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_unit_is_watched_and_locked_in() -> None:
    unit = settings()
    assert unit["Type"] == ["notify"]
    assert unit["NotifyAccess"] == ["all"], "the worker is not the main process"
    assert unit["Restart"] == ["always"]
    assert int(unit["WatchdogSec"][0]) >= 10, "a slow disk is no reason to be killed"
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["StateDirectory"] == ["text911"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["LoadCredential"]
    assert unit["ExecStart"] == [f"{INSTALLED} serve --keep /etc/text911"]


def test_the_credential_of_the_unit_is_the_one_the_example_asks_for() -> None:
    carrier = ROOT / "configs" / "example" / "carriers" / "example-carrier.toml"
    name = settings()["LoadCredential"][0].partition(":")[0]
    assert f'"credential:{name}"' in carrier.read_text(encoding="utf-8")


def test_the_journal_of_the_example_lies_where_the_unit_may_write() -> None:
    state = f"/var/lib/{settings()['StateDirectory'][0]}/"
    text = (ROOT / "configs" / "example" / "gateway.toml").read_text(encoding="utf-8")
    assert f'path = "{state}' in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    copy = tmp_path / "text911.service"
    text = UNIT.read_text(encoding="utf-8").replace(INSTALLED, sys.executable)
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
