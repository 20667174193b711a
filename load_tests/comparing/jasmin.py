"""Jasmin with RabbitMQ and Redis of Debian, as its manual sets it up, in a folder of its own.

Its SMPP server takes a text when it has been handed to RabbitMQ. The connector behind it is bound
to a bare server of ours and left at Jasmin's own default of one text a second: what is measured is
accepting, not sending on, which is to its advantage.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.peers import installing

from ..carrier import Account
from ..processes import Program, free_ports

JASMIN = "jasmin==0.11.1"
VENV = installing.FOLDER / "jasmin"
PACKAGES = ("rabbitmq-server", "redis-server")
# The program itself: the one on the PATH insists on being root or its own user.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
INSTALL_WITHIN = 600.0  # s
STARTS_WITHIN = 90.0  # s for each; RabbitMQ is slow to start
ANSWERS_WITHIN = 20.0  # s for one line of its console
CONNECTOR = "sink"
READY = (b"jcli : ", b"> ")  # how a line of its console ends when it waits for the next

CONFIGURATION = """\
[smpp-server]
bind = 127.0.0.1
port = {smpp}
[smpp-server-pb]
bind = 127.0.0.1
port = {server_pb}
[client-management]
bind = 127.0.0.1
port = {clients}
[router]
bind = 127.0.0.1
port = {router}
[jcli]
port = {console}
authentication = False
[amqp-broker]
port = {rabbitmq}
spec = {specification}
[redis-client]
port = {redis}
"""


class CannotStart(Exception):
    """What is missing or did not come up, in words."""


def install() -> None:
    """Jasmin into build/; RabbitMQ and Redis from Debian when we are root. Raises CannotStart or
    CannotInstall."""
    absent = [] if RABBITMQ.exists() else [PACKAGES[0]]
    absent += [] if shutil.which("redis-server") else [PACKAGES[1]]
    if absent:
        command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *absent]
        if os.geteuid() or shutil.which("apt-get") is None:
            raise CannotStart(f"{', '.join(absent)} missing and we are not root on Debian")
        # RUNLEVEL: the services of the system are not started; we run copies of our own.
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        _run(["apt-get", "-qq", "update"], quiet)
        _run(command, quiet)
    installing.environment("jasmin", (JASMIN,), INSTALL_WITHIN)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    try:
        subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            timeout=INSTALL_WITHIN, env={**os.environ, **environment},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as cause:
        raise CannotStart(f"{' '.join(command[:4])} ... failed: {cause}") from cause


class Jasmin:
    """All four programs. A context: all are stopped, the last first."""

    def __init__(self, folder: Path, account: Account, sink: int) -> None:
        """`account`: who may bind (host and port are filled in by `account`). `sink`: the port of
        the server that its connector is bound to."""
        self._folder = folder
        self._user = account
        self._sink = sink
        self._stack = ExitStack()
        names = (
            "smpp", "server_pb", "clients", "router", "console", "rabbitmq", "redis", "epmd",
            "erlang",
        )  # fmt: skip
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))

    @property
    def account(self) -> Account:
        user = self._user
        return Account("127.0.0.1", self._ports["smpp"], user.system_id, user.password)

    def __enter__(self) -> Self:
        with ExitStack() as started:
            self._stack = started
            try:
                self._start()
            except (OSError, RuntimeError, StopIteration) as cause:
                raise CannotStart(f"Jasmin did not come up: {cause}") from cause
            self._stack = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        self._folder.mkdir(parents=True)
        ports = self._ports
        # RabbitMQ would start this as a daemon of the machine, and leave it behind.
        erlang = {"ERL_EPMD_PORT": str(ports["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        epmd = ["epmd", "-port", str(ports["epmd"]), "-address", "127.0.0.1"]
        self._program("epmd", epmd, erlang, ports["epmd"])
        redis = ["redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1"]
        self._program("redis", [*redis, "--dir", str(self._folder)], {}, ports["redis"])
        self._program("rabbitmq", [str(RABBITMQ)], self._rabbitmq(erlang), ports["rabbitmq"])
        self._jasmin()
        self._configure()

    def _program(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], port: int
    ) -> None:
        log = self._folder / f"{name}.log"
        program = self._stack.enter_context(Program(command, log, environment, self._folder))
        program.until(f"{name} listens", lambda: listens(port), STARTS_WITHIN)

    def _rabbitmq(self, erlang: Mapping[str, str]) -> dict[str, str]:
        folder = self._folder / "rabbitmq"
        folder.mkdir()
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            **erlang,
            "HOME": str(folder),  # where its cookie is
            "RABBITMQ_NODENAME": "text911-compare@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._ports["rabbitmq"]),
            "RABBITMQ_DIST_PORT": str(self._ports["erlang"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        }

    def _jasmin(self) -> None:
        home = self._folder / "jasmin"
        settings = home / "etc" / "jasmin"
        (settings / "store").mkdir(parents=True)
        specification = next(
            VENV.glob("lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1*")
        )
        written = settings / "jasmin.cfg"
        written.write_text(CONFIGURATION.format(specification=specification, **self._ports))
        python, program = (str(VENV / "bin" / name) for name in ("python", "jasmind.py"))
        command = [python, program, "-c", str(written), "--disable-http-api"]
        self._program("jasmind", command, {"ROOT_PATH": str(home)}, self._ports["console"])

    def _configure(self) -> None:
        user, port = self._user, self._sink
        lines = (
            "group -a", "gid compare", "ok",
            "user -a", f"username {user.system_id}", f"password {user.password}",
            "gid compare", "uid compare", "ok",
            "smppccm -a", f"cid {CONNECTOR}", "host 127.0.0.1", f"port {port}",
            "username sink", "password sink", "ok",
            f"smppccm -1 {CONNECTOR}",
            "mtrouter -a", "type DefaultRoute", f"connector smppc({CONNECTOR})", "rate 0.0", "ok",
        )  # fmt: skip
        with closing(socket.create_connection(("127.0.0.1", self._ports["console"]))) as console:
            console.settimeout(ANSWERS_WITHIN)
            said = b""  # it shows no prompt before the first line
            for line in lines:
                console.sendall(line.encode() + b"\r\n")
                said += _until_ready(console)
        (self._folder / "console.log").write_bytes(said)
        for wanted in (b"added Group", b"added User", b"added connector", b"added MTRoute"):
            if wanted not in said:
                raise RuntimeError(f"no {wanted.decode()!r} in {said[-2000:]!r}")


def _until_ready(console: socket.socket) -> bytes:
    said = b""
    while not said.endswith(READY):
        said += (more := console.recv(4096))
        if not more:
            raise ConnectionError(f"its console closed the connection after {said!r}")
    return said


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
