"""Browsers, desks and a gateway's side for every journey on the console's page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .page import CHROMIUM, Desk, Stage, console


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    one = Stage(console(), tmp_path)
    yield one
    one.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: a folder of this run, or TEXT911_SHOTS for one to look at."""
    return Path(os.environ.get("TEXT911_SHOTS", tmp_path))


@pytest.fixture
def desks(browser: Browser, stage: Stage) -> Iterator[Callable[..., Desk]]:
    opened: list[Desk] = []

    def sit(theme: str = "dark") -> Desk:
        opened.append(Desk(browser, stage, theme))
        return opened[-1]

    yield sit
    for desk in opened:
        desk.close()
