"""`text911 user add`: gives a person the right to log in at one PSAP.

Writes the PSAP's file by appending one table, so that every comment in it stays; the password is
asked for, never an argument, because arguments can be read by everybody on the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..terminal import BAD, fail, harmless, say

PASSWORD_MIN = 10  # characters; long enough to type in a hurry, too long to guess through argon2
PASSWORD_MAX = 256  # characters


class Role(StrEnum):
    TELECOMMUNICATOR = "telecommunicator"
    SUPERVISOR = "supervisor"


def add_to(app: typer.Typer) -> None:
    users = typer.Typer(help="People who may log in at a PSAP.", no_args_is_help=True)
    users.command("add")(add)
    app.add_typer(users, name="user")


def add(
    directory: Annotated[Path, typer.Argument(help="Configuration directory.")],
    psap: Annotated[str, typer.Argument(help="The PSAP: the name of its file under psaps/.")],
    name: Annotated[str, typer.Argument(help="Log-in name.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.TELECOMMUNICATOR,
    position: Annotated[str, typer.Option(help='Where they sit, "Position 3".')] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a person to a PSAP. Asks for the password twice.

    Exit code 0: added. 1: refused, for example because the name is taken. 2: cannot be done.
    """
    path = directory / "psaps" / f"{psap}.toml"
    text = _read(path, directory, psap)
    _refuse_twice(text, name, path)
    password = _password_from_stdin() if password_stdin else _password_asked()
    # Only now: argon2 is not needed to refuse.
    from ...psap_adapters.console.accounts import hash_password

    try:
        password_hash = hash_password(password)
    except ValueError as wrong:
        fail(f"{wrong}; choose another", BAD)

    changed = appended(text, name, role.value, position, password_hash)
    _judge(changed, path)
    _replace(path, changed)
    say(f"{name} may log in at {psap} as {role.value}; reload the gateway to put it in force.")


def appended(text: str, name: str, role: str, position: str, password_hash: str) -> str:
    """`text` of a PSAP's file with one more person at its end."""
    gap = "" if not text or text.endswith("\n") else "\n"
    table = f"\n[[console.users]]\nname = {_quoted(name)}\nrole = {_quoted(role)}\n"
    if position:
        table += f"position = {_quoted(position)}\n"
    return f"{text}{gap}{table}password_hash = {_quoted(password_hash)}\n"


def _quoted(value: str) -> str:
    """A TOML basic string."""
    inner = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _read(path: Path, directory: Path, psap: str) -> str:
    if Path(psap).name != psap:
        fail(f"{psap} is not the name of a PSAP; name a file under {directory}/psaps", BAD)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        from ..configuration.faults import did_you_mean

        known = sorted(file.stem for file in (directory / "psaps").glob("*.toml"))
        near = did_you_mean(psap, known) or f" Known: {', '.join(known) or 'none'}."
        fail(f"there is no PSAP {psap} in {directory}/psaps.{near}")
    except (OSError, UnicodeDecodeError) as cause:
        fail(f"{path} cannot be read ({cause})")


def _refuse_twice(text: str, name: str, path: Path) -> None:
    from ..configuration.files import PsapFile

    if harmless(name) != name:
        fail("the name holds characters that cannot be shown; use letters and digits", BAD)
    _judge(text, path)
    for user in PsapFile.model_validate(tomllib.loads(text)).console.users:
        if user.name.casefold() == name.casefold():
            fail(f"{path} already has {user.name}; choose another name", BAD)


def _judge(text: str, path: Path) -> None:
    """Refuse a file that the gateway would refuse; nothing has been written yet."""
    from pydantic import ValidationError

    from ..configuration.faults import faults_of
    from ..configuration.files import PsapFile

    try:
        PsapFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as cause:
        fail(f"{path} would not be TOML ({cause}); write users as [[console.users]] tables", BAD)
    except ValidationError as error:
        (_, fault), *more = faults_of(str(path), PsapFile, error)
        others = f" (and {len(more)} more: text911 check)" if more else ""
        fail(f"{fault}{others}", BAD)


def _password_from_stdin() -> str:
    line = sys.stdin.readline(PASSWORD_MAX + 2)
    return _good(line.removesuffix("\n").removesuffix("\r"))


def _password_asked() -> str:
    first: str = typer.prompt("Password", hide_input=True)
    again: str = typer.prompt("The same again", hide_input=True)
    if first != again:
        fail("the two were not the same; nothing was changed, try again", BAD)
    return _good(first)


def _good(password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        fail(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; choose another", BAD)
    return password


def _replace(path: Path, text: str) -> None:
    """All or nothing, with the old file's mode; a crash leaves the old file or the new one."""
    try:
        mode = path.stat().st_mode & 0o7777
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as cause:
        fail(f"{path} cannot be written ({cause.strerror}); nothing was changed")
