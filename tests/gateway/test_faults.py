from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator

import pytest

from text911.gateway.faults import FaultsUnreadable, arm, fault, replace


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    replace(None)


def test_nothing_happens_in_service() -> None:
    fault("before_commit")
    arm("")
    fault("before_commit")


def test_a_failure_comes_at_the_passing_that_was_said_and_only_there() -> None:
    arm("before_commit=fail@2, after_commit_before_ack=fail@1")
    fault("before_commit")
    with pytest.raises(OSError, match="before_commit fail at passing 2") as caught:
        fault("before_commit")
    assert caught.value.errno == errno.EIO
    fault("before_commit")
    with pytest.raises(OSError, match="after_commit_before_ack"):
        fault("after_commit_before_ack")
    fault("a point that is not armed")


def test_kill_is_a_real_sigkill() -> None:
    child = os.fork()
    if child == 0:
        arm("before_commit=kill@3")
        for _ in range(2):
            fault("before_commit")
        fault("before_commit")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def test_slow_happens_at_every_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    arm("before_commit=slow@20")
    fault("before_commit")
    fault("before_commit")
    assert slept == [0.02, 0.02]


def test_simulation_takes_the_place_of_it_all() -> None:
    passed: list[str] = []
    replace(passed.append)
    fault("before_commit")
    assert passed == ["before_commit"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("before_commit=explode@3", "no action 'explode'"),
        ("before_lunch=kill@3", "no point 'before_lunch'"),
        ("before_commit=kill", "is not point=action@N"),
        ("before_commit=kill@0", "is not point=action@N"),
        ("before_command=fail@1", "before_command cannot fail"),
        ("nonsense", "is not point=action@N"),
    ],
)
def test_what_is_unknown_is_refused_and_what_is_allowed_is_said(text: str, said: str) -> None:
    with pytest.raises(FaultsUnreadable, match=said) as caught:
        arm(text)
    assert "before_commit, after_commit_before_ack" in str(caught.value)
    assert "kill@N" in str(caught.value)
    fault("before_commit")
