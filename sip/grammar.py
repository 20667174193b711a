"""The lexical rules that all of SIP shares (RFC 3261, 25.1): tokens, quotes, lists, parameters.

Knows no header and no URI. What cannot be read is `Malformed`; who reads a whole message turns that
into an answer.
"""

from __future__ import annotations

import re

Params = tuple[tuple[str, str | None], ...]  # (name in lower case, value as written or None)

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
NUMBER = re.compile(r"[0-9]{1,10}\Z")  # ASCII only: str.isdigit() knows other digits too
# CSeq must be less than 2**31 (8.1.1.5); seconds at most 2**32 - 1 (20.19).
CSEQ_MAX = 2**31 - 1
SECONDS_MAX = 2**32 - 1


class Malformed(ValueError):
    """A peer's text is not what the specification says; the message says what and where."""


def number(text: str, most: int, what: str) -> int:
    """A decimal number from 0 to `most`."""
    text = text.strip()
    if NUMBER.match(text) is None or int(text) > most:
        raise Malformed(f"{what} is {text[:40]!r}, a number from 0 to {most} is needed")
    return int(text)


def split(text: str, at: str) -> list[str]:
    """`text` cut at each `at` that stands outside quotes and angle brackets; pieces stripped."""
    if '"' not in text and "<" not in text:  # most headers: nothing stands in the way
        return [piece.strip() for piece in text.split(at)]
    pieces: list[str] = []
    start = depth = 0
    quoted = escaped = False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped = letter == "\\"
            quoted = letter != '"'
        elif letter == '"' and not depth:  # in angle brackets a quote is a fault of its URI
            quoted = True
        elif letter == "<":
            depth = 1
        elif letter == ">":
            depth = 0
        elif letter == at and not depth:
            pieces.append(text[start:place].strip())
            start = place + 1
    if quoted:
        raise Malformed(f"a quote is not closed in {text[:60]!r}")
    if depth:
        raise Malformed(f"an angle bracket is not closed in {text[:60]!r}")
    pieces.append(text[start:].strip())
    return pieces


def listed(text: str) -> list[str]:
    """The members of a comma-separated header value; empty ones are passed over."""
    return [piece for piece in split(text, ",") if piece]


def parameters(pieces: list[str]) -> Params:
    """`name=value` pieces, as they stand between semicolons; empty ones are passed over."""
    found: list[tuple[str, str | None]] = []
    for piece in pieces:
        if not piece:
            continue
        name, equals, value = piece.partition("=")
        name = name.strip()
        if TOKEN.match(name) is None:
            raise Malformed(f"a parameter has no token for a name: {piece[:40]!r}")
        found.append((name.lower(), value.strip() if equals else None))
    return tuple(found)


def parameter(params: Params, name: str) -> str | None:
    """The value of the first parameter `name`, unquoted; "" when it stands without one."""
    for known, value in params:
        if known == name:
            return "" if value is None else unquoted(value)
    return None


def written(params: Params) -> str:
    """Parameters as they stand behind a value, each with its semicolon."""
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params)


def unquoted(text: str) -> str:
    """The content of a quoted-string; anything else as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def quoted(text: str) -> str:
    """`text` as a quoted-string. A line break would begin a new header, so it is refused."""
    if "\r" in text or "\n" in text:
        raise ValueError("a quoted-string cannot hold a line break")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def readable(text: str) -> str:
    """`text` without the marks of octets that were no UTF-8: for people and for JSON."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
