"""The demonstration as a user starts it: every promise held, and a falsified one is found."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from load_tests.processes import free_ports

SECONDS = "6s"  # of story; the machine may take longer, and then so does the test
WITHIN = 120.0  # seconds until a demonstration hangs

# Plays a story in which one carrier's line is cut while texts are on their way.
CUT = """
import asyncio, json, shutil, sys
from text911.gateway.daemon import run
from text911.gateway.demo.checks import check
from text911.gateway.demo.headless import Headless
from text911.gateway.demo.stage import prepare

configuration = prepare(int(sys.argv[1]))
story = Headless(configuration, 911, 6.0)

async def play(daemon):
    played = asyncio.ensure_future(story.play(daemon))
    while story.cast is None or len(story.cast.phones.phones) < 5:
        await asyncio.sleep(0.02)
    for carrier in story.cast.carriers.values():
        carrier.drop()
    return await played

code = run(configuration, play)
seen = story.seen(configuration.journal_path)
print(json.dumps({
    "code": code,
    "losses": len(story.cast.phones.losses),
    "broken": [one.promise for one in check(seen) if one.broken],
    "never_shown": [
        said.words
        for caller in seen.callers
        for said in caller.said
        if said.accepted
        and not any(said.words in leg.texts("caller") for leg in seen.legs)
    ],
}))
shutil.rmtree(configuration.directory)
"""


def demo(*arguments: str, temporary: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "text911", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


def test_the_headless_story_holds_every_promise_and_leaves_nothing_behind(tmp_path: Path) -> None:
    base = str(free_ports(4)[0])
    arguments = ("--headless", "--for", SECONDS, "--check", "--port-base", base)
    ended = demo(*arguments, temporary=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    assert "Every promise held." in ended.stdout
    assert "BROKEN" not in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    base = free_ports(4)[0]
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 2))
        other.listen()
        ended = demo("--headless", "--port-base", str(base), temporary=tmp_path)
    assert ended.returncode == 2
    assert f"port {base + 2} for the operator page" in ended.stderr
    assert "--port-base" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_checking_a_story_with_a_person_is_refused(tmp_path: Path) -> None:
    ended = demo("--check", temporary=tmp_path)
    assert ended.returncode == 2
    assert "--headless --check" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_with_a_person_it_waits_for_the_log_in_and_ends_on_ctrl_c_and_with_the_terminal(
    tmp_path: Path, number: signal.Signals
) -> None:
    base = free_ports(4)[0]
    with subprocess.Popen(
        [sys.executable, "-m", "text911", "demo", "--port-base", str(base)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        said: list[str] = []
        for line in running.stdout:
            said.append(line)
            if line.startswith("Waiting for you to log in"):
                break
        running.send_signal(number)
        assert running.wait(WITHIN) == 0
        assert running.stderr.read() == ""
    assert f"http://127.0.0.1:{base + 1}/hartford-region/" in "".join(said)
    assert list(tmp_path.iterdir()) == []


def test_after_a_cut_line_the_carriers_bind_again_and_no_accepted_text_is_lost(
    tmp_path: Path,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CUT, str(free_ports(4)[0])],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert ended.stderr == ""
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen["code"] == 0
    assert seen["losses"] >= 2
    # The caller who texted before anybody was there got the bounce-back instead.
    assert [words for words in seen["never_shown"] if "is anybody there" not in words] == []
    always = {
        "Every text was accepted",
        "Accepted texts are in the journal",
        "No leg showed another caller's words",
        "No line came twice or out of order",
        "The journal's chain is whole",
        "Replay gives the same states and commands",
    }
    assert not always & set(seen["broken"])
