"""`text911 user add`: a person more, every comment kept, nothing half done."""

from __future__ import annotations

import resource
import tomllib
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from text911.gateway.cli import user as commands
from text911.gateway.cli.app import app
from text911.gateway.config import load

from ..directories import append, change

PASSWORD = "correct horse 911"


def add(demo: Path, *arguments: str, typed: str = f"{PASSWORD}\n") -> Result:
    command = ["user", "add", str(demo), *arguments]
    return CliRunner().invoke(app, command, input=typed)


def test_a_person_is_appended_and_every_comment_stays(demo: Path) -> None:
    path = demo / "psaps" / "elm-harbor.toml"
    path.chmod(0o640)
    before = path.read_text(encoding="utf-8")
    done = add(demo, "elm-harbor", "night.3", "--position", 'Desk "3"', "--password-stdin")
    assert (done.exit_code, done.output.count("\n")) == (0, 1)
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert PASSWORD not in after
    psap = next(psap for psap in load(demo, {}).psaps if psap.name == "elm-harbor")
    user = psap.console.users[-1]
    assert (user.name, user.role, user.position) == ("night.3", "telecommunicator", 'Desk "3"')
    assert PasswordHasher().verify(user.password_hash, PASSWORD)


def test_the_password_is_asked_for_twice_and_not_shown(demo: Path) -> None:
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    done = add(demo, "csecc", "chief", "--role", "supervisor", typed=typed)
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    users = tomllib.loads((demo / "psaps" / "csecc.toml").read_text(encoding="utf-8"))
    assert users["console"]["users"][-1]["role"] == "supervisor"


def test_a_file_without_a_last_line_feed_is_no_trouble(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    path.write_text('display = "CSECC"', encoding="utf-8")
    assert add(demo, "csecc", "chief", "--password-stdin").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith('display = "CSECC"\n\n[[console.users]]\n')


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "words"),
    [
        (("csecc", "POSITION-1", "--password-stdin"), PASSWORD, 2, "already has position-1"),
        (("cseck", "x", "--password-stdin"), PASSWORD, 2, 'Did you mean "csecc"?'),
        (("../csecc", "x", "--password-stdin"), PASSWORD, 2, "not the name of a PSAP"),
        (("csecc", "-x", "--password-stdin"), PASSWORD, 2, ""),
        (("csecc", "x/y", "--password-stdin"), PASSWORD, 2, "Log-in name"),
        (("csecc", "x\x1b[2J", "--password-stdin"), PASSWORD, 2, "cannot be shown"),
        (("csecc", "x", "--password-stdin"), "short\n", 2, "10 to 256 characters"),
        (("csecc", "x", "--password-stdin"), "", 2, "10 to 256 characters"),
        (("csecc", "x"), f"{PASSWORD}\nanother one\n", 2, "not the same"),
        (("csecc", "x", "--role", "chief", "--password-stdin"), PASSWORD, 2, "chief"),
        (("csecc", "x", "--position", "a\nb", "--password-stdin"), PASSWORD, 2, "would not be"),
    ],
)
def test_what_is_refused_changes_nothing(
    demo: Path, arguments: tuple[str, ...], typed: str, code: int, words: str
) -> None:
    path = demo / "psaps" / "csecc.toml"
    before = path.read_bytes()
    done = add(demo, *arguments, typed=typed)
    assert done.exit_code == code
    assert words in done.output
    assert PASSWORD not in done.output
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_users_in_brackets_are_not_broken(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    path.write_text('display = "CSECC"\n[console]\nusers = []\n', encoding="utf-8")
    done = add(demo, "csecc", "x", "--password-stdin")
    assert (done.exit_code, "[[console.users]] tables" in done.output) == (2, True)
    assert path.read_text(encoding="utf-8").endswith("users = []\n")


def test_a_faulty_file_is_not_made_worse(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    change(path, "display", "dispaly")
    done = add(demo, "csecc", "x", "--password-stdin")
    assert done.exit_code == 2
    assert "display: this key is missing" in done.output
    assert "(and 1 more: text911 check)" in done.output
    append(path, "[")
    assert "would not be TOML" in add(demo, "csecc", "x", "--password-stdin").output


def test_a_file_that_is_no_text_is_named(demo: Path) -> None:
    (demo / "psaps" / "csecc.toml").write_bytes(b"\xff")
    done = add(demo, "csecc", "x", "--password-stdin")
    assert (done.exit_code, "cannot be read" in done.output) == (2, True)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        done = add(demo, "csecc", "x", "--password-stdin")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (done.exit_code, "cannot be written (File too large)" in done.output) == (2, True)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_what_somebody_else_writes_while_the_password_is_asked_for_stays(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = demo / "psaps" / "csecc.toml"
    asked = commands._password_from_stdin  # pyright: ignore[reportPrivateUsage]

    def meanwhile() -> str:
        append(path, "# changed by a colleague\n")
        return asked()

    monkeypatch.setattr(commands, "_password_from_stdin", meanwhile)
    done = add(demo, "csecc", "x", "--password-stdin")
    assert (done.exit_code, "meanwhile; nothing was changed" in done.output) == (2, True)
    assert path.read_text(encoding="utf-8").endswith("# changed by a colleague\n")


def test_a_directory_without_psaps_says_so(tmp_path: Path) -> None:
    assert "Known: none." in add(tmp_path, "csecc", "x", "--password-stdin").output


# --- another password, one person less, and who there is -----------------------------------------


def user(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["user", *map(str, arguments)], input=typed)


def people(demo: Path, psap: str = "csecc") -> dict[str, str]:
    """Name -> hash, as the gateway would read them."""
    found = next(one for one in load(demo, {}).psaps if one.name == psap)
    return {one.name: one.password_hash for one in found.console.users}


def test_everybody_who_may_log_in_is_listed_without_a_hash(demo: Path) -> None:
    done = user("list", demo)
    assert done.exit_code == 0
    assert "argon2" not in done.output
    assert len(done.output.splitlines()) == 1 + sum(
        len(psap.console.users) for psap in load(demo, {}).psaps
    )
    (demo / "psaps" / "bare.toml").write_text('display = "Bare"\n', encoding="utf-8")
    assert user("list", demo, "bare").output.split()[4:] == ["bare", "nobody", "-", "-"]


def test_a_new_password_changes_one_line_of_the_file(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    before, hashes = path.read_text(encoding="utf-8"), people(demo)
    name, *others = hashes
    done = user("password", demo, "csecc", name.upper(), "--password-stdin", typed=f"{PASSWORD}\n")
    assert done.exit_code == 0
    assert "systemctl reload text911" in done.output
    after = people(demo)
    assert PasswordHasher().verify(after[name], PASSWORD)
    assert [after[one] for one in others] == [hashes[one] for one in others]
    lines = zip(before.splitlines(), path.read_text(encoding="utf-8").splitlines(), strict=True)
    changed = [(was, now) for was, now in lines if was != now]
    assert len(changed) == 1
    assert changed[0][1].startswith('password_hash = "$argon2id$')


@pytest.mark.parametrize("which", [0, 1, 2])
def test_somebody_less_leaves_everything_else_as_it_was(demo: Path, which: int) -> None:
    path = demo / "psaps" / "csecc.toml"
    append(path, "\n# Behind the people.\n")
    whole = path.read_text(encoding="utf-8")
    assert add(demo, "csecc", "night", "--password-stdin").exit_code == 0
    hashes = people(demo)
    name = list(hashes)[-1 - which]
    assert user("remove", demo, "csecc", name).exit_code == 0
    del hashes[name]
    assert people(demo) == hashes
    text = path.read_text(encoding="utf-8")
    assert "# Behind the people.\n" in text
    if name == "night":
        assert text == whole, "adding and removing is nothing"


@pytest.mark.parametrize("command", ["password", "remove"])
def test_who_is_not_there_is_named_with_those_who_are(demo: Path, command: str) -> None:
    before = (demo / "psaps" / "csecc.toml").read_text(encoding="utf-8")
    done = user(command, demo, "csecc", "nobody-here")
    assert done.exit_code == 2
    assert f"is called nobody-here; there: {', '.join(people(demo))}" in done.stderr
    assert (demo / "psaps" / "csecc.toml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("command", ["password", "remove"])
def test_people_that_are_written_otherwise_are_left_to_people(demo: Path, command: str) -> None:
    path = demo / "psaps" / "csecc.toml"
    hashed = next(iter(people(demo).values()))
    text = f"""display = "CSECC"
[console]
users = [{{ name = "ann", password_hash = "{hashed}" }}]
"""
    path.write_text(text, encoding="utf-8")
    options = ["--password-stdin"] if command == "password" else []
    done = user(command, demo, "csecc", "ann", *options, typed=f"{PASSWORD}\n")
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (2, text)
    assert "change them by hand" in done.stderr


def test_what_stands_in_an_odd_way_is_not_broken(demo: Path) -> None:
    path = demo / "psaps" / "csecc.toml"
    hashed = next(iter(people(demo).values()))
    text = f"""display = "CSECC"
[[console.users]]
"name" = "ann"
"password_hash" = "{hashed}"
"""
    path.write_text(text, encoding="utf-8")
    done = user("password", demo, "csecc", "ann", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (2, text)
    assert user("remove", demo, "csecc", "ann").exit_code == 0
    assert people(demo) == {}
