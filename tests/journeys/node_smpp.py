"""A carrier made of node-smpp: a message centre that we bind to, or an ESME that binds to us.

It is told what to do over HTTP (`node_smpp.js`). Everything listens on the loopback only.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from load_tests.processes import Program, free_ports, until

from .tools import node_modules, program

START_WITHIN = 10.0  # s
HEAR_WITHIN = 15.0  # s for something to arrive
ANSWER_WITHIN = 10.0  # s for one order

Heard = dict[str, Any]


class NodeSmpp:
    """One process of node. A context."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (self._control,) = free_ports(1)
        self._log = folder / "node.log"
        self._program: Program | None = None

    def do(self, what: str, **order: object) -> Heard:
        """One order of `node_smpp.js`, and what came of it."""
        body = json.dumps({"do": what, **order}).encode()
        return self._ask(body)

    def _ask(self, body: bytes | None) -> Heard:
        request = urllib.request.Request(f"http://127.0.0.1:{self._control}/", data=body)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN) as answer:
                found: Heard = json.loads(answer.read())
        except OSError as cause:
            tail = "" if self._program is None else self._program.tail()
            raise ConnectionError(f"node does not answer ({cause}); it said: {tail}") from None
        return found

    @property
    def heard(self) -> list[Heard]:
        """All that came so far, in order."""
        found: list[Heard] = self._ask(None)["heard"]
        return found

    @property
    def bound(self) -> int:
        """Sessions that are bound now."""
        return int(self._ask(None)["bound"])

    def wait_bound(self, binds: int = 1) -> None:
        until(f"{binds} binds at node", lambda: self.bound == binds, HEAR_WITHIN)

    def wait_heard(self, what: str, like: Callable[[Heard], bool] = bool, times: int = 1) -> Heard:
        """Wait until `what` was heard so often with fields that are like that; the last of them."""

        def look() -> Heard | None:
            found = [one for one in self.heard if one["what"] == what and like(one)]
            return found[-1] if len(found) >= times else None

        try:
            return until(f"node hears {what}", look, HEAR_WITHIN)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it heard {self.heard}") from None

    def start(self) -> None:
        script = Path(__file__).with_suffix(".js")
        self._program = Program(
            [program("node"), str(script), str(self._control)],
            self._log,
            {"NODE_PATH": str(node_modules())},
        )
        self._program.until("node answers", self._answers, START_WITHIN)

    def _answers(self) -> bool:
        try:
            self._ask(None)
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """kill -9."""
        if self._program is not None:
            self._program.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._program is not None:
            self._program.stop()
