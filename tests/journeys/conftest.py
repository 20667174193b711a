"""Which journeys run beside each other; browsers, desks and a gateway's side for the pages.

Two workers share the journeys (`make journeys`). All of a file go to one of them, so that what a
file has built or started is there once; what takes longest begins first. Those in real time are
marked `in_real_time` and run alone: of a call whose sound comes late, letters are lost.
"""

# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from .page import CHROMIUM, SEEN_WITHIN, Desk, Stage, console

HERE = Path(__file__).parent
IN_REAL_TIME = frozenset(
    {
        "test_tty_psap",
        "test_sip_tty",
        "test_sip_secured",
        "test_sip_voice",
        "test_sip_call",
        "test_stalls",
        "test_demo",
        "test_wheel",
    }
)
# Files in the order in which they begin; those that are not named follow.
FIRST = ("test_capture", "test_power_loss")


class Turns(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return PurePosixPath(nodeid.partition("::")[0]).stem


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Turns:
    return Turns(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        name = item.path.stem
        if item.path.parent != HERE:
            return -1  # no journey; all of one sort keep their order
        return FIRST.index(name) if name in FIRST else len(FIRST)

    items.sort(key=turn)
    for item in items:
        if item.path.parent == HERE and item.path.stem in IN_REAL_TIME:
            item.add_marker("in_real_time")


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
