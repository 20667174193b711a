"""The pure functions behind the core's questions: which PSAP, and how parts read together."""

from __future__ import annotations

from time import perf_counter
from typing import assert_never

from ...smpp.parts import join
from ..core.commands import Join, Question, Route
from ..core.facts import PartsJoined, RouteChosen
from ..core.state import Line
from ..operations.metrics import Metrics
from ..routing.router import Router


class Answers:
    """`router` may be replaced at any time: a decision that was made is a fact and stays."""

    def __init__(self, router: Router, metrics: Metrics) -> None:
        self.router = router
        self._metrics = metrics

    def answer(self, line: Line, question: Question) -> RouteChosen | PartsJoined:
        match question:
            case Route():
                began = perf_counter()
                chosen = self.router.choose(question, line.key.group)
                self._metrics.route.observe(perf_counter() - began)
                return chosen
            case Join(name, alphabet, total, parts):
                octets = {part.number: part.octets for part in parts}
                otherwise = {part.number: part.alphabet for part in parts if part.alphabet}
                joined = join(octets, total, alphabet, otherwise)
                remarks = [remark for part in parts for remark in part.remarks]
                said = tuple(dict.fromkeys([*remarks, *joined.remarks]))
                return PartsJoined(name, joined.text, joined.missing, said)
            case _:
                assert_never(question)
