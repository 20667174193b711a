"""What follows from something the hub heard: frames, reports, links and sessions to be ended."""

from __future__ import annotations

from msgspec import Struct

from ..port import Report
from .frames import ServerFrame


class Send(Struct, frozen=True, gc=False):
    """`frame` to these links, after everything sent to them before."""

    clients: tuple[str, ...]
    frame: ServerFrame


class Tell(Struct, frozen=True, gc=False):
    """Hand `report` to the gateway. `cause` is the raw frame behind it, or empty."""

    report: Report
    cause: bytes


class Close(Struct, frozen=True, gc=False):
    """End this link once what was sent to it has left."""

    client: str
    code: int
    reason: str


class EndSessions(Struct, frozen=True, gc=False):
    """These people must log in again."""

    users: tuple[str, ...]


Output = Send | Tell | Close | EndSessions
