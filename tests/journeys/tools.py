"""The programs of others that the journeys talk to: Kannel, tshark, Chromium, minimodem, node.

`need("kannel", "tshark")` stands at the top of a journey. A missing program is installed when we
are root on Debian; when that is not possible the journey is skipped and says so. With CI=true a
missing program is a failure: a check that silently did not run has proved nothing.

    python -m tests.journeys.tools          install or report all of them, for `make test`
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# name -> (Debian package, the programs it brings)
TOOLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kannel": ("kannel", ("bearerbox", "smsbox")),
    "tshark": ("tshark", ("tshark",)),
    "sipp": ("sip-tester", ("sipp",)),
    "baresip": ("baresip-core", ("baresip",)),
    "kamailio": ("kamailio-tls-modules", ("kamailio",)),  # and with it the proxy itself
    "chromium": ("chromium", ("chromium",)),
    "gcc": ("build-essential", ("gcc",)),  # for the shim of tests/crash; with libc's headers
    "node": ("nodejs", ("node",)),  # pyright runs on it; without it, pip's one must download it
    "npm": ("npm", ("npm",)),
    "minimodem": ("minimodem", ("minimodem",)),
    "spandsp": ("libspandsp2", ()),
    "linphone": ("linphone-cli", ("linphonec",)),  # for the library that comes with it
}
# What is loaded instead of run.
LIBRARIES = {"spandsp": "libspandsp.so.2"}
# What node brings from its own registry, into a folder that is never committed.
NODE_PACKAGES = {"smpp": "0.5.1"}
# Debian puts daemons here, and a plain user's PATH does not.
DAEMON_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
NODE_FOLDER = Path(__file__).resolve().parents[2] / "build" / "node"
INSTALL_WITHIN = 600.0  # s; Chromium is large


def find(program: str) -> str | None:
    """Where `program` is, also when it stands in a folder for daemons."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *DAEMON_FOLDERS))
    return shutil.which(program, path=path)


def program(name: str) -> str:
    """The path of a program that `need` has made sure of."""
    found = find(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; call need() first")
    return found


def missing(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        n for n in names if any(find(p) is None for p in TOOLS[n][1]) or not _is_loadable(n)
    )


def _is_loadable(name: str) -> bool:
    try:
        ctypes.CDLL(LIBRARIES.get(name))  # None is this process itself
    except OSError:
        return False
    return True


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


@functools.cache
def _update() -> None:
    _apt("update")


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments],
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=INSTALL_WITHIN,
    )


@functools.cache
def ensure(*names: str) -> str:
    """Install what of `names` is missing. Returns "" or, in words, what is missing and why."""
    absent = missing(names)
    if not absent:
        return ""
    packages = [TOOLS[name][0] for name in absent]
    command = f"apt-get install {' '.join(packages)}"
    if not may_install():
        return f"{', '.join(absent)} is not installed and we are not root; run: {command}"
    try:
        _update()
        _apt("install", "-y", "--no-install-recommends", *packages)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as cause:
        return f"{', '.join(absent)} is not installed and '{command}' failed: {cause}"
    still = missing(names)
    return f"{', '.join(still)} is still missing after '{command}'" if still else ""


def need(*names: str) -> None:
    """Go on only when all of `names` are there. Skips the test otherwise; fails it in CI."""
    if why := ensure(*names):
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


def node_modules() -> Path:
    """Where node finds its packages, once `need_node_packages` has made sure of them."""
    return NODE_FOLDER / "node_modules"


@functools.cache
def ensure_node_packages() -> str:
    """Install them. Returns "" or, in words, what is missing and why."""
    if why := ensure("node", "npm"):
        return why
    absent = [
        f"{name}@{version}"
        for name, version in NODE_PACKAGES.items()
        if not (node_modules() / name / "package.json").is_file()
    ]
    if not absent:
        return ""
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(
            [program("npm"), "install", "--no-audit", "--no-fund", "--silent", *absent],
            cwd=NODE_FOLDER,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=INSTALL_WITHIN,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as cause:
        return f"npm could not install {', '.join(absent)}: {cause}"
    return ""


def need_node_packages() -> None:
    """As `need`, for what comes from node's registry."""
    if why := ensure_node_packages():
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


def main() -> int:
    why = ensure(*TOOLS) or ensure_node_packages()
    if not why:
        return 0
    sys.stderr.write(why + "\n")
    if os.environ.get("CI") == "true":
        return 1
    sys.stderr.write("the journeys that need it will be skipped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
