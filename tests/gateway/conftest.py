"""What many tests of the gateway begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .directories import copy_of_demo


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """The demonstration's configuration, without a fault, to be changed at will."""
    return copy_of_demo(tmp_path)
