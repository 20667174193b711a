"""The pure functions behind the core's questions: which PSAP, and how parts read together."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import assert_never

from ...smpp.parts import join
from ..core.commands import Join, Question, Route
from ..core.facts import PartsJoined, RouteChosen
from ..core.state import Line
from ..core.values import PsapName
from ..onboarding.settings import is_for_tests
from ..operations.metrics import Metrics
from ..routing.router import Router


class Answers:
    """`router` may be replaced at any time: a decision that was made is a fact and stays. So may
    `tests`: group of tests -> the PSAP that is shown them, "" for none."""

    def __init__(
        self, router: Router, metrics: Metrics, tests: Mapping[str, str] | None = None
    ) -> None:
        self.router = router
        self.tests: Mapping[str, str] = tests or {}
        self._metrics = metrics

    def answer(self, line: Line, question: Question) -> RouteChosen | PartsJoined:
        match question:
            case Route() if is_for_tests(line.key.group):
                return self._of_a_test(self.tests.get(line.key.group, ""))
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

    def _of_a_test(self, psap: str) -> RouteChosen:
        """Wherever it is sent from: a test rings nowhere but at the PSAP for tests."""
        if not psap:
            return RouteChosen((), "A test with the carrier, shown to no PSAP")
        title = self.router.title(PsapName(psap))
        return RouteChosen((PsapName(psap),), f"A test with the carrier, for {title} only")
