"""A bind that is looked on at, and how much of its callers is shown. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from ...smpp.tap import Tap


class Scope(Enum):
    """How much of callers a watcher sees."""

    HIDDEN = "hidden"  # neither words nor numbers
    WORDS = "words"  # everything but passwords
    TESTS = "tests"  # what goes from and to the test addresses, whole; of the rest nothing


class Bound(Protocol):
    """What is to be known of a bind."""

    @property
    def id(self) -> str: ...
    @property
    def owed(self) -> int: ...
    @property
    def interface_version(self) -> int: ...
    @property
    def is_ours(self) -> bool: ...
    def tap(self, tap: Tap) -> None: ...
