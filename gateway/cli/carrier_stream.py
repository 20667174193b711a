"""The command line's end of the door to a carrier's binds: a stream of lines that goes on when the
gateway was restarted. It asks with the key of the gateway's directory, and says who asks."""

from __future__ import annotations

import getpass
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from ..onboarding.lines import Line, decode
from ..terminal import fail
from .status import url_of_directory

SILENT_FOR = 20.0  # seconds; the gateway says something every 5
STILL_MIN, STILL_MAX = 0.2, 5.0  # seconds of silence until the gateway says that there is nothing
AGAIN_AFTER = 1.0  # seconds between two tries to reach it
ANSWER_WITHIN = 5.0  # seconds for what is no stream
SIZE_MAX = 8_000_000  # octets of such an answer


@dataclass(frozen=True, slots=True)
class Door:
    """The gateway that is served from `directory`, on this machine."""

    directory: Path

    def stream(
        self,
        name: str,
        scope: str,
        gone: Callable[[str], None],
        seconds: float | None = None,
    ) -> Iterator[Line]:
        """Every line, for `seconds` or until interrupted. `gone` is told, once each time, why the
        gateway cannot be reached; it is tried again. Ends the command when it never will be."""
        ends_at = None if seconds is None else monotonic() + seconds
        was_there = False
        said = False
        while ends_at is None or monotonic() < ends_at:
            try:
                for line in self._lines(name, scope, ends_at):
                    was_there, said = True, False
                    yield line
            except _Unreachable as cause:
                if not was_there:
                    fail(str(cause))
                if not said:
                    gone(str(cause))
                    said = True
            Event().wait(AGAIN_AFTER if ends_at is None else min(AGAIN_AFTER, _left(ends_at)))

    def _lines(self, name: str, scope: str, ends_at: float | None) -> Iterator[Line]:
        asked = {"scope": scope}
        if ends_at is not None:  # it is looked at the time with every line
            asked["still"] = f"{min(STILL_MAX, max(STILL_MIN, _left(ends_at))):.2f}"
        path = f"/carriers/{quote(name)}/watch?{urlencode(asked)}"
        try:
            with self._open(path, SILENT_FOR) as answer:
                while octets := answer.readline(SIZE_MAX):
                    yield decode(octets)
                    if ends_at is not None and monotonic() >= ends_at:
                        return
        except (OSError, HTTPException, ValueError) as cause:
            raise _Unreachable(f"the gateway is gone ({_reason(cause)})") from cause
        raise _Unreachable("the gateway has ended the stream")

    def ask(self, path: str) -> Any:
        """One answer in JSON. Ends the command when there is none."""
        try:
            with self._open(path, ANSWER_WITHIN) as answer:
                return json.loads(answer.read(SIZE_MAX))
        except _Unreachable as cause:
            fail(str(cause))
        except (OSError, HTTPException, ValueError) as cause:
            fail(f"the gateway does not answer ({_reason(cause)})")

    def _open(self, path: str, within: float) -> Any:
        """Raises _Unreachable when nobody answers; ends the command when the answer is no."""
        url = url_of_directory(self.directory)
        asked = urllib.request.Request(
            url + path,
            headers={"Authorization": f"Bearer {self._key()}", "X-Text911-User": user()},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return opener.open(asked, timeout=within)
        except urllib.error.HTTPError as refused:
            with refused:
                words = refused.read(SIZE_MAX).decode("utf-8", "replace").strip()
            if refused.code in (403, 503):  # a key of before its restart
                raise _Unreachable(f"the gateway at {url} lets nobody in: {words}") from refused
            fail(f"the gateway at {url} says no: {words}")
        except OSError as cause:
            raise _Unreachable(
                f"no gateway answers at {url} ({_reason(cause)}); is it running? "
                f"text911 serve {self.directory} starts it"
            ) from cause

    def _key(self) -> str:
        from ..operations import door_key

        path = door_key.path_beside(self.directory / journal_of(self.directory))
        try:
            return door_key.read(path)
        except FileNotFoundError as cause:
            raise _Unreachable(
                f"there is no {path}: no gateway has been started on {self.directory}; "
                f"text911 serve {self.directory} starts one"
            ) from cause
        except OSError as cause:
            fail(
                f"{path} cannot be read ({cause.strerror}): do this as the user the gateway runs "
                "as, or as root"
            )


class _Unreachable(Exception):
    """Nobody answers just now, in words."""


def user() -> str:
    """Who is at the terminal, also behind sudo; for the health log."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def journal_of(directory: Path) -> Path:
    """Where the journal is, by [journal] alone: a gateway that runs can be asked whatever the
    other files say now."""
    import tomllib

    from pydantic import ValidationError

    from ..journal.settings import JournalSettings

    try:
        raw = tomllib.loads((directory / "gateway.toml").read_text(encoding="utf-8"))
        return JournalSettings.model_validate(raw.get("journal", {})).path
    except OSError as cause:
        fail(f"{directory}/gateway.toml cannot be read ({cause.strerror}); name DIR")
    except (ValidationError, ValueError):
        fail(f"{directory}/gateway.toml has faults; run: text911 check {directory}")


def _left(ends_at: float) -> float:
    return max(0.0, ends_at - monotonic())


def _reason(cause: BaseException) -> str:
    inner = getattr(cause, "reason", cause)
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
