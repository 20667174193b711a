"""The health log: one JSON line per state change, for operators and their tools.

It never holds what a caller or a telecommunicator wrote, nor a whole telephone number (`masking`),
and it is never on the way of a message: a line is queued, one thread writes, and when the disk or
the reader behind it is stuck, lines are dropped and counted instead of anybody waiting.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol, assert_never

import structlog

from .alarms import Change, Cleared, Raised
from .masking import admit
from .status import EventStatus

LINES_MAX = 10_000  # waiting to be written; about 3 MB, minutes of the worst flapping
EVENTS_MAX = 100  # kept for the operator page
# Seconds for which lines gather before they are written. To wake the thread for each would cost
# more than the lines: it takes the interpreter from the loop while callers wait.
GATHER = 0.02


class Happened(StrEnum):
    """Every state change there is a line for."""

    STARTED = "started"
    READY = "ready"
    UNREADY = "unready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    CONFIGURATION_LOADED = "configuration_loaded"
    CONFIGURATION_REFUSED = "configuration_refused"
    BIND_UP = "bind_up"
    BIND_DOWN = "bind_down"
    BIND_REFUSED = "bind_refused"
    BIND_DISMISSED = "bind_dismissed"
    CARRIER_UNREACHED = "carrier_unreached"
    CARRIER_WATCHED = "carrier_watched"
    CARRIER_WATCH_ENDED = "carrier_watch_ended"
    READING_PAUSED = "reading_paused"
    READING_RESUMED = "reading_resumed"
    LINE_REACHED = "line_reached"
    LINE_UNREACHED = "line_unreached"
    CALL_REJECTED = "call_rejected"
    PSAP_UP = "psap_up"
    PSAP_DOWN = "psap_down"
    DIALOGUE_OPENED = "dialogue_opened"
    DIALOGUE_STATE = "dialogue_state"
    DIALOGUE_CLOSED = "dialogue_closed"
    JOURNAL_BROKEN = "journal_broken"
    JOURNAL_RECOVERED = "journal_recovered"
    ALARM_RAISED = "alarm_raised"
    ALARM_CLEARED = "alarm_cleared"
    FAULT = "fault"


_LEVELS = {
    Happened.UNREADY: "critical",
    Happened.CONFIGURATION_REFUSED: "warning",
    Happened.BIND_DOWN: "warning",
    Happened.BIND_REFUSED: "warning",
    Happened.BIND_DISMISSED: "warning",
    Happened.CARRIER_UNREACHED: "warning",
    Happened.READING_PAUSED: "warning",
    Happened.LINE_UNREACHED: "warning",
    Happened.CALL_REJECTED: "warning",
    Happened.PSAP_DOWN: "warning",
    Happened.JOURNAL_BROKEN: "critical",
    Happened.FAULT: "critical",
}


_OURS = frozenset({"at", "level", "event", "sentence"})  # no field may stand in for these


class Sink(Protocol):
    """Takes one finished line without its line feed, at once and without waiting."""

    def line(self, line: str) -> None: ...


class HealthLog:
    """`now` gives UTC seconds. One object for the process; called on the loop only."""

    def __init__(self, sink: Sink, now: Callable[[], float]) -> None:
        self._now = now
        self._recent: deque[EventStatus] = deque(maxlen=EVENTS_MAX)
        self._log = structlog.wrap_logger(
            sink,
            processors=[_mask, _render],
            wrapper_class=_Lines,
            cache_logger_on_first_use=True,
        )

    def changed(self, what: Happened, words: str = "", **fields: Any) -> None:
        """Write one line. `words` is a sentence of ours for the operator page, made of configured
        names only; `fields` must be on the lists of `masking`, anything else is withheld."""
        self._write(what, _LEVELS.get(what, "notice"), words, fields)

    def alarm(self, change: Change) -> None:
        alarm = change.alarm
        fields = {"alarm": alarm.key, "state": alarm.severity.word}
        match change:
            case Raised():
                words = alarm.sentence
                self._write(Happened.ALARM_RAISED, alarm.severity.word, words, fields)
            case Cleared():
                self._write(Happened.ALARM_CLEARED, "notice", f"Over: {alarm.sentence}", fields)
            case _:
                assert_never(change)

    def recent(self) -> tuple[EventStatus, ...]:
        """The last state changes that had words, newest first."""
        return tuple(reversed(self._recent))

    def _write(self, what: Happened, level: str, words: str, fields: dict[str, Any]) -> None:
        at = self._now()
        line = {key: value for key, value in fields.items() if key not in _OURS}
        seconds, milliseconds = divmod(int(at * 1000), 1000)
        line |= {"at": f"{_second(seconds)}.{milliseconds:03}Z", "level": level}
        if words:
            line["sentence"] = words
            shown = str(admit("sentence", words))
            self._recent.append(EventStatus(at, level, shown))
        self._log.write(what.value, **line)


class _Lines(structlog.BoundLoggerBase):
    """structlog's bound logger with the one method this log has."""

    def write(self, event: str, **fields: Any) -> None:
        self._proxy_to_logger("line", event, **fields)


@lru_cache(maxsize=4)  # a flood writes thousands of lines in one second
def _second(at: int) -> str:
    """UTC seconds as ISO 8601, without a zone."""
    return datetime.fromtimestamp(at, UTC).isoformat()[: -len("+00:00")]


def _mask(
    _logger: Any, _name: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: admit(key, value) for key, value in event_dict.items()}


_json = json.JSONEncoder(ensure_ascii=True).encode  # structlog's makes an encoder for each line


def _render(_logger: Any, _name: str, event_dict: MutableMapping[str, Any]) -> str:
    """What `_mask` has let through: words and numbers."""
    first = {key: event_dict[key] for key in ("at", "level", "event")}
    return _json({**first, **event_dict})


class Lines(Protocol):
    """What the writer thread needs of a text file."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


class LineWriter:
    """Writes lines in a thread of its own. `line` never waits for a disk or a pipe's reader."""

    def __init__(self, file: Lines, on_lost: Callable[[int], None], gather: float = GATHER) -> None:
        """`on_lost(n)`: n more lines were dropped; called from `line` or from the thread.
        `gather`: seconds for which lines wait for others, unless it is closed."""
        self._file = file
        self._on_lost = on_lost
        self._gather = gather
        self._closing = threading.Event()
        self._waiting: deque[str] = deque()
        self._wake = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="health-log", daemon=True)
        self._thread.start()

    def line(self, line: str) -> None:
        with self._wake:
            if len(self._waiting) < LINES_MAX:
                self._waiting.append(line)
                self._wake.notify()
                return
        self._on_lost(1)

    def close(self, seconds: float) -> bool:
        """Write what waits, for at most `seconds`. True when everything was written."""
        with self._wake:
            self._open = False
            self._wake.notify()
        self._closing.set()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._open and not self._waiting:
                    self._wake.wait()
                if not self._waiting:
                    return
            self._closing.wait(self._gather)
            with self._wake:
                lines = list(self._waiting)
                self._waiting.clear()
            try:
                self._file.write("\n".join(lines) + "\n")
                self._file.flush()
            except OSError:
                self._on_lost(len(lines))
