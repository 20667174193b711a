"""Whom this PSAP has blocked: what its supervisors see of it, and who may lift a block.

Decides nothing about a caller. The gateway recorded the decisions and says here what they are.
"""

from __future__ import annotations

from collections.abc import Callable

from ..port import Block
from .frames import Blocks, NotPossible, ServerFrame
from .legs import Client
from .presence import Presence


class Barred:
    def __init__(
        self, here: Presence, send: Callable[[tuple[str, ...], ServerFrame], None]
    ) -> None:
        self._here = here
        self._send = send
        self._active: tuple[Block, ...] = ()

    def replace(self, active: tuple[Block, ...], trouble: str) -> None:
        """`trouble`: why one of them could not be lifted, or ""."""
        self._active = active
        supervisors = tuple(one.id for one in self._here if one.role == "supervisor")
        self._send(supervisors, Blocks(active))
        if trouble:
            self._send(supervisors, NotPossible("unblock", "", trouble))

    def remind(self, client: Client) -> None:
        """A link is new."""
        if client.role == "supervisor":
            self._send((client.id,), Blocks(self._active))

    def may_lift(self, client: Client, block: str) -> bool:
        """Whether it can be lifted by this person; if not, they are told why."""
        if client.role != "supervisor":
            reason = "Only a supervisor may lift a block."
        elif all(one.id != block for one in self._active):
            reason = "This caller is not blocked any more."
        else:
            return True
        self._send((client.id,), NotPossible("unblock", "", reason))
        return False
