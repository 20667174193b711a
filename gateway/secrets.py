"""Secrets by reference: a configuration file says where a secret is, never what it is.

No secret ever appears in a repr, a message or a log line; a `Secret` says its value only when
asked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

SECRET_SIZE_MAX = 4096  # octets; a longer file is not a password but a mistake


class Secret:
    """A value that does not print. Two are equal when their values are."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(not shown)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class SecretProblem(Exception):
    """Why a reference leads to no secret, and what to do. Never holds the secret."""


def resolve(
    reference: str, base_dir: Path, environ: Mapping[str, str], *, demonstration: bool = False
) -> Secret:
    """The secret behind `env:NAME`, `file:PATH` (relative to `base_dir`), `credential:NAME` (a file
    in $CREDENTIALS_DIRECTORY, systemd's LoadCredential=) or, in a demonstration, `plain:VALUE`.

    One line feed at the end of a file does not count. Raises SecretProblem.
    """
    kind, _, rest = reference.partition(":")
    match kind:
        case "env":
            value = environ.get(rest, "")
            if not value:
                raise SecretProblem(
                    f"the environment variable {rest} is not set; set it where the gateway starts"
                )
            return Secret(value)
        case "file":
            return _from_file(base_dir / rest, guarded=True)
        case "credential":
            return _from_credential(rest, environ)
        case "plain":
            if not demonstration:
                raise SecretProblem(
                    "a secret must not stand in the file itself; write env:NAME, file:PATH or "
                    "credential:NAME (plain: is for gateway.toml with demonstration = true)"
                )
            if not rest:
                raise SecretProblem("the secret after plain: is empty; write one")
            return Secret(rest)
        case _:
            raise SecretProblem(
                "this is no reference to a secret; write env:NAME, file:PATH or credential:NAME"
            )


def _from_credential(name: str, environ: Mapping[str, str]) -> Secret:
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    if not directory:
        raise SecretProblem(
            f"credential:{name} needs systemd's LoadCredential={name}:PATH in the unit; "
            "CREDENTIALS_DIRECTORY is not set here. To check by hand, name the directory of those "
            "files: CREDENTIALS_DIRECTORY=PATH text911 check DIR"
        )
    if Path(name).name != name or name in (".", ".."):
        raise SecretProblem(f"credential:{name} must be a plain name without a path")
    # systemd guards its own directory; the mode of the files there is not ours to judge.
    return _from_file(Path(directory) / name, guarded=False)


def _from_file(path: Path, *, guarded: bool) -> Secret:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if guarded and mode & 0o177:
                raise SecretProblem(
                    f"{path} can be read or run by others (mode {mode:04o}); run: chmod 600 {path}"
                )
            octets = file.read(SECRET_SIZE_MAX + 1)
    except OSError as cause:
        raise SecretProblem(
            f"{path} cannot be read ({cause.strerror}); create it with the secret as its only line"
        ) from None
    if len(octets) > SECRET_SIZE_MAX:
        raise SecretProblem(f"{path} is longer than {SECRET_SIZE_MAX} octets; that is no secret")
    try:
        value = octets.decode()
    except UnicodeDecodeError:
        # `from None`: the exception would carry the octets.
        raise SecretProblem(f"{path} is not UTF-8 text; write the secret as plain text") from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise SecretProblem(f"{path} is empty; write the secret into it")
    return Secret(value)
