"""A real carrier: Kannel's bearerbox bound to us by SMPP, with its smsbox to send and catch texts.

Kannel is the ESME. What a handset writes goes in through smsbox's HTTP interface and comes to us
as submit_sm; our deliver_sm comes out of smsbox as a request to the little server of this rig, as
do the delivery receipts. Everything listens on the loopback only, on ports found free.
"""

from __future__ import annotations

import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from load_tests.processes import Program, free_ports

from .tools import program

START_WITHIN = 20.0  # s; both boxes are up in about one
BIND_WITHIN = 30.0  # s; reconnect-delay is 1 s
ARRIVE_WITHIN = 20.0  # s for one text or receipt to come out of smsbox
HTTP_TIMEOUT = 10.0  # s
ADMIN_PASSWORD = "admin"
SENDER = "handset"

CORE = """\
group = core
admin-port = {admin}
admin-password = {password}
status-password = {password}
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 0
access-log = "{folder}/access.log"
dlr-storage = internal
sms-combine-concatenated-mo = true

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = {system_id}
smsc-password = {secret}
system-type = ""
interface-version = 34
enquire-link-interval = 10
reconnect-delay = 1
max-pending-submits = {window}
"""
SMSBOX = """\
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {send}
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = {sender}
password = {sender}
concatenation = true
max-messages = 20

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "http://127.0.0.1:{catch}/text?from=%p&to=%P&coding=%c&text=%b"
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that came to the handset, joined by Kannel when it was long."""

    sender: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Kannel was told about the text sent under `tag`. `kind` as in its dlr-mask: 1 delivered,
    2 not delivered, 8 taken by us (submit_sm_resp), 16 refused by us."""

    tag: str
    kind: int
    answer: str


class Caught:
    """What the little server has caught, in order; tests wait for it by condition."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._texts: list[Text] = []
        self._receipts: list[Receipt] = []

    def add(self, what: Text | Receipt) -> None:
        with self._changed:
            match what:
                case Text():
                    self._texts.append(what)
                case Receipt():
                    self._receipts.append(what)
            self._changed.notify_all()

    @property
    def texts(self) -> tuple[Text, ...]:
        with self._changed:
            return tuple(self._texts)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        with self._changed:
            return tuple(self._receipts)

    def wait(self, what: str, enough: Callable[[Caught], bool], within: float) -> None:
        """Wait until `enough(self)`. Raises TimeoutError with all that was caught."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self), within):
                raise TimeoutError(
                    f"{what}: not within {within:g} s; caught {self._texts} {self._receipts}"
                )


def _text(query: dict[str, str]) -> Text:
    # %b is the text's octets percent-encoded: UTF-16 for coding 2, else Kannel's own UTF-8.
    octets = urllib.parse.unquote_to_bytes(query["text"].replace("+", " "))
    text = octets.decode("utf-16-be" if query["coding"] == "2" else "utf-8")
    return Text(_unquoted(query["from"]), _unquoted(query["to"]), text)


def _unquoted(value: str) -> str:
    return urllib.parse.unquote_plus(value)


def _handler(caught: Caught) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, rest = self.path.partition("?")
            # By hand: parse_qs would decode %b as UTF-8 whatever its alphabet is.
            query = dict(pair.split("=", 1) for pair in rest.split("&") if "=" in pair)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            if path == "/receipt":
                kind, answer = int(query["kind"]), _unquoted(query["answer"])
                caught.add(Receipt(_unquoted(query["tag"]), kind, answer))
            else:
                caught.add(_text(query))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name there
            """Say nothing on the terminal."""

    return Handler


class Kannel:
    """One carrier with one transceiver bind. A context: both boxes and the server always stop."""

    def __init__(
        self, folder: Path, smpp_port: int, system_id: str, password: str, window: int = 10
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._admin, box, self._send = free_ports(3)
        self.caught = Caught()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.caught))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="kannel-catch")
        values = {
            "folder": folder, "admin": self._admin, "password": ADMIN_PASSWORD, "box": box,
            "smpp": smpp_port, "system_id": system_id, "secret": password, "window": window,
            "send": self._send, "sender": SENDER, "catch": self._server.server_port,
        }  # fmt: skip
        self._conf = folder / "kannel.conf"
        self._conf.write_text((CORE + "\n" + SMSBOX).format(**values))
        self._boxes: list[Program] = []

    def start(self) -> None:
        """Both boxes are up when this returns; `wait_bound` says when the bind stands."""
        self._thread.start()
        for name in ("bearerbox", "smsbox"):
            log = self.folder / f"{name}.out"
            box = Program([program(name), "-v", "4", str(self._conf)], log)
            self._boxes.append(box)
            ready = self._status if name == "bearerbox" else self._smsbox_is_there
            box.until(f"{name} answers", ready, START_WITHIN)

    def _status(self) -> str:
        """bearerbox's own status page, or "" while it does not answer."""
        url = f"http://127.0.0.1:{self._admin}/status.txt?password={ADMIN_PASSWORD}"
        try:
            with urllib.request.urlopen(url, timeout=HTTP_TIMEOUT) as answer:
                return bytes(answer.read()).decode()
        except OSError:
            return ""

    def _smsbox_is_there(self) -> bool:
        return "smsbox" in self._status().partition("Box connections:")[2].partition("SMSC")[0]

    @property
    def bound(self) -> bool:
        return "(online" in self._status().partition("SMSC connections:")[2]

    def wait_bound(self) -> None:
        self._boxes[0].until("bearerbox is bound", lambda: self.bound, BIND_WITHIN)

    def wait_log(self, words: str) -> None:
        """Wait until bearerbox has written `words` into its log."""
        log = self.folder / "bearerbox.log"
        self._boxes[0].until(
            f"bearerbox says {words!r}",
            lambda: words in log.read_text(errors="replace"),
            BIND_WITHIN,
        )

    def wait_unbound(self) -> None:
        self._boxes[0].until("bearerbox saw the link go", lambda: not self.bound, BIND_WITHIN)

    def send(
        self, text: str, sender: str, to: str = "911", tag: str = "", ucs2: bool = False
    ) -> str:
        """A handset writes `text`. With `tag` every receipt is asked for, and comes under that tag.
        Returns smsbox's answer; Kannel queues the text when the bind is down."""
        query = {
            "username": SENDER, "password": SENDER, "from": sender, "to": to, "text": text,
            "charset": "UTF-8",
        }  # fmt: skip
        if ucs2:
            query["coding"] = "2"
        if tag:
            query["dlr-mask"] = "31"
            query["dlr-url"] = (
                f"http://127.0.0.1:{self._server.server_port}/receipt"
                f"?tag={urllib.parse.quote(tag)}&kind=%d&answer=%A"
            )
        url = f"http://127.0.0.1:{self._send}/cgi-bin/sendsms?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=HTTP_TIMEOUT) as answer:
            return bytes(answer.read()).decode()

    def wait_texts(self, count: int, within: float = ARRIVE_WITHIN) -> tuple[Text, ...]:
        self.caught.wait(f"{count} texts", lambda c: len(c.texts) >= count, within)
        return self.caught.texts

    def wait_text(self, text: Text, within: float = ARRIVE_WITHIN) -> None:
        """Wait until exactly this text has come to the handset."""
        self.caught.wait(str(text), lambda caught: text in caught.texts, within)

    def wait_receipt(self, tag: str, kind: int, within: float = ARRIVE_WITHIN) -> Receipt:
        def matching(caught: Caught) -> list[Receipt]:
            return [r for r in caught.receipts if r.tag == tag and r.kind == kind]

        self.caught.wait(f"receipt {kind} for {tag}", lambda c: bool(matching(c)), within)
        return matching(self.caught)[0]

    def stop(self) -> None:
        """Boxes first (their last requests still find the server), then the server."""
        for box in reversed(self._boxes):
            box.stop()
        self._boxes.clear()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()
