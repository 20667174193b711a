"""What the hub needs to know of a console's settings, as plain values without pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["telecommunicator", "supervisor"]


@dataclass(frozen=True, slots=True)
class User:
    """`proof` changes when the password does: then the person must log in again."""

    name: str
    role: Role
    position: str
    proof: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Field for field what `ConsoleSettings` says of them; times in seconds."""

    display_name: str
    users: tuple[User, ...]
    canned: tuple[tuple[str, str], ...]  # (word, text)
    closing_text: str
    suspended: str
    back_within: float
    stalled_after: float
    nobody_after: float
    dialogues_at_once: int
    text_max: int
    frame_max: int
    block_minutes_max: int = 60
