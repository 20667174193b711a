"""Looking on while a session talks: every PDU of both directions, as octets. Decides nothing.

A session is born with `NOBODY`, which costs two empty calls for each turn of octets.
"""

from __future__ import annotations

from typing import Protocol


class Tap(Protocol):
    """Told at once, so it must take no time: note the octets, look at them later. It must neither
    raise nor speak to the session. What it is given holds passwords and callers' words."""

    def heard(self, pdus: list[bytes]) -> None:
        """Whole PDUs of the peer, before anything is made of them. May be none."""
        ...

    def said(self, pdus: list[bytes]) -> None:
        """Whole PDUs of ours, as they are handed to the connection. May be none."""
        ...


class _Nobody:
    def heard(self, pdus: list[bytes]) -> None:
        """Nobody looks on."""

    def said(self, pdus: list[bytes]) -> None:
        """Nobody looks on."""


NOBODY: Tap = _Nobody()
