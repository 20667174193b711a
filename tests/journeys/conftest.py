"""Which journeys run beside each other; browsers, desks and a gateway's side for the pages.

Two workers share the journeys (`make journeys`). All of a file go to one of them, so that what a
file has built or started is there once. Those in real time (calls, whose sound is lost when it
comes late) are in one worker, never beside each other; and what takes longest begins first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from .page import CHROMIUM, SEEN_WITHIN, Desk, Stage, console

HERE = Path(__file__).parent
# Files in the order in which they begin; those that are not named follow.
IN_REAL_TIME = ("test_tty_psap", "test_sip_tty", "test_sip_secured", "test_sip_call")
LONG = ("test_wheel", "test_power_loss")


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = (*IN_REAL_TIME, *LONG)

    def turn(item: pytest.Item) -> int:
        name = item.path.stem
        if item.path.parent != HERE:
            return -1  # no journey; all of one sort keep their order
        return first.index(name) if name in first else len(first)

    items.sort(key=turn)
    for item in [one for one in items if one.path.parent == HERE]:
        name = item.path.stem
        item.add_marker(pytest.mark.xdist_group("calls" if name in IN_REAL_TIME else name))


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=SEEN_WITHIN * 1_000)


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
