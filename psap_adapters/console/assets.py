"""The files a browser is given, read once, and the headers that keep it safe. No file system later;
the sounds are computed when they are first asked for, which a start need not wait for.

Every answer bears the same strict headers; what comes from a user, the name that was given at the
log-in, is escaped in the one place where it can enter a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .sound import alarm, chime

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
NEVER_KEPT = "no-store"
ASKED_AGAIN = "no-cache"  # kept, but asked for with its tag at each use: a reload is a release

_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
}

_GIVEN = re.compile(r"\{\{(\w+)\}\}")  # in login.html


@dataclass(frozen=True, slots=True)
class File:
    octets: bytes
    content_type: str
    tag: str  # ETag, quotes included


_SOUNDS: dict[str, Callable[[], bytes]] = {"alarm.wav": alarm, "chime.wav": chime}


class Pages:
    def __init__(self) -> None:
        found = {
            path.name: path.read_bytes()
            for path in (Path(__file__).parent / "pages").iterdir()
            if path.suffix in _TYPES
        }
        self._login = found.pop("login.html").decode()
        self._console = found.pop("index.html").decode()
        self._files = {name: _file(name, octets) for name, octets in found.items()}

    def file(self, name: str) -> File | None:
        """A sound takes a tenth of a second to compute: ask in a thread. Two threads that ask at
        once compute the same."""
        if name in _SOUNDS and name not in self._files:
            self._files[name] = _file(name, _SOUNDS[name]())
        return self._files.get(name)

    def console(self) -> str:
        return self._console

    def login(self, title: str, problem: str, user: str = "") -> str:
        """The log-in form; `problem` is a sentence about the attempt before, or empty; `user` is
        what was given as the name then, and the password is asked for."""
        given = {"title": title, "problem": problem, "user": user}
        given |= {"first": "" if user else "autofocus", "then": "autofocus" if user else ""}
        return _GIVEN.sub(lambda found: escape(given[found[1]]), self._login)


def _file(name: str, octets: bytes) -> File:
    tag = f'"{hashlib.sha256(octets).hexdigest()[:32]}"'
    return File(octets, _TYPES[Path(name).suffix], tag)
