"""Linphone as a caller with real-time text: its library, through ctypes, in a process of its own.

    python -m tests.journeys.linphone FOLDER SIP-ADDRESS

rings there. Each line of standard input is a text in JSON, which is typed letter by letter; the end
of the input hangs up. What happens is one JSON object a line.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from load_tests.processes import until

from .sipp import HOST

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "+18605550142"
SEEN_WITHIN = 30.0  # s
STOPS_WITHIN = 10.0  # s
TURN = 0.02  # s between two turns of its loop
# Of the library's own headers: what a call has come to, a firewall that is known by its address.
RUNNING, OVER = 8, {13: "failed", 14: "ended", 18: "forgotten"}
USE_NAT_ADDRESS = 1


class Linphone:
    """One telephone and one call. A context."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._target = f"sip:911@{HOST}:{port}"
        self._happened: list[dict[str, str]] = []

    # --- what the test does ------------------------------------------------------------------

    def types(self, text: str) -> None:
        self._write(json.dumps(text) + "\n")

    def hangs_up(self) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]

    def sees(self, what: str, look: Callable[[], bool]) -> None:
        try:
            until(what, look, SEEN_WITHIN)
        except TimeoutError:
            said = (self._folder / "linphone.log").read_text(errors="replace")[-2_000:]
            raise TimeoutError(f"{what}: {self._happened}; {said}") from None

    @property
    def state(self) -> str:
        return self._all("state")[-1] if self._all("state") else ""

    @property
    def read(self) -> str:
        """The letters that came, one by one."""
        return "".join(self._all("letter"))

    @property
    def lines(self) -> list[str]:
        """What came, line by line; a line is whole when the next begins."""
        return self._all("line")

    # --- inside ------------------------------------------------------------------------------

    def _all(self, kind: str) -> list[str]:
        return [one[kind] for one in list(self._happened) if kind in one]

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._happened.append(json.loads(line))

    def __enter__(self) -> Self:
        self._folder.mkdir()
        with (self._folder / "linphone.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.journeys.linphone", self._folder, self._target],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "HOME": str(self._folder)},
            )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(STOPS_WITHIN)
        self._thread.join(STOPS_WITHIN)
        for end in (self._process.stdin, self._process.stdout):
            assert end is not None
            end.close()


# --- in the process ------------------------------------------------------------------------------


class _Library:
    """Its functions by their names without "linphone_". Handles are pointers nobody looks into."""

    def __init__(self) -> None:
        found = find_library("linphone")
        assert found is not None
        self._library = ctypes.CDLL(found, mode=ctypes.RTLD_GLOBAL)

    def handle(self, name: str, *given: Any) -> int:
        """One that returns a handle."""
        found = self._call(name, ctypes.c_void_p, *given)
        assert found, name
        return int(found)

    def number(self, name: str, *given: Any) -> int:
        return int(self._call(name, ctypes.c_int, *given))

    def words(self, name: str, *given: Any) -> str:
        return bytes(self._call(name, ctypes.c_char_p, *given)).decode()

    def do(self, name: str, *given: Any) -> None:
        self._call(name, None, *given)

    def _call(self, name: str, returned: Any, *given: Any) -> Any:
        function = getattr(self._library, f"linphone_{name}")
        function.restype = returned
        handles = [ctypes.c_void_p(one) if type(one) is int else one for one in given]
        return function(*handles)


_OF_A_MESSAGE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_YES, _NO = ctypes.c_ubyte(1), ctypes.c_ubyte(0)


def _core(library: _Library, folder: Path, told: Any) -> int:
    """A telephone without a sound card, on the loopback. `told` hears of whole lines."""
    for name in ("share", "config"):  # where it keeps its table of calls, and looks for nothing
        (folder / ".local" / name / "linphone").mkdir(parents=True)
    factory = library.handle("factory_get")
    settings = str(folder / "linphonerc").encode()
    core = library.handle("factory_create_core_3", factory, settings, None, None)
    library.do("core_enable_ipv6", core, _NO)
    library.do("core_set_nat_address", core, HOST.encode())
    library.do("core_set_firewall_policy", core, ctypes.c_int(USE_NAT_ADDRESS))
    library.do("core_set_use_files", core, _YES)
    library.number("core_set_primary_contact", core, f"sip:{NUMBER}@{HOST}".encode())
    ways = library.handle("factory_create_transports", factory)
    for way, port in (("udp", -1), ("tcp", 0), ("tls", 0), ("dtls", 0)):  # -1: any that is free
        library.do(f"transports_set_{way}_port", ways, ctypes.c_int(port))
    library.number("core_set_transports", core, ways)
    for medium in ("audio", "text"):
        library.do(f"core_set_{medium}_port", core, ctypes.c_int(-1))
    listener = library.handle("factory_create_core_cbs", factory)
    library.do("core_cbs_set_message_received", listener, told)
    library.do("core_add_callbacks", core, listener)
    assert library.number("core_start", core) == 0
    return core


def _rings(library: _Library, core: int, target: str) -> int:
    wishes = library.handle("core_create_call_params", core, None)
    library.do("call_params_enable_realtime_text", wishes, _YES)
    address = library.handle("core_interpret_url", core, target.encode())
    call = library.handle("core_invite_address_with_params", core, address, wishes)
    return library.handle("call_ref", call)  # it is looked at until it is over


def _told() -> Callable[..., None]:
    """What says an object a line on standard output, which is the library's no longer."""
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(**what: str) -> None:
        output.write(json.dumps(what) + "\n")
        output.flush()

    return tell


def _read_input(given: SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        given.put(json.loads(line))
    given.put(None)


def main(folder: Path, target: str) -> None:
    library, tell = _Library(), _told()

    def told(_core: int, _room: int, message: int) -> None:
        tell(line=library.words("chat_message_get_utf8_text", message))

    listener = _OF_A_MESSAGE(told)  # kept: the library holds no reference to it
    core = _core(library, folder, listener)
    call = _rings(library, core, target)
    given: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_read_input, args=(given,), daemon=True).start()
    pause = threading.Event()
    room = message = was = 0
    while was not in OVER:
        library.do("core_iterate", core)
        now = library.number("call_get_state", call)
        if now != was:
            was = now
            tell(state="running" if now == RUNNING else OVER.get(now, "begins"))
        if now == RUNNING and not room:
            room = library.handle("call_get_chat_room", call)
            message = library.handle("chat_room_create_empty_message", room)
        while room and (letter := library.number("chat_room_get_char", room)):
            tell(letter=chr(letter))
        if room:
            _type_next(library, call, message, given)
        pause.wait(TURN)


def _type_next(library: _Library, call: int, message: int, given: SimpleQueue[str | None]) -> None:
    try:
        text = given.get_nowait()
    except Empty:
        return
    if text is None:
        library.number("call_terminate", call)
        return
    for letter in text:
        assert library.number("chat_message_put_char", message, ctypes.c_uint32(ord(letter))) == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
