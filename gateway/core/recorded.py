"""What every fact is. A module of its own, because facts stand in more than one."""

from __future__ import annotations

from msgspec import Struct


class Recorded(Struct, frozen=True, tag=True, gc=False):
    """What every fact is: an immutable value whose name is its tag in the journal."""
