"""What follows from something the hub heard: frames, reports, links and sessions to be ended."""

from __future__ import annotations

from dataclasses import dataclass

from ..port import Report
from .frames import ServerFrame


@dataclass(frozen=True, slots=True)
class Send:
    """`frame` to these links, after everything sent to them before."""

    clients: tuple[str, ...]
    frame: ServerFrame


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand `report` to the gateway. `cause` is the raw frame behind it, or empty."""

    report: Report
    cause: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """End this link once what was sent to it has left."""

    client: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class EndSessions:
    """These people must log in again."""

    users: tuple[str, ...]


Output = Send | Tell | Close | EndSessions
