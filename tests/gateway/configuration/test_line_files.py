"""lines/*.toml through the whole reader: what is read, every fault at once, no secret told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.certificates import authority, paper
from text911.gateway.config import ConfigurationErrors, Fault, changes, load
from text911.gateway.configuration.line_files import LineFile
from text911.gateway.edges.lines.settings import SerialSettings, WavSettings
from text911.gateway.edges.lines.trunk_settings import TrunkSettings
from text911.gateway.secrets import Secret

from ..directories import change, copy_of_demo

TRUNK = """
display = "Trunk"
kind = "sip"
[sip]
allowed_networks = ["127.0.0.0/8"]
[[sip.listen]]
port = 5062
[[sip.accounts]]
username = "sbc"
password = "plain:hush"
[location]
town = "Hartford"
"""


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    directory = copy_of_demo(tmp_path)
    (directory / "lines").mkdir(exist_ok=True)
    for file in (directory / "lines").iterdir():
        file.unlink()
    return directory


def write(demo: Path, name: str, text: str) -> None:
    (demo / "lines" / f"{name}.toml").write_text(text, encoding="utf-8")


def faults(demo: Path) -> tuple[Fault, ...]:
    with pytest.raises(ConfigurationErrors) as caught:
        load(demo, {})
    return caught.value.faults


def test_without_a_folder_there_are_no_lines(demo: Path) -> None:
    (demo / "lines").rmdir()
    assert load(demo, {}).lines == ()


def test_lines_are_read_by_name(demo: Path) -> None:
    write(demo, "trunk", TRUNK)
    write(demo, "desk", 'display = "Desk"\nkind = "serial"\n[serial]\ndevice = "/dev/ttyS9"\n')
    write(demo, "replay", 'display = "Replay"\nkind = "wav"\n[wav]\nfile = "calls/a.wav"\n')
    (demo / "calls").mkdir()
    (demo / "calls" / "a.wav").write_bytes(b"")
    desk, replay, trunk = load(demo, {}).lines
    assert isinstance(desk.settings, SerialSettings)
    assert isinstance(replay.settings, WavSettings)
    assert isinstance(trunk.settings, TrunkSettings)
    assert trunk.accounts == (("sbc", Secret("hush")),)
    assert trunk.place.default_latitude is not None
    assert "hush" not in repr(trunk)


def test_every_fault_of_every_line_is_found_at_once(demo: Path) -> None:
    write(demo, "trunk", TRUNK.replace("plain:hush", "env:NOT_SET").replace("Hartford", "Hart"))
    write(demo, "desk", 'display = "Desk"\nkind = "serial"\n[serial]\ndevise = "/dev/ttyS9"\n')
    write(demo, "replay", 'display = "Replay"\nkind = "wav"\n[wav]\nfile = "a.wav"\n')
    write(demo, "other", 'display = "Other"\nkind = "sipp"\n')
    (demo / "lines" / "notes.txt").write_text("", encoding="utf-8")
    found = {(fault.file, fault.key): fault.what for fault in faults(demo)}
    assert set(found) == {
        ("lines/trunk.toml", "location.town"),
        ("lines/desk.toml", "serial.device"),
        ("lines/desk.toml", "serial.devise"),
        ("lines/replay.toml", "wav.file"),
        ("lines/other.toml", "kind"),
        ("lines/notes.txt", ""),
    }
    assert 'Did you mean "device"?' in found["lines/desk.toml", "serial.devise"]
    change(demo / "lines" / "trunk.toml", "Hart", "Hartford")
    assert ("lines/trunk.toml", "sip.accounts[1].password") in {
        (fault.file, fault.key) for fault in faults(demo)
    }


@pytest.mark.parametrize("kind", ["sip", "serial", "wav"])
def test_a_kind_has_its_table_and_no_other(kind: str) -> None:
    with pytest.raises(ValidationError, match=f"needs the table .{kind}."):
        LineFile.model_validate({"display": "L", "kind": kind})
    other = "wav" if kind != "wav" else "serial"
    tables: dict[str, Any] = {
        "sip": {"listen": [{}], "allowed_networks": ["10.0.0.0/8"]},
        "serial": {"device": "/dev/ttyS0"},
        "wav": {"file": "a.wav"},
    }
    raw = {"display": "L", "kind": kind, kind: tables[kind], other: tables[other]}
    with pytest.raises(ValidationError, match=f"a table .{other}., and kind"):
        LineFile.model_validate(raw)


def test_a_trunk_may_have_a_login_of_ours(demo: Path) -> None:
    login = 'username = "gateway"\npassword = "file:trunk.secret"\n[[sip.listen]]'
    write(demo, "trunk", TRUNK.replace("[[sip.listen]]", login))
    assert {fault.key for fault in faults(demo)} == {"sip.password"}
    (demo / "trunk.secret").write_text("hush hush\n")
    (demo / "trunk.secret").chmod(0o600)
    (line,) = load(demo, {}).lines
    assert isinstance(line.settings, TrunkSettings)
    assert (line.settings.username, line.login) == ("gateway", Secret("hush hush"))
    before = load(demo, {})
    (demo / "trunk.secret").write_text("other\n")
    (said,) = changes(before, load(demo, {}))
    assert str(said) == "line trunk: login changed (needs a restart)"
    (demo / "lines" / "trunk.toml").write_text(TRUNK.replace("[[sip.l", 'username = "g"\n[[sip.l'))
    assert any("username and password belong together" in fault.what for fault in faults(demo))


TLS = '[[sip.listen]]\ntransport = "tls"\nport = 5061\ncertificate = "a.pem"\nkey = "file:a.key"\n'


def test_a_trunk_shows_its_certificate(demo: Path) -> None:
    write(demo, "trunk", TRUNK.replace("[[sip.accounts]]", TLS + "[[sip.accounts]]"))
    found = faults(demo)
    assert {fault.key for fault in found} == {"sip.listen[2].certificate", "sip.listen[2].key"}
    paper().write(demo, "a")
    (line,) = load(demo, {}).lines
    (door,) = line.tls
    assert (door.port, door.key) == (5061, "sip.listen[2]")


def test_whom_a_trunk_believes_is_read_and_a_broken_file_is_a_fault(demo: Path) -> None:
    table = 'tls_authorities = "ca.pem"\n[[sip.listen]]'
    write(demo, "trunk", TRUNK.replace("[[sip.listen]]", table))
    (fault,) = faults(demo)
    assert (fault.key, "cannot be read" in fault.what) == ("sip.tls_authorities", True)
    (demo / "ca.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    (fault,) = faults(demo)
    assert fault.what.startswith("this is no PEM file of certificates")
    pem = authority().chain
    (demo / "ca.pem").write_bytes(pem)
    (line,) = load(demo, {}).lines
    assert line.believed == pem


TTY = """
display = "Elm Harbor"
kind = "tty"
[tty]
uri = "sip:8605550199@192.0.2.10;transport=tls"
tls_authorities = "tls/ca.pem"
tls_certificate = "tls/ours.pem"
tls_key = "file:tls/ours.key"
"""


def test_a_psap_is_shown_and_believed_what_its_file_says(demo: Path) -> None:
    path = demo / "psaps" / "elm-harbor.toml"
    path.write_text(TTY)
    assert {fault.key for fault in faults(demo)} == {
        "tty.tls_authorities", "tty.tls_certificate", "tty.tls_key",
    }  # fmt: skip
    (demo / "tls").mkdir()
    signer, mine = authority(), paper("ours")
    (demo / "tls" / "ca.pem").write_bytes(signer.chain)
    mine.write(demo / "tls", "ours")
    before = load(demo, {})
    (psap,) = [one for one in before.psaps if one.name == "elm-harbor"]
    assert psap.believed == signer.chain
    assert psap.shown is not None
    assert (psap.shown.chain, psap.shown.key) == (mine.chain, mine.secret.rstrip())
    assert "PRIVATE" not in repr(psap)
    (demo / "tls" / "ca.pem").write_bytes(authority().chain)
    (said,) = changes(before, load(demo, {}))
    assert str(said) == "PSAP elm-harbor: believed changed (needs a restart)"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("port = 5062", "port = 5063", "line trunk: settings.listen changed (needs a restart)"),
        ("hush", "other", "line trunk: settings.accounts changed (needs a restart)"),
        ("Hartford", "Bristol", "line trunk: place.default_latitude"),
        ('"Trunk"', '"Other"', "line trunk: display: 'Trunk' is now 'Other'"),
    ],
)
def test_a_reload_says_what_of_a_line_waits_for_a_restart(
    demo: Path, old: str, new: str, words: str
) -> None:
    write(demo, "trunk", TRUNK)
    before = load(demo, {})
    change(demo / "lines" / "trunk.toml", old, new)
    said = [str(one) for one in changes(before, load(demo, {}))]
    assert said[0].startswith(words)
    assert ("restart" in said[0]) == ("restart" in words)


def test_a_line_may_come_or_go(demo: Path) -> None:
    before = load(demo, {})
    write(demo, "trunk", TRUNK)
    after = load(demo, {})
    assert [str(one) for one in changes(before, after)] == ["line trunk is new"]
    assert [str(one) for one in changes(after, before)] == ["line trunk was taken away"]
