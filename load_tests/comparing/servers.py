"""The servers that are compared, each as a context that says where to bind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers import installing

from .. import telecommunicators
from ..carrier import LOCATION_TAG, Account
from ..gateway import PASSWORD, PERSON, PLACES, ROOT, Carrier, Gateway
from ..processes import Program, free_ports, until
from ..rounds import Child
from .jasmin import Jasmin, listens

OURS, BARE, TWISTED3, JASMIN = "text911", "bare", "smpp.twisted3 0.8", "Jasmin 0.11.1"
DURABLE = (OURS,)  # RabbitMQ keeps Jasmin's texts, and is not waited for
USER = Account("127.0.0.1", 0, "conform", "secret1")  # as tests/peers/twisted3_server has it
TO = "911"
SAID: Mapping[str, object] = {"source": "tlv", "tlv_tag": LOCATION_TAG}  # by each text itself
# For a carrier that cannot say it: all its callers are at one PSAP.
UNSAID: Mapping[str, object] = {"source": "profile", "default_psap": next(iter(PLACES))}
WINDOW = 1000  # replies in flight: the carrier here is never what is waited for
LISTENS_WITHIN = 30.0  # s
STOPS_WITHIN = 10.0  # s


def at(port: int) -> Account:
    return Account("127.0.0.1", port, USER.system_id, USER.password)


@contextmanager
def bare() -> Generator[Account, None, None]:
    command = [sys.executable, "-m", "load_tests.comparing.bare"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            yield at(int(program.stdout.readline()))
        finally:
            program.stdin.close()
            program.wait(STOPS_WITHIN)


@contextmanager
def twisted3(folder: Path) -> Generator[Account, None, None]:
    """Raises tests.peers.installing.CannotInstall."""
    port = free_ports(1)[0]
    served = ROOT / "tests" / "peers" / "twisted3_server"
    command = [str(installing.twisted3()), str(served), str(port), TO]
    with Program(command, folder / "twisted3.log") as program:
        program.until(f"{TWISTED3} listens", lambda: listens(port), LISTENS_WITHIN)
        yield at(port)


@contextmanager
def jasmin(folder: Path, sink: Account) -> Generator[Account, None, None]:
    """Raises CannotStart."""
    with Jasmin(folder / "jasmin", USER, sink.port) as running:
        until(f"{JASMIN} listens", lambda: listens(running.account.port), LISTENS_WITHIN)
        yield running.account


@dataclass(slots=True)
class Product:
    """Our daemon with a telecommunicator at each PSAP who answers what rings, acknowledges what is
    shown and replies to every fourth text. `seen`: set when the context ends."""

    account: Account
    taken: set[int] = field(default_factory=set[int])
    seen: telecommunicators.Outcome | None = None

    @property
    def lost(self) -> int:
        """Texts that were accepted and never shown."""
        return len(self.taken - self.seen.indices) if self.seen else len(self.taken)


@contextmanager
def product(
    folder: Path, round_number: int, texts: int, location: Mapping[str, object]
) -> Generator[Product, None, None]:
    """`folder` on the journal's disk. `taken` is to be filled with the indices of the texts of
    `round_number` that were accepted, of at most `texts`."""
    carrier = Carrier(USER.system_id, USER.password, window=WINDOW, location=location)
    psaps = tuple(PLACES) if location is SAID else tuple(PLACES)[:1]
    with Gateway(folder / "gateway", [carrier]) as gateway:
        gateway.start()
        watch = telecommunicators.Watch(
            f"http://127.0.0.1:{gateway.ports.console}", psaps, PERSON, PASSWORD,
            round_number, (0,) * texts, measure_from=1,
        )  # fmt: skip
        running = Product(at(gateway.ports.smpp))
        with Child(telecommunicators.work, watch) as consoles:
            consoles.hear()
            consoles.tell(time.monotonic_ns())
            yield running
            consoles.tell(running.taken)
            running.seen = consoles.hear()


def order(accounts: Sequence[str], turn: int) -> tuple[str, ...]:
    """Each round begins with another server, so that none is always first."""
    first = turn % len(accounts)
    return (*accounts[first:], *accounts[:first])
