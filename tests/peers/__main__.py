"""`make score`: the conformance suite against our gateway and against servers of others, and one
table of it. Each server refuses all destinations but one, so that all have the same to do.

    python -m tests.peers [--only SERVER] [--failures]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load_tests.gateway import ROOT, Carrier, Gateway
from load_tests.processes import Program, free_ports
from load_tests.scratch import scratch, undo_on_sigterm

from . import installing

TO = "911"
SYSTEM_ID, PASSWORD = "conform", "secret1"  # as the servers beside this file have it
PATIENCE = "1.0"  # s: everything is on this machine
RUN_WITHIN = 900.0  # s
LISTENS_WITHIN = 30.0  # s
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Scored:
    """`cases`: what the command said of each, as objects."""

    server: str
    score: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("--only", choices=sorted(SERVERS), help="one of the servers")
    parser.add_argument("--failures", action="store_true", help="name each case that failed")
    asked = parser.parse_args()
    scored: list[Scored] = []
    with scratch("score") as folder:
        for name, serve in SERVERS.items():
            if asked.only in (None, name):
                try:
                    scored.append(serve(name, folder))
                except installing.CannotInstall as missing:
                    sys.stderr.write(f"{name} is left out: {missing}\n")
                    return 2
    for line in table(scored):
        sys.stdout.write(line + "\n")
    if asked.failures:
        for one in scored:
            for line in failures(one):
                sys.stdout.write(line + "\n")
    ours = next((one for one in scored if one.server == OURS), None)
    return 0 if ours is None or ours.score["passed"] == ours.score["cases"] else 1


# --- the servers ---------------------------------------------------------------------------------


def gateway(name: str, folder: Path) -> Scored:
    """Ours, as it is served."""
    hartford = {"source": "profile", "default_psap": "hartford-region"}
    carrier = Carrier(SYSTEM_ID, PASSWORD, location=hartford)
    with Gateway(folder / "gateway", [carrier]) as running:
        running.start()
        return conform(name, running.ports.smpp)


def twisted3(name: str, folder: Path) -> Scored:
    python = installing.twisted3()
    port = free_ports(1)[0]
    command = [str(python), str(HERE / "twisted3_server"), str(port), TO]
    return tried(name, port, Program(command, folder / "twisted3.log"))


def node_smpp(name: str, folder: Path) -> Scored:
    modules = installing.node_smpp()
    port = free_ports(1)[0]
    command = [str(shutil.which("node")), str(HERE / "node_server.js"), str(port), TO]
    environment = {"NODE_PATH": str(modules)}
    return tried(name, port, Program(command, folder / "node.log", environment))


def tried(name: str, port: int, program: AbstractContextManager[Program]) -> Scored:
    with program as running:
        running.until(f"{name} listens", lambda: listens(port), LISTENS_WITHIN)
        return conform(name, port)


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def conform(name: str, port: int) -> Scored:
    account = ["--system-id", SYSTEM_ID, "--password-env", "SCORE_PASSWORD"]
    options = ["--to", TO, "--slow", "--json", "--patience", PATIENCE]
    where = ["smpp", "conform", "127.0.0.1", str(port)]
    done = subprocess.run(
        [sys.executable, "-m", "text911", *where, *account, *options],
        cwd=ROOT,
        env={**os.environ, "SCORE_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
        timeout=RUN_WITHIN,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{name} could not be tried; see above")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    return Scored(name, objects[-1]["score"], tuple(objects[:-1]))


OURS = "text911"
SERVERS: dict[str, Callable[[str, Path], Scored]] = {
    OURS: gateway,
    "smpp.twisted3 0.8": twisted3,
    "node-smpp 0.5.1": node_smpp,
}


# --- words ---------------------------------------------------------------------------------------


def table(scored: list[Scored]) -> list[str]:
    """As Markdown, for docs/smpp.md."""
    lines = [
        "| server | cases | passed | against the specification | against good manners only"
        " | against text911's own promises only | not played |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in scored:
        broke = one.score["broke"]
        cells = [
            one.server,
            one.score["cases"],
            one.score["passed"],
            broke["specification"],
            broke["manners"],
            broke["house"],
            one.score["not_played"],
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def failures(one: Scored) -> list[str]:
    lines = ["", f"## {one.server}"]
    for case in one.cases:
        for finding in case["findings"]:
            lines.append(f"{case['id']} [{finding['origin']}]: {finding['got']}")
        if case["hindrance"]:
            lines.append(f"{case['id']} [not played]: {case['hindrance']}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
