"""How long, as people write it on a command line."""

from __future__ import annotations

import re

from ..terminal import fail

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}  # seconds


def seconds_of(duration: str) -> float:
    """Seconds of "20s", "1.5m", "500ms", "1h" or a bare number of seconds."""
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        fail(f"{duration} is no duration; write for example 20s or 5m")
    return float(found[1]) * _UNITS[found[2]]
