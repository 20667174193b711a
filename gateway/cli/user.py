"""`text911 user`: who may log in at which PSAP; somebody more, a new password, somebody less.

Writes the PSAP's file by appending, changing or taking out one table, so that every comment in it
stays; the password is asked for, never an argument, because arguments can be read by everybody on
the machine.
"""

from __future__ import annotations

import re
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ..terminal import fail, harmless, need_directory, say, table

if TYPE_CHECKING:
    from ...psap_adapters.console.settings import UserSettings

PASSWORD_MIN = 10  # characters; long enough to type in a hurry, too long to guess through argon2
PASSWORD_MAX = 256  # characters
RELOAD = "put it in force: systemctl reload text911, or send the gateway SIGHUP"

_HEADER = re.compile(r"^\[\[ *console *\. *users *\]\][ \t]*(#.*)?$", re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*\[", re.MULTILINE)  # the header of a table behind it
_HASH = re.compile(r"^[ \t]*password_hash[ \t]*=.*$", re.MULTILINE)
_KEY = re.compile(r"^[ \t]*[A-Za-z_\"'].*$", re.MULTILINE)

_Directory = Annotated[Path, typer.Argument(metavar="DIR", help="Configuration directory.")]
_Psap = Annotated[
    str, typer.Argument(metavar="PSAP", help="The PSAP: the name of its file under psaps/.")
]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Log-in name.")]
_PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


class Role(StrEnum):
    TELECOMMUNICATOR = "telecommunicator"
    SUPERVISOR = "supervisor"


def add_to(app: typer.Typer) -> None:
    users = typer.Typer(help="People who may log in at a PSAP.", no_args_is_help=True)
    users.command("add")(add)
    users.command("list")(list_all)
    users.command("password")(password)
    users.command("remove")(remove)
    app.add_typer(users, name="user")


def add(
    directory: _Directory,
    psap: _Psap,
    name: _Name,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.TELECOMMUNICATOR,
    position: Annotated[str, typer.Option(help='Where they sit, "Position 3".')] = "",
    password_stdin: _PasswordStdin = False,
) -> None:
    """Add a person to a PSAP. Asks for the password twice.

    Exit code 0: added. 2: it was not, for example because the name is taken.
    """
    path = directory / "psaps" / f"{psap}.toml"
    text = _read(path, directory, psap)
    _refuse_twice(text, name, path)
    password_hash = _hashed(password_stdin)
    changed = appended(text, name, role.value, position, password_hash)
    _judge(changed, path)
    _replace(path, text, changed)
    say(f"{name} may log in at {psap} as {role.value}; {RELOAD}.")


def list_all(
    directory: _Directory,
    psap: Annotated[
        str, typer.Argument(metavar="PSAP", help="Only of this one.", show_default=False)
    ] = "",
) -> None:
    """Who may log in where, and as what. Says nothing of passwords."""
    need_directory(directory)
    names = [psap] if psap else sorted(file.stem for file in (directory / "psaps").glob("*.toml"))
    if not names:
        fail(f"there is no file in {directory}/psaps; name a configuration directory")
    rows: list[tuple[str, ...]] = [("PSAP", "name", "role", "position")]
    for one in names:
        path = directory / "psaps" / f"{one}.toml"
        users = _users(_read(path, directory, one), path)
        rows += [(one, user.name, user.role, user.position or "-") for user in users]
        rows += [] if users else [(one, "nobody", "-", "-")]
    for line in table(rows):
        say(line)


def password(
    directory: _Directory, psap: _Psap, name: _Name, password_stdin: _PasswordStdin = False
) -> None:
    """Give a person another password. Asks for it twice.

    Once it is in force, whoever is logged in under that name must log in again. Exit code 0:
    changed. 2: it was not, for example because there is no such person.
    """
    path = directory / "psaps" / f"{psap}.toml"
    text = _read(path, directory, psap)
    start, end = _table_of(text, name, path)
    found = _HASH.search(text, start, end)
    if found is None:
        _by_hand(path)
    line = f"password_hash = {_quoted(_hashed(password_stdin))}"
    changed = f"{text[: found.start()]}{line}{text[found.end() :]}"
    _replace_judged(path, text, changed, name, goes=False)
    say(f"{name} has another password at {psap}; {RELOAD}.")


def remove(directory: _Directory, psap: _Psap, name: _Name) -> None:
    """Take a person's right to log in away.

    Once it is in force, whoever is logged in under that name is logged out. Exit code 0: done. 2:
    it was not, for example because there is no such person.
    """
    path = directory / "psaps" / f"{psap}.toml"
    text = _read(path, directory, psap)
    start, end = _table_of(text, name, path)
    last = max((one.end() for one in _KEY.finditer(text, start, end)), default=start)
    rest = text[last:].removeprefix("\n")
    changed = text[:start].removesuffix("\n") + rest if rest else text[:start].rstrip("\n") + "\n"
    _replace_judged(path, text, changed, name, goes=True)
    say(f"{name} may no longer log in at {psap}; {RELOAD}.")


def _table_of(text: str, name: str, path: Path) -> tuple[int, int]:
    """From where to where `text` of a PSAP's file has the table of that person."""
    users = _users(text, path)
    at = next((i for i, user in enumerate(users) if user.name.casefold() == name.casefold()), None)
    if at is None:
        known = ", ".join(user.name for user in users) or "nobody"
        fail(f"nobody at {path} is called {name}; there: {known}")
    headers = [found.start() for found in _HEADER.finditer(text)]
    if len(headers) != len(users):
        _by_hand(path)
    start = headers[at]
    behind = _NEXT.search(text, text.index("\n", start) if "\n" in text[start:] else len(text))
    return start, behind.start() if behind else len(text)


def _replace_judged(path: Path, before: str, after: str, name: str, *, goes: bool) -> None:
    """Only where that person is all that has changed."""
    _judge(after, path)
    then, now = _users(before, path), _users(after, path)
    kept = [user for user in then if user.name.casefold() != name.casefold()]
    still = [user for user in now if user.name.casefold() != name.casefold()]
    if still != kept or (len(now) == len(then)) is goes or _without(before) != _without(after):
        _by_hand(path)
    _replace(path, before, after)


def _without(text: str) -> dict[str, object]:
    """The file without its people."""
    file = tomllib.loads(text)
    console = file.setdefault("console", {})
    console.pop("users", None)
    return file


def _by_hand(path: Path) -> NoReturn:
    fail(f"the people in {path} are not written as [[console.users]]; change them by hand")


def _users(text: str, path: Path) -> tuple[UserSettings, ...]:
    from ..configuration.files import PsapFile

    _judge(text, path)
    return PsapFile.model_validate(tomllib.loads(text)).console.users


def _hashed(password_stdin: bool) -> str:
    """Of the password that is asked for. What refuses has refused by then: argon2 takes a while."""
    asked = _password_from_stdin() if password_stdin else _password_asked()
    from ...psap_adapters.console.accounts import hash_password

    try:
        return hash_password(asked)
    except ValueError as wrong:
        fail(f"{wrong}; choose another")


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
    need_directory(directory)
    if Path(psap).name != psap:
        fail(f"{psap} is not the name of a PSAP; name a file under {directory}/psaps")
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
    if harmless(name) != name:
        fail("the name holds characters that cannot be shown; use letters and digits")
    for user in _users(text, path):
        if user.name.casefold() == name.casefold():
            fail(f"{path} already has {user.name}; choose another name")


def _judge(text: str, path: Path) -> None:
    """Refuse a file that the gateway would refuse; nothing has been written yet."""
    from pydantic import ValidationError

    from ..configuration.faults import faults_of
    from ..configuration.files import PsapFile

    try:
        PsapFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as cause:
        fail(f"{path} would not be TOML ({cause}); write users as [[console.users]] tables")
    except ValidationError as error:
        (_, fault), *more = faults_of(str(path), PsapFile, error)
        others = f" (and {len(more)} more: text911 check)" if more else ""
        fail(f"{fault}{others}")


def _password_from_stdin() -> str:
    line = sys.stdin.readline(PASSWORD_MAX + 2)
    return _good(line.removesuffix("\n").removesuffix("\r"))


def _password_asked() -> str:
    first: str = typer.prompt("Password", hide_input=True)
    again: str = typer.prompt("The same again", hide_input=True)
    if first != again:
        fail("the two were not the same; nothing was changed, try again")
    return _good(first)


def _good(password: str) -> str:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        fail(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; choose another")
    return password


def _replace(path: Path, before: str, after: str) -> None:
    """All or nothing, with the old file's mode and owner: the gateway, which need not be who asks,
    must be able to read it. What somebody else wrote while a password was asked for stays."""
    from ...psap_adapters.whole_file import replace_whole

    try:
        if path.read_text(encoding="utf-8") != before:
            fail(f"somebody has changed {path} meanwhile; nothing was changed, try again")
        replace_whole(path, after.encode(), mode=None)
    except OSError as cause:
        fail(f"{path} cannot be written ({cause.strerror}); nothing was changed")
