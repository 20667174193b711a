"""The requests we sent that have no response yet. Knows deadlines, never a clock."""

from __future__ import annotations

from msgspec import Struct

SEQUENCE_NUMBER_MAX = 0x7FFFFFFF  # SMPP v3.4, 5.1.4; after it comes 1


class _Sent(Struct, frozen=True, gc=False):
    tag: object
    due_at: float


class Window:
    """Requests by sequence_number, oldest first.

    A request whose response is overdue leaves the window, so that a slow peer does not block what
    comes after it, but stays known: its response may still come, and when the link goes down its
    outcome is as unknown as that of the others.
    """

    def __init__(self, size_max: int, response: float) -> None:
        self._size_max = size_max
        self._response = response  # seconds
        self._waiting: dict[int, _Sent] = {}
        self._overdue: dict[int, object] = {}
        self._last = 0

    def adopt(self, size_max: int, response: float) -> None:
        """Other figures from now on. What was sent keeps its deadline; what is too much for a
        smaller window is waited for."""
        self._size_max = size_max
        self._response = response

    def free(self) -> int:
        return max(0, self._size_max - len(self._waiting))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waited for."""
        return not self._waiting

    @property
    def overdue(self) -> int:
        return len(self._overdue)

    def number(self) -> int:
        """The next sequence_number, of a request that is not kept here."""
        self._last = self._last % SEQUENCE_NUMBER_MAX + 1
        while self._last in self._waiting or self._last in self._overdue:
            self._last = self._last % SEQUENCE_NUMBER_MAX + 1
        return self._last

    def add(self, tag: object, now: float) -> int:
        """Take a place; the sequence_number to send with. ValueError when none is free."""
        if not self.free():
            raise ValueError(f"the window of {self._size_max} is full: ask window_free() first")
        sequence_number = self.number()
        self._waiting[sequence_number] = _Sent(tag, now + self._response)
        return sequence_number

    def answered(self, sequence_number: int) -> tuple[object, bool] | None:
        """The tag and whether the response is late; None when nothing waits for it."""
        sent = self._waiting.pop(sequence_number, None)
        if sent is not None:
            return sent.tag, False
        if sequence_number in self._overdue:
            return self._overdue.pop(sequence_number), True
        return None

    def next_due_at(self) -> float | None:
        """Insertion order is the order of the deadlines, but where a reload has changed the time: a
        shorter one then counts from when those before it are done."""
        for sent in self._waiting.values():
            return sent.due_at
        return None

    def expire(self, now: float) -> list[object]:
        """The tags whose response is overdue from now on."""
        due = {number: sent for number, sent in self._waiting.items() if sent.due_at <= now}
        for number, sent in due.items():
            del self._waiting[number]
            self._overdue[number] = sent.tag
        return [sent.tag for sent in due.values()]

    def drain(self) -> list[object]:
        """Every tag without a response, the overdue ones first; the window is empty afterwards."""
        tags = [*self._overdue.values(), *(sent.tag for sent in self._waiting.values())]
        self._overdue.clear()
        self._waiting.clear()
        return tags
