"""Types on a line ahead of its time: frames are made before they are due, and unmade as far as they
have not left when something else is to be said.

So a gateway that stands still for half a second spoils no letter: whoever sends the frames goes on.
Still nothing that is on the wire is ever taken back, and a stop holds at the end of the character
that is on the wire, not of the last one that was made. Sends nothing itself and knows no turns.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from .modulator import Frame, Modulator, Place, Samples


class Outlet(Protocol):
    """One call's way out. It sends each frame when it is due, also while nobody asks it to."""

    @property
    def room(self) -> int:
        """How many more frames may be given now, those that are due included."""
        ...

    def put(self, samples: Samples) -> None:
        """The next 20 ms."""
        ...

    def rest(self) -> None:
        """There is nothing to say: what is due is silence, after a stall the last of it."""
        ...

    def left(self) -> int:
        """How many of the frames that were put have left since this was asked before."""
        ...

    @property
    def pending(self) -> int:
        """How many had not left when that was asked, and still will."""
        ...

    def recall(self) -> None:
        """Whatever was put and has not left never does. It may also happen unasked."""
        ...

    def broke(self, now: float) -> bool:
        """Whether the far end has heard a hole, or must: what is next would come too late."""
        ...

    def go_on(self) -> None:
        """What is put from now on begins behind the hole."""
        ...


class Typist:
    """Is the `Sender` of a conversation. Asked every 20 ms: `left`, then `go_on`; or `frame` by
    whoever hears each frame at once."""

    def __init__(self, modulator: Modulator) -> None:
        self._modulator = modulator
        self._outlet: Outlet | None = None
        # Made and not known to have left, each with where the sender was before it.
        self._made: deque[tuple[Place, Frame]] = deque()
        self._gone: list[Frame] = []  # have left, and were not told of

    @property
    def idle(self) -> bool:
        """Whether there is no carrier on the wire and nothing to send."""
        return self._modulator.idle and not self._made

    @property
    def quiet(self) -> bool:
        """Whether there is nothing on the wire, nothing to send and nothing to tell."""
        return not self._made and not self._gone and self._modulator.quiet

    def type(self, text: str) -> None:
        """Send `text` behind what is still to be sent; within the hold it goes on at once."""
        self.recall()
        self._modulator.type(text)

    def stop(self) -> None:
        """Forget what has not begun on the wire; the character on it finishes."""
        self.recall()
        self._modulator.stop()

    def recall(self) -> None:
        """Nothing is made ahead now."""
        if self._outlet is not None:
            self._outlet.recall()
            self._settle(self._outlet)

    def frame(self) -> Frame:
        """The next 20 ms, heard at once."""
        return self._modulator.frame()

    def left(self, outlet: Outlet, now: float) -> list[Frame]:
        """The frames that have left since this was asked before; after a hole the character that
        was on the wire is typed again."""
        if self._outlet is not None and outlet is not self._outlet:
            self.recall()
            self._modulator.broken()  # whoever hears the new one has not heard the old
        self._outlet = outlet
        self._settle(outlet)
        if outlet.broke(now):
            self.recall()
            self._modulator.broken()
            outlet.go_on()
        return self._told()

    def go_on(self, outlet: Outlet) -> list[Frame]:
        """Give what is due, and what comes after it; the frames that have left by that."""
        for _ in range(outlet.room):
            if self._modulator.quiet:
                break
            place = self._modulator.place()
            frame = self._modulator.frame()
            self._made.append((place, frame))
            outlet.put(frame.samples)
        outlet.rest()
        self._settle(outlet)
        return self._told()

    def _settle(self, outlet: Outlet) -> None:
        """What has left, has; what never will is unmade."""
        self._gone += [self._made.popleft()[1] for _ in range(outlet.left())]
        pending = outlet.pending
        if len(self._made) > pending:
            self._modulator.back(self._made[pending][0])
            while len(self._made) > pending:
                self._made.pop()

    def _told(self) -> list[Frame]:
        gone, self._gone = self._gone, []
        return gone
