"""`text911 serve`: what it may not load before the gateway takes texts, and that it works without.

A start is nearly all loading; what is loaded is counted here, how long it takes is said in
docs/performance.md. Whoever needs more before ready says here why.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from load_tests.gateway import Carrier, Ports, write_directory
from load_tests.processes import free_ports

# Modules, with all that is below them -> who brings them when they are asked for.
UNNEEDED = {
    "typer": "every command but those of `quick`",
    "rich": "nobody",
    "OpenSSL": "a door or a call with TLS",
    "cryptography": "a door or a call with TLS",
    "service_identity": "a call with TLS",
    "prometheus_client": "the first scrape of /metrics",
    "lxml": "a line",
    "numba": "a line",
    "text911.sip.calls": "a line, a PSAP with a TTY",
    "text911.tty.demod": "a line",
    "text911.tty.turns": "a line",
    "text911.gateway.configuration.line_files": "a line",
    "text911.gateway.location.pidf": "a line",
    "text911.gateway.onboarding.hiding": "the first who watches a carrier",
    "text911.smpp.explaining": "the first who watches a carrier",
    "text911.gateway.simulation": "text911 simulate",
    "text911.gateway.demo": "text911 demo",
}
# Of ours and of others'. There were 1,100 and more. A new module of ours is no reason to fail; a
# library that comes along with one is.
OURS_MAX, THEIRS_MAX = 250, 720

PROBE = """
import json, sys
from text911.gateway.cli import quick, serving
with serving.lean():
    from text911.gateway import daemon

async def tell(_):
    json.dump(sorted(sys.modules), sys.stdout)
    return 0

from text911.gateway.config import load
from pathlib import Path
sys.exit(daemon.run(load(Path(sys.argv[1])), tell))
"""


def modules_when_ready(directory: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(directory)],
        stdout=subprocess.PIPE, check=True, text=True, timeout=60,
    )  # fmt: skip
    return set(json.loads(done.stdout))


def test_a_gateway_that_takes_texts_has_loaded_no_more_than_it_needs(tmp_path: Path) -> None:
    directory = tmp_path / "config"
    directory.mkdir()
    write_directory(directory, [Carrier("one", "secret")], Ports(*free_ports(3)))
    modules = modules_when_ready(directory)
    found = {one: why for one, why in UNNEEDED.items() if modules & below(one, modules)}
    assert found == {}, "is loaded before ready; see gateway/cli/serving.py"
    ours = {one for one in modules if one.startswith("text911")}
    assert "text911.gateway.daemon" in ours
    assert (len(ours) <= OURS_MAX, len(modules - ours) <= THEIRS_MAX) == (True, True), (
        f"{len(ours)} of ours, {len(modules - ours)} of others"
    )


def below(name: str, modules: set[str]) -> set[str]:
    return {one for one in modules if one == name or one.startswith(f"{name}.")}


HIDING = """
import os, sys
before = dict(os.environ)
from text911.gateway.cli.serving import SPARED, UNASKED, lean
with lean():
    import twisted.internet.tcp
    for one in UNASKED:
        try:
            __import__(one)
            sys.exit(one)
        except ImportError:
            pass
assert os.environ == {**SPARED, **before}
for one in UNASKED:
    __import__(one)
import twisted.internet.ssl, twisted.protocols.tls
"""


def test_what_was_hidden_is_there_for_who_asks_later() -> None:
    subprocess.run([sys.executable, "-c", HIDING], check=True, timeout=60)


def test_what_a_keeper_reads_for_its_next_workers_can_be_read_before_there_is_a_loop() -> None:
    script = (
        "import sys\nfrom text911.gateway.cli import serving\n"
        "with serving.lean():\n    from text911.gateway import daemon\n"
        "serving._read_more()\nfrom text911.gateway.loop import install\ninstall()\n"
        "assert 'text911.smpp.tls' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
