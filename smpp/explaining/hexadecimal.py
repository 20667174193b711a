"""Octets from hexadecimal as people paste it: bare, with 0x or \\x, colons, commas; and dumps with
offsets and a column of characters, as xxd, hexdump -C and tshark -x print them.

Pure. Says in words, with line and column, what is no hexadecimal; guesses nothing.
"""

from __future__ import annotations

import re

OFFSET_DIGITS_LEAST = 4
_BETWEEN = re.compile(r"[\s:,;|\"'(){}\[\]<>_-]+")
_TOKEN = re.compile(r"(?:0x|\\x)?([0-9a-f]+)|(.)", re.IGNORECASE)
_PREFIXED = re.compile(r"(?:0x|\\x)([0-9a-f])(?![0-9a-f])", re.IGNORECASE)
# An offset with a colon and a space behind it, or with two spaces at least.
_ROW = re.compile(r"\s*([0-9a-f]{4,16})(?::[ \t]+|[ \t]{2,})(\S.*)", re.IGNORECASE)
_LAST_OFFSET = re.compile(r"\s*([0-9a-f]{4,16}):?\s*", re.IGNORECASE)  # hexdump ends with one
_GROUP = re.compile(r"(?:[0-9a-f]{2})+(?![^\s])", re.IGNORECASE)
_SOURCE = re.compile(r"\s*(.+?)\s+\(\d+ bytes\):\s*")  # tshark: "Frame (119 bytes):"
_HALF_ROW = 8  # octets, behind which a dump may leave a wider gap


class NotHexadecimal(ValueError):
    """What is wrong, and where."""


def parse(text: str) -> list[bytes]:
    """The octets of each dump in `text`; bare hexadecimal is one. Raises NotHexadecimal."""
    dumped = _dumps(text)
    return [_bare(text)] if dumped is None else dumped


def _dumps(text: str) -> list[bytes] | None:
    """None when the text has no offsets."""
    found: list[bytearray] = []
    begins = expected = 0
    skipped = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if source := _SOURCE.fullmatch(line):
            # Data that tshark put together from several frames comes once more in those frames.
            skipped = not source[1].startswith("Frame")
            continue
        if skipped:
            continue
        row = _ROW.fullmatch(line)
        if row is None or (not found and ":" not in line.split()[0] and int(row[1], 16)):
            if found and (last := _LAST_OFFSET.fullmatch(line)) and int(last[1], 16) == expected:
                continue
            if not found:
                return None
            raise NotHexadecimal(f"line {number} is no row of a dump; leave out all other lines")
        offset, octets = int(row[1], 16), _row(row[2])
        if not found or offset == 0 != expected:
            found.append(bytearray())
            begins = expected = offset
        if offset != expected:
            raise NotHexadecimal(
                f"line {number} has offset {row[1]}, and {expected - begins} octets stand before"
                " it; is a line missing?"
            )
        found[-1] += octets
        expected += len(octets)
    return [bytes(one) for one in found] or None


def _row(text: str) -> bytes:
    """The octets of a row, without the column of characters."""
    octets = bytearray()
    text = text.partition("|")[0]
    at = 0
    while group := _GROUP.match(text, at):
        octets += bytes.fromhex(group[0])
        at = group.end()
        gap = len(text) - at - len(text[at:].lstrip(" \t"))
        if gap > (2 if len(octets) == _HALF_ROW else 1):
            break
        at += gap
    return bytes(octets)


def _bare(text: str) -> bytes:
    digits: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        for word in _BETWEEN.split(_PREFIXED.sub(r"0\1", line)):
            for token in _TOKEN.finditer(word):
                if token[1] is None:
                    column = line.find(token[2]) + 1
                    raise NotHexadecimal(f"line {number}, column {column} is no hexadecimal digit")
                digits.append(token[1])
    joined = "".join(digits)
    if len(joined) % 2:
        raise NotHexadecimal(f"{len(joined)} hexadecimal digits are half an octet too many")
    return bytes.fromhex(joined)
