"""The short run of `make fuzz`: the gateway as it runs, and some thousand PDUs nearly right."""

from __future__ import annotations

from pathlib import Path

from load_tests.fuzz import fuzz
from load_tests.mutations import Mutations


def test_nothing_that_is_nearly_right_disturbs_the_gateway(tmp_path: Path) -> None:
    outcome = fuzz(tmp_path / "gateway", 6_000, seed=911, compares=False)
    assert outcome.faults() == []
    assert outcome.told.sent == 6_000
    assert outcome.told.connections > 20, "some break the framing, and are shown the door"
    assert outcome.told.heard > 4_000, "and most are answered"


def test_the_same_seed_sends_the_same_octets() -> None:
    def some(seed: int) -> list[bytes]:
        mutations = Mutations(seed, "fuzzed", "secret1")
        return [mutations.next()[0] for _ in range(500)]

    assert some(1) == some(1)
    assert some(1) != some(2)
    assert len(set(some(1))) > 450
